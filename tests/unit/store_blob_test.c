/* rooms: base evidence store */
#include "store_fixture.h"

#include "store/blob.h"
#include "store/keyring.h"
#include "store/seal.h"

/* A device to own them; its row. */
static int64_t new_device(struct fixture *f, const char *name)
{
    char sql[160];
    snprintf(sql, sizeof sql, "INSERT INTO device (name) VALUES ('%s')", name);
    if (sqlite3_exec(f->store->db, sql, NULL, NULL, NULL))
        fail_msg("%s", sqlite3_errmsg(f->store->db));
    return sqlite3_last_insert_rowid(f->store->db);
}

static void run_sql(struct fixture *f, const char *format, ...)
{
    char sql[300];
    va_list args;
    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    if (sqlite3_exec(f->store->db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->store->db));
    blob_forget(f->store);
}

/* A config that says who changed it last. */
static void write_config(struct buf *text, size_t lines, unsigned version)
{
    buf_clear(text);
    buf_format(text, "! change %u\nhostname edge-7\n", version);
    for (size_t i = 0; i < lines; i++)
        buf_format(text, "interface GigabitEthernet0/%zu\n description link %zu to site %zu\n", i,
            i * 2654435761u % 100003, i * 40503u % 997);
    buf_format(text, "username bob%u secret 9 $9$%08x\n", version, version * 2654435761u);
}

static int64_t put(struct fixture *f, int64_t device, uint32_t number, const char *part,
    int64_t base, struct str text)
{
    unsigned char salt[BLOB_SALT_BYTES];
    int64_t id = 0;
    const struct blob_owner owner = {device, "edge-7", number, part, base};
    fixture_must(f, blob_put(f->store, &owner, text, &id, salt, &f->err));
    return id;
}

static void expect(struct fixture *f, int64_t id, const char *part, struct str text)
{
    struct buf got = {0};
    fixture_must(f, blob_get(f->store, id, part, &got, NULL, &f->err));
    assert_true(str_equal(buf_str(&got), text));
    buf_free(&got);
}

static void expect_damage(struct fixture *f, int64_t id, const char *part, const char *words)
{
    struct buf got = {0};
    blob_forget(f->store);
    f->err = (struct error)ERROR_INIT;
    assert_int_equal(blob_get(f->store, id, part, &got, NULL, &f->err), RC_INTEGRITY);
    assert_int_equal(got.len, 0);
    if (!strstr(f->err.text, words))
        fail_msg("%s", f->err.text);
    buf_free(&got);
}

static int64_t of_blob(struct fixture *f, const char *column, int64_t id)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT %s FROM blob WHERE id = %lld", column, (long long)id);
    return fixture_count(f, sql);
}

/* ---- small ---- */

static void each_version_costs_little_more_than_what_changed(void **state)
{
    struct fixture *f = *state;
    struct buf texts[200] = {{0}};
    int64_t ids[200], device = new_device(f, "edge-7");
    for (unsigned i = 0; i < 200; i++) {
        write_config(&texts[i], 350, i);
        ids[i] = put(f, device, i + 1, "running", i ? ids[i - 1] : 0, buf_str(&texts[i]));
        if (i % 128)
            assert_in_range(of_blob(f, "length(data)", ids[i]), 40, 250);
    }
    struct buf small = {.cap = 40};
    assert_int_equal(blob_get(f->store, ids[0], "running", &small, NULL, &f->err), RC_LIMIT);
    buf_free(&small);
    assert_int_equal(fixture_count(f, "SELECT max(depth) FROM blob"), BLOB_MOST_DEPTH);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob WHERE base IS NULL"), 2);
    blob_forget(f->store);
    for (unsigned i = 200; i-- > 0;) {
        expect(f, ids[i], "running", buf_str(&texts[i]));
        buf_free(&texts[i]);
    }
}

