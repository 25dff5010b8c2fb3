/* A store, the real models, platforms and catalogue, a clock that tests turn, and a router whose
 * config is a string. */
#ifndef ROLLCALL_COLLECT_FIXTURE_H
#define ROLLCALL_COLLECT_FIXTURE_H

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/yang.h"
#include "collect/collect.h"
#include "store_keys.h"

#define SECOND 1000000LL

struct fixture {
    char folder[64], path[96];
    int64_t now_us;
    struct clock clock;
    struct ly_ctx *ctx;
    struct platforms *platforms;
    struct meaning *meaning;
    struct reader *reader;
    struct store *store;
    struct collect *collect;
    struct settings settings;
    struct device device;
    struct collect_report report;
    struct error err;
    /* what the next pull gives */
    const char *config;
    const char *startup; /* NULL: without that part */
    struct error failure;
    struct driver_host_key key; /* hop NULL: none */
    struct actor actor;         /* who is said to have changed it; source NULL: nobody */
    char events[1000];          /* of the last run, "account-created(bob) config-changed()" */
    struct buf json;            /* their documents, one a line */
};

static const unsigned char fixture_key[FINGERPRINT_KEY_BYTES] = {7};
static const struct credential fixture_credential = {.name = "c", .user = "rollcall"};

static inline int64_t fixture_now(void *ctx)
{
    return ((struct fixture *)ctx)->now_us;
}

static inline void must(struct fixture *f, int rc)
{
    if (rc)
        fail_msg("%s: %s%s%s", rc_name((enum rc)rc), f->err.place, *f->err.place ? ": " : "",
            f->err.text);
}

static inline struct collect_setup fixture_setup(struct fixture *f)
{
    return (struct collect_setup){.ctx = f->ctx,
        .settings = &f->settings,
        .meaning = f->meaning,
        .key = fixture_key,
        .store = f->store,
        .clock = &f->clock};
}

static inline int fixture_set_up(void **state)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-settings", "rollcall-platform", NULL};
    const struct embedded *catalogue = embedded_find("models/catalogue.yaml");
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    f->now_us = 1750000000 * SECOND;
    f->clock = (struct clock){fixture_now, fixture_now, f};
    f->settings.unsaved_after_us = 3600 * SECOND;
    snprintf(f->folder, sizeof f->folder, "/tmp/rollcall-collect-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/store", f->folder);
    must(f, yang_context(modules, &f->ctx, &f->err));
    must(f, platforms_load(f->ctx, NULL, &f->platforms, &f->err));
    must(f, meaning_new(f->ctx, "catalogue", (struct str){catalogue->data, catalogue->len},
                &f->meaning, &f->err));
    must(f, reader_new(platforms_find(f->platforms, "ios"), &f->reader, &f->err));
    must(f, store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err));
    f->device = (struct device){.name = "edge-1",
        .address = "192.0.2.1",
        .port = 22,
        .platform = platforms_find(f->platforms, "ios"),
        .credential = &fixture_credential,
        .host_key_policy = HOST_KEY_FIRST_USE,
        .total_ms = 60000,
        .max_bytes = 1 << 20};
    const struct collect_setup setup = fixture_setup(f);
    must(f, collect_open(&setup, &f->collect, &f->err));
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    collect_close(f->collect);
    store_close(f->store);
    reader_free(f->reader);
    meaning_free(f->meaning);
    platforms_free(f->platforms);
    ly_ctx_destroy(f->ctx);
    buf_free(&f->json);
    DIR *folder = opendir(f->folder);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(f->folder);
    free(f);
    return 0;
}

static inline char *text_dup(const char *text)
{
    return text ? strdup(text) : NULL;
}

static inline void fixture_pull(void *ctx, const struct driver_job *job, struct result *result)
{
    struct fixture *f = ctx;
    struct driver_result *driver = &result->driver;
    assert_string_equal(job->hops[job->hop_count - 1].name, "edge-1");
    if (f->key.hop) {
        driver->host_keys = calloc(1, sizeof *driver->host_keys);
        driver->host_key_count = 1;
        driver->host_keys[0] = f->key;
        driver->host_keys[0].hop = text_dup(f->key.hop);
        driver->host_keys[0].algorithm = text_dup(f->key.algorithm);
        driver->host_keys[0].base64 = text_dup(f->key.base64);
        driver->host_keys[0].fingerprint = text_dup(f->key.fingerprint);
    }
    result->failure = f->failure;
    if (f->failure.code)
        return;
    driver->platform = job->platform;
    driver->parts = calloc(2, sizeof *driver->parts);
    driver->part_count = f->startup ? 2 : 1;
    driver->parts[0].name = strdup("running");
    buf_add(&driver->parts[0].text, f->config);
    if (f->startup) {
        driver->parts[1].name = strdup("startup");
        buf_add(&driver->parts[1].text, f->startup);
    }
    must(f, draft_read(f->reader, driver->parts, driver->part_count, &result->draft, &f->err));
}

static inline int keep_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct fixture *f = ctx;
    (void)seen_us, (void)device;
    buf_add(&f->json, json);
    buf_add_char(&f->json, '\n');
    return 0;
}

static inline int by_word(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "event(subject)" of each, sorted. */
static inline void fixture_name_events(struct fixture *f)
{
    char names[20][200];
    const char *order[20];
    size_t count = 0;
    struct str rest = buf_str(&f->json), line;
    while (count < 20 && str_next_line(&rest, &line)) {
        json_t *json = json_loadb(line.at, line.len, 0, NULL);
        snprintf(names[count], sizeof names[count], "%s(%s)",
            json_string_value(json_object_get(json, "event")),
            json_string_value(json_object_get(json, "subject")));
        order[count] = names[count];
        json_decref(json);
        count++;
    }
    qsort(order, count, sizeof *order, by_word);
    *f->events = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(f->events);
        snprintf(f->events + len, sizeof f->events - len, "%s%s", i ? " " : "", order[i]);
    }
}

/* What collect_device() does, for somebody who knows who changed the device. */
static inline void collect_told(struct fixture *f)
{
    struct collection *collection = NULL;
    struct result *result = calloc(1, sizeof *result);
    must(f, collect_begin(f->collect, &f->device, &collection, &f->err));
    must(f, collection_set_actor(collection, &f->actor));
    fixture_pull(f, collection_job(collection), result);
    must(f, collect_end(collection, result, &f->report, &f->err));
}

/* A minute passes, the device is read. */
static inline void collect_now(struct fixture *f)
{
    f->now_us += 60 * SECOND;
    if (f->actor.source)
        collect_told(f);
    else
        must(f, collect_device(f->collect, &f->device, fixture_pull, f, &f->report, &f->err));
    buf_clear(&f->json);
    must(f, store_events(f->store, &(struct store_event_query){.since_us = f->now_us, .limit = 20},
                keep_event, f, &f->err));
    fixture_name_events(f);
}

/* The device answers with this config. */
static inline void read_config(struct fixture *f, const char *config)
{
    f->failure = (struct error)ERROR_INIT;
    f->config = config;
    collect_now(f);
    if (f->report.failure.code)
        fail_msg("%s", f->report.failure.text);
}

/* The pull fails. */
static inline void fail_pull(struct fixture *f, enum rc code)
{
    f->failure = (struct error){.code = code, .text = "it failed"};
    collect_now(f);
    assert_int_equal(f->report.failure.code, code);
}

#define COLLECT_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

#endif
