/* Legal holds: versions that no policy takes. */
#include "store/log.h"
#include "store/prune.h"

static int append(struct store *s, int64_t device, const char *name, const char *document,
    uint64_t *seq, struct error *err)
{
    const struct log_item item = {
        .kind = ENTRY_ACTION, .device = device, .name = name, .document = str_of(document)};
    return log_append(s, &item, seq, err);
}

/* Its row. A version that is pruned cannot be held any more. */
static int find_device(
    struct store *s, const struct store_hold *hold, int64_t *device, struct error *err)
{
    int64_t seq;
    int rc = sql_number(s, "device_numbers", VALUES(V(hold->device)), device, err);
    if (rc == RC_NOT_FOUND)
        return error_set(err, rc, "nothing is known of \"%s\"; see: rollcall status", hold->device);
    if (!rc && hold->number) {
        rc = sql_number(
            s, "version_unpruned", VALUES(V(*device), V((int64_t)hold->number)), &seq, err);
        if (rc == RC_NOT_FOUND)
            error_set(err, rc, "%s has no version %u, or it is pruned; see: rollcall history %s",
                hold->device, hold->number, hold->device);
    }
    return rc;
}

static int put_hold(struct store *s, const struct store_hold *hold, const char *document,
    uint64_t *id, struct error *err)
{
    int64_t device = 0;
    int rc = find_device(s, hold, &device, err);
    if (!rc)
        rc = append(s, device, hold->device, document, id, err);
    if (!rc)
        rc = sql_run(s, "put_hold",
            VALUES(V((int64_t)*id), V(device),
                hold->number ? V((int64_t)hold->number) : value_null(), V(hold->since_us),
                V(hold->until_us)),
            err);
    return rc;
}

int store_hold(struct store *s, const struct store_hold *hold, const char *document, uint64_t *id,
    struct error *err)
{
    int rc = sql_begin(s, err);
    return rc ? rc : sql_finish(s, put_hold(s, hold, document, id, err), err);
}

static int release(struct store *s, uint64_t id, const char *document, struct error *err)
{
    sqlite3_stmt *row;
    uint64_t seq = 0;
    int rc = sql_start(s, "hold_device", VALUES(V((int64_t)id)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = append(s, sqlite3_column_int64(row, 0), sql_word(row, 1), document, &seq, err);
    else if (rc == 0)
        rc = error_set(err, RC_NOT_FOUND,
            "no hold %llu that is not released; see: rollcall hold "
            "list",
            (unsigned long long)id);
    sql_end(s, row);
    return rc ? rc : sql_run(s, "release_hold", VALUES(V((int64_t)id), V((int64_t)seq)), err);
}

int store_release(struct store *s, uint64_t id, const char *document, struct error *err)
{
    int rc = sql_begin(s, err);
    return rc ? rc : sql_finish(s, release(s, id, document, err), err);
}

int store_holds(struct store *s, int (*each)(void *ctx, const struct store_hold_row *row),
    void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    struct buf text = {.cap = 0};
    bool stopped = false;
    int rc = sql_start(s, "holds", NO_VALUES, &rows, err);
    if (rc)
        return rc;
    while (!stopped && (rc = sql_step(s, rows, err)) > 0) {
        struct store_hold_row row = {.id = (uint64_t)sqlite3_column_int64(rows, 0),
            .hold = {.device = sql_word(rows, 1),
                .number = sql_u32(rows, 2),
                .since_us = sqlite3_column_int64(rows, 3),
                .until_us = sqlite3_column_int64(rows, 4)},
            .made_us = sqlite3_column_int64(rows, 5),
            .released = sqlite3_column_type(rows, 6) != SQLITE_NULL};
        buf_clear(&text);
        rc = log_read(s, (int64_t)row.id, row.hold.device, &text, err);
        if (rc)
            break;
        row.document = buf_text(&text);
        stopped = each(ctx, &row) != 0;
    }
    sql_end(s, rows);
    buf_free(&text);
    return rc < 0 ? rc : RC_OK;
}
