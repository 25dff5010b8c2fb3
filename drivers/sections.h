/* Private to drivers: the sections of a profile's text, which are its keys at the beginning of a
 * line. */
#ifndef ROLLCALL_DRIVERS_SECTIONS_H
#define ROLLCALL_DRIVERS_SECTIONS_H

#include <stdbool.h>

#include "base/buf.h"

/* Append `text` with empty lines for each section that `wanted` does not want, so that lines keep
 * their numbers. In YAML a value's lines are indented, whatever is in them; only a key or a comment
 * can begin a line. RC_NO_MEMORY or RC_LIMIT. */
int sections_keep(struct str text, bool (*wanted)(struct str key), struct buf *out);

#endif
