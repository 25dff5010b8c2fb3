/* rooms: base store */
#include "store_fixture.h"

static int read_text(void *ctx, const char *name, struct str text)
{
    struct buf *out = ctx;
    buf_format(out, "%s=", name);
    buf_add_str(out, text);
    buf_add(out, ";");
    return 0;
}

static void a_first_collection_gives_version_one_with_everything_in_it(void **state)
{
    struct fixture *f = *state;
    const struct store_account accounts[] = {local_account("bob", 15), local_account("al", 1)};
    const struct store_event events[] = {
        {"e1", "account-created", 85, "bob", "/a", "{\"id\":\"e1\"}"},
        {"e2", "config-changed", 20, "", "", "{\"id\":\"e2\"}"}};
    uint32_t number = 0;
    fixture_must(f, fixture_collect(f,
                        &(struct sample){.config = "username bob\nend\n",
                            .accounts = accounts,
                            .account_count = 2,
                            .events = events,
                            .event_count = 2},
                        &number));
    assert_int_equal(number, 1);

    struct store_version v;
    fixture_must(f, store_version(f->store, "edge-7", 0, 0, &v, &f->err));
    assert_int_equal(v.number, 1);
    assert_int_equal(v.created_us, f->now_us);
    assert_int_equal(v.seen_us, f->now_us);
    assert_string_equal(v.platform, "ios");
    assert_string_equal(v.digest, "d1");
    assert_string_equal(v.author, "alice");
    assert_int_equal(v.event_count, 2);
    assert_int_equal(v.worst_severity, 85);
    assert_int_equal(v.bytes, 17);
    store_version_clear(&v);

    struct buf text = {0};
    fixture_must(f, store_read_parts(f->store, "edge-7", 1, read_text, &text, &f->err));
    assert_string_equal(buf_text(&text), "running=username bob\nend\n;");
    buf_clear(&text);
    fixture_must(f, store_read_part(f->store, "edge-7", 0, "running", &text, &f->err));
    assert_string_equal(buf_text(&text), "username bob\nend\n");
    assert_int_equal(
        store_read_part(f->store, "edge-7", 0, "modules", &text, &f->err), RC_NOT_FOUND);
    buf_clear(&text);
    fixture_must(f, store_read_access(f->store, "edge-7", 0, &text, &f->err));
    assert_string_equal(buf_text(&text), "{\"rollcall-access:access\":{}}");
    buf_free(&text);
}

static void an_unchanged_config_writes_no_version_but_that_it_was_seen(void **state)
{
    struct fixture *f = *state;
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "a"}, NULL));
    int64_t first_us = f->now_us;
    f->now_us += 60 * SECOND;
    uint32_t number = 0;
    fixture_must(
        f, fixture_collect(f, &(struct sample){.unchanged = true, .previous = 1}, &number));
    assert_int_equal(number, 1);
    struct store_version v;
    fixture_must(f, store_version(f->store, "edge-7", 0, 0, &v, &f->err));
    assert_int_equal(v.created_us, first_us);
    assert_int_equal(v.seen_us, f->now_us);
    store_version_clear(&v);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM version"), 1);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM run"), 2);
}

static void a_version_compared_with_an_old_one_is_refused_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "a"}, NULL));
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "b", .previous = 1}, NULL));
    static const struct sample wrong[] = {{.config = "c", .previous = 0},
        {.config = "c", .previous = 1}, {.config = "c", .previous = 3},
        {.unchanged = true, .previous = 1}};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        uint32_t number = 77;
        assert_int_equal(fixture_collect(f, &wrong[i], &number), RC_BUSY);
        assert_int_equal(number, 77);
    }
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM version"), 2);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM run"), 2);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob"), 3);
}

static int note_device(void *ctx, const struct store_device *d)
{
    buf_format(ctx, "%s v%u tries %lld good %lld failed %u (%s: %s) %u/%u took %lld\n", d->device,
        d->version, (long long)d->last_try_us / SECOND, (long long)d->last_success_us / SECOND,
        d->failures, d->failure ? d->failure : "-", d->message ? d->message : "-", d->admins,
        d->accounts, (long long)d->dialogue_us / SECOND);
    return 0;
}

