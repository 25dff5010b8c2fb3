/* rooms: base store */
#include "store_fixture.h"

static int note_account(void *ctx, const struct store_account_row *r)
{
    buf_format(ctx, "%s/%s:%lld since %lld%s changed %lld v%u\n", r->device, r->account.name,
        r->account.has_privilege ? (long long)r->account.privilege : -1,
        (long long)(r->since_us / SECOND), r->since_first ? "?" : "",
        (long long)(r->changed_us / SECOND), r->version);
    return 0;
}

static void expect(struct fixture *f, struct store_account_query q, const char *expected)
{
    struct buf text = {0};
    fixture_must(f, store_accounts(f->store, &q, note_account, &text, &f->err));
    if (strcmp(buf_text(&text), expected) != 0)
        fail_msg("at %lld: expected\n%s\ngot\n%s", (long long)q.at_us, expected, buf_text(&text));
    buf_free(&text);
}

/* Each step is ten seconds after the one before; a letter and a digit are an account and its
 * privilege. */
static void collect_steps(
    struct fixture *f, const char *device, const char *const *steps, size_t count)
{
    int64_t start_us = f->now_us;
    for (uint32_t i = 0; i < count; i++, f->now_us += 10 * SECOND) {
        struct store_account accounts[8];
        char names[8][2];
        size_t n = 0;
        for (const char *at = steps[i]; *at; at += 2, n++) {
            memcpy(names[n], (char[]){at[0], '\0'}, 2);
            accounts[n] = local_account(names[n], at[1] - '0');
        }
        fixture_must(f, fixture_collect(f,
                            &(struct sample){.device = device,
                                .config = steps[i],
                                .previous = i,
                                .accounts = accounts,
                                .account_count = n},
                            NULL));
    }
    f->now_us = start_us;
}

static void intervals_tell_who_had_an_account_when(void **state)
{
    struct fixture *f = *state;
    /* unsorted on purpose; b promoted, c added and gone, a gone and back */
    static const char *const steps[] = {"b1a1", "a1b9", "c1b9a1", "b9", "b9a1"};
    collect_steps(f, "edge-7", steps, COUNT(steps));
    static const struct {
        int64_t at_s;
        const char *expected;
    } cases[] = {
        {999, ""},
        {1000, "edge-7/a:1 since 1000? changed 1000 v1\nedge-7/b:1 since 1000? changed 1000 v1\n"},
        {1009, "edge-7/a:1 since 1000? changed 1000 v1\nedge-7/b:1 since 1000? changed 1000 v1\n"},
        {1010, "edge-7/a:1 since 1000? changed 1000 v2\nedge-7/b:9 since 1000? changed 1010 v2\n"},
        {1020, "edge-7/a:1 since 1000? changed 1000 v3\nedge-7/b:9 since 1000? changed 1010 v3\n"
               "edge-7/c:1 since 1020 changed 1020 v3\n"},
        {1030, "edge-7/b:9 since 1000? changed 1010 v4\n"},
        {1040, "edge-7/a:1 since 1040 changed 1040 v5\nedge-7/b:9 since 1000? changed 1010 v5\n"},
        {0, "edge-7/a:1 since 1040 changed 1040 v5\nedge-7/b:9 since 1000? changed 1010 v5\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(f, (struct store_account_query){.at_us = cases[i].at_s * SECOND}, cases[i].expected);
    /* a and b from the start, b again, c, a again: nothing was written for what stayed */
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM account_interval"), 5);
}

static void every_attribute_begins_a_new_interval(void **state)
{
    struct fixture *f = *state;
    struct store_account a = local_account("bob", 1);
    const struct sample sample = {.config = "x", .accounts = &a, .account_count = 1};
    struct sample s = sample;
    fixture_must(f, fixture_collect(f, &s, NULL));
    for (int step = 0; step < 9; step++) {
        switch (step) {
        case 0:
            a.kind = "template";
            break;
        case 1:
            a.privilege = 2;
            break;
        case 2:
            a.has_privilege = false;
            break;
        case 3:
            a.roles = "ops";
            break;
        case 4:
            a.admin = true;
            break;
        case 5:
            a.enabled = false;
            break;
        case 6:
            a.secret_scheme = "md5";
            break;
        case 7:
            a.secret_scheme = NULL;
            break;
        default:
            a.key_count = 2;
            break;
        }
        s.previous++;
        fixture_must(f, fixture_collect(f, &s, NULL));
        assert_int_equal(
            fixture_count(f, "SELECT count(*) FROM account_interval"), (int64_t)s.previous + 1);
    }
    s.previous++;
    fixture_must(f, fixture_collect(f, &s, NULL));
    assert_int_equal(
        fixture_count(f, "SELECT count(*) FROM account_interval"), (int64_t)s.previous);
    assert_int_equal(fixture_count(f, "SELECT count(DISTINCT first_us) FROM account_interval"), 1);
}

static void accounts_are_chosen_by_device_and_name_and_sorted(void **state)
{
    struct fixture *f = *state;
    static const char *const two[] = {"b1a1"}, *const one[] = {"a5"};
    collect_steps(f, "z", two, 1);
    collect_steps(f, "c", one, 1);
    static const struct {
        const char *device, *name, *expected;
    } cases[] = {{NULL, NULL,
                     "c/a:5 since 1000? changed 1000 v1\nz/a:1 since 1000? changed 1000 v1\n"
                     "z/b:1 since 1000? changed 1000 v1\n"},
        {NULL, "a", "c/a:5 since 1000? changed 1000 v1\nz/a:1 since 1000? changed 1000 v1\n"},
        {"z", NULL, "z/a:1 since 1000? changed 1000 v1\nz/b:1 since 1000? changed 1000 v1\n"},
        {"z", "b", "z/b:1 since 1000? changed 1000 v1\n"}, {"c", "b", ""}, {"q", NULL, ""},
        {NULL, "q", ""}};
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(f, (struct store_account_query){.device = cases[i].device, .name = cases[i].name},
            cases[i].expected);
}

static void an_account_that_is_there_twice_is_refused_whole(void **state)
{
    struct fixture *f = *state;
    const struct store_account twice[] = {local_account("bob", 1), local_account("bob", 15)};
    assert_int_equal(
        fixture_collect(
            f, &(struct sample){.config = "x", .accounts = twice, .account_count = 2}, NULL),
        RC_INVALID);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM device"), 0);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob"), 0);
}

