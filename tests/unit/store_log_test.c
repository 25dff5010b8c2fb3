/* rooms: base store */
/* The log: what is appended, read, signed and proved. */
#include "store_fixture.h"

#include <jansson.h>

#include "evidence/lines.h"
#include "store/entry.h"

/* ---- documents ---- */

static void documents_come_back_to_the_byte(void **state)
{
    struct fixture *f = *state;
    static const char *const documents[] = {"{}", "{\"a\":1}", "{\"note\":\"\\u0001 \\u0002\"}",
        "{\"raw\":\"\1\2\"}",
        "{\"digest\":"
        "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}",
        "{\"digest\":"
        "\"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\"}",
        "{\"id\":\"00112233445566778899aabbccddeeff\",\"short\":\"abc\"}",
        "{\"long\":\"00112233445566778899aabbccddeeff0\"}",
        "{\"cut\":\"00112233445566778899aabbccddeeff"};
    for (size_t i = 0; i < COUNT(documents); i++) {
        struct buf body = {0}, back = {0};
        fixture_must(f, entry_pack(f->store, str_of(documents[i]), &body, &f->err));
        assert_int_equal(entry_unpack(f->store, buf_str(&body), &back), 0);
        assert_string_equal(buf_text(&back), documents[i]);
        buf_free(&body);
        buf_free(&back);
    }
}

static void a_version_of_four_hashes_takes_little_more_than_them(void **state)
{
    struct fixture *f = *state;
    struct buf body = {0};
    char hash[4][65], document[1024];
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 64; j++)
            hash[i][j] = "0123456789abcdef"[(j * j * 7 + i * 31 + j / 3) % 16];
    for (int i = 0; i < 4; i++)
        hash[i][64] = '\0';
    snprintf(document, sizeof document,
        "{\"number\":12,\"created\":\"2026-03-01T10:20:30.123456Z\",\"previous\":11,"
        "\"previous_seen\":\"2026-03-01T09:20:30.654321Z\",\"platform\":\"ios\",\"digest\":\"%s\","
        "\"parts\":[{\"name\":\"running\",\"bytes\":26011,\"lines\":912,\"root\":\"%s\"}],"
        "\"access\":{\"bytes\":2034,\"lines\":1,\"root\":\"%s\"},\"accounts\":{\"count\":6,"
        "\"root\":\"%s\"},\"event_count\":1,\"worst_severity\":20}",
        hash[0], hash[1], hash[2], hash[3]);
    fixture_must(f, entry_pack(f->store, str_of(document), &body, &f->err));
    assert_in_range(body.len, 4 * 32, 4 * 32 + 110);
    buf_free(&body);
}

static void a_body_of_somebody_else_is_refused(void **state)
{
    struct fixture *f = *state;
    struct buf body = {0}, back = {0};
    fixture_must(
        f, entry_pack(f->store, STR("{\"id\":\"00112233445566778899aabbccddeeff\",\"x\":[1,2,3]}"),
               &body, &f->err));
    assert_int_equal(entry_unpack(f->store, STR(""), &back), RC_INTEGRITY);
    assert_int_equal(entry_unpack(f->store, STR("\7{}"), &back), RC_INTEGRITY);
    for (size_t len = 1; len < body.len; len++)
        assert_int_equal(entry_unpack(f->store, (struct str){body.data, len}, &back), RC_INTEGRITY);
    buf_add(&body, "more");
    assert_int_equal(entry_unpack(f->store, buf_str(&body), &back), RC_INTEGRITY);
    buf_free(&body);
    buf_free(&back);
}

/* ---- entries ---- */

