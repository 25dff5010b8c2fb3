#include <stdlib.h>

#include "collect/evidence.h"

struct redacted {
    const struct part *part;
    bool after, failed;
    struct buf text;
    struct str *lines;
    size_t line_count;
};

struct redactor {
    const struct reader *reader;
    const unsigned char *key;
    struct redacted *parts;
    size_t count;
};

static void add_parts(struct redactor *r, const struct driver_result *version, bool after)
{
    for (size_t i = 0; version && i < version->part_count; i++)
        r->parts[r->count++] = (struct redacted){.part = &version->parts[i], .after = after};
}

int redactor_new(const struct reader *reader, const unsigned char *key,
    const struct driver_result *before, const struct driver_result *after, struct redactor **out,
    struct error *err)
{
    size_t count = (before ? before->part_count : 0) + after->part_count;
    struct redactor *r = calloc(1, sizeof *r);
    if (r)
        r->parts = calloc(count + 1, sizeof *r->parts);
    if (!r || !r->parts) {
        free(r);
        return error_set(err, RC_NO_MEMORY, "no memory to redact a config");
    }
    r->reader = reader;
    r->key = key;
    add_parts(r, before, false);
    add_parts(r, after, true);
    *out = r;
    return RC_OK;
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        buf_free(&r->parts[i].text);
        free(r->parts[i].lines);
    }
    free(r->parts);
    free(r);
}

static size_t split_lines(struct str text, struct str *lines)
{
    size_t count = 0;
    struct str line;
    while (str_next_line(&text, &line)) {
        if (lines)
            lines[count] = line;
        count++;
    }
    return count;
}

static int redact(const struct redactor *r, struct redacted *p)
{
    int rc =
        access_redact(r->reader, p->part->name, buf_str(&p->part->text), r->key, &p->text, NULL);
    if (rc)
        return rc;
    p->line_count = split_lines(buf_str(&p->text), NULL);
    p->lines = calloc(p->line_count + 1, sizeof *p->lines);
    if (!p->lines)
        return RC_NO_MEMORY;
    split_lines(buf_str(&p->text), p->lines);
    return RC_OK;
}

bool redactor_line(struct redactor *r, const struct evidence *e, struct str *line)
{
    for (size_t i = 0; i < r->count; i++) {
        struct redacted *p = &r->parts[i];
        if (p->after != e->after || strcmp(p->part->name, e->part) != 0)
            continue;
        if (!p->lines && !p->failed)
            p->failed = redact(r, p) != RC_OK;
        if (p->failed || e->line == 0 || e->line > p->line_count)
            return false;
        *line = p->lines[e->line - 1];
        return true;
    }
    return false;
}
