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

/* ---- what notifications do to it ---- */

static struct entry quiet_entry(void)
{
    static const struct device device = {.name = "edge-1", .schedule = EVERY_10_MINUTES};
    struct entry e = {.device = &device};
    entry_ended(&e, 1000 * SECOND, RC_OK, false);
    return e;
}

static void check_actor(const struct entry *e, const char *user, const char *address)
{
    struct suspect suspect;
    bool known = entry_suspect(e, &suspect);
    struct actor actor = suspect.actor;
    assert_int_equal(known, user || address);
    assert_string_equal(actor.user ? actor.user : "-", user ? user : "-");
    assert_string_equal(actor.address ? actor.address : "-", address ? address : "-");
}

static void a_change_makes_it_due_at_once_and_its_maker_the_actor(void **state)
{
    (void)state;
    struct entry e = quiet_entry();
    check_actor(&e, NULL, NULL);
    entry_hint(&e, 1100 * SECOND, "bob", "192.0.2.7");
    assert_true(e.next_us == 1100 * SECOND);
    check_actor(&e, "bob", "192.0.2.7");
    entry_started(&e);
    entry_ended(&e, 1101 * SECOND, RC_OK, false);
    assert_true(e.next_us == 1200 * SECOND);
    check_actor(&e, NULL, NULL);
}

static void several_who_changed_it_are_all_named_but_no_address_is_guessed(void **state)
{
    (void)state;
    struct entry e = quiet_entry();
    entry_hint(&e, 1100 * SECOND, "bob", "192.0.2.7");
    entry_hint(&e, 1100 * SECOND, "bob", "192.0.2.7");
    check_actor(&e, "bob", "192.0.2.7");
    entry_hint(&e, 1100 * SECOND, "eve", "192.0.2.8");
    check_actor(&e, "bob, eve", NULL);
    entry_hint(&e, 1100 * SECOND, "", "192.0.2.8");
    check_actor(&e, "bob, eve", NULL);
    for (const char *user = "a\0b\0c\0d\0"; *user; user += 2)
        entry_hint(&e, 1100 * SECOND, user, "");
    check_actor(&e, "bob, eve, a, b, ...", NULL);
}

static void a_change_during_a_pull_is_that_pulls_and_the_next_ones(void **state)
{
    (void)state;
    struct entry e = quiet_entry();
    entry_started(&e);
    entry_hint(&e, 1100 * SECOND, "bob", "192.0.2.7");
    check_actor(&e, "bob", "192.0.2.7");
    entry_ended(&e, 1101 * SECOND, RC_OK, false);
    assert_true(e.next_us == 1100 * SECOND);
    check_actor(&e, "bob", "192.0.2.7");
    entry_started(&e);
    entry_ended(&e, 1102 * SECOND, RC_OK, false);
    check_actor(&e, NULL, NULL);
    assert_true(e.next_us == 1200 * SECOND);
}

static void who_changed_it_is_remembered_until_a_pull_succeeds(void **state)
{
    (void)state;
    static const struct device on_demand = {.name = "edge-1"};
    struct entry e = {.device = &on_demand};
    entry_hint(&e, 1100 * SECOND, "bob", "192.0.2.7");
    entry_started(&e);
    entry_hint(&e, 1100 * SECOND, "eve", "192.0.2.7");
    entry_ended(&e, 1101 * SECOND, RC_BUSY, false);
    check_actor(&e, "bob, eve", "192.0.2.7");
    entry_started(&e);
    entry_ended(&e, 1107 * SECOND, RC_CONNECT, false);
    assert_true(e.next_us == 1122 * SECOND); /* owed, though it has no schedule */
    entry_started(&e);
    entry_ended(&e, 1123 * SECOND, RC_OK, false);
    check_actor(&e, NULL, NULL);
    assert_true(e.next_us == INT64_MAX);
}

static void a_device_that_floods_is_read_at_its_pace(void **state)
{
    (void)state;
    static const struct device on_demand = {.name = "edge-1"};
    struct entry e = {.device = &on_demand};
    int64_t now_us = 1000 * SECOND, end_us = now_us + 600 * SECOND;
    int pulls = 0;
    for (; now_us < end_us; now_us += SECOND / 10) {
        entry_hint(&e, now_us, "bob", "");
        if (e.next_us > now_us)
            continue;
        entry_started(&e);
        entry_ended(&e, now_us, RC_OK, false);
        pulls++;
    }
    assert_in_range(pulls, 600 * SECOND / HINT_PACE_US, 600 * SECOND / HINT_PACE_US + HINT_BURST);
    /* and when it has been quiet for a while, at once */
    now_us += HINT_BURST * HINT_PACE_US + HINT_PACE_US;
    e.hint_us = 0;
    entry_hint(&e, now_us, "bob", "");
    assert_true(e.next_us == now_us);
}

static void a_confirmed_commit_is_read_at_its_end(void **state)
{
    (void)state;
    struct entry e = quiet_entry();
    int64_t now_us = 1010 * SECOND;
    entry_hold(&e, now_us, 60, NULL, NULL);
    entry_hint(&e, now_us, "bob", "192.0.2.7");
    assert_true(e.next_us == now_us + (60 + HOLD_MARGIN_S) * SECOND);
    entry_release(&e, now_us + 20 * SECOND, NULL, NULL);
    assert_true(e.next_us == now_us + 20 * SECOND);
    check_actor(&e, "bob", "192.0.2.7");
    /* a device that says it takes for ever is not waited for so long; nor is a schedule */
    struct entry liar = quiet_entry();
    entry_hold(&liar, 1000 * SECOND, UINT32_MAX, NULL, NULL);
    assert_true(liar.hint_us == (1000 + HOLD_MOST_S + HOLD_MARGIN_S) * SECOND);
    assert_true(liar.next_us == 1200 * SECOND);
    entry_started(&liar);
    entry_ended(&liar, 1200 * SECOND, RC_OK, false);
    assert_true(liar.next_us == (1000 + HOLD_MOST_S + HOLD_MARGIN_S) * SECOND);
}

static void a_reload_forgets_no_change(void **state)
{
    struct fixture *f = *state;
    struct roster before, after;
    assert_int_equal(roster_new(&fleet_settings, f->store, NULL, &before, NULL), 0);
    entry_ended(roster_find(&before, "edge-1"), 1000 * SECOND, RC_OK, false);
    entry_hint(roster_find(&before, "edge-1"), 1010 * SECOND, "bob", "192.0.2.7");
    assert_int_equal(roster_new(&fleet_settings, f->store, &before, &after, NULL), 0);
    assert_true(roster_find(&after, "edge-1")->next_us == 1010 * SECOND);
    check_actor(roster_find(&after, "edge-1"), "bob", "192.0.2.7");
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
        cmocka_unit_test(a_change_makes_it_due_at_once_and_its_maker_the_actor),
        cmocka_unit_test(several_who_changed_it_are_all_named_but_no_address_is_guessed),
        cmocka_unit_test(a_change_during_a_pull_is_that_pulls_and_the_next_ones),
        cmocka_unit_test(who_changed_it_is_remembered_until_a_pull_succeeds),
        cmocka_unit_test(a_device_that_floods_is_read_at_its_pace),
        cmocka_unit_test(a_confirmed_commit_is_read_at_its_end),
        STORE_TEST(a_reload_forgets_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
