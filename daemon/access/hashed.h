/* Hash tables over what devices say. Private to access; include it before any other uthash.h. */
#ifndef ROLLCALL_ACCESS_HASHED_H
#define ROLLCALL_ACCESS_HASHED_H

#include <stdbool.h>
#include <stddef.h>

/* Names come from devices: a keyed hash keeps them from choosing their bucket. */
unsigned hashed(const void *key, size_t len);

/* An element that found no memory says so in its member `lost`. */
#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(key, len, value) (value) = hashed(key, len)
#define uthash_nonfatal_oom(element) (element)->lost = true
#include <uthash.h>

#endif
