/* One collection, start to end: from "read this device" to a version, its events and its outbox
 * entries in the store.
 *
 *   schedule -> lease -> pull -> whole? -> same as before? -> access tree -> differ -> events
 *            -> store (one transaction)
 *
 * The pull itself is somebody else's: it happens in a collector (watch/pool.h) or a test. A pull
 * that failed becomes a run that failed, never a version. */
#ifndef ROLLCALL_COLLECT_H
#define ROLLCALL_COLLECT_H

#include "base/clock.h"
#include "collect/result.h"
#include "diff/diff.h"
#include "settings/settings.h"
#include "store/store.h"

/* What all collections of a process share. Borrowed. */
struct collect_setup {
    const struct ly_ctx *ctx; /* implements rollcall-access, rollcall-events, rollcall-platform */
    const struct settings *settings;
    const struct meaning *meaning;
    const unsigned char *key; /* FINGERPRINT_KEY_BYTES */
    struct store *store;      /* STORE_WRITE */
    const struct clock *clock;
};

struct collect;

int collect_open(const struct collect_setup *setup, struct collect **out, struct error *err);
void collect_close(struct collect *c);

/* After settings and platforms were read again. Collections that have begun keep their device,
 * which must live until they end. */
void collect_reload(struct collect *c, const struct collect_setup *setup);

struct collect_report {
    struct error failure; /* code RC_OK: the device was read */
    bool first;           /* nothing was known of the device before */
    bool new_version;
    uint32_t version;   /* the current one, 0: none yet */
    size_t event_count; /* events of this run */
    int worst_severity; /* of them, 0: none */
    size_t accounts, admins;
    int64_t dialogue_us;
    bool soon; /* look again soon: what came is believed only when it is seen twice */
};

/* Take the lease, fetch pinned host keys and credentials. RC_BUSY: somebody else is at it, nothing
 * is recorded. Another failure (a credential that cannot be read) is recorded as a failed run. */
struct collection;

int collect_begin(
    struct collect *c, const struct device *device, struct collection **out, struct error *err);

/* Who changed the device, by the word of whatever told of the change before the pull: a NETCONF
 * notification. Members but the source may be NULL; strings are copied. It becomes the actor of the
 * events of the change, and the version's author where the config names none. */
struct actor {
    const char *user, *address;
    const char *source; /* "netconf" */
};
int collection_set_actor(struct collection *collection, const struct actor *actor);

/* What to pull; borrowed from the collection. */
const struct driver_job *collection_job(const struct collection *collection);

/* Everything from the pull's result on; frees both. Fills `report` always. Negative only when the
 * store could not take it (RC_STORE, RC_INTEGRITY, ...): a device that failed is in the report. */
int collect_end(struct collection *collection, struct result *result, struct collect_report *report,
    struct error *err);

/* Give up without a trace in the history; drops the lease. */
void collection_free(struct collection *collection);

/* ---- what happened before: another tool's history, as if it had been collected then ---- */

struct collect_past {
    int64_t at_us;             /* when it was so: later than the device's newest version */
    const char *imported_json; /* where it was found: a JSON object, for the version's entry */
    bool believed;             /* also where the config shrank: see report.soon */
};

/* Keep the device for us, and let it go. Taking it again is for longer. RC_BUSY. */
int collect_hold(
    struct collect *c, const struct device *device, unsigned seconds, struct error *err);
void collect_release(struct collect *c, const struct device *device);

/* Like collect_end() with a device that is held: the version and its events carry `past->at_us`,
 * and nobody is told of them. Nothing is connected to and no credential is fetched. What is not
 * believed is in the report and leaves no trace. Frees the result. */
int collect_replay(struct collect *c, const struct device *device, const struct collect_past *past,
    struct result *result, struct collect_report *report, struct error *err);

/* All of it for one device. `pull` fills the result; its failure goes into result->failure. */
typedef void collect_pull(void *ctx, const struct driver_job *job, struct result *result);

int collect_device(struct collect *c, const struct device *device, collect_pull *pull, void *ctx,
    struct collect_report *report, struct error *err);

#endif
