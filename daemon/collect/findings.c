/* What a run has to say: events between two versions, and events of the device itself. */
#include <stdio.h>
#include <stdlib.h>

#include "collect/evidence.h"
#include "collect/run.h"

static const struct meaning *meaning_of(const struct run *r)
{
    return r->c->setup.meaning;
}

/* ---- between two versions ---- */

/* True when the event is about the account that the collector itself logs in with. */
static bool is_own_account(const struct run *r, const struct event *event)
{
    const struct driver_job *job = &r->collection->job.job;
    const char *user = job->hops[job->hop_count - 1].login.user;
    char key[300];
    if (!user || !strstr(event->path, "/account"))
        return false;
    snprintf(key, sizeof key, strchr(user, '\'') ? "[name=\"%s\"]" : "[name='%s']", user);
    return strcmp(event->subject, user) == 0 || strstr(event->path, key);
}

static int find_own_account(struct run *r, struct error *err)
{
    for (size_t i = 0, count = r->events.count; i < count; i++) {
        if (!is_own_account(r, &r->events.at[i]))
            continue;
        const char *subject = r->events.at[i].subject, *what = r->events.at[i].event;
        int rc = event_raise(
            meaning_of(r), "collector-account-changed", subject, NULL, what, &r->events, err);
        if (rc)
            return rc;
        const struct event *source = &r->events.at[i];
        return evidence_attach(&r->events, count, source->evidence, source->evidence_count)
                   ? error_set(err, RC_NO_MEMORY, "no memory for an event")
                   : RC_OK;
    }
    return RC_OK;
}

static int read_both(
    struct run *r, struct config **before, struct config **after, struct error *err)
{
    const struct driver_result *old = &r->known.parts, *new = &r->result->driver;
    struct config_side older = {.parts = old->parts, .part_count = old->part_count};
    struct config_side newer = {.parts = new->parts, .part_count = new->part_count};
    int rc = rules_config(r->c, new->platform, &newer.reader, err);
    older.reader = newer.reader;
    return rc ? rc : config_read_pair(&older, &newer, before, after, err);
}

static int find_other_lines(struct run *r, struct error *err)
{
    struct config *before = NULL, *after = NULL;
    struct line_changes changes = {0};
    int rc = read_both(r, &before, &after, err);
    if (rc == RC_OK)
        rc = diff_config(before, after, &changes, err);
    if (rc == RC_OK)
        rc = evidence_uncovered(
            meaning_of(r), r->result->driver.platform, &changes, &r->events, err);
    line_changes_free(&changes);
    config_free(before);
    config_free(after);
    return rc;
}

int find_changes(struct run *r, struct error *err)
{
    if (!r->known.version.number)
        return RC_OK; /* the first version is what the next is compared with, and no news */
    int rc = find_modules(r, err);
    r->changes_from = r->events.count;
    if (rc == RC_OK)
        rc = diff_access(meaning_of(r), r->known.tree, r->tree, &r->events, err);
    if (rc == RC_OK)
        rc = find_other_lines(r, err);
    if (rc == RC_OK)
        rc = find_own_account(r, err);
    r->changes_to = r->events.count;
    return rc;
}

/* ---- the device itself ---- */

static const char *event_of_failure(const char *name)
{
    return strcmp(name, rc_name(RC_AUTH)) == 0 ? "collector-locked-out" : "device-unreachable";
}

/* The same silence is told once, another reason for it is told again. */
static bool is_news(const struct known *k, const char *event)
{
    return k->failures == 0 || !k->failure || was_shrunken(k) ||
           strcmp(event_of_failure(k->failure), event) != 0;
}

/* Fingerprint of the first pinned key of a hop, for "was ..., now ...". */
static const char *pinned_fingerprint(const struct driver_hop *hop, char *out)
{
    struct str rest = str_of(hop->host_keys), line, word;
    if (!str_next_line(&rest, &line) || !str_next_word(&line, &word) ||
        !str_next_word(&line, &word) || ssh_fingerprint(word, out))
        return NULL;
    return out;
}

static int find_changed_keys(struct run *r, size_t *count, struct error *err)
{
    const struct driver_result *driver = &r->result->driver;
    for (size_t i = 0; i < driver->host_key_count; i++) {
        const struct driver_host_key *key = &driver->host_keys[i];
        const struct driver_hop *hop = job_kit_hop(&r->collection->job, key->hop);
        char was[FINGERPRINT_TEXT_SIZE + 16];
        if (!key->changed || !hop || !hop->host_keys)
            continue;
        int rc = event_raise(meaning_of(r), "host-key-changed", hop->name,
            pinned_fingerprint(hop, was), key->fingerprint, &r->events, err);
        if (rc)
            return rc;
        ++*count;
    }
    return RC_OK;
}

static int find_stale(struct run *r, struct error *err)
{
    const struct known *k = &r->known;
    unsigned after_s = r->c->setup.settings->stale_after_s;
    char since[TIME_TEXT_SIZE];
    if (!after_s || !k->last_success_us ||
        r->ended_us - k->last_success_us < (int64_t)after_s * 1000000)
        return RC_OK;
    return event_raise(meaning_of(r), "device-stale", r->device->name,
        time_format(k->last_success_us, since), NULL, &r->events, err);
}

int find_failure(struct run *r, struct error *err)
{
    const char *name = rc_name(r->result->failure.code);
    const char *event = event_of_failure(name);
    size_t changed = 0;
    int rc = find_changed_keys(r, &changed, err);
    if (rc == RC_OK && changed == 0 && !r->report->soon && is_news(&r->known, event))
        rc = event_raise(meaning_of(r), event, r->device->name, NULL, name, &r->events, err);
    return rc ? rc : find_stale(r, err);
}

int find_recovery(struct run *r, struct error *err)
{
    const struct known *k = &r->known;
    if (r->collection->past || k->failures == 0 || !k->failure || was_shrunken(k))
        return RC_OK;
    return event_raise(
        meaning_of(r), "device-recovered", r->device->name, k->failure, NULL, &r->events, err);
}

/* Only for hops of this very job that had no key: a collector must not pin keys of others. */
int find_new_pins(struct run *r, struct error *err)
{
    const struct driver_result *driver = &r->result->driver;
    if (r->device->host_key_policy != HOST_KEY_FIRST_USE)
        return RC_OK;
    for (size_t i = 0; i < driver->host_key_count; i++) {
        const struct driver_host_key *key = &driver->host_keys[i];
        const struct driver_hop *hop = job_kit_hop(&r->collection->job, key->hop);
        if (!hop || hop->host_keys || key->pinned || key->changed)
            continue;
        int rc = store_pin_host_key(
            r->c->setup.store, hop->name, key->algorithm, key->base64, false, "first-use", err);
        if (rc == RC_OK && r->known.version.number)
            rc = event_raise(meaning_of(r), "host-key-pinned", hop->name, NULL, key->fingerprint,
                &r->events, err);
        if (rc)
            return rc;
    }
    return RC_OK;
}
