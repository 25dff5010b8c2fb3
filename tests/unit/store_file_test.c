/* rooms: base store */
#include "store_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/blob.h"

static void reopen(struct fixture *f, enum store_mode mode)
{
    store_close(f->store);
    f->store = NULL;
    fixture_open(f, mode);
}

static void expect_refused(struct fixture *f, enum store_mode mode, int rc, const char *says)
{
    struct store *s = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(store_open(f->path, mode, &test_keys, &f->clock, &s, &err), rc);
    assert_null(s);
    if (!strstr(err.text, says))
        fail_msg("expected \"%s\" in: %s", says, err.text);
}

static void execute(struct fixture *f, const char *sql)
{
    if (sqlite3_exec(f->store->db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->store->db));
}

/* ---- the file itself ---- */

static void nobody_else_may_read_any_of_its_files(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    mode_t old = umask(0);
    unlink(f->path);
    fixture_open(f, STORE_WRITE);
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "x"}, NULL));
    umask(old);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT(ends); i++) {
        char path[128];
        struct stat st;
        snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    store_close(f->store);
    f->store = NULL;
    chmod(f->path, 0644);
    fixture_open(f, STORE_WRITE);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void the_file_is_as_safe_as_promised(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_count(f, "PRAGMA synchronous"), 2);
    assert_int_equal(fixture_count(f, "PRAGMA foreign_keys"), 1);
    assert_int_equal(fixture_count(f, "PRAGMA application_id"), 0x524f4c4c);
    assert_int_equal(fixture_count(f, "PRAGMA user_version"), 2);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM pragma_journal_mode WHERE "
                                      "journal_mode = 'wal'"),
        1);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM pragma_table_list WHERE schema = "
                                      "'main' AND type = 'table' AND NOT strict AND name NOT LIKE "
                                      "'sqlite_%'"),
        0);
}

static void every_statement_fits_the_schema(void **state)
{
    struct fixture *f = *state;
    assert_in_range(HASH_COUNT(f->store->by_name), 40, 200);
    for (struct statement *s = f->store->by_name; s; s = s->hh.next) {
        sqlite3_stmt *statement = NULL;
        const char *tail = NULL;
        if (sqlite3_prepare_v2(f->store->db, s->sql.at, (int)s->sql.len, &statement, &tail))
            fail_msg("%.*s: %s", (int)s->name_len, s->name, sqlite3_errmsg(f->store->db));
        sqlite3_finalize(statement);
    }
}

/* ---- which files are taken ---- */

static void what_is_no_store_is_refused_untouched(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    unlink(f->path);
    expect_refused(f, STORE_READ, RC_NOT_FOUND, "no store at");

    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE theirs (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    expect_refused(f, STORE_READ, RC_STORE, "another program");
    expect_refused(f, STORE_WRITE, RC_STORE, "another program");
    FILE *file = fopen(f->path, "r");
    fseek(file, 18, SEEK_SET);
    assert_int_equal(fgetc(file), 1); /* not switched to a log: sqlite.org/fileformat.html */
    fclose(file);

    file = fopen(f->path, "w");
    for (int i = 0; i < 2000; i++)
        fputs("hostname edge-7\n", file);
    fclose(file);
    expect_refused(f, STORE_READ, RC_INTEGRITY, "restore it from a backup");
    expect_refused(f, STORE_WRITE, RC_INTEGRITY, "restore it from a backup");
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_size, 2000 * 16);

    unlink(f->path);
    mkdir(f->path, 0700);
    expect_refused(f, STORE_WRITE, RC_STORE, "no regular file");
    rmdir(f->path);
    file = fopen(f->path, "w"); /* empty: to be filled */
    fclose(file);
    expect_refused(f, STORE_READ, RC_STORE, "older rollcall");
    fixture_open(f, STORE_WRITE);
}

static void a_newer_schema_is_left_alone(void **state)
{
    struct fixture *f = *state;
    execute(f, "PRAGMA user_version = 99");
    store_close(f->store);
    f->store = NULL;
    expect_refused(f, STORE_READ, RC_STORE, "newer rollcall (schema 99");
    expect_refused(f, STORE_WRITE, RC_STORE, "newer rollcall (schema 99");
}

