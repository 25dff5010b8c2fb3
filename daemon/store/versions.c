/* Reading versions. */
#include <stdlib.h>

#include "store/blob.h"
#include "store/prune.h"
#include "store/record.h"

void store_version_clear(struct store_version *v)
{
    free(v->platform);
    free(v->digest);
    free(v->author);
    *v = (struct store_version){0};
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

/* Its texts are views into `*document`, which is to be released. */
static int read_version(struct store *s, sqlite3_stmt *row, const char *device,
    struct store_version *view, json_t **document, struct error *err)
{
    int64_t seq = sqlite3_column_int64(row, 0);
    *view = (struct store_version){.seq = (uint64_t)seq,
        .number = sql_u32(row, 1),
        .created_us = sqlite3_column_int64(row, 2),
        .seen_us = sqlite3_column_int64(row, 3),
        .doubtful = sqlite3_column_int(row, 4) != 0,
        .pruned = sqlite3_column_type(row, 5) != SQLITE_NULL};
    int rc = record_read(s, seq, device, document, err);
    if (!rc)
        record_view(*document, view);
    return rc;
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
    const char *name = at_us ? "version_at" : number ? "version_number" : "version_newest";
    struct store_version view;
    json_t *document = NULL;
    sqlite3_stmt *row;
    *out = (struct store_version){0};
    int rc =
        sql_start(s, name, VALUES(V(device), at_us ? V(at_us) : V((int64_t)number)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        rc = read_version(s, row, device, &view, &document, err);
        if (!rc && (rc = copy_version(&view, out)))
            error_set(err, rc, "out of memory");
    } else if (rc == 0) {
        rc = not_there(device, number, at_us, err);
    }
    json_decref(document);
    sql_end(s, row);
    return rc;
}

int store_history(struct store *s, const char *device,
    int (*each)(void *ctx, const struct store_version *v), void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    bool stopped = false;
    int rc = sql_start(s, "history", VALUES(V(device)), &rows, err);
    if (rc)
        return rc;
    while (!stopped && (rc = sql_step(s, rows, err)) > 0) {
        struct store_version view;
        json_t *document;
        rc = read_version(s, rows, device, &view, &document, err);
        if (rc)
            break;
        stopped = each(ctx, &view) != 0;
        json_decref(document);
    }
    sql_end(s, rows);
    return rc < 0 ? rc : RC_OK;
}

/* ---- what a version is made of ---- */

struct contents {
    int64_t seq, access; /* access: blob */
    json_t *document;
    struct {
        const char *name;
        int64_t blob;
    } * parts;
    size_t count;
};

static void contents_free(struct contents *c)
{
    json_decref(c->document);
    free(c->parts);
}

static int find_contents(
    struct store *s, const char *device, uint32_t number, struct contents *c, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "version_blobs", VALUES(V(device), V((int64_t)number)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0 && sqlite3_column_type(row, 2) != SQLITE_NULL) {
        rc = prune_explain(s, device, number, sqlite3_column_int64(row, 2), err);
    } else if (rc > 0) {
        c->seq = sqlite3_column_int64(row, 0);
        c->access = sqlite3_column_int64(row, 1);
        rc = RC_OK;
    } else if (rc == 0) {
        rc = not_there(device, number, 0, err);
    }
    sql_end(s, row);
    return rc;
}

static int read_blobs(struct store *s, struct contents *c, struct error *err)
{
    const char *name;
    sqlite3_stmt *rows;
    int rc = sql_start(s, "parts", VALUES(V(c->seq)), &rows, err);
    if (rc)
        return rc;
    while ((name = record_part(c->document, c->count)) && (rc = sql_step(s, rows, err)) > 0) {
        c->parts[c->count].name = name;
        c->parts[c->count++].blob = sqlite3_column_int64(rows, 0);
    }
    sql_end(s, rows);
    if (rc == 0 && name)
        rc = error_set(err, RC_INTEGRITY,
            "%s: a part of entry %lld of the log is missing; restore the file from a backup",
            s->path, (long long)c->seq);
    return rc < 0 ? rc : RC_OK;
}

static int open_contents(
    struct store *s, const char *device, uint32_t number, struct contents *c, struct error *err)
{
    *c = (struct contents){.seq = 0};
    int rc = find_contents(s, device, number, c, err);
    if (!rc)
        rc = record_read(s, c->seq, device, &c->document, err);
    if (rc)
        return rc;
    size_t count = json_array_size(json_object_get(c->document, "parts"));
    c->parts = calloc(count + 1, sizeof *c->parts);
    return c->parts ? read_blobs(s, c, err) : error_set(err, RC_NO_MEMORY, "out of memory");
}

int store_read_parts(struct store *s, const char *device, uint32_t number,
    int (*each)(void *ctx, const char *name, struct str text), void *ctx, struct error *err)
{
    struct buf text = {.cap = SQL_MOST_BYTES};
    struct contents c;
    bool stopped = false;
    int rc = open_contents(s, device, number, &c, err);
    for (size_t i = 0; !rc && !stopped && i < c.count; i++) {
        buf_clear(&text);
        rc = blob_get(s, c.parts[i].blob, c.parts[i].name, &text, NULL, err);
        if (!rc)
            stopped = each(ctx, c.parts[i].name, buf_str(&text)) != 0;
    }
    contents_free(&c);
    buf_wipe(&text); /* raw configs hold secrets */
    return rc;
}

/* The text and the salt of a part, or of the access tree. */
static int read_text(struct store *s, const char *device, uint32_t number, const char *name,
    struct buf *text, unsigned char *salt, struct error *err)
{
    struct contents c;
    int rc = open_contents(s, device, number, &c, err);
    size_t i = 0;
    while (!rc && i < c.count && strcmp(c.parts[i].name, name) != 0)
        i++;
    if (!rc && i < c.count)
        rc = blob_get(s, c.parts[i].blob, name, text, salt, err);
    else if (!rc)
        rc = error_set(err, RC_NOT_FOUND, "%s has no part %s", device, name);
    contents_free(&c);
    return rc;
}

int store_read_part(struct store *s, const char *device, uint32_t number, const char *name,
    struct buf *text, struct error *err)
{
    return read_text(s, device, number, name, text, NULL, err);
}

static int read_access(struct store *s, const char *device, uint32_t number, struct buf *json,
    unsigned char *salt, struct error *err)
{
    struct contents c = {.seq = 0};
    int rc = find_contents(s, device, number, &c, err);
    return rc ? rc : blob_get(s, c.access, "access", json, salt, err);
}

int store_read_access(
    struct store *s, const char *device, uint32_t number, struct buf *json, struct error *err)
{
    return read_access(s, device, number, json, NULL, err);
}

int store_read_salt(struct store *s, const char *device, uint32_t number, const char *part,
    unsigned char salt[STORE_SALT_BYTES], struct error *err)
{
    struct buf text = {.cap = SQL_MOST_BYTES};
    int rc = strcmp(part, "access") == 0 ? read_access(s, device, number, &text, salt, err)
                                         : read_text(s, device, number, part, &text, salt, err);
    buf_wipe(&text);
    return rc;
}

int store_same_parts(struct store *s, const char *device, uint32_t number,
    const struct store_part *parts, size_t part_count, bool *same, struct error *err)
{
    struct contents c;
    *same = false;
    int rc = open_contents(s, device, number, &c, err);
    bool good = !rc && c.count == part_count;
    for (size_t i = 0; good && i < part_count; i++) {
        good = strcmp(c.parts[i].name, parts[i].name) == 0;
        if (good)
            rc = blob_same(s, c.parts[i].blob, parts[i].name, parts[i].text, &good, err);
        good = good && !rc;
    }
    *same = good;
    contents_free(&c);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}
