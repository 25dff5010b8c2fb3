#include "syntax.h"

#include <stdlib.h>

#include "base/yang.h"
#include "reading.h"

#define DETECT_MOST 4096 /* bytes that `detect` looks at */

static const struct {
    const char *name;
    int (*read)(struct reading *r);
    const char *quote; /* by default */
    char continuation;
    char separator;
    bool mixed;
} shapes[SHAPE_COUNT] = {
    [SHAPE_INDENTED] = {"indented", indented_read, "", 0, 0, false},
    [SHAPE_BRACES] = {"braces", braces_read, "\"'", 0, 0, false},
    [SHAPE_SET] = {"set", set_read, "\"'", 0, 0, true},
    [SHAPE_EDIT] = {"edit", edit_read, "\"", 0, 0, false},
    [SHAPE_KEYVALUE] = {"keyvalue", keyvalue_read, "\"", '\\', 0, true},
    [SHAPE_XML] = {"xml", xml_read, "", 0, 0, false},
    [SHAPE_JSON] = {"json", json_read, "", 0, 0, false},
    [SHAPE_DATA] = {"data", data_read, "", 0, 0, false},
    [SHAPE_FIELDS] = {"fields", fields_read, "", 0, ':', false},
    [SHAPE_WORDS] = {"words", words_read, "\"", '\\', 0, true},
};

/* All values of the leaf-list `name`, copied. */
static int take_list(
    struct syntax *s, const struct lyd_node *entry, const char *name, struct strs *out)
{
    size_t count = 0;
    const struct lyd_node *node;
    LY_LIST_FOR(lyd_child(entry), node)
    count += strcmp(LYD_NAME(node), name) == 0;
    if (count == 0)
        return RC_OK;
    out->at = arena_take(&s->arena, count * sizeof *out->at);
    if (!out->at)
        return RC_NO_MEMORY;
    LY_LIST_FOR(lyd_child(entry), node)
    {
        if (strcmp(LYD_NAME(node), name) != 0)
            continue;
        struct str value = str_of(lyd_get_value(node));
        value.at = arena_dup(&s->arena, value);
        if (!value.at)
            return RC_NO_MEMORY;
        out->at[out->count++] = value;
    }
    return RC_OK;
}

static int take_text(struct syntax *s, const char *value, struct str *out)
{
    *out = str_of(value ? value : "");
    out->at = arena_dup(&s->arena, *out);
    return out->at ? RC_OK : RC_NO_MEMORY;
}

static int take_patterns(
    struct syntax *s, const struct lyd_node *entry, const char *name, enum pattern_kind kind)
{
    struct strs list = {NULL, 0};
    int rc = take_list(s, entry, name, &list);
    for (size_t i = 0; !rc && i < list.count; i++) {
        struct str words = list.at[i];
        enum pattern_kind is = kind;
        if (kind == PATTERN_ORDERED && words.len > 2 && words.at[words.len - 1] == '>') {
            words.len -= 2;
            is = PATTERN_INSIDE;
        }
        rc = patterns_add(&s->patterns, words, is, 0);
    }
    return rc;
}

static int take_verbatim(struct syntax *s, const struct lyd_node *entry)
{
    size_t count = 0;
    const struct lyd_node *node;
    int rc = RC_OK;
    LY_LIST_FOR(lyd_child(entry), node)
    count += strcmp(LYD_NAME(node), "verbatim") == 0;
    s->verbatim = arena_take(&s->arena, (count + 1) * sizeof *s->verbatim);
    if (!s->verbatim)
        return RC_NO_MEMORY;
    LY_LIST_FOR(lyd_child(entry), node)
    {
        if (strcmp(LYD_NAME(node), "verbatim") != 0)
            continue;
        struct verbatim *v = &s->verbatim[s->verbatim_count];
        v->join = yang_is_true(node, "join");
        v->flat = yang_is_true(node, "flat");
        if ((rc = take_text(s, yang_leaf(node, "ends"), &v->ends)) ||
            (rc = patterns_add(&s->patterns, str_of(yang_leaf(node, "opens")), PATTERN_VERBATIM,
                 (uint32_t)s->verbatim_count)))
            return rc;
        s->verbatim_count++;
    }
    return rc;
}

static int new_syntax(
    const struct lyd_node *entry, bool embedded, struct syntax **out, struct error *err);

