/* rooms: base settings */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "settings/settings.h"

#define S INT64_C(1000000)

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static struct schedule *parsed(const char *text)
{
    struct schedule *s = NULL;
    struct error err = ERROR_INIT;
    if (schedule_parse(text, &s, &err))
        fail_msg("%s: %s", text, err.text);
    return s;
}

static int64_t at(const char *time)
{
    int64_t us = 0;
    assert_int_equal(time_parse(time, 0, &us, NULL), RC_OK);
    return us;
}

static void the_next_moment_is_the_one_the_words_say(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *schedule, *after, *next;
    } cases[] = {
        {"UTC", "*/15 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:15:00Z"},
        {"UTC", "*/15 * * * *", "2026-03-01T10:14:59Z", "2026-03-01T10:15:00Z"},
        {"UTC", "0 2 * * *", "2026-03-01T02:00:00Z", "2026-03-02T02:00:00Z"},
        {"UTC", "0 2 * * *", "2026-03-01T01:59:59.999999Z", "2026-03-01T02:00:00Z"},
        {"UTC", "30 6 1 * *", "2026-01-31T00:00:00Z", "2026-02-01T06:30:00Z"},
        {"UTC", "0 0 29 2 *", "2026-01-31T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"UTC", "0 * 29 2 *", "2026-01-31T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"UTC", "0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"},
        {"UTC", "0 9 * * mon-fri", "2026-11-20T09:00:00Z", "2026-11-23T09:00:00Z"},
        {"UTC", "0 9 * * 7", "2026-11-20T09:00:00Z", "2026-11-22T09:00:00Z"},
        {"UTC", "0 9 * * 0", "2026-11-20T09:00:00Z", "2026-11-22T09:00:00Z"},
        {"UTC", "0 9 13 * fri", "2026-11-20T09:00:00Z", "2026-11-27T09:00:00Z"},
        {"UTC", "0 9 13 * fri", "2026-12-12T09:00:00Z", "2026-12-13T09:00:00Z"},
        {"UTC", "0 0 1 jan,JUL *", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00Z"},
        {"UTC", "5-20/5,50 3 * * *", "2026-02-01T03:20:00Z", "2026-02-01T03:50:00Z"},
        {"UTC", "10/25 * * * *", "2026-02-01T03:10:00Z", "2026-02-01T03:35:00Z"},
        {"UTC", "@hourly", "2026-02-01T03:10:00Z", "2026-02-01T04:00:00Z"},
        {"UTC", "@weekly", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"},
        {"UTC", "every 10m", "2026-02-01T03:10:00Z", "2026-02-01T03:20:00Z"},
        {"UTC", "every 2h", "2026-02-01T03:10:00.5Z", "2026-02-01T04:00:00Z"},
        {"UTC", "every 10m", "1969-12-31T23:55:00Z", "1970-01-01T00:00:00Z"},
        {"Europe/Berlin", "0 2 * * *", "2026-02-01T03:10:00Z", "2026-02-02T01:00:00Z"},
        /* 29 March 2026: 02:00 to 03:00 does not exist; 25 October: it is there twice */
        {"Europe/Berlin", "30 2 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
        {"Europe/Berlin", "30 2 * * *", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"},
        {"Europe/Berlin", "30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
        {"Europe/Berlin", "*/30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"},
        {"Europe/Berlin", "*/30 * * * *", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"},
        {"Europe/Berlin", "*/30 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "15 * 29 3 *", "2026-03-01T00:30:00Z", "2026-03-28T23:15:00Z"},
        /* half an hour, at two in the morning */
        {"Australia/Lord_Howe", "45 1 * * *", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"},
        {"Australia/Lord_Howe", "15 2 * * *", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z"},
        /* Samoa had no 30 December 2011 */
        {"Pacific/Apia", "0 9 30 12 *", "2011-12-29T00:00:00Z", "2011-12-30T10:00:00Z"},
        {"Asia/Kolkata", "0 0 * * *", "2026-01-01T00:00:00Z", "2026-01-01T18:30:00Z"},
    };
    int wrong = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char came[TIME_TEXT_SIZE];
        zone(cases[i].zone);
        struct schedule *s = parsed(cases[i].schedule);
        time_format(schedule_next_us(s, "r1", 0, at(cases[i].after)), came);
        free(s);
        if (strcmp(came, cases[i].next) == 0)
            continue;
        wrong++;
        print_error("%s in %s after %s: %s, not %s\n", cases[i].schedule, cases[i].zone,
            cases[i].after, came, cases[i].next);
    }
    zone("UTC");
    assert_int_equal(wrong, 0);
}

static const char *const zones[] = {"UTC", "Europe/Berlin", "America/New_York",
    "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Kathmandu",
    "Pacific/Auckland"};

/* Does cron's plain rule hold for the wall time of this moment? An independent check. */
static bool wall_says(int64_t us, int minute_step, int hour)
{
    time_t t = (time_t)(us / S);
    struct tm tm;
    localtime_r(&t, &tm);
    return tm.tm_sec == 0 && tm.tm_min % minute_step == 0 && (hour < 0 || tm.tm_hour == hour);
}

static void a_daily_schedule_comes_once_each_day_of_a_year_in_every_zone(void **state)
{
    (void)state;
    for (size_t z = 0; z < COUNT(zones); z++)
        for (int hour = 0; hour < 24; hour++) {
            char text[32];
            zone(zones[z]);
            snprintf(text, sizeof text, "0 %d * * *", hour);
            struct schedule *s = parsed(text);
            int64_t now = at("2026-01-01T12:00:00Z"), end = at("2027-01-01T12:00:00Z");
            int last_day = -1, times = 0;
            for (;;) {
                int64_t next = schedule_next_us(s, "r1", 0, now);
                assert_true(next > now);
                if (next > end)
                    break;
                time_t t = (time_t)(next / S);
                struct tm tm;
                localtime_r(&t, &tm);
                if (last_day >= 0 && tm.tm_yday != (last_day + 1) % 365)
                    fail_msg("%s, %s: day %d after %d", zones[z], text, tm.tm_yday, last_day);
                /* the right hour, or the one after a jump over it */
                assert_true(tm.tm_hour == hour || tm.tm_hour == (hour + 1) % 24);
                last_day = tm.tm_yday;
                times++;
                now = next;
            }
            assert_int_equal(times, 365);
            free(s);
        }
    zone("UTC");
}

static void a_schedule_of_every_hour_misses_no_moment_in_any_zone(void **state)
{
    (void)state;
    for (size_t z = 0; z < COUNT(zones); z++) {
        zone(zones[z]);
        struct schedule *s = parsed("*/15 * * * *");
        int64_t now = at("2026-01-01T00:00:00Z"), end = at("2027-01-01T00:00:00Z");
        int64_t next = schedule_next_us(s, "r1", 0, now);
        /* every real quarter of an hour, tried one by one */
        for (int64_t t = now + 60 * S; t < end; t += 60 * S) {
            if (!wall_says(t, 15, -1))
                continue;
            if (next != t)
                fail_msg("%s: %lld s is due, next is %lld s", zones[z], (long long)(t / S),
                    (long long)(next / S));
            next = schedule_next_us(s, "r1", 0, next);
        }
        free(s);
    }
    zone("UTC");
}

static void asking_in_between_gives_the_same_moment(void **state)
{
    (void)state;
    static const char *const schedules[] = {
        "30 2 * * *", "*/20 * * * *", "0 */6 * * 1,3", "every 7m", "15 1,2,3 25-31 * *"};
    uint64_t random = 12345;
    for (size_t z = 0; z < COUNT(zones); z++)
        for (size_t i = 0; i < COUNT(schedules); i++) {
            zone(zones[z]);
            struct schedule *s = parsed(schedules[i]);
            for (int tries = 0; tries < 300; tries++) {
                random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
                int64_t after = at("2026-01-01T00:00:00Z") +
                                (int64_t)(random >> 20) % (365 * INT64_C(86400)) * S;
                int64_t next = schedule_next_us(s, "r1", 300, after);
                int64_t middle = after + (next - after) / 2;
                assert_true(next > after);
                assert_true(schedule_next_us(s, "r1", 300, middle) == next);
                assert_true(schedule_next_us(s, "r1", 300, next - 1) == next);
                assert_true(schedule_next_us(s, "r1", 300, next) > next);
            }
            free(s);
        }
    zone("UTC");
}

static void splay_spreads_devices_and_keeps_each_at_its_moment(void **state)
{
    (void)state;
    zone("UTC");
    static const char *const schedules[] = {"0 2 * * *", "every 10m"};
    for (size_t i = 0; i < COUNT(schedules); i++) {
        struct schedule *s = parsed(schedules[i]);
        int64_t start = at("2026-01-01T01:59:59Z");
        int buckets[10] = {0};
        for (int d = 0; d < 1000; d++) {
            char name[32];
            snprintf(name, sizeof name, "edge-%d", d);
            int64_t next = schedule_next_us(s, name, 300, start);
            int64_t late = next - at("2026-01-01T02:00:00Z");
            assert_in_range(late, 0, 300 * S - 1);
            buckets[late / (30 * S)]++;
            int64_t again = schedule_next_us(s, name, 300, next);
            assert_true(again - next == (i == 0 ? 86400 * S : 600 * S));
        }
        for (size_t b = 0; b < COUNT(buckets); b++)
            assert_in_range(buckets[b], 60, 140);
        free(s);
    }
    /* a splay longer than the interval spreads over the interval */
    struct schedule *s = parsed("every 1m");
    int64_t first = schedule_next_us(s, "r1", 86400, at("2026-01-01T00:00:00Z"));
    assert_in_range(first, at("2026-01-01T00:00:00Z") + 1, at("2026-01-01T00:01:00Z"));
    free(s);
}

static void a_wrong_schedule_says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "\"\" is no schedule: write every 10m, @daily, never, or five fields: minute hour day "
             "month weekday"},
        {"60 * * * *", "minute field \"60\": takes 0 to 59"},
        {"* 24 * * *", "hour field \"24\": takes 0 to 23"},
        {"* * 0 * *", "day field \"0\": takes 1 to 31"},
        {"* * * 13 *", "month field \"13\": takes 1 to 12"},
        {"* * * * 8", "weekday field \"8\": takes 0 to 7"},
        {"* * * * mn", "weekday field \"mn\": not a number, a name, a range or *"},
        {"1- * * * *", "minute field \"1-\": the range has no end"},
        {"9-3 * * * *",
            "minute field \"9-3\": runs backwards; write it as two ranges with a comma"},
        {"*/0 * * * *", "minute field \"*/0\": the step after / is a number from 1"},
        {"1,,2 * * * *", "minute field \"\": not a number, a name, a range or *"},
        {"1x * * * *", "minute field \"1x\": has something behind it that does not belong there"},
        {"99999999999999999999 * * * *", "minute field \"99999999999999999999\": takes 0 to 59"},
        {"* * * * * *", "a schedule has five fields; \"*\" is one too many"},
        {"0 0 31 2,4 *", "no month of the schedule has such a day"},
        {"@dayly", "unknown schedule \"@dayly\"; known here: @hourly, @daily, @weekly, @monthly, "
                   "@yearly"},
        {"every", "\"every\" is no schedule: write every 10m, @daily, never, or five fields: "
                  "minute hour day month weekday"},
        {"every 10", "every \"10\": a number and a unit, from 1s to 366d: every 10m, every 2h"},
        {"every 100ms",
            "every \"100ms\": a number and a unit, from 1s to 366d: every 10m, every 2h"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct schedule *s = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(schedule_parse(cases[i].text, &s, &err), RC_SETTINGS);
        assert_null(s);
        assert_string_equal(err.text, cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_moment_is_the_one_the_words_say),
        cmocka_unit_test(a_daily_schedule_comes_once_each_day_of_a_year_in_every_zone),
        cmocka_unit_test(a_schedule_of_every_hour_misses_no_moment_in_any_zone),
        cmocka_unit_test(asking_in_between_gives_the_same_moment),
        cmocka_unit_test(splay_spreads_devices_and_keeps_each_at_its_moment),
        cmocka_unit_test(a_wrong_schedule_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