static void an_older_store_moves_forward_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    const struct store_account bob = local_account("bob", 15);
    fixture_must(
        f, fixture_collect(
               f, &(struct sample){.config = "x", .accounts = &bob, .account_count = 1}, NULL));
    struct migration later[] = {{2, "SELECT no_such_thing()", NULL}, /* done: never run again */
        {3, "ALTER TABLE device ADD COLUMN site TEXT; UPDATE device SET site = 'lab'", NULL},
        {4, "UPDATE device SET site = 'half'; CREATE TABLE device (a)", NULL}};
    assert_int_equal(schema_bring(f->store, later, 3, &f->err), RC_STORE);
    assert_int_equal(fixture_count(f, "PRAGMA user_version"), 3);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM device WHERE site = 'lab'"), 1);

    later[2].sql = "UPDATE device SET site = 'whole'";
    fixture_must(f, schema_bring(f->store, later, 3, &f->err));
    fixture_must(f, schema_bring(f->store, later, 3, &f->err));
    assert_int_equal(fixture_count(f, "PRAGMA user_version"), 4);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM device WHERE site = 'whole'"), 1);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM account"), 1);

    f->store->mode = STORE_READ;
    const struct migration newest[] = {{5, "SELECT 1", NULL}};
    assert_int_equal(schema_bring(f->store, newest, 1, &f->err), RC_STORE);
    assert_non_null(strstr(f->err.text, "older rollcall (schema 4, this one needs 5)"));
}

static void a_reader_cannot_write(void **state)
{
    struct fixture *f = *state;
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "x"}, NULL));
    reopen(f, STORE_READ);
    assert_int_equal(
        fixture_collect(f, &(struct sample){.config = "y", .previous = 1}, NULL), RC_STORE);
    assert_int_equal(store_lease_take(f->store, "edge-7", "me", 60, &f->err), RC_STORE);
    assert_int_equal(store_outbox_done(f->store, 1, &f->err), RC_STORE);
}

/* ---- damage ---- */

static int forget_part(void *ctx, const char *name, struct str text)
{
    (void)ctx, (void)name, (void)text;
    return 0;
}

static void a_text_that_is_not_what_was_written_is_noticed(void **state)
{
    struct fixture *f = *state;
    char config[4096];
    memset(config, 'x', sizeof config - 1);
    config[sizeof config - 1] = '\0';
    fixture_must(f, fixture_collect(f, &(struct sample){.config = config}, NULL));
    static const char *const tamper[] = {"length = length - 1", "length = length + 1",
        "length = 1 << 40", "codec = 0", "data = zeroblob(20)", "data = x''",
        "data = substr(data, 1, length(data) - 1)", "data = CAST(data || x'00' AS BLOB)",
        "data = (SELECT data FROM blob WHERE length < 100)", "content = 0"};
    execute(f, "CREATE TEMP TABLE safe AS SELECT * FROM blob");
    for (size_t i = 0; i < COUNT(tamper); i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "UPDATE blob SET %s WHERE length > 4000", tamper[i]);
        execute(f, sql);
        blob_forget(f->store);
        int rc = store_read_parts(f->store, "edge-7", 1, forget_part, NULL, &f->err);
        if (rc != RC_INTEGRITY)
            fail_msg("%s gave %s", tamper[i], rc_name((enum rc)rc));
        execute(f, "UPDATE blob SET (content, length, codec, data) = (SELECT content, length, "
                   "codec, data FROM safe WHERE safe.id = blob.id)");
        fixture_must(f, store_read_parts(f->store, "edge-7", 1, forget_part, NULL, &f->err));
    }
    execute(f, "UPDATE blob SET codec = 9");
    blob_forget(f->store);
    assert_int_equal(
        store_read_parts(f->store, "edge-7", 1, forget_part, NULL, &f->err), RC_INTEGRITY);
}

static int forget_device(void *ctx, const struct store_device *d)
{
    (void)ctx, (void)d;
    return 0;
}

static void a_page_that_was_overwritten_is_an_integrity_failure(void **state)
{
    struct fixture *f = *state;
    const struct store_account bob = local_account("bob", 15);
    fixture_must(
        f, fixture_collect(
               f, &(struct sample){.config = "x", .accounts = &bob, .account_count = 1}, NULL));
    int64_t page = fixture_count(f, "SELECT rootpage FROM sqlite_schema WHERE name = 'device'");
    store_close(f->store);
    f->store = NULL;
    int fd = open(f->path, O_WRONLY);
    char noise[4096];
    memset(noise, 0x5a, sizeof noise);
    assert_int_equal(pwrite(fd, noise, sizeof noise, (page - 1) * 4096), sizeof noise);
    close(fd);
    fixture_open(f, STORE_WRITE);
    assert_int_equal(store_devices(f->store, NULL, forget_device, NULL, &f->err), RC_INTEGRITY);
    assert_non_null(strstr(f->err.text, "backup"));
    assert_int_equal(fixture_collect(f, &(struct sample){.config = "y"}, NULL), RC_INTEGRITY);
}

/* ---- no room ---- */

/* 8 KB that do not compress. */
static const char *bulk(uint32_t seed)
{
    static char text[8193];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = (char)(' ' + (seed >> 24) % 90);
    }
    return text;
}

