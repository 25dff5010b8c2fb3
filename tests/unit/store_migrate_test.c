/* rooms: base evidence store */
#include "store_schema_1.h"

static int add_account(void *ctx, const struct store_account_row *row)
{
    buf_format(ctx, "%s %lld %s %d since %lld\n", row->account.name,
        (long long)row->account.privilege, row->account.roles, row->account.admin,
        (long long)row->since_us);
    return 0;
}

static int add_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    buf_format(ctx, "%lld %s %s\n", (long long)seen_us, device, json);
    return 0;
}

static int add_message(void *ctx, const struct store_message *m)
{
    buf_format(ctx, "%s %u\n", m->sink, m->tries);
    return 0;
}

static int add_device(void *ctx, const struct store_device *d)
{
    buf_format(ctx, "%s %s %s %s %u\n", d->device, d->address, d->platform, d->message, d->version);
    return 0;
}

static void expect(struct buf *text, const char *wanted)
{
    assert_string_equal(buf_text(text), wanted);
    buf_clear(text);
}

static void a_store_of_schema_1_is_taken_over_whole(void **state)
{
    struct fixture *f = *state;
    struct store_version v;
    struct buf text = {.cap = 0};
    unsigned char key[STORE_KEY_BYTES], master[STORE_KEY_BYTES];
    make_schema_1(f);
    fixture_open(f, STORE_WRITE);
    struct store *s = f->store;
    for (int round = 0; round < 2; round++) {
        fixture_must(f, store_version(s, "edge-7", 2, 0, &v, &f->err));
        assert_true(v.created_us == 2000000 && v.seen_us == 3000000 && v.worst_severity == 85);
        assert_string_equal(v.author, "alice");
        store_version_clear(&v);
        fixture_must(f, store_read_part(s, "edge-7", 1, "running", &text, &f->err));
        expect(&text, "hostname a\n");
        fixture_must(f, store_read_part(s, "edge-7", 2, "running", &text, &f->err));
        expect(&text, "hostname b\n");
        fixture_must(f, store_read_access(s, "edge-7", 1, &text, &f->err));
        expect(&text, "{\"rollcall-access:access\":{}}");
        fixture_must(f, store_accounts(s, &(struct store_account_query){.at_us = 1500000},
                            add_account, &text, &f->err));
        expect(&text, "bob 1  0 since 1000000\neve 0  0 since 1000000\n");
        fixture_must(f, store_accounts(s, &(struct store_account_query){.at_us = 0}, add_account,
                            &text, &f->err));
        expect(&text, "bob 15 ops 1 since 1000000\n");
        fixture_must(
            f, store_events(s, &(struct store_event_query){.limit = 9}, add_event, &text, &f->err));
        expect(&text,
            "4000000 edge-7 {\"event\":\"device-unreachable\",\"severity\":50,\"subject\":"
            "\"edge-7\"}\n"
            "2000000 edge-7 "
            "{\"event\":\"privilege-raised\",\"severity\":85,\"subject\":\"bob\"}\n");
        fixture_must(f, store_outbox_due(s, NULL, 0, add_message, &text, &f->err));
        expect(&text, "noc 0\nsiem 3\n");
        fixture_must(f, store_devices(s, NULL, add_device, &text, &f->err));
        expect(&text, "edge-7 192.0.2.7 ios no answer 2\n");
        fixture_must(f, store_host_keys(s, "edge-7", &text, &f->err));
        expect(&text, "ssh-ed25519 AAAAC3\n");
        /* fingerprints stay: their key is what the key file held */
        fixture_must(f, store_fingerprint_key(s, key, &f->err));
        test_master(NULL, master, NULL);
        assert_memory_equal(key, master, sizeof key);
        assert_int_equal(
            fixture_count(f, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'old_%'"), 0);
        fixture_must(f, store_head(s, 0, &text, &f->err));
        buf_clear(&text);
        store_close(s);
        f->store = NULL;
        fixture_open(f, STORE_WRITE);
        s = f->store;
    }
    f->now_us = 9 * SECOND;
    fixture_must(f, fixture_collect(f, &(struct sample){.previous = 2, .config = "x"}, NULL));
    buf_free(&text);
}

static void damage_stops_the_migration_and_leaves_the_store_as_it_was(void **state)
{
    struct fixture *f = *state;
    static const char *const damage[] = {
        "UPDATE blob SET data = x'00' WHERE id = 3", "UPDATE blob SET length = 12 WHERE id = 1"};
    for (size_t i = 0; i < COUNT(damage); i++) {
        sqlite3 *db = NULL;
        make_schema_1(f);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, damage[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_int_equal(
            store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err),
            RC_INTEGRITY);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "SELECT content FROM blob", NULL, NULL, NULL), SQLITE_OK);
        assert_int_not_equal(sqlite3_exec(db, "SELECT * FROM wrap", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
    }
    unlink(f->path);
    fixture_open(f, STORE_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_store_of_schema_1_is_taken_over_whole),
        STORE_TEST(damage_stops_the_migration_and_leaves_the_store_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
