/* rooms: watch collect base */
#include "test.h"

#include <stdio.h>

#include "collect/learn.h"
#include "watch/fleet.h"
#include "watch_fakes.h"

/* ---- collect/, as a book of what it was asked ---- */

struct collect {
    int busy_times;  /* how often "busy" is busy */
    int store_fails; /* at the end of the device "last-straw" */
    int begun, ended, dropped;
    int lessons;    /* begun */
    char book[500]; /* in which order things ended */
    char learned[100];
};

static void note(struct collect *c, const char *what, const char *whose)
{
    size_t len = strlen(c->book);
    snprintf(c->book + len, sizeof c->book - len, "%s%s ", what, whose);
}

struct collection {
    struct collect *c;
    struct driver_hop hop;
    struct driver_job job;
};

int collect_begin(
    struct collect *c, const struct device *device, struct collection **out, struct error *err)
{
    if (strcmp(device->name, "busy") == 0 && c->busy_times-- > 0)
        return error_set(err, RC_BUSY, "somebody is at it");
    if (strcmp(device->name, "no-password") == 0)
        return error_set(err, RC_SETTINGS, "no such file");
    *out = calloc(1, sizeof **out);
    (*out)->c = c;
    (*out)->hop = (struct driver_hop){.name = device->name, .address = device->name, .port = 22};
    (*out)->job = (struct driver_job){
        .hops = &(*out)->hop, .hop_count = 1, .total_ms = 60000, .max_bytes = 1000};
    c->begun++;
    return RC_OK;
}

const struct driver_job *collection_job(const struct collection *collection)
{
    return &collection->job;
}

int collect_end(struct collection *collection, struct result *result, struct collect_report *report,
    struct error *err)
{
    struct collect *c = collection->c;
    bool last_straw = strcmp(collection->hop.name, "last-straw") == 0;
    *report = (struct collect_report){.failure = result->failure};
    note(c, "", collection->hop.name);
    result_free(result);
    free(collection);
    c->ended++;
    return last_straw ? error_set(err, RC_STORE, "disk full") : RC_OK;
}

void collection_free(struct collection *collection)
{
    if (collection)
        collection->c->dropped++;
    free(collection);
}

/* "new-x-1" has the modules x and no version yet, "old-x-2" has a version. */
static char set_of(const char *device)
{
    return strncmp(device, "new-", 4) == 0 || strncmp(device, "old-", 4) == 0 ? device[4] : '\0';
}

bool collection_unlearned(
    const struct collection *collection, const struct result *result, char set[MODULES_ID_SIZE])
{
    char name = set_of(collection->hop.name);
    memset(set, 0, MODULES_ID_SIZE);
    set[0] = name;
    return name && result->failure.code == RC_OK && !strchr(collection->c->learned, name);
}

bool collection_is_first(const struct collection *collection)
{
    return *collection->hop.name == 'n';
}

int collection_extend(struct collection *collection, unsigned seconds, struct error *err)
{
    (void)collection, (void)seconds, (void)err;
    return RC_OK;
}

struct lesson {
    struct collect *c;
    struct driver_hop hop;
    struct driver_job job;
};

int lesson_begin(const struct collection *collection, const struct result *result,
    struct lesson **out, struct error *err)
{
    (void)result;
    if (set_of(collection->hop.name) == 'e')
        return error_set(err, RC_SETTINGS, "the password is gone");
    *out = calloc(1, sizeof **out);
    (*out)->c = collection->c;
    (*out)->hop = collection->hop;
    (*out)->job = collection->job;
    (*out)->job.hops = &(*out)->hop;
    (*out)->job.task = DRIVER_LEARN;
    (*out)->job.protocol = DRIVER_NETCONF;
    collection->c->lessons++;
    return RC_OK;
}

const struct driver_job *lesson_job(const struct lesson *lesson)
{
    return &lesson->job;
}

const char *lesson_device(const struct lesson *lesson)
{
    return lesson->hop.name;
}

void lesson_forget_job(struct lesson *lesson)
{
    (void)lesson;
}

