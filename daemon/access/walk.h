/* The walk over a config's lines: which rules and options their words fit. Private to access. */
#ifndef ROLLCALL_ACCESS_WALK_H
#define ROLLCALL_ACCESS_WALK_H

#include "access/gather.h"

/* Read one part into `g`. */
int walk_part(struct gather *g, const char *part, struct str text, struct error *err);

/* Read a text that stands inside of a part, in the profile's syntax of that name. Its first line is
 * line `first` of the part. */
int walk_inside(struct gather *g, const char *part, const char *syntax, struct str text,
    uint32_t first, struct error *err);

#endif
