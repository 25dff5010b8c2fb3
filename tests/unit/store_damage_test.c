/* rooms: base store */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

/* ---- a file that was tampered with or rotted ---- */

static int take_part(void *ctx, const char *name, struct str text)
{
    *(size_t *)ctx += strlen(name) + text.len;
    return 0;
}

static int take_version(void *ctx, const struct store_version *v)
{
    *(size_t *)ctx += strlen(v->platform) + strlen(v->digest);
    return 0;
}

static int take_account(void *ctx, const struct store_account_row *r)
{
    *(size_t *)ctx += strlen(r->device) + strlen(r->account.name) + strlen(r->account.roles);
    return 0;
}

static int take_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    (void)seen_us;
    *(size_t *)ctx += strlen(device) + strlen(json);
    return 0;
}

static int take_device(void *ctx, const struct store_device *d)
{
    *(size_t *)ctx += strlen(d->device) + strlen(d->address);
    return 0;
}

static int take_message(void *ctx, const struct store_message *m)
{
    *(size_t *)ctx += strlen(m->sink) + strlen(m->json);
    return 0;
}

/* Everything the store can do. What comes back is an answer or one of these codes; what must not
 * happen is a crash, or a text that nobody stored. */
static void use_everything(struct fixture *f)
{
    size_t total = 0;
    struct buf text = {0};
    struct store *s = f->store;
    const struct store_account bob = local_account("bob", 15);
    const int codes[] = {
        store_devices(s, NULL, take_device, &total, NULL),
        store_history(s, "edge-7", take_version, &total, NULL),
        store_read_parts(s, "edge-7", 0, take_part, &total, NULL),
        store_read_parts(s, "edge-7", 1, take_part, &total, NULL),
        store_read_access(s, "edge-7", 0, &text, NULL),
        store_accounts(s, &(struct store_account_query){0}, take_account, &total, NULL),
        store_accounts(s, &(struct store_account_query){.name = "bob"}, take_account, &total, NULL),
        store_events(s, &(struct store_event_query){0}, take_event, &total, NULL),
        store_outbox_due(s, NULL, 0, take_message, &total, NULL),
        store_host_keys(s, "edge-7", &text, NULL),
        store_lease_take(s, "edge-7", "host:1:aa", 60, NULL),
        fixture_collect(f,
            &(struct sample){.config = "z", .previous = 8, .accounts = &bob, .account_count = 1},
            NULL),
    };
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i] && codes[i] != RC_INTEGRITY && codes[i] != RC_NOT_FOUND &&
            codes[i] != RC_BUSY && codes[i] != RC_STORE && codes[i] != RC_INVALID &&
            codes[i] != RC_LIMIT && codes[i] != RC_NO_MEMORY)
            fail_msg("call %zu gave %s", i, rc_name((enum rc)codes[i]));
    buf_free(&text);
}

static void fill(struct fixture *f)
{
    char config[3000];
    for (uint32_t v = 0; v < 8; v++) {
        struct store_account accounts[] = {local_account("al", v), local_account("bob", v / 2)};
        char id[16];
        snprintf(id, sizeof id, "e%u", v);
        const struct store_event event = {id, "account-created", 85, "bob", "/a", "{}"};
        for (size_t i = 0; i < sizeof config - 1; i++)
            config[i] = (char)('a' + (i * (v + 3)) % 23);
        config[sizeof config - 1] = '\0';
        fixture_must(f, fixture_collect(f,
                            &(struct sample){.config = config,
                                .previous = v,
                                .accounts = accounts,
                                .account_count = 2,
                                .events = &event,
                                .event_count = 1},
                            NULL));
    }
    fixture_must(
        f, store_pin_host_key(f->store, "edge-7", "ssh-rsa", "AAAB", false, "trust", &f->err));
}

static char *read_whole(const char *path, size_t *len)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*len);
    assert_int_equal(fread(bytes, 1, *len, file), *len);
    fclose(file);
    return bytes;
}

