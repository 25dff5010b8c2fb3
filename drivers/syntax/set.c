/* One full path a line: Junos `display set`, PAN-OS, VyOS, NVUE, Gaia. */
#include <stdlib.h>

#include "reading.h"

/* Paths that are out of force, as sorted hashes of their words. */
struct inactive {
    uint64_t *at;
    size_t count, room;
};

static const uint64_t HASH_START = 14695981039346656037u;

static uint64_t hash_word(uint64_t hash, struct str word)
{
    for (size_t i = 0; i < word.len; i++)
        hash = (hash ^ (unsigned char)word.at[i]) * 1099511628211u;
    return (hash ^ 0xFF) * 1099511628211u;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* `line` becomes the words of r->words; the lists in it in `list`. */
static void take_words(struct reading *r, struct str line, struct word_list *list)
{
    struct str word;
    *list = (struct word_list){0, 0};
    reading_clear(r);
    while (line.len > 0) {
        const char *at = line.at;
        if (r->s->bytes[(unsigned char)*at] & BYTE_BLANK)
            line = (struct str){at + 1, line.len - 1};
        else if (r->count > 0 && reading_bracket(r, at, at + line.len))
            reading_take_list(r, &line, list);
        else if (reading_take_far(r, &line, false, &word))
            reading_word(r, word, at, line.at);
        else
            break;
    }
}

static int add_inactive(struct inactive *inactive, const struct str *words, size_t count)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < count; i++)
        hash = hash_word(hash, words[i]);
    if (inactive->count == inactive->room) {
        size_t room = inactive->room ? inactive->room * 2 : 64;
        uint64_t *at = realloc(inactive->at, room * sizeof *at);
        if (!at)
            return RC_NO_MEMORY;
        inactive->at = at;
        inactive->room = room;
    }
    inactive->at[inactive->count++] = hash;
    return RC_OK;
}

/* What later lines of the text take out of force: Junos writes `deactivate` behind what it is
 * about. One walk ahead, then back to the start. */
static int find_inactive(struct reading *r, struct inactive *inactive)
{
    struct str line;
    struct word_list list;
    int rc = RC_OK;
    if (!memmem(r->text.at, r->text.len, "deactivate ", 11))
        return RC_OK;
    while (!rc && reading_next(r, false, &line)) {
        line = str_trim(line);
        if (line.len == 0 || is_comment(r->s, line))
            continue;
        take_words(r, line, &list);
        if (r->count > 1 && str_is(r->words[0], "deactivate"))
            rc = add_inactive(inactive, r->words + 1, r->count - 1);
    }
    if (inactive->count > 0)
        qsort(inactive->at, inactive->count, sizeof *inactive->at, compare);
    r->rest = r->text;
    r->number = 0;
    memset(r->no_quote, 0, sizeof r->no_quote);
    return rc ? reading_fail(r, rc, 1, "out of memory") : RC_OK;
}

static bool is_inactive(const struct inactive *inactive, const struct reading *r)
{
    uint64_t hash = HASH_START;
    size_t verbs = 0;
    for (size_t i = 0; i < r->s->verbs.count && verbs + 1 < r->count; i++)
        verbs += str_equal(r->words[verbs], r->s->verbs.at[i]);
    for (size_t i = verbs; inactive->count > 0 && i < r->count; i++) {
        hash = hash_word(hash, r->words[i]);
        if (bsearch(&hash, inactive->at, inactive->count, sizeof hash, compare))
            return true;
    }
    return false;
}

int set_read(struct reading *r)
{
    struct inactive inactive = {.count = 0};
    struct str line;
    int rc = find_inactive(r, &inactive);
    while (!rc && reading_next(r, false, &line)) {
        struct span span = {r->number, r->number, r->raw};
        struct word_list list;
        line = str_trim(line);
        if (line.len == 0 || is_comment(r->s, line) || strs_has(&r->s->ends, line))
            continue;
        take_words(r, line, &list);
        if (r->count == 0)
            continue;
        span.last = r->number;
        span.raw.len = (size_t)(r->raw.at + r->raw.len - span.raw.at);
        rc = reading_list(r, 0, span, is_inactive(&inactive, r), list);
    }
    free(inactive.at);
    return rc;
}