static void failed_runs_are_counted_and_change_no_version(void **state)
{
    struct fixture *f = *state;
    const struct store_account bob = local_account("bob", 15);
    const struct sample fail = {.failure = "timeout"};
    uint32_t number = 77;
    fixture_must(f, fixture_collect(f, &fail, &number));
    assert_int_equal(number, 0);
    f->now_us += SECOND;
    fixture_must(
        f, fixture_collect(
               f, &(struct sample){.config = "a", .accounts = &bob, .account_count = 1}, &number));
    for (int i = 0; i < 2; i++) {
        f->now_us += SECOND;
        fixture_must(f, fixture_collect(f, &fail, &number));
        assert_int_equal(number, 1);
    }
    struct buf text = {0};
    fixture_must(f, store_devices(f->store, NULL, note_device, &text, &f->err));
    assert_string_equal(buf_text(&text),
        "edge-7 v1 tries 1003 good 1001 failed 2 (timeout: it did not answer) 1/1 took 2\n");
    buf_clear(&text);
    fixture_must(
        f, fixture_collect(f, &(struct sample){.unchanged = true, .previous = 1}, &number));
    fixture_must(f, store_devices(f->store, "edge-7", note_device, &text, &f->err));
    assert_string_equal(
        buf_text(&text), "edge-7 v1 tries 1003 good 1003 failed 0 (-: -) 1/1 took 2\n");
    buf_clear(&text);
    fixture_must(f, store_devices(f->store, "other", note_device, &text, &f->err));
    assert_string_equal(buf_text(&text), "");
    buf_free(&text);
}

static void a_failed_run_may_carry_events_but_no_version(void **state)
{
    struct fixture *f = *state;
    const struct store_event down = {"e1", "device-unreachable", 50, "", "", "{}"};
    fixture_must(
        f, fixture_collect(
               f, &(struct sample){.failure = "timeout", .events = &down, .event_count = 1}, NULL));
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM event WHERE version IS NULL"), 1);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM outbox"), 2);
    const struct store_collection both = {.device = "x", .failure = "timeout", .new_version = true};
    assert_int_equal(store_collect(f->store, &both, NULL, &f->err), RC_INVALID);
}

static void an_event_known_already_is_left_out_everywhere(void **state)
{
    struct fixture *f = *state;
    const struct store_event events[] = {{"e1", "account-created", 85, "bob", "/a", "{}"},
        {"e2", "config-changed", 20, "", "", "{}"}};
    fixture_must(f, fixture_collect(f,
                        &(struct sample){.config = "a", .events = events, .event_count = 1}, NULL));
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM outbox"), 2);
    fixture_must(
        f, fixture_collect(f,
               &(struct sample){.config = "b", .previous = 1, .events = events, .event_count = 2},
               NULL));
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM event"), 2);
    /* e2 is below what the noc wants */
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM outbox"), 3);
    struct store_version v;
    fixture_must(f, store_version(f->store, "edge-7", 2, 0, &v, &f->err));
    assert_int_equal(v.event_count, 1);
    assert_int_equal(v.worst_severity, 20);
    store_version_clear(&v);
}

static void a_clock_set_back_keeps_versions_in_order(void **state)
{
    struct fixture *f = *state;
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "a"}, NULL));
    int64_t first_us = f->now_us;
    f->now_us -= 500 * SECOND;
    const struct store_account bob = local_account("bob", 15);
    fixture_must(
        f, fixture_collect(f,
               &(struct sample){.config = "b", .previous = 1, .accounts = &bob, .account_count = 1},
               NULL));
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "c", .previous = 2}, NULL));
    struct store_version v;
    for (int64_t i = 0; i < 3; i++) {
        fixture_must(f, store_version(f->store, "edge-7", 0, first_us + i, &v, &f->err));
        assert_int_equal(v.number, i + 1);
        store_version_clear(&v);
    }
    assert_int_equal(
        fixture_count(f, "SELECT count(*) FROM account_interval WHERE from_us < to_us"), 1);
}

static int note_number(void *ctx, const struct store_version *v)
{
    return buf_format(ctx, "%u ", v->number) || v->number == 2;
}

