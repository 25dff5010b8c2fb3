/* A device of the settings as a job for a driver: hops, credentials, pinned host keys. */
#ifndef ROLLCALL_COLLECT_JOB_H
#define ROLLCALL_COLLECT_JOB_H

#include "base/arena.h"
#include "drivers/driver.h"
#include "settings/settings.h"
#include "store/store.h"

struct job_kit {
    struct driver_job job;
    struct driver_hop *hops;
    struct buf *host_keys; /* of the hops */
    size_t count;
    struct buf certificate, authorities, modules; /* what job.netconf points to */
    struct arena words;                           /* what job.exec points to; wiped */
};

/* `device` is borrowed and must outlive the kit. */
int job_kit_fill(
    struct job_kit *kit, const struct device *device, struct store *store, struct error *err);
void job_kit_clear(struct job_kit *kit); /* wipes the secrets */

/* The hop of that name, or NULL. */
const struct driver_hop *job_kit_hop(const struct job_kit *kit, const char *name);

#endif
