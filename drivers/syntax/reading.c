#include "reading.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

/* ---- physical lines ---- */

char *reading_scratch(struct reading *r, size_t len)
{
    size_t room = 4 * r->text.len + 4;
    if (!r->scratch)
        r->scratch = malloc(room);
    if (!r->scratch || len > room - r->scratch_used) {
        r->failed = RC_NO_MEMORY;
        return NULL;
    }
    char *at = r->scratch + r->scratch_used;
    r->scratch_used += len;
    if (r->scratch_used > r->scratch_most)
        r->scratch_most = r->scratch_used;
    return at;
}

/* What a terminal would show: backspaces move, escape sequences and NULs show nothing. */
static struct str render(struct reading *r, struct str line)
{
    char *out = reading_scratch(r, line.len);
    if (!out)
        return line;
    size_t cursor = 0, len = 0;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.at[i];
        if (c == '\b') {
            cursor -= cursor > 0;
        } else if (c == '\x1b') {
            if (i + 1 < line.len && line.at[i + 1] == '[') {
                for (i += 2; i < line.len && (line.at[i] < '@' || line.at[i] > '~');)
                    i++;
            } else {
                i++;
            }
        } else if (c != '\0') {
            out[cursor++] = c;
            len = cursor > len ? cursor : len;
        }
    }
    return (struct str){out, len};
}

/* Without "--More--", "<--- More --->" and their like at its start, and without the blanks that
 * were written over them. */
static struct str cut_pager(struct str line)
{
    size_t start = 0;
    while (start < line.len && line.at[start] == ' ')
        start++;
    size_t at = start;
    while (at < line.len && strchr("<- ", line.at[at]))
        at++;
    if (at == start || line.len - at < 4 || strncasecmp(line.at + at, "more", 4) != 0)
        return line;
    size_t end = at += 4;
    while (end < line.len && strchr("-> ", line.at[end]))
        end++;
    if (end == at || !memchr(line.at + at, '-', end - at))
        return line;
    while (line.at[end - 1] == ' ')
        end--;
    size_t blanks = 0, shown = end;
    while (end + blanks < line.len && line.at[end + blanks] == ' ' && blanks < shown)
        blanks++;
    if (blanks >= shown - start)
        end += blanks;
    return (struct str){line.at + end, line.len - end};
}

bool reading_next(struct reading *r, bool more, struct str *line)
{
    struct str next;
    if (!str_next_line(&r->rest, &next))
        return false;
    r->number++;
    r->raw = next;
    r->no_bracket = NULL;
    if (!more)
        r->scratch_used = 0;
    if (r->dirty)
        next = cut_pager(render(r, next));
    *line = next;
    return true;
}

unsigned line_indent(struct str line)
{
    unsigned columns = 0;
    for (size_t i = 0; i < line.len && columns < 1u << 16; i++) {
        if (line.at[i] == '\t')
            columns += 8 - columns % 8;
        else if (line.at[i] == ' ')
            columns++;
        else
            break;
    }
    return columns;
}

static bool starts_with_one(const struct strs *list, struct str line)
{
    for (size_t i = 0; i < list->count; i++)
        if (line.len >= list->at[i].len && memcmp(line.at, list->at[i].at, list->at[i].len) == 0)
            return true;
    return false;
}

bool is_comment(const struct syntax *s, struct str line)
{
    return line.len > 0 && s->bytes[(unsigned char)line.at[0]] & BYTE_COMMENT &&
           starts_with_one(&s->comment, line) && !starts_with_one(&s->keep, line);
}

bool strs_has(const struct strs *list, struct str word)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->at[i], word))
            return true;
    return false;
}

/* ---- words ---- */

void reading_clear(struct reading *r)
{
    r->count = 0;
    r->fold_from = NULL;
}

void reading_word(struct reading *r, struct str word, const char *source, const char *end)
{
    if (r->count < SYNTAX_MAX_WORDS) {
        r->words[r->count++] = word;
        if (r->count == SYNTAX_MAX_WORDS)
            r->fold_from = source;
    } else {
        r->fold_end = end;
        /* Views into the text join up; what was rendered or unquoted stands elsewhere. */
        if (r->fold_from && r->fold_end > r->fold_from &&
            (size_t)(r->fold_end - r->fold_from) <= r->text.len)
            r->words[SYNTAX_MAX_WORDS - 1] =
                (struct str){r->fold_from, (size_t)(r->fold_end - r->fold_from)};
    }
}

/* The closing quote of the one at `at[0]`, or NULL. Single quotes hold no escapes. */
static const char *closing_quote(const char *at, const char *end, bool *escaped)
{
    char quote = *at++;
    for (; at < end; at++) {
        if (*at == quote)
            return at;
        if (*at == '\\' && quote != '\'' && at + 1 < end) {
            *escaped = true;
            at++;
        }
    }
    return NULL;
}

/* A backslash stands for itself before a letter or digit (DOMAIN\user), and protects all else. */
static bool protects(const char *at, const char *end)
{
    return *at == '\\' && at + 1 < end && !isalnum((unsigned char)at[1]) && at[1] != '\n' &&
           at[1] != '\r';
}

