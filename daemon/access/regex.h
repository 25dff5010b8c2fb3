/* Regular expressions of profiles (PCRE2), with limits: a config cannot make one run away. */
#ifndef ROLLCALL_ACCESS_REGEX_H
#define ROLLCALL_ACCESS_REGEX_H

#include "base/error.h"
#include "base/text.h"

struct regex;

/* `whole`: it must match the whole subject. RC_SETTINGS with PCRE2's complaint. */
int regex_new(const char *pattern, bool whole, struct regex **out, struct error *err);
void regex_free(struct regex *r);

/* False also when a limit was hit. */
bool regex_matches(const struct regex *r, struct str subject);

/* First match at or behind `start`: 1, 0 when there is none, negative when a limit was hit. `group`
 * gets the named group, or the whole match when it has no such group; `end` the end of the match.
 */
int regex_find(const struct regex *r, struct str subject, size_t start, const char *group,
    struct str *found, size_t *end);

#endif
