/* Retention and legal holds: which versions of a device go, and how.
 *
 * A version that goes keeps its row and its entry in the log (time, hashes, who changed it,
 * events); its texts go, and the bytes they stood in are overwritten. An entry of kind `prune` says
 * by which policy, and by whom. Nothing here takes long: a transaction is a few versions, and what
 * was stopped in the middle goes on with the next call. */
#ifndef ROLLCALL_STORE_PRUNE_H
#define ROLLCALL_STORE_PRUNE_H

#include "settings/settings.h"
#include "store/store.h"

/* ---- the engine: what a policy keeps ---- */

struct retained {
    uint32_t number;
    int64_t from_us, until_us; /* in force; INT64_MAX: still */
    int severity;              /* worst of its events; 0: none */
    const char *bound;         /* why it stays whatever the policy says, or NULL */
    bool kept;                 /* the answer, */
    const char *why;           /* and its reason: `bound`, the text of a rule, or why it goes */
};

/* Decide on `versions`: all of a device that are not pruned, newest first. */
void retain_choose(
    const struct keep_policy *policy, int64_t now_us, struct retained *versions, size_t count);

#endif
