/* One collection, one transaction. */
#include <stdlib.h>

#include "store/sql.h"

/* What the steps hand on. */
struct writing {
    struct store *s;
    const struct store_collection *c;
    int64_t device;  /* row */
    uint32_t newest; /* version number in force */
    int64_t now_us;  /* the time all of it carries, but the version */
    int64_t from_us; /* since when the new version is in force */
    uint32_t events; /* written, without those known already */
    int worst;       /* severity of them */
};

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* ---- steps ---- */

static int put_device(struct writing *w, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(w->s, "put_device",
        VALUES(V(w->c->device), V(text_or_empty(w->c->address)), V(text_or_empty(w->c->platform))),
        &row, err);
    if (rc)
        return rc;
    rc = sql_step(w->s, row, err);
    if (rc > 0) {
        w->device = sqlite3_column_int64(row, 0);
        w->newest = sql_u32(row, 1);
        rc = sql_step(w->s, row, err);
    }
    sql_end(w->s, row);
    return rc;
}

/* The new version's time is after its predecessor's even when the clock was set back: intervals
 * stay ordered, and "in force at" has one answer. */
static int choose_time(struct writing *w, struct error *err)
{
    int64_t before_us = 0;
    w->now_us = w->c->ended_us ? w->c->ended_us : clock_now_us(w->s->clock);
    w->from_us =
        w->c->changed_us > 0 && w->c->changed_us < w->now_us ? w->c->changed_us : w->now_us;
    if (!w->c->new_version || !w->newest)
        return RC_OK;
    int rc = sql_number(w->s, "version_time", VALUES(V(w->device), V(w->newest)), &before_us, err);
    if (rc == RC_NOT_FOUND)
        return error_set(err, RC_INTEGRITY, "%s: version %u of %s is missing; restore a backup",
            w->s->path, w->newest, w->c->device);
    if (!rc && w->now_us <= before_us)
        w->now_us = before_us + 1;
    if (!rc && w->from_us <= before_us)
        w->from_us = before_us + 1;
    return rc;
}

static int check_previous(const struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    if ((c->new_version || c->previous) && c->previous != w->newest)
        return error_set(err, RC_BUSY,
            "%s: another process stored version %u meanwhile (compared with %u); collect again",
            c->device, w->newest, c->previous);
    return RC_OK;
}

static int put_parts(struct writing *w, int64_t version, struct error *err)
{
    for (size_t i = 0; i < w->c->part_count; i++) {
        int64_t blob = 0;
        int rc = blob_put(w->s, w->c->parts[i].text, &blob, err);
        if (!rc)
            rc = sql_run(
                w->s, "put_part", VALUES(V(version), V(i), V(w->c->parts[i].name), V(blob)), err);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int put_accounts(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    uint32_t admins = 0;
    for (size_t i = 0; i < c->account_count; i++)
        admins += c->accounts[i].admin;
    int rc = intervals_update(
        w->s, w->device, w->newest, w->from_us, c->accounts, c->account_count, err);
    return rc ? rc
              : sql_run(w->s, "device_has_version",
                    VALUES(V(w->device), V(w->newest), V(c->account_count), V(admins)), err);
}

static int put_version(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    size_t bytes = 0;
    for (size_t i = 0; i < c->part_count; i++)
        bytes += c->parts[i].text.len;
    if (w->newest == UINT32_MAX)
        return error_set(err, RC_LIMIT, "%s has too many versions", c->device);
    w->newest++;
    int64_t access = 0;
    int rc = blob_put(w->s, str_of(text_or_empty(c->access_json)), &access, err);
    if (!rc)
        rc = sql_run(w->s, "put_version",
            VALUES(V(w->device), V(w->newest), V(w->from_us), V(w->now_us),
                V(text_or_empty(c->platform)), V(text_or_empty(c->digest)), V(c->author), V(bytes),
                V(access)),
            err);
    if (!rc)
        rc = put_parts(w, sqlite3_last_insert_rowid(w->s->db), err);
    return rc ? rc : put_accounts(w, err);
}

static int put_outbox(const struct writing *w, int64_t event, int severity, struct error *err)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < w->c->sink_count; i++)
        if (severity >= w->c->sink_minimum[i])
            rc = sql_run(w->s, "put_outbox", VALUES(V(w->c->sinks[i]), V(event)), err);
    return rc;
}

static int put_events(struct writing *w, struct error *err)
{
    for (size_t i = 0; i < w->c->event_count; i++) {
        const struct store_event *e = &w->c->events[i];
        int64_t row = 0;
        int rc = sql_number(w->s, "put_event",
            VALUES(V(e->id), V(w->device), w->c->new_version ? V(w->newest) : value_null(),
                V(w->now_us), V(e->event), V(e->severity), V(text_or_empty(e->subject)),
                V(text_or_empty(e->path)), V(e->json)),
            &row, err);
        if (rc == RC_NOT_FOUND)
            continue; /* known already */
        if (!rc)
            rc = put_outbox(w, row, e->severity, err);
        if (rc)
            return rc;
        w->events++;
        w->worst = e->severity > w->worst ? e->severity : w->worst;
    }
    if (!w->events || !w->c->new_version)
        return RC_OK;
    return sql_run(w->s, "version_has_events",
        VALUES(V(w->device), V(w->newest), V(w->events), V(w->worst)), err);
}

static int put_run(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    int64_t took_us = c->ended_us > c->started_us ? c->ended_us - c->started_us : 0;
    int64_t ended_us = c->ended_us ? c->ended_us : w->now_us;
    int rc = c->failure ? sql_run(w->s, "device_failed",
                              VALUES(V(w->device), V(ended_us), V(took_us), V(c->failure),
                                  V(text_or_empty(c->message))),
                              err)
                        : sql_run(w->s, "device_succeeded",
                              VALUES(V(w->device), V(ended_us), V(took_us)), err);
    if (!rc)
        rc = sql_run(w->s, "put_run",
            VALUES(V(w->device), V(c->started_us), V(ended_us), V(w->newest), V(c->failure),
                V(c->failure ? c->message : NULL)),
            err);
    return rc;
}

static int write_all(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    int rc = put_device(w, err);
    if (!rc && !c->failure)
        rc = check_previous(w, err);
    if (!rc)
        rc = choose_time(w, err);
    if (!rc && !c->failure) {
        if (c->new_version)
            rc = put_version(w, err);
        else
            rc = sql_run(
                w->s, "version_seen", VALUES(V(w->device), V(w->newest), V(w->now_us)), err);
    }
    if (!rc)
        rc = put_events(w, err);
    return rc ? rc : put_run(w, err);
}

int store_collect(
    struct store *s, const struct store_collection *c, uint32_t *version, struct error *err)
{
    if (!c->device || !*c->device)
        return error_set(err, RC_INVALID, "a collection of no device");
    if (c->failure && c->new_version)
        return error_set(err, RC_INVALID, "%s: a failed run has no version", c->device);
    struct writing w = {.s = s, .c = c};
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    rc = sql_finish(s, write_all(&w, err), err);
    if (!rc && version)
        *version = w.newest;
    return rc;
}
