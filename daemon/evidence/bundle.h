/* A bundle: one file that shows a version of a device to somebody who does not trust us.
 *
 * It is a page for a person and, in it, the JSON for a program: the config line by line, the log's
 * entries about it with proofs, and a signed head. etc/man/rollcall-evidence.5 says what stands
 * where, and what follows from what. */
#ifndef ROLLCALL_EVIDENCE_BUNDLE_H
#define ROLLCALL_EVIDENCE_BUNDLE_H

#include "base/buf.h"
#include "base/error.h"
#include "evidence/head.h"
#include "evidence/lines.h"

#define BUNDLE_MOST_BYTES ((size_t)512 << 20)

/* ---- making one ---- */

struct bundle_entry {
    uint64_t seq;
    struct str leaf;
    struct proof proof; /* of inclusion, in the log of the head */
};

struct bundle_text {
    const char *name; /* of a part */
    struct str text;
    const struct str
        *shown; /* the same with its secrets replaced, line by line; NULL: reveal all */
    unsigned char salt[LINES_SALT_BYTES];
};

struct bundle {
    const struct log_key *key;
    struct str head; /* a signed note */
    const char *device;
    uint32_t version;
    int64_t made_us;
    int64_t seen_us;   /* last seen unchanged */
    int64_t at_us;     /* the question was for this time; 0: it was not */
    const char *event; /* the question was for this event's id; NULL: it was not */
    /* That of the version first; then, by seq, those of its events, of what was said about them,
     * and of the version behind it. */
    const struct bundle_entry *entries;
    size_t entry_count;
    const struct bundle_text *parts;
    size_t part_count;
    struct bundle_text access;
    const struct str *accounts; /* the lines that accounts.root is over, salted with access.salt */
    size_t account_count;
    /* Append a note over this text, signed with the log's key. */
    int (*sign)(void *ctx, struct str text, struct buf *note, struct error *err);
    void *ctx;
};

/* Append the file. */
int bundle_write(const struct bundle *b, struct buf *out, struct error *err);

/* ---- checking one ---- */

enum bundle_state {
    BUNDLE_PROVEN,
    BUNDLE_OPEN,  /* not proven by this file, and said so */
    BUNDLE_WRONG, /* the file contradicts itself: it was changed */
};

struct bundle_finding {
    enum bundle_state state;
    char *about; /* key, head, version, part running, ... */
    char *text;
};

struct bundle_report {
    bool good; /* nothing is wrong */
    bool key_given;
    char *device; /* what the file says it is about; NULL when it does not get so far */
    uint32_t version;
    struct head head;
    struct bundle_finding *findings;
    size_t count;
};

/* Check `file`, of which `name` stands in errors. `key`: the log's public key from elsewhere, or
 * NULL: the one in the file is taken, and the report says so. RC_FORMAT: this is no bundle; the
 * place is line and column. Otherwise 0, and the report says what is proven; free it in any case.
 */
int bundle_check(struct str file, const char *name, const struct log_key *key,
    struct bundle_report *out, struct error *err);
void bundle_report_free(struct bundle_report *report);

#endif
