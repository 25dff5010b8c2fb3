/* One collection, one transaction. */
#include <stdlib.h>

#include "store/devices.h"
#include "store/log.h"
#include "store/record.h"

/* What the steps hand on. */
struct writing {
    struct store *s;
    const struct store_collection *c;
    struct device device;
    int64_t now_us;                        /* the time all of it carries, but the version */
    int64_t from_us;                       /* since when the new version is in force */
    bool doubtful;                         /* the clock cannot be trusted about from_us */
    const struct store_account **accounts; /* sorted */
    bool *known;                           /* of each event: it is there already */
    uint32_t events;                       /* that are not */
    int worst;                             /* severity of them */
};

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* ---- times ---- */

/* When it was seen: imported at the time it happened, else when the run ended. */
static int64_t seen_us(const struct writing *w)
{
    if (w->c->history)
        return w->c->created_us;
    return w->c->ended_us ? w->c->ended_us : clock_now_us(w->s->clock);
}

/* The new version's time is after its predecessor's even when the clock was set back: intervals
 * stay ordered, and "in force at" has one answer. That it had to be moved far is doubtful. */
static int follow_version(struct writing *w, struct error *err)
{
    int64_t before_us = 0;
    int rc = sql_number(
        w->s, "version_time", VALUES(V(w->device.id), V(w->device.newest)), &before_us, err);
    if (rc == RC_NOT_FOUND)
        return error_set(err, RC_INTEGRITY, "%s: version %u of %s is missing; restore a backup",
            w->s->path, w->device.newest, w->c->device);
    w->doubtful |= w->now_us < before_us - LOG_BACK_US;
    if (w->now_us <= before_us)
        w->now_us = before_us + 1;
    if (w->from_us <= before_us)
        w->from_us = before_us + 1;
    return rc;
}

static int choose_time(struct writing *w, struct error *err)
{
    int64_t changed_us = w->c->changed_us;
    int rc = log_begin(w->s, &w->doubtful, err);
    w->doubtful = w->doubtful && !w->c->history;
    w->now_us = seen_us(w);
    w->from_us = changed_us > 0 && changed_us < w->now_us ? changed_us : w->now_us;
    return rc || !w->device.newest ? rc : follow_version(w, err);
}

/* ---- steps ---- */

static int check_previous(const struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    if ((c->new_version || c->previous) && c->previous != w->device.newest)
        return error_set(err, RC_BUSY,
            "%s: another process stored version %u meanwhile (compared with %u); collect again",
            c->device, w->device.newest, c->previous);
    return RC_OK;
}

static bool is_repeated(const struct writing *w, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(w->c->events[j].id, w->c->events[i].id) == 0)
            return true;
    return false;
}

/* The version's entry says how many events it has: so which are new comes first. */
static int sift_events(struct writing *w, struct error *err)
{
    w->known = calloc(w->c->event_count + 1, sizeof *w->known);
    if (!w->known)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < w->c->event_count; i++) {
        const struct store_event *e = &w->c->events[i];
        int64_t count = 0;
        int rc = sql_number(w->s, "event_known", VALUES(V(event_uid(w->s, e->id))), &count, err);
        if (rc)
            return rc;
        w->known[i] = count || is_repeated(w, i);
        if (w->known[i])
            continue;
        w->events++;
        w->worst = e->severity > w->worst ? e->severity : w->worst;
    }
    return RC_OK;
}

static int put_accounts(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    const struct interval_update update = {.device = w->device.id,
        .device_name = c->device,
        .number = w->device.newest,
        .now_us = w->from_us,
        .accounts = w->accounts,
        .count = c->account_count};
    w->device.facts.accounts = (uint32_t)c->account_count;
    w->device.facts.admins = 0;
    for (size_t i = 0; i < c->account_count; i++)
        w->device.facts.admins += c->accounts[i].admin;
    return intervals_update(w->s, &update, err);
}

static int put_version(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    uint64_t seq;
    if (w->device.newest == UINT32_MAX)
        return error_set(err, RC_LIMIT, "%s has too many versions", c->device);
    int rc = accounts_sort(c->accounts, c->account_count, &w->accounts, err);
    if (!rc)
        rc = choose_time(w, err);
    if (rc)
        return rc;
    w->device.newest++;
    const struct record record = {.device = w->device.id,
        .device_name = c->device,
        .number = w->device.newest,
        .created_us = w->from_us,
        .seen_us = w->now_us,
        .doubtful = w->doubtful,
        .changed_us = c->changed_us,
        .platform = text_or_empty(c->platform),
        .digest = text_or_empty(c->digest),
        .author = c->author,
        .imported_json = c->imported_json,
        .parts = c->parts,
        .part_count = c->part_count,
        .access_json = text_or_empty(c->access_json),
        .accounts = w->accounts,
        .account_count = c->account_count,
        .event_count = w->events,
        .worst_severity = w->worst};
    rc = record_put(w->s, &record, &seq, err);
    return rc ? rc : put_accounts(w, err);
}

