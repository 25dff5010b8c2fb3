/* The supervisor: starts the zygote, the engine and the notifier, in the order in which each holds
 * the least, and starts them again when they die. It reads no settings, holds no key, opens no
 * store; SIGTERM and SIGHUP it passes on. */
#ifndef ROLLCALL_SUPERVISOR_H
#define ROLLCALL_SUPERVISOR_H

#include "watch/zygote.h"

struct supervisor_plan {
    struct zygote_plan zygote;
    const struct ly_ctx *ctx;
    const char *settings_file;
    bool once;
};

/* Run until SIGTERM. Returns the exit status of DESIGN: what the engine says when it cannot start
 * or has done its one round, else 0. */
int supervisor_run(const struct supervisor_plan *plan);

#endif