static size_t copy_unescaped(char *out, const char *at, const char *end)
{
    size_t len = 0;
    for (; at < end; at++) {
        at += protects(at, end);
        out[len++] = *at;
    }
    return len;
}

/* A word that starts at `at` and holds quotes, or may: its pieces, unquoted and joined. `first` is
 * where its first quote or backslash is. */
static const char *take_pieces(
    struct reading *r, const char *at, const char *first, const char *end, struct str *word)
{
    const struct syntax *s = r->s;
    char *out = reading_scratch(r, (size_t)(first - at));
    if (!out)
        return NULL;
    size_t len = (size_t)(first - at);
    memcpy(out, at, len);
    const char *p = first;
    while (p < end && !(s->bytes[(unsigned char)*p] & (BYTE_BLANK | BYTE_ALONE))) {
        bool escaped = false;
        const char *close =
            s->bytes[(unsigned char)*p] & BYTE_QUOTE && !r->no_quote[(unsigned char)*p]
                ? closing_quote(p, end, &escaped)
                : NULL;
        size_t piece;
        if (close) {
            piece = (size_t)(close - p - 1);
            if (!reading_scratch(r, piece))
                return NULL;
            if (escaped) {
                len += copy_unescaped(out + len, p + 1, close);
            } else {
                memcpy(out + len, p + 1, piece);
                len += piece;
            }
            p = close + 1;
        } else {
            if (s->bytes[(unsigned char)*p] & BYTE_QUOTE && end == r->text.at + r->text.len)
                r->no_quote[(unsigned char)*p] = true;
            if (s->mixed)
                p += protects(p, end);
            if (!reading_scratch(r, 1))
                return NULL;
            out[len++] = *p++;
        }
    }
    *word = (struct str){out, len};
    return p;
}

/* A quoted word that is nothing else needs no copy. */
static const char *take_quoted(struct reading *r, const char *at, const char *end, struct str *word)
{
    bool escaped = false;
    if (r->no_quote[(unsigned char)*at])
        return NULL;
    const char *close = closing_quote(at, end, &escaped);
    if (!close) {
        if (end == r->text.at + r->text.len)
            r->no_quote[(unsigned char)*at] = true;
        return NULL;
    }
    if (r->s->mixed && close + 1 < end &&
        !(r->s->bytes[(unsigned char)close[1]] & (BYTE_BLANK | BYTE_ALONE)))
        return take_pieces(r, at, at, end, word);
    size_t len = (size_t)(close - at - 1);
    *word = (struct str){at + 1, len};
    if (escaped) {
        char *out = reading_scratch(r, len);
        if (out)
            *word = (struct str){out, copy_unescaped(out, at + 1, close)};
    }
    return close + 1;
}

static const char *take_paired(
    const struct syntax *s, const char *at, const char *end, struct str *word)
{
    for (size_t i = 0; i < s->paired.count; i++) {
        struct str mark = s->paired.at[i];
        if ((size_t)(end - at) < 2 * mark.len || memcmp(at, mark.at, mark.len) != 0)
            continue;
        const char *from = at + mark.len;
        const char *close = memmem(from, (size_t)(end - from), mark.at, mark.len);
        if (!close)
            continue;
        *word = (struct str){at, (size_t)(close + mark.len - at)};
        return close + mark.len;
    }
    return NULL;
}

bool reading_take(struct reading *r, struct str *rest, bool trailing, struct str *word)
{
    const struct syntax *s = r->s;
    const char *at = rest->at, *end = rest->at + rest->len, *next = NULL;
    while (at < end && s->bytes[(unsigned char)*at] & BYTE_BLANK)
        at++;
    if (at == end)
        return false;
    unsigned char class = s->bytes[(unsigned char)*at];
    if (trailing && class & BYTE_COMMENT && is_comment(s, (struct str){at, (size_t)(end - at)}))
        return false;
    if (class & BYTE_ALONE) {
        *word = (struct str){at, 1};
        next = at + 1;
    }
    if (!next && class & BYTE_QUOTE)
        next = take_quoted(r, at, end, word);
    if (!next && class & BYTE_PAIRED)
        next = take_paired(s, at, end, word);
    if (!next) {
        const char *p = at;
        unsigned stop = BYTE_BLANK | BYTE_ALONE | (s->mixed ? BYTE_QUOTE : 0);
        while (p < end && !(s->bytes[(unsigned char)*p] & stop) && !(s->mixed && *p == '\\'))
            p++;
        *word = (struct str){at, (size_t)(p - at)};
        next = p;
        if (p < end && s->mixed && !(s->bytes[(unsigned char)*p] & (BYTE_BLANK | BYTE_ALONE))) {
            next = take_pieces(r, at, p, end, word);
            if (!next)
                next = p + 1;
        }
    }
    *rest = (struct str){next, (size_t)(end - next)};
    return true;
}

