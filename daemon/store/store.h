/* The store: every version of every device, what was read out of it, and what happened.
 *
 * One SQLite file (WAL, synchronous=FULL), the only meeting point of daemon and command line. All
 * writes of one collection are one transaction. Strings and JSON come in and go out as text; the
 * store knows what an account row is, but not what an access tree or an event means.
 *
 * Its spine is a log that only grows (evidence/merkle.h): each version, event and act of an
 * operator is an entry, and each transaction that appends signs the log's new head. Everything but
 * devices' names and times is encrypted.
 *
 * A store belongs to one thread, and must not be carried over a fork. Reading never waits for a
 * writer and each call sees one moment of the file. What a callback is given is valid during the
 * call; it may read from the same store, but not write to it (store_outbox_due() excepted). A
 * writer waits a few seconds for another one, then it is RC_BUSY. Damage is RC_INTEGRITY; a full
 * or failing disk is RC_STORE, leaves nothing behind, and the next call works when it can. */
#ifndef ROLLCALL_STORE_H
#define ROLLCALL_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "evidence/head.h"
#include "evidence/merkle.h"

struct store;

enum store_mode { STORE_READ, STORE_WRITE };

/* ---- keys ---- */

#define STORE_KEY_BYTES 32

/* What a process may open (the number of the use in daemon/store/keyring.h as a bit). */
#define STORE_KEY_CONFIG (1u << 1)      /* texts of configs */
#define STORE_KEY_RECORD (1u << 2)      /* what happened, accounts, host keys */
#define STORE_KEY_FINGERPRINT (1u << 3) /* store_fingerprint_key() */
#define STORE_KEY_SIGN (1u << 4)        /* to sign the log's heads: who writes versions needs it */
#define STORE_KEYS_ALL                                                                             \
    (STORE_KEY_CONFIG | STORE_KEY_RECORD | STORE_KEY_FINGERPRINT | STORE_KEY_SIGN)

struct store_keys {
    /* Gives the master key, from outside of the store. Called at open, and again when another
     * process has made keys meanwhile. The store wipes it after use. */
    int (*master)(void *ctx, unsigned char key[STORE_KEY_BYTES], struct error *err);
    void *ctx;
    const char *source; /* where it comes from, for messages: "the key in /etc/..."; or NULL */
    unsigned uses;      /* STORE_KEY_* */
};

/* Open `path`; STORE_WRITE creates it (0600) and migrates an older schema. A newer schema than this
 * program's is RC_STORE with advice, and STORE_READ of an older one as well. STORE_READ on a
 * missing file is RC_NOT_FOUND. A master key that is not this store's is RC_SETTINGS. `keys` and
 * `clock` are borrowed for as long as the store is open. */
int store_open(const char *path, enum store_mode mode, const struct store_keys *keys,
    const struct clock *clock, struct store **out, struct error *err);
void store_close(struct store *s);

/* The key that fingerprints of secrets are made with. Wipe it afterwards. */
int store_fingerprint_key(struct store *s, unsigned char out[STORE_KEY_BYTES], struct error *err);

/* The public half of the key that signs the log's heads. */
int store_public_key(struct store *s, unsigned char out[STORE_KEY_BYTES], struct error *err);

struct store_key {
    int64_t id;
    const char *use; /* config, record, fingerprint, sign, index */
    int64_t created_us;
    int64_t retired_us; /* 0: in use; else it was destroyed then */
    uint64_t things;    /* how many are sealed with it */
};

/* All keys there ever were, by number; reads all that is sealed to count it. */
int store_keys_each(struct store *s, int (*each)(void *ctx, const struct store_key *key), void *ctx,
    struct error *err);

struct store_key_status {
    char master[9];     /* the beginning of the id of the master key, in hex */
    size_t masters;     /* 1; more while another one takes its place */
    bool newest_master; /* the one at hand is the last that was added */
    bool rotating;      /* a rotation began and has not ended */
};

int store_key_status(struct store *s, struct store_key_status *out, struct error *err);

/* New keys for configs and records: seal all anew, in small transactions while other processes go
 * on, and destroy the old keys. One that was interrupted, by a crash too, is taken up again.
 * `go_on` is asked before each transaction; when it says no, `complete` stays false. RC_BUSY: the
 * master key is being replaced. */
int store_keys_rotate(struct store *s, bool (*go_on)(void *ctx, uint64_t done, uint64_t total),
    void *ctx, bool *complete, struct error *err);

/* Another master key: first `add` (the store opens with either from then on), then put it where
 * store_keys.master finds it, then `finish`, which drops all others. Both may be called again.
 * finish is RC_SETTINGS as long as an older one is found there. */
