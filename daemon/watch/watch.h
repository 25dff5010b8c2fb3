/* The daemon: devices read on schedule, by processes that hold no more than they need.
 *
 *   supervisor -+- zygote --- collectors   one device each, no key, no store (zygote.h,
 * collector.h)
 *               +- engine                  schedule, leases, store: the single writer (engine.h)
 *               +- notifier                outbox to sinks (notifier.h)
 *
 * The command line uses the same collectors through fleet.h. */
#ifndef ROLLCALL_WATCH_H
#define ROLLCALL_WATCH_H

#include <stdbool.h>

struct watch_options {
    const char *settings_file;
    bool once; /* read each device once, deliver, end */
};

/* Run until SIGTERM. SIGHUP reads settings and platforms again and keeps the old ones when the new
 * ones are wrong. Returns the exit status: 0 stopped; 1 cannot start; 2 settings; 5 the history's
 * integrity failed; with `once` 3 some devices failed, 4 all did. Complains in the log. */
int watch_run(const struct watch_options *options);

#endif