static void a_file_with_any_bytes_overwritten_crashes_nothing(void **state)
{
    struct fixture *f = *state;
    unsigned seed = 20260301;
    fill(f);
    store_close(f->store);
    f->store = NULL;
    size_t len;
    char *whole = read_whole(f->path, &len), *broken = malloc(len);
    for (int round = 0; round < 100; round++) {
        memcpy(broken, whole, len);
        for (int i = rand_r(&seed) % 20; i >= 0; i--) {
            size_t at = (size_t)rand_r(&seed) % len;
            /* where the pages' own structure is, as often as in their contents */
            if (rand_r(&seed) % 2)
                at = at / 4096 * 4096 + (size_t)rand_r(&seed) % 64;
            broken[at < len ? at : 0] = (char)rand_r(&seed);
        }
        FILE *file = fopen(f->path, "w");
        assert_int_equal(fwrite(broken, 1, len, file), len);
        fclose(file);
        if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, NULL) == 0)
            use_everything(f);
        store_close(f->store);
        f->store = NULL;
    }
    free(broken);
    free(whole);
}

static void rows_that_the_schema_forbids_crash_nothing(void **state)
{
    struct fixture *f = *state;
    fill(f);
    /* NULL where NOT NULL stands, as in a page that was written by somebody else */
    static const char forge[] =
        "PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON;"
        "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE type = 'table' AND name "
        "NOT LIKE 'sqlite_%' AND sql NOT LIKE '%WITHOUT ROWID%'";
    static const char empty[] =
        "UPDATE version SET access = NULL, seen_us = NULL, doubt = NULL;"
        "UPDATE event SET uid = NULL, subject = NULL; UPDATE outbox SET facts = NULL;"
        "UPDATE device SET facts = NULL; UPDATE account SET who = NULL;"
        "UPDATE entry SET body = NULL WHERE seq % 2; UPDATE entry SET hashes = NULL;"
        "UPDATE head SET note = NULL; UPDATE host_key SET facts = NULL;"
        "UPDATE blob SET data = NULL, length = NULL WHERE id = 1;"
        "UPDATE blob SET codec = NULL, content = NULL WHERE id = 2";
    sqlite3_db_config(f->store->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    assert_int_equal(sqlite3_exec(f->store->db, forge, NULL, NULL, NULL), SQLITE_OK);
    store_close(f->store);
    f->store = NULL;
    fixture_open(f, STORE_WRITE);
    if (sqlite3_exec(f->store->db, empty, NULL, NULL, NULL))
        fail_msg("%s", sqlite3_errmsg(f->store->db));
    use_everything(f);
}

/* ---- several at once ---- */

static void many_may_create_it_at_the_same_moment(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    for (int round = 0; round < 5; round++) {
        static const char *const ends[] = {"", "-wal", "-shm"};
        for (size_t i = 0; i < COUNT(ends); i++) {
            char path[128];
            snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
            unlink(path);
        }
        int gate[2];
        assert_int_equal(pipe(gate), 0);
        pid_t pids[6];
        for (size_t i = 0; i < COUNT(pids); i++) {
            pids[i] = fork();
            if (pids[i] != 0)
                continue;
            char byte;
            close(gate[1]);
            if (read(gate[0], &byte, 1) != 0) /* until all are there */
                _exit(1);
            if (store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err) == 0)
                _exit(0);
            print_error("%s\n", f->err.text);
            _exit(2);
        }
        close(gate[0]);
        close(gate[1]);
        for (size_t i = 0; i < COUNT(pids); i++) {
            int status = 0;
            waitpid(pids[i], &status, 0);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
    }
    fixture_open(f, STORE_WRITE);
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "x"}, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_file_with_any_bytes_overwritten_crashes_nothing),
        STORE_TEST(rows_that_the_schema_forbids_crash_nothing),
        STORE_TEST(many_may_create_it_at_the_same_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
