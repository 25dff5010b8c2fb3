/* What is known of devices now. */
#include "store/devices.h"

#include <stdlib.h>

void device_free(struct device *d)
{
    buf_free(&d->plain);
}

/* A row of `device` and `devices`. */
static int read_row(
    struct store *s, sqlite3_stmt *row, const char *name, struct device *d, struct error *err)
{
    d->id = sqlite3_column_int64(row, 0);
    d->name = name;
    d->newest = sql_u32(row, 2);
    return facts_open_device(s, d->id, d->name, sql_bytes(row, 3), &d->plain, &d->facts, err);
}

int device_load(struct store *s, const char *name, struct device *d, struct error *err)
{
    sqlite3_stmt *row;
    *d = (struct device){.name = name};
    int rc = sql_start(s, "device", VALUES(V(name)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = read_row(s, row, name, d, err);
    sql_end(s, row);
    if (rc || d->id)
        return rc;
    d->facts = (struct device_facts){.address = "", .platform = ""};
    return sql_number(s, "put_device", VALUES(V(name)), &d->id, err);
}

int device_save(struct store *s, struct device *d, struct error *err)
{
    struct buf sealed = {.cap = 0};
    d->facts.newest = d->newest;
    int rc = facts_seal_device(s, d->id, d->name, &d->facts, &sealed, err);
    if (!rc)
        rc = sql_run(s, "device_now",
            VALUES(V(d->id), V(d->newest), V(d->facts.last_try_us), V(d->facts.last_success_us),
                V(buf_str(&sealed))),
            err);
    buf_free(&sealed);
    return rc;
}

static struct store_device view_of(sqlite3_stmt *row, const struct device *d)
{
    return (struct store_device){.device = d->name,
        .address = d->facts.address,
        .platform = d->facts.platform,
        .version = d->newest,
        .version_us = sqlite3_column_int64(row, 4),
        .last_try_us = d->facts.last_try_us,
        .last_success_us = d->facts.last_success_us,
        .failure = d->facts.failure,
        .message = d->facts.message,
        .failures = d->facts.failures,
        .accounts = d->facts.accounts,
        .admins = d->facts.admins,
        .dialogue_us = d->facts.dialogue_us};
}

int store_devices(struct store *s, const char *device,
    int (*each)(void *ctx, const struct store_device *d), void *ctx, struct error *err)
{
    struct device d = {.name = NULL};
    sqlite3_stmt *rows;
    int rc = device ? sql_start(s, "device", VALUES(V(device)), &rows, err)
                    : sql_start(s, "devices", NO_VALUES, &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        rc = read_row(s, rows, sql_word(rows, 1), &d, err);
        if (rc)
            break;
        const struct store_device view = view_of(rows, &d);
        if (each(ctx, &view))
            break;
    }
    sql_end(s, rows);
    device_free(&d);
    return rc;
}
