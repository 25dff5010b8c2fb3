/* Length-checked messages between our processes.
 *
 * A message is a flat sequence of fields written and read in the same order. The reader never
 * trusts the writer: each read is checked against what is left, and after the first fault all later
 * reads give zero values and `bad` stays set, so that a decoder checks once, at its end. */
#ifndef ROLLCALL_BASE_PACK_H
#define ROLLCALL_BASE_PACK_H

#include <stdint.h>

#include "base/buf.h"

int pack_u32(struct buf *b, uint32_t value);
int pack_i64(struct buf *b, int64_t value);
int pack_str(struct buf *b, struct str s);      /* 32-bit length, bytes */
int pack_text(struct buf *b, const char *text); /* NULL is told apart from "" */

struct unpack {
    struct str rest;
    bool bad;
};

uint32_t unpack_u32(struct unpack *u);
int64_t unpack_i64(struct unpack *u);
struct str unpack_str(struct unpack *u); /* a view into the message */

/* A number of items that follow, each of at least `least` bytes: a count that cannot fit in what
 * is left sets `bad` and gives 0. */
uint32_t unpack_count(struct unpack *u, size_t least);

/* A malloc'd copy without NUL inside (that sets `bad`); NULL where NULL was packed or on a fault.
 */
char *unpack_text(struct unpack *u);

/* True when nothing was wrong and nothing is left. */
bool unpack_done(const struct unpack *u);

#endif
