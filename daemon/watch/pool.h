/* A pool of collectors: jobs go in, results come out, nothing that a collector does can stop it.
 *
 * A collector that crashes, hangs, floods or lies costs the result of its one job. The daemon's
 * engine and the command line use the same pool; neither ever runs a device's bytes through a
 * driver in its own process. */
#ifndef ROLLCALL_POOL_H
#define ROLLCALL_POOL_H

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "watch/messages.h"
#include "watch/zygote.h"

struct pool;

/* Fork a zygote and be ready. Call this before settings, key or store are read: what is in memory
 * now is what collectors inherit. `clock` and the plan's members are borrowed. */
int pool_open(const struct zygote_plan *plan, const struct clock *clock, struct pool **out,
    struct error *err);

/* The same over a zygote that somebody else started; takes `socket`. */
int pool_adopt(int socket, const struct platforms *platforms, const struct clock *clock,
    struct pool **out, struct error *err);

/* Kill what runs, end the zygote that pool_open() started. */
void pool_close(struct pool *pool);

/* The zygote reads its platforms again; results are from now on unpacked with `platforms`. */
int pool_reload(struct pool *pool, const struct platforms *platforms, struct error *err);

/* Give a job to a fresh collector; `tag` comes back with its result. Everything is copied out of
 * `job`. Its deadline is the job's total_ms and a quarter, and a second. RC_CRASH: the zygote is
 * gone. */
int pool_start(struct pool *pool, const char *device, const struct driver_job *job, void *tag,
    struct error *err);

size_t pool_running(const struct pool *pool);

/* Kill what runs; nobody is told. */
void pool_drop(struct pool *pool);

/* How a job ended. `result` is the callee's to free, never NULL; its failure says what went wrong:
 * RC_TIMEOUT (killed at its deadline), RC_CRASH, RC_FORMAT (it lied), or what the driver said. The
 * callee may call pool_start(). */
typedef void pool_done(void *ctx, void *tag, struct result *result);

/* Wait at most `timeout_ms` (-1: no limit) until at least one job ends or a signal comes, and hand
 * out all that have ended. Returns at once when nothing runs. */
void pool_wait(struct pool *pool, int timeout_ms, pool_done *done, void *ctx);

/* The same for a loop that polls other descriptors too: what to poll (at most `room`; returns how
 * many), until when at most (milliseconds from now, -1: no limit), and what to call afterwards
 * (returns how many jobs ended). */
size_t pool_watch(const struct pool *pool, struct pollfd *fds, size_t room);
int pool_patience_ms(const struct pool *pool);
size_t pool_step(struct pool *pool, pool_done *done, void *ctx);

#endif