static void versions_are_found_by_number_and_by_time(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < 4; i++, f->now_us += 10 * SECOND)
        fixture_must(f, fixture_collect(f, &(struct sample){.config = "x", .previous = i}, NULL));
    static const struct {
        const char *device;
        uint32_t number;
        int64_t at_us;
        uint32_t found; /* 0: RC_NOT_FOUND */
    } cases[] = {{"edge-7", 0, 0, 4}, {"edge-7", 2, 0, 2}, {"edge-7", 5, 0, 0}, {"edge-8", 0, 0, 0},
        {"edge-8", 1, 0, 0}, {"edge-7", 0, 1000 * SECOND - 1, 0}, {"edge-7", 0, 1000 * SECOND, 1},
        {"edge-7", 0, 1010 * SECOND - 1, 1}, {"edge-7", 0, 1010 * SECOND, 2},
        {"edge-7", 0, INT64_MAX, 4}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct store_version v;
        int rc =
            store_version(f->store, cases[i].device, cases[i].number, cases[i].at_us, &v, &f->err);
        assert_int_equal(rc, cases[i].found ? 0 : RC_NOT_FOUND);
        assert_int_equal(v.number, cases[i].found);
        store_version_clear(&v);
    }
    struct buf text = {0};
    fixture_must(f, store_history(f->store, "edge-7", note_number, &text, &f->err));
    assert_string_equal(buf_text(&text), "4 3 2 ");
    buf_clear(&text);
    assert_int_equal(
        store_read_parts(f->store, "edge-7", 9, read_text, &text, &f->err), RC_NOT_FOUND);
    assert_int_equal(store_read_access(f->store, "none", 0, &text, &f->err), RC_NOT_FOUND);
    assert_string_equal(buf_text(&text), "");
    buf_free(&text);
}

static void the_same_text_is_stored_once_a_part_and_parts_keep_their_order(void **state)
{
    struct fixture *f = *state;
    static char large[200000];
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)("0123456789abcdef\n"[(i * i / 7) % 17]);
    char random[512];
    FILE *source = fopen("/dev/urandom", "r");
    assert_int_equal(fread(random, 1, sizeof random, source), sizeof random);
    fclose(source);
    const struct store_part parts[] = {{"zulu", {large, sizeof large}}, {"empty", {NULL, 0}},
        {"alpha", {random, sizeof random}}, {"again", {large, sizeof large}}};
    struct store_collection c = {.device = "edge-7",
        .new_version = true,
        .ended_us = f->now_us,
        .parts = parts,
        .part_count = COUNT(parts)};
    fixture_must(f, store_collect(f->store, &c, NULL, &f->err));
    c.device = "edge-8";
    fixture_must(f, store_collect(f->store, &c, NULL, &f->err));
    c.previous = 1;
    fixture_must(f, store_collect(f->store, &c, NULL, &f->err));
    /* once a device and part, the access document among them */
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob"), 2 * (COUNT(parts) + 1));
    struct buf expected = {0}, text = {0};
    for (size_t i = 0; i < COUNT(parts); i++)
        read_text(&expected, parts[i].name, parts[i].text);
    fixture_must(f, store_read_parts(f->store, "edge-8", 0, read_text, &text, &f->err));
    assert_int_equal(text.len, expected.len);
    assert_memory_equal(text.data, expected.data, text.len);
    buf_free(&text);
    buf_free(&expected);
}

static void only_the_very_same_parts_are_the_same(void **state)
{
    struct fixture *f = *state;
    uint32_t version;
    assert_int_equal(fixture_collect(f, &(struct sample){.config = "hostname a\n"}, &version), 0);
    const struct store_part same = {"running", STR("hostname a\n")},
                            other = {"running", STR("hostname b\n")},
                            renamed = {"startup", STR("hostname a\n")};
    const struct {
        struct store_part parts[2];
        size_t count;
        uint32_t number;
        bool same;
    } cases[] = {{{same}, 1, 1, true}, {{other}, 1, 1, false}, {{renamed}, 1, 1, false},
        {{same, renamed}, 2, 1, false}, {{same}, 0, 1, false}, {{same}, 1, 2, false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool answer = !cases[i].same;
        assert_int_equal(store_same_parts(f->store, "edge-7", cases[i].number, cases[i].parts,
                             cases[i].count, &answer, &f->err),
            0);
        assert_int_equal(answer, cases[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(only_the_very_same_parts_are_the_same),
        STORE_TEST(a_first_collection_gives_version_one_with_everything_in_it),
        STORE_TEST(an_unchanged_config_writes_no_version_but_that_it_was_seen),
        STORE_TEST(a_version_compared_with_an_old_one_is_refused_and_leaves_nothing),
        STORE_TEST(failed_runs_are_counted_and_change_no_version),
        STORE_TEST(a_failed_run_may_carry_events_but_no_version),
        STORE_TEST(an_event_known_already_is_left_out_everywhere),
        STORE_TEST(a_clock_set_back_keeps_versions_in_order),
        STORE_TEST(versions_are_found_by_number_and_by_time),
        STORE_TEST(the_same_text_is_stored_once_a_part_and_parts_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
