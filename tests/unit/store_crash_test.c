/* rooms: base store */
#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/io.h"

/* Processes that write and are killed, and processes that write and read at once. In each version n
 * of a device the accounts a, b and c all say n, and there are n events of it altogether. */

static int collect_version(struct fixture *f, const char *device, uint32_t previous)
{
    uint32_t number = previous + 1;
    struct store_account accounts[3] = {
        local_account("a", number), local_account("b", number), local_account("c", number)};
    char id[64], again[64], config[64];
    snprintf(id, sizeof id, "%s/%u", device, number);
    snprintf(again, sizeof again, "%s/%u", device, previous);
    snprintf(config, sizeof config, "hostname %s\nversion %u\n", device, number);
    const struct store_event events[] = {{id, "account-created", 85, "bob", "/a", id},
        {again, "account-created", 85, "bob", "/a", again}};
    return fixture_collect(f,
        &(struct sample){.device = device,
            .config = config,
            .previous = previous,
            .accounts = accounts,
            .account_count = 3,
            .events = events,
            .event_count = previous ? 2 : 1},
        NULL);
}

static void expect_whole(struct fixture *f)
{
    static const struct {
        const char *what, *sql;
    } must_be_zero[] = {
        {"damage", "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"},
        {"dangling rows", "SELECT count(*) FROM pragma_foreign_key_check"},
        {"versions without their part",
            "SELECT count(*) FROM version WHERE seq NOT IN (SELECT version FROM part)"},
        {"devices whose newest version is missing",
            "SELECT count(*) FROM device d WHERE newest <> (SELECT count(*) FROM version WHERE "
            "device = d.id)"},
        {"versions without a run",
            "SELECT count(*) FROM version v WHERE NOT EXISTS (SELECT 1 FROM run WHERE device = "
            "v.device AND version = v.number)"},
        {"events lost or twice",
            "SELECT count(*) FROM device d WHERE newest <> (SELECT count(*) FROM event WHERE "
            "device = d.id)"},
        {"versions without one event",
            "SELECT count(*) FROM version v WHERE 1 <> (SELECT count(*) FROM event WHERE device = "
            "v.device AND version = v.number)"},
        {"entries missing", "SELECT count(*) <> max(seq) + 1 FROM entry"},
        {"heads that are not the newest",
            "SELECT count(*) <> 1 OR max(size) <> (SELECT count(*) FROM entry) FROM head"},
        {"events that are not in the outbox once a sink",
            "SELECT count(*) FROM event e WHERE 2 <> (SELECT count(*) FROM outbox WHERE event = "
            "e.seq)"},
        {"accounts with more or less than one open interval",
            "SELECT count(*) FROM account a WHERE 1 <> (SELECT count(*) FROM account_interval "
            "WHERE account = a.id AND to_us = 9223372036854775807)"},
        {"intervals that do not follow each other",
            "SELECT count(*) FROM account_interval i WHERE to_us <> 9223372036854775807 AND NOT "
            "EXISTS (SELECT 1 FROM account_interval WHERE account = i.account AND from_us = "
            "i.to_us)"},
    };
    for (size_t i = 0; i < COUNT(must_be_zero); i++)
        if (fixture_count(f, must_be_zero[i].sql) != 0)
            fail_msg(
                "%s: %lld", must_be_zero[i].what, (long long)fixture_count(f, must_be_zero[i].sql));
}

/* Collect without end, and tell of each version once it is stored. */
static void write_until_killed(struct fixture *f, int told)
{
    if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err))
        _exit(1);
    struct store_version v;
    uint32_t number = 0;
    if (store_version(f->store, "edge-7", 0, 0, &v, &f->err) == 0)
        number = v.number;
    store_version_clear(&v);
    for (;; number++) {
        f->now_us += SECOND;
        if (collect_version(f, "edge-7", number))
            _exit(2);
        uint32_t acknowledged = number + 1;
        if (io_write_all(told, &acknowledged, sizeof acknowledged))
            _exit(3);
    }
}

/* Kill it after a random number of acknowledged versions and a random moment more. Gives the last
 * one that was acknowledged. */
static uint32_t kill_somewhere(struct fixture *f, unsigned *seed)
{
    int told[2];
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0)
        write_until_killed(f, told[1]);
    close(told[1]);
    uint32_t last = 0, more;
    for (int wanted = rand_r(seed) % 4; wanted >= 0; wanted--)
        if (io_read_all(told[0], &last, sizeof last))
            fail_msg("the writer ended by itself");
    nanosleep(&(struct timespec){0, rand_r(seed) % 3000000}, NULL);
    kill(pid, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (io_read_all(told[0], &more, sizeof more) == 0)
        last = more;
    close(told[0]);
    return last;
}

static void no_kill_loses_or_halves_or_doubles_anything(void **state)
{
    struct fixture *f = *state;
    unsigned seed = (unsigned)getpid();
    store_close(f->store);
    f->store = NULL;
    for (int i = 0; i < 50; i++) {
        uint32_t last = kill_somewhere(f, &seed);
        /* the reader has to recover the log that was left */
        fixture_open(f, i % 2 ? STORE_READ : STORE_WRITE);
        int64_t newest = fixture_count(f, "SELECT newest FROM device");
        assert_in_range(newest, last, last + 1);
        expect_whole(f);
        store_close(f->store);
        f->store = NULL;
    }
    fixture_open(f, STORE_WRITE);
}

