/* rooms: collect access diff settings store netconf ssh syntax data drivers base */
/* Saved copies of a config: what is told of one that differs from what runs, when, and how often.
 */
#include "collect_fixture.h"

#define HOUR (3600 * SECOND)
#define HEAD "version 17.9\nhostname edge-1\n"
#define AL "username al privilege 15 secret 9 $9$invented-al\n"
#define EVE "username eve privilege 15 secret 9 $9$invented-eve\n"
#define TAIL "interface Gi1\n ip address 192.0.2.1 255.255.255.0\nend\n"
#define CONFIG HEAD AL TAIL
#define WITH_EVE HEAD AL EVE TAIL
#define RENAMED "version 17.9\nhostname edge-2\n" AL TAIL
#define DIFFERS "startup-differs-from-running(startup)"
#define AGREES "startup-agrees-with-running(startup)"

static void read_both(struct fixture *f, const char *running, const char *startup)
{
    f->startup = startup;
    read_config(f, running);
}

/* So much later, to the minute, the same is read again. */
static void read_again_after(struct fixture *f, int64_t later_us)
{
    f->now_us += later_us - 60 * SECOND;
    read_config(f, f->config);
}

static json_t *complaint(struct fixture *f)
{
    struct str rest = buf_str(&f->json), line;
    json_t *json = NULL;
    while (!json && str_next_line(&rest, &line)) {
        json = json_loadb(line.at, line.len, 0, NULL);
        if (strcmp(json_string_value(json_object_get(json, "event")),
                "startup-differs-from-running") == 0)
            return json;
        json_decref(json);
        json = NULL;
    }
    fail_msg("no complaint in %s", f->events);
    return NULL;
}

static void a_copy_that_only_differs_in_its_header_is_the_same(void **state)
{
    struct fixture *f = *state;
    read_both(f, "Building configuration...\n\nCurrent configuration : 90 bytes\n!\n" CONFIG,
        "Using 90 out of 262144 bytes\n!\n" CONFIG);
    assert_string_equal(f->events, "");
    read_again_after(f, 2 * HOUR);
    assert_string_equal(f->events, "");
}

static void a_change_that_is_not_saved_is_told_of_once_an_hour_later(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, RENAMED, CONFIG);
    assert_string_equal(f->events, "config-changed()");
    read_again_after(f, HOUR / 2);
    assert_string_equal(f->events, "");
    read_again_after(f, HOUR / 2);
    assert_string_equal(f->events, DIFFERS);
    assert_int_equal(f->report.version, 2);
    read_again_after(f, HOUR);
    assert_string_equal(f->events, "");
    read_both(f, RENAMED, RENAMED);
    assert_string_equal(f->events, AGREES);
    read_both(f, CONFIG, RENAMED);
    assert_string_equal(f->events, "config-changed()");
    read_again_after(f, HOUR);
    assert_string_equal(f->events, DIFFERS);
}

static void changes_within_the_hour_do_not_put_it_off(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, RENAMED, CONFIG);
    f->now_us += HOUR / 2;
    read_both(f, HEAD "clock timezone UTC 0 0\n" AL TAIL, CONFIG);
    assert_string_equal(f->events, "config-changed()");
    f->now_us += HOUR / 2;
    read_both(f, HEAD "clock timezone UTC 1 0\n" AL TAIL, CONFIG);
    assert_string_equal(f->events, "config-changed() " DIFFERS);
}

static void a_change_that_was_saved_in_between_begins_anew(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, RENAMED, CONFIG);
    f->now_us += HOUR / 2;
    read_both(f, RENAMED, RENAMED);
    read_both(f, CONFIG, RENAMED);
    read_again_after(f, HOUR / 2 + 2 * 60 * SECOND);
    assert_string_equal(f->events, "");
    read_again_after(f, HOUR / 2);
    assert_string_equal(f->events, DIFFERS);
}

static void never_means_that_only_accounts_are_told_of(void **state)
{
    struct fixture *f = *state;
    f->settings.unsaved_after_us = -1;
    read_both(f, CONFIG, CONFIG);
    read_both(f, RENAMED, CONFIG);
    read_again_after(f, 99 * HOUR);
    assert_string_equal(f->events, "");
    read_both(f, WITH_EVE, CONFIG);
    assert_non_null(strstr(f->events, DIFFERS));
}

