/* rooms: base store */
/* Entries of the log by kind, device and time. */
#include "store_fixture.h"

#define ACTIONS (1U << ENTRY_ACTION)
#define ACKS (1U << ENTRY_ACKNOWLEDGEMENT)

static void record(struct fixture *f, enum entry_kind kind, const char *device, const char *what)
{
    const struct store_entry entry = {.kind = kind, .device = device, .document = what};
    f->now_us += SECOND;
    fixture_must(f, store_record(f->store, &entry, NULL, &f->err));
}

static void collect_from(struct fixture *f, const char *device)
{
    const struct sample sample = {.device = device, .config = "hostname a\n"};
    uint32_t version;
    f->now_us += SECOND;
    fixture_must(f, fixture_collect(f, &sample, &version));
}

struct found {
    char text[400]; /* "kind:device:document " of each */
    size_t stop_after, count;
};

static int keep(void *ctx, const struct store_log_entry *entry)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    bool short_one = entry->kind > ENTRY_EVENT;
    snprintf(found->text + len, sizeof found->text - len, "%s:%s:%.*s ",
        entry_kind_name(entry->kind), entry->device ? entry->device : "-",
        short_one ? (int)entry->document.len : 0, entry->document.at);
    return ++found->count == found->stop_after;
}

static void assert_found(
    struct fixture *f, const struct store_log_query *query, const char *expected)
{
    struct found found = {0};
    fixture_must(f, store_log_find(f->store, query, keep, &found, &f->err));
    assert_string_equal(found.text, expected);
}

static void fill(struct fixture *f)
{
    collect_from(f, "edge-7");
    collect_from(f, "edge-8");
    record(f, ENTRY_ACTION, "edge-7", "{\"a\":1}");
    record(f, ENTRY_ACKNOWLEDGEMENT, "edge-8", "{\"a\":2}");
    record(f, ENTRY_ACTION, NULL, "{\"a\":3}");
}

static void entries_are_found_by_kind_the_newest_first(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_found(f, &(struct store_log_query){.kinds = ACTIONS},
        "action:-:{\"a\":3} action:edge-7:{\"a\":1} ");
    assert_found(f, &(struct store_log_query){.kinds = ACTIONS | ACKS},
        "action:-:{\"a\":3} acknowledgement:edge-8:{\"a\":2} action:edge-7:{\"a\":1} ");
    assert_found(f, &(struct store_log_query){.kinds = 1U << ENTRY_VERSION},
        "version:edge-8: version:edge-7: ");
    assert_found(f, &(struct store_log_query){.kinds = 1U << ENTRY_APPROVAL}, "");
    assert_found(f, &(struct store_log_query){.kinds = 0},
        "action:-:{\"a\":3} acknowledgement:edge-8:{\"a\":2} action:edge-7:{\"a\":1} "
        "version:edge-8: version:edge-7: start:-: ");
}

static void entries_are_found_by_device(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_found(f, &(struct store_log_query){.device = "edge-7"},
        "action:edge-7:{\"a\":1} version:edge-7: ");
    assert_found(f, &(struct store_log_query){.kinds = ACTIONS | ACKS, .device = "edge-8"},
        "acknowledgement:edge-8:{\"a\":2} ");
    assert_found(f, &(struct store_log_query){.device = "edge-9"}, "");
}

static void entries_are_found_by_the_time_they_were_written(void **state)
{
    struct fixture *f = *state;
    fill(f);
    const int64_t last = f->now_us;
    assert_found(f, &(struct store_log_query){.since_us = last}, "action:-:{\"a\":3} ");
    assert_found(f, &(struct store_log_query){.kinds = ACTIONS, .until_us = last},
        "action:edge-7:{\"a\":1} ");
    assert_found(f, &(struct store_log_query){.since_us = last - SECOND, .until_us = last},
        "acknowledgement:edge-8:{\"a\":2} ");
}

static void no_more_are_found_than_are_wanted(void **state)
{
    struct fixture *f = *state;
    struct found found = {.stop_after = 1};
    fill(f);
    assert_found(f, &(struct store_log_query){.limit = 1}, "action:-:{\"a\":3} ");
    assert_found(f, &(struct store_log_query){.kinds = ACTIONS, .limit = 1}, "action:-:{\"a\":3} ");
    fixture_must(
        f, store_log_find(f->store, &(struct store_log_query){.kinds = 0}, keep, &found, &f->err));
    assert_int_equal(found.count, 1);
}

/* More than there is room for at first. */
static void many_are_found(void **state)
{
    struct fixture *f = *state;
    struct found found = {0};
    collect_from(f, "edge-7");
    for (int i = 0; i < 150; i++)
        record(f, ENTRY_ACTION, "edge-7", "{}");
    fixture_must(f, store_log_find(f->store, &(struct store_log_query){.kinds = ACTIONS}, keep,
                        &found, &f->err));
    assert_int_equal(found.count, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(entries_are_found_by_kind_the_newest_first),
        STORE_TEST(entries_are_found_by_device),
        STORE_TEST(entries_are_found_by_the_time_they_were_written),
        STORE_TEST(no_more_are_found_than_are_wanted),
        STORE_TEST(many_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
