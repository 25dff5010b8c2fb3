/* rooms: base settings */
#include "settings_fixture.h"

#define FLEET                                                                                      \
    "credentials: {net: {user: rollcall, agent: true}}\n"                                          \
    "defaults: {credential: net, platform: ios}\n"                                                 \
    "groups: {core: {port: 22}, branches: {port: 2222}}\n"                                         \
    "devices: {edge-1: {group: core}, branch-7: {group: branches}, lone: {}}\n"

#define DAY_US INT64_C(86400000000)

static void without_retention_nothing_has_a_policy(void **state)
{
    (void)state;
    struct settings *s = loaded(FLEET);
    assert_null(s->retention);
    assert_null(settings_policy(s, "edge-1"));
    settings_free(s);
}

static void the_first_policy_that_fits_counts(void **state)
{
    (void)state;
    struct settings *s =
        loaded(FLEET "retention:\n"
                     "  policies:\n"
                     "    z-first: {groups: [core], keep: all for 1y}\n"
                     "    old: {devices: [gone-*, lone], keep: [newest 1]}\n"
                     "    again: {devices: [edge-1], keep: [newest 1]}\n"
                     "    others: {keep: [all for 90d, one a month], at-most: 500}\n");
    static const char *const cases[][2] = {{"edge-1", "z-first"}, {"lone", "old"},
        {"gone-3", "old"}, {"branch-7", "others"}, {"who-knows", "others"}};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(settings_policy(s, cases[i][0])->name, cases[i][1]);
    assert_int_equal(s->retention->runs_us, 90 * DAY_US);
    assert_int_equal(settings_policy(s, "branch-7")->at_most, 500);
    settings_free(s);
}

static void a_device_that_no_policy_names_keeps_everything(void **state)
{
    (void)state;
    struct settings *s = loaded(FLEET "retention:\n"
                                      "  runs: 2w\n"
                                      "  policies: {few: {groups: core, at-most: 3}}\n");
    assert_null(settings_policy(s, "branch-7"));
    assert_null(settings_policy(s, "lone"));
    assert_int_equal(settings_policy(s, "edge-1")->rule_count, 0);
    assert_int_equal(s->retention->runs_us, 14 * DAY_US);
    settings_free(s);
}

static void rules_are_read_as_they_sound(void **state)
{
    (void)state;
    static const struct {
        const char *text, *period;
        size_t newest;
        int severity;
        int64_t days;
    } cases[] = {{"all", NULL, 0, 0, 0}, {"all for 90d", NULL, 0, 0, 90},
        {"newest 20", NULL, 20, 0, 0}, {"one an hour for 2w", "an hour", 0, 0, 14},
        {"one a day for 1y", "a day", 0, 0, 366}, {"one a month", "a month", 0, 0, 0},
        {"one a quarter for 48h", "a quarter", 0, 0, 2}, {"all of severity 100", NULL, 0, 100, 0},
        {"newest 3 of severity 7 for 10y", NULL, 3, 7, 3660}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char yaml[200];
        snprintf(yaml, sizeof yaml, "retention: {policies: {p: {keep: ['%s']}}}\n", cases[i].text);
        struct settings *s = loaded(yaml);
        const struct keep_rule *rule = &s->retention->policies[0].rules[0];
        assert_int_equal(s->retention->policies[0].rule_count, 1);
        assert_string_equal(rule->text, cases[i].text);
        assert_string_equal(
            rule->period ? rule->period->word : "", cases[i].period ? cases[i].period : "");
        assert_int_equal(rule->newest, cases[i].newest);
        assert_int_equal(rule->severity, cases[i].severity);
        assert_int_equal(rule->for_us, cases[i].days * DAY_US);
        settings_free(s);
    }
}

static void mistakes_come_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *place, *says;
    } cases[] = {
        {"retention: {policies: {p: {keep: [everything]}}}\n", ":1:35", "write what is kept"},
        {"retention:\n  policies:\n    p: {keep: all for ever}\n", ":3:15", "write what is kept"},
        {"retention:\n  policies:\n    p: {keep: all of severity 101}\n", ":3:15",
            "write what is kept"},
        {"retention:\n  policies:\n    p: {groups: cores, keep: all}\ngroups: {core: {port: 2}}\n",
            ":3:17", "unknown group \"cores\"; did you mean \"core\"?"},
        {"retention:\n  policies:\n    p: {groups: cores, keep: all}\n", ":3:17",
            "it needs an entry in groups"},
        {"retention:\n  policies:\n    p: {devices: edge-1}\n", ":3:5", "says what to keep"},
        {"retention:\n  policies:\n    p: {keep: all}\n    q: {keep: all}\n", ":4:5",
            "q stands behind p, which is for every device"},
        {"retention: {runs: 90}\n", ":1:19", "an age is a number and a unit"},
        {"retention: {policies: {p: {at-most: 0}}}\n", ":1:37", "0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct settings *s = NULL;
        struct error err = ERROR_INIT;
        if (load(cases[i].yaml, &s, &err) != RC_SETTINGS)
            fail_msg("taken: %s", cases[i].yaml);
        if (!strstr(err.place, cases[i].place) || !strstr(err.text, cases[i].says))
            fail_msg("%s\n%s: %s\n%s", cases[i].yaml, err.place, err.text, err.show);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_retention_nothing_has_a_policy),
        cmocka_unit_test(the_first_policy_that_fits_counts),
        cmocka_unit_test(a_device_that_no_policy_names_keeps_everything),
        cmocka_unit_test(rules_are_read_as_they_sound),
        cmocka_unit_test(mistakes_come_with_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
