/* rooms: watch store base */
#include "store_fixture.h"

#include "watch/notifier.h"

/* ---- sinks that do as they are told ---- */

static struct world {
    char sent[1000]; /* "hook:e1 pager:e2 " */
    int pager;       /* what the pager's sink answers */
} the_world;

struct sink {
    const char *name;
};

int sink_new(const struct sink_settings *settings, struct sink **out, struct error *err)
{
    (void)err;
    *out = calloc(1, sizeof **out);
    (*out)->name = settings->name;
    return RC_OK;
}

void sink_free(struct sink *s)
{
    free(s);
}

int sink_send(struct sink *s, const char *json, struct error *err)
{
    bool pager = strcmp(s->name, "pager") == 0;
    if (pager && the_world.pager)
        return error_set(err, (enum rc)the_world.pager, "no answer");
    size_t len = strlen(the_world.sent);
    snprintf(the_world.sent + len, sizeof the_world.sent - len, "%s:%s ", s->name, json);
    return RC_OK;
}

int64_t sink_retry_us(uint32_t tries, uint32_t random)
{
    (void)random;
    return (5 * SECOND) << tries;
}

int settings_resolve_sinks(
    const struct settings *s, struct sink_settings **out, size_t *count, struct error *err)
{
    (void)err;
    *out = calloc(s->sink_count, sizeof **out);
    for (size_t i = 0; i < s->sink_count; i++)
        (*out)[i] = s->sinks[i];
    *count = s->sink_count;
    return RC_OK;
}

void sinks_free(struct sink_settings *sinks, size_t count)
{
    (void)count;
    free(sinks);
}

/* Every hour. */
int64_t schedule_next_us(
    const struct schedule *s, const char *device, unsigned splay_s, int64_t after_us)
{
    (void)s, (void)device, (void)splay_s;
    return after_us + 3600 * SECOND;
}

/* ---- */

static const struct sink_settings two_sinks[] = {{.name = "hook"}, {.name = "pager"}};
static const struct settings settings = {.sinks = two_sinks, .sink_count = 2};

static void put_event(struct fixture *f, const char *id, const char *failure)
{
    static const char *const names[] = {"hook", "pager"};
    static const int minimum[] = {0, 0};
    const struct store_event event = {id, "device-unreachable", 50, "edge-1", "", id};
    const struct store_collection c = {.device = "edge-1",
        .address = "",
        .platform = "ios",
        .started_us = f->now_us,
        .ended_us = f->now_us,
        .failure = failure,
        .message = "",
        .events = &event,
        .event_count = 1,
        .sinks = names,
        .sink_minimum = minimum,
        .sink_count = 2};
    fixture_must(f, store_collect(f->store, &c, NULL, &f->err));
}

static void pass(struct fixture *f, struct notifier *n, size_t sent, const char *what)
{
    size_t count = 0;
    *the_world.sent = '\0';
    fixture_must(f, notifier_pass(n, &count, &f->err));
    assert_string_equal(the_world.sent, what);
    assert_int_equal(count, sent);
}

static struct notifier *start(struct fixture *f)
{
    struct notifier *n = NULL;
    the_world = (struct world){.pager = RC_OK};
    fixture_must(f, notifier_new(&settings, f->store, &f->clock, &n, &f->err));
    return n;
}

static void each_sink_gets_each_event_once_and_in_order(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = start(f);
    put_event(f, "e1", "timeout");
    put_event(f, "e2", "timeout");
    pass(f, n, 4, "hook:e1 hook:e2 pager:e1 pager:e2 ");
    pass(f, n, 0, "");
    put_event(f, "e3", "timeout");
    pass(f, n, 2, "hook:e3 pager:e3 ");
    notifier_free(n);
}

static void a_sink_that_fails_is_left_alone_for_longer_each_time_and_holds_up_no_other(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = start(f);
    the_world.pager = RC_SINK;
    put_event(f, "e1", "timeout");
    put_event(f, "e2", "timeout");
    pass(f, n, 2, "hook:e1 hook:e2 ");
    f->now_us += 4 * SECOND;
    the_world.pager = RC_OK;
    pass(f, n, 0, ""); /* not yet: five seconds */
    the_world.pager = RC_SINK;
    f->now_us += 2 * SECOND;
    pass(f, n, 0, ""); /* tried, in vain: ten seconds now */
    the_world.pager = RC_OK;
    f->now_us += 6 * SECOND;
    pass(f, n, 0, "");
    f->now_us += 5 * SECOND;
    pass(f, n, 2, "pager:e1 pager:e2 ");
    notifier_free(n);
}

static void an_event_that_a_sink_will_never_take_is_dropped_for_it(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = start(f);
    the_world.pager = RC_FORMAT;
    put_event(f, "e1", "timeout");
    pass(f, n, 1, "hook:e1 ");
    the_world.pager = RC_OK;
    f->now_us += 3600 * SECOND;
    pass(f, n, 0, "");
    notifier_free(n);
}

