/* Signed heads of the log that are kept in files. */
#ifndef ROLLCALL_CLI_HEADS_H
#define ROLLCALL_CLI_HEADS_H

#include "base/arena.h"
#include "cli/cli.h"
#include "store/verify.h"

struct kept_heads {
    struct store_kept_head *at;
    size_t count;
    struct arena memory;
};

/* All heads in a file (one note after the other), in the files of a folder (the working folder of a
 * git repository too), or on stdin ("-"). What has no signature line is left out, with a note.
 * RC_NOT_FOUND: there is no head. Release with kept_heads_free(), also on errors. */
int kept_heads_read(struct cli *cli, const char *path, struct kept_heads *out, struct error *err);
void kept_heads_free(struct kept_heads *heads);

/* The proof that the log of the head in one file begins with that of the head in another. An exit
 * code, after reporting. */
int consistency_check(struct cli *cli, const char *proof, const char *old_head,
    const char *new_head, const char *public_key);

#endif