int lesson_end(struct lesson *lesson, struct result *result, struct error *err)
{
    struct error why = result->failure;
    char set[2] = {set_of(lesson->hop.name), '\0'};
    note(lesson->c, why.code ? "unlearned:" : "learned:", set);
    strcat(lesson->c->learned, set); /* or not tried again */
    *err = why;
    result_free(result);
    free(lesson);
    return (int)why.code;
}

void lesson_free(struct lesson *lesson)
{
    free(lesson);
}

static int fake_pull(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    const char *what = job->hops[0].address;
    if (strcmp(what, "crash") == 0)
        abort();
    if (strcmp(what, "down") == 0)
        return error_set(err, RC_CONNECT, "no answer");
    while (strcmp(what, "hang") == 0 || (job->task && set_of(what) == 'h'))
        pause();
    if (job->task && set_of(what) == 'f')
        return error_set(err, RC_TIMEOUT, "too many modules");
    result->platform = &fake_platforms[0];
    result->parts = calloc(1, sizeof *result->parts);
    result->part_count = 1;
    result->parts[0].name = strdup("running");
    buf_add(&result->parts[0].text, what);
    return RC_OK;
}

/* ---- */

struct told {
    char lines[1000];
    volatile sig_atomic_t stop;
    size_t stop_after;
};

static void finished(void *ctx, const struct device *device, const struct collect_report *report)
{
    struct told *told = ctx;
    size_t len = strlen(told->lines);
    snprintf(told->lines + len, sizeof told->lines - len, "%s:%s ", device->name,
        rc_name(report->failure.code));
    if (told->stop_after && --told->stop_after == 0)
        told->stop = 1;
}

static int run(struct collect *c, const char *const *names, size_t count, unsigned at_once,
    struct told *told, struct fleet_tally *tally)
{
    static const struct zygote_plan plan = {.platforms = FAKE_PLATFORMS, .pull = fake_pull};
    struct device devices[20];
    const struct device *list[20];
    struct pool *pool = NULL;
    struct error err = ERROR_INIT;
    const struct fleet_listener listener = {.finished = finished, .ctx = told};
    for (size_t i = 0; i < count; i++) {
        devices[i] = (struct device){.name = names[i]};
        list[i] = &devices[i];
    }
    assert_int_equal(pool_open(&plan, &clock_system, &pool, NULL), 0);
    int rc = fleet_collect(pool, c, list, count, at_once, &listener, &told->stop, tally, &err);
    assert_int_equal(pool_running(pool), 0);
    pool_close(pool);
    assert_int_equal(c->begun, c->ended + c->dropped);
    return rc;
}

static void a_device_that_fails_is_told_and_ends_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "down", "b", "crash", "no-password", "c"};
    struct collect c = {0};
    struct told told = {0};
    struct fleet_tally tally;
    assert_int_equal(run(&c, names, COUNT(names), 1, &told, &tally), 0);
    assert_string_equal(
        told.lines, "a:ok down:connect b:ok crash:crash no-password:settings c:ok ");
    assert_int_equal(tally.done, 6);
    assert_int_equal(tally.failed, 3);
}

static void all_devices_are_read_however_many_go_at_once(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "down"};
    for (unsigned at_once = 0; at_once < 12; at_once += 3) {
        struct collect c = {0};
        struct told told = {0};
        struct fleet_tally tally;
        assert_int_equal(run(&c, names, COUNT(names), at_once, &told, &tally), 0);
        assert_int_equal(tally.done, 10);
        assert_int_equal(tally.failed, 1);
    }
}

static void a_busy_device_is_tried_again_when_all_others_are_done(void **state)
{
    (void)state;
    static const char *const names[] = {"busy", "a", "b"};
    static const struct {
        int busy_times;
        const char *told;
    } cases[] = {{1, "a:ok b:ok busy:ok "}, {2, "a:ok b:ok busy:busy "}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collect c = {.busy_times = cases[i].busy_times};
        struct told told = {0};
        struct fleet_tally tally;
        assert_int_equal(run(&c, names, COUNT(names), 1, &told, &tally), 0);
        assert_string_equal(told.lines, cases[i].told);
    }
}

