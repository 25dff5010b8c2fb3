/* Private to verify*.c. */
#ifndef ROLLCALL_STORE_VERIFY_PRIVATE_H
#define ROLLCALL_STORE_VERIFY_PRIVATE_H

#include <jansson.h>

#include "store/sql.h"
#include "store/verify.h"

/* A text whose lines were counted and hashed already: versions share texts. */
struct known_text {
    int64_t blob; /* 0: none */
    size_t bytes, lines;
    struct merkle_hash root;
    unsigned char salt[STORE_SALT_BYTES];
};
#define KNOWN_TEXTS 1024

/* Where the clock was found to be wrong. */
struct jump {
    int64_t seq, after_us;
};

struct verify {
    struct store *s;
    const struct store_verify *request;
    struct store_verified *out;
    struct error *err;
    int64_t device; /* row of request->device; 0: all */
    struct jump *jumps;
    size_t jump_count;
    struct known_text *texts; /* [KNOWN_TEXTS], by blob */
};

/* What a row of `entry` says. Views are valid until the cursor moves. */
struct entry_row {
    int64_t seq;
    enum entry_kind kind;
    int64_t device;   /* row, 0: none */
    const char *name; /* of the device, or NULL */
    int64_t time_us;
    struct str body, hashes;
};

/* Say what is wrong. `who` may be NULL. Returns RC_OK: it goes on. */
struct culprit {
    const char *device;
    uint32_t version;
    int64_t time_us;
};
int fault(struct verify *v, enum fault kind, const struct culprit *who, const char *where,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Whether an error tells of the history, not of this host: RC_OK then, and it is a fault, with
 * `why`'s own words. */
int fault_of(struct verify *v, const struct culprit *who, const char *where, int rc,
    const struct error *why);

/* The next of the keys that sign, or signed, heads: newest first, beginning with *id == 0. */
bool verify_sign_key(struct store *s, int64_t *id, struct log_key *key);

void verify_progress(const struct verify *v, const char *what, uint64_t done, uint64_t total);

/* The log itself, and each entry's rows by verify_entry(). */
int verify_log(struct verify *v);
/* An entry with its document against the rows that are made from it. */
int verify_entry(struct verify *v, const struct entry_row *entry, struct str document);
int verify_version(struct verify *v, const struct entry_row *entry, const json_t *document);
/* Rows that no entry stands behind, and what is not in the log. */
int verify_rows(struct verify *v);
/* The file: its schema, its pages, its references. */
int verify_file(struct verify *v);

#endif