/* ---- many at once ---- */

enum { ROUNDS = 40 };

static uint32_t newest_of(struct fixture *f, const char *device)
{
    struct store_version v;
    int rc = store_version(f->store, device, 0, 0, &v, &f->err);
    uint32_t number = v.number;
    store_version_clear(&v);
    return rc ? 0 : number;
}

/* Two devices, both writers on both of them: who loses the race looks again. */
static int write_rounds(struct fixture *f)
{
    if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err))
        return 1;
    for (int done = 0; done < ROUNDS;) {
        f->now_us += SECOND;
        const char *device = done % 2 ? "core" : "edge-7";
        int rc = collect_version(f, device, newest_of(f, device));
        if (rc && rc != RC_BUSY)
            return 2;
        done += rc == 0;
    }
    store_close(f->store);
    return 0;
}

struct seen {
    uint32_t version;
    int64_t value;
    int rows;
    bool torn;
};

static int look_at_account(void *ctx, const struct store_account_row *row)
{
    struct seen *seen = ctx;
    if (seen->rows++ == 0) {
        seen->version = row->version;
        seen->value = row->account.privilege;
    }
    seen->torn |= row->account.privilege != seen->value || row->version != seen->version ||
                  row->version != seen->value;
    return 0;
}

/* Until both devices have all versions, each answer must be of one version. */
static int read_rounds(struct fixture *f)
{
    if (store_open(f->path, STORE_READ, &test_keys, &f->clock, &f->store, &f->err))
        return 1;
    for (uint32_t last = 0; last < ROUNDS;) {
        struct seen seen = {0};
        if (store_accounts(f->store, &(struct store_account_query){.device = "core"},
                look_at_account, &seen, &f->err))
            return 2;
        if (seen.torn || (seen.rows != 0 && seen.rows != 3) || seen.version < last)
            return 3;
        last = seen.version;
    }
    store_close(f->store);
    return 0;
}

static void writers_take_turns_and_readers_see_whole_versions(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    pid_t pids[5];
    for (size_t i = 0; i < COUNT(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(i < 2 ? write_rounds(f) : read_rounds(f));
    }
    for (size_t i = 0; i < COUNT(pids); i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    fixture_open(f, STORE_WRITE);
    assert_int_equal(newest_of(f, "edge-7"), ROUNDS);
    assert_int_equal(newest_of(f, "core"), ROUNDS);
    expect_whole(f);
}

static int write_meanwhile(void *ctx, const struct store_account_row *row)
{
    struct fixture *f = ctx;
    if (strcmp(row->account.name, "a") == 0)
        fixture_must(f, collect_version(f, "edge-7", row->version));
    assert_int_equal(row->version, 1);
    assert_int_equal(row->account.privilege, 1);
    return 0;
}

static void a_reader_in_the_middle_of_an_answer_blocks_no_writer(void **state)
{
    struct fixture *f = *state;
    fixture_must(f, collect_version(f, "edge-7", 0));
    struct store *reader = NULL;
    fixture_must(f, store_open(f->path, STORE_READ, &test_keys, &f->clock, &reader, &f->err));
    fixture_must(
        f, store_accounts(reader, &(struct store_account_query){0}, write_meanwhile, f, &f->err));
    store_close(reader);
    assert_int_equal(newest_of(f, "edge-7"), 2);
}

static void a_writer_that_does_not_end_is_busy_with_advice(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;
    fixture_must(f, store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &other, &f->err));
    assert_int_equal(sqlite3_exec(other->db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_busy_timeout(f->store->db, 1); /* its bound, made short */
    assert_int_equal(collect_version(f, "edge-7", 0), RC_BUSY);
    assert_non_null(strstr(f->err.text, "try again"));
    assert_int_equal(newest_of(f, "edge-7"), 0);
    assert_int_equal(sqlite3_exec(other->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    fixture_must(f, collect_version(f, "edge-7", 0));
    store_close(other);
}

static int look_again(void *ctx, const struct store_account_row *row)
{
    struct fixture *f = ctx;
    struct seen seen = {0};
    fixture_must(
        f, store_accounts(f->store,
               &(struct store_account_query){.device = row->device, .name = row->account.name},
               look_at_account, &seen, &f->err));
    assert_int_equal(seen.rows, 1);
    f->now_us++;
    return 0;
}

static void a_callback_may_ask_the_same_question_again(void **state)
{
    struct fixture *f = *state;
    fixture_must(f, collect_version(f, "edge-7", 0));
    int64_t before = f->now_us;
    fixture_must(f, store_accounts(f->store, &(struct store_account_query){.device = "edge-7"},
                        look_again, f, &f->err));
    assert_int_equal(f->now_us - before, 3);
    assert_int_equal(f->store->copies, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(no_kill_loses_or_halves_or_doubles_anything),
        STORE_TEST(writers_take_turns_and_readers_see_whole_versions),
        STORE_TEST(a_reader_in_the_middle_of_an_answer_blocks_no_writer),
        STORE_TEST(a_writer_that_does_not_end_is_busy_with_advice),
        STORE_TEST(a_callback_may_ask_the_same_question_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
