/* Files and descriptors: whole reads and writes, with caps and modes checked. */
#ifndef ROLLCALL_BASE_IO_H
#define ROLLCALL_BASE_IO_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/* Read a regular file (or, for "-", stdin) whole; more than out's cap is RC_LIMIT. Appends. */
int io_read_file(const char *path, struct buf *out, struct error *err);

/* The same for a file that holds a secret: refused (RC_SETTINGS, with the chmod to type) when its
 * group or others may read it, or when it belongs to someone else than us or root. */
int io_read_secret_file(const char *path, struct buf *out, struct error *err);

/* Create `path` with `mode` and these bytes, through a temporary file beside it and rename(2),
 * synced. `fresh`: RC_BUSY when it exists already. */
int io_write_file(const char *path, mode_t mode, bool fresh, struct str bytes, struct error *err);

/* mkdir -p with 0700 for what is missing. */
int io_make_folders(const char *path, struct error *err);

/* All of `len` bytes, riding over EINTR and short transfers. read: 0 bytes at once is RC_NOT_FOUND
 * (end of file), fewer than `len` is RC_FORMAT. */
int io_write_all(int fd, const void *bytes, size_t len);
int io_read_all(int fd, void *bytes, size_t len);

#endif
