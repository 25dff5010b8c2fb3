/* YANG data: each element is a line, as drivers/data sees them. */
#include "drivers/data/data.h"

#include "reading.h"

struct data_reading {
    struct reading *r;
    unsigned depth; /* of the element that holds the text of another syntax */
    bool inactive;
    uint32_t number; /* of the first line of that text */
    struct span span;
};

static int embedded_line(void *ctx, const struct syntax_line *inner)
{
    struct data_reading *d = ctx;
    struct str text = d->r->text;
    struct syntax_line line = *inner;
    if (d->depth + line.depth + 1 >= SYNTAX_MAX_DEPTH)
        return reading_fail(d->r, RC_LIMIT, d->number, "nested deeper than 64");
    line.depth += d->depth + 1;
    line.number += d->number - 1;
    line.last += d->number - 1;
    line.inactive = line.inactive || d->inactive;
    if (line.raw.at < text.at || line.raw.at > text.at + text.len) { /* references were undone */
        line.number = d->span.number;
        line.last = d->span.last;
        line.raw = d->span.raw;
    }
    return d->r->sink->line(d->r->sink->ctx, &line);
}

static const struct syntax *embedded_in(const struct syntax *s, struct str name)
{
    const char *colon = memchr(name.at, ':', name.len);
    if (colon)
        name = (struct str){colon + 1, name.len - (size_t)(colon + 1 - name.at)};
    for (size_t i = 0; i < s->embedded_count; i++)
        if (str_equal(s->embedded[i].element, name))
            return s->embedded[i].syntax;
    return NULL;
}

/* In the text itself where that says the same, so that its lines have numbers. */
static int read_embedded(struct data_reading *d, const struct syntax *s, struct str value)
{
    struct str raw = d->span.raw, before, line;
    const char *at = raw.len ? memmem(raw.at, raw.len, value.at, value.len) : NULL;
    struct syntax_sink sink = {embedded_line, d};
    d->number = d->span.number;
    if (at) {
        before = (struct str){raw.at, (size_t)(at - raw.at)};
        while (str_next_line(&before, &line))
            d->number += line.at + line.len < at;
        value.at = at;
    }
    return syntax_read(s, value, &sink, d->r->err);
}

static int take_line(void *ctx, const struct data_line_of *line)
{
    struct data_reading *d = ctx;
    struct reading *r = d->r;
    struct pattern_match match;
    size_t count = line->word_count;
    if (line->depth >= SYNTAX_MAX_DEPTH)
        return reading_fail(r, RC_LIMIT, line->number, "nested deeper than 64");
    const struct syntax *embedded = line->has_value ? embedded_in(r->s, line->words[0]) : NULL;
    struct str value = line->words[count - 1];
    count -= embedded != NULL;
    r->count = count < SYNTAX_MAX_WORDS ? count : SYNTAX_MAX_WORDS;
    memcpy(r->words, line->words, r->count * sizeof *r->words);
    d->span = (struct span){
        line->number, line->last, {r->text.at + line->start, line->end - line->start}};
    d->depth = line->depth;
    d->inactive = line->inactive;
    reading_match(r, line->depth, &match);
    if (line->ordered)
        match.kinds |= PATTERN_ORDERED;
    int rc = reading_report(r, line->depth, d->span, line->inactive, &match);
    return rc || !embedded ? rc : read_embedded(d, embedded, value);
}

int data_read(struct reading *r)
{
    struct data_reading d = {.r = r};
    struct data *data = NULL;
    int rc = data_parse(r->text, r->schema, NULL, 0, &data, r->err);
    rc = rc ? rc : data_walk(data, take_line, &d);
    data_free(data);
    return rc;
}
