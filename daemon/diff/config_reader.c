#include <stdlib.h>

#include "base/regex.h"
#include "base/yang.h"
#include "diff/config_tree.h"
#include "drivers/data/data.h"
#include "drivers/syntax/parts.h"

struct config_reader {
    struct part_syntaxes *syntaxes;
    struct regex **volatile_lines;
    size_t volatile_count;
};

/* ---- the reader ---- */

int config_reader_ignore(struct config_reader *r, const char *pattern, struct error *err)
{
    struct regex **grown =
        realloc(r->volatile_lines, (r->volatile_count + 1) * sizeof *r->volatile_lines);
    if (!grown)
        return error_set(err, RC_NO_MEMORY, "no memory for volatile lines");
    r->volatile_lines = grown;
    if (regex_new(pattern, REGEX_OFTEN, &grown[r->volatile_count], err))
        return error_context(err, "volatile");
    r->volatile_count++;
    return RC_OK;
}

int config_reader_new(
    const struct platform *platform, struct config_reader **out, struct error *err)
{
    struct config_reader *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(err, RC_NO_MEMORY, "no memory to read a config");
    int rc = part_syntaxes_new(platform->data, &r->syntaxes, err);
    const struct lyd_node *node;
    LY_LIST_FOR(lyd_child(platform->data), node)
    if (!rc && strcmp(LYD_NAME(node), "volatile") == 0)
        rc = config_reader_ignore(r, lyd_get_value(node), err);
    if (rc) {
        config_reader_free(r);
        return rc;
    }
    *out = r;
    return RC_OK;
}

void config_reader_free(struct config_reader *r)
{
    if (!r)
        return;
    part_syntaxes_free(r->syntaxes);
    for (size_t i = 0; i < r->volatile_count; i++)
        regex_free(r->volatile_lines[i]);
    free(r->volatile_lines);
    free(r);
}

/* ---- one part ---- */

struct reading {
    const struct config_reader *reader;
    struct config_part *part;
    struct buf scratch;
    unsigned skip_below; /* depth of a volatile line: what is in it goes with it */
    bool skipping;
    struct error *err;
};

static bool is_volatile(const struct reading *r, struct str raw)
{
    struct str line;
    raw = str_trim(raw);
    if (!str_next_line(&raw, &line))
        return false;
    for (size_t i = 0; i < r->reader->volatile_count; i++)
        if (regex_matches(r->reader->volatile_lines[i], line))
            return true;
    return false;
}

static int take_line(void *ctx, const struct syntax_line *line)
{
    struct reading *r = ctx;
    if (r->skipping && line->depth > r->skip_below)
        return RC_OK;
    r->skipping = is_volatile(r, line->raw);
    r->skip_below = line->depth;
    return r->skipping ? RC_OK : config_part_line(r->part, &r->scratch, line, r->err);
}

/* A text whose profile says nothing of its syntax: every line for itself, all words in order. */
static int read_plain(struct str text, struct reading *r)
{
    struct str raw;
    struct syntax_line line = {0};
    int rc = RC_OK;
    while (!rc && str_next_line(&text, &raw)) {
        line.number++;
        struct str words = str_trim(raw);
        line.raw = raw;
        line.words = &words;
        line.word_count = 1;
        line.last = line.number;
        if (words.len)
            rc = take_line(r, &line);
    }
    return rc;
}

/* `schema` is for data; NULL: what its annotation says. */
static int read_part(const struct config_reader *reader, const struct part *from,
    const struct data_schema *schema, struct config_part *part, struct error *err)
{
    struct reading r = {.reader = reader, .part = part, .err = err};
    struct syntax_sink sink = {.line = take_line, .ctx = &r};
    struct str text = buf_str(&from->text);
    int rc = config_part_begin(part, from->name, from->text.len, err);
    const struct syntax *syntax = rc ? NULL : part_syntax(reader->syntaxes, from->name, text, NULL);
    if (!rc)
        rc = syntax ? syntax_read_as(syntax, text, schema, &sink, err) : read_plain(text, &r);
    if (rc)
        error_context(err, "part %s", from->name);
    if (!rc)
        rc = config_part_end(part, &r.scratch, err);
    buf_wipe(&r.scratch);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct config_part *)a)->name, ((const struct config_part *)b)->name);
}

static int sort_parts(struct config *c, struct error *err)
{
    if (c->part_count)
        qsort(c->parts, c->part_count, sizeof *c->parts, by_name);
    for (size_t i = 1; i < c->part_count; i++)
        if (by_name(&c->parts[i - 1], &c->parts[i]) == 0)
            return error_set(err, RC_INVALID, "two parts are named %s", c->parts[i].name);
    return RC_OK;
}