static void an_entry_is_its_leaf_and_what_makes_it(void **state)
{
    struct fixture *f = *state;
    struct store_log_entry e;
    struct buf text = {0};
    uint64_t seq = 0;
    fixture_must(
        f, fixture_collect(f, &(struct sample){.device = "a\"b\\c\n", .config = "x"}, NULL));
    f->now_us += 1;
    fixture_must(f, store_record(f->store,
                        &(struct store_entry){ENTRY_ACTION, "a\"b\\c\n", "{\"action\":\"hold\"}"},
                        &seq, &f->err));
    assert_int_equal(seq, 2);
    fixture_must(f, store_log_entry(f->store, seq, &e, &text, &f->err));
    assert_true(
        str_is(e.leaf, "{\"kind\":\"action\",\"time\":\"1970-01-01T00:16:40.000001Z\","
                       "\"device\":\"a\\\"b\\\\c\\u000a\",\"document\":{\"action\":\"hold\"}}"));
    assert_true(str_is(e.document, "{\"action\":\"hold\"}"));
    assert_string_equal(e.device, "a\"b\\c\n");
    assert_int_equal(e.time_us, f->now_us);
    struct merkle_hash leaf;
    merkle_leaf(e.leaf, &leaf);
    assert_true(merkle_equal(&leaf, &e.hash));
    assert_int_equal(store_log_entry(f->store, 3, &e, &text, &f->err), RC_NOT_FOUND);
    buf_free(&text);
}

static void what_is_no_entry_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"", "1", "[]", "{", "{\"a\":1,\"a\":2", "{} x"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(store_record(f->store, &(struct store_entry){ENTRY_APPROVAL, NULL, bad[i]},
                             NULL, &f->err),
            RC_INVALID);
    assert_int_equal(
        store_record(f->store, &(struct store_entry){ENTRY_APPROVAL, "none", "{}"}, NULL, &f->err),
        RC_NOT_FOUND);
    uint64_t size = 0;
    fixture_must(f, store_log_size(f->store, &size, &f->err));
    assert_int_equal(size, 1);
}

static int find_version(void *ctx, const struct store_log_entry *e)
{
    return e->kind == ENTRY_VERSION ? buf_add_str(ctx, e->document) : 0;
}