int store_master_add(
    struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err);
int store_master_finish(struct store *s, struct error *err);

/* ---- one collection: runs, versions, accounts, events, outbox in one transaction ---- */

struct store_part {
    const char *name; /* running, ... */
    struct str text;  /* raw, secrets included */
};

struct store_account {
    const char *realm, *name, *kind;
    bool has_privilege;
    int64_t privilege;
    const char *roles; /* comma-separated, sorted */
    bool admin, enabled;
    const char *secret_scheme; /* NULL: no secret */
    uint32_t key_count;
};

/* The line of an account in a version's tree of accounts (evidence/lines.h), appended: compact
 * JSON, {"realm","name","kind","privilege"?,"roles"?,"admin","enabled","secret"?,"keys"}, without
 * \n. Sorted by realm and name they give the root in the version's entry. */
int store_account_line(const struct store_account *account, struct buf *out);

struct store_event {
    const char *id; /* globally unique and the same when the same change is seen again */
    const char *event;
    int severity;
    const char *subject, *path;
    const char *json; /* the event document of DESIGN, whole, without secrets */
};

struct store_collection {
    const char *device, *address, *platform;
    int64_t started_us, ended_us;
    /* A failed run: `failure` is an rc_name(), `message` one line. Nothing else is set then but
     * events. */
    const char *failure, *message;
    /* A version: only when something differs from the last one. */
    bool new_version;
    uint32_t previous;  /* number of the version this one was compared with; 0: first. When another
                         * writer has stored one since, store_collect() is RC_BUSY: compare again */
    const char *digest; /* hex of the config digest: the next collection compares with it */
    const char *author; /* who changed it by the config's own words, or NULL */
    int64_t changed_us; /* since when the config has been so, where that is known; 0: it is not, and
                         * the version begins when it was seen */
    const struct store_part *parts;
    size_t part_count;
    const char *access_json; /* access tree with line annotations */
    const struct store_account *accounts;
    size_t account_count;
    const struct store_event *events;
    size_t event_count;
    const char *const
        *sinks; /* each event of severity >= its minimum goes to the outbox of these */
    const int *sink_minimum;
    size_t sink_count;
    /* A version that happened elsewhere before: it and its events carry `created_us` (moved behind
     * the version before where it is not later), nothing goes to the outbox, and it is no run. */
    bool history;
    int64_t created_us;
    const char *imported_json; /* where it came from, a JSON object, or NULL */
};

/* Write it all or nothing. Gives the version's number (also when none was written: the current one,
 * 0 when there is none yet). Maintains the account intervals: an account's interval ends with the
 * version in which it is gone or changed, and a new one begins. Events whose id is stored already
 * are left out, also from the outbox. */
int store_collect(
    struct store *s, const struct store_collection *c, uint32_t *version, struct error *err);

/* Device rows for devices that are gone from the settings keep their history; store_collect()
 * creates the row on the first run. */

/* ---- reading versions ---- */

struct store_version {
    uint32_t number;    /* from 1, per device */
    int64_t created_us; /* when it was first seen, or when it came to be (changed_us) */
    int64_t seen_us;    /* when it was last seen unchanged */
    char *platform, *digest, *author;
    uint32_t event_count;
    int worst_severity; /* 0: no event */
    size_t bytes;       /* of all parts, raw */
    uint64_t seq;       /* its entry in the log */
    bool doubtful;      /* the clock could not be trusted around created_us */
    bool pruned;        /* its parts and access tree are gone; the log keeps their roots */
};

void store_version_clear(struct store_version *v);

/* Version `number` (0: the newest; with at_us != 0: the one in force then). RC_NOT_FOUND. */
int store_version(struct store *s, const char *device, uint32_t number, int64_t at_us,
    struct store_version *out, struct error *err);

/* Newest first; `each` returns non-zero to stop. */
int store_history(struct store *s, const char *device,
    int (*each)(void *ctx, const struct store_version *v), void *ctx, struct error *err);

/* Parts come in the order they were stored. */
int store_read_parts(struct store *s, const char *device, uint32_t number,
    int (*each)(void *ctx, const char *name, struct str text), void *ctx, struct error *err);
/* One of them, appended. RC_NOT_FOUND: there is none, or no such version. */
int store_read_part(struct store *s, const char *device, uint32_t number, const char *name,
    struct buf *text, struct error *err);
/* Whether version `number` consists of these very parts, to the byte and in this order: cheaper
 * than reading them. */
int store_same_parts(struct store *s, const char *device, uint32_t number,
    const struct store_part *parts, size_t part_count, bool *same, struct error *err);
