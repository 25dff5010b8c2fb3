/* Regular expressions of a profile, matched against what a device sends: PCRE2, byte by byte, ^ and
 * $ at line ends, with limits that a hostile device cannot get past. */
#ifndef ROLLCALL_SSH_PATTERN_H
#define ROLLCALL_SSH_PATTERN_H

#include "base/error.h"
#include "base/text.h"

struct pattern;

/* RC_SETTINGS with the column when `text` is no expression. */
int pattern_new(const char *text, struct pattern **out, struct error *err);
void pattern_free(struct pattern *p);

/* False also for a NULL pattern, and when a limit was hit. */
bool pattern_found(const struct pattern *p, struct str s);

/* The same, but only blanks may follow what was found. */
bool pattern_found_last(const struct pattern *p, struct str s);

#endif
