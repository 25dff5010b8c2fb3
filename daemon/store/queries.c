/* Reading over the fleet: accounts, events, devices. */
#include "store/sql.h"

/* Step through `rows`, hand each to `show`, end. Stops when it returns non-zero. */
static int for_each(struct store *s, sqlite3_stmt *rows, int (*show)(void *ctx, sqlite3_stmt *row),
    void *ctx, struct error *err)
{
    int rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        if (show(ctx, rows)) {
            rc = RC_OK;
            break;
        }
    }
    sql_end(s, rows);
    return rc;
}

/* ---- accounts ---- */

struct account_walk {
    int (*each)(void *ctx, const struct store_account_row *row);
    void *ctx;
};

static int show_account(void *ctx, sqlite3_stmt *row)
{
    struct account_walk *walk = ctx;
    const struct store_account_row account = {
        .device = sql_word(row, 0),
        .platform = sql_word(row, 1),
        .account = {.realm = sql_word(row, 2),
            .name = sql_word(row, 3),
            .kind = sql_word(row, 4),
            .has_privilege = sqlite3_column_type(row, 5) != SQLITE_NULL,
            .privilege = sqlite3_column_int64(row, 5),
            .roles = sql_word(row, 6),
            .admin = sqlite3_column_int(row, 7) != 0,
            .enabled = sqlite3_column_int(row, 8) != 0,
            .secret_scheme = sql_text(row, 9),
            .key_count = sql_u32(row, 10)},
        .since_us = sqlite3_column_int64(row, 11),
        .since_first = sql_u32(row, 12) == 1,
        .changed_us = sqlite3_column_int64(row, 13),
        .version = sql_u32(row, 14),
    };
    return walk->each(walk->ctx, &account);
}

int store_accounts(struct store *s, const struct store_account_query *q,
    int (*each)(void *ctx, const struct store_account_row *row), void *ctx, struct error *err)
{
    /* "Now" is what is still open, whatever the clock says. */
    int64_t at_us = q->at_us ? q->at_us : STILL_US - 1;
    sqlite3_stmt *rows;
    int rc;
    if (q->device)
        rc = sql_start(
            s, "accounts_of_device", VALUES(V(at_us), V(q->device), V(q->name)), &rows, err);
    else if (q->name)
        rc = sql_start(s, "accounts_of_name", VALUES(V(at_us), V(q->name)), &rows, err);
    else
        rc = sql_start(s, "accounts_fleet", VALUES(V(at_us)), &rows, err);
    struct account_walk walk = {each, ctx};
    return rc ? rc : for_each(s, rows, show_account, &walk, err);
}

/* ---- events ---- */

struct event_walk {
    int (*each)(void *ctx, int64_t seen_us, const char *device, const char *json);
    void *ctx;
};

static int show_event(void *ctx, sqlite3_stmt *row)
{
    struct event_walk *walk = ctx;
    return walk->each(walk->ctx, sqlite3_column_int64(row, 0), sql_word(row, 1), sql_word(row, 2));
}

int store_events(struct store *s, const struct store_event_query *q,
    int (*each)(void *ctx, int64_t seen_us, const char *device, const char *json), void *ctx,
    struct error *err)
{
    const char *name = q->device ? "events_of_device" : q->subject ? "events_of_subject" : "events";
    int64_t until_us = q->until_us ? q->until_us : INT64_MAX;
    int64_t limit = q->limit && q->limit < INT64_MAX ? (int64_t)q->limit : -1;
    sqlite3_stmt *rows;
    int rc = sql_start(s, name,
        VALUES(V(q->since_us), V(until_us), V(q->device), V(q->event), V(q->subject), V(q->minimum),
            V(limit)),
        &rows, err);
    struct event_walk walk = {each, ctx};
    return rc ? rc : for_each(s, rows, show_event, &walk, err);
}

/* ---- devices ---- */

struct device_walk {
    int (*each)(void *ctx, const struct store_device *d);
    void *ctx;
};

static int show_device(void *ctx, sqlite3_stmt *row)
{
    struct device_walk *walk = ctx;
    const struct store_device device = {
        .device = sql_word(row, 0),
        .address = sql_word(row, 1),
        .platform = sql_word(row, 2),
        .version = sql_u32(row, 3),
        .version_us = sqlite3_column_int64(row, 4),
        .last_try_us = sqlite3_column_int64(row, 5),
        .last_success_us = sqlite3_column_int64(row, 6),
        .failure = sql_text(row, 7),
        .message = sql_text(row, 8),
        .failures = sql_u32(row, 9),
        .accounts = sql_u32(row, 10),
        .admins = sql_u32(row, 11),
        .dialogue_us = sqlite3_column_int64(row, 12),
    };
    return walk->each(walk->ctx, &device);
}

int store_devices(struct store *s, const char *device,
    int (*each)(void *ctx, const struct store_device *d), void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = device ? sql_start(s, "device_one", VALUES(V(device)), &rows, err)
                    : sql_start(s, "devices", NO_VALUES, &rows, err);
    struct device_walk walk = {each, ctx};
    return rc ? rc : for_each(s, rows, show_device, &walk, err);
}
