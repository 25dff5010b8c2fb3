/* Text from strangers: views into it, and forms that are safe to show.
 *
 * Devices are hostile input: whatever goes to a terminal, a log or an alert passes through here. */
#ifndef ROLLCALL_BASE_TEXT_H
#define ROLLCALL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A view: bytes that somebody else owns, not NUL-terminated. */
struct str {
    const char *at;
    size_t len;
};

#define STR(literal) ((struct str){literal, sizeof(literal) - 1})

static inline struct str str_of(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

static inline bool str_is(struct str s, const char *text)
{
    size_t len = strlen(text);
    return s.len == len && memcmp(s.at, text, len) == 0;
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool str_starts(struct str s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && memcmp(s.at, prefix, len) == 0;
}

/* Cut blanks, tabs, CR and LF from both ends. */
struct str str_trim(struct str s);

/* The next line of `*rest` without its end (LF, or any CRs with or without one LF behind
 * them); moves `*rest` past it. False when nothing is left. */
bool str_next_line(struct str *rest, struct str *line);

/* The next word of `*rest`, split at any of blank, tab, CR, LF. False when nothing is left. */
bool str_next_word(struct str *rest, struct str *word);

/* Write `text` into `out` with control characters (C0, C1, DEL), invalid UTF-8 and bidirectional
 * overrides as \xNN or \u{NNNN}. Cuts at `size` with "..." and always terminates. Returns the
 * length written. */
size_t text_escape(char *out, size_t size, const char *text, size_t len);

/* Length in bytes of the valid UTF-8 sequence at `at`, 0 when it is none (RFC 3629). */
size_t utf8_length(const char *at, size_t len);

/* True when all of it is valid UTF-8. */
bool utf8_valid(const char *text, size_t len);

/* Write a character as UTF-8; returns its length, at most 4. `code` is at most 0x10FFFF. */
size_t utf8_put(char *out, unsigned code);

/* The character of a JSON escape (RFC 8259, section 7), `*at` behind its \u; moves past it, and
 * past the second half of a pair. One half alone and NUL become U+FFFD. -1: no four hexadecimal
 * digits. */
long json_unicode(const char **at, const char *end);

/* Columns `text` takes on a terminal (a code point is one; combining and wide ones are not
 * distinguished). */
size_t text_width(const char *text);

/* Edit distance of two short words (at most 63 bytes each), for "did you mean": two letters in the
 * wrong order are one mistake. */
size_t text_distance(const char *a, const char *b);

/* Nearest of `count` words to `word` within a distance of 2 that keeps at least one of its
 * letters, or NULL. */
const char *text_nearest(const char *word, const char *const *words, size_t count);

#endif
