#include "collect/collect.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collect/accounts.h"
#include "collect/event_json.h"
#include "collect/evidence.h"
#include "collect/run.h"
#include "collect/startup.h"

/* Another writer may store a version while we compare: then compare again, with that one. */
#define MOST_COMPARISONS 3
/* A lease outlasts the job's deadline by this, for what comes after the pull. */
#define LEASE_MARGIN_S 30

/* ---- what collections share ---- */

int collect_open(const struct collect_setup *setup, struct collect **out, struct error *err)
{
    struct collect *c = calloc(1, sizeof *c);
    char host[64] = "";
    if (!c || sodium_init() < 0) {
        free(c);
        return error_set(err, RC_NO_MEMORY, "no memory to collect with");
    }
    gethostname(host, sizeof host - 1);
    snprintf(
        c->holder, sizeof c->holder, "%s:%ld:%08x", host, (long)getpid(), randombytes_random());
    c->setup = *setup;
    schemas_open(c);
    *out = c;
    return RC_OK;
}

void collect_close(struct collect *c)
{
    if (!c)
        return;
    rules_forget(c);
    schemas_close(c);
    file_marks_free(&c->marks);
    file_marks_free(&c->copies);
    free(c);
}

void collect_reload(struct collect *c, const struct collect_setup *setup)
{
    rules_forget(c);
    schemas_close(c);
    file_marks_free(&c->marks); /* another platform or another folder may be meant now */
    file_marks_free(&c->copies);
    c->setup = *setup;
    schemas_open(c);
}

/* ---- before the pull ---- */

static unsigned lease_seconds(const struct device *device)
{
    return device->total_ms / 800 + 1 + LEASE_MARGIN_S;
}

static int record_refusal(struct collection *collection, const struct error *why)
{
    struct collect_report report;
    struct result *result = calloc(1, sizeof *result);
    if (!result) {
        collection_free(collection);
        return RC_NO_MEMORY;
    }
    result->failure = *why;
    return collect_end(collection, result, &report, NULL);
}

