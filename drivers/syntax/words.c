/* Words between blanks, whatever the indentation: sshd_config, sudoers, authorized_keys. */
#include <ctype.h>

#include "reading.h"

/* The first word in lower case, and without the sign that may stand behind it: Key=value. */
static void take_first(struct reading *r, struct str *line)
{
    const struct syntax *s = r->s;
    struct str word;
    if (!s->lower && !s->assign)
        return;
    size_t len = 0, next;
    while (len < line->len && line->at[len] != s->assign &&
           !(s->bytes[(unsigned char)line->at[len]] & BYTE_BLANK))
        len++;
    for (next = len; next < line->len && s->bytes[(unsigned char)line->at[next]] & BYTE_BLANK;)
        next++;
    if (s->assign && next < line->len && line->at[next] == s->assign)
        next++;
    word = (struct str){line->at, len};
    char *copy = s->lower ? reading_scratch(r, len) : NULL;
    if (copy) {
        for (size_t i = 0; i < len; i++)
            copy[i] = (char)tolower((unsigned char)word.at[i]);
        word.at = copy;
    }
    if (len > 0)
        reading_word(r, word, line->at, line->at + line->len);
    *line = (struct str){line->at + next, line->len - next};
}

/* True when no blank separates the words `i` and `i + 1`. */
static bool sticks(const struct reading *r, size_t i)
{
    struct str a = r->words[i], b = r->words[i + 1];
    const unsigned char *bytes = r->s->bytes;
    return (a.len > 0 && bytes[(unsigned char)a.at[a.len - 1]] & BYTE_GLUE) ||
           (b.len > 0 && bytes[(unsigned char)b.at[0]] & BYTE_GLUE);
}

static void glue_words(struct reading *r)
{
    size_t out = 0;
    for (size_t i = 0, end; i < r->count; i = end) {
        size_t len = r->words[i].len;
        for (end = i + 1; end < r->count && sticks(r, end - 1); end++)
            len += r->words[end].len;
        struct str word = r->words[i];
        char *copy = end > i + 1 ? reading_scratch(r, len) : NULL;
        if (copy) {
            word = (struct str){copy, len};
            for (size_t k = i; k < end; copy += r->words[k++].len)
                memcpy(copy, r->words[k].at, r->words[k].len);
        }
        r->words[out++] = word;
    }
    r->count = out;
}

/* Which words of `once` this block had already. */
struct had {
    uint64_t bits[2]; /* outside of blocks, in the one at hand */
};

static bool came_before(const struct reading *r, struct had *had, bool inside)
{
    for (size_t i = 0; i < r->s->once.count && i < 64; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (!str_equal(r->s->once.at[i], r->words[0]))
            continue;
        bool before = had->bits[inside] & bit;
        had->bits[inside] |= bit;
        return before;
    }
    return false;
}

static void put_in_front(struct reading *r, struct str word)
{
    memmove(r->words + 1, r->words, r->count * sizeof *r->words);
    r->words[0] = word;
    r->count++;
}

static bool opens(const struct reading *r)
{
    struct pattern_state state = r->levels[0].state;
    struct pattern_match match;
    pattern_follow(&r->s->patterns, &state, r->words, r->count, &match);
    return match.kinds & PATTERN_OPENS;
}

int words_read(struct reading *r)
{
    struct str line;
    struct span span;
    struct had had = {{0, 0}};
    bool inside = false;
    int rc = RC_OK;
    while (!rc && reading_next_joined(r, false, &line, &span)) {
        line = str_trim(line);
        if (line.len == 0 || is_comment(r->s, line))
            continue;
        if (strs_has(&r->s->ends, line)) {
            inside = false;
            continue;
        }
        reading_clear(r);
        take_first(r, &line);
        reading_split(r, line, r->s->comment.count > 0);
        if (r->count == 0)
            continue;
        if (r->s->glued)
            glue_words(r);
        bool opener = opens(r);
        if (opener)
            had.bits[1] = 0;
        if (came_before(r, &had, inside && !opener))
            put_in_front(r, STR("overridden"));
        rc = reading_line(r, inside && !opener, span, false);
        inside = inside || opener;
    }
    return rc;
}