static int put_outbox(const struct writing *w, uint64_t event, int severity, struct error *err)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && !w->c->history && i < w->c->sink_count; i++) {
        struct buf sealed = {.cap = 0};
        if (severity < w->c->sink_minimum[i])
            continue;
        const struct message_facts facts = {.sink = w->c->sinks[i]};
        rc = facts_seal_message(w->s, (int64_t)event, &facts, &sealed, err);
        if (!rc)
            rc = sql_run(w->s, "put_outbox",
                VALUES(V(message_sink(w->s, facts.sink)), V((int64_t)event), V(buf_str(&sealed))),
                err);
        buf_free(&sealed);
    }
    return rc;
}

static int put_event(struct writing *w, const struct store_event *e, struct error *err)
{
    const struct log_item item = {.kind = ENTRY_EVENT,
        .device = w->device.id,
        .name = w->c->device,
        .document = str_of(e->json)};
    uint64_t seq = 0;
    int rc = log_append(w->s, &item, &seq, err);
    if (!rc)
        rc = sql_run(w->s, "put_event",
            VALUES(V((int64_t)seq), V(w->device.id),
                w->c->new_version ? V(w->device.newest) : value_null(), V(w->now_us),
                V(event_uid(w->s, e->id)), V(event_kind(w->s, e->event)),
                V(event_subject(w->s, e->subject))),
            err);
    return rc ? rc : put_outbox(w, seq, e->severity, err);
}

static int put_events(struct writing *w, struct error *err)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < w->c->event_count; i++)
        if (!w->known[i])
            rc = put_event(w, &w->c->events[i], err);
    return rc;
}

/* ---- the run ---- */

static int put_run(struct writing *w, int64_t ended_us, struct error *err)
{
    const struct store_collection *c = w->c;
    const struct run_facts facts = {c->failure, text_or_empty(c->message)};
    struct buf sealed = {.cap = 0};
    int64_t mark = run_mark(w->s, c->device, c->started_us, ended_us, w->device.newest);
    int rc = c->failure ? facts_seal_run(w->s, c->device, ended_us, &facts, &sealed, err) : RC_OK;
    if (!rc)
        rc = sql_run(w->s, "put_run",
            VALUES(V(w->device.id), V(c->started_us), V(ended_us), V(w->device.newest), V(mark),
                c->failure ? V(buf_str(&sealed)) : value_null()),
            err);
    buf_free(&sealed);
    return rc;
}

static int end_run(struct writing *w, struct error *err)
{
    const struct store_collection *c = w->c;
    struct device_facts *now = &w->device.facts;
    int64_t ended_us = c->ended_us ? c->ended_us : w->now_us;
    now->dialogue_us = ended_us > c->started_us ? ended_us - c->started_us : 0;
    now->last_try_us = ended_us;
    now->failure = c->failure;
    now->message = c->failure ? text_or_empty(c->message) : NULL;
    now->failures = c->failure ? now->failures + 1 : 0;
    if (!c->failure)
        now->last_success_us = ended_us;
    return put_run(w, ended_us, err);
}

/* ---- all of it ---- */

static void place_device(struct writing *w)
{
    w->device.facts.address = text_or_empty(w->c->address);
    if (*text_or_empty(w->c->platform))
        w->device.facts.platform = w->c->platform;
}

static int write_version(struct writing *w, struct error *err)
{
    int rc = check_previous(w, err);
    if (rc)
        return rc;
    if (w->c->new_version)
        return put_version(w, err);
    return sql_run(
        w->s, "version_seen", VALUES(V(w->device.id), V(w->device.newest), V(w->now_us)), err);
}

static int write_all(struct writing *w, struct error *err)
{
    int rc = device_load(w->s, w->c->device, &w->device, err);
    if (rc)
        return rc;
    place_device(w);
    w->now_us = seen_us(w);
    rc = sift_events(w, err);
    if (!rc && !w->c->failure)
        rc = write_version(w, err);
    if (!rc)
        rc = put_events(w, err);
    if (!rc && !w->c->history)
        rc = end_run(w, err);
    return rc ? rc : device_save(w->s, &w->device, err);
}

static int check_collection(const struct store_collection *c, struct error *err)
{
    if (!c->device || !*c->device || !utf8_valid(c->device, strlen(c->device)))
        return error_set(err, RC_INVALID, "a collection of no device");
    if (c->failure && c->new_version)
        return error_set(err, RC_INVALID, "%s: a failed run has no version", c->device);
    return RC_OK;
}

int store_collect(
    struct store *s, const struct store_collection *c, uint32_t *version, struct error *err)
{
    struct writing w = {.s = s, .c = c};
    int rc = check_collection(c, err);
    if (!rc)
        rc = sql_begin(s, err);
    if (rc)
        return rc;
    rc = sql_finish(s, write_all(&w, err), err);
    if (!rc && version)
        *version = w.device.newest;
    device_free(&w.device);
    free(w.accounts);
    free(w.known);
    return rc;
}
