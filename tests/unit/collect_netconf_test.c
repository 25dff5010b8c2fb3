/* rooms: collect access diff settings store netconf ssh syntax data drivers base */
#include "collect_fixture.h"

#include "collect/learn.h"
#include "drivers/data/data.h"
#include "drivers/netconf/cache.h"

/* ---- the cache, as one set in memory ---- */

static struct {
    char set[MODULES_ID_SIZE]; /* the set that is known */
    const char *schema;
    int found, kept; /* how often it was read and written */
    bool keep_fails;
} cache;

int schema_cache_open(
    const char *folder, const char *operators, struct schema_cache **out, struct error *err)
{
    (void)folder, (void)operators, (void)err;
    *out = (struct schema_cache *)(void *)&cache;
    return RC_OK;
}

void schema_cache_close(struct schema_cache *c)
{
    (void)c;
}

bool schema_cache_has(const struct schema_cache *c, struct str modules)
{
    char set[MODULES_ID_SIZE];
    (void)c;
    modules_id(modules, set);
    return strcmp(set, cache.set) == 0;
}

int schema_cache_find(const struct schema_cache *c, struct str modules, struct buf *schema,
    struct buf *notes, struct error *err)
{
    (void)notes;
    if (!schema_cache_has(c, modules))
        return error_set(err, RC_NOT_FOUND, "not learned yet");
    cache.found++;
    return buf_add(schema, cache.schema);
}

int schema_cache_have(const struct schema_cache *c, struct str modules, struct part **out,
    size_t *count, struct error *err)
{
    (void)c, (void)modules, (void)err;
    *out = calloc(1, sizeof **out);
    *count = 1;
    (*out)->name = strdup("types@2020-01-01.yang");
    buf_add(&(*out)->text, "module types {}");
    return RC_OK;
}

int schema_cache_keep(struct schema_cache *c, struct str modules, const struct part *parts,
    size_t count, struct error *err)
{
    (void)c;
    if (cache.keep_fails)
        return error_set(err, RC_IO, "disk full");
    cache.kept++;
    for (size_t i = 0; i < count; i++)
        if (strcmp(parts[i].name, "schema") == 0)
            cache.schema =
                "module ietf-system urn:ietf:params:xml:ns:yang:ietf-system\nmodule m urn:m\n"
                "/ietf-system:system container\n/ietf-system:system/authentication container\n"
                "/ietf-system:system/authentication/user list key name\n"
                "/ietf-system:system/authentication/user/name leaf string\n"
                "/m:top container\n/m:top/entry list key id ordered\n/m:top/entry/id leaf string\n"
                "/m:top/mode leaf string default quiet\n";
    modules_id(modules, cache.set);
    return RC_OK;
}

/* ---- a device ---- */

#define SYSTEM                                                                                     \
    "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\">\n"                                 \
    "  <authentication>\n    <user>\n      <name>alice</name>\n    </user>\n"                      \
    "  </authentication>\n</system>\n"
#define BOB "    <user>\n      <name>bob</name>\n    </user>\n"
#define TOP(x) "<top xmlns=\"urn:m\">\n" x "</top>\n"
#define A "  <entry>\n    <id>a</id>\n  </entry>\n"
#define B "  <entry>\n    <id>b</id>\n  </entry>\n"
#define MODULES "# announced 1\nmodule ietf-system 2014-08-06 -\nmodule m 2024-01-01 urn:m\n"
#define UPGRADED                                                                                   \
    "# announced 2\nmodule ietf-system 2014-08-06 -\nmodule m 2024-06-01 urn:m\n"                  \
    "module n - urn:n\n"

struct world {
    struct fixture *f;
    struct reader *reader;
    const char *running, *modules;
    struct result *result; /* of the last pull */
    struct collection *collection;
};

static void add_part(struct driver_result *driver, const char *name, const char *text)
{
    struct part *part = &driver->parts[driver->part_count++];
    part->name = strdup(name);
    buf_add(&part->text, text);
}

static void pull(struct world *w)
{
    struct fixture *f = w->f;
    f->now_us += 60 * SECOND;
    must(f, collect_begin(f->collect, &f->device, &w->collection, &f->err));
    const struct driver_job *job = collection_job(w->collection);
    assert_int_equal(job->protocol, DRIVER_NETCONF);
    w->result = calloc(1, sizeof *w->result);
    struct driver_result *driver = &w->result->driver;
    driver->platform = f->device.platform;
    driver->parts = calloc(2, sizeof *driver->parts);
    add_part(driver, "running", w->running);
    add_part(driver, "modules", w->modules);
    driver->host_keys = calloc(1, sizeof *driver->host_keys);
    driver->host_key_count = 1;
    driver->host_keys[0] = (struct driver_host_key){.hop = strdup("edge-1"),
        .algorithm = strdup("ssh-ed25519"),
        .base64 = strdup("AAAA"),
        .fingerprint = strdup("SHA256:abc")};
    must(f, draft_read(w->reader, driver->parts, 2, &w->result->draft, &f->err));
}

