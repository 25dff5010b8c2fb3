/* rooms: base store */
#include "store_fixture.h"

#include <poll.h>
#include <sys/wait.h>

#include "store/backup.h"
#include "store/prune.h"

#define DAY (86400 * SECOND)

static const struct keep_rule newest_two = {.text = "newest 2", .newest = 2};
static const struct keep_policy short_memory = {
    .name = "short", .rules = &newest_two, .rule_count = 1};

/* Texts that differ in a line, a day apart, from version `from` on. */
static void collect_some(struct fixture *f, uint32_t from, uint32_t count)
{
    static const struct store_account alice = {
        .realm = "local", .name = "alice", .kind = "local", .roles = "", .enabled = true};
    for (uint32_t i = from; i < from + count; i++, f->now_us += DAY) {
        char config[4000];
        size_t len = (size_t)snprintf(config, sizeof config, "hostname edge-7\nversion-%u\n", i);
        for (uint32_t line = 0; line < 40; line++)
            len += (size_t)snprintf(config + len, sizeof config - len,
                "interface %u description %u\n", line, (line * 7919 + 13) % 1000);
        fixture_must(
            f, fixture_collect(f,
                   &(struct sample){
                       .previous = i - 1, .config = config, .accounts = &alice, .account_count = 1},
                   NULL));
    }
}

static struct prune_tally prune(struct fixture *f, const struct keep_policy *policy, bool dry)
{
    struct prune_tally tally = {0};
    const struct prune p = {.device = "edge-7",
        .policy = policy,
        .user_json = "{\"name\":\"ops\",\"uid\":0}",
        .dry = dry};
    fixture_must(f, store_prune(f->store, &p, &tally, &f->err));
    return tally;
}

/* "7 6 1": versions that have their texts, which are read and held against what they were. */
static const char *readable(struct fixture *f, char out[200])
{
    *out = '\0';
    for (uint32_t n = 60; n > 0; n--) {
        struct buf text = {0}, json = {0};
        char mark[40];
        snprintf(mark, sizeof mark, "\nversion-%u\n", n);
        if (store_read_part(f->store, "edge-7", n, "running", &text, &f->err) == 0) {
            assert_non_null(strstr(buf_text(&text), mark));
            assert_int_equal(store_read_access(f->store, "edge-7", n, &json, &f->err), 0);
            snprintf(out + strlen(out), 200 - strlen(out), "%s%u", *out ? " " : "", n);
        }
        buf_free(&text);
        buf_free(&json);
    }
    return out;
}

static int see_prune(void *ctx, const struct store_log_entry *entry)
{
    if (entry->kind == ENTRY_PRUNE)
        snprintf(ctx, 400, "%.*s", (int)entry->document.len, entry->document.at);
    return 0;
}

static void what_no_rule_keeps_goes_and_the_rest_is_read_as_before(void **state)
{
    struct fixture *f = *state;
    char kept[200], said[400] = "";
    uint64_t size = 0;
    collect_some(f, 1, 10);
    struct prune_tally dry = prune(f, &short_memory, true);
    assert_int_equal(dry.versions, 7); /* alice began with the first one */
    assert_true(dry.bytes > 0);
    assert_string_equal(readable(f, kept), "10 9 8 7 6 5 4 3 2 1");
    struct prune_tally done = prune(f, &short_memory, false);
    assert_int_equal(done.versions, 7);
    assert_true(done.bytes > 0);
    assert_string_equal(readable(f, kept), "10 9 1");
    fixture_must(f, store_log_size(f->store, &size, &f->err));
    fixture_must(f, store_log_walk(f->store, 0, size, see_prune, said, &f->err));
    assert_non_null(strstr(said, "\"policy\":\"short\""));
    assert_non_null(strstr(said, "\"device\":\"edge-7\",\"from\":2,\"to\":8,\"count\":7"));
    assert_non_null(strstr(said, "\"name\":\"ops\""));
    assert_int_equal(prune(f, &short_memory, false).versions, 0);
    collect_some(f, 11, 2);
    assert_string_equal(readable(f, kept), "12 11 10 9 1");
}