/* What the files of the version in force were. The lease holds: nobody makes another one. */
static int recall_mark(struct collection *collection, struct error *err)
{
    struct collect *c = collection->c;
    struct store_version version = {0};
    const char *device = collection->device->name;
    int rc = store_version(c->setup.store, device, 0, 0, &version, err);
    if (rc == RC_OK)
        collection->job.job.file.mark = file_marks_find(c->marks, device, version.number);
    store_version_clear(&version);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

int collect_begin(
    struct collect *c, const struct device *device, struct collection **out, struct error *err)
{
    struct error why = ERROR_INIT;
    struct collection *collection = calloc(1, sizeof *collection);
    if (!collection)
        return error_set(err, RC_NO_MEMORY, "no memory for a collection");
    *collection =
        (struct collection){.c = c, .device = device, .started_us = clock_now_us(c->setup.clock)};
    int rc = store_lease_take(c->setup.store, device->name, c->holder, lease_seconds(device), err);
    if (rc) {
        collection_free(collection);
        return rc;
    }
    collection->leased = true;
    rc = job_kit_fill(&collection->job, device, c->setup.store, &why);
    if (rc == RC_OK && device->protocol == DRIVER_FILE)
        rc = recall_mark(collection, &why);
    if (rc) {
        if (err)
            *err = why;
        record_refusal(collection, &why);
        return rc;
    }
    *out = collection;
    return RC_OK;
}

const struct driver_job *collection_job(const struct collection *collection)
{
    return &collection->job.job;
}

static void actor_clear(struct actor *actor)
{
    free((char *)(uintptr_t)actor->user);
    free((char *)(uintptr_t)actor->address);
    free((char *)(uintptr_t)actor->source);
    *actor = (struct actor){0};
}

static bool copy_text(const char *text, const char **out)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

int collection_set_actor(struct collection *collection, const struct actor *actor)
{
    struct actor copy = {0};
    bool whole = copy_text(actor->user, &copy.user) && copy_text(actor->address, &copy.address) &&
                 copy_text(actor->source, &copy.source);
    actor_clear(whole ? &collection->actor : &copy);
    if (whole)
        collection->actor = copy;
    return whole ? RC_OK : RC_NO_MEMORY;
}

void collection_free(struct collection *collection)
{
    if (!collection)
        return;
    struct collect *c = collection->c;
    actor_clear(&collection->actor);
    if (collection->leased)
        store_lease_drop(c->setup.store, collection->device->name, c->holder, NULL);
    job_kit_clear(&collection->job);
    free(collection);
}

/* ---- after the pull ---- */

static int read_config(struct run *r, struct error *failure)
{
    const struct driver_result *driver = &r->result->driver;
    unsigned char digest[CONFIG_DIGEST_BYTES];
    const struct config_reader *reader = NULL;
    int rc = rules_config(r->c, driver->platform, &reader, failure);
    if (rc == RC_OK)
        rc = config_reader_read(reader, driver->parts, driver->part_count, &r->config, failure);
    if (rc)
        return rc;
    config_digest(r->config, digest);
    sodium_bin2hex(r->digest, sizeof r->digest, digest, sizeof digest);
    return RC_OK;
}

static struct store_part *list_parts(const struct driver_result *driver)
{
    struct store_part *parts = calloc(driver->part_count + 1, sizeof *parts);
    for (size_t i = 0; parts && i < driver->part_count; i++)
        parts[i] = (struct store_part){driver->parts[i].name, buf_str(&driver->parts[i].text)};
    return parts;
}

static bool is_same_platform(const struct run *r)
{
    return r->known.version.number &&
           strcmp(r->known.version.platform, r->result->driver.platform->name) == 0;
}

/* To the byte: the usual case, and by far the cheapest to see. */
static int is_same_text(struct run *r, bool *same, struct error *err)
{
    const struct driver_result *driver = &r->result->driver;
    *same = false;
    if (!is_same_platform(r))
        return RC_OK;
    struct store_part *parts = list_parts(driver);
    int rc = parts ? store_same_parts(r->c->setup.store, r->device->name, r->known.version.number,
                         parts, driver->part_count, same, err)
                   : error_set(err, RC_NO_MEMORY, "no memory to compare a config");
    free(parts);
    return rc;
}

static bool is_same_config(const struct run *r)
{
    return is_same_platform(r) && strcmp(r->known.version.digest, r->digest) == 0;
}

static int read_access(struct run *r, struct error *failure)
{
    const struct collect_setup *s = &r->c->setup;
    return access_build(
        s->ctx, r->result->driver.platform, r->result->draft, s->key, &r->tree, failure);
}

static struct store_collection start_record(const struct run *r)
{
    const struct platform *platform = r->result->driver.platform;
    const char *name = platform ? platform->name : NULL;
    const struct collect_past *past = r->collection->past;
    if (!name && r->device->platform)
        name = r->device->platform->name;
    return (struct store_collection){.history = past != NULL,
        .created_us = past ? past->at_us : 0,
        .imported_json = past ? past->imported_json : NULL,
        .device = r->device->name,
        .address = r->device->address,
        .platform = name ? name : r->known.version.platform,
        .started_us = r->collection->started_us,
        .ended_us = r->ended_us,
        .previous = r->known.version.number};
}

/* Events as documents and sinks, then the one transaction. */
static int write_record(struct run *r, struct store_collection *record, const char *state,
    struct redactor *redactor, struct error *err)
{
    const struct settings *settings = r->c->setup.settings;
    struct arena memory = {0};
    const struct collect_past *past = r->collection->past;
    size_t count = r->events.count, sinks = past ? 0 : settings->sink_count;
    struct store_event *events = arena_take(&memory, (count + 1) * sizeof *events);
    const char **names = arena_take(&memory, (sinks + 1) * sizeof *names);
    int *minimum = arena_take(&memory, (sinks + 1) * sizeof *minimum);
    uint32_t current = r->known.version.number;
    const struct actor *actor = r->collection->actor.source ? &r->collection->actor : NULL;
    struct event_origin origin = {.device = r->device->name,
        .version = record->new_version ? current + 1 : current,
        .previous = record->new_version ? current : 0,
        .state = state,
        .seen_us = r->ended_us,
        .author = record->author,
        .redactor = redactor};
    int rc = events && names && minimum ? events_name_device(&r->events, r->device->name, err)
                                        : error_set(err, RC_NO_MEMORY, "no memory for events");
    for (size_t i = 0; rc == RC_OK && i < sinks; i++) {
        names[i] = settings->sinks[i].name;
        minimum[i] = settings->sinks[i].minimum;
    }
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        const struct event *e = &r->events.at[i];
        char id[EVENT_ID_SIZE];
        origin.actor = i >= r->changes_from && i < r->changes_to ? actor : NULL;
        events[i] = (struct store_event){arena_dup(&memory, str_of(event_id(e, &origin, id))),
            e->event, e->severity, e->subject, e->path, event_document(e, &origin)};
        if (!events[i].id || !events[i].json)
            rc = error_set(err, RC_NO_MEMORY, "no memory for events");
        if (e->severity > r->report->worst_severity)
            r->report->worst_severity = e->severity;
    }
    record->events = events;
    record->event_count = r->report->event_count = count;
    record->sinks = names;
    record->sink_minimum = minimum;
    record->sink_count = sinks;
    if (rc == RC_OK)
        rc = store_collect(r->c->setup.store, record, &r->report->version, err);
    for (size_t i = 0; events && i < count; i++)
        free((char *)(uintptr_t)events[i].json);
    arena_free(&memory);
    return rc;
}

