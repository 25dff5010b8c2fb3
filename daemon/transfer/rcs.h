/* RCS files (NAME,v), as CVS keeps them: rcsfile(5). The newest text stands whole, each older one
 * as what to delete from and add to its successor.
 *
 * Only the trunk is read; branches are not, and nothing is executed. The file is hostile input:
 * what it may cost in memory is a multiple of its own size, and in time a stated number of lines.
 */
#ifndef ROLLCALL_TRANSFER_RCS_H
#define ROLLCALL_TRANSFER_RCS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct rcs;

struct rcs_revision {
    const char *number; /* "1.12" */
    int64_t time_us;
    const char *author; /* whose login it was, or "" */
    bool dead;          /* the file was removed then: it has no text */
};

/* Parse `file`, whose bytes are taken over (also when it fails). RC_FORMAT with the byte offset,
 * RC_LIMIT, RC_NO_MEMORY. */
int rcs_open(struct buf *file, struct rcs **out, struct error *err);
void rcs_close(struct rcs *rcs); /* wipes: it holds configs. NULL is fine */

/* Revisions of the trunk, oldest first. */
size_t rcs_count(const struct rcs *rcs);
const struct rcs_revision *rcs_at(const struct rcs *rcs, size_t index);

/* Append the text of revision `index`. Asking in order, oldest first, is cheap; a step back begins
 * anew. RC_LIMIT also where `text` is full. */
int rcs_text(struct rcs *rcs, size_t index, struct buf *text, struct error *err);

#endif