static void what_a_device_had_before_is_not_stored_again(void **state)
{
    struct fixture *f = *state;
    int64_t one = new_device(f, "edge-7"), other = new_device(f, "edge-8");
    int64_t a = put(f, one, 1, "running", 0, STR("hostname a\nusername bob\n"));
    int64_t b = put(f, one, 2, "running", a, STR("hostname b\nusername bob\n"));
    assert_int_equal(put(f, one, 3, "running", b, STR("hostname a\nusername bob\n")), a);
    blob_forget(f->store);
    assert_int_equal(put(f, one, 4, "running", a, STR("hostname b\nusername bob\n")), b);
    /* but another part's, and another device's, are other things */
    assert_int_not_equal(put(f, one, 4, "startup", 0, STR("hostname a\nusername bob\n")), a);
    assert_int_not_equal(put(f, other, 1, "running", 0, STR("hostname a\nusername bob\n")), a);
    /* equal by hash is not enough */
    run_sql(f, "UPDATE blob SET content = %lld WHERE id = %lld",
        (long long)of_blob(f, "content", b), (long long)a);
    int64_t again = put(f, one, 5, "running", 0, STR("hostname b\nusername bob\n"));
    assert_true(again != a && again != b);
}

static void large_texts_and_empty_ones_come_back(void **state)
{
    struct fixture *f = *state;
    struct buf large = {0}, noise = {0};
    int64_t device = new_device(f, "edge-7");
    write_config(&large, 30000, 1);
    int64_t a = put(f, device, 1, "running", 0, buf_str(&large));
    buf_add(&large, "username eve\n");
    int64_t b = put(f, device, 2, "running", a, buf_str(&large));
    assert_in_range(of_blob(f, "length(data)", b), 40, 400);
    expect(f, b, "running", buf_str(&large));
    blob_forget(f->store);
    expect(f, b, "running", buf_str(&large));
    int64_t empty = put(f, device, 3, "running", b, STR(""));
    expect(f, empty, "running", STR(""));
    int64_t after = put(f, device, 4, "running", empty, STR("x\n"));
    blob_forget(f->store);
    expect(f, after, "running", STR("x\n"));
    buf_reserve(&noise, 5000);
    for (unsigned i = 0; i < 5000; i++)
        buf_add_char(&noise, (char)(i * 2654435761u >> 13));
    int64_t plain = put(f, device, 5, "running", after, buf_str(&noise));
    blob_forget(f->store);
    expect(f, plain, "running", buf_str(&noise));
    buf_free(&large);
    buf_free(&noise);
}

static void the_way_to_a_large_text_is_short(void **state)
{
    struct fixture *f = *state;
    struct buf text = {0};
    int64_t device = new_device(f, "edge-7"), id = 0;
    write_config(&text, 15000, 1);
    assert_in_range(text.len, 700000, 1100000);
    for (uint32_t i = 1; i < 12; i++) {
        buf_format(&text, "username user%u\n", i);
        id = put(f, device, i, "running", id, buf_str(&text));
    }
    int64_t deepest = fixture_count(f, "SELECT max(depth) FROM blob");
    assert_true(deepest >= 3 && (size_t)deepest * text.len <= BLOB_MOST_CHAIN_BYTES + text.len);
    blob_forget(f->store);
    expect(f, id, "running", buf_str(&text));
    buf_free(&text);
}

static void too_large_a_text_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t id, device = new_device(f, "edge-7");
    unsigned char salt[BLOB_SALT_BYTES];
    const struct blob_owner owner = {device, "edge-7", 1, "running", 0};
    assert_int_equal(
        blob_put(f->store, &owner, (struct str){"", SQL_MOST_BYTES + 1}, &id, salt, &f->err),
        RC_LIMIT);
}

/* ---- the same ---- */

static void the_same_text_is_known_without_reading_it(void **state)
{
    struct fixture *f = *state;
    bool same;
    int64_t device = new_device(f, "edge-7"), a = put(f, device, 1, "running", 0, STR("x\n"));
    fixture_must(f, blob_same(f->store, a, "running", STR("x\n"), &same, &f->err));
    assert_true(same);
    fixture_must(f, blob_same(f->store, a, "running", STR("y\n"), &same, &f->err));
    assert_false(same);
    fixture_must(f, blob_same(f->store, a, "startup", STR("x\n"), &same, &f->err));
    assert_false(same);
    assert_int_equal(blob_same(f->store, 99, "running", STR("x\n"), &same, &f->err), RC_INTEGRITY);
}

