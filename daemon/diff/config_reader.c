#include <stdlib.h>

#include "base/regex.h"
#include "base/yang.h"
#include "diff/config_tree.h"
#include "drivers/syntax/parts.h"

struct config_reader {
    struct part_syntaxes *syntaxes;
    struct regex **volatile_lines;
    size_t volatile_count;
};

/* ---- the reader ---- */

static int compile(struct config_reader *r, const char *pattern, struct error *err)
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
        rc = compile(r, lyd_get_value(node), err);
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

static int read_part(const struct config_reader *reader, const struct part *from,
    struct config_part *part, struct error *err)
{
    struct reading r = {.reader = reader, .part = part, .err = err};
    struct syntax_sink sink = {.line = take_line, .ctx = &r};
    struct str text = buf_str(&from->text);
    int rc = config_part_begin(part, from->name, from->text.len, err);
    const struct syntax *syntax = rc ? NULL : part_syntax(reader->syntaxes, from->name, text, NULL);
    if (!rc)
        rc = syntax ? syntax_read(syntax, text, &sink, err) : read_plain(text, &r);
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

int config_reader_read(const struct config_reader *reader, const struct part *parts,
    size_t part_count, struct config **out, struct error *err)
{
    struct config *c = calloc(1, sizeof *c);
    int rc = RC_OK;
    if (!c || !(c->parts = calloc(part_count + 1, sizeof *c->parts)))
        rc = error_set(err, RC_NO_MEMORY, "no memory to read a config");
    for (size_t i = 0; !rc && i < part_count; i++) {
        struct config_part *part = &c->parts[c->part_count++];
        rc = read_part(reader, &parts[i], part, err);
        if (!rc && part->count == 1) {
            config_part_free(part);
            c->part_count--;
        }
    }
    rc = rc ? rc : sort_parts(c, err);
    if (rc) {
        config_free(c);
        return rc;
    }
    *out = c;
    return RC_OK;
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
