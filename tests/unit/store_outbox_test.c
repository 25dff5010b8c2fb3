/* rooms: base store */
#include "store_fixture.h"

/* ---- events ---- */

/* {"n":N,... */
static char number_of(const char *json)
{
    return json[strlen("{\"n\":")];
}

static int note_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    return buf_format(ctx, "%c@%lld/%s ", number_of(json), (long long)(seen_us / SECOND), device);
}

static void collect_events(struct fixture *f)
{
    static const struct store_event edge[] = {
        {"e1", "account-created", 85, "bob", "/a", "{\"n\":1,\"severity\":85}"},
        {"e2", "config-changed", 20, "", "", "{\"n\":2,\"severity\":20}"}};
    static const struct store_event core[] = {
        {"e3", "account-created", 95, "eve", "/a", "{\"n\":3,\"severity\":95}"},
        {"e4", "ssh-key-added", 85, "bob", "/a", "{\"n\":4,\"severity\":85}"}};
    fixture_must(
        f, fixture_collect(f,
               &(struct sample){
                   .device = "edge", .config = "a", .events = edge, .event_count = COUNT(edge)},
               NULL));
    f->now_us += 10 * SECOND;
    fixture_must(
        f, fixture_collect(f,
               &(struct sample){
                   .device = "core", .config = "b", .events = core, .event_count = COUNT(core)},
               NULL));
}

static void events_are_chosen_by_time_device_kind_subject_and_severity(void **state)
{
    struct fixture *f = *state;
    collect_events(f);
    static const struct {
        struct store_event_query query;
        const char *expected;
    } cases[] = {
        {{0}, "4@1010/core 3@1010/core 2@1000/edge 1@1000/edge "},
        {{.limit = 3}, "4@1010/core 3@1010/core 2@1000/edge "},
        {{.since_us = 1010 * SECOND}, "4@1010/core 3@1010/core "},
        {{.since_us = 1010 * SECOND + 1}, ""},
        {{.until_us = 1010 * SECOND}, "2@1000/edge 1@1000/edge "},
        {{.device = "edge"}, "2@1000/edge 1@1000/edge "},
        {{.device = "edge", .minimum = 21}, "1@1000/edge "},
        {{.device = "edge", .event = "config-changed"}, "2@1000/edge "},
        {{.device = "none"}, ""},
        {{.event = "account-created"}, "3@1010/core 1@1000/edge "},
        {{.subject = "bob"}, "4@1010/core 1@1000/edge "},
        {{.subject = "bob", .device = "core"}, "4@1010/core "},
        {{.subject = "bob", .event = "ssh-key-added", .minimum = 85, .limit = 9}, "4@1010/core "},
        {{.minimum = 90}, "3@1010/core "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {0};
        fixture_must(f, store_events(f->store, &cases[i].query, note_event, &text, &f->err));
        assert_string_equal(buf_text(&text), cases[i].expected);
        buf_free(&text);
    }
}

/* ---- outbox ---- */

static int note_message(void *ctx, const struct store_message *m)
{
    return buf_format(
        ctx, "%lld:%s:%c:%u ", (long long)m->id, m->sink, number_of(m->json), m->tries);
}

static void expect_due(struct fixture *f, const char *sink, size_t limit, const char *expected)
{
    struct buf text = {0};
    fixture_must(f, store_outbox_due(f->store, sink, limit, note_message, &text, &f->err));
    assert_string_equal(buf_text(&text), expected);
    buf_free(&text);
}

static void messages_wait_until_they_are_delivered(void **state)
{
    struct fixture *f = *state;
    int64_t due_us = 0;
    size_t waiting = 9;
    fixture_must(f, store_outbox_next(f->store, &due_us, &waiting, &f->err));
    assert_int_equal(due_us, INT64_MAX);
    assert_int_equal(waiting, 0);

    collect_events(f);
    expect_due(
        f, NULL, 100, "1:noc:1:0 2:siem:1:0 3:siem:2:0 4:noc:3:0 5:siem:3:0 6:noc:4:0 7:siem:4:0 ");
    expect_due(f, "noc", 2, "1:noc:1:0 4:noc:3:0 ");
    expect_due(f, "other", 2, "");
    fixture_must(f, store_outbox_next(f->store, &due_us, &waiting, &f->err));
    assert_true(due_us <= f->now_us);
    assert_int_equal(waiting, 7);

    fixture_must(f, store_outbox_done(f->store, 4, &f->err));
    fixture_must(f, store_outbox_done(f->store, 4, &f->err));
    fixture_must(
        f, store_outbox_retry(f->store, 1, f->now_us + 5 * SECOND, "no route to host", &f->err));
    expect_due(f, "noc", 0, "6:noc:4:0 ");
    fixture_must(f, store_outbox_done(f->store, 6, &f->err));
    for (int64_t id = 2; id < 8; id++)
        fixture_must(f, store_outbox_done(f->store, id, &f->err));
    fixture_must(f, store_outbox_next(f->store, &due_us, NULL, &f->err));
    assert_int_equal(due_us, f->now_us + 5 * SECOND);
    expect_due(f, NULL, 0, "");
    f->now_us += 5 * SECOND;
    expect_due(f, NULL, 0, "1:noc:1:1 ");
    fixture_must(f, store_outbox_done(f->store, 1, &f->err));
    fixture_must(f, store_outbox_next(f->store, NULL, &waiting, &f->err));
    assert_int_equal(waiting, 0);
}

static void a_new_message_is_due_although_the_clock_was_set_back(void **state)
{
    struct fixture *f = *state;
    collect_events(f);
    f->now_us -= 900 * SECOND;
    expect_due(f, "noc", 0, "1:noc:1:0 4:noc:3:0 6:noc:4:0 ");
}

struct delivering {
    struct fixture *f;
    struct store *other;
    uint32_t version;
};

/* Another process writes between our reading and our writing. */
static int deliver(void *ctx, const struct store_message *m)
{
    struct delivering *d = ctx;
    struct store *mine = d->f->store;
    d->f->store = d->other;
    fixture_must(d->f,
        fixture_collect(d->f,
            &(struct sample){.device = "edge", .config = m->json, .previous = d->version++}, NULL));
    d->f->store = mine;
    fixture_must(d->f, store_outbox_done(mine, m->id, &d->f->err));
    return 0;
}

static void delivering_and_collecting_do_not_get_in_each_others_way(void **state)
{
    struct fixture *f = *state;
    collect_events(f);
    struct delivering d = {.f = f, .version = 1};
    fixture_must(f, store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &d.other, &f->err));
    fixture_must(f, store_outbox_due(f->store, NULL, 0, deliver, &d, &f->err));
    store_close(d.other);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(d.version, 8);
}