static void a_pruned_version_is_still_known(void **state)
{
    struct fixture *f = *state;
    struct store_version v;
    struct buf text = {0};
    collect_some(f, 1, 5);
    prune(f, &short_memory, false);
    fixture_must(f, store_version(f->store, "edge-7", 2, 0, &v, &f->err));
    assert_true(v.pruned);
    assert_string_equal(v.author, "alice");
    store_version_clear(&v);
    assert_int_equal(
        store_read_part(f->store, "edge-7", 2, "running", &text, &f->err), RC_NOT_FOUND);
    assert_non_null(strstr(f->err.text, "version 2 of edge-7 was pruned by policy short on 1970-"));
    assert_int_equal(store_read_access(f->store, "edge-7", 2, &text, &f->err), RC_NOT_FOUND);
    buf_free(&text);
}

static void of_many_versions_each_transaction_takes_some(void **state)
{
    struct fixture *f = *state;
    char kept[200];
    collect_some(f, 1, 45);
    assert_int_equal(prune(f, &short_memory, false).versions, 42);
    assert_string_equal(readable(f, kept), "45 44 1");
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM entry WHERE kind = 7"), 2);
}

/* Then what stays has nothing left that it could be built on. */
static void the_first_version_goes_when_no_account_began_with_it(void **state)
{
    struct fixture *f = *state;
    char kept[200];
    for (uint32_t i = 1; i <= 5; i++, f->now_us += DAY) {
        char config[3000];
        size_t len = (size_t)snprintf(config, sizeof config, "hostname edge-7\nversion-%u\n", i);
        for (uint32_t line = 0; line < 40; line++)
            len += (size_t)snprintf(config + len, sizeof config - len, "interface %u mtu %u\n",
                line, (line * 7919 + 13) % 9000);
        fixture_must(
            f, fixture_collect(f, &(struct sample){.previous = i - 1, .config = config}, NULL));
    }
    assert_int_equal(prune(f, &short_memory, false).versions, 3);
    assert_string_equal(readable(f, kept), "5 4");
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob WHERE base IS NOT NULL AND base "
                                      "NOT IN (SELECT id FROM blob)"),
        0);
}

