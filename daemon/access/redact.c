/* A config's text without its secrets. */
#include <stdlib.h>

#include "access/walk.h"

#define TAG_LEN 6

struct span {
    size_t start, end;
    char tag[TAG_LEN];
};

struct redacting {
    const struct reader *r;
    struct str text;
    const unsigned char *key;
    struct gather g;
    size_t *lines; /* where line N + 1 begins; one more behind the last */
    size_t line_count;
    struct span *spans;
    size_t count, room;
    struct buf values; /* secrets worth looking for elsewhere, a NUL behind each */
    size_t searched;   /* bytes gone through for secrets of which only the line is known */
};

/* ---- spans ---- */

static int add_span(struct redacting *x, size_t start, size_t end, struct str value)
{
    char print[FINGERPRINT_TEXT_SIZE];
    if (start >= end)
        return RC_OK;
    if (x->count == x->room) {
        size_t room = x->room ? x->room * 2 : 64;
        struct span *grown = realloc(x->spans, room * sizeof *grown);
        if (!grown)
            return RC_NO_MEMORY;
        x->spans = grown;
        x->room = room;
    }
    struct span *s = &x->spans[x->count++];
    *s = (struct span){.start = start, .end = end};
    memcpy(s->tag, fingerprint_text(x->key, value, print) + 3, TAG_LEN); /* behind "k1:" */
    return RC_OK;
}

