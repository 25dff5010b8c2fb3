/* The zygote: a process forked before anything worth stealing is in memory, that forks collectors,
 * listeners and the doorman.
 *
 * It answers requests on one socket (messages.h) and ends when that closes. One collector is always
 * forked ahead, so that a job waits for no fork. */
#ifndef ROLLCALL_ZYGOTE_H
#define ROLLCALL_ZYGOTE_H

#include <sys/types.h>

#include "base/error.h"
#include "watch/collector.h"
#include "watch/listener.h"

struct zygote_plan {
    const struct ly_ctx *ctx;          /* implements rollcall-platform */
    const struct platforms *platforms; /* loaded already */
    const char *folder; /* the operator's platforms: read again at ZYGOTE_RELOAD; NULL: none */
    pull_function *pull;
    const struct hold *hold; /* how listeners hold sessions; NULL: there are none */
};

/* Be the zygote: in a forked child, with `socket` (SOCK_SEQPACKET) to the engine. */
_Noreturn void zygote_run(int socket, const struct zygote_plan *plan);

/* Fork one. `*socket` is ours to close; closing it ends the zygote, which is a child of ours to
 * wait for. */
int zygote_start(const struct zygote_plan *plan, int *socket, pid_t *pid, struct error *err);

/* A child of the zygote to talk to, and the handle to kill it by: a pidfd, which never names
 * another process when a pid is used again. Both are ours to close. */
struct spawned {
    int socket, pidfd;
};

/* ZYGOTE_SPAWN, ZYGOTE_LOCAL, ZYGOTE_LISTENER, ZYGOTE_DOORMAN. */
int zygote_spawn(int socket, enum zygote_request what, struct spawned *out, struct error *err);
int zygote_reload(int socket, struct error *err);
/* Collectors that are spawned from now on inherit the rules of this platform. Without it each
 * compiles them for itself. */
int zygote_prepare(int socket, const char *platform, struct error *err);

#endif
