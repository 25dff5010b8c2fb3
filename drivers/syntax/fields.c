/* Fields between separators: /etc/passwd and its sisters, whose empty fields are empty words; and
 * tables with a header (RFC 4180), where a line is what its key fields say, and each other field
 * one in it. */
#include <stdlib.h>

#include "reading.h"

struct column {
    struct str name;
    bool key;
};

struct fields {
    struct reading *r;
    struct str *at; /* of the line being read; room for SYNTAX_MAX_WORDS */
    size_t count;
    struct arena arena;     /* owns the names */
    struct column *columns; /* of the header; NULL: not read yet */
    size_t column_count;
    size_t *keys; /* for each of the syntax's: its column; column_count: there is none */
};

static bool in_text(const struct reading *r, const char *at)
{
    return at >= r->text.at && at <= r->text.at + r->text.len;
}

/* The quote that ends the field begun at `at`: doubled ones are part of it. NULL: none before
 * `end`. */
static const char *closing(const char *at, const char *end, bool *doubled)
{
    for (const char *p = at + 1; p < end; p++) {
        if (*p != *at)
            continue;
        if (p + 1 == end || p[1] != *at)
            return p;
        *doubled = true;
        p++;
    }
    return NULL;
}

/* `text` with each doubled quote once. */
static struct str undouble(struct reading *r, struct str text, char quote)
{
    char *out = reading_scratch(r, text.len);
    size_t len = 0;
    for (size_t i = 0; out && i < text.len; i++) {
        out[len++] = text.at[i];
        i += text.at[i] == quote;
    }
    return out ? (struct str){out, len} : text;
}

/* A field in quotes, which may end lines further on: `*end` becomes the end of that line. Returns
 * what is behind it, or NULL when it is none. */
static const char *take_quoted(
    struct reading *r, const char *at, const char **end, struct str *field)
{
    bool doubled = false, here = in_text(r, at);
    const char *text_end = r->text.at + r->text.len, *close;
    if (at == *end || !(r->s->bytes[(unsigned char)*at] & BYTE_QUOTE) ||
        (here && r->no_quote[(unsigned char)*at]))
        return NULL;
    if (!(close = closing(at, here ? text_end : *end, &doubled))) {
        r->no_quote[(unsigned char)*at] = r->no_quote[(unsigned char)*at] || here;
        return NULL;
    }
    struct str line;
    while (close >= *end && r->rest.len > 0 && r->rest.at <= close)
        reading_next(r, true, &line);
    if (close >= *end)
        *end = r->raw.at + r->raw.len;
    *field = (struct str){at + 1, (size_t)(close - at - 1)};
    if (doubled)
        *field = undouble(r, *field, *at);
    return close + 1;
}

static void add(struct fields *f, struct str field)
{
    if (f->count < SYNTAX_MAX_WORDS)
        f->at[f->count++] = field;
}

/* The fields of `line`, whose quoted ones may take more lines. */
static void take_fields(struct fields *f, struct str line)
{
    const char *at = line.at, *end = line.at + line.len;
    f->count = 0;
    for (bool more = true; more;) {
        struct str field;
        const char *next = take_quoted(f->r, at, &end, &field), *from = next ? next : at;
        const char *separator = memchr(from, f->r->s->separator, (size_t)(end - from));
        more = separator != NULL;
        if (!next)
            field = (struct str){at, (size_t)((more ? separator : end) - at)};
        add(f, field);
        at = more ? separator + 1 : end;
    }
}

static bool find_keys(struct fields *f)
{
    const struct strs *keys = &f->r->s->keys;
    f->keys = arena_take(&f->arena, (keys->count + 1) * sizeof *f->keys);
    for (size_t k = 0; f->keys && k < keys->count; k++) {
        size_t i = 0;
        while (i < f->column_count && !str_equal(keys->at[k], f->columns[i].name))
            i++;
        f->keys[k] = i;
        if (i < f->column_count)
            f->columns[i].key = true;
    }
    return f->keys != NULL;
}

static int take_header(struct fields *f)
{
    f->columns = arena_take(&f->arena, (f->count + 1) * sizeof *f->columns);
    bool ok = f->columns != NULL;
    for (size_t i = 0; ok && i < f->count; i++) {
        struct str name = str_trim(f->at[i]);
        ok = (name.at = arena_dup(&f->arena, name)) != NULL;
        f->columns[f->column_count++].name = name;
    }
    return ok && find_keys(f) ? RC_OK
                              : reading_fail(f->r, RC_NO_MEMORY, f->r->number, "out of memory");
}

static struct str value_of(const struct fields *f, size_t i)
{
    return i < f->count ? str_trim(f->at[i]) : (struct str){"", 0};
}

static void add_word(struct fields *f, struct str word)
{
    reading_word(f->r, word, word.at, word.at + word.len);
}

static int report_row(struct fields *f, struct span span)
{
    reading_clear(f->r);
    for (size_t k = 0; k < f->r->s->keys.count; k++)
        if (f->keys[k] < f->column_count)
            add_word(f, value_of(f, f->keys[k]));
    if (f->r->count == 0)
        add_word(f, (struct str){"", 0});
    int rc = reading_line(f->r, 0, span, false);
    for (size_t i = 0; !rc && i < f->column_count && i < f->count; i++) {
        if (value_of(f, i).len == 0 || f->columns[i].key)
            continue;
        reading_clear(f->r);
        add_word(f, f->columns[i].name);
        add_word(f, value_of(f, i));
        rc = reading_line(f->r, 1, span, false);
    }
    return rc;
}

static void add_parts(struct reading *r, struct str field, const char *end)
{
    size_t lead = 0;
    while (lead < field.len && r->s->bytes[(unsigned char)field.at[lead]] & BYTE_LEAD)
        lead++;
    if (lead > 0)
        reading_word(r, (struct str){field.at, lead}, field.at, end);
    reading_word(r, (struct str){field.at + lead, field.len - lead}, field.at, end);
}

/* A line without a header: more fields than there may be words end in the last one. */
static int report_line(struct fields *f, struct str line, struct span span)
{
    struct reading *r = f->r;
    const char *at = line.at, *end = line.at + line.len, *next;
    reading_clear(r);
    while ((next = memchr(at, r->s->separator, (size_t)(end - at)))) {
        add_parts(r, (struct str){at, (size_t)(next - at)}, end);
        at = next + 1;
    }
    add_parts(r, (struct str){at, (size_t)(end - at)}, end);
    return reading_line(r, 0, span, false);
}

int fields_read(struct reading *r)
{
    struct fields f = {.r = r};
    struct str line;
    int rc = RC_OK;
    if (r->s->header && !(f.at = malloc(SYNTAX_MAX_WORDS * sizeof *f.at)))
        return reading_fail(r, RC_NO_MEMORY, 1, "out of memory");
    while (!rc && reading_next(r, false, &line)) {
        struct span span = {r->number, r->number, r->raw};
        if (str_trim(line).len == 0 || is_comment(r->s, line))
            continue;
        if (!r->s->header) {
            rc = report_line(&f, line, span);
            continue;
        }
        take_fields(&f, line);
        span.last = r->number;
        span.raw.len = (size_t)(r->raw.at + r->raw.len - span.raw.at);
        rc = f.columns ? report_row(&f, span) : take_header(&f);
    }
    free(f.at);
    arena_free(&f.arena);
    return rc;
}
