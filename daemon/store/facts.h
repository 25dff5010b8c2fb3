/* Sealed columns: what they hold, and where they belong. Private to the store.
 *
 * The texts of what was opened are views into `plain`, which is cleared first. Plain columns that
 * no entry of the log vouches for are repeated in the facts beside them. */
#ifndef ROLLCALL_STORE_FACTS_H
#define ROLLCALL_STORE_FACTS_H

#include "store/sql.h"

struct device_facts {
    const char *address, *platform;
    const char *failure, *message; /* of the last run; NULL: it succeeded */
    uint32_t failures, accounts, admins;
    int64_t dialogue_us;
    int64_t newest, last_try_us, last_success_us; /* as in their columns */
};

int facts_seal_device(struct store *s, int64_t id, const char *name,
    const struct device_facts *facts, struct buf *sealed, struct error *err);
int facts_open_device(struct store *s, int64_t id, const char *name, struct str sealed,
    struct buf *plain, struct device_facts *out, struct error *err);

/* An interval of account `id`. */
struct interval_key {
    const char *device;
    int64_t account, from_us;
};

int facts_seal_account(struct store *s, const struct interval_key *key,
    const struct store_account *account, struct buf *sealed, struct error *err);
int facts_open_account(struct store *s, const struct interval_key *key, struct str sealed,
    struct buf *plain, struct store_account *out, struct error *err);

struct run_facts {
    const char *failure, *message;
};

int facts_seal_run(struct store *s, const char *device, int64_t ended_us,
    const struct run_facts *facts, struct buf *sealed, struct error *err);
int facts_open_run(struct store *s, const char *device, int64_t ended_us, struct str sealed,
    struct buf *plain, struct run_facts *out, struct error *err);

struct message_facts {
    const char *sink, *message; /* message: why the last try failed, or NULL */
    int64_t due_us, tries;      /* as in their columns */
};

int facts_seal_message(struct store *s, int64_t event, const struct message_facts *facts,
    struct buf *sealed, struct error *err);
int facts_open_message(struct store *s, int64_t event, struct str sealed, struct buf *plain,
    struct message_facts *out, struct error *err);

struct host_key_facts {
    const char *hop, *algorithm, *base64, *how;
    int64_t pinned_us;
};

/* `pinned`: the column. */
int facts_seal_host_key(struct store *s, int64_t pinned, const struct host_key_facts *facts,
    struct buf *sealed, struct error *err);
int facts_open_host_key(struct store *s, int64_t pinned, struct str sealed, struct buf *plain,
    struct host_key_facts *out, struct error *err);

/* Insert it, unless it is pinned already. */
int host_key_put(struct store *s, const struct host_key_facts *key, struct error *err);

/* ---- blind columns ---- */

int64_t account_who(struct store *s, const char *realm, const char *name);
int64_t account_name(struct store *s, const char *name);
int64_t event_uid(struct store *s, const char *id);
int64_t event_kind(struct store *s, const char *event);
int64_t event_subject(struct store *s, const char *subject);
int64_t message_sink(struct store *s, const char *sink);
int64_t host_key_hop(struct store *s, const char *hop);
int64_t host_key_pinned(struct store *s, const struct host_key_facts *key);
/* run.mark: of the columns before it. */
int64_t run_mark(
    struct store *s, const char *device, int64_t started_us, int64_t ended_us, uint32_t version);

#endif
