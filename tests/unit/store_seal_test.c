/* rooms: base store */
#include "store_fixture.h"

#include "store/seal.h"

static void run_sql(struct fixture *f, const char *sql)
{
    if (sqlite3_exec(f->store->db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->store->db));
}

static void reopen_with(struct fixture *f, const struct store_keys *keys)
{
    store_close(f->store);
    f->store = NULL;
    fixture_must(f, store_open(f->path, STORE_WRITE, keys, &f->clock, &f->store, &f->err));
}

static int open_rc(struct fixture *f, const struct store_keys *keys)
{
    store_close(f->store);
    f->store = NULL;
    int rc = store_open(f->path, STORE_WRITE, keys, &f->clock, &f->store, &f->err);
    assert_true((rc == 0) == (f->store != NULL));
    return rc;
}

static const struct seal_place here = {
    .what = "version", .device = "edge-7", .number = 3, .kind = "running"};

/* ---- sealing ---- */

static void what_was_sealed_opens_only_where_it_was_put(void **state)
{
    struct fixture *f = *state;
    static const struct seal_place elsewhere[] = {
        {.what = "access", .device = "edge-7", .number = 3, .kind = "running"},
        {.what = "version", .device = "edge-8", .number = 3, .kind = "running"},
        {.what = "version", .device = "edge-7", .number = 4, .kind = "running"},
        {.what = "version", .device = "edge-7", .number = 3, .kind = "startup"},
        {.what = "version", .device = NULL, .number = 3, .kind = "running"},
        {.what = "version", .device = "edge-7", .number = 3, .kind = NULL},
        {.what = "version", .device = "", .number = 3, .kind = "running"}};
    struct buf sealed = {0}, plain = {0};
    buf_add(&plain, "as it was, ");
    fixture_must(f, seal(f->store, KEY_CONFIG, &here, STR("secret 9 abc"), &sealed, &f->err));
    assert_null(memmem(sealed.data, sealed.len, "secret", 6));
    assert_in_range(sealed.len, 12 + 41, 12 + SEAL_MOST_EXTRA);
    for (size_t i = 0; i < COUNT(elsewhere); i++)
        assert_int_equal(
            unseal(f->store, &elsewhere[i], buf_str(&sealed), &plain, &f->err), RC_INTEGRITY);
    assert_string_equal(buf_text(&plain), "as it was, ");
    assert_non_null(strstr(f->err.text, "version 3 running"));
    fixture_must(f, unseal(f->store, &here, buf_str(&sealed), &plain, &f->err));
    assert_string_equal(buf_text(&plain), "as it was, secret 9 abc");
    buf_free(&sealed);
    buf_free(&plain);
}

static void any_byte_that_changed_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct buf sealed = {0}, plain = {0};
    fixture_must(f, seal(f->store, KEY_RECORD, &here, STR("bob"), &sealed, &f->err));
    for (size_t i = 0; i < sealed.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            sealed.data[i] ^= (char)(1 << bit);
            assert_int_equal(
                unseal(f->store, &here, buf_str(&sealed), &plain, &f->err), RC_INTEGRITY);
            sealed.data[i] ^= (char)(1 << bit);
        }
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(
            unseal(f->store, &here, (struct str){sealed.data, len}, &plain, &f->err), RC_INTEGRITY);
    assert_int_equal(plain.len, 0);
    fixture_must(f, unseal(f->store, &here, buf_str(&sealed), &plain, &f->err));
    assert_non_null(strstr(f->err.text, "of edge-7 is not what was written there"));
    static const char endless[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    assert_int_equal(seal_key((struct str){endless, 12}), 0);
    assert_int_equal(seal_key(STR("")), 0);
    assert_int_equal(seal_key(STR("\x85\x01")), 133);
    buf_free(&sealed);
    buf_free(&plain);
}