static int take_embedded(struct syntax *s, const struct lyd_node *entry, struct error *err)
{
    size_t count = 0;
    const struct lyd_node *node, *other;
    LY_LIST_FOR(lyd_child(entry), node)
    count += strcmp(LYD_NAME(node), "embedded") == 0;
    s->embedded = arena_take(&s->arena, (count + 1) * sizeof *s->embedded);
    if (!s->embedded)
        return RC_NO_MEMORY;
    LY_LIST_FOR(lyd_child(entry), node)
    {
        if (strcmp(LYD_NAME(node), "embedded") != 0)
            continue;
        struct embedded_text *e = &s->embedded[s->embedded_count];
        const char *name = yang_leaf(node, "syntax");
        LY_LIST_FOR(lyd_first_sibling(entry), other)
        if (other->schema == entry->schema && strcmp(yang_leaf(other, "name"), name) == 0)
            break;
        if (!other)
            return error_set(err, RC_SETTINGS, "syntax %s: there is no syntax %s",
                yang_leaf(entry, "name"), name);
        int rc = take_text(s, yang_leaf(node, "element"), &e->element);
        if (rc || (rc = new_syntax(other, true, &e->syntax, err)))
            return rc;
        s->embedded_count++;
    }
    return RC_OK;
}

static int take_under(struct syntax *s, const struct lyd_node *entry)
{
    struct str words, word;
    int rc = take_text(s, yang_leaf(entry, "under"), &words);
    while (
        !rc && s->under_count < sizeof s->under / sizeof *s->under && str_next_word(&words, &word))
        s->under[s->under_count++] = word;
    return rc;
}

static int take_detect(struct syntax *s, const struct lyd_node *entry, struct error *err)
{
    const char *detect = yang_leaf(entry, "detect");
    if (!detect || regex_new(detect, 0, &s->detect, err) == RC_OK)
        return RC_OK;
    return error_context(err, "syntax %s: detect", yang_leaf(entry, "name"));
}

static void mark_bytes(struct syntax *s, const char *bytes, unsigned char class)
{
    for (; bytes && *bytes; bytes++)
        s->bytes[(unsigned char)*bytes] |= class;
}

static void mark_first_bytes(struct syntax *s, const struct strs *list, unsigned char class)
{
    for (size_t i = 0; i < list->count; i++)
        s->bytes[(unsigned char)list->at[i].at[0]] |= class;
}

static int take_settings(struct syntax *s, const struct lyd_node *entry, struct error *err)
{
    const struct {
        const char *name;
        struct strs *to;
    } lists[] = {{"comment", &s->comment}, {"keep", &s->keep}, {"ends", &s->ends},
        {"verbs", &s->verbs}, {"paired", &s->paired}, {"keys", &s->keys}, {"drop", &s->drop},
        {"once", &s->once}};
    int rc;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if ((rc = take_list(s, entry, lists[i].name, lists[i].to)))
            return rc;
    if ((rc = take_patterns(s, entry, "ordered", PATTERN_ORDERED)) ||
        (rc = take_patterns(s, entry, "banner", PATTERN_BANNER)) ||
        (rc = take_patterns(s, entry, "opens", PATTERN_OPENS)) || (rc = take_verbatim(s, entry)) ||
        (rc = take_under(s, entry)) || (rc = take_detect(s, entry, err)))
        return rc;
    const char *banner_end = yang_leaf(entry, "banner-end");
    if ((rc = take_text(s, banner_end ? banner_end : "EOF", &s->banner_end)))
        return rc;
    const char *one = yang_leaf(entry, "continuation");
    s->continuation = one ? *one : shapes[s->shape].continuation;
    one = yang_leaf(entry, "separator");
    s->separator = one ? *one : shapes[s->shape].separator;
    one = yang_leaf(entry, "assign");
    s->assign = one ? *one : 0;
    s->lower = yang_is_true(entry, "lower");
    s->wrapped = yang_is_true(entry, "wrapped");
    s->header = yang_is_true(entry, "header");
    s->mixed = shapes[s->shape].mixed;
    const char *quote = yang_leaf(entry, "quote"), *alone = yang_leaf(entry, "alone");
    mark_bytes(s, " \t\r\n\f\v", BYTE_BLANK);
    s->bytes[0] |= BYTE_BLANK;
    mark_bytes(s, quote ? quote : shapes[s->shape].quote, BYTE_QUOTE);
    mark_bytes(s, alone, BYTE_ALONE);
    mark_bytes(s, yang_leaf(entry, "glue"), BYTE_GLUE);
    mark_bytes(s, yang_leaf(entry, "lead"), BYTE_LEAD);
    s->glued = yang_leaf(entry, "glue") != NULL;
    mark_first_bytes(s, &s->paired, BYTE_PAIRED);
    mark_first_bytes(s, &s->comment, BYTE_COMMENT);
    s->plain =
        !s->mixed && !alone && s->paired.count == 0 && !*(quote ? quote : shapes[s->shape].quote);
    return RC_OK;
}

