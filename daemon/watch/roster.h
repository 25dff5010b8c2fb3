/* The roster: every device that is collected, and when it is due. */
#ifndef ROLLCALL_ROSTER_H
#define ROLLCALL_ROSTER_H

#include "settings/settings.h"
#include "store/store.h"
#include "watch/hearsay.h"
#include "watch/schedule.h"

struct entry {
    const struct device *device; /* of the settings in force */
    struct attempt last;
    int64_t next_us;
    bool running;
    bool calls; /* it calls home: read when it is due and has called */
    int call;   /* its connection; 0: none; who takes it sets 0 */
    bool fresh; /* it calls, and no session was lost since it was read */
    /* what notifications have to do with it */
    int64_t hint_us;              /* due by their word, 0: not; then next_us is no later */
    int64_t paid_us;              /* how far their pulls are ahead of their pace */
    int64_t hold_us;              /* a confirmed commit is open until then at most */
    struct hearsay before, since; /* heard before the pull began that runs now, and since */
};

/* Pulls by the word of notifications: so many at once, then one in so long. */
#define HINT_BURST 5
#define HINT_PACE_US ((int64_t)10 * 1000000)
/* A confirmed commit is waited for no longer, whatever the device says, and so much longer than it
 * says. */
#define HOLD_MOST_S 600
#define HOLD_MARGIN_S 5

struct roster {
    struct entry *entries; /* sorted by name, as the settings are; without jump-only devices */
    size_t count;
};

/* From settings, with the last attempts as the store (or, for those it has, `before`) knows them.
 * `before` may be NULL. */
int roster_new(const struct settings *settings, struct store *store, const struct roster *before,
    struct roster *out, struct error *err);
void roster_free(struct roster *r);

struct entry *roster_find(const struct roster *r, const char *device);

/* The entry that is due longest at `now_us` and does not run; NULL: none. Those that call home are
 * due when they have called. */
struct entry *roster_due(const struct roster *r, int64_t now_us);
/* When the next one is due; INT64_MAX: never. */
int64_t roster_next_us(const struct roster *r);

/* A notification says that the device was changed (or may have been, when we heard nothing for a
 * while: both NULL). It is due now; after HINT_BURST times, at their pace; while a confirmed commit
 * is open, at its end. While it runs, it is due again afterwards. */
void entry_hint(struct entry *e, int64_t now_us, const char *user, const char *address);
void entry_hold(
    struct entry *e, int64_t now_us, uint32_t wait_s, const char *user, const char *address);
/* It has come to its end, by whom: as entry_hint(). */
void entry_release(struct entry *e, int64_t now_us, const char *user, const char *address);

/* A device that is due has called: it is read over this connection, which is the entry's now. */
void entry_called(struct entry *e, int64_t now_us, int call);
bool entry_wants_call(const struct entry *e, int64_t now_us);

/* A pull begins: what is heard from now on may be too late for it. */
void entry_started(struct entry *e);
/* Who may have made the changes that the pull under way found; false: unknown. */
bool entry_suspect(const struct entry *e, struct suspect *out);

/* An attempt has ended. What was heard stays for the next one when it failed. */
void entry_ended(struct entry *e, int64_t now_us, enum rc code, bool soon);

#endif
