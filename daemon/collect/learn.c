#include "collect/learn.h"

#include <stdlib.h>

#include "base/io.h"
#include "collect/run.h"

/* A set that could not be learned is let alone for so long. */
#define PATIENCE_US ((int64_t)86400 * 1000000)
/* What is enough for hundreds of modules, whatever a config may take. */
#define LEARN_MS 600000
#define LEARN_BYTES ((size_t)128 << 20)

struct lesson {
    struct collect *c;
    char *device;
    char set[MODULES_ID_SIZE];
    struct buf modules;
    struct job_kit kit;
    struct part *have;
    size_t have_count;
};

/* ---- whether ---- */

static const char *failure_file(const struct collect *c, const char *set, char *out, size_t size)
{
    snprintf(out, size, "%s/sets/%s.failed", c->setup.settings->schemas, set);
    return out;
}

/* Kept beside the schemas, since the next collection may be another process's. */
static bool failed_lately(const struct collect *c, const char *set)
{
    char path[4200];
    struct buf text = {.cap = 4096};
    struct str rest, since;
    char when[TIME_TEXT_SIZE];
    int64_t since_us = 0, now_us = clock_now_us(c->setup.clock);
    int rc = io_read_file(failure_file(c, set, path, sizeof path), &text, NULL);
    rest = buf_str(&text);
    bool found = rc == RC_OK && str_next_word(&rest, &since) && since.len < sizeof when;
    if (found) {
        memcpy(when, since.at, since.len);
        when[since.len] = '\0';
        found = time_parse(when, now_us, &since_us, NULL) == RC_OK;
    }
    buf_free(&text);
    return found && since_us <= now_us && now_us - since_us < PATIENCE_US;
}

static void remember_failure(const struct collect *c, const char *set, const struct error *why)
{
    char path[4200], folder[4200], when[TIME_TEXT_SIZE], line[1100], text[1200];
    snprintf(folder, sizeof folder, "%s/sets", c->setup.settings->schemas);
    snprintf(text, sizeof text, "%s %s\n", time_format(clock_now_us(c->setup.clock), when),
        error_line(why, line, sizeof line));
    if (io_make_folders(folder, NULL) == RC_OK)
        io_write_file(failure_file(c, set, path, sizeof path), 0600, false, str_of(text), NULL);
}

bool collection_unlearned(
    const struct collection *collection, const struct result *result, char set[MODULES_ID_SIZE])
{
    const struct collect *c = collection->c;
    const struct device *device = collection->device;
    const struct part *modules = modules_part(&result->driver);
    if (result->failure.code || device->protocol != DRIVER_NETCONF || device->netconf.call_home ||
        !modules || !c->cache || schema_cache_has(c->cache, buf_str(&modules->text)))
        return false;
    modules_id(buf_str(&modules->text), set);
    return !failed_lately(c, set);
}

bool collection_is_first(const struct collection *collection)
{
    struct store_version version = {0};
    int rc =
        store_version(collection->c->setup.store, collection->device->name, 0, 0, &version, NULL);
    store_version_clear(&version);
    return rc == RC_NOT_FOUND;
}

int collection_extend(struct collection *collection, unsigned seconds, struct error *err)
{
    struct collect *c = collection->c;
    return store_lease_take(c->setup.store, collection->device->name, c->holder, seconds, err);
}

/* ---- the job ---- */

/* A key that was shown a moment ago for the first time is pinned only when the collection ends. */
static int pin_shown_keys(struct job_kit *kit, const struct driver_result *driver)
{
    for (size_t i = 0; i < driver->host_key_count; i++) {
        const struct driver_host_key *key = &driver->host_keys[i];
        for (size_t hop = 0; hop < kit->count; hop++) {
            if (kit->hops[hop].host_keys || strcmp(kit->hops[hop].name, key->hop) != 0)
                continue;
            if (buf_format(&kit->host_keys[hop], "%s %s\n", key->algorithm, key->base64))
                return RC_NO_MEMORY;
            kit->hops[hop].host_keys = buf_text(&kit->host_keys[hop]);
        }
    }
    kit->job.host_key_policy = HOST_KEY_PINNED;
    return RC_OK;
}

static int fill_lesson(struct lesson *lesson, const struct collection *collection,
    const struct result *result, struct error *err)
{
    struct driver_job *job = &lesson->kit.job;
    const struct part *modules = modules_part(&result->driver);
    lesson->c = collection->c;
    lesson->device = strdup(collection->device->name);
    if (!lesson->device || buf_add_str(&lesson->modules, buf_str(&modules->text)))
        return error_set(err, RC_NO_MEMORY, "no memory for a lesson");
    modules_id(buf_str(&lesson->modules), lesson->set);
    int rc = job_kit_fill(&lesson->kit, collection->device, lesson->c->setup.store, err);
    if (rc == RC_OK && pin_shown_keys(&lesson->kit, &result->driver))
        rc = error_set(err, RC_NO_MEMORY, "no memory for a lesson");
    if (rc == RC_OK)
        rc = schema_cache_have(
            lesson->c->cache, buf_str(&lesson->modules), &lesson->have, &lesson->have_count, err);
    job->task = DRIVER_LEARN;
    job->platform = result->driver.platform;
    job->netconf.modules = buf_text(&lesson->modules);
    job->netconf.have = lesson->have;
    job->netconf.have_count = lesson->have_count;
    if (job->total_ms < LEARN_MS)
        job->total_ms = LEARN_MS;
    if (job->max_bytes < LEARN_BYTES)
        job->max_bytes = LEARN_BYTES;
    return rc;
}

int lesson_begin(const struct collection *collection, const struct result *result,
    struct lesson **out, struct error *err)
{
    struct lesson *lesson = calloc(1, sizeof *lesson);
    int rc = lesson ? fill_lesson(lesson, collection, result, err)
                    : error_set(err, RC_NO_MEMORY, "no memory for a lesson");
    if (rc)
        lesson_free(lesson);
    else
        *out = lesson;
    return rc;
}

const struct driver_job *lesson_job(const struct lesson *lesson)
{
    return &lesson->kit.job;
}

const char *lesson_device(const struct lesson *lesson)
{
    return lesson->device;
}

void lesson_forget_job(struct lesson *lesson)
{
    job_kit_clear(&lesson->kit);
    for (size_t i = 0; i < lesson->have_count; i++) {
        free(lesson->have[i].name);
        buf_free(&lesson->have[i].text);
    }
    free(lesson->have);
    lesson->have = NULL;
    lesson->have_count = 0;
}

/* ---- what came ---- */

int lesson_end(struct lesson *lesson, struct result *result, struct error *err)
{
    struct collect *c = lesson->c;
    struct error why = result->failure;
    int rc = (int)why.code;
    if (rc == RC_OK && c->cache)
        rc = schema_cache_keep(c->cache, buf_str(&lesson->modules), result->driver.parts,
            result->driver.part_count, &why);
    if (rc) {
        remember_failure(c, lesson->set, &why);
        if (err)
            *err = why;
    }
    result_free(result);
    lesson_free(lesson);
    return rc;
}

void lesson_free(struct lesson *lesson)
{
    if (!lesson)
        return;
    lesson_forget_job(lesson);
    buf_free(&lesson->modules);
    free(lesson->device);
    free(lesson);
}
