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

/* ---- pruning ---- */

struct prune {
    const char *device;
    const struct keep_policy *policy;
    const char *user_json; /* who wants it, a JSON object; NULL: the daemon by itself */
    bool dry;              /* only say what would go */
    /* Each version of the device that is not pruned yet, newest first; may be NULL. */
    void (*each)(void *ctx, const struct retained *version);
    void *ctx;
};

struct prune_tally {
    size_t versions; /* that went, or would go */
    int64_t bytes;   /* that they took in the store; what is built on them anew is not counted off
                        in a dry run */
};

/* Prune one device; adds to `tally`. RC_NOT_FOUND: nothing is known of it. */
int store_prune(
    struct store *s, const struct prune *p, struct prune_tally *tally, struct error *err);

/* Forget runs that ended before `before_us`, and messages for sinks that are none of `sinks` (as
 * store_collection). Gives how many; what they were is not asked for in a dry run. */
struct prune_rest {
    int64_t before_us;
    const char *const *sinks;
    size_t sink_count;
    const char *user_json;
    bool dry;
};
int store_prune_rest(
    struct store *s, const struct prune_rest *p, size_t *runs, size_t *messages, struct error *err);

/* Give pages that are free back to the file system, a few at a time, and empty the write-ahead log.
 * `left`: bytes that stay free within the file, for what comes. */
int store_prune_end(struct store *s, int64_t *left, struct error *err);

/* "version 7 of edge-1 was pruned by policy P on 2026-03-01": RC_NOT_FOUND. `seq` is the entry of
 * kind `prune`. */
int prune_explain(
    struct store *s, const char *device, uint32_t number, int64_t seq, struct error *err);

/* ---- legal holds ---- */

struct store_hold {
    const char *device;
    uint32_t number;            /* one version; 0: those in force within the time below */
    int64_t since_us, until_us; /* included, excluded; 0 and INT64_MAX: open */
};

/* Hold versions: no policy takes them. `document` is its entry of kind `action`, with the reason.
 * Gives the hold's number. RC_NOT_FOUND: no such device or version. */
int store_hold(struct store *s, const struct store_hold *hold, const char *document, uint64_t *id,
    struct error *err);
/* RC_NOT_FOUND: there is no such hold, or it is released already. */
int store_release(struct store *s, uint64_t id, const char *document, struct error *err);

struct store_hold_row {
    uint64_t id;
    struct store_hold hold;
    int64_t made_us;
    bool released;
    const char *document; /* of the entry that made it */
};

/* By number. The texts are valid during the call. */
int store_holds(struct store *s, int (*each)(void *ctx, const struct store_hold_row *row),
    void *ctx, struct error *err);

#endif
