/* Blocks by indentation: Cisco IOS and everything that looks like it. */
#include "reading.h"

struct block {
    unsigned indent;
    bool opened; /* by a line of `opens`: lines of the same indentation are inside */
};

struct blocks {
    struct block at[SYNTAX_MAX_DEPTH];
    unsigned count;
};

/* A comment or an end of block at this indentation ends all that are not less indented. */
static void end_blocks(struct blocks *blocks, unsigned indent)
{
    while (blocks->count > 0 && blocks->at[blocks->count - 1].indent >= indent)
        blocks->count--;
}

/* True when the line read would open a block itself if it stood outside of the innermost one. */
static bool opens_outside(const struct reading *r, const struct blocks *blocks)
{
    struct pattern_state state = r->levels[blocks->count - 1].state;
    struct pattern_match match;
    pattern_follow(&r->s->patterns, &state, r->words, r->count, &match);
    return match.kinds & PATTERN_OPENS;
}

/* Leave the blocks that the line read, of this indentation, is not in. */
static void leave_blocks(const struct reading *r, struct blocks *blocks, unsigned indent)
{
    while (blocks->count > 0) {
        const struct block *last = &blocks->at[blocks->count - 1];
        if (last->indent < indent)
            break;
        if (last->indent == indent && last->opened && !opens_outside(r, blocks))
            break;
        blocks->count--;
    }
    /* Deeper than anything that means something: as a sister of what came before. */
    if (blocks->count >= SYNTAX_MAX_DEPTH)
        blocks->count = SYNTAX_MAX_DEPTH - 1;
}

static const char *text_end(const struct reading *r)
{
    return r->text.at + r->text.len;
}

static size_t delimiter_length(const char *at, const char *end)
{
    size_t len = utf8_length(at, (size_t)(end - at));
    return len ? len : 1;
}

/* Bytes that are searched, all in all, for delimiters of several bytes: too many kinds to remember
 * each that does not come any more. */
static size_t long_delimiters(const struct reading *r)
{
    return 8 * r->text.len + (1 << 16);
}

/* The second of the delimiter at `at` (^X as two characters, or any one), or NULL. What is known
 * not to come any more is not looked for again, so that text without one costs one search a
 * delimiter. */
static const char *closing_delimiter(struct reading *r, const char *at, size_t *len)
{
    const char *end = text_end(r), *close = NULL;
    unsigned char caret = at + 1 < end ? (unsigned char)at[1] : 0;
    if (*at == '^' && caret >= '@' && caret <= '_') {
        *len = 2;
        if (!r->no_caret[caret])
            close = memmem(at + 2, (size_t)(end - at - 2), at, 2);
        if (close)
            return close;
        r->no_caret[caret] = true;
    }
    *len = delimiter_length(at, end);
    if (*len > 1) {
        if (r->searched > long_delimiters(r))
            return NULL;
        close = memmem(at + *len, (size_t)(end - at) - *len, at, *len);
        r->searched += close ? 0 : (size_t)(end - at);
        return close;
    }
    if (!r->no_delimiter[(unsigned char)*at])
        close = memmem(at + *len, (size_t)(end - at) - *len, at, *len);
    if (!close)
        r->no_delimiter[(unsigned char)*at] = true;
    return close;
}

/* Words of the physical lines up to `close`, from the current one, whose part behind the first
 * delimiter starts at `from`. */
static void take_delimited(struct reading *r, const char *from, const char *close)
{
    struct str line = {from, (size_t)(r->raw.at + r->raw.len - from)};
    while (r->rest.at <= close && r->rest.len > 0) {
        reading_split(r, line, false);
        if (!reading_next(r, true, &line))
            return;
    }
    const char *start = r->raw.at > from ? r->raw.at : from;
    if (close > start)
        reading_split(r, (struct str){start, (size_t)(close - start)}, false);
}

/* True when a line that is exactly `ends` comes. With `deeper`, only lines indented deeper than
 * `indent` may come before it. Otherwise `*barren` becomes the place up to which there is none. */
static bool line_comes(
    const struct reading *r, struct str ends, bool deeper, unsigned indent, const char **barren)
{
    struct str rest = r->rest, line;
    while (str_next_line(&rest, &line)) {
        struct str trimmed = str_trim(line);
        if (str_equal(trimmed, ends))
            return true;
        if (deeper && trimmed.len > 0 && line_indent(line) <= indent) {
            *barren = line.at;
            return false;
        }
    }
    *barren = text_end(r);
    return false;
}