static void a_texts_salt_is_its_own_and_stays(void **state)
{
    struct fixture *f = *state;
    unsigned char salts[4][BLOB_SALT_BYTES], again[BLOB_SALT_BYTES];
    int64_t ids[4], device = new_device(f, "edge-7");
    const struct {
        uint32_t number;
        const char *part;
        struct str text;
    } at[4] = {{1, "running", STR("x\n")}, {1, "startup", STR("x\n")}, {2, "running", STR("y\n")},
        {1, "running", STR("z\n")}};
    struct buf text = {0};
    for (int i = 0; i < 4; i++) {
        const struct blob_owner owner = {device, "edge-7", at[i].number, at[i].part, 0};
        fixture_must(f, blob_put(f->store, &owner, at[i].text, &ids[i], salts[i], &f->err));
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(salts[i], salts[j], BLOB_SALT_BYTES);
        assert_memory_not_equal(salts[i], salts[i] + 8, 8);
    }
    for (int i = 0; i < 4; i++) {
        fixture_must(f, blob_get(f->store, ids[i], NULL, &text, again, &f->err));
        assert_memory_equal(again, salts[i], BLOB_SALT_BYTES);
    }
    /* found again in a later version, it is the one of the first */
    const struct blob_owner later = {device, "edge-7", 9, "running", 0};
    fixture_must(f, blob_put(f->store, &later, at[2].text, &ids[0], again, &f->err));
    assert_memory_equal(again, salts[2], BLOB_SALT_BYTES);
    buf_free(&text);
}

/* ---- damage ---- */

static void a_blob_that_was_moved_or_changed_does_not_open(void **state)
{
    struct fixture *f = *state;
    int64_t device = new_device(f, "edge-7"), other = new_device(f, "edge-8");
    struct buf text = {0};
    write_config(&text, 100, 1);
    int64_t a = put(f, device, 1, "running", 0, buf_str(&text));
    write_config(&text, 100, 2);
    int64_t b = put(f, device, 2, "running", a, buf_str(&text));
    int64_t c = put(f, device, 2, "startup", 0, STR("hostname x\n"));
    int64_t d = put(f, other, 2, "running", 0, STR("hostname y\n"));
    static const struct {
        const char *sql, *back, *words;
    } damage[] = {
        {"UPDATE blob SET version = 3 WHERE id = 2", "UPDATE blob SET version = 2 WHERE id = 2",
            "running of version 3 of edge-7 is not what was written"},
        {"UPDATE blob SET device = 2 WHERE id = 2", "UPDATE blob SET device = 1 WHERE id = 2",
            "running of version 2 of edge-8"},
        {"UPDATE blob SET content = content + 1 WHERE id = 2",
            "UPDATE blob SET content = content - 1 WHERE id = 2", "version 2"},
        {"UPDATE blob SET length = length + 1 WHERE id = 2",
            "UPDATE blob SET length = length - 1 WHERE id = 2", "version 2"},
        {"UPDATE blob SET length = length + 1 WHERE id = 1",
            "UPDATE blob SET length = length - 1 WHERE id = 1", "version 1"},
        {"UPDATE blob SET codec = 0 WHERE id = 2", "UPDATE blob SET codec = 2 WHERE id = 2",
            "version 2"},
        {"UPDATE blob SET codec = 1 WHERE id = 2", "UPDATE blob SET codec = 2 WHERE id = 2",
            "version 2"},
        {"UPDATE blob SET codec = 7 WHERE id = 2", "UPDATE blob SET codec = 2 WHERE id = 2",
            "version 2"},
        {"UPDATE blob SET codec = 0, base = NULL WHERE id = 2",
            "UPDATE blob SET codec = 2, base = 1 WHERE id = 2", "version 2"},
        {"UPDATE blob SET codec = 1, base = NULL WHERE id = 2",
            "UPDATE blob SET codec = 2, base = 1 WHERE id = 2", "version 2"},
        {"UPDATE blob SET base = NULL WHERE id = 2", "UPDATE blob SET base = 1 WHERE id = 2",
            "version 2"},
        {"UPDATE blob SET base = 2 WHERE id = 2", "UPDATE blob SET base = 1 WHERE id = 2",
            "version 2"},
        {"UPDATE blob SET base = -1 WHERE id = 2", "UPDATE blob SET base = 1 WHERE id = 2",
            "version 2"},
        {"PRAGMA ignore_check_constraints = ON; UPDATE blob SET length = -5 - length WHERE id = 2",
            "UPDATE blob SET length = -length - 5 WHERE id = 2", "version 2"},
        {"UPDATE blob SET length = length + 200000000 WHERE id = 2",
            "UPDATE blob SET length = length - 200000000 WHERE id = 2", "version 2"},
        {"UPDATE blob SET id = -1 WHERE id = 1", "UPDATE blob SET id = 1 WHERE id = -1",
            "blob 1, which others need, of edge-7 is missing"},
        {"UPDATE blob SET device = 2 WHERE id = 1", "UPDATE blob SET device = 1 WHERE id = 1",
            "is not what was written"},
    };
    assert_true(device == 1 && other == 2 && a == 1 && b == 2);
    for (size_t i = 0; i < COUNT(damage); i++) {
        run_sql(f, "%s", damage[i].sql);
        expect_damage(f, b, "running", damage[i].words);
        run_sql(f, "%s", damage[i].back);
        expect(f, b, "running", buf_str(&text));
    }
    /* one's bytes in another's row */
    run_sql(f,
        "UPDATE blob SET (data, codec, length) = (SELECT data, codec, length FROM blob WHERE "
        "id = %lld) WHERE id = %lld",
        (long long)d, (long long)c);
    expect_damage(f, c, "startup", "startup of version 2 of edge-7");
    expect_damage(f, 99, "running", "blob 99 is missing");
    /* a whole row, read as another part */
    expect_damage(f, a, "startup", "startup of version 1 of edge-7");
    buf_free(&text);
}

