/* Regular expressions of profiles: PCRE2, byte by byte, ^ and $ at line ends, with limits that no
 * text can get past. One of them is used by one thread at a time. */
#ifndef ROLLCALL_BASE_REGEX_H
#define ROLLCALL_BASE_REGEX_H

#include "base/error.h"
#include "base/text.h"

struct regex;

enum regex_option {
    REGEX_WHOLE = 1, /* it must match the whole subject */
    REGEX_OFTEN = 2, /* it will see much text: worth translating into machine code */
};

/* RC_SETTINGS with PCRE2's complaint and the column. */
int regex_new(const char *pattern, unsigned options, struct regex **out, struct error *err);
void regex_free(struct regex *r);

/* False also for a NULL expression, and when a limit was hit. */
bool regex_matches(const struct regex *r, struct str subject);

/* The same, but only blanks may follow what matched. */
bool regex_matches_last(const struct regex *r, struct str subject);

/* First match at or behind `start`: 1, 0 when there is none, negative when a limit was hit. `group`
 * gets the named group, or the whole match when it has no such group; `end` the end of the match.
 */
int regex_find(const struct regex *r, struct str subject, size_t start, const char *group,
    struct str *found, size_t *end);

#endif
