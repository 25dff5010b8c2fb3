/* config, edit, set, next, end: FortiOS and its relatives. */
#include "reading.h"

struct edits {
    unsigned depth;
    unsigned depths[SYNTAX_MAX_DEPTH]; /* around each open block */
    bool entry[SYNTAX_MAX_DEPTH];      /* it is an `edit`, not a `config` */
    unsigned open;
};

static int open_block(struct reading *r, struct edits *e, struct span span, bool entry)
{
    bool named = r->count > 0;
    if (e->open == SYNTAX_MAX_DEPTH || e->depth + 1 >= SYNTAX_MAX_DEPTH)
        return reading_fail(r, RC_LIMIT, span.number, "blocks nested too deep");
    int rc = named ? reading_line(r, e->depth, span, false) : RC_OK;
    e->depths[e->open] = e->depth;
    e->entry[e->open++] = entry;
    e->depth += named;
    return rc;
}

static void close_block(struct edits *e, bool entry)
{
    if (e->open == 0 || (entry && !e->entry[e->open - 1]))
        return;
    bool both = !entry && e->entry[e->open - 1] && e->open > 1; /* `next` may be left out */
    e->depth = e->depths[--e->open];
    if (both)
        e->depth = e->depths[--e->open];
}

static int read_line(struct reading *r, struct edits *e, struct str line)
{
    struct span span = {r->number, r->number, r->raw};
    struct str rest = line, verb, word;
    str_next_word(&rest, &verb);
    bool config = str_is(verb, "config"), edit = str_is(verb, "edit"), set = str_is(verb, "set");
    if (rest.len == 0 && (str_is(verb, "next") || str_is(verb, "end"))) {
        close_block(e, str_is(verb, "next"));
        return RC_OK;
    }
    if (!config && !edit && !set)
        rest = line;
    reading_clear(r);
    for (const char *source = rest.at; reading_take_far(r, &rest, false, &word); source = rest.at)
        reading_word(r, word, source, rest.at + rest.len);
    span.last = r->number;
    span.raw.len = (size_t)(r->raw.at + r->raw.len - span.raw.at);
    if (config || edit)
        return open_block(r, e, span, edit);
    return r->count > 0 ? reading_line(r, e->depth, span, false) : RC_OK;
}

int edit_read(struct reading *r)
{
    struct edits edits = {.depth = 0};
    struct str line;
    int rc = RC_OK;
    while (!rc && reading_next(r, false, &line)) {
        line = str_trim(line);
        if (line.len > 0 && !is_comment(r->s, line) && !strs_has(&r->s->ends, line))
            rc = read_line(r, &edits, line);
    }
    return rc;
}
