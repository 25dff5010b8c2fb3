/* name { ... }: Junos, F5, VyOS, SR OS MD-CLI. A statement ends with a semicolon, its line, or the
 * brace behind or in front of it. */
#include "reading.h"

struct braces {
    struct reading *r;
    unsigned depth;
    unsigned depths[SYNTAX_MAX_DEPTH]; /* around each open brace */
    unsigned open;
    struct span span;      /* of the statement being read */
    const char *from, *to; /* the same in the text, where its line was not rendered */
    struct word_list list;
    bool inactive;
    bool below_last; /* the last statement ended with its line: a brace may follow */
    bool in_comment;
};

static void start_statement(struct braces *b)
{
    reading_clear(b->r);
    b->span = (struct span){0};
    b->from = b->to = NULL;
    b->list = (struct word_list){0, 0};
    b->inactive = false;
}

static bool in_text(const struct reading *r, const char *at)
{
    return at >= r->text.at && at <= r->text.at + r->text.len;
}

static int end_statement(struct braces *b)
{
    int rc = RC_OK;
    if (b->r->count > 0) {
        if (in_text(b->r, b->from) && in_text(b->r, b->to) && b->to > b->from)
            b->span.raw = (struct str){b->from, (size_t)(b->to - b->from)};
        b->span.last = b->r->number;
        rc = reading_list(b->r, b->depth, b->span, b->inactive, b->list);
    }
    start_statement(b);
    return rc;
}

static int open_brace(struct braces *b)
{
    bool named = b->r->count > 0 || b->below_last;
    int rc = end_statement(b);
    if (rc)
        return rc;
    if (b->open == SYNTAX_MAX_DEPTH || (named && b->depth + 1 == SYNTAX_MAX_DEPTH))
        return reading_fail(b->r, RC_LIMIT, b->r->number, "blocks nested too deep");
    b->depths[b->open++] = b->depth;
    b->depth += named;
    return RC_OK;
}

static int close_brace(struct braces *b)
{
    int rc = end_statement(b);
    if (b->open > 0)
        b->depth = b->depths[--b->open];
    return rc;
}

/* Prefixes that Junos puts in front of a statement. */
static bool take_prefix(struct braces *b, struct str word)
{
    if (str_is(word, "inactive:") || str_is(word, "delete:"))
        b->inactive = true;
    else if (!str_is(word, "protect:") && !str_is(word, "active:") && !str_is(word, "replace:"))
        return false;
    return true;
}

/* `;` ends a statement where a word ends, not inside one. */
static bool ends_with_semicolon(const struct reading *r, struct str word, struct str rest)
{
    return word.len > 0 && word.at[word.len - 1] == ';' &&
           (rest.len == 0 || r->s->bytes[(unsigned char)*rest.at] & BYTE_BLANK);
}

static void note_place(struct braces *b, const char *at)
{
    if (b->span.number == 0) {
        b->span = (struct span){b->r->number, b->r->number, b->r->raw};
        b->from = at;
    }
}

static int take_word(struct braces *b, struct str *line)
{
    struct reading *r = b->r;
    const char *source = line->at;
    bool quoted = r->s->bytes[(unsigned char)*source] & BYTE_QUOTE;
    struct str word;
    note_place(b, source);
    if (!reading_take_far(r, line, true, &word)) {
        *line = (struct str){line->at, 0}; /* the rest is a comment */
        if (r->count == 0)
            start_statement(b);
        return RC_OK;
    }
    bool semicolon = !quoted && ends_with_semicolon(r, word, *line);
    word.len -= semicolon;
    if (r->count > 0 || quoted || !take_prefix(b, word)) {
        if (word.len > 0 || quoted)
            reading_word(r, word, source, line->at);
        b->to = line->at - semicolon;
    }
    return semicolon ? end_statement(b) : RC_OK;
}

/* True when the text at the start of `line` is a comment's; it is cut off. */
static bool skip_comment(struct braces *b, struct str *line)
{
    if (!b->in_comment && !str_starts(*line, "/*"))
        return false;
    size_t from = b->in_comment ? 0 : 2;
    const char *close = memmem(line->at + from, line->len - from, "*/", 2);
    b->in_comment = !close;
    const char *next = close ? close + 2 : line->at + line->len;
    *line = (struct str){next, (size_t)(line->at + line->len - next)};
    return true;
}

static bool is_blank(const struct reading *r, char c)
{
    return r->s->bytes[(unsigned char)c] & BYTE_BLANK;
}