/* Collect until it fails; says with which code, and how many are in. */
static int fill(struct fixture *f, uint32_t *versions)
{
    for (uint32_t i = *versions; i < *versions + 2000; i++) {
        int rc = fixture_collect(f, &(struct sample){.config = bulk(i + 1), .previous = i}, NULL);
        if (rc) {
            *versions = i;
            return rc;
        }
    }
    return RC_OK;
}

static void expect_whole(struct fixture *f, uint32_t versions)
{
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM pragma_integrity_check WHERE "
                                      "integrity_check = 'ok'"),
        1);
    assert_int_equal(fixture_count(f, "SELECT newest FROM device"), versions);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM version"), versions);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM part"), versions);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM run"), versions);
}

static void a_full_file_refuses_and_goes_on_when_there_is_room(void **state)
{
    struct fixture *f = *state;
    uint32_t versions = 0;
    execute(f, "PRAGMA max_page_count = 200");
    assert_int_equal(fill(f, &versions), RC_STORE);
    assert_non_null(strstr(f->err.text, "free some space"));
    assert_true(versions > 10);
    expect_whole(f, versions);
    execute(f, "PRAGMA max_page_count = 100000");
    fixture_must(
        f, fixture_collect(f, &(struct sample){.config = bulk(0), .previous = versions}, NULL));
    expect_whole(f, versions + 1);
}

/* A child, since the limit holds for a process; assertions cannot leave it. */
static int fill_under_a_file_limit(struct fixture *f)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    rlim_t most = limit.rlim_max;
    limit.rlim_cur = 400000;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err))
        return 1;
    uint32_t versions = 0;
    if (fill(f, &versions) != RC_STORE || !versions)
        return 2;
    limit.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (fixture_collect(f, &(struct sample){.config = "room", .previous = versions}, NULL))
        return 3;
    struct store_version v;
    if (store_version(f->store, "edge-7", 0, 0, &v, &f->err) || v.number != versions + 1)
        return 4;
    store_version_clear(&v);
    store_close(f->store);
    return 0;
}

static void a_write_that_fails_leaves_the_store_usable(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    pid_t pid = fork();
    if (pid == 0)
        _exit(fill_under_a_file_limit(f));
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    fixture_open(f, STORE_WRITE);
    expect_whole(f, (uint32_t)fixture_count(f, "SELECT newest FROM device"));
}

/* A small file system of its own, in a mount namespace of its own: 77 when we may not. */
static int work_on_a_small_disk(struct fixture *f)
{
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", f->folder, "tmpfs", 0, "size=700k"))
        return 77;
    if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err))
        return 1;
    uint32_t versions = 0;
    if (fill(f, &versions) != RC_STORE || !versions || !strstr(f->err.text, "free"))
        return 2;
    if (mount("none", f->folder, NULL, MS_REMOUNT, "size=20m"))
        return 3;
    uint32_t number = 0;
    if (fixture_collect(f, &(struct sample){.config = "room", .previous = versions}, &number) ||
        number != versions + 1)
        return 4;
    store_close(f->store); /* the last one writes all back and removes the log */
    f->store = NULL;
    if (mount("none", f->folder, NULL, MS_REMOUNT | MS_RDONLY, NULL))
        return 5;
    if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err) != RC_STORE)
        return 6;
    struct store_version v;
    if (store_open(f->path, STORE_READ, &test_keys, &f->clock, &f->store, &f->err) ||
        store_version(f->store, "edge-7", 0, 0, &v, &f->err) || v.number != number)
        return 7;
    store_version_clear(&v);
    store_close(f->store);
    return 0;
}

static void a_full_disk_and_a_read_only_one_are_survived(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    pid_t pid = fork();
    if (pid == 0)
        _exit(work_on_a_small_disk(f));
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_folder_that_is_not_there_is_said_so(void **state)
{
    struct fixture *f = *state;
    struct store *s = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/none/store", f->folder);
    assert_int_equal(store_open(path, STORE_WRITE, &test_keys, &f->clock, &s, &f->err), RC_STORE);
    assert_non_null(strstr(f->err.text, "check that its folder exists"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nobody_else_may_read_any_of_its_files),
        STORE_TEST(the_file_is_as_safe_as_promised),
        STORE_TEST(every_statement_fits_the_schema),
        STORE_TEST(what_is_no_store_is_refused_untouched),
        STORE_TEST(a_newer_schema_is_left_alone),
        STORE_TEST(an_older_store_moves_forward_whole_or_not_at_all),
        STORE_TEST(a_reader_cannot_write),
        STORE_TEST(a_text_that_is_not_what_was_written_is_noticed),
        STORE_TEST(a_page_that_was_overwritten_is_an_integrity_failure),
        STORE_TEST(a_full_file_refuses_and_goes_on_when_there_is_room),
        STORE_TEST(a_write_that_fails_leaves_the_store_usable),
        STORE_TEST(a_full_disk_and_a_read_only_one_are_survived),
        STORE_TEST(a_folder_that_is_not_there_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
