/* What a store says, as one text: whatever its readers are told. Two stores that say the same hold
 * the same, whichever way they came there. */
#ifndef ROLLCALL_STORE_STATE_H
#define ROLLCALL_STORE_STATE_H

#include "store_fixture.h"

struct telling {
    struct fixture *f;
    struct buf *out;
    const char *device;
    int rc; /* of what a teller asked in turn */
};

static inline int tell_part(void *ctx, const char *name, struct str text)
{
    struct telling *t = ctx;
    buf_format(t->out, "  part %s\n", name);
    buf_add_str(t->out, text);
    return 0;
}

static inline int tell_version(void *ctx, const struct store_version *v)
{
    struct telling *t = ctx;
    buf_format(t->out, " version %u %lld %lld %s %s %s %u %d %zu\n", v->number,
        (long long)v->created_us, (long long)v->seen_us, v->platform, v->digest,
        v->author ? v->author : "-", v->event_count, v->worst_severity, v->bytes);
    t->rc = store_read_parts(t->f->store, t->device, v->number, tell_part, t, &t->f->err);
    if (!t->rc)
        t->rc = store_read_access(t->f->store, t->device, v->number, t->out, &t->f->err);
    buf_add_char(t->out, '\n');
    return t->rc;
}

static inline int tell_account(void *ctx, const struct store_account_row *row)
{
    struct telling *t = ctx;
    const struct store_account *a = &row->account;
    buf_format(t->out, "account %s %s %s %s %lld %d %d %s %u %lld %lld %u\n", row->device,
        row->platform, a->realm, a->name, (long long)a->privilege, a->admin, a->enabled,
        a->secret_scheme ? a->secret_scheme : "-", a->key_count, (long long)row->since_us,
        (long long)row->changed_us, row->version);
    return 0;
}

static inline int tell_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct telling *t = ctx;
    buf_format(t->out, "event %lld %s %s\n", (long long)seen_us, device, json);
    return 0;
}

static inline int tell_message(void *ctx, const struct store_message *m)
{
    struct telling *t = ctx;
    buf_format(t->out, "message %s %s %u\n", m->sink, m->json, m->tries);
    return 0;
}

static inline int tell_device(void *ctx, const struct store_device *d)
{
    struct telling *t = ctx;
    buf_format(t->out, "device %s %s %s %u %lld %lld %lld %s %s %u %u %u %lld\n", d->device,
        d->address, d->platform, d->version, (long long)d->version_us, (long long)d->last_try_us,
        (long long)d->last_success_us, d->failure ? d->failure : "-", d->message ? d->message : "-",
        d->failures, d->accounts, d->admins, (long long)d->dialogue_us);
    t->device = d->device;
    int rc = store_history(t->f->store, d->device, tell_version, t, &t->f->err);
    t->rc = rc ? rc : t->rc;
    buf_format(t->out, " host keys\n");
    if (!t->rc)
        t->rc = store_host_keys(t->f->store, d->device, t->out, &t->f->err);
    return t->rc;
}

/* Replaces `out`. `from_us` to `to_us`: the times at which the accounts are asked for, one a
 * second.
 */
static inline int store_tell(struct fixture *f, int64_t from_us, int64_t to_us, struct buf *out)
{
    struct telling t = {.f = f, .out = out};
    buf_clear(out);
    int rc = store_devices(f->store, NULL, tell_device, &t, &f->err);
    rc = rc ? rc : t.rc;
    for (int64_t at_us = from_us; !rc && at_us <= to_us; at_us += SECOND)
        rc = store_accounts(
            f->store, &(struct store_account_query){.at_us = at_us}, tell_account, &t, &f->err);
    if (!rc)
        rc = store_events(f->store, &(struct store_event_query){0}, tell_event, &t, &f->err);
    if (!rc)
        rc = store_outbox_due(f->store, NULL, 0, tell_message, &t, &f->err);
    return rc;
}

/* SQLite finds nothing wrong, and verify neither. */
static inline void store_must_be_whole(struct fixture *f)
{
    if (fixture_count(f, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> "
                         "'ok'"))
        fail_msg("integrity_check finds damage");
    if (fixture_count(f, "SELECT count(*) FROM pragma_foreign_key_check"))
        fail_msg("there are dangling rows");
}

#endif