static struct str skip_blanks(const struct reading *r, struct str line)
{
    while (line.len > 0 && is_blank(r, *line.at))
        line = (struct str){line.at + 1, line.len - 1};
    return line;
}

/* True when the bracket at the end of `line` opens a list of later lines: what comes first of
 * brackets and braces closes it. So no byte is looked at twice. */
static bool opens_long_list(const struct braces *b, struct str line)
{
    const struct str rest = b->r->rest;
    if (skip_blanks(b->r, (struct str){line.at + 1, line.len - 1}).len > 0)
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (memchr("[]{}", rest.at[i], 4))
            return rest.at[i] == ']';
    return false;
}

/* `[`, values on lines of their own, `]`: Nokia SR Linux. */
static void take_long_list(struct braces *b, struct str *line)
{
    struct reading *r = b->r;
    struct str word;
    b->list.from = r->count;
    line->len = 0;
    for (*line = skip_blanks(r, *line); line->len == 0 || *line->at != ']';
         *line = skip_blanks(r, *line)) {
        const char *source = line->at;
        if (line->len > 0 && reading_take(r, line, true, &word))
            reading_word(r, word, source, line->at);
        else if (!reading_next(r, true, line))
            break;
    }
    b->list.to = r->count;
    if (line->len > 0)
        *line = (struct str){line->at + 1, line->len - 1};
    b->to = line->at;
}

/* No terminal is narrower than this; a line that was cut is longer. */
#define LEAST_WIDTH 64

/* The last word goes on at the start of the next line: that line was cut at the terminal's width.
 */
static bool is_wrapped(const struct braces *b)
{
    const struct reading *r = b->r;
    return r->s->wrapped && r->count > 1 && !b->in_comment && r->raw.len >= LEAST_WIDTH &&
           r->rest.len > 0 && !is_blank(r, *r->rest.at) && !memchr("{}[];#\"'", *r->rest.at, 9);
}

/* What comes up to a blank or the end of the statement is the rest of the last word. */
static int join_word(struct braces *b, struct str *line)
{
    struct reading *r = b->r;
    struct str *word = &r->words[r->count - 1];
    size_t taken;
    buf_clear(&r->joined);
    int rc = buf_add_str(&r->joined, *word);
    do {
        if (rc || !reading_next(r, true, line))
            break;
        for (taken = 0;
             taken < line->len && line->at[taken] != ';' && !is_blank(r, line->at[taken]);)
            taken++;
        rc = buf_add_str(&r->joined, (struct str){line->at, taken});
        *line = (struct str){line->at + taken, line->len - taken};
    } while (line->len == 0 && is_wrapped(b));
    char *copy = rc ? NULL : reading_scratch(r, r->joined.len);
    if (!copy)
        return reading_fail(r, RC_NO_MEMORY, r->number, "out of memory");
    memcpy(copy, buf_text(&r->joined), r->joined.len);
    *word = (struct str){copy, r->joined.len};
    b->to = line->at;
    return RC_OK;
}

static int read_token(struct braces *b, struct str *line)
{
    char c = *line->at;
    const char *at = line->at;
    int rc;
    b->below_last = b->below_last && c == '{';
    switch (c) {
    case '{':
    case '}':
    case ';':
        *line = (struct str){at + 1, line->len - 1};
        rc = c == '{' ? open_brace(b) : c == '}' ? close_brace(b) : end_statement(b);
        b->below_last = false;
        return rc;
    case '[':
        if (b->r->count > 0 && opens_long_list(b, *line)) {
            take_long_list(b, line);
            return RC_OK;
        }
        if (b->r->count == 0 || !reading_bracket(b->r, at, at + line->len))
            break;
        reading_take_list(b->r, line, &b->list);
        b->to = line->at;
        return RC_OK;
    default:
        break;
    }
    return take_word(b, line);
}

static int read_line(struct braces *b, struct str line)
{
    int rc = RC_OK;
    while (!rc && line.len > 0) {
        if (is_blank(b->r, *line.at))
            line = (struct str){line.at + 1, line.len - 1};
        else if (!skip_comment(b, &line))
            rc = read_token(b, &line);
    }
    return rc;
}

int braces_read(struct reading *r)
{
    struct braces b = {.r = r};
    struct str line;
    int rc = RC_OK;
    start_statement(&b);
    while (!rc && reading_next(r, false, &line)) {
        rc = read_line(&b, line);
        while (!rc && is_wrapped(&b)) {
            rc = join_word(&b, &line);
            rc = rc ? rc : read_line(&b, line);
        }
        if (!rc && r->count > 0) {
            rc = end_statement(&b);
            b.below_last = true;
        }
    }
    return rc;
}
