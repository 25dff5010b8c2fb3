/* A path, then key=value words: RouterOS `export` and `print detail`, and flat files of settings.
 *
 * The path is a line at the top, an entry a line below it. `print` shows entries with a number and
 * flags in front, whose legend says what they mean: `X` becomes the words `disabled yes`. */
#include <ctype.h>
#include <stdlib.h>

#include "reading.h"

/* What a number in keys stands for: `users.1`, by `users.1.name=bob`. */
struct named {
    struct str prefix; /* up to the number */
    struct str value;
};

struct keyvalue {
    struct reading *r;
    struct arena arena;  /* owns the flags */
    struct named *named; /* sorted by prefix, each once */
    size_t named_count, named_room;
    struct str path;       /* as it stands in the text; empty: none yet */
    struct str flags[128]; /* what a letter means by the legend */
    bool has_path;         /* lines are below one */
    bool in_legend;
    bool in_entry; /* words of an entry that `print` shows are being collected */
    struct span entry;
};

/* ---- entries with numbers for names ---- */

static bool is_number(struct str word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!isdigit((unsigned char)word.at[i]))
            return false;
    return word.len > 0;
}

static int by_prefix(const void *a, const void *b)
{
    const struct str *x = &((const struct named *)a)->prefix;
    const struct str *y = &((const struct named *)b)->prefix;
    int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The earlier in the text comes first. */
static int by_prefix_and_place(const void *a, const void *b)
{
    int order = by_prefix(a, b);
    const char *x = ((const struct named *)a)->prefix.at;
    const char *y = ((const struct named *)b)->prefix.at;
    return order ? order : (x > y) - (x < y);
}

static struct str last_word(struct str key, char separator)
{
    const char *dot = key.len > 0 ? memrchr(key.at, separator, key.len) : NULL;
    return dot ? (struct str){dot + 1, (size_t)(key.at + key.len - dot - 1)} : key;
}

/* A key of the profile: CHILD, or PARENT CHILD. */
static bool is_name(struct str key, struct str child, struct str parent)
{
    const char *blank = memchr(key.at, ' ', key.len);
    if (!blank)
        return str_equal(key, child);
    size_t len = (size_t)(blank - key.at);
    return str_equal((struct str){key.at, len}, parent) &&
           str_equal((struct str){blank + 1, key.len - len - 1}, child);
}

/* `users.1.name=bob`: does it name its number? */
static bool names_number(const struct reading *r, struct str line, struct named *out)
{
    const char *equals = memchr(line.at, '=', line.len);
    char separator = r->s->separator;
    if (!equals)
        return false;
    struct str key = {line.at, (size_t)(equals - line.at)};
    struct str value =
        str_trim((struct str){equals + 1, line.len - (size_t)(equals + 1 - line.at)});
    if (value.len > 1 && r->s->bytes[(unsigned char)*value.at] & BYTE_QUOTE &&
        value.at[value.len - 1] == *value.at)
        value = (struct str){value.at + 1, value.len - 2};
    struct str child = last_word(key, separator);
    if (child.len + 1 >= key.len || value.len == 0)
        return false;
    struct str prefix = {key.at, key.len - child.len - 1};
    struct str number = last_word(prefix, separator), parent = {"", 0};
    if (!is_number(number))
        return false;
    if (number.len < prefix.len)
        parent = last_word((struct str){prefix.at, prefix.len - number.len - 1}, separator);
    *out = (struct named){prefix, value};
    for (size_t i = 0; i < r->s->keys.count; i++)
        if (is_name(r->s->keys.at[i], child, parent))
            return true;
    return false;
}

/* One walk ahead, then back to the start: the name may come last. */
static int find_names(struct keyvalue *k)
{
    struct reading *r = k->r;
    struct str rest = r->text, line;
    struct named one;
    if (r->s->keys.count == 0 || !r->s->separator)
        return RC_OK;
    while (str_next_line(&rest, &line)) {
        if (!names_number(r, str_trim(line), &one))
            continue;
        if (k->named_count == k->named_room) {
            size_t room = k->named_room ? k->named_room * 2 : 64;
            struct named *grown = realloc(k->named, room * sizeof *grown);
            if (!grown)
                return reading_fail(r, RC_NO_MEMORY, 1, "out of memory");
            k->named = grown;
            k->named_room = room;
        }
        k->named[k->named_count++] = one;
    }
    if (k->named_count > 0)
        qsort(k->named, k->named_count, sizeof *k->named, by_prefix_and_place);
    size_t kept = 0;
    for (size_t i = 0; i < k->named_count; i++) {
        kept -= kept > 0 && by_prefix(&k->named[kept - 1], &k->named[i]) == 0; /* the last counts */
        k->named[kept++] = k->named[i];
    }
    k->named_count = kept;
    return RC_OK;
}

/* The word for the number that `prefix` ends with. */
static struct str name_of_number(const struct keyvalue *k, struct str prefix, struct str number)
{
    const struct named wanted = {prefix, {"", 0}}, *found = NULL;
    if (k->named_count > 0 && is_number(number))
        found = bsearch(&wanted, k->named, k->named_count, sizeof wanted, by_prefix);
    return found ? found->value : number;
}

/* ---- pairs ---- */

/* Add `key=value` as words; anything else as it is. */
static void add_pair(struct keyvalue *k, struct str word, const char *source, const char *end)
{
    struct reading *r = k->r;
    const char *equals = memchr(word.at, '=', word.len);
    bool quoted = r->s->bytes[(unsigned char)*source] & BYTE_QUOTE;
    if (!equals || equals == word.at || quoted) {
        reading_word(r, word, source, end);
        return;
    }
    struct str key = {word.at, (size_t)(equals - word.at)};
    const char *dot;
    while (r->s->separator && (dot = memchr(key.at, r->s->separator, key.len))) {
        size_t len = (size_t)(dot - key.at);
        struct str prefix = {word.at, (size_t)(dot - word.at)};
        reading_word(r, name_of_number(k, prefix, (struct str){key.at, len}), source, end);
        key = (struct str){dot + 1, key.len - len - 1};
    }
    reading_word(r, key, source, end);
    reading_word(
        r, (struct str){equals + 1, word.len - (size_t)(equals + 1 - word.at)}, source, end);
}

/* All words of `line`; `[ find name=x ]` is one. */
static void take_pairs(struct keyvalue *k, struct str line)
{
    struct reading *r = k->r;
    struct str word;
    for (;;) {
        while (line.len > 0 && r->s->bytes[(unsigned char)*line.at] & BYTE_BLANK)
            line = (struct str){line.at + 1, line.len - 1};
        const char *source = line.at, *end = line.at + line.len;
        const char *close = reading_bracket(r, source, end);
        if (close) {
            word = (struct str){source, (size_t)(close + 1 - source)};
            line = (struct str){close + 1, (size_t)(end - close - 1)};
            reading_word(r, word, source, end);
        } else if (!reading_take(r, &line, false, &word)) {
            return;
        } else {
            add_pair(k, word, source, end);
        }
    }
}

static int end_entry(struct keyvalue *k)
{
    int rc = RC_OK;
    if (k->in_entry && k->r->count > 0)
        rc = reading_line(k->r, k->has_path, k->entry, false);
    k->in_entry = false;
    reading_clear(k->r);
    return rc;
}

/* "Flags: X - disabled, R - running": remember each letter's meaning. */
static void take_legend(struct keyvalue *k, struct str line)
{
    struct str word, before = {NULL, 0}, letter = {NULL, 0};
    while (str_next_word(&line, &word)) {
        if (str_is(word, "-") && before.len == 1)
            letter = before;
        else if (letter.len == 1 && (unsigned char)*letter.at < 128) {
            while (word.len > 0 && strchr(",;", word.at[word.len - 1]))
                word.len--;
            const char *copy = arena_dup(&k->arena, word);
            if (copy)
                k->flags[(unsigned char)*letter.at] = (struct str){copy, word.len};
            letter.len = 0;
        }
        before = word;
    }
}

/* Flags stand before the first key: each is `NAME yes`. */
static void take_flags(struct keyvalue *k, struct str *line)
{
    struct str rest = *line, word;
    while (str_next_word(&rest, &word) && word.len <= 4 && !memchr(word.at, '=', word.len)) {
        for (size_t i = 0; i < word.len; i++) {
            unsigned char c = (unsigned char)word.at[i];
            if (c >= 128 || k->flags[c].len == 0)
                return;
            reading_word(k->r, k->flags[c], word.at, word.at + word.len);
            reading_word(k->r, STR("yes"), word.at, word.at + word.len);
        }
        *line = rest;
    }
}

/* `;;; text` is the entry's comment. */
static void take_shown(struct keyvalue *k, struct str line)
{
    struct str trimmed = str_trim(line);
    if (str_starts(trimmed, ";;;")) {
        struct str text = str_trim((struct str){trimmed.at + 3, trimmed.len - 3});
        reading_word(k->r, STR("comment"), text.at, text.at + text.len);
        reading_word(k->r, text, text.at, text.at + text.len);
    } else {
        take_pairs(k, trimmed);
    }
}

/* A line of an entry that `print` shows: the first one has a number in front. */
static bool take_print(struct keyvalue *k, struct str line, struct span span, int *rc)
{
    struct str rest = line, word;
    if (!str_next_word(&rest, &word))
        return false;
    bool numbered = isdigit((unsigned char)*word.at);
    for (size_t i = 0; i < word.len; i++)
        numbered = numbered && isdigit((unsigned char)word.at[i]);
    if (numbered) {
        *rc = end_entry(k);
        k->in_entry = true;
        k->entry = span;
        take_flags(k, &rest);
        take_shown(k, rest);
        return true;
    }
    if (!k->in_entry || !(*line.at == ' ' || *line.at == '\t'))
        return false;
    k->entry.last = span.last;
    k->entry.raw.len = (size_t)(span.raw.at + span.raw.len - k->entry.raw.at);
    take_shown(k, line);
    return true;
}

/* Words of a path, also where they have slashes between them. Stops at a verb or key=value; `line`
 * becomes what follows. */
static void take_path(struct keyvalue *k, struct str *line)
{
    struct reading *r = k->r;
    struct str rest = *line, word;
    while (str_next_word(&rest, &word)) {
        if (memchr(word.at, '=', word.len) || *word.at == '[' || strs_has(&r->s->verbs, word) ||
            strs_has(&r->s->ends, word))
            return;
        while (word.len > 0) {
            const char *slash = memchr(word.at, '/', word.len);
            size_t len = slash ? (size_t)(slash - word.at) : word.len;
            struct str name = {word.at, len};
            word = (struct str){word.at + len + (slash != NULL), word.len - len - (slash != NULL)};
            if (len > 0 && strs_has(&r->s->ends, name)) {
                *line = (struct str){name.at, rest.len + (size_t)(rest.at - name.at)};
                return;
            }
            if (len > 0)
                reading_word(r, name, name.at, name.at + len);
        }
        *line = rest;
    }
    *line = rest;
}

static int read_path(struct keyvalue *k, struct str line, struct span span)
{
    struct reading *r = k->r;
    struct str before = line, word, after;
    int rc = RC_OK;
    take_path(k, &line);
    struct str path = str_trim((struct str){before.at, (size_t)(line.at - before.at)});
    after = line;
    bool named = r->count > 0;
    bool shows = str_next_word(&after, &word) && strs_has(&r->s->ends, word);
    if (shows && r->s->under_count > 0)
        return RC_OK; /* the echo of a command, whose output the profile knows */
    if (named && (line.len == 0 || !str_equal(path, k->path)))
        rc = reading_line(r, 0, span, false);
    k->has_path = named;
    k->path = path.at >= r->text.at && path.at < r->text.at + r->text.len
                  ? path
                  : (struct str){NULL, 0}; /* not kept where it will not last */
    reading_clear(r);
    if (rc || shows)
        return rc;
    take_pairs(k, line);
    return r->count > 0 ? reading_line(r, k->has_path, span, false) : RC_OK;
}

/* Without a prompt in front: "[admin@r1] > ". */
static struct str cut_prompt(struct str line)
{
    const char *close = str_starts(line, "[") ? memmem(line.at, line.len, "] >", 3) : NULL;
    if (!close)
        return line;
    return str_trim((struct str){close + 3, line.len - (size_t)(close + 3 - line.at)});
}

static int read_line(struct keyvalue *k, struct str line, struct span span)
{
    struct str trimmed = cut_prompt(str_trim(line));
    int rc = RC_OK;
    bool legend = str_starts(trimmed, "Flags:") || str_starts(trimmed, "Columns:");
    if (trimmed.len == 0 || is_comment(k->r->s, trimmed) || legend ||
        (k->in_legend && memmem(trimmed.at, trimmed.len, " - ", 3))) {
        rc = end_entry(k);
        k->in_legend = legend || (k->in_legend && trimmed.len > 0);
        if (k->in_legend)
            take_legend(k, trimmed);
        return rc;
    }
    k->in_legend = false;
    if (take_print(k, line, span, &rc) || (rc = end_entry(k)))
        return rc;
    if (*trimmed.at == '/')
        return read_path(k, trimmed, span);
    take_pairs(k, trimmed);
    return k->r->count > 0 ? reading_line(k->r, k->has_path, span, false) : RC_OK;
}

int keyvalue_read(struct reading *r)
{
    struct keyvalue k = {.r = r, .arena = {.cap = 1 << 20}};
    struct str line;
    struct span span;
    int rc = find_names(&k);
    while (!rc && reading_next_joined(r, k.in_entry, &line, &span)) {
        rc = read_line(&k, line, span);
        if (!k.in_entry)
            reading_clear(r);
    }
    if (!rc)
        rc = end_entry(&k);
    arena_free(&k.arena);
    free(k.named);
    return rc;
}
