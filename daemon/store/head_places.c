/* Which place has which head of the log. */
#include <stdlib.h>

#include "base/pack.h"
#include "evidence/head.h"
#include "store/seal.h"
#include "store/sql.h"

static int64_t id_of(struct store *s, const char *place)
{
    return BLIND(s, "head_place", str_of(place));
}

static struct seal_place where(int64_t id)
{
    return (struct seal_place){.what = "head_place", .number = id};
}

/* ---- a row ---- */

static int save(struct store *s, const struct store_head_place *p, struct error *err)
{
    int64_t id = id_of(s, p->place);
    const struct seal_place place = where(id);
    struct buf plain = {.cap = 0}, sealed = {.cap = 0};
    int rc = pack_text(&plain, p->place);
    rc = rc ? rc : pack_text(&plain, p->message);
    rc = rc ? rc : pack_i64(&plain, (int64_t)p->size);
    rc = rc ? rc : pack_i64(&plain, p->sent_us);
    rc = rc ? rc : pack_i64(&plain, p->tried_us);
    rc = rc ? rc : pack_u32(&plain, p->failures);
    if (rc)
        error_set(err, rc, "out of memory in the store");
    else
        rc = seal(s, KEY_RECORD, &place, buf_str(&plain), &sealed, err);
    if (!rc)
        rc = sql_run(s, "put_head_place", VALUES(V(id), V(buf_str(&sealed))), err);
    buf_free(&plain);
    buf_free(&sealed);
    return rc;
}

static void clear(struct store_head_place *p)
{
    free(p->place);
    free(p->message);
}

/* Release with clear(), also on errors. */
static int open_row(
    struct store *s, sqlite3_stmt *row, struct store_head_place *out, struct error *err)
{
    const struct seal_place place = where(sqlite3_column_int64(row, 0));
    struct buf plain = {.cap = 0};
    int rc = unseal(s, &place, sql_bytes(row, 1), &plain, err);
    struct unpack u = {.rest = buf_str(&plain)};
    *out = (struct store_head_place){.place = NULL};
    if (!rc) {
        out->place = unpack_text(&u);
        out->message = unpack_text(&u);
        out->size = (uint64_t)unpack_i64(&u);
        out->sent_us = unpack_i64(&u);
        out->tried_us = unpack_i64(&u);
        out->failures = unpack_u32(&u);
        if (!unpack_done(&u) || !out->place)
            rc = seal_damaged(s, &place, err);
    }
    buf_free(&plain);
    return rc;
}

/* The row of a place; one that nothing is known of yet has its name alone. */
static int load(struct store *s, const char *name, struct store_head_place *out, struct error *err)
{
    sqlite3_stmt *row;
    *out = (struct store_head_place){.place = NULL};
    int rc = sql_start(s, "head_place", VALUES(V(id_of(s, name))), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = open_row(s, row, out, err);
    else if (!rc && !(out->place = strdup(name)))
        rc = error_set(err, RC_NO_MEMORY, "out of memory in the store");
    sql_end(s, row);
    return rc;
}

/* ---- what happened ---- */

static int keep_head(struct store *s, const char *note, const struct head *head, struct error *err)
{
    return sql_run(s, "keep_head",
        VALUES(V((int64_t)head->size), V(head->time_us), V(clock_now_us(s->clock)), V(note)), err);
}

int store_head_sent(struct store *s, const char *place, struct str note, struct error *err)
{
    struct store_head_place p = {.place = NULL};
    struct buf text = {.cap = NOTE_MOST_BYTES};
    struct head head;
    int rc = head_parse(note, &head, err);
    if (!rc && buf_add_str(&text, note))
        rc = error_set(err, RC_NO_MEMORY, "out of memory in the store");
    if (!rc)
        rc = sql_begin(s, err);
    if (!rc) {
        rc = load(s, place, &p, err);
        p.size = head.size;
        p.sent_us = p.tried_us = clock_now_us(s->clock);
        p.failures = 0;
        free(p.message);
        p.message = NULL;
        rc = rc ? rc : save(s, &p, err);
        rc = rc ? rc : keep_head(s, buf_text(&text), &head, err);
        rc = sql_finish(s, rc, err);
    }
    clear(&p);
    buf_free(&text);
    return rc;
}

int store_head_failed(struct store *s, const char *place, const char *message, struct error *err)
{
    struct store_head_place p = {.place = NULL};
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    rc = load(s, place, &p, err);
    p.tried_us = clock_now_us(s->clock);
    p.failures++;
    free(p.message);
    p.message = strdup(message);
    if (!rc && !p.message)
        rc = error_set(err, RC_NO_MEMORY, "out of memory in the store");
    rc = rc ? rc : save(s, &p, err);
    rc = sql_finish(s, rc, err);
    clear(&p);
    return rc;
}

int store_head_places(struct store *s, int (*each)(void *ctx, const struct store_head_place *place),
    void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    int stop = 0, rc = sql_start(s, "head_places", NO_VALUES, &rows, err);
    if (rc)
        return rc;
    while (!stop && (rc = sql_step(s, rows, err)) > 0) {
        struct store_head_place p;
        rc = open_row(s, rows, &p, err);
        stop = rc ? rc : each(ctx, &p);
        clear(&p);
    }
    sql_end(s, rows);
    return rc < 0 ? rc : RC_OK;
}