static void nothing_and_much_can_be_sealed(void **state)
{
    struct fixture *f = *state;
    struct buf much = {0}, sealed = {0}, plain = {0};
    for (size_t i = 0; i < 100000; i++)
        buf_add(&much, "interface Gi0/1\n");
    fixture_must(f, seal(f->store, KEY_CONFIG, &here, buf_str(&much), &sealed, &f->err));
    fixture_must(f, unseal(f->store, &here, buf_str(&sealed), &plain, &f->err));
    assert_true(str_equal(buf_str(&much), buf_str(&plain)));
    buf_clear(&sealed);
    buf_clear(&plain);
    fixture_must(f, seal(f->store, KEY_CONFIG, &here, STR(""), &sealed, &f->err));
    fixture_must(f, unseal(f->store, &here, buf_str(&sealed), &plain, &f->err));
    assert_int_equal(plain.len, 0);
    struct buf small = {.cap = 8};
    assert_int_equal(seal(f->store, KEY_CONFIG, &here, STR("x"), &small, &f->err), RC_LIMIT);
    assert_int_equal(unseal(f->store, &here, buf_str(&sealed), &small, &f->err), RC_LIMIT);
    buf_free(&much);
    buf_free(&sealed);
    buf_free(&plain);
}

static void a_blind_index_is_the_same_for_the_same_fields_only(void **state)
{
    struct fixture *f = *state;
    int64_t bob = BLIND(f->store, "account", STR("local"), STR("bob"));
    assert_true(bob == BLIND(f->store, "account", STR("local"), STR("bob")));
    assert_true(bob != BLIND(f->store, "account", STR("localb"), STR("ob")));
    assert_true(bob != BLIND(f->store, "account", STR("bob"), STR("local")));
    assert_true(bob != BLIND(f->store, "subject", STR("local"), STR("bob")));
    reopen_with(f, &test_keys);
    assert_true(bob == BLIND(f->store, "account", STR("local"), STR("bob")));
    /* another store has other ones */
    store_close(f->store);
    unlink(f->path);
    fixture_open(f, STORE_WRITE);
    assert_true(bob != BLIND(f->store, "account", STR("local"), STR("bob")));
}

/* ---- keys ---- */

static void each_use_has_a_key_of_its_own(void **state)
{
    struct fixture *f = *state;
    unsigned char keys[KEY_USES][STORE_KEY_BYTES], again[STORE_KEY_BYTES];
    int64_t id;
    for (int use = 1; use < KEY_USES; use++) {
        memcpy(keys[use], keyring_newest(f->store, (enum key_use)use, &id), STORE_KEY_BYTES);
        for (int other = 1; other < use; other++)
            assert_memory_not_equal(keys[use], keys[other], STORE_KEY_BYTES);
    }
    fixture_must(f, store_fingerprint_key(f->store, again, &f->err));
    assert_memory_equal(again, keys[KEY_FINGERPRINT], STORE_KEY_BYTES);
    fixture_must(f, keyring_sign_seed(f->store, again, &f->err));
    assert_memory_equal(again, keys[KEY_SIGN], STORE_KEY_BYTES);
    reopen_with(f, &test_keys);
    fixture_must(f, store_fingerprint_key(f->store, again, &f->err));
    assert_memory_equal(again, keys[KEY_FINGERPRINT], STORE_KEY_BYTES);
    assert_string_equal(key_use_name(KEY_SIGN), "sign");
    assert_string_equal(key_use_name((enum key_use)9), "unknown");
}

