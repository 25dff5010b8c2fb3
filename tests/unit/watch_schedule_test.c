/* rooms: watch store base */
#include "store_fixture.h"

#include "watch/roster.h"

/* Every ten minutes, whatever the device. */
int64_t schedule_next_us(
    const struct schedule *s, const char *device, unsigned splay_s, int64_t after_us)
{
    (void)s, (void)device, (void)splay_s;
    return (after_us / (600 * SECOND) + 1) * 600 * SECOND;
}

static const char any_schedule[1];
#define EVERY_10_MINUTES ((const struct schedule *)any_schedule)

static void a_device_is_due_by_its_schedule_and_earlier_after_a_failure_that_may_pass(void **state)
{
    (void)state;
    static const struct device device = {.name = "edge-1", .schedule = EVERY_10_MINUTES};
    static const struct {
        const char *what;
        struct attempt last;
        int64_t next_s;
    } cases[] = {
        {"never read: at once", {.at_us = 0}, 0},
        {"read: by schedule", {.at_us = 1000 * SECOND}, 1200},
        {"no answer", {.at_us = 1000 * SECOND, .code = RC_CONNECT, .failures = 1}, 1015},
        {"no answer again", {.at_us = 1000 * SECOND, .code = RC_CONNECT, .failures = 2}, 1030},
        {"and again", {.at_us = 1000 * SECOND, .code = RC_TIMEOUT, .failures = 4}, 1120},
        {"never later than the schedule",
            {.at_us = 1000 * SECOND, .code = RC_CONNECT, .failures = 9}, 1200},
        {"however often", {.at_us = 1000 * SECOND, .code = RC_CONNECT, .failures = 4000000000},
            1200},
        {"a crash", {.at_us = 1000 * SECOND, .code = RC_CRASH, .failures = 1}, 1015},
        {"a rejected login waits", {.at_us = 1000 * SECOND, .code = RC_AUTH, .failures = 1}, 1200},
        {"so does a changed key", {.at_us = 1000 * SECOND, .code = RC_HOST_KEY, .failures = 1},
            1200},
        {"somebody else is at it", {.at_us = 1000 * SECOND, .code = RC_BUSY}, 1005},
        {"seen once, not believed",
            {.at_us = 1000 * SECOND, .code = RC_INCOMPLETE, .failures = 1, .soon = true}, 1030},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t next_us = attempt_next_us(&device, &cases[i].last);
        if (next_us != cases[i].next_s * SECOND)
            fail_msg("%s: %lld s, not %lld", cases[i].what, (long long)(next_us / SECOND),
                (long long)cases[i].next_s);
    }
}

static void a_bastion_and_a_device_without_schedule_are_never_due(void **state)
{
    (void)state;
    static const struct device devices[] = {
        {.name = "a", .schedule = EVERY_10_MINUTES, .jump_only = true}, {.name = "b"}};
    for (size_t i = 0; i < COUNT(devices); i++)
        assert_true(attempt_next_us(&devices[i], &(struct attempt){0}) == INT64_MAX);
}

static const struct device fleet[] = {{.name = "bastion", .jump_only = true},
    {.name = "edge-1", .schedule = EVERY_10_MINUTES},
    {.name = "edge-2", .schedule = EVERY_10_MINUTES},
    {.name = "edge-3", .schedule = EVERY_10_MINUTES}};
static const struct settings fleet_settings = {.devices = fleet, .device_count = COUNT(fleet)};

static void a_restart_goes_on_where_the_store_says_we_were(void **state)
{
    struct fixture *f = *state;
    struct roster r;
    f->now_us = 1000 * SECOND;
    fixture_must(f, fixture_collect(f, &(struct sample){.device = "edge-1", .config = "a"}, NULL));
    fixture_must(
        f, fixture_collect(f, &(struct sample){.device = "edge-2", .failure = "timeout"}, NULL));
    assert_int_equal(roster_new(&fleet_settings, f->store, NULL, &r, NULL), 0);
    assert_int_equal(r.count, 3);
    assert_true(roster_find(&r, "edge-1")->next_us == 1200 * SECOND);
    assert_true(roster_find(&r, "edge-2")->next_us == 1015 * SECOND);
    assert_true(roster_find(&r, "edge-3")->next_us == 0);
    assert_null(roster_find(&r, "bastion"));
    roster_free(&r);
}

static void the_longest_due_goes_first_and_one_that_runs_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct roster r;
    assert_int_equal(roster_new(&fleet_settings, f->store, NULL, &r, NULL), 0);
    struct entry *one = roster_find(&r, "edge-1"), *two = roster_find(&r, "edge-2"),
                 *three = roster_find(&r, "edge-3");
    entry_ended(one, 1000 * SECOND, RC_OK, false);
    entry_ended(two, 400 * SECOND, RC_OK, false);
    three->running = true;
    assert_null(roster_due(&r, 599 * SECOND));
    assert_true(roster_next_us(&r) == 600 * SECOND);
    assert_ptr_equal(roster_due(&r, 1300 * SECOND), two);
    two->running = true;
    assert_ptr_equal(roster_due(&r, 1300 * SECOND), one);
    roster_free(&r);
}

static void a_reload_keeps_what_runs_and_when_it_was_tried(void **state)
{
    struct fixture *f = *state;
    struct roster before, after;
    static const struct device now[] = {{.name = "edge-0", .schedule = EVERY_10_MINUTES},
        {.name = "edge-1", .schedule = EVERY_10_MINUTES},
        {.name = "edge-3", .schedule = EVERY_10_MINUTES}};
    static const struct settings settings = {.devices = now, .device_count = COUNT(now)};
    assert_int_equal(roster_new(&fleet_settings, f->store, NULL, &before, NULL), 0);
    entry_ended(roster_find(&before, "edge-1"), 1000 * SECOND, RC_CONNECT, false);
    roster_find(&before, "edge-3")->running = true;
    assert_int_equal(roster_new(&settings, f->store, &before, &after, NULL), 0);
    assert_true(roster_find(&after, "edge-1")->next_us == 1015 * SECOND);
    assert_int_equal(roster_find(&after, "edge-1")->last.failures, 1);
    assert_true(roster_find(&after, "edge-3")->running);
    assert_false(roster_find(&after, "edge-0")->running);
    assert_ptr_equal(roster_find(&after, "edge-1")->device, &now[1]);
    roster_free(&before);
    roster_free(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_due_by_its_schedule_and_earlier_after_a_failure_that_may_pass),
        cmocka_unit_test(a_bastion_and_a_device_without_schedule_are_never_due),
        STORE_TEST(a_restart_goes_on_where_the_store_says_we_were),
        STORE_TEST(the_longest_due_goes_first_and_one_that_runs_is_left_alone),
        STORE_TEST(a_reload_keeps_what_runs_and_when_it_was_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
