/* rooms: base store */
/* A clock that jumps: versions and intervals stay in order, and what is doubtful says so. */
#include "store_fixture.h"

#define DAY (86400 * SECOND)

enum { DEVICES = 4, ROUNDS = 200 };

struct expected {
    uint32_t newest;
    int64_t created_us[ROUNDS + 1];
    bool doubtful[ROUNDS + 1];
};

static struct expected devices[DEVICES];

static const char *name_of(int device)
{
    static char name[24];
    snprintf(name, sizeof name, "edge-%d", device);
    return name;
}

/* What the store promises: behind the newest entry's time there is doubt about all that was written
 * in the future, and about what is written now; and about a version that has to follow one of the
 * future. */
static void expect_version(int device, int64_t now_us, int64_t *newest_us)
{
    bool back = now_us < *newest_us - SECOND;
    for (int d = 0; back && d < DEVICES; d++)
        for (uint32_t n = 1; n <= devices[d].newest; n++)
            devices[d].doubtful[n] |= devices[d].created_us[n] > now_us;
    *newest_us = now_us;
    struct expected *e = &devices[device];
    int64_t before_us = e->newest ? e->created_us[e->newest] : INT64_MIN + 2 * SECOND;
    e->newest++;
    e->created_us[e->newest] = now_us > before_us ? now_us : before_us + 1;
    e->doubtful[e->newest] = back || now_us < before_us - SECOND;
}

static int check_version(void *ctx, const struct store_version *v)
{
    const struct expected *e = ctx;
    if (v->doubtful != e->doubtful[v->number] || v->created_us != e->created_us[v->number])
        fail_msg("version %u: created %lld, doubtful %d; expected %lld, %d", v->number,
            (long long)v->created_us, v->doubtful, (long long)e->created_us[v->number],
            e->doubtful[v->number]);
    assert_true(v->number == 1 || e->created_us[v->number - 1] < v->created_us);
    return 0;
}

struct answer {
    int rows;
    int64_t privilege;
};

static int note_row(void *ctx, const struct store_account_row *row)
{
    struct answer *answer = ctx;
    answer->rows++;
    answer->privilege = row->account.privilege;
    return 0;
}

/* At each version's time the account is as that version has it, once. */
static void check_accounts(struct fixture *f, int device)
{
    const struct expected *e = &devices[device];
    for (uint32_t n = 1; n <= e->newest; n += 7) {
        struct answer answer = {0};
        fixture_must(f,
            store_accounts(f->store,
                &(struct store_account_query){.device = name_of(device), .at_us = e->created_us[n]},
                note_row, &answer, &f->err));
        assert_int_equal(answer.rows, 1);
        assert_int_equal(answer.privilege, n);
    }
}

static void days_back_and_forth_keep_the_order_and_say_what_is_doubtful(void **state)
{
    struct fixture *f = *state;
    unsigned seed = 20260301;
    int64_t newest_us = INT64_MIN + 2 * SECOND;
    memset(devices, 0, sizeof devices);
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), 0);
    newest_us = f->now_us; /* of the log's first entry */
    f->now_us += 1000 * DAY;
    for (int round = 0; round < ROUNDS; round++) {
        int device = rand_r(&seed) % DEVICES;
        int64_t by_us =
            rand_r(&seed) % 4 ? (rand_r(&seed) % 100) * SECOND : (rand_r(&seed) % 21 - 6) * DAY;
        f->now_us += by_us;
        /* A new process knows only what the file says. */
        store_close(f->store);
        fixture_open(f, STORE_WRITE);
        struct store_account bob = local_account("bob", devices[device].newest + 1);
        fixture_must(f, fixture_collect(f,
                            &(struct sample){.device = name_of(device),
                                .config = "x",
                                .previous = devices[device].newest,
                                .accounts = &bob,
                                .account_count = 1},
                            NULL));
        expect_version(device, f->now_us, &newest_us);
    }
    for (int d = 0; d < DEVICES; d++) {
        assert_int_not_equal(devices[d].newest, 0);
        fixture_must(f, store_history(f->store, name_of(d), check_version, &devices[d], &f->err));
        check_accounts(f, d);
    }
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM account_interval i JOIN "
                                      "account_interval j ON j.account = i.account AND "
                                      "j.from_us > i.from_us AND j.from_us < i.to_us"),
        0);
    assert_true(fixture_count(f, "SELECT count(*) FROM entry WHERE kind = 8") > 10);
    assert_true(fixture_count(f, "SELECT count(*) FROM version WHERE doubt = 0") > 10);
}

/* ---- a long-lived process ---- */

static int64_t mono_us;

static int64_t read_mono(void *ctx)
{
    (void)ctx;
    return mono_us;
}

static int note_clock(void *ctx, const struct store_log_entry *e)
{
    return e->kind == ENTRY_CLOCK ? buf_format(ctx, "%.*s\n", (int)e->document.len, e->document.at)
                                  : 0;
}

static void a_jump_forward_is_seen_by_who_was_there(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int64_t wall, mono; /* seconds since the last */
        bool doubtful;
    } steps[] = {{10, 10, false}, {100, 41, false}, {100, 39, true}, {10, 10, false}, {0, 61, true},
        {5, 5, false}};
    struct buf text = {0};
    mono_us = f->now_us;
    f->clock.mono_us = read_mono;
    for (uint32_t i = 0; i < COUNT(steps); i++) {
        struct store_version v;
        f->now_us += steps[i].wall * SECOND;
        mono_us += steps[i].mono * SECOND;
        fixture_must(f, fixture_collect(f, &(struct sample){.config = "x", .previous = i}, NULL));
        fixture_must(f, store_version(f->store, "edge-7", 0, 0, &v, &f->err));
        if (v.doubtful != steps[i].doubtful)
            fail_msg("step %u: doubtful %d", i, v.doubtful);
        store_version_clear(&v);
    }
    fixture_must(f, store_log_walk(f->store, 0, UINT32_MAX, note_clock, &text, &f->err));
    assert_string_equal(buf_text(&text),
        "{\"before\":\"1970-01-01T00:19:09.000000Z\",\"after\":\"1970-01-01T00:20:10.000000Z\"}\n"
        "{\"before\":\"1970-01-01T00:21:21.000000Z\",\"after\":\"1970-01-01T00:20:20.000000Z\"}\n");
    buf_free(&text);
}

static void a_transaction_that_failed_forgets_no_jump(void **state)
{
    struct fixture *f = *state;
    f->now_us -= 100 * SECOND;
    assert_int_equal(
        fixture_collect(f, &(struct sample){.config = "x", .previous = 7}, NULL), RC_BUSY);
    const struct store_account twice[] = {local_account("bob", 1), local_account("bob", 1)};
    assert_int_equal(
        fixture_collect(
            f, &(struct sample){.config = "x", .accounts = twice, .account_count = 2}, NULL),
        RC_INVALID);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM entry"), 1);
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "x"}, NULL));
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM entry WHERE kind = 8"), 1);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM version WHERE doubt = 1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(days_back_and_forth_keep_the_order_and_say_what_is_doubtful),
        STORE_TEST(a_jump_forward_is_seen_by_who_was_there),
        STORE_TEST(a_transaction_that_failed_forgets_no_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
