/* A connection to a device, seen as a stream of bytes: an SSH channel behind any number of jump
 * hosts, or TLS. Nothing in it blocks; whoever uses it waits for `watch` and calls again. */
#ifndef ROLLCALL_STREAM_H
#define ROLLCALL_STREAM_H

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

#include "drivers/driver.h"

struct stream {
    void *ctx;
    /* Bytes moved; 0: not now; -1: closed or broken, `err` says which (RC_CONNECT). Also moves what
     * the hops below have to move. */
    ssize_t (*read)(void *ctx, void *to, size_t most, struct error *err);
    ssize_t (*write)(void *ctx, const void *from, size_t len, struct error *err);
    /* What to poll before calling again; returns how many were filled in (at most `room`). */
    size_t (*watch)(void *ctx, struct pollfd *fds, size_t room);
    void (*close)(void *ctx);
};

#define STREAM_MOST_FDS 16

/* Log in to the job's device by SSH and start `subsystem` there (RFC 6242: netconf). Blocks, never
 * past the job's deadlines. Errors: see ssh_pull(). */
int ssh_stream_open(const struct driver_job *job, struct driver_result *result,
    const char *subsystem, struct stream *out, struct error *err);

/* A bare connection to the job's device, through its jump hosts where there are some: for what
 * speaks no SSH. */
int device_stream_open(const struct driver_job *job, struct driver_result *result,
    struct stream *out, struct error *err);

/* Log in to the job's device by TLS with certificates on both sides (RFC 7589). The last hop is the
 * device; hops before it are SSH jump hosts. */
int tls_stream_open(const struct driver_job *job, struct driver_result *result, struct stream *out,
    struct error *err);

#endif
