/* Entries of a few kinds, without opening the others. */
#include <stdlib.h>

#include "store/sql.h"

/* Kinds of which there is one for each version or more; of the others there is an index. */
#define MANY (1U << ENTRY_START | 1U << ENTRY_VERSION | 1U << ENTRY_EVENT)

struct numbers {
    uint64_t *at;
    size_t count, room;
};

static int add_number(struct numbers *n, uint64_t number, struct error *err)
{
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 64;
        uint64_t *more = realloc(n->at, room * sizeof *more);
        if (!more)
            return error_set(err, RC_NO_MEMORY, "out of memory for entries of the log");
        n->at = more;
        n->room = room;
    }
    n->at[n->count++] = number;
    return RC_OK;
}

static int find_numbers(
    struct store *s, const struct store_log_query *q, struct numbers *out, struct error *err)
{
    const char *statement = q->kinds && !(q->kinds & MANY) ? "find_rare_entries" : "find_entries";
    unsigned kinds = q->kinds ? q->kinds : UINT32_MAX;
    sqlite3_stmt *rows;
    int rc = sql_start(s, statement,
        VALUES(V((int64_t)kinds), q->device ? V(q->device) : value_null(), V(q->since_us),
            V(q->until_us ? q->until_us : INT64_MAX),
            V(q->limit ? (int64_t)q->limit : INT64_C(-1))),
        &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0)
        if ((rc = add_number(out, (uint64_t)sqlite3_column_int64(rows, 0), err)))
            break;
    sql_end(s, rows);
    return rc;
}

int store_log_find(struct store *s, const struct store_log_query *q,
    int (*each)(void *ctx, const struct store_log_entry *entry), void *ctx, struct error *err)
{
    struct numbers numbers = {0};
    struct buf text = {.cap = 0};
    struct store_log_entry entry;
    int rc = find_numbers(s, q, &numbers, err);
    for (size_t i = 0; rc == RC_OK && i < numbers.count; i++) {
        rc = store_log_entry(s, numbers.at[i], &entry, &text, err);
        if (rc == RC_OK && each(ctx, &entry))
            break;
    }
    free(numbers.at);
    buf_wipe(&text);
    return rc;
}
