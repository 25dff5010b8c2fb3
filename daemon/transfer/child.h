/* A git child that is talked to for long: its output is read as it comes, a pipe to it is open.
 * Private to transfer. It dies with us, gets nothing but drivers/file/repository.h's environment,
 * and is given up when it is silent for too long. */
#ifndef ROLLCALL_TRANSFER_CHILD_H
#define ROLLCALL_TRANSFER_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

struct child {
    pid_t pid; /* 0: none */
    int input, output, complaint;
    const char *what; /* "git", for errors */
    char *piece;      /* what was read and not yet asked for */
    size_t from, until;
};

/* `words` are what follows git_settings; `folder` is the repository's (git's --git-dir), and no
 * place where anything is written unless `writes`. */
int child_start(struct child *child, const char *folder, const char *const *words, bool writes,
    struct error *err);

/* All of it, or an error. */
int child_write(struct child *child, struct str bytes, struct error *err);
/* Bytes up to `end`, which is taken and not given; what is longer than text's cap is cut there.
 * `*more` is false at the end of all output. */
int child_read_until(
    struct child *child, char end, struct buf *text, bool *more, struct error *err);
/* Exactly `len` bytes, appended. */
int child_read(struct child *child, size_t len, struct buf *text, struct error *err);

/* Its input's end, then its own. RC_IO with what it complained of when its status is not 0. */
int child_finish(struct child *child, struct error *err);
/* Kill it, if it is there. */
void child_stop(struct child *child);

#endif
