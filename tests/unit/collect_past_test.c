/* rooms: collect access diff settings evidence store netconf ssh syntax data drivers base */
/* What happened before is stored as if it had been collected then. */
#include "collect_fixture.h"

#define THEN (1700000000 * SECOND)

static const char one[] = "hostname edge-1\nusername admin privilege 15 secret 9 $9$a$b\nend\n";
static const char two[] = "hostname edge-1\nusername admin privilege 15 secret 9 $9$a$b\n"
                          "username bob privilege 15 secret 9 $9$a$c\nend\n";

static void replay(struct fixture *f, const char *config, struct collect_past past)
{
    struct result *result = calloc(1, sizeof *result);
    struct driver_hop hop = {.name = "edge-1"};
    const struct driver_job job = {.hops = &hop, .hop_count = 1, .platform = f->device.platform};
    f->config = config;
    fixture_pull(f, &job, result);
    must(f, collect_replay(f->collect, &f->device, &past, result, &f->report, &f->err));
}

static int count_message(void *ctx, const struct store_message *message)
{
    (void)message;
    ++*(size_t *)ctx;
    return 0;
}

static void past_versions_have_their_own_times_and_alert_nobody(void **state)
{
    struct fixture *f = *state;
    const struct sink_settings sink = {.name = "noc"};
    struct store_version version;
    size_t waiting = 0;
    f->settings.sinks = &sink;
    f->settings.sink_count = 1;
    must(f, collect_hold(f->collect, &f->device, 60, &f->err));
    replay(f, one, (struct collect_past){.at_us = THEN});
    assert_true(f->report.new_version);
    replay(f, two, (struct collect_past){.at_us = THEN + 5});
    assert_int_equal(f->report.version, 2);
    collect_release(f->collect, &f->device);
    must(f, store_version(f->store, "edge-1", 2, 0, &version, &f->err));
    assert_int_equal(version.created_us, THEN + 5);
    store_version_clear(&version);
    must(f, store_version(f->store, "edge-1", 0, THEN + 4, &version, &f->err));
    assert_int_equal(version.number, 1);
    store_version_clear(&version);
    must(f, store_events(f->store,
                &(struct store_event_query){.since_us = THEN + 5, .until_us = THEN + 6}, keep_event,
                f, &f->err));
    fixture_name_events(f);
    assert_non_null(strstr(f->events, "account-created(bob)"));
    must(f, store_outbox_due(f->store, NULL, 0, count_message, &waiting, &f->err));
    assert_int_equal(waiting, 0);
}

static int keep_failure(void *ctx, const struct store_device *d)
{
    *(bool *)ctx = d->failure != NULL;
    return 0;
}

static void a_past_config_that_shrank_leaves_no_trace_until_it_is_believed(void **state)
{
    struct fixture *f = *state;
    struct buf large = {0};
    bool failed = true;
    buf_add(&large, "hostname edge-1\nusername admin privilege 15 secret 9 $9$a$b\n");
    for (int i = 0; i < 100; i++)
        buf_format(&large, "interface Gi0/%d\n no shutdown\n!\n", i);
    replay(f, buf_text(&large), (struct collect_past){.at_us = THEN});
    replay(f, "hostname edge-1\nend\n", (struct collect_past){.at_us = THEN + 5});
    assert_true(f->report.soon);
    assert_false(f->report.new_version);
    must(f, store_devices(f->store, "edge-1", keep_failure, &failed, &f->err));
    assert_false(failed);
    replay(f, "hostname edge-1\nend\n", (struct collect_past){.at_us = THEN + 5, .believed = true});
    assert_true(f->report.new_version);
    assert_int_equal(f->report.version, 2);
    buf_free(&large);
}

static void today_is_compared_with_the_past(void **state)
{
    struct fixture *f = *state;
    replay(f, one, (struct collect_past){.at_us = THEN});
    read_config(f, two);
    assert_int_equal(f->report.version, 2);
    assert_non_null(strstr(f->events, "account-created(bob)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COLLECT_TEST(past_versions_have_their_own_times_and_alert_nobody),
        COLLECT_TEST(a_past_config_that_shrank_leaves_no_trace_until_it_is_believed),
        COLLECT_TEST(today_is_compared_with_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