static void what_was_not_sent_is_sent_by_the_next_process(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = start(f);
    the_world.pager = RC_SINK;
    put_event(f, "e1", "timeout");
    pass(f, n, 1, "hook:e1 ");
    notifier_free(n);
    n = start(f);
    f->now_us += 6 * SECOND;
    pass(f, n, 1, "pager:e1 ");
    notifier_free(n);
}

/* ---- heads of the log ---- */

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    while ((text = strstr(text, what))) {
        count++;
        text++;
    }
    return count;
}

static void read_text(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(out, 1, size - 1, file) : 0;
    out[len] = '\0';
    if (file)
        fclose(file);
}

static void an_event_carries_the_newest_head(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = start(f);
    put_event(f, "{\"id\":\"e1\"}", "timeout");
    *the_world.sent = '\0';
    fixture_must(f, notifier_pass(n, NULL, &f->err));
    if (!strstr(the_world.sent, "hook:{\"id\":\"e1\",\"head\":\"rollcall/") ||
        !strstr(the_world.sent, "\\n2\\n"))
        fail_msg("%s", the_world.sent);
    notifier_free(n);
}

static void a_head_goes_to_a_file_once_an_hour_and_only_when_it_says_more(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = NULL;
    char path[128], text[4096];
    snprintf(path, sizeof path, "%s/heads", f->folder);
    const struct settings with_file = {
        .heads = {.file = path, .schedule = (const struct schedule *)&the_world}};
    fixture_must(f, notifier_new(&with_file, f->store, &f->clock, &n, &f->err));
    static const struct {
        bool event, again; /* something happens; the notifier starts again */
        int64_t later_s;
        size_t heads;
    } steps[] = {{true, false, 0, 1}, {false, false, 7200, 1}, {true, false, 1, 2},
        {true, false, 60, 2}, {false, true, 60, 2}, {false, false, 3600, 3},
        {false, true, 7200, 3}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char id[16];
        f->now_us += steps[i].later_s * SECOND;
        snprintf(id, sizeof id, "e%zu", i);
        if (steps[i].event)
            put_event(f, id, "timeout");
        if (steps[i].again) {
            notifier_free(n);
            fixture_must(f, notifier_new(&with_file, f->store, &f->clock, &n, &f->err));
        }
        fixture_must(f, notifier_pass(n, NULL, &f->err));
        read_text(path, text, sizeof text);
        if (count_of(text, "time 19") != steps[i].heads)
            fail_msg("step %zu: %zu heads and not %zu:\n%s", i, count_of(text, "time 19"),
                steps[i].heads, text);
    }
    notifier_free(n);
}

static int take_place(void *ctx, const struct store_head_place *place)
{
    char *out = ctx;
    snprintf(
        out, 256, "%s %u %s", place->place, place->failures, place->message ? place->message : "-");
    return 0;
}

static void a_place_that_fails_is_remembered_and_tried_again(void **state)
{
    struct fixture *f = *state;
    struct notifier *n = NULL;
    char path[128], said[256] = "", text[4096];
    snprintf(path, sizeof path, "%s/no/heads", f->folder);
    const struct settings with_file = {
        .heads = {.file = path, .schedule = (const struct schedule *)&the_world}};
    fixture_must(f, notifier_new(&with_file, f->store, &f->clock, &n, &f->err));
    fixture_must(f, notifier_pass(n, NULL, &f->err));
    fixture_must(f, store_head_places(f->store, take_place, said, &f->err));
    if (!strstr(said, " 1 cannot write to"))
        fail_msg("%s", said);
    *strrchr(path, '/') = '\0';
    mkdir(path, 0700);
    path[strlen(path)] = '/';
    fixture_must(f, notifier_pass(n, NULL, &f->err)); /* too early */
    read_text(path, text, sizeof text);
    assert_string_equal(text, "");
    f->now_us += 6 * SECOND;
    fixture_must(f, notifier_pass(n, NULL, &f->err));
    read_text(path, text, sizeof text);
    assert_int_equal(count_of(text, "rollcall/"), 2);
    fixture_must(f, store_head_places(f->store, take_place, said, &f->err));
    assert_non_null(strstr(said, " 0 -"));
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    notifier_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(each_sink_gets_each_event_once_and_in_order),
        STORE_TEST(a_sink_that_fails_is_left_alone_for_longer_each_time_and_holds_up_no_other),
        STORE_TEST(an_event_that_a_sink_will_never_take_is_dropped_for_it),
        STORE_TEST(what_was_not_sent_is_sent_by_the_next_process),
        STORE_TEST(an_event_carries_the_newest_head),
        STORE_TEST(a_head_goes_to_a_file_once_an_hour_and_only_when_it_says_more),
        STORE_TEST(a_place_that_fails_is_remembered_and_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