int store_read_access(
    struct store *s, const char *device, uint32_t number, struct buf *json, struct error *err);
/* The salt of the line tree (evidence/lines.h) of a part, or of "access": what its root in the
 * version's entry was made with. */
#define STORE_SALT_BYTES 16
int store_read_salt(struct store *s, const char *device, uint32_t number, const char *part,
    unsigned char salt[STORE_SALT_BYTES], struct error *err);

/* ---- accounts, events, devices ---- */

struct store_account_query {
    int64_t at_us;      /* 0: now */
    const char *device; /* exact, or NULL */
    const char *name;   /* exact, or NULL */
};

struct store_account_row {
    const char *device, *platform;
    struct store_account account;
    int64_t since_us;   /* the account has been there, without a gap, since */
    bool since_first;   /* it was there when the device was first read: `since` is a bound */
    int64_t changed_us; /* its attributes are as they are since */
    uint32_t version;   /* version in force at that time */
};

/* Sorted by device, realm, name. One indexed query, whatever the number of devices. */
int store_accounts(struct store *s, const struct store_account_query *q,
    int (*each)(void *ctx, const struct store_account_row *row), void *ctx, struct error *err);

/* The life of accounts of one name, on one device or (NULL) on all: each span in which an account
 * stayed as it was, by device, realm, time. */
struct store_account_span {
    const char *device;
    struct store_account account;
    int64_t from_us, to_us; /* included, excluded; INT64_MAX: it is there still */
    int64_t first_us;       /* there without a gap since */
    uint32_t first_version; /* number of the version of first_us; 1: it was there before */
};

int store_account_life(struct store *s, const char *device, const char *name,
    int (*each)(void *ctx, const struct store_account_span *span), void *ctx, struct error *err);

struct store_event_query {
    int64_t since_us, until_us; /* from, included, and to, excluded; 0: open */
    const char *device, *event, *subject;
    int minimum; /* severity */
    size_t limit;
};

/* Newest first. `json` is the document as stored. `event` and `subject` are matched exactly. */
int store_events(struct store *s, const struct store_event_query *q,
    int (*each)(void *ctx, int64_t seen_us, const char *device, const char *json), void *ctx,
    struct error *err);

struct store_device {
    const char *device, *address, *platform;
    uint32_t version;                     /* newest; 0: none */
    int64_t version_us;                   /* when the newest was first seen */
    int64_t last_try_us, last_success_us; /* when it ended; 0: never */
    const char *failure, *message;        /* of the last run; NULL: it succeeded */
    uint32_t failures;                    /* in a row */
    uint32_t accounts, admins;            /* in the newest version */
    int64_t dialogue_us;                  /* length of the last run */
};

/* All devices sorted by name, or one. */
int store_devices(struct store *s, const char *device,
    int (*each)(void *ctx, const struct store_device *d), void *ctx, struct error *err);

/* ---- the log ---- */

/* Values of entry.kind: they are in files, so none ever changes. */
enum entry_kind {
    ENTRY_START = 1,
    ENTRY_VERSION,
    ENTRY_EVENT,
    ENTRY_ACKNOWLEDGEMENT,
    ENTRY_APPROVAL,
    ENTRY_ACTION,
    ENTRY_PRUNE,
    ENTRY_CLOCK,
    ENTRY_KINDS
};

/* "version", ... as in the leaf; NULL: no such kind. */
const char *entry_kind_name(enum entry_kind kind);

struct store_entry {
    enum entry_kind kind;
    const char *device;   /* NULL: of none. RC_NOT_FOUND when it was never collected */
    const char *document; /* a JSON object */
};

/* Append one entry, in a transaction of its own. `seq` may be NULL. RC_INVALID: `document` is no
 * JSON object. */
int store_record(
    struct store *s, const struct store_entry *entry, uint64_t *seq, struct error *err);

struct store_log_entry {
    uint64_t seq;
    enum entry_kind kind;
    int64_t time_us;     /* of the host's clock when it was written */
    const char *device;  /* NULL: of none */
    struct str leaf;     /* {"kind":...,"time":...,"device":...,"document":{...}}; empty: pruned */
    struct str document; /* the view into `leaf` */
    bool pruned;         /* the text is gone, the hash stays */
    struct merkle_hash hash; /* of the leaf, as kept: hold it against `leaf` to believe it */
};

int store_log_size(struct store *s, uint64_t *size, struct error *err);
/* Entry `seq`; RC_NOT_FOUND. The texts are views into `text`, which is cleared first. */
int store_log_entry(struct store *s, uint64_t seq, struct store_log_entry *out, struct buf *text,
    struct error *err);
