/* Many devices, once: what `rollcall collect` and `rollcalld --once` do. */
#ifndef ROLLCALL_FLEET_H
#define ROLLCALL_FLEET_H

#include <signal.h>

#include "collect/collect.h"
#include "watch/pool.h"

/* Told about each device, in the order in which they end. Both may be NULL. */
struct fleet_listener {
    void (*started)(void *ctx, const struct device *device);
    void (*finished)(void *ctx, const struct device *device, const struct collect_report *report);
    void *ctx;
};

struct fleet_tally {
    size_t done, failed;
};

/* Collect `count` devices, `at_once` of them at a time. A device that fails is told and counted, it
 * ends nothing; a store that fails ends it all. A device that another process is collecting is
 * tried again when all others are done, then counted as failed (RC_BUSY). `stop` (NULL: never),
 * set by a signal's handler, ends it early with RC_BUSY: what runs is killed and leaves no trace.
 */
int fleet_collect(struct pool *pool, struct collect *c, const struct device *const *devices,
    size_t count, unsigned at_once, const struct fleet_listener *listener,
    const volatile sig_atomic_t *stop, struct fleet_tally *tally, struct error *err);

#endif