static bool in_text(const struct redacting *x, struct str word)
{
    return word.at >= x->text.at && word.at + word.len <= x->text.at + x->text.len;
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the bytes from `start` to `end` write `word` as a word, all of them. */
static int mark_all(struct redacting *x, size_t start, size_t end, struct str word, bool *found)
{
    for (size_t at = start; word.len && at + word.len <= end;) {
        const char *hit = memmem(x->text.at + at, end - at, word.at, word.len);
        if (!hit)
            break;
        size_t from = (size_t)(hit - x->text.at), to = from + word.len;
        if ((from == start || !is_word_byte(hit[-1])) &&
            (to == end || !is_word_byte(hit[word.len]))) {
            int rc = add_span(x, from, to, word);
            if (rc)
                return rc;
            *found = true;
        }
        at = from + 1;
    }
    return RC_OK;
}

static size_t line_start(const struct redacting *x, uint32_t number)
{
    return number >= 1 && number <= x->line_count ? x->lines[number - 1] : x->text.len;
}

/* Ways to write a word, by the characters that must not stand there as they are. */
static const struct writing {
    const char *escaped;
    bool json;
} writings[] = {
    {"", false}, {"&<>", false}, {"&<", false}, {"&<>\"'", false}, {"\"\\", true}, {"\"\\/", true}};

static int write_word(const struct writing *way, struct str word, struct buf *out)
{
    int rc = RC_OK;
    for (size_t i = 0; i < word.len && !rc; i++) {
        char c = word.at[i];
        if (!c || !strchr(way->escaped, c))
            rc = buf_add_char(out, c);
        else if (way->json)
            rc = buf_format(out, "\\%c", c);
        else
            rc = buf_add(out, c == '&'   ? "&amp;"
                              : c == '<' ? "&lt;"
                              : c == '>' ? "&gt;"
                              : c == '"' ? "&quot;"
                                         : "&apos;");
    }
    return rc;
}

#define MOST_SEARCHED ((size_t)1 << 30) /* about a second */

/* A word that isn't a piece of the text: quotes or character references were undone. */
static int mark_decoded(struct redacting *x, struct str word, uint32_t line)
{
    uint32_t last = x->g.last > line ? x->g.last : line;
    size_t start = line_start(x, line), end = line_start(x, last + 1);
    bool found = false;
    int rc = RC_OK;
    for (size_t w = 0; w < sizeof writings / sizeof *writings && !rc && !found; w++) {
        struct buf written = {.cap = word.len * 6 + 1};
        x->searched += end - start;
        if (x->searched < MOST_SEARCHED && !(rc = write_word(&writings[w], word, &written)))
            rc = mark_all(x, start, end, buf_str(&written), &found);
        buf_wipe(&written);
    }
    if (rc || found)
        return rc;
    while (start < end && (x->text.at[start] == ' ' || x->text.at[start] == '\t'))
        start++;
    return add_span(x, start, end, word);
}

static bool worth_finding(struct str value)
{
    bool other = false;
    for (size_t i = 0; i < value.len; i++)
        other |= value.at[i] < 'a' || value.at[i] > 'z';
    return value.len >= 8 && other && !memchr(value.at, 0, value.len);
}

static int note_value(struct redacting *x, struct str value)
{
    if (!worth_finding(value))
        return RC_OK;
    int rc = buf_add_str(&x->values, value);
    return rc ? rc : buf_append(&x->values, "", 1);
}

/* gather's word on a secret: one word, or the rest of a line. */
static int mark_secret(void *ctx, const struct str *words, size_t count, uint32_t line)
{
    struct redacting *x = ctx;
    bool all_here = true;
    for (size_t i = 0; i < count; i++)
        all_here &= in_text(x, words[i]);
    if (!all_here || count == 0) {
        int rc = RC_OK;
        for (size_t i = 0; i < count && !rc; i++) {
            rc = mark_decoded(x, words[i], line);
            rc = rc ? rc : note_value(x, words[i]);
        }
        return rc;
    }
    struct str last = words[count - 1];
    struct str whole = {words[0].at, (size_t)(last.at + last.len - words[0].at)};
    size_t start = (size_t)(whole.at - x->text.at);
    int rc = add_span(x, start, start + whole.len, whole);
    return rc ? rc : note_value(x, whole);
}

/* ---- what the rules don't see ---- */

static int mark_by_expressions(struct redacting *x, struct str line)
{
    size_t base = (size_t)(line.at - x->text.at), end;
    struct str found;
    for (const struct regex_list *s = x->r->secrets; s; s = s->next)
        for (size_t at = 0; at < line.len;) {
            int hit = regex_find(s->regex, line, at, "secret", &found, &end);
            if (hit == 0)
                break;
            if (hit < 0) /* too long a search: better too much than too little */
                return add_span(x, base, base + line.len, line);
            size_t start = (size_t)(found.at - x->text.at);
            int rc = add_span(x, start, start + found.len, found);
            if (rc)
                return rc;
            at = end > at ? end : at + 1;
        }
    return RC_OK;
}

/* Line by line: expressions, and everything between the marks of a private key. */
static int mark_lines(struct redacting *x)
{
    bool in_key = false;
    for (size_t n = 0; n < x->line_count; n++) {
        struct str line = {x->text.at + x->lines[n], x->lines[n + 1] - x->lines[n]};
        line = str_trim(line);
        bool end = line.len && memmem(line.at, line.len, "-----END", 8);
        in_key = in_key && !end;
        size_t start = (size_t)(line.at - x->text.at);
        int rc = in_key ? add_span(x, start, start + line.len, line) : mark_by_expressions(x, line);
        if (rc)
            return rc;
        in_key = in_key || (line.len && !end && memmem(line.at, line.len, "-----BEGIN", 10) &&
                               memmem(line.at, line.len, "PRIVATE KEY", 11));
    }
    return RC_OK;
}

static int by_bytes(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The same secret somewhere else, say in a comment: words that are one. */
static int mark_repeats(struct redacting *x)
{
    size_t count = 0;
    int rc = RC_OK;
    for (size_t i = 0; i < x->values.len; i++)
        count += x->values.data[i] == '\0';
    struct str *values = calloc(count + 1, sizeof *values);
    if (!values)
        return RC_NO_MEMORY;
    char *at = x->values.data;
    for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
        values[i] = str_of(at);
    qsort(values, count, sizeof *values, by_bytes);
    struct str rest = x->text;
    for (size_t i = 0; count && i < x->text.len && !rc;) {
        static const char ends[] = " \t\r\n\"'<>;,=";
        size_t len = 0;
        while (i + len < x->text.len && !memchr(ends, x->text.at[i + len], sizeof ends - 1))
            len++;
        struct str word = {rest.at + i, len};
        if (len >= 8 && bsearch(&word, values, count, sizeof *values, by_bytes))
            rc = add_span(x, i, i + len, word);
        i += len + 1;
    }
    free(values);
    return rc;
}

/* ---- putting it together ---- */

static int find_lines(struct redacting *x)
{
    struct str rest = x->text, line;
    size_t count = 0, n = 0;
    while (str_next_line(&rest, &line))
        count++;
    x->lines = calloc(count + 1, sizeof *x->lines);
    if (!x->lines)
        return RC_NO_MEMORY;
    for (rest = x->text; str_next_line(&rest, &line); n++)
        x->lines[n] = (size_t)(line.at - x->text.at);
    x->lines[n] = x->text.len;
    x->line_count = count;
    return RC_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->end < y->end) - (x->end > y->end); /* the longer one first */
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* One mark for each line of a secret, so that lines keep their numbers. */
static int write_span(
    struct redacting *x, size_t start, size_t end, const char *tag, struct buf *out)
{
    int rc = RC_OK;
    while (start < end && !rc) {
        if (is_line_end(x->text.at[start])) {
            rc = buf_add_char(out, x->text.at[start++]);
            continue;
        }
        while (start < end && !is_line_end(x->text.at[start]))
            start++;
        rc = buf_format(out, "<secret:%.*s>", TAG_LEN, tag);
    }
    return rc;
}

static int write_text(struct redacting *x, struct buf *out)
{
    size_t at = 0;
    int rc = RC_OK;
    if (x->count)
        qsort(x->spans, x->count, sizeof *x->spans, by_place);
    for (size_t i = 0; i < x->count && !rc; i++) {
        const struct span *s = &x->spans[i];
        if (s->end <= at)
            continue;
        size_t start = s->start > at ? s->start : at;
        rc = buf_append(out, x->text.at + at, start - at);
        if (!rc)
            rc = write_span(x, start, s->end, s->tag, out);
        at = s->end;
    }
    return rc ? rc : buf_append(out, x->text.at + at, x->text.len - at);
}

int access_redact(const struct reader *r, const char *part, struct str text,
    const unsigned char key[FINGERPRINT_KEY_BYTES], struct buf *out, struct error *err)
{
    struct redacting x = {.r = r, .text = text, .key = key, .g = {.r = r, .d = draft_new()}};
    if (!text.at)
        x.text.at = "";
    x.g.secret = mark_secret;
    x.g.secret_ctx = &x;
    int rc = x.g.d ? find_lines(&x) : RC_NO_MEMORY;
    if (!rc) {
        rc = walk_part(&x.g, part, x.text, NULL);
        if (rc == RC_FORMAT) /* it cannot be parsed, but must be shown */
            rc = RC_OK;
    }
    rc = rc ? rc : mark_lines(&x);
    rc = rc ? rc : mark_repeats(&x);
    rc = rc ? rc : write_text(&x, out);
    gather_free(&x.g);
    draft_free(x.g.d);
    free(x.lines);
    free(x.spans);
    buf_wipe(&x.values);
    return rc ? error_set(err, rc, "cannot leave the secrets out of part %s", part) : RC_OK;
}
