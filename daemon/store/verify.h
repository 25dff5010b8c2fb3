/* Proving the history: that nothing of it was changed, removed or moved, and where it was.
 *
 * The log is read once from its first entry: each is unsealed, its leaf and all nodes of the tree
 * are computed anew, and the root is held against every signed head, those that are kept elsewhere
 * too. Then every other table is held against the entries, and SQLite checks its own structure.
 *
 * Who has no keys of the store can change nothing that is not found here. Who has them all can
 * write another history, and sign it: only a head that is kept elsewhere tells. */
#ifndef ROLLCALL_STORE_VERIFY_H
#define ROLLCALL_STORE_VERIFY_H

#include "evidence/head.h"
#include "store/store.h"

enum fault {
    FAULT_CHANGED,     /* it is not what was written there */
    FAULT_REMOVED,     /* it is missing */
    FAULT_ADDED,       /* the log does not know it */
    FAULT_REORDERED,   /* it stands in another's place */
    FAULT_TRUNCATED,   /* the end is missing */
    FAULT_ROLLED_BACK, /* an older state of the store was put in place */
    FAULT_REWRITTEN,   /* the log differs from a head that is kept elsewhere */
    FAULT_UNSIGNED,    /* not signed by this store's key */
    FAULT_DAMAGED,     /* the file's structure is broken */
    FAULTS
};

/* "changed", "removed", ... */
const char *fault_name(enum fault fault);

struct store_fault {
    enum fault kind;
    const char *device; /* NULL: of none, or not known */
    uint32_t version;   /* 0: of none */
    int64_t time_us;    /* of the entry; 0: not known */
    const char *where;  /* table, row and column: "entry 12, body" */
    const char *text;   /* one line */
};

/* Versions whose texts are gone by the rules. No fault. */
struct store_pruned {
    const char *policy, *user; /* user may be NULL */
    int64_t time_us;
    const char *device;
    uint32_t from, to, count;
};

/* A head that somebody kept elsewhere. */
struct store_kept_head {
    const char *source; /* where, for messages */
    struct str note;
};

struct store_verify {
    const char *device; /* only what is of this one, and the log's hashes; NULL: everything */
    const struct store_kept_head *heads;
    size_t head_count;
    void (*fault)(void *ctx, const struct store_fault *fault);
    void (*pruned)(void *ctx, const struct store_pruned *pruned);                 /* or NULL */
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* or NULL */
    void *ctx;
};

struct store_verified {
    struct log_key key; /* the log's name and its newest public key */
    uint64_t size;      /* entries */
    struct merkle_hash root;
    bool rooted;     /* `root` could be computed */
    int64_t head_us; /* when the newest head was signed; 0: there is none */
    uint64_t versions, texts, accounts, events, heads, kept_heads, pruned;
    uint64_t faults; /* all of them, told or not */
};

/* In one snapshot, while others go on writing. 0, whatever was found: look at out->faults. Negative
 * when it could not be done: RC_NOT_FOUND (no such device), memory, a failing disk. */
int store_verify(struct store *s, const struct store_verify *request, struct store_verified *out,
    struct error *err);

#endif
