/* Reading versions. */
#include <sodium.h>
#include <stdlib.h>

#include "store/sql.h"

void store_version_clear(struct store_version *v)
{
    free(v->platform);
    free(v->digest);
    free(v->author);
    *v = (struct store_version){0};
}

/* A view: the texts are the statement's. */
static struct store_version version_of_row(sqlite3_stmt *row)
{
    return (struct store_version){
        .number = sql_u32(row, 0),
        .created_us = sqlite3_column_int64(row, 1),
        .seen_us = sqlite3_column_int64(row, 2),
        .platform = (char *)(uintptr_t)sql_word(row, 3),
        .digest = (char *)(uintptr_t)sql_word(row, 4),
        .author = (char *)(uintptr_t)sql_text(row, 5),
        .event_count = sql_u32(row, 6),
        .worst_severity = sqlite3_column_int(row, 7),
        .bytes = (size_t)sqlite3_column_int64(row, 8),
    };
}

static int copy_version(const struct store_version *from, struct store_version *to)
{
    *to = *from;
    to->platform = from->platform ? strdup(from->platform) : NULL;
    to->digest = from->digest ? strdup(from->digest) : NULL;
    to->author = from->author ? strdup(from->author) : NULL;
    if (!to->platform != !from->platform || !to->digest != !from->digest ||
        !to->author != !from->author) {
        store_version_clear(to);
        return RC_NO_MEMORY;
    }
    return RC_OK;
}

static int not_there(const char *device, uint32_t number, int64_t at_us, struct error *err)
{
    char when[TIME_TEXT_SIZE];
    if (at_us)
        return error_set(err, RC_NOT_FOUND,
            "%s has no version from %s or before; see: "
            "rollcall history %s",
            device, time_format(at_us, when), device);
    if (number)
        return error_set(err, RC_NOT_FOUND, "%s has no version %u; see: rollcall history %s",
            device, number, device);
    return error_set(
        err, RC_NOT_FOUND, "%s has no version yet; pull one: rollcall collect %s", device, device);
}

int store_version(struct store *s, const char *device, uint32_t number, int64_t at_us,
    struct store_version *out, struct error *err)
{
    *out = (struct store_version){0};
    sqlite3_stmt *row;
    int rc;
    if (at_us)
        rc = sql_start(s, "version_at", VALUES(V(device), V(at_us)), &row, err);
    else if (number)
        rc = sql_start(s, "version_number", VALUES(V(device), V(number)), &row, err);
    else
        rc = sql_start(s, "version_newest", VALUES(V(device)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        struct store_version view = version_of_row(row);
        rc = copy_version(&view, out);
        if (rc)
            error_set(err, rc, "out of memory");
    } else if (rc == 0) {
        rc = not_there(device, number, at_us, err);
    }
    sql_end(s, row);
    return rc;
}

int store_history(struct store *s, const char *device,
    int (*each)(void *ctx, const struct store_version *v), void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(s, "history", VALUES(V(device)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        struct store_version view = version_of_row(rows);
        if (each(ctx, &view)) {
            rc = RC_OK;
            break;
        }
    }
    sql_end(s, rows);
    return rc;
}

int store_read_parts(struct store *s, const char *device, uint32_t number,
    int (*each)(void *ctx, const char *name, struct str text), void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    struct buf text = {.cap = SQL_MOST_BYTES};
    bool found = false;
    int rc = sql_start(s, "parts", VALUES(V(device), V(number)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        found = true;
        if (sqlite3_column_type(rows, 0) == SQLITE_NULL)
            continue; /* a version without parts */
        buf_clear(&text);
        rc = blob_get(s, rows, &text, err);
        if (rc)
            break;
        if (each(ctx, sql_word(rows, 0), buf_str(&text)))
            break;
    }
    sql_end(s, rows);
    buf_wipe(&text); /* raw configs hold secrets */
    return rc || found ? rc : not_there(device, number, 0, err);
}

int store_read_part(struct store *s, const char *device, uint32_t number, const char *name,
    struct buf *text, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "part", VALUES(V(device), V(number), V(name)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = blob_get(s, row, text, err);
    else if (rc == 0)
        rc = error_set(err, RC_NOT_FOUND, "%s has no part %s", device, name);
    sql_end(s, row);
    return rc;
}

int store_same_parts(struct store *s, const char *device, uint32_t number,
    const struct store_part *parts, size_t part_count, bool *same, struct error *err)
{
    sqlite3_stmt *rows;
    size_t count = 0;
    *same = true;
    int rc = sql_start(s, "part_contents", VALUES(V(device), V(number)), &rows, err);
    if (rc)
        return rc;
    for (; *same && (rc = sql_step(s, rows, err)) > 0; count++) {
        unsigned char content[CONTENT_BYTES];
        *same = count < part_count && strcmp(sql_word(rows, 0), parts[count].name) == 0;
        if (*same) {
            blob_content(parts[count].text, content);
            *same =
                str_equal(sql_bytes(rows, 1), (struct str){(const char *)content, sizeof content});
        }
    }
    sql_end(s, rows);
    *same = *same && count == part_count;
    return rc < 0 ? rc : RC_OK;
}

int store_read_access(
    struct store *s, const char *device, uint32_t number, struct buf *json, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "access", VALUES(V(device), V(number)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = blob_get(s, row, json, err);
    else if (rc == 0)
        rc = not_there(device, number, 0, err);
    sql_end(s, row);
    return rc;
}
