/* From libfyaml's events to nodes with places. Its document layer is not used: it resolves what we
 * refuse, and recurses. */
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml_node.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct key_seen {
    const struct yaml_node *key;
    UT_hash_handle hh;
};

struct level {
    struct yaml_node *node;
    struct yaml_node *key; /* mapping: a key that waits for its value */
    struct key_seen *seen;
    bool secret; /* scalars in it are secrets */
};

/* libfyaml's first complaint; later ones follow from it. */
struct complaint {
    int line, column;
    char text[200]; /* empty: none yet */
};

struct reader {
    struct yaml_source *source;
    struct yaml_node *root;
    struct level levels[YAML_MAX_DEPTH];
    size_t depth;
    size_t nodes, documents;
    struct error *err;
};

struct yaml_source *yaml_source_new(const char *file, struct str text)
{
    struct yaml_source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->file = arena_dup(&source->arena, str_of(file));
    source->text = (struct str){arena_dup(&source->arena, text), text.len};
    if (source->file && source->text.at)
        return source;
    yaml_source_free(source);
    return NULL;
}

void yaml_source_free(struct yaml_source *source)
{
    if (!source)
        return;
    arena_wipe(&source->arena);
    free(source);
}

bool yaml_is_null(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && node->plain &&
           (!*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

static struct yaml_mark mark_of_offset(struct yaml_source *source, size_t offset)
{
    struct yaml_mark mark = {source, offset, 1, 1};
    for (size_t i = 0; i < offset && i < source->text.len; i++)
        if (source->text.at[i] == '\n') {
            mark.line++;
            mark.column = 1;
        } else if (((unsigned char)source->text.at[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    return mark;
}

static struct yaml_mark mark_of_line(struct yaml_source *source, int line, int column)
{
    size_t offset = 0;
    for (int at = 1; at < line && offset < source->text.len; offset++)
        at += source->text.at[offset] == '\n';
    for (int at = 1; at < column && offset < source->text.len; at++)
        offset += utf8_length(source->text.at + offset, source->text.len - offset);
    return mark_of_offset(source, offset);
}

/* libfyaml marks what is inside quotes, and the name behind & and *; people look at the sign. */
static void step_back_to(struct yaml_mark *mark, const char *signs)
{
    if (mark->offset > 0 && mark->column > 1 &&
        strchr(signs, mark->source->text.at[mark->offset - 1])) {
        mark->offset--;
        mark->column--;
    }
}

/* What stands where the reader is, for events without a token (an empty value). */
static struct yaml_mark mark_here(const struct reader *r)
{
    const struct level *top = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (top && top->key)
        return top->key->mark;
    return top ? top->node->mark : (struct yaml_mark){r->source, 0, 1, 1};
}

static struct yaml_mark mark_from(struct reader *r, const struct fy_mark *at)
{
    if (!at)
        return mark_here(r);
    return (struct yaml_mark){r->source,
        at->input_pos < r->source->text.len ? at->input_pos : r->source->text.len,
        (unsigned)at->line + 1, (unsigned)at->column + 1};
}

static bool key_is_new(struct level *top, const struct yaml_node *key, const struct yaml_node **old)
{
    struct key_seen *seen = NULL;
    HASH_FIND_STR(top->seen, key->text, seen);
    if (seen) {
        *old = seen->key;
        return false;
    }
    seen = calloc(1, sizeof *seen);
    if (seen) {
        seen->key = key;
        HASH_ADD_KEYPTR(hh, top->seen, key->text, strlen(key->text), seen);
    }
    return true;
}

static void forget_keys(struct level *level)
{
    struct key_seen *seen = NULL, *next = NULL;
    HASH_ITER(hh, level->seen, seen, next)
    {
        HASH_DEL(level->seen, seen);
        free(seen);
    }
}

/* Put a finished scalar or a collection that begins into the one that is open. */
static int attach(struct reader *r, struct yaml_node *node, bool *secret)
{
    if (++r->nodes > YAML_MAX_NODES)
        return error_set(
            r->err, RC_LIMIT, "%s: more than %zu values", r->source->file, YAML_MAX_NODES);
    *secret = false;
    if (r->documents > 1)
        return yaml_mistake(
            &node->mark, r->err, "a second document begins here; there can be only one");
    if (r->depth == 0) {
        r->root = node;
        return RC_OK;
    }
    struct level *top = &r->levels[r->depth - 1];
    if (top->node->kind == YAML_MAPPING && !top->key) {
        const struct yaml_node *old = NULL;
        if (node->kind != YAML_SCALAR)
            return yaml_mistake(&node->mark, r->err, "a key must be a word, not a collection");
        if (!key_is_new(top, node, &old))
            return yaml_mistake(&node->mark, r->err,
                "duplicate key \"%s\"; it is already in line %u", node->text, old->mark.line);
        top->key = node;
        return RC_OK;
    }
    *secret = top->node->kind == YAML_MAPPING
                  ? yaml_key_is_secret(top->key->text, strlen(top->key->text))
                  : top->secret;
    node->key = top->key;
    top->key = NULL;
    if (top->node->last)
        top->node->last->next = node;
    else
        top->node->first = node;
    top->node->last = node;
    return RC_OK;
}

static struct yaml_node *node_new(struct reader *r, enum yaml_kind kind, struct fy_token *token)
{
    struct yaml_node *node = arena_take(&r->source->arena, sizeof *node);
    if (!node) {
        error_set(r->err, RC_NO_MEMORY, "%s: out of memory", r->source->file);
        return NULL;
    }
    const struct fy_mark *at = token ? fy_token_start_mark(token) : NULL;
    node->kind = kind;
    node->mark = mark_from(r, at);
    return node;
}

static int refuse_extras(
    struct reader *r, struct fy_token *anchor, struct fy_token *tag, struct fy_token *token)
{
    struct fy_token *extra = anchor ? anchor : tag;
    if (!extra)
        return RC_OK;
    const struct fy_mark *at = fy_token_start_mark(extra);
    at = at ? at : token ? fy_token_start_mark(token) : NULL;
    struct yaml_mark mark = mark_from(r, at);
    step_back_to(&mark, "&");
    return yaml_mistake(&mark, r->err,
        anchor ? "anchors (&name) have no meaning here; put text in quotes when it begins with &"
               : "tags (!name) have no meaning here; put text in quotes when it begins with !");
}

static int on_scalar(struct reader *r, const struct fy_event_scalar_data *scalar)
{
    int rc = refuse_extras(r, scalar->anchor, scalar->tag, scalar->value);
    if (rc)
        return rc;
    struct yaml_node *node = node_new(r, YAML_SCALAR, scalar->value);
    if (!node)
        return RC_NO_MEMORY;
    size_t len = 0;
    const char *text = scalar->value ? fy_token_get_text(scalar->value, &len) : "";
    node->plain = !scalar->value || fy_token_scalar_style(scalar->value) == FYSS_PLAIN;
    if (!node->plain)
        step_back_to(&node->mark, "'\"");
    node->text = arena_dup(&r->source->arena, (struct str){text ? text : "", text ? len : 0});
    const struct fy_mark *end = scalar->value ? fy_token_end_mark(scalar->value) : NULL;
    node->end = end ? end->input_pos : node->mark.offset;
    if (!node->text)
        return error_set(r->err, RC_NO_MEMORY, "%s: out of memory", r->source->file);
    if (memchr(node->text, '\0', len))
        return yaml_mistake(&node->mark, r->err, "a NUL character is no text");
    bool secret;
    rc = attach(r, node, &secret);
    if (rc == RC_OK && secret && scalar->value)
        yaml_hide(node);
    return rc;
}

static int on_start(struct reader *r, enum yaml_kind kind, struct fy_token *anchor,
    struct fy_token *tag, struct fy_token *token)
{
    int rc = refuse_extras(r, anchor, tag, token);
    if (rc)
        return rc;
    struct yaml_node *node = node_new(r, kind, token);
    bool secret;
    if (!node)
        return RC_NO_MEMORY;
    if (r->depth == YAML_MAX_DEPTH)
        return yaml_mistake(&node->mark, r->err, "nested deeper than %d levels", YAML_MAX_DEPTH);
    rc = attach(r, node, &secret);
    if (rc == RC_OK)
        r->levels[r->depth++] =
            (struct level){.node = node, .secret = secret && kind == YAML_SEQUENCE};
    return rc;
}

static int on_event(struct reader *r, const struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        r->documents++; /* it may have no mark: its first value has */
        return RC_OK;
    case FYET_MAPPING_START:
        return on_start(r, YAML_MAPPING, event->mapping_start.anchor, event->mapping_start.tag,
            event->mapping_start.mapping_start);
    case FYET_SEQUENCE_START:
        return on_start(r, YAML_SEQUENCE, event->sequence_start.anchor, event->sequence_start.tag,
            event->sequence_start.sequence_start);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        forget_keys(&r->levels[--r->depth]);
        return RC_OK;
    case FYET_SCALAR:
        return on_scalar(r, &event->scalar);
    case FYET_ALIAS: {
        struct yaml_mark mark = mark_from(r, fy_token_start_mark(event->alias.anchor));
        step_back_to(&mark, "*");
        return yaml_mistake(&mark, r->err,
            "aliases (*name) have no meaning here; put text in quotes when it begins with *");
    }
    default:
        return RC_OK;
    }
}

/* Called with lines of a message for a terminal; the first is "INPUT:LINE:COLUMN: error: TEXT\n".
 * (Errors that libfyaml 0.7.12 collects instead are never freed.) */
static void on_message(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    static const char lead[] = ": error: ";
    struct complaint *complaint = user;
    const char *at = memmem(text, len, lead, sizeof lead - 1);
    (void)diag;
    if (!at || complaint->text[0])
        return;
    const char *column = at;
    while (column > text && column[-1] != ':')
        column--;
    const char *line = column > text ? column - 1 : text;
    while (line > text && line[-1] != ':')
        line--;
    complaint->line = atoi(line);
    complaint->column = atoi(column);
    struct str message =
        str_trim((struct str){at + sizeof lead - 1, len - (size_t)(at - text) - (sizeof lead - 1)});
    snprintf(complaint->text, sizeof complaint->text, "%.*s", (int)message.len, message.at);
}

static int syntax_error(struct reader *r, const struct complaint *complaint)
{
    if (!complaint->text[0])
        return error_at(r->err, RC_SETTINGS, r->source->file, "not readable as YAML");
    struct yaml_mark mark = mark_of_line(r->source, complaint->line, complaint->column);
    const char *advice = "";
    if (strstr(complaint->text, "tab character"))
        advice = "; indent with blanks";
    else if (strstr(complaint->text, "cannot start with"))
        advice = "; put it in quotes";
    else if (strstr(complaint->text, "nested block mapping on the same line"))
        advice = "; put text with a colon in quotes";
    return yaml_mistake(&mark, r->err, "%s%s", complaint->text, advice);
}

static int check_bytes(struct yaml_source *source, struct error *err)
{
    struct str text = source->text;
    if (text.len > YAML_MAX_BYTES)
        return error_at(err, RC_LIMIT, source->file, "larger than %zu MiB", YAML_MAX_BYTES >> 20);
    for (size_t i = 0; i < text.len;) {
        size_t step = utf8_length(text.at + i, text.len - i);
        if (step == 0 || text.at[i] == '\0') {
            struct yaml_mark mark = mark_of_offset(source, i);
            return yaml_mistake(&mark, err,
                step ? "a NUL byte is no text" : "not UTF-8; save the file in that encoding");
        }
        i += step;
    }
    return RC_OK;
}

int yaml_read(struct yaml_source *source, struct yaml_node **root, struct error *err)
{
    *root = NULL;
    int rc = check_bytes(source, err);
    if (rc)
        return rc;
    struct fy_diag_cfg diag_settings;
    struct complaint complaint = {.text = ""};
    fy_diag_cfg_default(&diag_settings);
    diag_settings.fp = NULL;
    diag_settings.colorize = false;
    diag_settings.output_fn = on_message;
    diag_settings.user = &complaint;
    struct fy_diag *diag = fy_diag_create(&diag_settings);
    /* our own check of duplicate keys sees the first one's line, so libfyaml may let them pass */
    struct fy_parse_cfg settings = {.diag = diag,
        .flags = FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_ALLOW_DUPLICATE_KEYS};
    struct reader r = {.source = source, .err = err};
    struct fy_parser *parser = diag ? fy_parser_create(&settings) : NULL;
    if (!parser || fy_parser_set_string(parser, source->text.at, source->text.len)) {
        rc = error_at(err, RC_NO_MEMORY, source->file, "cannot make a YAML parser");
        goto out;
    }
    struct fy_event *event;
    while (rc == RC_OK && (event = fy_parser_parse(parser))) {
        rc = on_event(&r, event);
        fy_parser_event_free(parser, event);
    }
    if (rc == RC_OK && fy_parser_get_stream_error(parser))
        rc = syntax_error(&r, &complaint);
    if (rc == RC_OK)
        *root = r.root;
out:
    while (r.depth > 0)
        forget_keys(&r.levels[--r.depth]);
    fy_parser_destroy(parser);
    fy_diag_unref(diag);
    return rc;
}