static int record_failure(struct run *r, struct error *err)
{
    char message[1100], since[TIME_TEXT_SIZE];
    const struct error *failure = &r->result->failure;
    struct store_collection record = start_record(r);
    record.failure = rc_name(failure->code);
    record.message = error_line(failure, message, sizeof message);
    r->report->failure = *failure;
    if (r->collection->past)
        return RC_OK;
    int rc = find_failure(r, err);
    time_format(r->known.last_success_us, since);
    return rc ? rc : write_record(r, &record, since, NULL, err);
}

/* For the lines of both versions, as far as they were read. */
static int open_redactor(struct run *r, struct redactor **out, struct error *err)
{
    const struct driver_result *driver = &r->result->driver;
    const struct reader *reader = NULL;
    int rc = rules_access(r->c, driver->platform, &reader, err);
    return rc ? rc : redactor_new(reader, r->c->setup.key, &r->known.parts, driver, out, err);
}

static int record_unchanged(struct run *r, struct error *err)
{
    char started[TIME_TEXT_SIZE];
    struct store_collection record = start_record(r);
    struct redactor *redactor = NULL;
    r->report->accounts = r->known.accounts;
    r->report->admins = r->known.admins;
    int rc = find_recovery(r, err);
    if (rc == RC_OK)
        rc = find_copies(r, false, err);
    if (rc == RC_OK && r->events.count && r->result->driver.platform)
        rc = open_redactor(r, &redactor, err);
    time_format(r->collection->started_us, started);
    if (rc == RC_OK)
        rc = write_record(r, &record, started, redactor, err);
    redactor_free(redactor);
    return rc;
}

static int record_version(struct run *r, struct error *err)
{
    const struct driver_result *driver = &r->result->driver;
    struct redactor *redactor = NULL;
    struct accounts accounts = {0};
    struct buf json = {0};
    struct store_collection record = start_record(r);
    struct store_part *parts = list_parts(driver);
    int rc = parts ? RC_OK : error_set(err, RC_NO_MEMORY, "no memory for a version");
    if (rc == RC_OK)
        rc = find_changes(r, err);
    if (rc == RC_OK)
        rc = find_recovery(r, err);
    if (rc == RC_OK)
        rc = find_copies(r, true, err);
    if (rc == RC_OK)
        rc = open_redactor(r, &redactor, err);
    if (rc == RC_OK)
        rc = access_print(r->tree, true, &json, err);
    if (rc == RC_OK)
        rc = accounts_from_tree(r->tree, &accounts);
    record.new_version = true;
    record.digest = r->digest;
    record.author = draft_author(r->result->draft);
    if (!record.author)
        record.author = r->collection->actor.user;
    if (!record.author)
        record.author = driver->author;
    record.changed_us = driver->changed_us;
    record.parts = parts;
    record.part_count = driver->part_count;
    record.access_json = buf_text(&json);
    record.accounts = accounts.at;
    record.account_count = r->report->accounts = accounts.count;
    r->report->admins = accounts.admins;
    r->report->new_version = true;
    r->report->first = r->known.version.number == 0;
    if (rc == RC_OK)
        rc = write_record(r, &record, r->digest, redactor, err);
    redactor_free(redactor);
    accounts_free(&accounts);
    buf_free(&json);
    free(parts);
    return rc;
}

static void run_clear(struct run *r)
{
    known_free(&r->known);
    events_free(&r->events);
    config_free(r->config);
    lyd_free_all(r->tree);
}

