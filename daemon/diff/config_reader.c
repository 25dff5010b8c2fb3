#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

#include "base/yang.h"
#include "diff/config_tree.h"
#include "drivers/syntax/parts.h"

#define MATCH_LIMIT 20000 /* steps of one expression on one line; past them it does not match */

struct config_reader {
    struct part_syntaxes *syntaxes;
    pcre2_code **volatile_lines;
    size_t volatile_count;
    pcre2_match_context *limits;
};

/* ---- the reader ---- */

static int compile(struct config_reader *r, const char *pattern, struct error *err)
{
    int code = 0;
    size_t offset = 0;
    pcre2_code **grown =
        realloc(r->volatile_lines, (r->volatile_count + 1) * sizeof *r->volatile_lines);
    if (!grown)
        return error_set(err, RC_NO_MEMORY, "no memory for volatile lines");
    r->volatile_lines = grown;
    pcre2_code *compiled = pcre2_compile(
        (PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
    if (!compiled) {
        char why[128] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
        return error_set(err, RC_SETTINGS, "volatile \"%s\": %s at %zu", pattern, why, offset);
    }
    r->volatile_lines[r->volatile_count++] = compiled;
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
    r->limits = pcre2_match_context_create(NULL);
    if (!rc && !r->limits)
        rc = error_set(err, RC_NO_MEMORY, "no memory to read a config");
    if (rc) {
        config_reader_free(r);
        return rc;
    }
    pcre2_set_match_limit(r->limits, MATCH_LIMIT);
    *out = r;
    return RC_OK;
}

void config_reader_free(struct config_reader *r)
{
    if (!r)
        return;
    part_syntaxes_free(r->syntaxes);
    for (size_t i = 0; i < r->volatile_count; i++)
        pcre2_code_free(r->volatile_lines[i]);
    free(r->volatile_lines);
    pcre2_match_context_free(r->limits);
    free(r);
}

/* ---- one part ---- */

struct reading {
    const struct config_reader *reader;
    struct config_part *part;
    struct buf scratch;
    pcre2_match_data *match;
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
        if (pcre2_match(r->reader->volatile_lines[i], (PCRE2_SPTR)line.at, line.len, 0, 0, r->match,
                r->reader->limits) >= 0)
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
    if (!rc && !(r.match = pcre2_match_data_create(1, NULL)))
        rc = error_set(err, RC_NO_MEMORY, "no memory to read a config");
    const struct syntax *syntax = rc ? NULL : part_syntax(reader->syntaxes, from->name, text, NULL);
    if (!rc)
        rc = syntax ? syntax_read(syntax, text, &sink, err) : read_plain(text, &r);
    if (rc)
        error_context(err, "part %s", from->name);
    if (!rc)
        rc = config_part_end(part, &r.scratch, err);
    pcre2_match_data_free(r.match);
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
