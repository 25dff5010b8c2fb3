/* Reading over the fleet: accounts and their lives, events. */
#include <stdlib.h>

#include "base/arena.h"
#include "store/facts.h"
#include "store/json.h"
#include "store/log.h"
#include "store/record.h"
#include "store/seal.h"

/* ---- accounts ----
 *
 * The file knows no names, so it cannot sort by them: rows come device by device, and those of one
 * device are gathered, sorted and handed out. */

struct found {
    struct store_account account;
    int64_t from_us, to_us, first_us;
    uint32_t first_version;
};

struct walk {
    struct store *s;
    int (*row)(void *ctx, const struct store_account_row *row); /* one of these two */
    int (*span)(void *ctx, const struct store_account_span *span);
    void *ctx;
    int64_t device; /* row; 0: none yet */
    const char *name, *platform;
    uint32_t version;
    struct found *at;
    size_t count, room;
    struct arena text; /* of this device */
    struct buf plain;
    bool stopped;
};

static int by_name_and_time(const void *a, const void *b)
{
    const struct found *one = a, *two = b;
    int order = strcmp(one->account.realm, two->account.realm);
    order = order ? order : strcmp(one->account.name, two->account.name);
    return order ? order : (one->from_us > two->from_us) - (one->from_us < two->from_us);
}

static int show_row(const struct walk *w, const struct found *f)
{
    const struct store_account_row row = {.device = w->name,
        .platform = w->platform,
        .account = f->account,
        .since_us = f->first_us,
        .since_first = f->first_version == 1,
        .changed_us = f->from_us,
        .version = w->version};
    return w->row(w->ctx, &row);
}

static int show_span(const struct walk *w, const struct found *f)
{
    const struct store_account_span span = {.device = w->name,
        .account = f->account,
        .from_us = f->from_us,
        .to_us = f->to_us,
        .first_us = f->first_us,
        .first_version = f->first_version};
    return w->span(w->ctx, &span);
}

/* Hand out what was gathered of a device, and begin with the next. */
static void end_device(struct walk *w)
{
    if (w->count)
        qsort(w->at, w->count, sizeof *w->at, by_name_and_time);
    for (size_t i = 0; !w->stopped && i < w->count; i++)
        w->stopped = (w->row ? show_row(w, &w->at[i]) : show_span(w, &w->at[i])) != 0;
    w->count = 0;
    arena_free(&w->text);
}

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory");
}

static const char *keep(struct walk *w, const char *text, bool *full)
{
    const char *copy = text ? arena_dup(&w->text, str_of(text)) : NULL;
    *full |= text && !copy;
    return copy;
}

/* Its platform as its version then says. */
static int read_platform(struct walk *w, int64_t seq, struct error *err)
{
    struct store_version view;
    json_t *document = NULL;
    bool full = false;
    int rc = record_read(w->s, seq, w->name, &document, err);
    if (rc && rc != RC_NOT_FOUND)
        return rc;
    record_view(document, &view);
    w->platform = keep(w, view.platform ? view.platform : "", &full);
    json_decref(document);
    return full ? no_memory(err) : RC_OK;
}

static int begin_device(struct walk *w, sqlite3_stmt *row, struct error *err)
{
    bool full = false;
    end_device(w);
    w->device = sqlite3_column_int64(row, 0);
    w->name = keep(w, sql_word(row, 1), &full);
    w->version = sql_u32(row, 3);
    if (full)
        return no_memory(err);
    return w->row && !w->stopped ? read_platform(w, sqlite3_column_int64(row, 2), err) : RC_OK;
}

static int make_room(struct walk *w, struct error *err)
{
    if (w->count < w->room)
        return RC_OK;
    size_t room = w->room ? w->room * 2 : 64;
    struct found *more = realloc(w->at, room * sizeof *more);
    if (!more)
        return no_memory(err);
    w->at = more;
    w->room = room;
    return RC_OK;
}

static int gather(struct walk *w, sqlite3_stmt *row, struct error *err)
{
    bool full = false;
    int rc = make_room(w, err);
    if (rc)
        return rc;
    struct found *f = &w->at[w->count];
    *f = (struct found){.from_us = sqlite3_column_int64(row, 5),
        .to_us = sqlite3_column_int64(row, 6),
        .first_us = sqlite3_column_int64(row, 7),
        .first_version = sql_u32(row, 8)};
    const struct interval_key key = {w->name, sqlite3_column_int64(row, 4), f->from_us};
    rc = facts_open_account(w->s, &key, sql_bytes(row, 9), &w->plain, &f->account, err);
    if (rc)
        return rc;
    struct store_account *a = &f->account;
    a->realm = keep(w, a->realm, &full);
    a->name = keep(w, a->name, &full);
    a->kind = keep(w, a->kind, &full);
    a->roles = keep(w, a->roles, &full);
    a->secret_scheme = keep(w, a->secret_scheme, &full);
    w->count++;
    return full ? no_memory(err) : RC_OK;
}