static void an_account_that_only_runs_is_told_of_at_once_with_its_line(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, WITH_EVE, CONFIG);
    assert_string_equal(f->events, "account-created(eve) " DIFFERS);
    json_t *json = complaint(f), *line = json_array_get(json_object_get(json, "evidence"), 0);
    assert_string_equal(json_string_value(json_object_get(json, "says")),
        "startup config of edge-1 differs from the one that runs; a reload deletes eve");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json, "before"), 0)), "eve");
    assert_true(json_is_null(json_object_get(json, "after")));
    assert_string_equal(json_string_value(json_object_get(line, "part")), "running");
    assert_int_equal(json_integer_value(json_object_get(line, "line")), 4);
    assert_non_null(strstr(json_string_value(json_object_get(line, "text")), "username eve"));
    assert_null(strstr(buf_text(&f->json), "invented"));
    json_decref(json);
    read_again_after(f, 2 * HOUR);
    assert_string_equal(f->events, "");
}

static void an_account_that_is_only_saved_is_told_of_at_once_with_its_line(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, CONFIG, WITH_EVE);
    assert_string_equal(f->events, DIFFERS);
    json_t *json = complaint(f), *line = json_array_get(json_object_get(json, "evidence"), 0);
    assert_string_equal(json_string_value(json_object_get(json, "says")),
        "startup config of edge-1 differs from the one that runs; a reload brings back eve");
    assert_string_equal(json_string_value(json_object_get(line, "part")), "startup");
    assert_int_equal(json_integer_value(json_object_get(line, "line")), 4);
    json_decref(json);
}

static void more_accounts_are_news_and_fewer_are_not(void **state)
{
    struct fixture *f = *state;
    read_both(f, WITH_EVE, WITH_EVE);
    read_both(f, WITH_EVE, HEAD AL TAIL);
    assert_string_equal(f->events, DIFFERS);
    read_both(f, WITH_EVE, HEAD TAIL);
    assert_string_equal(f->events, DIFFERS);
    read_both(f, WITH_EVE, HEAD EVE TAIL);
    assert_string_equal(f->events, "");
    read_both(f, WITH_EVE, WITH_EVE);
    assert_string_equal(f->events, AGREES);
}

/* Who starts anew, or runs by cron, knows what was told from the store. */
static void another_process_does_not_tell_it_again(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, RENAMED, CONFIG);
    read_again_after(f, HOUR);
    assert_string_equal(f->events, DIFFERS);
    const struct collect_setup setup = fixture_setup(f);
    collect_close(f->collect);
    must(f, collect_open(&setup, &f->collect, &f->err));
    read_again_after(f, HOUR);
    assert_string_equal(f->events, "");
}

/* A reload would bring its own: IOS names in the startup config the file of what running shows. */
static void what_the_copy_cannot_hold_is_no_difference(void **state)
{
    struct fixture *f = *state;
    read_both(f,
        CONFIG "crypto pki certificate chain SELF\n certificate self-signed 01\n  30820330\n  "
               "\tquit\nend\n",
        CONFIG
        "crypto pki certificate chain SELF\n certificate self-signed 01 nvram:SELF#1.cer\nend\n");
    read_again_after(f, 2 * HOUR);
    assert_string_equal(f->events, "");
}

static void a_copy_that_stops_coming_is_no_agreement(void **state)
{
    struct fixture *f = *state;
    read_both(f, CONFIG, CONFIG);
    read_both(f, WITH_EVE, CONFIG);
    f->startup = NULL;
    collect_now(f); /* not believed the first time */
    collect_now(f);
    assert_int_equal(f->report.version, 3);
    assert_null(strstr(f->events, "startup"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COLLECT_TEST(a_copy_that_only_differs_in_its_header_is_the_same),
        COLLECT_TEST(a_change_that_is_not_saved_is_told_of_once_an_hour_later),
        COLLECT_TEST(changes_within_the_hour_do_not_put_it_off),
        COLLECT_TEST(a_change_that_was_saved_in_between_begins_anew),
        COLLECT_TEST(never_means_that_only_accounts_are_told_of),
        COLLECT_TEST(an_account_that_only_runs_is_told_of_at_once_with_its_line),
        COLLECT_TEST(an_account_that_is_only_saved_is_told_of_at_once_with_its_line),
        COLLECT_TEST(more_accounts_are_news_and_fewer_are_not),
        COLLECT_TEST(another_process_does_not_tell_it_again),
        COLLECT_TEST(what_the_copy_cannot_hold_is_no_difference),
        COLLECT_TEST(a_copy_that_stops_coming_is_no_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