/* The plan of a statement, one step a line. */
static void plan_of(struct fixture *f, const char *name, struct buf *plan)
{
    struct statement *statement;
    HASH_FIND(hh, f->store->by_name, name, strlen(name), statement);
    assert_non_null(statement);
    char *sql =
        sqlite3_mprintf("EXPLAIN QUERY PLAN %.*s", (int)statement->sql.len, statement->sql.at);
    sqlite3_stmt *rows = NULL;
    assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &rows, NULL), SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        buf_format(plan, "%s\n", sqlite3_column_text(rows, 3));
    sqlite3_finalize(rows);
    sqlite3_free(sql);
}

static void no_query_over_the_fleet_reads_all_of_history(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name, *never[4]; /* steps that must not be in its plan */
    } cases[] = {
        {"accounts_fleet", {"SCAN v", "SCAN a", "SCAN i", "TEMP B-TREE"}},
        {"accounts_of_device", {"SCAN", "TEMP B-TREE"}},
        {"accounts_of_name", {"SCAN"}},
        {"open_accounts", {"SCAN", "TEMP B-TREE"}},
        {"devices", {"SCAN v", "TEMP B-TREE"}},
        {"version_at", {"SCAN", "TEMP B-TREE"}},
        {"history", {"SCAN", "TEMP B-TREE"}},
        {"events", {"SCAN", "TEMP B-TREE"}},
        {"events_of_device", {"SCAN", "TEMP B-TREE"}},
        {"events_of_subject", {"SCAN", "TEMP B-TREE"}},
        {"outbox_due", {"SCAN", "TEMP B-TREE"}},
        {"outbox_due_of_sink", {"SCAN", "TEMP B-TREE"}},
        {"parts", {"SCAN", "TEMP B-TREE"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf plan = {0};
        plan_of(f, cases[i].name, &plan);
        for (size_t j = 0; j < COUNT(cases[i].never) && cases[i].never[j]; j++)
            if (strstr(buf_text(&plan), cases[i].never[j]))
                fail_msg("%s must not %s:\n%s", cases[i].name, cases[i].never[j], buf_text(&plan));
        buf_free(&plan);
    }
}

static int count_row(void *ctx, const struct store_account_row *row)
{
    size_t *count = ctx;
    *count += row->version > 0;
    return 0;
}

/* Work, not time: SQLite counts the steps of its machine, and they must not grow with history. */
static size_t steps_of_fleet(struct fixture *f, int64_t at_us, size_t *rows)
{
    struct statement *statement;
    HASH_FIND(hh, f->store->by_name, "accounts_fleet", strlen("accounts_fleet"), statement);
    if (statement->prepared)
        sqlite3_stmt_status(statement->prepared, SQLITE_STMTSTATUS_VM_STEP, 1);
    *rows = 0;
    fixture_must(f, store_accounts(f->store, &(struct store_account_query){.at_us = at_us},
                        count_row, rows, &f->err));
    return (size_t)sqlite3_stmt_status(statement->prepared, SQLITE_STMTSTATUS_VM_STEP, 0);
}

static void a_longer_history_does_not_make_the_fleet_query_longer(void **state)
{
    struct fixture *f = *state;
    enum { DEVICES = 200, ACCOUNTS = 5 };
    fixture_must(f, sqlite3_exec(f->store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL));
    size_t first = 0;
    for (uint32_t version = 0; version < 20; version++, f->now_us += SECOND) {
        for (int d = 0; d < DEVICES; d++) {
            char device[32];
            snprintf(device, sizeof device, "router-%04d", d);
            struct store_account accounts[ACCOUNTS];
            static const char *const names[] = {"a", "b", "c", "d", "e"};
            for (int a = 0; a < ACCOUNTS; a++) {
                accounts[a] = local_account(names[a], 1);
                accounts[a].key_count = version; /* all of them change */
            }
            fixture_must(f, fixture_collect(f,
                                &(struct sample){.device = device,
                                    .config = "x",
                                    .previous = version,
                                    .accounts = accounts,
                                    .account_count = ACCOUNTS},
                                NULL));
        }
        if (version != 0 && version != 19)
            continue;
        for (int64_t back = 0; back <= version; back += 19) {
            size_t rows, steps = steps_of_fleet(f, f->now_us - back * SECOND, &rows);
            assert_int_equal(rows, DEVICES * ACCOUNTS);
            first = first ? first : steps;
            assert_in_range(steps, 1, first + first / 10);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(intervals_tell_who_had_an_account_when),
        STORE_TEST(every_attribute_begins_a_new_interval),
        STORE_TEST(accounts_are_chosen_by_device_and_name_and_sorted),
        STORE_TEST(an_account_that_is_there_twice_is_refused_whole),
        STORE_TEST(no_query_over_the_fleet_reads_all_of_history),
        STORE_TEST(a_longer_history_does_not_make_the_fleet_query_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
