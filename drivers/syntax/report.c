/* Lines of words on their way out. */
#include <stdio.h>
#include <stdlib.h>

#include "reading.h"

static void drop_verbs(struct reading *r)
{
    size_t drop = 0;
    for (size_t i = 0; i < r->s->verbs.count && drop + 1 < r->count; i++)
        if (str_equal(r->words[drop], r->s->verbs.at[i]))
            drop++;
    if (drop == 0)
        return;
    r->count -= drop;
    memmove(r->words, r->words + drop, r->count * sizeof *r->words);
}

void reading_match(struct reading *r, unsigned depth, struct pattern_match *match)
{
    size_t under = depth == 0 ? r->s->under_count : 0;
    drop_verbs(r);
    if (under > 0) {
        memmove(r->words + under, r->words, r->count * sizeof *r->words);
        memcpy(r->words, r->s->under, under * sizeof *r->words);
        r->count += under;
    }
    struct level *outer = &r->levels[depth], *inner = outer + 1;
    inner->state = outer->state;
    pattern_follow(&r->s->patterns, &inner->state, r->words, r->count, match);
    inner->inside = outer->inside || match->kinds & PATTERN_INSIDE;
}

int reading_report(struct reading *r, unsigned depth, struct span span, bool inactive,
    const struct pattern_match *match)
{
    struct level *outer = &r->levels[depth];
    outer[1].inactive = inactive || outer->inactive;
    struct syntax_line line = {
        .depth = depth,
        .words = r->words,
        .word_count = r->count,
        .number = span.number,
        .last = span.last,
        .raw = span.raw,
        .is_text = r->is_text,
        .ordered = outer->inside || match->kinds & PATTERN_ORDERED,
        .inactive = outer[1].inactive,
    };
    return r->sink->line(r->sink->ctx, &line);
}

int reading_line(struct reading *r, unsigned depth, struct span span, bool inactive)
{
    struct pattern_match match;
    reading_match(r, depth, &match);
    return reading_report(r, depth, span, inactive, &match);
}

/* With a long statement around it, a list is reported as it stands: else a small text would make
 * many words. */
enum { LIST_MAX_AROUND = 64 };

int reading_list(
    struct reading *r, unsigned depth, struct span span, bool inactive, struct word_list list)
{
    size_t count = r->count, around = count - (list.to - list.from);
    if (list.to <= list.from || around > LIST_MAX_AROUND)
        return reading_line(r, depth, span, inactive);
    if (!r->spare && !(r->spare = malloc((SYNTAX_MAX_WORDS + 20) * sizeof *r->spare)))
        return reading_fail(r, RC_NO_MEMORY, span.number, "out of memory");
    memcpy(r->spare, r->words, count * sizeof *r->words);
    int rc = RC_OK;
    for (size_t i = list.from; !rc && i < list.to; i++) {
        memcpy(r->words, r->spare, list.from * sizeof *r->words);
        r->words[list.from] = r->spare[i];
        memcpy(r->words + list.from + 1, r->spare + list.to, (count - list.to) * sizeof *r->words);
        r->count = around + 1;
        rc = reading_line(r, depth, span, inactive);
    }
    return rc;
}

int reading_fail(struct reading *r, enum rc code, uint32_t number, const char *what)
{
    char place[32];
    snprintf(place, sizeof place, "line %u", number);
    return error_at(r->err, code, place, "%s", what);
}