static void every_byte_of_the_data_counts(void **state)
{
    struct fixture *f = *state;
    int64_t device = new_device(f, "edge-7");
    int64_t id = put(f, device, 1, "running", 0, STR("username bob secret 9 x\n"));
    int64_t len = of_blob(f, "length(data)", id);
    for (int64_t i = 1; i <= len; i++) {
        run_sql(f,
            "UPDATE blob SET data = CAST(substr(data, 1, %lld) || x'5a' || substr(data, %lld) AS "
            "BLOB) WHERE id = %lld AND substr(data, %lld, 1) <> x'5a'",
            (long long)(i - 1), (long long)(i + 1), (long long)id, (long long)i);
        if (sqlite3_changes(f->store->db))
            expect_damage(f, id, NULL, "a text of version 1 of edge-7");
        run_sql(f, "DELETE FROM blob");
        id = put(f, device, 1, "running", 0, STR("username bob secret 9 x\n"));
    }
}

/* Who has the key could still write frames that want too much. */
static void frames_that_lie_are_damage(void **state)
{
    struct fixture *f = *state;
    int64_t device = new_device(f, "edge-7");
    struct buf text = {0};
    write_config(&text, 100, 1);
    int64_t id = put(f, device, 1, "running", 0, buf_str(&text));
    char kind[20];
    snprintf(kind, sizeof kind, "%016llx", (unsigned long long)of_blob(f, "content", id));
    const struct seal_place place = {.what = "blob", .device = "edge-7", .number = 1, .kind = kind};
    char room[8192];
    size_t len = ZSTD_compress(room, sizeof room, text.data, text.len, 3);
    const struct str lies[] = {STR(""), STR("\x20"), {room + 4, len - 5}, {room + 4, len - 3},
        STR("\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x00\x00")};
    room[len] = 0;
    room[len] = 0;
    /* and what its blocks say may be wrong at any place */
    for (size_t i = 0; i < COUNT(lies) + len - 10; i++) {
        struct buf sealed = {0};
        struct str lie = i < COUNT(lies) ? lies[i] : (struct str){room + 4, len - 4};
        char *at = room + (i < COUNT(lies) ? 0 : i - COUNT(lies) + 10);
        *at ^= 0x55;
        fixture_must(f, seal(f->store, KEY_CONFIG, &place, lie, &sealed, &f->err));
        *at ^= 0x55;
        sqlite3_stmt *update;
        sqlite3_prepare_v2(f->store->db, "UPDATE blob SET data = ?1", -1, &update, NULL);
        sqlite3_bind_blob(update, 1, sealed.data, (int)sealed.len, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(update), SQLITE_DONE);
        sqlite3_finalize(update);
        expect_damage(f, id, "running", "version 1");
        buf_free(&sealed);
    }
    buf_free(&text);
}