/* ---- leases ---- */

static void a_lease_has_one_holder_until_it_runs_out(void **state)
{
    struct fixture *f = *state;
    struct store *s = f->store;
    fixture_must(f, store_lease_take(s, "edge", "host:1:aa", 60, &f->err));
    fixture_must(f, store_lease_take(s, "edge", "host:1:aa", 60, &f->err));
    fixture_must(f, store_lease_take(s, "core", "host:2:bb", 60, &f->err));
    assert_int_equal(store_lease_take(s, "edge", "host:2:bb", 60, &f->err), RC_BUSY);
    assert_non_null(strstr(f->err.text, "host:1:aa"));
    assert_int_equal(store_lease_drop(s, "edge", "host:2:bb", &f->err), RC_BUSY);
    f->now_us += 60 * SECOND - 1;
    assert_int_equal(store_lease_take(s, "edge", "host:2:bb", 60, &f->err), RC_BUSY);
    f->now_us += 1;
    fixture_must(f, store_lease_take(s, "edge", "host:2:bb", 60, &f->err));
    assert_int_equal(store_lease_drop(s, "edge", "host:1:aa", &f->err), RC_BUSY);
    fixture_must(f, store_lease_drop(s, "edge", "host:2:bb", &f->err));
    fixture_must(f, store_lease_drop(s, "edge", "host:2:bb", &f->err));
    fixture_must(f, store_lease_take(s, "edge", "host:1:aa", 1, &f->err));
}

static void a_lease_from_a_clock_that_was_wrong_does_not_block_for_ever(void **state)
{
    struct fixture *f = *state;
    f->now_us += 10LL * 86400 * SECOND;
    fixture_must(f, store_lease_take(f->store, "edge", "host:1:aa", 4000000000U, &f->err));
    f->now_us -= 10LL * 86400 * SECOND;
    fixture_must(f, store_lease_take(f->store, "edge", "host:2:bb", 60, &f->err));
}

/* ---- host keys ---- */

static void expect_keys(struct fixture *f, const char *hop, const char *expected)
{
    struct buf text = {0};
    fixture_must(f, store_host_keys(f->store, hop, &text, &f->err));
    assert_string_equal(buf_text(&text), expected);
    buf_free(&text);
}

static void host_keys_are_added_or_replace_all_others(void **state)
{
    struct fixture *f = *state;
    struct store *s = f->store;
    expect_keys(f, "edge", "");
    fixture_must(f, store_pin_host_key(s, "edge", "ssh-rsa", "AAAB", false, "first-use", &f->err));
    fixture_must(f, store_pin_host_key(s, "edge", "ssh-ed25519", "AAAC", false, "import", &f->err));
    fixture_must(f, store_pin_host_key(s, "edge", "ssh-ed25519", "AAAC", false, "trust", &f->err));
    fixture_must(f, store_pin_host_key(s, "core", "ssh-rsa", "AAAD", true, "trust", &f->err));
    expect_keys(f, "edge", "ssh-ed25519 AAAC\nssh-rsa AAAB\n");
    fixture_must(f, store_pin_host_key(s, "edge", "ssh-rsa", "AAAE", true, "trust", &f->err));
    expect_keys(f, "edge", "ssh-rsa AAAE\n");
    fixture_must(f, store_pin_host_key(s, "edge", "ssh-rsa", "AAAE", true, "trust", &f->err));
    expect_keys(f, "edge", "ssh-rsa AAAE\n");
    expect_keys(f, "core", "ssh-rsa AAAD\n");
}

static void what_is_no_host_key_cannot_slip_in_a_line(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {
        "", "AAAB\nssh-rsa AAAE", "AAAB AAAC", "AA\tB", "\x7f", "\xff"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(
            store_pin_host_key(f->store, "edge", "ssh-rsa", bad[i], false, "trust", &f->err),
            RC_FORMAT);
        assert_int_equal(
            store_pin_host_key(f->store, "edge", bad[i], "AAAB", false, "trust", &f->err),
            RC_FORMAT);
    }
    assert_int_equal(
        store_pin_host_key(f->store, "edge", "ssh-rsa", "AAAB", false, "guess", &f->err),
        RC_INVALID);
    expect_keys(f, "edge", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(events_are_chosen_by_time_device_kind_subject_and_severity),
        STORE_TEST(messages_wait_until_they_are_delivered),
        STORE_TEST(a_new_message_is_due_although_the_clock_was_set_back),
        STORE_TEST(delivering_and_collecting_do_not_get_in_each_others_way),
        STORE_TEST(a_lease_has_one_holder_until_it_runs_out),
        STORE_TEST(a_lease_from_a_clock_that_was_wrong_does_not_block_for_ever),
        STORE_TEST(host_keys_are_added_or_replace_all_others),
        STORE_TEST(what_is_no_host_key_cannot_slip_in_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
