/* The outbox: what still has to be told. */
#include <stdlib.h>

#include "base/arena.h"
#include "store/facts.h"
#include "store/log.h"
#include "store/seal.h"

#define MOST_DUE 1000

struct due {
    struct store_message *at;
    size_t count;
    struct arena text;
    struct buf plain, document;
};

static int read_message(struct store *s, sqlite3_stmt *row, struct due *due, struct error *err)
{
    struct store_message *m = &due->at[due->count];
    struct message_facts facts;
    int64_t event = sqlite3_column_int64(row, 1);
    buf_clear(&due->document);
    int rc = facts_open_message(s, event, sql_bytes(row, 3), &due->plain, &facts, err);
    if (!rc)
        rc = log_document(s, event, sql_text(row, 4), sql_bytes(row, 5), &due->document, err);
    if (rc)
        return rc;
    m->id = sqlite3_column_int64(row, 0);
    m->sink = arena_dup(&due->text, str_of(facts.sink));
    m->json = arena_dup(&due->text, buf_str(&due->document));
    m->tries = sql_u32(row, 2);
    due->count++;
    return m->sink && m->json ? RC_OK : error_set(err, RC_NO_MEMORY, "out of memory");
}

/* An event that was pruned meanwhile cannot be told any more. */
static int read_due(
    struct store *s, sqlite3_stmt *rows, struct due *due, size_t limit, struct error *err)
{
    int rc = RC_OK;
    while (due->count < limit && (rc = sql_step(s, rows, err)) > 0) {
        rc = read_message(s, rows, due, err);
        if (rc && rc != RC_NOT_FOUND)
            return rc;
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
    int rc = sql_start(s, sink ? "outbox_due_of_sink" : "outbox_due",
        VALUES(V(now_us), V(limit), V(message_sink(s, sink))), &rows, err);
    if (!rc)
        rc = read_due(s, rows, &due, limit, err);
    sql_end(s, rows);
    for (size_t i = 0; !rc && i < due.count; i++)
        if (each(ctx, &due.at[i]))
            break;
    arena_free(&due.text);
    buf_free(&due.plain);
    buf_free(&due.document);
    free(due.at);
    return rc;
}

int store_outbox_done(struct store *s, int64_t id, struct error *err)
{
    return sql_run(s, "outbox_done", VALUES(V(id)), err);
}

/* What is known of a message, one try later. RC_NOT_FOUND: it is not there any more. */
static int read_one(struct store *s, int64_t id, int64_t *event, struct message_facts *facts,
    struct buf *plain, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "outbox_one", VALUES(V(id)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        *event = sqlite3_column_int64(row, 0);
        rc = facts_open_message(s, *event, sql_bytes(row, 2), plain, facts, err);
        facts->tries = sqlite3_column_int64(row, 1) + 1;
    } else if (!rc) {
        rc = RC_NOT_FOUND;
    }
    sql_end(s, row);
    return rc;
}

static int put_retry(
    struct store *s, int64_t id, int64_t next_us, const char *message, struct error *err)
{
    struct buf plain = {.cap = 0}, sealed = {.cap = 0};
    struct message_facts facts;
    int64_t event;
    int rc = read_one(s, id, &event, &facts, &plain, err);
    if (!rc) {
        facts.message = message;
        facts.due_us = next_us;
        rc = facts_seal_message(s, event, &facts, &sealed, err);
    }
    if (!rc)
        rc = sql_run(
            s, "outbox_retry", VALUES(V(id), V(next_us), V(facts.tries), V(buf_str(&sealed))), err);
    buf_free(&plain);
    buf_free(&sealed);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

int store_outbox_retry(
    struct store *s, int64_t id, int64_t next_us, const char *message, struct error *err)
{
    int rc = sql_begin(s, err);
    return rc ? rc : sql_finish(s, put_retry(s, id, next_us, message, err), err);
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