static void no_chain_is_longer_than_allowed(void **state)
{
    struct fixture *f = *state;
    struct buf text = {0};
    int64_t device = new_device(f, "edge-7"), id = 0;
    for (unsigned i = 0; i < 140; i++) {
        write_config(&text, 3, i);
        id = put(f, device, i + 1, "running", id, buf_str(&text));
        /* so that the writer, who has the text at hand, never stops */
        sqlite3_exec(f->store->db, "UPDATE blob SET depth = 0", NULL, NULL, NULL);
    }
    expect_damage(f, id, "running", "is not what was written");
    buf_free(&text);
}

static void a_version_can_be_written_on_a_damaged_one(void **state)
{
    struct fixture *f = *state;
    int64_t device = new_device(f, "edge-7");
    int64_t a = put(f, device, 1, "running", 0, STR("hostname a\n"));
    run_sql(f, "UPDATE blob SET data = x'00'");
    int64_t b = put(f, device, 2, "running", a, STR("hostname b\n"));
    expect(f, b, "running", STR("hostname b\n"));
    /* the same text once more, where the first one cannot be read */
    int64_t c = put(f, device, 3, "running", b, STR("hostname a\n"));
    assert_int_not_equal(c, a);
    expect(f, c, "running", STR("hostname a\n"));
    /* and on what is another part's */
    int64_t d = put(f, device, 4, "startup", b, STR("hostname d\n"));
    assert_int_equal(of_blob(f, "base IS NULL", d), 1);
    int64_t e = put(f, device, 5, "startup", 99, STR("hostname e\n"));
    expect(f, e, "startup", STR("hostname e\n"));
}

/* ---- rebase ---- */

static void a_blob_moves_to_another_base(void **state)
{
    struct fixture *f = *state;
    struct buf texts[4] = {{0}};
    int64_t ids[4], device = new_device(f, "edge-7");
    for (unsigned i = 0; i < 4; i++) {
        write_config(&texts[i], 100, i);
        ids[i] = put(f, device, i + 1, "running", i ? ids[i - 1] : 0, buf_str(&texts[i]));
    }
    fixture_must(f, blob_rebase(f->store, ids[2], ids[0], &f->err));
    assert_int_equal(of_blob(f, "base", ids[2]), ids[0]);
    assert_int_equal(of_blob(f, "depth", ids[2]), 1);
    run_sql(f, "DELETE FROM blob WHERE id = %lld", (long long)ids[1]);
    for (int i = 0; i < 4; i++)
        if (i != 1)
            expect(f, ids[i], "running", buf_str(&texts[i]));
    fixture_must(f, blob_rebase(f->store, ids[2], 0, &f->err));
    fixture_must(f, blob_rebase(f->store, ids[3], ids[3], &f->err)); /* no base: itself */
    run_sql(f, "DELETE FROM blob WHERE id = %lld", (long long)ids[0]);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob WHERE base IS NULL"), 2);
    for (int i = 2; i < 4; i++)
        expect(f, ids[i], "running", buf_str(&texts[i]));
    assert_int_equal(blob_rebase(f->store, 99, 0, &f->err), RC_INTEGRITY);
    for (int i = 0; i < 4; i++)
        buf_free(&texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(each_version_costs_little_more_than_what_changed),
        STORE_TEST(what_a_device_had_before_is_not_stored_again),
        STORE_TEST(large_texts_and_empty_ones_come_back),
        STORE_TEST(the_way_to_a_large_text_is_short),
        STORE_TEST(too_large_a_text_is_refused),
        STORE_TEST(the_same_text_is_known_without_reading_it),
        STORE_TEST(a_texts_salt_is_its_own_and_stays),
        STORE_TEST(a_blob_that_was_moved_or_changed_does_not_open),
        STORE_TEST(every_byte_of_the_data_counts),
        STORE_TEST(frames_that_lie_are_damage),
        STORE_TEST(no_chain_is_longer_than_allowed),
        STORE_TEST(a_version_can_be_written_on_a_damaged_one),
        STORE_TEST(a_blob_moves_to_another_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
