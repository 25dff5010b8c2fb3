/* An arena: many small allocations that die together.
 *
 * Capped, so that hostile input cannot fill memory: past the cap, arena_take() returns NULL. */
#ifndef ROLLCALL_BASE_ARENA_H
#define ROLLCALL_BASE_ARENA_H

#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t total; /* bytes allocated in all blocks */
    size_t cap;   /* most of them; 0 means ARENA_DEFAULT_CAP */
};

#define ARENA_DEFAULT_CAP ((size_t)1 << 30)

void *arena_take(struct arena *a, size_t size); /* zeroed, aligned for any type; NULL: full */
char *arena_dup(struct arena *a, struct str s); /* NUL-terminated copy */
char *arena_format(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);
void arena_wipe(struct arena *a); /* overwrites before it frees */

#endif