/* The power fails in the second transaction. */
static void what_was_stopped_goes_on_with_the_next_call(void **state)
{
    static const char cut[] =
        "CREATE TEMP TRIGGER cut BEFORE UPDATE ON version WHEN (SELECT count(*) FROM main.entry "
        "WHERE kind = 7) = 2 BEGIN SELECT RAISE(ABORT, 'power'); END";
    struct fixture *f = *state;
    char kept[200];
    struct prune_tally tally = {0};
    const struct prune p = {.device = "edge-7", .policy = &short_memory};
    collect_some(f, 1, 45);
    assert_int_equal(sqlite3_exec(f->store->db, cut, NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(store_prune(f->store, &p, &tally, &f->err), 0);
    assert_int_equal(tally.versions, 32);
    assert_string_equal(readable(f, kept), "45 44 11 10 9 8 7 6 5 4 3 2 1");
    assert_int_equal(sqlite3_exec(f->store->db, "DROP TRIGGER cut", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(prune(f, &short_memory, false).versions, 10);
    assert_string_equal(readable(f, kept), "45 44 1");
}

static const char hold_document[] =
    "{\"action\":\"hold\",\"user\":{\"name\":\"ops\"},\"arguments\":{\"reason\":\"case 17\"}}";

static void a_hold_wins_over_every_policy_until_it_is_released(void **state)
{
    struct fixture *f = *state;
    char kept[200];
    uint64_t one = 0, some = 0, none = 0;
    collect_some(f, 1, 10);
    const int64_t first_us = f->now_us - 10 * DAY;
    fixture_must(f, store_hold(f->store, &(struct store_hold){"edge-7", 7, 0, INT64_MAX},
                        hold_document, &one, &f->err));
    /* in force within the time: 3 was until then, 4 began in it */
    fixture_must(f, store_hold(f->store,
                        &(struct store_hold){
                            "edge-7", 0, first_us + 2 * DAY + SECOND, first_us + 3 * DAY + SECOND},
                        hold_document, &some, &f->err));
    assert_int_equal(prune(f, &short_memory, false).versions, 4);
    assert_string_equal(readable(f, kept), "10 9 7 4 3 1");
    assert_int_equal(store_hold(f->store, &(struct store_hold){"edge-7", 5, 0, INT64_MAX},
                         hold_document, &none, &f->err),
        RC_NOT_FOUND);
    assert_int_equal(store_hold(f->store, &(struct store_hold){"edge-9", 0, 0, INT64_MAX},
                         hold_document, &none, &f->err),
        RC_NOT_FOUND);
    fixture_must(f, store_release(f->store, one, "{\"action\":\"release\"}", &f->err));
    assert_int_equal(store_release(f->store, one, "{}", &f->err), RC_NOT_FOUND);
    assert_int_equal(prune(f, &short_memory, false).versions, 1);
    assert_string_equal(readable(f, kept), "10 9 4 3 1");
}

static void hold_version_3(void *ctx, const struct retained *version)
{
    struct fixture *f = ctx;
    uint64_t id;
    if (version->number == 3)
        fixture_must(f, store_hold(f->store, &(struct store_hold){"edge-7", 3, 0, INT64_MAX},
                            hold_document, &id, &f->err));
}

static void a_hold_that_comes_behind_the_plan_wins_as_well(void **state)
{
    struct fixture *f = *state;
    char kept[200];
    struct prune_tally tally = {0};
    const struct prune p = {
        .device = "edge-7", .policy = &short_memory, .each = hold_version_3, .ctx = f};
    collect_some(f, 1, 6);
    fixture_must(f, store_prune(f->store, &p, &tally, &f->err));
    assert_string_equal(readable(f, kept), "6 5 3 1");
}

static int count_holds(void *ctx, const struct store_hold_row *row)
{
    size_t *open = ctx;
    assert_string_equal(row->hold.device, "edge-7");
    assert_non_null(strstr(row->document, "case 17"));
    *open += !row->released;
    return 0;
}

static void holds_are_listed_with_their_reason(void **state)
{
    struct fixture *f = *state;
    uint64_t first = 0, second = 0;
    size_t open = 0;
    collect_some(f, 1, 1);
    const struct store_hold all = {"edge-7", 0, 0, INT64_MAX};
    fixture_must(f, store_hold(f->store, &all, hold_document, &first, &f->err));
    fixture_must(f, store_hold(f->store, &all, hold_document, &second, &f->err));
    fixture_must(f, store_release(f->store, first, "{}", &f->err));
    fixture_must(f, store_holds(f->store, count_holds, &open, &f->err));
    assert_int_equal(open, 1);
}

static void old_runs_and_messages_for_nobody_go(void **state)
{
    struct fixture *f = *state;
    size_t runs = 0, messages = 0;
    const struct store_event event = {"e1", "account-created", 85, "bob", "/p", "{\"id\":\"e1\"}"};
    static const char *const sinks[] = {"siem"};
    collect_some(f, 1, 4);
    fixture_must(f,
        fixture_collect(f,
            &(struct sample){
                .previous = 4, .config = "other\nversion-5\n", .events = &event, .event_count = 1},
            NULL));
    struct prune_rest rest = {
        .before_us = f->now_us - 2 * DAY, .sinks = sinks, .sink_count = 1, .dry = true};
    fixture_must(f, store_prune_rest(f->store, &rest, &runs, &messages, &f->err));
    assert_int_equal(runs, 2);
    assert_int_equal(messages, 1); /* noc's */
    rest.dry = false;
    fixture_must(f, store_prune_rest(f->store, &rest, &runs, &messages, &f->err));
    assert_int_equal(runs, 2);
    assert_int_equal(messages, 1);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM run"), 3);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM outbox"), 1);
    fixture_must(f, store_prune_rest(f->store, &rest, &runs, &messages, &f->err));
    assert_int_equal(runs + messages, 0);
}

static void what_is_freed_is_overwritten_and_given_back(void **state)
{
    struct fixture *f = *state;
    int64_t left = -1;
    collect_some(f, 1, 45);
    prune(f, &short_memory, false);
    fixture_must(f, store_prune_end(f->store, &left, &f->err));
    if (fixture_count(f, "PRAGMA auto_vacuum") == 2)
        assert_int_equal(left, 0);
    assert_int_equal(left, fixture_count(f, "PRAGMA freelist_count") * 4096);
}

/* ---- backup ---- */

static const char action[] = "{\"action\":\"restore\",\"user\":{\"name\":\"ops\"}}";

static const char *beside(struct fixture *f, const char *name, char out[200])
{
    snprintf(out, 200, "%s/%s", f->folder, name);
    return out;
}

static void a_backup_is_a_store_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy = {0};
    struct stat st;
    char file[200], kept[200];
    collect_some(f, 1, 3);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, &copy, &f->err));
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(copy.bytes, st.st_size);
    collect_some(f, 4, 1);
    store_close(f->store);
    snprintf(f->path, sizeof f->path, "%s/backup", f->folder);
    fixture_open(f, STORE_READ);
    assert_string_equal(readable(f, kept), "3 2 1");
}