static void end(struct world *w)
{
    struct fixture *f = w->f;
    must(f, collect_end(w->collection, w->result, &f->report, &f->err));
    if (f->report.failure.code)
        fail_msg("%s", f->report.failure.text);
    buf_clear(&f->json);
    must(f, store_events(f->store, &(struct store_event_query){.since_us = f->now_us, .limit = 20},
                keep_event, f, &f->err));
    fixture_name_events(f);
}

static void read_device(struct world *w, const char *running, const char *modules)
{
    w->running = running;
    w->modules = modules;
    pull(w);
    end(w);
}

/* A lesson for the pull at hand, that ends well or with `code`. */
static void learn(struct world *w, enum rc code)
{
    struct lesson *lesson = NULL;
    struct result *result = calloc(1, sizeof *result);
    must(w->f, lesson_begin(w->collection, w->result, &lesson, &w->f->err));
    const struct driver_job *job = lesson_job(lesson);
    assert_int_equal(job->task, DRIVER_LEARN);
    assert_ptr_equal(job->platform, w->f->device.platform);
    assert_string_equal(job->netconf.modules, w->modules);
    assert_int_equal(job->netconf.have_count, 1);
    assert_string_equal(job->netconf.have[0].name, "types@2020-01-01.yang");
    /* whoever was pulled from has to be the one that teaches */
    assert_int_equal(job->host_key_policy, HOST_KEY_PINNED);
    assert_string_equal(job->hops[0].host_keys, "ssh-ed25519 AAAA\n");
    lesson_forget_job(lesson);
    assert_string_equal(lesson_device(lesson), "edge-1");
    result->failure.code = code;
    result->driver.parts = calloc(1, sizeof *result->driver.parts);
    if (!code)
        add_part(&result->driver, "schema", "");
    assert_int_equal(lesson_end(lesson, result, NULL), cache.keep_fails ? RC_IO : code);
}

static bool unlearned(const struct world *w)
{
    char set[MODULES_ID_SIZE];
    return collection_unlearned(w->collection, w->result, set);
}

static void stored(struct world *w, struct buf *running)
{
    must(w->f, store_read_part(w->f->store, "edge-1", 0, "running", running, &w->f->err));
}

static struct world *enter(void **state)
{
    struct fixture *f = *state;
    static struct world w;
    static char schemas[96];
    memset(&cache, 0, sizeof cache);
    w = (struct world){.f = f, .running = SYSTEM TOP(A B), .modules = MODULES};
    f->device.platform = platforms_find(f->platforms, "netconf");
    f->device.protocol = DRIVER_NETCONF;
    f->device.netconf.datastore = "running";
    snprintf(schemas, sizeof schemas, "%s/schemas", f->folder);
    f->settings.schemas = schemas;
    const struct collect_setup setup = fixture_setup(f);
    collect_reload(f->collect, &setup);
    must(f, reader_new(f->device.platform, &w.reader, &f->err));
    return &w;
}

static void leave(struct world *w)
{
    char path[200];
    reader_free(w->reader);
    snprintf(path, sizeof path, "rm -rf %s/schemas", w->f->folder);
    assert_int_equal(system(path), 0);
}

static void a_first_version_that_learned_is_explained(void **state)
{
    struct world *w = enter(state);
    struct buf running = {0};
    pull(w);
    assert_true(collection_is_first(w->collection) && unlearned(w));
    learn(w, RC_OK);
    assert_false(unlearned(w));
    end(w);
    assert_true(w->f->report.first);
    assert_string_equal(w->f->events, "");
    stored(w, &running);
    assert_true(str_starts(buf_str(&running), SYSTEM));
    struct str annotation = data_annotation(buf_str(&running));
    assert_non_null(memmem(annotation.at, annotation.len, "/m:top/entry list key id ordered", 32));
    buf_free(&running);
    leave(w);
}

static void an_unchanged_device_needs_no_schema(void **state)
{
    struct world *w = enter(state);
    pull(w);
    learn(w, RC_OK);
    end(w);
    assert_int_equal(cache.found, 1);
    read_device(w, SYSTEM TOP(A B), MODULES);
    assert_false(w->f->report.new_version);
    /* nor does another one that is like it, once it is read */
    read_device(w, SYSTEM TOP(B A), MODULES);
    assert_true(w->f->report.new_version);
    assert_int_equal(cache.found, 1);
    assert_string_equal(w->f->events, "config-changed()");
    leave(w);
}