static void a_process_has_only_the_keys_it_was_opened_with(void **state)
{
    struct fixture *f = *state;
    const struct store_keys few = {.master = test_master, .uses = STORE_KEY_RECORD};
    unsigned char key[STORE_KEY_BYTES];
    struct buf sealed = {0}, plain = {0};
    fixture_must(f, seal(f->store, KEY_CONFIG, &here, STR("x"), &sealed, &f->err));
    int64_t bob = BLIND(f->store, "account", STR("bob"));
    reopen_with(f, &few);
    assert_int_equal(unseal(f->store, &here, buf_str(&sealed), &plain, &f->err), RC_INTEGRITY);
    assert_int_equal(seal(f->store, KEY_CONFIG, &here, STR("x"), &sealed, &f->err), RC_STORE);
    assert_int_equal(store_fingerprint_key(f->store, key, &f->err), RC_STORE);
    assert_int_equal(keyring_sign_seed(f->store, key, &f->err), RC_STORE);
    buf_clear(&sealed);
    fixture_must(f, seal(f->store, KEY_RECORD, &here, STR("y"), &sealed, &f->err));
    fixture_must(f, unseal(f->store, &here, buf_str(&sealed), &plain, &f->err));
    assert_true(bob == BLIND(f->store, "account", STR("bob")));
    buf_free(&sealed);
    buf_free(&plain);
}

static void another_stores_master_key_is_told_from_damage(void **state)
{
    struct fixture *f = *state;
    unsigned char other = 43;
    const struct store_keys wrong = {
        .master = test_master, .ctx = &other, .source = "the key in K", .uses = STORE_KEYS_ALL};
    const struct store_keys nameless = {.master = test_master, .ctx = &other};
    assert_int_equal(open_rc(f, &wrong), RC_SETTINGS);
    assert_non_null(strstr(f->err.text, "the key in K is not the one of the store"));
    assert_non_null(strstr(f->err.text, "the store wants "));
    assert_int_equal(open_rc(f, &nameless), RC_SETTINGS);
    assert_non_null(strstr(f->err.text, "the master key is not"));

    reopen_with(f, &test_keys);
    run_sql(f, "UPDATE wrap SET wrapped = zeroblob(72) WHERE key = 1");
    assert_int_equal(open_rc(f, &test_keys), RC_INTEGRITY);
    assert_non_null(strstr(f->err.text, "its key 1 is damaged (the master key is the right one)"));
}

static int no_master(void *ctx, unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    (void)ctx;
    memset(key, 42, STORE_KEY_BYTES);
    return error_set(err, RC_NOT_FOUND, "no key today");
}

static void a_master_key_that_cannot_be_had_is_said(void **state)
{
    struct fixture *f = *state;
    const struct store_keys none = {.master = no_master, .uses = STORE_KEYS_ALL};
    assert_int_equal(open_rc(f, &none), RC_NOT_FOUND);
    assert_string_equal(f->err.text, "no key today");
    unlink(f->path);
    assert_int_equal(open_rc(f, &none), RC_NOT_FOUND);
    /* and nothing is left of the keys it did not make */
    fixture_open(f, STORE_WRITE);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM key"), 5);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM wrap"), 5);
}

static void keys_that_were_moved_or_lost_are_damage(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *text;
    } damage[] = {{"UPDATE wrap SET wrapped = (SELECT wrapped FROM wrap WHERE key = 2) WHERE key = "
                   "1",
                      "its key 1 is damaged"},
        {"UPDATE key SET use = 1 WHERE id = 2", "its key 2 is damaged"},
        {"DELETE FROM wrap WHERE key = 4", "its key 4 is damaged"},
        {"UPDATE key SET retired_us = 1 WHERE use = 5", "lost its keys"},
        {"UPDATE wrap SET wrapped = x'00'", "its key 1 is damaged"},
        {"PRAGMA foreign_keys = OFF; DELETE FROM key", "lost its keys"},
        {"DELETE FROM wrap", "the store wants none"}};
    for (size_t i = 0; i < COUNT(damage); i++) {
        reopen_with(f, &test_keys);
        run_sql(f, "PRAGMA ignore_check_constraints = ON");
        run_sql(f, damage[i].sql);
        assert_int_not_equal(open_rc(f, &test_keys), RC_OK);
        if (!strstr(f->err.text, damage[i].text))
            fail_msg("%s: %s", damage[i].sql, f->err.text);
        unlink(f->path);
    }
    fixture_open(f, STORE_WRITE);
    run_sql(f, "PRAGMA ignore_check_constraints = ON; UPDATE key SET use = 77 WHERE id = 1");
    assert_int_equal(open_rc(f, &test_keys), RC_INTEGRITY);
}

