/* The engine: the single writer. It keeps the schedule, has devices read by collectors, and runs
 * their results through collect/ into the store. It talks to no network. */
#ifndef ROLLCALL_ENGINE_H
#define ROLLCALL_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/platform.h"

struct engine_plan {
    const struct ly_ctx *ctx;
    const char *settings_file;
    int zygote;          /* socket of the zygote; closed at the end */
    int notifier;        /* one byte into it: look into the outbox */
    int ready;           /* one byte into it when settings, key and store are open */
    bool once;           /* read each device once, then end */
    int64_t watchdog_us; /* the service manager wants to hear from us at least so often; 0: not */
};

/* Run until SIGTERM; SIGHUP reads settings and platforms again and keeps the old ones when the new
 * ones are wrong. Returns the exit status: 0 asked to stop; 1, 2, 5 cannot start; ROLE_EXIT_AGAIN;
 * with `once` as `rollcall collect`: 3 some devices failed, 4 all did. */
int engine_run(const struct engine_plan *plan);

#endif