static void what_cannot_be_learned_is_read_all_the_same_and_let_alone_for_a_day(void **state)
{
    struct world *w = enter(state);
    struct buf running = {0};
    pull(w);
    learn(w, RC_TIMEOUT);
    assert_false(unlearned(w));
    end(w);
    stored(w, &running);
    assert_int_equal(data_annotation(buf_str(&running)).len, 0);
    assert_int_equal(w->f->report.version, 1);
    buf_free(&running);

    w->f->now_us += 23 * 3600 * SECOND;
    pull(w);
    assert_false(collection_is_first(w->collection) || unlearned(w));
    end(w);
    w->f->now_us += 3600 * SECOND;
    pull(w);
    assert_true(unlearned(w));
    cache.keep_fails = true;
    learn(w, RC_OK);
    assert_false(unlearned(w));
    end(w);
    leave(w);
}

static void a_schema_learned_later_is_no_change(void **state)
{
    struct world *w = enter(state);
    read_device(w, SYSTEM TOP(A B "  <mode>quiet</mode>\n"), MODULES);
    pull(w);
    assert_true(unlearned(w));
    learn(w, RC_OK);
    end(w);
    assert_string_equal(w->f->events, "");
    read_device(w, SYSTEM TOP(A B), MODULES); /* the default, said or not */
    assert_string_equal(w->f->events, "");
    leave(w);
}

static void an_upgrade_is_an_event_of_its_own_and_keeps_the_old_explanation(void **state)
{
    struct world *w = enter(state);
    struct buf running = {0};
    pull(w);
    learn(w, RC_OK);
    end(w);
    w->f->actor = (struct actor){"bob", NULL, "netconf"};
    read_device(w, SYSTEM TOP(A B), UPGRADED);
    assert_string_equal(w->f->events, "modules-changed(1 added, 0 removed, 1 changed)");
    json_t *event = json_loads(buf_text(&w->f->json), JSON_DISABLE_EOF_CHECK, NULL);
    assert_string_equal(json_string_value(json_object_get(event, "before")), "m@2024-01-01");
    assert_string_equal(json_string_value(json_object_get(event, "after")), "m@2024-06-01 n@-");
    assert_int_equal(json_array_size(json_object_get(event, "evidence")), 3);
    json_decref(event);
    stored(w, &running);
    assert_true(data_annotation(buf_str(&running)).len > 0);
    buf_free(&running);
    leave(w);
}

static void only_netconf_devices_that_we_connect_to_are_learned_from(void **state)
{
    static const char *const callers[] = {"192.0.2.1", NULL};
    struct world *w = enter(state);
    pull(w);
    assert_true(unlearned(w));
    w->result->failure.code = RC_TIMEOUT;
    assert_false(unlearned(w));
    w->result->failure.code = RC_OK;
    w->f->device.netconf.call_home = callers;
    assert_false(unlearned(w));
    w->f->device.netconf.call_home = NULL;
    w->f->device.protocol = DRIVER_SSH;
    assert_false(unlearned(w));
    w->f->device.protocol = DRIVER_NETCONF;
    end(w);
    leave(w);
}

static void an_account_of_data_is_an_event_with_its_line(void **state)
{
    struct world *w = enter(state);
    pull(w);
    learn(w, RC_OK);
    end(w);
    assert_int_equal(w->f->report.accounts, 1);
    read_device(w,
        "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\">\n  <authentication>\n" BOB
        "    <user>\n      <name>alice</name>\n    </user>\n  </authentication>\n</system>\n" TOP(
            A B),
        MODULES);
    assert_string_equal(w->f->events, "account-created(bob)");
    json_t *event = json_loads(buf_text(&w->f->json), JSON_DISABLE_EOF_CHECK, NULL);
    json_t *evidence = json_array_get(json_object_get(event, "evidence"), 0);
    assert_int_equal(json_integer_value(json_object_get(evidence, "line")), 3);
    json_decref(event);
    leave(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COLLECT_TEST(a_first_version_that_learned_is_explained),
        COLLECT_TEST(an_unchanged_device_needs_no_schema),
        COLLECT_TEST(what_cannot_be_learned_is_read_all_the_same_and_let_alone_for_a_day),
        COLLECT_TEST(a_schema_learned_later_is_no_change),
        COLLECT_TEST(an_upgrade_is_an_event_of_its_own_and_keeps_the_old_explanation),
        COLLECT_TEST(only_netconf_devices_that_we_connect_to_are_learned_from),
        COLLECT_TEST(an_account_of_data_is_an_event_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