/* From `from`, included, to `to`, excluded, in order; `each` returns non-zero to stop. */
int store_log_walk(struct store *s, uint64_t from, uint64_t to,
    int (*each)(void *ctx, const struct store_log_entry *entry), void *ctx, struct error *err);

/* What entries to find. */
struct store_log_query {
    unsigned kinds;             /* 1U << ENTRY_VERSION | ...; 0: all */
    const char *device;         /* exact, or NULL */
    int64_t since_us, until_us; /* when they were written: from, included, to, excluded; 0: open */
    size_t limit;               /* 0: none */
};

/* Newest first, as store_log_walk() has them. Where neither starts, versions nor events are asked
 * for an index finds them. `each` may read from the same store. */
int store_log_find(struct store *s, const struct store_log_query *q,
    int (*each)(void *ctx, const struct store_log_entry *entry), void *ctx, struct error *err);

/* Append the signed note (evidence/head.h) of the log at `size` (0: now). RC_NOT_FOUND: no head of
 * that size was kept. */
int store_head(struct store *s, uint64_t size, struct buf *note, struct error *err);
/* The root over the first `size` entries, from the nodes as kept. */
int store_log_root(struct store *s, uint64_t size, struct merkle_hash *root, struct error *err);
/* That entry `seq` is in the log of `size` entries; that the log of `size` begins with that of
 * `old`. RC_NOT_FOUND when there are not so many. */
int store_prove_inclusion(
    struct store *s, uint64_t seq, uint64_t size, struct proof *out, struct error *err);
int store_prove_consistency(
    struct store *s, uint64_t old, uint64_t size, struct proof *out, struct error *err);

/* The log's name and the public key of its heads. */
int store_log_key(struct store *s, struct log_key *out, struct error *err);
/* Append a signed note of `text`, whose first line must be "rollcall/LOG evidence". */
int store_sign(struct store *s, struct str text, struct buf *note, struct error *err);

/* ---- where heads were sent ---- */

struct store_head_place {
    char *place;       /* "file /mnt/heads": kind and name */
    uint64_t size;     /* of the newest head it has; 0: none */
    int64_t sent_us;   /* when it got that; 0: never */
    int64_t tried_us;  /* last */
    uint32_t failures; /* in a row */
    char *message;     /* of the last failure; NULL: it succeeded */
};

/* The place has this head now (it is kept from then on), or could not be reached. */
int store_head_sent(struct store *s, const char *place, struct str note, struct error *err);
int store_head_failed(struct store *s, const char *place, const char *message, struct error *err);
/* All places that ever were; `each` returns non-zero to stop. */
int store_head_places(struct store *s, int (*each)(void *ctx, const struct store_head_place *place),
    void *ctx, struct error *err);

/* ---- host keys ---- */

/* Pinned keys of a hop, one "ALGORITHM BASE64" a line (empty: none). */
int store_host_keys(struct store *s, const char *hop, struct buf *out, struct error *err);
/* Pin one more key (first use), or exactly this one instead of all others (replace). `how` is
 * first-use, trust, import. */
int store_pin_host_key(struct store *s, const char *hop, const char *algorithm, const char *base64,
    bool replace, const char *how, struct error *err);

/* ---- leases: one writer a device ---- */

/* Take the device for `seconds`. RC_BUSY with the holder's name when somebody else has it and the
 * lease has not run out. `holder` is "host:pid:random"; a holder of this machine
 * whose process is gone does not count. Dropping what nobody holds is fine. */
int store_lease_take(
    struct store *s, const char *device, const char *holder, unsigned seconds, struct error *err);
int store_lease_drop(struct store *s, const char *device, const char *holder, struct error *err);

/* ---- outbox: at least once ---- */

struct store_message {
    int64_t id; /* of the outbox row */
    const char *sink;
    const char *json; /* the event document */
    uint32_t tries;
};

/* Messages of `sink` (NULL: of all) that are due, oldest first, at most `limit` (0: a thousand, as
 * for more). All are read before the first is handed out, so that `each` may write: done, retry. */
int store_outbox_due(struct store *s, const char *sink, size_t limit,
    int (*each)(void *ctx, const struct store_message *m), void *ctx, struct error *err);
/* Not being there any more is fine with both. */
int store_outbox_done(struct store *s, int64_t id, struct error *err);
/* Try again at `next_us`; `message` says why it failed. */
int store_outbox_retry(
    struct store *s, int64_t id, int64_t next_us, const char *message, struct error *err);
/* Earliest due time of any message; INT64_MAX when there is none. Counts may be NULL. */
int store_outbox_next(struct store *s, int64_t *due_us, size_t *waiting, struct error *err);

#endif