static int walk_accounts(
    struct walk *w, const char *statement, struct values values, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(w->s, statement, values, &rows, err);
    if (rc)
        return rc;
    while (!w->stopped && (rc = sql_step(w->s, rows, err)) > 0) {
        rc = sqlite3_column_int64(rows, 0) != w->device ? begin_device(w, rows, err) : RC_OK;
        if (!rc)
            rc = gather(w, rows, err);
        if (rc)
            break;
    }
    sql_end(w->s, rows); /* a callback may ask the same */
    if (!rc)
        end_device(w);
    arena_free(&w->text);
    buf_free(&w->plain);
    free(w->at);
    return rc;
}

int store_accounts(struct store *s, const struct store_account_query *q,
    int (*each)(void *ctx, const struct store_account_row *row), void *ctx, struct error *err)
{
    struct walk walk = {.s = s, .row = each, .ctx = ctx};
    const char *statement = q->device ? "accounts_of_device"
                            : q->name ? "accounts_of_name"
                                      : "accounts_fleet";
    /* "Now" is what is still open, whatever the clock says. */
    return walk_accounts(&walk, statement,
        VALUES(V(q->at_us ? q->at_us : STILL_US - 1), V(q->device),
            q->name ? V(account_name(s, q->name)) : value_null()),
        err);
}

int store_account_life(struct store *s, const char *device, const char *name,
    int (*each)(void *ctx, const struct store_account_span *span), void *ctx, struct error *err)
{
    struct walk walk = {.s = s, .span = each, .ctx = ctx};
    return walk_accounts(
        &walk, "account_life", VALUES(value_null(), V(device), V(account_name(s, name))), err);
}

/* ---- events ---- */

static int severity_of(struct store *s, struct str document, int64_t *severity, struct error *err)
{
    json_t *json;
    int rc = json_parse(s, document, &json, err);
    *severity = json_integer_value(json_object_get(json, "severity"));
    json_decref(json);
    return rc;
}

struct event_walk {
    const struct store_event_query *q;
    int (*each)(void *ctx, int64_t seen_us, const char *device, const char *json);
    void *ctx;
    size_t shown;
    bool stopped;
};

static int show_event(struct store *s, struct event_walk *w, sqlite3_stmt *row,
    struct buf *document, struct error *err)
{
    const char *device = sql_word(row, 2);
    int64_t severity = 0;
    buf_clear(document);
    int rc =
        log_document(s, sqlite3_column_int64(row, 0), device, sql_bytes(row, 3), document, err);
    if (!rc && w->q->minimum > 0)
        rc = severity_of(s, buf_str(document), &severity, err);
    if (rc || severity < w->q->minimum)
        return rc == RC_NOT_FOUND ? RC_OK : rc; /* pruned */
    w->shown++;
    w->stopped = w->each(w->ctx, sqlite3_column_int64(row, 1), device, buf_text(document)) != 0;
    return RC_OK;
}

static bool goes_on(const struct event_walk *w)
{
    return !w->stopped && (!w->q->limit || w->shown < w->q->limit);
}

int store_events(struct store *s, const struct store_event_query *q,
    int (*each)(void *ctx, int64_t seen_us, const char *device, const char *json), void *ctx,
    struct error *err)
{
    const char *name = q->device ? "events_of_device" : q->subject ? "events_of_subject" : "events";
    struct event_walk walk = {.q = q, .each = each, .ctx = ctx};
    struct buf document = {.cap = 0};
    sqlite3_stmt *rows;
    int rc = sql_start(s, name,
        VALUES(V(q->since_us), V(q->until_us ? q->until_us : INT64_MAX), V(q->device),
            q->event ? V(event_kind(s, q->event)) : value_null(),
            q->subject ? V(event_subject(s, q->subject)) : value_null()),
        &rows, err);
    if (rc)
        return rc;
    while (goes_on(&walk) && (rc = sql_step(s, rows, err)) > 0)
        if ((rc = show_event(s, &walk, rows, &document, err)))
            break;
    sql_end(s, rows);
    buf_free(&document);
    return rc < 0 ? rc : RC_OK;
}