static const char *text_at(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

/* Whoever has a version's texts and salts comes to the roots in its entry. */
static void a_versions_entry_holds_the_roots_of_its_texts(void **state)
{
    struct fixture *f = *state;
    const struct store_account accounts[] = {local_account("bob", 15), local_account("al", 1)};
    struct buf document = {0}, line = {0};
    char hex[MERKLE_HEX_SIZE];
    unsigned char salt[STORE_SALT_BYTES];
    struct merkle_hash root;
    static const char config[] = "hostname a\nusername bob\nend";
    fixture_must(
        f, fixture_collect(f,
               &(struct sample){.config = config, .accounts = accounts, .account_count = 2}, NULL));
    fixture_must(f, store_log_walk(f->store, 0, 9, find_version, &document, &f->err));
    json_t *json = json_loads(buf_text(&document), 0, NULL);
    const json_t *part = json_array_get(json_object_get(json, "parts"), 0);
    fixture_must(f, store_read_salt(f->store, "edge-7", 1, "running", salt, &f->err));
    assert_int_equal(lines_root(salt, str_of(config), &root), 3);
    assert_string_equal(text_at(part, "root"), merkle_hex(&root, hex));
    assert_int_equal(json_integer_value(json_object_get(part, "lines")), 3);

    fixture_must(f, store_read_salt(f->store, "edge-7", 1, "access", salt, &f->err));
    lines_root(salt, STR("{\"rollcall-access:access\":{}}"), &root);
    assert_string_equal(text_at(json_object_get(json, "access"), "root"), merkle_hex(&root, hex));
    struct lines tree;
    lines_start(&tree, salt, LINES_ACCOUNTS_FIRST);
    for (int i = 1; i >= 0; i--) {
        buf_clear(&line);
        assert_int_equal(store_account_line(&accounts[i], &line), 0);
        lines_add(&tree, buf_str(&line));
    }
    assert_string_equal(buf_text(&line),
        "{\"realm\":\"local\",\"name\":\"bob\",\"kind\":\"local\",\"privilege\":15,\"admin\":true,"
        "\"enabled\":true,\"secret\":\"scrypt\",\"keys\":0}");
    lines_end(&tree, &root);
    assert_string_equal(text_at(json_object_get(json, "accounts"), "root"), merkle_hex(&root, hex));
    json_decref(json);
    buf_free(&document);
    buf_free(&line);
}

/* ---- heads and proofs ---- */

static void every_size_is_proved_from_what_is_kept(void **state)
{
    struct fixture *f = *state;
    enum { SIZE = 40 };
    struct merkle_hash leaves[SIZE], roots[SIZE + 1];
    struct merkle_tree tree = {0};
    struct proof proof;
    struct buf text = {0};
    for (int i = 1; i < SIZE; i++)
        fixture_must(f, store_record(f->store, &(struct store_entry){ENTRY_APPROVAL, NULL, "{}"},
                            NULL, &f->err));
    for (uint64_t i = 0; i < SIZE; i++) {
        struct store_log_entry e;
        fixture_must(f, store_log_entry(f->store, i, &e, &text, &f->err));
        leaves[i] = e.hash;
        merkle_append(&tree, &e.hash, NULL);
        merkle_tree_root(&tree, &roots[i + 1]);
    }
    for (uint64_t size = 1; size <= SIZE; size++) {
        struct merkle_hash root;
        fixture_must(f, store_log_root(f->store, size, &root, &f->err));
        assert_true(merkle_equal(&root, &roots[size]));
        for (uint64_t i = 0; i < size; i++) {
            fixture_must(f, store_prove_inclusion(f->store, i, size, &proof, &f->err));
            assert_true(merkle_check_inclusion(&leaves[i], i, size, &proof, &roots[size]));
            fixture_must(f, store_prove_consistency(f->store, i + 1, size, &proof, &f->err));
            assert_true(merkle_check_consistency(i + 1, &roots[i + 1], size, &roots[size], &proof));
        }
        assert_int_equal(
            store_prove_inclusion(f->store, size, size, &proof, &f->err), RC_NOT_FOUND);
    }
    assert_int_equal(store_prove_inclusion(f->store, 0, SIZE + 1, &proof, &f->err), RC_NOT_FOUND);
    assert_int_equal(
        store_prove_consistency(f->store, SIZE, SIZE - 1, &proof, &f->err), RC_NOT_FOUND);
    buf_free(&text);
}

static void a_head_is_signed_by_the_log_for_all_of_it(void **state)
{
    struct fixture *f = *state;
    struct log_key key;
    struct head head;
    struct buf note = {0};
    fixture_must(f, store_log_key(f->store, &key, &f->err));
    for (uint64_t size = 1; size < 6; size++) {
        struct merkle_hash root;
        buf_clear(&note);
        fixture_must(f, store_head(f->store, 0, &note, &f->err));
        fixture_must(f, head_open(buf_str(&note), &key, &head, &f->err));
        fixture_must(f, store_log_root(f->store, size, &root, &f->err));
        assert_int_equal(head.size, size);
        assert_true(merkle_equal(&head.root, &root));
        assert_string_equal(head.log, key.log);
        fixture_must(f,
            store_record(f->store, &(struct store_entry){ENTRY_ACTION, NULL, "{}"}, NULL, &f->err));
    }
    assert_int_equal(store_head(f->store, 3, &note, &f->err), RC_NOT_FOUND);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM head"), 1);
    fixture_must(f, sqlite3_exec(f->store->db, "UPDATE head SET sent_us = 1", NULL, NULL, NULL));
    fixture_must(
        f, store_record(f->store, &(struct store_entry){ENTRY_ACTION, NULL, "{}"}, NULL, &f->err));
    buf_clear(&note);
    fixture_must(f, store_head(f->store, 6, &note, &f->err)); /* one that was sent stays */
    buf_free(&note);
}

static void a_note_that_could_be_taken_for_a_head_is_not_signed(void **state)
{
    struct fixture *f = *state;
    struct buf note = {0}, text = {0};
    struct log_key key;
    struct str signed_text;
    fixture_must(f, store_log_key(f->store, &key, &f->err));
    buf_format(&text, "rollcall/%s\n5\nAAAA\n", key.log);
    assert_int_equal(store_sign(f->store, buf_str(&text), &note, &f->err), RC_INVALID);
    buf_clear(&text);
    buf_format(&text, "rollcall/%s evidence\nabc\n", key.log);
    fixture_must(f, store_sign(f->store, buf_str(&text), &note, &f->err));
    fixture_must(f, note_open(buf_str(&note), &key, &signed_text, &f->err));
    assert_true(str_equal(signed_text, buf_str(&text)));
    buf_free(&note);
    buf_free(&text);
}

static void a_hole_in_the_log_is_damage(void **state)
{
    struct fixture *f = *state;
    struct proof proof;
    for (int i = 0; i < 6; i++)
        fixture_must(f,
            store_record(f->store, &(struct store_entry){ENTRY_ACTION, NULL, "{}"}, NULL, &f->err));
    fixture_must(
        f, sqlite3_exec(f->store->db, "DELETE FROM entry WHERE seq = 5", NULL, NULL, NULL));
    assert_int_equal(store_prove_inclusion(f->store, 4, 7, &proof, &f->err), RC_INTEGRITY);
    assert_int_equal(
        store_record(f->store, &(struct store_entry){ENTRY_ACTION, NULL, "{}"}, NULL, &f->err),
        RC_INTEGRITY);
}

/* ---- histories from elsewhere ---- */

static void an_imported_version_keeps_its_time_and_alerts_nobody(void **state)
{
    struct fixture *f = *state;
    const struct store_event event = {"e1", "account-created", 85, "bob", "/a", "{\"id\":\"e1\"}"};
    struct store_part part = {"running", STR("x\n")};
    struct store_collection c = {.device = "edge-7",
        .new_version = true,
        .history = true,
        .created_us = 100 * SECOND,
        .imported_json = "{\"from\":\"oxidized\",\"commit\":\"abc\"}",
        .parts = &part,
        .part_count = 1,
        .events = &event,
        .event_count = 1,
        .sinks = fixture_sinks,
        .sink_minimum = fixture_minimum,
        .sink_count = 2};
    struct buf text = {0};
    fixture_must(f, store_collect(f->store, &c, NULL, &f->err));
    c.previous = 1; /* the same second: behind it */
    c.event_count = 0;
    fixture_must(f, store_collect(f->store, &c, NULL, &f->err));
    assert_int_equal(
        fixture_count(f, "SELECT created_us FROM version WHERE number = 1"), 100 * SECOND);
    assert_int_equal(
        fixture_count(f, "SELECT created_us FROM version WHERE number = 2"), 100 * SECOND + 1);
    assert_int_equal(fixture_count(f, "SELECT seen_us FROM event"), 100 * SECOND);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM run"), 0);
    assert_int_equal(fixture_count(f, "SELECT sum(doubt) FROM version"), 0);
    assert_int_equal(fixture_count(f, "SELECT last_try_us FROM device"), 0);
    fixture_must(f, store_log_walk(f->store, 0, 2, find_version, &text, &f->err));
    assert_non_null(
        strstr(buf_text(&text), "\"imported\":{\"from\":\"oxidized\",\"commit\":\"abc\"}"));
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(documents_come_back_to_the_byte),
        STORE_TEST(a_version_of_four_hashes_takes_little_more_than_them),
        STORE_TEST(a_body_of_somebody_else_is_refused),
        STORE_TEST(an_entry_is_its_leaf_and_what_makes_it),
        STORE_TEST(what_is_no_entry_is_refused),
        STORE_TEST(a_versions_entry_holds_the_roots_of_its_texts),
        STORE_TEST(every_size_is_proved_from_what_is_kept),
        STORE_TEST(a_head_is_signed_by_the_log_for_all_of_it),
        STORE_TEST(a_note_that_could_be_taken_for_a_head_is_not_signed),
        STORE_TEST(a_hole_in_the_log_is_damage),
        STORE_TEST(an_imported_version_keeps_its_time_and_alerts_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
