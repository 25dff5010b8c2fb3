/* rooms: base settings store */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/yang.h"
#include "settings/settings_private.h"
#include "store/prune.h"

/* Platforms are no business of this test. */
const struct platform *platforms_find(const struct platforms *all, const char *name)
{
    (void)all, (void)name;
    return NULL;
}

const char *platforms_nearest(const struct platforms *all, const char *name)
{
    (void)all, (void)name;
    return NULL;
}

static int64_t at(const char *text)
{
    int64_t us = 0;
    struct error err = ERROR_INIT;
    if (time_parse(text, 0, &us, &err))
        fail_msg("%s: %s", text, err.text);
    return us;
}

/* A version began at each of these times; behind a time may stand the severity of its events, and
 * ! when it stays whatever the policy says. Oldest first, numbers from 1. */
static size_t read_history(const char *text, struct retained *out, size_t room)
{
    size_t count = 0;
    char copy[2000], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *severity = strchr(word, '/'), *bound = strchr(word, '!');
        assert_true(count < room);
        if (severity)
            *severity++ = '\0';
        if (bound)
            *bound = '\0';
        out[count] = (struct retained){.number = (uint32_t)count + 1,
            .from_us = at(word),
            .until_us = INT64_MAX,
            .severity = severity ? atoi(severity) : 0,
            .bound = bound ? "on hold" : NULL};
        if (count)
            out[count - 1].until_us = out[count].from_us;
        count++;
    }
    for (size_t i = 0; i < count / 2; i++) {
        struct retained swap = out[i];
        out[i] = out[count - 1 - i];
        out[count - 1 - i] = swap;
    }
    return count;
}

/* Policies come through the settings, as an operator writes them. */
static struct settings *settings_of(struct ly_ctx *ctx, const char *policy)
{
    char path[] = "/tmp/rollcall-retain-XXXXXX", yaml[600];
    struct settings *s = NULL;
    struct error err = ERROR_INIT;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    int len = snprintf(yaml, sizeof yaml, "retention: {policies: {p: {%s}}}\n", policy);
    assert_int_equal(write(fd, yaml, (size_t)len), len);
    close(fd);
    int rc = settings_load(ctx, path, NULL, &s, &err);
    unlink(path);
    if (rc)
        fail_msg("%s: %s", policy, err.text);
    return s;
}

struct retain_case {
    const char *policy, *now, *history, *kept;
};

