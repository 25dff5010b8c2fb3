/* Files of this repository that are compiled into the programs: models, platform profiles, SQL,
 * sample settings. Named by their path from the top of the tree ("models/rollcall-access.yang"),
 * sorted by name. Data ends with a NUL that `len` does not count. */
#ifndef ROLLCALL_BASE_EMBED_H
#define ROLLCALL_BASE_EMBED_H

#include <stddef.h>

#include "base/text.h"

struct embedded {
    const char *name;
    const char *data;
    size_t len;
};

extern const struct embedded embedded_files[];
extern const size_t embedded_count;

/* NULL when there is none of that name. */
const struct embedded *embedded_find(const char *name);

/* The first file whose name starts with `prefix`, or the next one after `last`; NULL at the end. */
const struct embedded *embedded_next(const char *prefix, const struct embedded *last);

#endif