static void a_store_that_fails_ends_it_all(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "last-straw", "b", "c"};
    struct collect c = {0};
    struct told told = {0};
    struct fleet_tally tally;
    assert_int_equal(run(&c, names, COUNT(names), 1, &told, &tally), RC_STORE);
    assert_string_equal(told.lines, "a:ok last-straw:ok ");
}

static void a_stop_leaves_what_runs_without_a_trace(void **state)
{
    (void)state;
    static const char *const names[] = {"hang", "a", "b", "c"};
    struct collect c = {0};
    struct told told = {.stop_after = 1};
    struct fleet_tally tally;
    assert_int_equal(run(&c, names, COUNT(names), 2, &told, &tally), RC_BUSY);
    assert_string_equal(told.lines, "a:ok ");
    assert_int_equal(c.dropped, 1);
}

static void a_first_version_waits_for_its_lesson_and_others_do_not(void **state)
{
    (void)state;
    static const struct {
        const char *names[3], *book;
        int lessons;
    } cases[] = {
        {{"new-x-1", "new-x-2", "a"}, "learned:x new-x-1 new-x-2 a ", 1},
        {{"old-x-1", "a", "old-x-2"}, "old-x-1 learned:x a old-x-2 ", 1},
        {{"new-f-1", "new-f-2", "a"}, "unlearned:f new-f-1 new-f-2 a ", 1},
        {{"new-e-1", "down", "new-e-2"}, "new-e-1 down new-e-2 ", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collect c = {0};
        struct told told = {0};
        struct fleet_tally tally;
        assert_int_equal(run(&c, cases[i].names, 3, 1, &told, &tally), 0);
        assert_string_equal(c.book, cases[i].book);
        assert_int_equal(c.lessons, cases[i].lessons);
        assert_int_equal(tally.done, 3);
    }
}

static void devices_with_the_same_modules_share_one_lesson_and_sets_take_turns(void **state)
{
    (void)state;
    static const char *const names[] = {
        "new-p-1", "new-q-1", "new-p-2", "new-r-1", "new-s-1", "new-q-2", "new-s-2", "new-p-3"};
    struct collect c = {0};
    struct told told = {0};
    struct fleet_tally tally;
    assert_int_equal(run(&c, names, COUNT(names), 8, &told, &tally), 0);
    assert_int_equal(c.ended, 8);
    assert_int_equal(tally.failed, 0);
    assert_int_equal(c.lessons, 4);
    for (size_t i = 0; i < COUNT(names); i++) {
        char learned[20];
        snprintf(learned, sizeof learned, "learned:%c ", names[i][4]);
        assert_true(strstr(c.book, learned) < strstr(c.book, names[i]));
    }
}

static void a_stop_drops_a_lesson_and_whoever_waits_for_it(void **state)
{
    (void)state;
    static const char *const names[] = {"new-h-1", "new-h-2", "a"};
    struct collect c = {0};
    struct told told = {.stop_after = 1};
    struct fleet_tally tally;
    assert_int_equal(run(&c, names, COUNT(names), 3, &told, &tally), RC_BUSY);
    assert_string_equal(c.book, "a ");
    assert_int_equal(c.dropped, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_fails_is_told_and_ends_nothing),
        cmocka_unit_test(all_devices_are_read_however_many_go_at_once),
        cmocka_unit_test(a_busy_device_is_tried_again_when_all_others_are_done),
        cmocka_unit_test(a_store_that_fails_ends_it_all),
        cmocka_unit_test(a_stop_leaves_what_runs_without_a_trace),
        cmocka_unit_test(a_first_version_waits_for_its_lesson_and_others_do_not),
        cmocka_unit_test(devices_with_the_same_modules_share_one_lesson_and_sets_take_turns),
        cmocka_unit_test(a_stop_drops_a_lesson_and_whoever_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