static int new_config(size_t part_count, struct config **out, struct error *err)
{
    struct config *c = calloc(1, sizeof *c);
    if (!c || !(c->parts = calloc(part_count + 1, sizeof *c->parts))) {
        free(c);
        return error_set(err, RC_NO_MEMORY, "no memory to read a config");
    }
    *out = c;
    return RC_OK;
}

static int add_part(struct config *c, const struct config_reader *reader, const struct part *from,
    const struct data_schema *schema, struct error *err)
{
    struct config_part *part = &c->parts[c->part_count++];
    int rc = read_part(reader, from, schema, part, err);
    if (!rc && part->count == 1) {
        config_part_free(part);
        c->part_count--;
    }
    return rc;
}

/* Hands `c` over, or frees it. */
static int finish(struct config *c, int rc, struct config **out, struct error *err)
{
    rc = rc ? rc : sort_parts(c, err);
    if (rc)
        config_free(c);
    else
        *out = c;
    return rc;
}

int config_reader_read(const struct config_reader *reader, const struct part *parts,
    size_t part_count, struct config **out, struct error *err)
{
    struct config *c = NULL;
    int rc = new_config(part_count, &c, err);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < part_count; i++)
        rc = add_part(c, reader, &parts[i], NULL, err);
    return finish(c, rc, out, err);
}

int config_read(const struct platform *platform, const struct part *parts, size_t part_count,
    struct config **out, struct error *err)
{
    struct config_reader *reader = NULL;
    int rc = config_reader_new(platform, &reader, err);
    if (!rc)
        rc = config_reader_read(reader, parts, part_count, out, err);
    config_reader_free(reader);
    return rc;
}

/* ---- two versions ---- */

static const struct part *find_part(const struct config_side *side, const char *name)
{
    return part_find(side->parts, side->part_count, name);
}

bool config_part_is_data(const struct config_reader *reader, const struct part *part)
{
    struct str text = buf_str(&part->text), start = str_trim(text);
    const struct syntax *syntax = part_syntax(reader->syntaxes, part->name, text, NULL);
    if (data_annotation(text).len > 0) /* whatever platform the device has now */
        return true;
    return syntax && syntax_is_data(syntax) && start.len > 0 && strchr("<{[", start.at[0]);
}

/* The first part that is data in one and text in the other; NULL: none. */
static const char *find_incomparable(
    const struct config_side *older, const struct config_side *newer)
{
    for (size_t i = 0; i < newer->part_count; i++) {
        const struct part *part = &newer->parts[i], *before = find_part(older, part->name);
        if (before &&
            config_part_is_data(newer->reader, part) != config_part_is_data(older->reader, before))
            return part->name;
    }
    return NULL;
}

struct pair {
    const struct config_side *older, *newer;
    const char *incomparable;
};

/* Where the way of reading a device changed, a part that only one has is no difference either. */
static bool is_comparable(
    const struct pair *p, const struct config_side *side, const struct part *part)
{
    const struct config_side *other = side == p->older ? p->newer : p->older;
    const struct part *twin = find_part(other, part->name);
    if (!p->incomparable)
        return true;
    return twin &&
           config_part_is_data(side->reader, part) == config_part_is_data(other->reader, twin);
}

static int read_common_schema(
    const struct pair *p, const char *name, struct data_schema **out, struct error *err)
{
    const struct part *older = find_part(p->older, name), *newer = find_part(p->newer, name);
    *out = NULL;
    if (!older || !newer || !config_part_is_data(p->newer->reader, newer))
        return RC_OK;
    return data_common_schema(buf_str(&newer->text), buf_str(&older->text), out, err);
}

static int read_side(
    const struct pair *p, const struct config_side *side, struct config **out, struct error *err)
{
    struct config *c = NULL;
    int rc = new_config(side->part_count, &c, err);
    if (rc)
        return rc;
    c->incomparable = p->incomparable;
    for (size_t i = 0; !rc && i < side->part_count; i++) {
        struct data_schema *schema = NULL;
        if (!is_comparable(p, side, &side->parts[i]))
            continue;
        rc = read_common_schema(p, side->parts[i].name, &schema, err);
        rc = rc ? rc : add_part(c, side->reader, &side->parts[i], schema, err);
        data_schema_free(schema);
    }
    return finish(c, rc, out, err);
}

int config_read_pair(const struct config_side *older, const struct config_side *newer,
    struct config **before, struct config **after, struct error *err)
{
    const struct pair pair = {older, newer, find_incomparable(older, newer)};
    struct config *first = NULL;
    int rc = read_side(&pair, older, &first, err);
    rc = rc ? rc : read_side(&pair, newer, after, err);
    if (rc)
        config_free(first);
    else
        *before = first;
    return rc;
}

const char *config_incomparable(const struct config *c)
{
    return c->incomparable;
}
