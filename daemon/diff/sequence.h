/* The longest common subsequence of two sequences. Private to this room. */
#ifndef ROLLCALL_DIFF_SEQUENCE_H
#define ROLLCALL_DIFF_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define NO_MATCH UINT32_MAX

/* Match a[0..a_count) with b[0..b_count), both of ids below `id_count`: match[i] becomes the place
 * in b of a[i], or NO_MATCH; matches rise. A longest one as long as `*budget` (steps) lasts, which
 * goes down by what was spent; afterwards what is cheap to find. */
int sequence_match(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count,
    uint32_t id_count, int64_t *budget, uint32_t *match, struct error *err);

#endif
