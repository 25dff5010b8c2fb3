/* Saved copies of a config (parts with `copy-of`): whether the device would start with the config
 * that runs. An account that only runs is gone after a reload, one that is only saved comes back.
 */
#ifndef ROLLCALL_COLLECT_STARTUP_H
#define ROLLCALL_COLLECT_STARTUP_H

#include "collect/run.h"

/* Add the events of the copies that came with this run: startup-differs-from-running, at once when
 * there are accounts that only one of the two has, else when they have differed for as long as the
 * settings allow, and once for each such state; startup-agrees-with-running after that. */
int find_copies(struct run *r, bool new_version, struct error *err);

/* After the run was stored: what needs no other look. */
void keep_copies(const struct run *r);

#endif