/* The same for the line that ends a banner without a delimiter. */
static bool banner_end_comes(struct reading *r)
{
    const char *barren;
    if (!r->no_banner_end)
        r->no_banner_end = !line_comes(r, r->s->banner_end, false, 0, &barren);
    return !r->no_banner_end;
}

static void take_until_line(struct reading *r, struct str ends)
{
    struct str line;
    while (reading_next(r, true, &line) && !str_equal(str_trim(line), ends))
        reading_split(r, line, false);
}

/* Take the text of a banner whose announcing line is read. Without an end it is an ordinary line.
 */
static void take_banner(struct reading *r, size_t announced)
{
    if (r->count <= announced) {
        if (banner_end_comes(r))
            take_until_line(r, r->s->banner_end);
        return;
    }
    struct str first = r->words[announced];
    if (str_equal(first, r->s->banner_end)) {
        if (banner_end_comes(r)) {
            r->count = announced;
            take_until_line(r, r->s->banner_end);
        }
        return;
    }
    const char *at = first.at;
    if (at < r->raw.at || at >= r->raw.at + r->raw.len) {
        at = memmem(r->raw.at, r->raw.len, first.at, first.len); /* the line was rendered */
        if (!at)
            return;
    }
    if (at > r->raw.at && r->s->bytes[(unsigned char)at[-1]] & BYTE_QUOTE)
        at--;
    size_t len;
    const char *close = closing_delimiter(r, at, &len);
    if (!close)
        return;
    r->count = announced;
    take_delimited(r, at + len, close);
}

/* Join the lines of a cut text without blanks, then split it into words. */
static int take_joined(struct reading *r, struct str ends)
{
    struct str line, joined = {"", 0};
    while (reading_next(r, true, &line)) {
        line = str_trim(line);
        if (str_equal(line, ends))
            break;
        char *at = reading_scratch(r, line.len);
        if (!at)
            return RC_NO_MEMORY;
        /* Rendering copies between the pieces: then each stays a piece. */
        if (joined.len > 0 && at != joined.at + joined.len) {
            reading_split(r, joined, false);
            joined = (struct str){"", 0};
        }
        memcpy(at, line.at, line.len);
        joined = (struct str){joined.len > 0 ? joined.at : at, joined.len + line.len};
    }
    reading_split(r, joined, false);
    return RC_OK;
}

static int take_verbatim(struct reading *r, uint32_t which, unsigned indent)
{
    const struct verbatim *v = &r->s->verbatim[which];
    /* Looked for once from the outermost of those inside each other: what ends before the outer
     * one would have, ended before it. */
    if (r->barren[which] > r->rest.at || r->rest.len == 0)
        return RC_OK;
    if (!line_comes(r, v->ends, !v->flat, indent, &r->barren[which]))
        return RC_OK;
    if (v->join)
        return take_joined(r, v->ends);
    take_until_line(r, v->ends);
    return RC_OK;
}

static int read_line(struct reading *r, struct blocks *blocks, struct str line)
{
    unsigned indent = line_indent(line);
    struct str trimmed = str_trim(line);
    if (trimmed.len == 0)
        return RC_OK;
    if (is_comment(r->s, trimmed) || strs_has(&r->s->ends, trimmed)) {
        end_blocks(blocks, indent);
        return RC_OK;
    }
    struct span span = {r->number, r->number, r->raw};
    struct pattern_match match;
    int rc = RC_OK;
    reading_clear(r);
    reading_split(r, trimmed, false);
    if (r->count == 0)
        return RC_OK;
    leave_blocks(r, blocks, indent);
    reading_match(r, blocks->count, &match);
    if (match.kinds & PATTERN_BANNER)
        take_banner(r, match.words);
    else if (match.kinds & PATTERN_VERBATIM)
        rc = take_verbatim(r, match.verbatim, indent);
    if (rc)
        return rc;
    span.last = r->number;
    r->is_text = match.kinds & (PATTERN_BANNER | PATTERN_VERBATIM) && r->count > match.words;
    span.raw.len = (size_t)(r->raw.at + r->raw.len - span.raw.at);
    rc = reading_report(r, blocks->count, span, false, &match);
    blocks->at[blocks->count++] = (struct block){indent, match.kinds & PATTERN_OPENS};
    return rc;
}

int indented_read(struct reading *r)
{
    struct blocks blocks = {.count = 0};
    struct str line;
    int rc = RC_OK;
    while (!rc && reading_next(r, false, &line))
        rc = read_line(r, &blocks, line);
    return rc;
}