/* The guided tour: from what a collector sent to what the store keeps. */
static int run_once(struct run *r, struct error *err)
{
    const struct collect_setup *s = &r->c->setup;
    struct error *failure = &r->result->failure;
    bool unchanged = false;
    *r->report = (struct collect_report){.dialogue_us = r->result->driver.dialogue_us};
    const struct collect_past *past = r->collection->past;
    r->ended_us = past ? past->at_us : clock_now_us(s->clock);
    int rc = known_load(&r->known, s->store, r->device->name, err);
    if (rc)
        return rc;
    if (failure->code == RC_OK)
        check_whole(r, failure);
    unchanged = failure->code == RC_OK && r->result->driver.unchanged;
    if (failure->code == RC_OK && !unchanged)
        explain_data(r->collection, &r->result->driver, failure);
    if (failure->code == RC_OK && !unchanged)
        rc = is_same_text(r, &unchanged, err);
    if (rc)
        return rc;
    if (failure->code == RC_OK && !unchanged)
        read_config(r, failure);
    if (failure->code == RC_OK && !unchanged)
        unchanged = is_same_config(r);
    if (failure->code == RC_OK && !unchanged)
        read_access(r, failure);
    if (failure->code == RC_OK && !unchanged)
        rc = known_load_tree(r, err);
    if (rc == RC_OK && failure->code == RC_OK && !unchanged)
        rc = known_load_parts(&r->known, s->store, r->device->name, err);
    if (rc)
        return rc;
    if (failure->code == RC_OK && !unchanged && !(past && past->believed))
        r->report->soon = check_shrunken(r, failure) != RC_OK;
    if (failure->code == RC_OK)
        rc = find_new_pins(r, err);
    if (rc)
        return rc;
    return failure->code ? record_failure(r, err)
           : unchanged   ? record_unchanged(r, err)
                         : record_version(r, err);
}

int collect_end(struct collection *collection, struct result *result, struct collect_report *report,
    struct error *err)
{
    int rc = RC_BUSY;
    for (int i = 0; rc == RC_BUSY && i < MOST_COMPARISONS; i++) {
        struct run run = {.c = collection->c,
            .collection = collection,
            .device = collection->device,
            .result = result,
            .report = report};
        rc = run_once(&run, err);
        if (rc == RC_OK && report->failure.code == RC_OK)
            keep_copies(&run);
        run_clear(&run);
    }
    if (rc == RC_OK && report->failure.code == RC_OK && result->driver.mark)
        file_marks_put(
            &collection->c->marks, collection->device->name, report->version, result->driver.mark);
    if (rc && err)
        report->failure = *err;
    else if (rc)
        error_set(&report->failure, rc, "%s", rc_name(rc));
    result_free(result);
    collection_free(collection);
    return rc;
}

/* ---- what happened before ---- */

int collect_hold(
    struct collect *c, const struct device *device, unsigned seconds, struct error *err)
{
    return store_lease_take(c->setup.store, device->name, c->holder, seconds, err);
}

void collect_release(struct collect *c, const struct device *device)
{
    store_lease_drop(c->setup.store, device->name, c->holder, NULL);
}

int collect_replay(struct collect *c, const struct device *device, const struct collect_past *past,
    struct result *result, struct collect_report *report, struct error *err)
{
    struct driver_hop hop = {.name = device->name, .address = device->address};
    struct collection *collection = calloc(1, sizeof *collection);
    if (!collection) {
        result_free(result);
        return error_set(err, RC_NO_MEMORY, "no memory for a collection");
    }
    *collection =
        (struct collection){.c = c, .device = device, .started_us = past->at_us, .past = past};
    collection->job.job = (struct driver_job){.protocol = DRIVER_FILE,
        .hops = &hop,
        .hop_count = 1,
        .platform = device->platform,
        .max_bytes = device->max_bytes};
    return collect_end(collection, result, report, err);
}

int collect_device(struct collect *c, const struct device *device, collect_pull *pull, void *ctx,
    struct collect_report *report, struct error *err)
{
    struct collection *collection = NULL;
    struct result *result = calloc(1, sizeof *result);
    if (!result)
        return error_set(err, RC_NO_MEMORY, "no memory for a collection");
    int rc = collect_begin(c, device, &collection, err);
    if (rc) {
        *report = (struct collect_report){0};
        if (err)
            report->failure = *err;
        free(result);
        return rc;
    }
    pull(ctx, collection_job(collection), result);
    return collect_end(collection, result, report, err);
}
