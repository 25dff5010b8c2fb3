/* The roster: every device that is collected, and when it is due. */
#ifndef ROLLCALL_ROSTER_H
#define ROLLCALL_ROSTER_H

#include "settings/settings.h"
#include "store/store.h"
#include "watch/schedule.h"

struct entry {
    const struct device *device; /* of the settings in force */
    struct attempt last;
    int64_t next_us;
    bool running;
};

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

/* The entry that is due longest at `now_us` and does not run; NULL: none. */
struct entry *roster_due(const struct roster *r, int64_t now_us);
/* When the next one is due; INT64_MAX: never. */
int64_t roster_next_us(const struct roster *r);

/* An attempt has ended. */
void entry_ended(struct entry *e, int64_t now_us, enum rc code, bool soon);

#endif
