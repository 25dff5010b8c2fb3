/* The log: appending within a transaction, reading, proofs. Private to the store. */
#ifndef ROLLCALL_STORE_LOG_H
#define ROLLCALL_STORE_LOG_H

#include "store/sql.h"

/* How far a clock may go back before the times around it are doubtful. */
#define LOG_BACK_US 1000000
/* How far wall and monotonic clock may run apart between two transactions. */
#define LOG_APART_US 60000000

struct log_item {
    enum entry_kind kind;
    int64_t device;   /* row, 0: none */
    const char *name; /* of the device, or NULL */
    struct str document;
};

/* Begin to append in the transaction that is open, unless that was done: reads the right edge of
 * the tree, looks at the clock, and writes down when that has jumped. `doubtful` (may be NULL) says
 * that it has. */
int log_begin(struct store *s, bool *doubtful, struct error *err);
/* Append one entry; begins by itself. sql_finish() signs the head. `seq` may be NULL. */
int log_append(struct store *s, const struct log_item *item, uint64_t *seq, struct error *err);

/* Parts of sql_finish(): sign the new head, if anything was appended; forget what was under way. */
int log_sign(struct store *s, struct error *err);
void log_end(struct store *s, bool committed);

/* The document of an entry from its row's columns, appended. RC_NOT_FOUND (without text): it was
 * pruned. `name` of its device or NULL. */
int log_document(struct store *s, int64_t seq, const char *name, struct str body,
    struct buf *document, struct error *err);
/* The same by its number; `device`: the name the entry must be of, or NULL. */
int log_read(
    struct store *s, int64_t seq, const char *device, struct buf *document, struct error *err);

/* The name of the log: 32 hex digits. */
int log_id(struct store *s, const char **id, struct error *err);
/* The first entry of every log. `migrated_from`: number of a schema, or 0. */
int log_start(struct store *s, int migrated_from, struct error *err);

#endif
