/* The outbox: what still has to be told. */
#include <stdlib.h>

#include "base/arena.h"
#include "store/sql.h"

#define MOST_DUE 1000

struct due {
    struct store_message *at;
    size_t count;
    struct arena text;
};

static int read_due(
    struct store *s, sqlite3_stmt *rows, struct due *due, size_t limit, struct error *err)
{
    int rc;
    while ((rc = sql_step(s, rows, err)) > 0 && due->count < limit) {
        struct store_message *m = &due->at[due->count++];
        m->id = sqlite3_column_int64(rows, 0);
        m->sink = arena_dup(&due->text, str_of(sql_word(rows, 1)));
        m->json = arena_dup(&due->text, str_of(sql_word(rows, 2)));
        m->tries = sql_u32(rows, 3);
        if (!m->sink || !m->json)
            return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    return rc < 0 ? rc : RC_OK;
}

/* All are read before the first is handed out: whoever gets one will want to write that it is done,
 * and a writer cannot start from an old snapshot. */
int store_outbox_due(struct store *s, const char *sink, size_t limit,
    int (*each)(void *ctx, const struct store_message *m), void *ctx, struct error *err)
{
    if (limit == 0 || limit > MOST_DUE)
        limit = MOST_DUE;
    struct due due = {.at = calloc(limit, sizeof *due.at)};
    if (!due.at)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    int64_t now_us = clock_now_us(s->clock);
    sqlite3_stmt *rows;
    int rc =
        sink ? sql_start(s, "outbox_due_of_sink", VALUES(V(now_us), V(limit), V(sink)), &rows, err)
             : sql_start(s, "outbox_due", VALUES(V(now_us), V(limit)), &rows, err);
    if (!rc)
        rc = read_due(s, rows, &due, limit, err);
    sql_end(s, rows);
    for (size_t i = 0; !rc && i < due.count; i++)
        if (each(ctx, &due.at[i]))
            break;
    arena_free(&due.text);
    free(due.at);
    return rc;
}

int store_outbox_done(struct store *s, int64_t id, struct error *err)
{
    return sql_run(s, "outbox_done", VALUES(V(id)), err);
}

int store_outbox_retry(
    struct store *s, int64_t id, int64_t next_us, const char *message, struct error *err)
{
    return sql_run(s, "outbox_retry", VALUES(V(id), V(next_us), V(message)), err);
}

int store_outbox_next(struct store *s, int64_t *due_us, size_t *waiting, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "outbox_next", NO_VALUES, &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        bool none = sqlite3_column_type(row, 0) == SQLITE_NULL;
        if (due_us)
            *due_us = none ? INT64_MAX : sqlite3_column_int64(row, 0);
        if (waiting)
            *waiting = (size_t)sqlite3_column_int64(row, 1);
        rc = RC_OK;
    }
    sql_end(s, row);
    return rc;
}
