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
        bool opener = opens(r);
        rc = reading_line(r, inside && !opener, span, false);
        inside = inside || opener;
    }
    return rc;
}
