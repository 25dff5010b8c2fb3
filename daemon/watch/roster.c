#include "watch/roster.h"

#include <stdlib.h>
#include <unistd.h>

static enum rc code_of_name(const char *name)
{
    for (int code = 0; name && code >= RC_SINK; code--)
        if (strcmp(rc_name((enum rc)code), name) == 0)
            return (enum rc)code;
    return RC_OK;
}

static int recall_attempt(void *ctx, const struct store_device *d)
{
    const struct roster *r = ctx;
    struct entry *e = roster_find(r, d->device);
    if (e && !e->last.at_us)
        e->last = (struct attempt){
            .at_us = d->last_try_us, .code = code_of_name(d->failure), .failures = d->failures};
    return 0;
}

static void plan_next(struct entry *e)
{
    e->next_us = attempt_next_us(e->device, &e->last);
    if (e->hint_us && e->hint_us < e->next_us)
        e->next_us = e->hint_us;
}

int roster_new(const struct settings *settings, struct store *store, const struct roster *before,
    struct roster *out, struct error *err)
{
    *out = (struct roster){.entries = calloc(settings->device_count + 1, sizeof(struct entry))};
    if (!out->entries)
        return error_set(err, RC_NO_MEMORY, "no memory for %zu devices", settings->device_count);
    for (size_t i = 0; i < settings->device_count; i++)
        if (!settings->devices[i].jump_only)
            out->entries[out->count++].device = &settings->devices[i];
    for (size_t i = 0; i < out->count; i++) {
        struct entry *old = before ? roster_find(before, out->entries[i].device->name) : NULL;
        if (old) {
            const struct device *device = out->entries[i].device;
            out->entries[i] = *old;
            out->entries[i].device = device;
            old->call = 0;
        }
    }
    int rc = store_devices(store, NULL, recall_attempt, out, err);
    if (rc) {
        roster_free(out);
        return rc;
    }
    for (size_t i = 0; i < out->count; i++)
        plan_next(&out->entries[i]);
    for (size_t i = 0; i < out->count; i++)
        out->entries[i].calls = out->entries[i].device->netconf.call_home != NULL;
    return RC_OK;
}

static void drop_call(struct entry *e)
{
    if (e->call)
        close(e->call);
    e->call = 0;
}

void roster_free(struct roster *r)
{
    for (size_t i = 0; i < r->count; i++)
        drop_call(&r->entries[i]);
    free(r->entries);
    *r = (struct roster){0};
}

static int by_name(const void *name, const void *entry)
{
    return strcmp(name, ((const struct entry *)entry)->device->name);
}

struct entry *roster_find(const struct roster *r, const char *device)
{
    return r->count ? bsearch(device, r->entries, r->count, sizeof *r->entries, by_name) : NULL;
}

/* Nothing but the time is missing. */
static bool is_ready(const struct entry *e)
{
    return !e->running && (!e->calls || e->call);
}

struct entry *roster_due(const struct roster *r, int64_t now_us)
{
    struct entry *longest = NULL;
    for (size_t i = 0; i < r->count; i++) {
        struct entry *e = &r->entries[i];
        if (is_ready(e) && e->next_us <= now_us && (!longest || e->next_us < longest->next_us))
            longest = e;
    }
    return longest;
}

int64_t roster_next_us(const struct roster *r)
{
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < r->count; i++)
        if (is_ready(&r->entries[i]) && r->entries[i].next_us < next_us)
            next_us = r->entries[i].next_us;
    return next_us;
}

/* A bucket that empties at its pace (GCRA): a device that floods us is not read more often. */
static int64_t pay(struct entry *e, int64_t now_us)
{
    int64_t due_us = e->paid_us - (HINT_BURST - 1) * HINT_PACE_US;
    if (due_us < now_us)
        due_us = now_us;
    e->paid_us = (e->paid_us > due_us ? e->paid_us : due_us) + HINT_PACE_US;
    return due_us;
}

void entry_hint(struct entry *e, int64_t now_us, const char *user, const char *address)
{
    if (user || address)
        hearsay_add(e->running ? &e->since : &e->before, user ? user : "", address ? address : "");
    if (!e->hint_us)
        e->hint_us = pay(e, now_us);
    if (e->hint_us < e->hold_us)
        e->hint_us = e->hold_us;
    plan_next(e);
}

void entry_hold(
    struct entry *e, int64_t now_us, uint32_t wait_s, const char *user, const char *address)
{
    if (wait_s > HOLD_MOST_S)
        wait_s = HOLD_MOST_S;
    e->hold_us = now_us + ((int64_t)wait_s + HOLD_MARGIN_S) * 1000000;
    entry_hint(e, now_us, user, address);
}

void entry_release(struct entry *e, int64_t now_us, const char *user, const char *address)
{
    if (e->hold_us && e->hint_us == e->hold_us)
        e->hint_us = now_us;
    e->hold_us = 0;
    entry_hint(e, now_us, user, address);
}

bool entry_wants_call(const struct entry *e, int64_t now_us)
{
    return e->calls && !e->running && (e->next_us <= now_us || !e->last.at_us);
}

void entry_called(struct entry *e, int64_t now_us, int call)
{
    drop_call(e);
    e->call = call;
    if (e->next_us > now_us)
        e->next_us = now_us;
}

void entry_started(struct entry *e)
{
    e->running = true;
    if (!e->hold_us || e->hint_us != e->hold_us)
        e->hint_us = 0;
}

bool entry_suspect(const struct entry *e, struct suspect *out)
{
    struct hearsay all = e->before;
    hearsay_merge(&all, &e->since);
    return hearsay_suspect(&all, out);
}

void entry_ended(struct entry *e, int64_t now_us, enum rc code, bool soon)
{
    e->running = false;
    e->last.at_us = now_us;
    e->last.code = code;
    e->last.soon = soon;
    if (code == RC_OK)
        e->last.failures = 0;
    else if (code != RC_BUSY)
        e->last.failures++;
    e->fresh = code == RC_OK;
    if (code == RC_OK)
        e->before = e->since;
    else
        hearsay_merge(&e->before, &e->since);
    e->since = (struct hearsay){0};
    /* one that is read only when asked for is owed a pull all the same */
    if (code != RC_OK && e->before.changed && !e->hint_us && attempt_retry_us(&e->last) < INT64_MAX)
        e->hint_us = attempt_retry_us(&e->last);
    plan_next(e);
}