static void a_key_that_another_process_made_is_there_at_the_next_write(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;
    unsigned char master[STORE_KEY_BYTES], fresh[STORE_KEY_BYTES] = {9};
    struct buf sealed = {0}, plain = {0};
    int64_t old, id;
    keyring_newest(f->store, KEY_CONFIG, &old);
    fixture_must(f, store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &other, &f->err));
    fixture_must(f, keyring_master(other, master, &f->err));
    fixture_must(f, sql_begin(other, &f->err));
    fixture_must(
        f, sql_finish(other, keyring_add(other, master, KEY_CONFIG, fresh, &f->err), &f->err));
    fixture_must(f, keyring_refresh(other, &f->err));
    assert_memory_equal(keyring_newest(other, KEY_CONFIG, &id), fresh, sizeof fresh);
    fixture_must(f, seal(other, KEY_CONFIG, &here, STR("news"), &sealed, &f->err));
    assert_int_equal(seal_key(buf_str(&sealed)), id);
    /* a reader finds it when it needs it */
    fixture_must(f, unseal(f->store, &here, buf_str(&sealed), &plain, &f->err));
    assert_string_equal(buf_text(&plain), "news");
    reopen_with(f, &test_keys);
    fixture_must(f, sql_begin(other, &f->err));
    fixture_must(
        f, sql_finish(other, keyring_add(other, master, KEY_CONFIG, fresh, &f->err), &f->err));
    fixture_must(f, sql_begin(f->store, &f->err));
    keyring_newest(f->store, KEY_CONFIG, &old);
    assert_int_equal(old, id + 1);
    fixture_must(f, sql_finish(f->store, 0, &f->err));
    store_close(other);
    buf_free(&sealed);
    buf_free(&plain);
}

static void a_writer_whose_key_is_gone_writes_nothing(void **state)
{
    struct fixture *f = *state;
    run_sql(f, "INSERT INTO key (use, created_us) VALUES (1, 1)");
    assert_int_equal(fixture_collect(f, &(struct sample){.config = "x"}, NULL), RC_INTEGRITY);
    assert_int_equal(sqlite3_get_autocommit(f->store->db), 1);
    run_sql(f, "DELETE FROM key WHERE id = 6");
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "x"}, NULL));
}

static void too_many_keys_are_damage(void **state)
{
    struct fixture *f = *state;
    unsigned char master[STORE_KEY_BYTES], key[STORE_KEY_BYTES] = {1};
    fixture_must(f, keyring_master(f->store, master, &f->err));
    for (size_t i = 0; i < 28; i++)
        fixture_must(f, keyring_add(f->store, master, KEY_RECORD, key, &f->err));
    assert_int_equal(open_rc(f, &test_keys), RC_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_was_sealed_opens_only_where_it_was_put),
        STORE_TEST(any_byte_that_changed_is_noticed),
        STORE_TEST(nothing_and_much_can_be_sealed),
        STORE_TEST(a_blind_index_is_the_same_for_the_same_fields_only),
        STORE_TEST(each_use_has_a_key_of_its_own),
        STORE_TEST(a_process_has_only_the_keys_it_was_opened_with),
        STORE_TEST(another_stores_master_key_is_told_from_damage),
        STORE_TEST(a_master_key_that_cannot_be_had_is_said),
        STORE_TEST(keys_that_were_moved_or_lost_are_damage),
        STORE_TEST(a_key_that_another_process_made_is_there_at_the_next_write),
        STORE_TEST(a_writer_whose_key_is_gone_writes_nothing),
        STORE_TEST(too_many_keys_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