static void a_backup_takes_the_place_of_no_other_file(void **state)
{
    struct fixture *f = *state;
    char file[200];
    FILE *letter = fopen(beside(f, "letter", file), "w");
    fputs("dear", letter);
    fclose(letter);
    assert_int_equal(store_backup(f->store, file, &test_keys, NULL, &f->err), RC_STORE);
    assert_int_equal(store_backup(f->store, f->path, &test_keys, NULL, &f->err), RC_STORE);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    fixture_must(f, store_backup(f->store, file, &test_keys, NULL, &f->err));
}

/* The child writes versions until its pipe is closed. */
static void write_until_told(struct fixture *f, int told, int tell)
{
    struct pollfd fd = {.fd = told, .events = POLLIN};
    fixture_open(f, STORE_WRITE);
    for (uint32_t i = 1; poll(&fd, 1, 0) == 0; i++) {
        char config[60];
        snprintf(config, sizeof config, "hostname edge-7\nversion-%u\n", i);
        f->now_us += SECOND;
        if (fixture_collect(f, &(struct sample){.previous = i - 1, .config = config}, NULL) ||
            (i == 1 && write(tell, "", 1) != 1))
            _exit(1);
    }
    _exit(0);
}

static void backups_are_whole_while_another_process_writes(void **state)
{
    struct fixture *f = *state;
    char file[200], byte;
    int up[2], down[2], status = -1;
    uint64_t entries = 0;
    store_close(f->store);
    assert_int_equal(pipe(up) | pipe(down), 0);
    pid_t child = fork();
    if (child == 0) {
        close(down[1]);
        write_until_told(f, down[0], up[1]);
    }
    close(up[1]);
    close(down[0]);
    assert_int_equal(read(up[0], &byte, 1), 1);
    fixture_open(f, STORE_READ);
    for (int i = 0; i < 5; i++) {
        struct store_copy copy = {0};
        fixture_must(
            f, store_backup(f->store, beside(f, "backup", file), &test_keys, &copy, &f->err));
        assert_true(copy.entries >= entries);
        entries = copy.entries;
    }
    close(down[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(up[0]);
}

static void a_log_that_does_not_hold_is_no_backup(void **state)
{
    struct fixture *f = *state;
    char file[200];
    collect_some(f, 1, 3);
    assert_int_equal(
        sqlite3_exec(f->store->db,
            "UPDATE entry SET hashes = zeroblob(length(hashes)) WHERE seq = 1", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(
        store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err), RC_INTEGRITY);
    assert_int_equal(access(file, F_OK), -1);
}

static int restore(struct fixture *f, const char *file, bool force, struct store_copy *copy)
{
    const struct store_restore r = {file, f->path, force, action};
    return store_restore(&r, &test_keys, &f->clock, copy, &f->err);
}

static void an_older_backup_is_restored_only_by_force_and_what_was_there_is_kept(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy;
    char file[200], kept[200];
    collect_some(f, 1, 3);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    collect_some(f, 4, 1);
    store_close(f->store);
    f->store = NULL;
    assert_int_equal(restore(f, file, false, &copy), RC_STORE);
    assert_non_null(strstr(f->err.text, "is newer"));
    fixture_open(f, STORE_READ);
    assert_string_equal(readable(f, kept), "4 3 2 1");
    store_close(f->store);
    f->store = NULL;
    fixture_must(f, restore(f, file, true, &copy));
    assert_true(copy.lost > 0);
    assert_int_equal(access(copy.beside, F_OK), 0);
    fixture_open(f, STORE_WRITE);
    assert_string_equal(readable(f, kept), "3 2 1");
    collect_some(f, 4, 1);
}

static void a_backup_that_goes_on_from_the_store_needs_no_force(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy;
    char file[200], kept[200];
    collect_some(f, 1, 3);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    store_close(f->store);
    f->store = NULL;
    fixture_must(f, restore(f, file, false, &copy));
    fixture_open(f, STORE_READ);
    assert_string_equal(readable(f, kept), "3 2 1");
}

static void another_history_is_not_overwritten(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy;
    char file[200];
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    store_close(f->store);
    f->store = NULL;
    unlink(f->path);
    fixture_open(f, STORE_WRITE);
    store_close(f->store);
    f->store = NULL;
    assert_int_equal(restore(f, file, false, &copy), RC_STORE);
    assert_non_null(strstr(f->err.text, "another history"));
}

static void without_a_store_in_place_there_is_nothing_to_lose(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy;
    char file[200], kept[200];
    collect_some(f, 1, 2);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    store_close(f->store);
    f->store = NULL;
    unlink(f->path);
    fixture_must(f, restore(f, file, false, &copy));
    assert_false(copy.replaced);
    fixture_open(f, STORE_READ);
    assert_string_equal(readable(f, kept), "2 1");
}

static void a_damaged_store_is_replaced_by_force_and_kept(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy;
    char file[200];
    collect_some(f, 1, 2);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    store_close(f->store);
    f->store = NULL;
    FILE *damaged = fopen(f->path, "w");
    fputs("nothing of a store", damaged);
    fclose(damaged);
    assert_int_equal(restore(f, file, false, &copy), RC_STORE);
    fixture_must(f, restore(f, file, true, &copy));
    assert_int_equal(access(copy.beside, F_OK), 0);
    snprintf(file, sizeof file, "%.*s", (int)sizeof file - 1, copy.beside);
    assert_int_equal(restore(f, file, true, &copy), RC_STORE); /* no backup */
    assert_int_equal(restore(f, "/nowhere/backup", true, &copy), RC_NOT_FOUND);
    assert_int_equal(restore(f, f->path, true, &copy), RC_STORE); /* itself */
}

/* POSIX locks are a process's: another one has to hold the store open. */
static void a_store_that_a_process_has_open_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct store_copy copy;
    char file[200], byte;
    int up[2], down[2];
    collect_some(f, 1, 2);
    fixture_must(f, store_backup(f->store, beside(f, "backup", file), &test_keys, NULL, &f->err));
    store_close(f->store);
    f->store = NULL;
    assert_int_equal(pipe(up) | pipe(down), 0);
    pid_t child = fork();
    if (child == 0) {
        close(up[0]);
        close(down[1]);
        fixture_open(f, STORE_READ);
        if (write(up[1], "", 1) == 1 && read(down[0], &byte, 1) == 0)
            _exit(0);
        _exit(1);
    }
    close(up[1]);
    close(down[0]);
    assert_int_equal(read(up[0], &byte, 1), 1);
    assert_int_equal(restore(f, file, false, &copy), RC_BUSY);
    close(down[1]);
    assert_int_equal(read(up[0], &byte, 1), 0); /* it has ended */
    fixture_must(f, restore(f, file, false, &copy));
    close(up[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_no_rule_keeps_goes_and_the_rest_is_read_as_before),
        STORE_TEST(a_pruned_version_is_still_known),
        STORE_TEST(of_many_versions_each_transaction_takes_some),
        STORE_TEST(the_first_version_goes_when_no_account_began_with_it),
        STORE_TEST(a_hold_that_comes_behind_the_plan_wins_as_well),
        STORE_TEST(what_was_stopped_goes_on_with_the_next_call),
        STORE_TEST(a_hold_wins_over_every_policy_until_it_is_released),
        STORE_TEST(holds_are_listed_with_their_reason),
        STORE_TEST(old_runs_and_messages_for_nobody_go),
        STORE_TEST(what_is_freed_is_overwritten_and_given_back),
        STORE_TEST(a_backup_is_a_store_of_its_own),
        STORE_TEST(backups_are_whole_while_another_process_writes),
        STORE_TEST(a_log_that_does_not_hold_is_no_backup),
        STORE_TEST(a_backup_takes_the_place_of_no_other_file),
        STORE_TEST(an_older_backup_is_restored_only_by_force_and_what_was_there_is_kept),
        STORE_TEST(a_backup_that_goes_on_from_the_store_needs_no_force),
        STORE_TEST(another_history_is_not_overwritten),
        STORE_TEST(without_a_store_in_place_there_is_nothing_to_lose),
        STORE_TEST(a_damaged_store_is_replaced_by_force_and_kept),
        STORE_TEST(a_store_that_a_process_has_open_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