/* Line ends inside a word are LF, however the text is written. */
static struct str plain_ends(struct reading *r, struct str word)
{
    if (word.len == 0 || !memchr(word.at, '\r', word.len))
        return word;
    char *out = reading_scratch(r, word.len);
    struct str rest = word, line;
    size_t len = 0;
    while (out && str_next_line(&rest, &line)) {
        memcpy(out + len, line.at, line.len);
        len += line.len;
        if (line.at + line.len < word.at + word.len)
            out[len++] = '\n';
    }
    return out ? (struct str){out, len} : word;
}

bool reading_take_far(struct reading *r, struct str *line, bool trailing, struct str *word)
{
    const char *at = line->at, *end = line->at + line->len, *text_end = r->text.at + r->text.len;
    bool escaped = false;
    while (at < end && r->s->bytes[(unsigned char)*at] & BYTE_BLANK)
        at++;
    bool in_text = at >= r->text.at && at < text_end;
    if (at < end && in_text && r->s->bytes[(unsigned char)*at] & BYTE_QUOTE &&
        !closing_quote(at, end, &escaped)) {
        const char *close = take_quoted(r, at, text_end, word);
        if (close && close > end) {
            while (r->rest.len > 0 && r->rest.at <= close)
                reading_next(r, true, line);
            const char *raw_end = r->raw.at + r->raw.len;
            *line = (struct str){close, raw_end > close ? (size_t)(raw_end - close) : 0};
            *word = plain_ends(r, *word);
            return true;
        }
    }
    return reading_take(r, line, trailing, word);
}

/* An odd number of them: two are one that is protected. */
static bool is_continued(const struct syntax *s, struct str line)
{
    size_t count = 0;
    while (count < line.len && line.at[line.len - 1 - count] == s->continuation)
        count++;
    return s->continuation && count % 2 == 1;
}

bool reading_next_joined(struct reading *r, bool more, struct str *line, struct span *span)
{
    if (!reading_next(r, more, line))
        return false;
    *span = (struct span){r->number, r->number, r->raw};
    if (!is_continued(r->s, *line))
        return true;
    struct buf *joined = &r->joined;
    buf_clear(joined);
    bool next = true;
    while (next && is_continued(r->s, *line)) {
        line->len--;
        if (buf_add_str(joined, *line))
            r->failed = RC_NO_MEMORY;
        next = reading_next(r, true, line);
        while (next && line->len > 0 && (*line->at == ' ' || *line->at == '\t'))
            *line = (struct str){line->at + 1, line->len - 1};
    }
    if (next && buf_add_str(joined, *line))
        r->failed = RC_NO_MEMORY;
    span->last = r->number;
    span->raw.len = (size_t)(r->raw.at + r->raw.len - span->raw.at);
    char *copy = reading_scratch(r, joined->len);
    *line = (struct str){copy ? copy : "", copy ? joined->len : 0};
    if (copy)
        memcpy(copy, buf_text(joined), joined->len);
    return true;
}

void reading_split(struct reading *r, struct str line, bool trailing)
{
    const char *end = line.at + line.len;
    struct str word;
    if (!r->s->plain || trailing) {
        struct str rest = line;
        for (;;) {
            const char *source = rest.at;
            if (!reading_take(r, &rest, trailing, &word))
                return;
            reading_word(r, word, source, end);
        }
    }
    const unsigned char *bytes = r->s->bytes;
    for (const char *at = line.at; at < end;) {
        while (at < end && bytes[(unsigned char)*at] & BYTE_BLANK)
            at++;
        const char *from = at;
        while (at < end && !(bytes[(unsigned char)*at] & BYTE_BLANK))
            at++;
        if (at > from)
            reading_word(r, (struct str){from, (size_t)(at - from)}, from, end);
    }
}

const char *reading_bracket(struct reading *r, const char *at, const char *end)
{
    if (at >= end || *at != '[' || r->no_bracket == end)
        return NULL;
    const char *close = memchr(at, ']', (size_t)(end - at));
    if (!close)
        r->no_bracket = end;
    return close;
}

static struct str skip_blanks(const struct syntax *s, struct str line)
{
    while (line.len > 0 && s->bytes[(unsigned char)*line.at] & BYTE_BLANK)
        line = (struct str){line.at + 1, line.len - 1};
    return line;
}

void reading_take_list(struct reading *r, struct str *line, struct word_list *list)
{
    struct str word, rest = skip_blanks(r->s, *line);
    list->from = r->count;
    for (rest = (struct str){rest.at + 1, rest.len - 1};;) {
        rest = skip_blanks(r->s, rest);
        if (rest.len == 0 || *rest.at == ']')
            break;
        bool quoted = r->s->bytes[(unsigned char)*rest.at] & BYTE_QUOTE;
        const char *source = rest.at, *end = rest.at + rest.len;
        if (!reading_take(r, &rest, false, &word))
            break;
        const char *close = quoted ? NULL : memchr(word.at, ']', word.len);
        if (close && word.at == source) {
            word.len = (size_t)(close - word.at);
            rest = (struct str){close, (size_t)(end - close)};
        }
        reading_word(r, word, source, end);
    }
    if (rest.len > 0)
        rest = (struct str){rest.at + 1, rest.len - 1};
    list->to = r->count;
    *line = rest;
}