static const struct retain_case cases[] = {
    /* a version is as old as the time it was last in force: 2 was until 1 March */
    {"keep: all for 31d", "2026-04-01", "2025-01-01 2025-06-01 2026-03-01T00:00:01 2026-03-15",
        "4 3 2"},
    {"keep: all for 31d", "2026-04-01", "2025-01-01 2025-06-01 2026-03-01 2026-03-15", "4 3"},
    {"keep: all", "2026-04-01", "2000-01-01 2025-06-01", "2 1"},
    /* the last one of each day, in UTC */
    {"keep: one a day", "2026-04-01",
        "2026-03-01T00:00:00 2026-03-01T12:00:00 2026-03-01T23:59:59 2026-03-02T00:00:00", "4 3"},
    {"keep: one a day", "2026-04-01", "2026-03-01T23:30:00+01:00 2026-03-01T23:30:00Z", "2"},
    {"keep: one an hour", "2026-04-01",
        "2026-03-01T10:00:00 2026-03-01T10:59:59 2026-03-01T11:00:00", "3 2"},
    /* a week is from Monday to Sunday: 2026-03-01 was a Sunday */
    {"keep: one a week", "2026-04-01", "2026-02-23 2026-03-01 2026-03-02 2026-03-08", "4 2"},
    /* months and years as long as they are, with 29 February and the turn of the year */
    {"keep: one a month", "2026-04-01",
        "2024-02-01 2024-02-29T23:59:59 2024-03-01 2025-12-31 2026-01-01", "5 4 3 2"},
    {"keep: one a quarter", "2026-04-01", "2025-10-01 2025-12-31 2026-01-01 2026-03-31", "4 2"},
    {"keep: one a year", "2026-04-01", "2024-01-01 2024-12-31 2025-01-01 2025-12-31", "4 2"},
    /* before 1970 a clock is wrong, but a calendar all the same */
    {"keep: one a day", "2026-04-01", "1969-12-31T01:00:00 1969-12-31T23:00:00 1970-01-01", "3 2"},
    /* any rule that keeps one keeps it */
    {"keep: [all for 30d, one a day for 60d, one a month]", "2026-04-01",
        "2025-01-05 2025-01-20 2026-02-10T01:00:00 2026-02-10T02:00:00 2026-03-20T01:00:00 "
        "2026-03-20T02:00:00",
        "6 5 4 2"},
    {"keep: newest 2", "2026-04-01", "2026-01-01 2026-01-02 2026-01-03", "3 2"},
    {"keep: newest 2 for 24h", "2026-04-01", "2026-01-01 2026-01-02 2026-01-03", "3"},
    /* with the one before, which shows what changed */
    {"keep: all of severity 60", "2026-04-01", "2026-01-01 2026-01-02/59 2026-01-03/60 2026-01-04",
        "3 2"},
    {"keep: newest 1 of severity 60", "2026-04-01",
        "2026-01-01/90 2026-01-02 2026-01-03/60 2026-01-04", "3 2"},
    {"keep: all of severity 60", "2026-04-01", "2026-01-01/60 2026-01-02", "1"},
    /* the oldest go first, whatever kept them */
    {"at-most: 2", "2026-04-01", "2026-01-01 2026-01-02 2026-01-03", "3 2"},
    {"keep: one a month, at-most: 2", "2026-04-01", "2025-01-01 2025-02-01 2025-03-01", "3 2"},
    /* what is bound stays, beside what the policy keeps */
    {"keep: newest 1", "2026-04-01", "2026-01-01! 2026-01-02 2026-01-03", "3 1"},
    {"at-most: 1", "2026-04-01", "2026-01-01! 2026-01-02 2026-01-03!", "3 1"},
    /* a clock that was wrong: times in the future are no reason to go */
    {"keep: all for 1d", "2026-04-01", "2030-01-01 2030-01-02", "2 1"},
};

static void policies_keep_what_they_say(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct retained versions[16];
        char kept[200] = "";
        struct settings *s = settings_of(*state, cases[i].policy);
        size_t count = read_history(cases[i].history, versions, COUNT(versions));
        retain_choose(s->retention->policies, at(cases[i].now), versions, count);
        for (size_t v = 0; v < count; v++)
            if (versions[v].kept)
                snprintf(kept + strlen(kept), sizeof kept - strlen(kept), "%s%u", *kept ? " " : "",
                    versions[v].number);
        if (strcmp(kept, cases[i].kept) != 0)
            fail_msg("%s of %s at %s: keeps %s, not %s", cases[i].policy, cases[i].history,
                cases[i].now, kept, cases[i].kept);
        settings_free(s);
    }
}

static void each_version_is_told_why(void **state)
{
    struct retained versions[8];
    static const char *const why[] = {
        "all for 30d", "at-most", "no rule keeps it", "on hold", "no rule keeps it"};
    struct settings *s = settings_of(*state, "keep: [all for 30d], at-most: 1");
    size_t count = read_history(
        "2025-01-01 2025-02-01! 2025-02-02 2025-03-01 2026-03-20", versions, COUNT(versions));
    retain_choose(s->retention->policies, at("2026-04-01"), versions, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(versions[i].why, why[i]);
    settings_free(s);
}

static void what_was_pruned_before_is_no_neighbour(void **state)
{
    struct retained versions[4];
    struct settings *s = settings_of(*state, "keep: all of severity 60");
    size_t count = read_history("2025-01-01 2025-02-01/60", versions, COUNT(versions));
    versions[0].number = 7; /* 2 to 6 are gone */
    retain_choose(s->retention->policies, at("2026-04-01"), versions, count);
    assert_true(versions[0].kept);
    assert_false(versions[1].kept);
    settings_free(s);
}

static int set_up(void **state)
{
    static const char *const modules[] = {"rollcall-settings", NULL};
    struct error err = ERROR_INIT;
    struct ly_ctx *ctx = NULL;
    if (yang_context(modules, &ctx, &err))
        return -1;
    *state = ctx;
    return 0;
}

static int tear_down(void **state)
{
    ly_ctx_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_keep_what_they_say),
        cmocka_unit_test(each_version_is_told_why),
        cmocka_unit_test(what_was_pruned_before_is_no_neighbour),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