static int new_syntax(
    const struct lyd_node *entry, bool embedded, struct syntax **out, struct error *err)
{
    const char *shape = yang_leaf(entry, "shape");
    struct syntax *s = calloc(1, sizeof *s);
    if (!s)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    while (s->shape < SHAPE_COUNT && (!shape || strcmp(shapes[s->shape].name, shape) != 0))
        s->shape++;
    int rc = s->shape < SHAPE_COUNT
                 ? take_settings(s, entry, err)
                 : error_set(err, RC_SETTINGS, "unknown syntax shape %s", shape ? shape : "");
    if (!rc && !embedded)
        rc = take_embedded(s, entry, err);
    if (rc == RC_NO_MEMORY)
        error_set(err, rc, "out of memory");
    if (rc) {
        syntax_free(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

int syntax_new(const struct lyd_node *entry, struct syntax **out, struct error *err)
{
    return new_syntax(entry, false, out, err);
}

void syntax_free(struct syntax *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->embedded_count; i++)
        syntax_free(s->embedded[i].syntax);
    patterns_free(&s->patterns);
    regex_free(s->detect);
    arena_free(&s->arena);
    free(s);
}

static struct str skip_mark(struct str text)
{
    bool marked = str_starts(text, "\xef\xbb\xbf");
    return marked ? (struct str){text.at + 3, text.len - 3} : text;
}

bool syntax_fits(const struct syntax *s, struct str text)
{
    text = skip_mark(text);
    struct str start = {text.at, text.len < DETECT_MOST ? text.len : DETECT_MOST};
    return !s->detect || regex_matches(s->detect, start);
}

/* Bytes that only a terminal understands, or a pager's prompt: lines need cleaning. */
static bool is_dirty(struct str text)
{
    return memchr(text.at, '\b', text.len) || memchr(text.at, '\x1b', text.len) ||
           memchr(text.at, '\0', text.len) || memmem(text.at, text.len, "More", 4) ||
           memmem(text.at, text.len, "more -", 6);
}

bool syntax_is_data(const struct syntax *s)
{
    return s->shape == SHAPE_DATA;
}

int syntax_read(
    const struct syntax *s, struct str text, const struct syntax_sink *sink, struct error *err)
{
    return syntax_read_as(s, text, NULL, sink, err);
}

int syntax_read_as(const struct syntax *s, struct str text, const struct data_schema *schema,
    const struct syntax_sink *sink, struct error *err)
{
    text = skip_mark(text);
    if (text.len == 0)
        return RC_OK;
    if (text.len > UINT32_MAX - 1)
        return error_set(err, RC_LIMIT, "the text is longer than 4 GiB");
    struct reading *r = calloc(1, sizeof *r);
    if (r) {
        r->words = malloc((SYNTAX_MAX_WORDS + 20) * sizeof *r->words);
        r->barren = calloc(s->verbatim_count + 1, sizeof *r->barren);
    }
    if (!r || !r->words || !r->barren) {
        if (r) {
            free(r->words);
            free(r->barren);
        }
        free(r);
        return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    r->s = s;
    r->sink = sink;
    r->schema = schema;
    r->err = err;
    r->text = r->rest = text;
    r->dirty = is_dirty(text);
    pattern_start(&r->levels[0].state);
    r->joined.cap = text.len + 1;
    int rc = shapes[s->shape].read(r);
    if (!rc && r->failed)
        rc = error_set(err, r->failed, "out of memory");
    if (r->scratch)
        explicit_bzero(r->scratch, r->scratch_most);
    free(r->scratch);
    free(r->spare);
    buf_wipe(&r->joined);
    free(r->words);
    free(r->barren);
    free(r);
    return rc;
}
