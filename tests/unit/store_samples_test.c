/* rooms: base store */
/* Stores as each schema left them are opened and say the same.
 *
 * stores/schema-N.sql was made by the code of schema N: `store_samples_test FILE` fills a new store
 * (store_sample.h), `sqlite3 FILE .dump` writes it down; the two marks of PRAGMA are added. */
#include "store_sample.h"

#include <jansson.h>

/* ---- a store from a sample ---- */

static void load_sample(struct fixture *f, const char *sample)
{
    struct buf sql = {.cap = 0};
    char piece[4096];
    size_t len;
    store_close(f->store);
    f->store = NULL;
    unlink(f->path);
    FILE *file = fopen(sample, "r");
    if (!file)
        fail_msg("%s: not there; tests run from the top of the tree", sample);
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(&sql, piece, len);
    fclose(file);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, buf_text(&sql), NULL, NULL, NULL))
        fail_msg("%s: %s", sample, sqlite3_errmsg(db));
    sqlite3_close(db);
    buf_free(&sql);
    f->now_us = 5000 * SECOND;
}

static int64_t schema_of(struct fixture *f)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &row, NULL), SQLITE_OK);
    sqlite3_step(row);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return number;
}

/* ---- what it says ---- */

static int tell_part(void *ctx, const char *name, struct str text)
{
    return buf_format(
        ctx, "  %s: %zu bytes, %.*s\n", name, text.len, (int)strcspn(text.at, "\n"), text.at);
}

static int tell_version(void *ctx, const struct store_version *v)
{
    return buf_format(ctx, "  v%u %lld-%lld %s %s %s %u events, worst %d, %zu bytes%s%s\n",
        v->number, (long long)(v->created_us / SECOND), (long long)(v->seen_us / SECOND),
        v->platform, v->digest, v->author, v->event_count, v->worst_severity, v->bytes,
        v->doubtful ? " doubtful" : "", v->pruned ? " pruned" : "");
}

static int tell_device(void *ctx, const struct store_device *d)
{
    return buf_format(ctx, "%s %s %s v%u %lld %lld %lld %s %s %u %u/%u %lld\n", d->device,
        d->address, d->platform, d->version, (long long)(d->version_us / SECOND),
        (long long)(d->last_try_us / SECOND), (long long)(d->last_success_us / SECOND),
        d->failure ? d->failure : "-", d->message ? d->message : "-", d->failures, d->admins,
        d->accounts, (long long)(d->dialogue_us / SECOND));
}

static int tell_span(void *ctx, const struct store_account_span *s)
{
    char end[24];
    snprintf(end, sizeof end, "%lld", (long long)(s->to_us / SECOND));
    return buf_format(ctx, "  %s %s/%s %lld %lld-%s since %lld v%u\n", s->device, s->account.realm,
        s->account.name, (long long)s->account.privilege, (long long)(s->from_us / SECOND),
        s->to_us == INT64_MAX ? "now" : end, (long long)(s->first_us / SECOND), s->first_version);
}

static int tell_row(void *ctx, const struct store_account_row *r)
{
    return buf_format(ctx, "  %s %s %s %lld v%u\n", r->device, r->platform, r->account.name,
        (long long)r->account.privilege, r->version);
}

static int tell_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    return buf_format(ctx, "  %lld %s %s\n", (long long)(seen_us / SECOND), device, json);
}

static int tell_message(void *ctx, const struct store_message *m)
{
    return buf_format(ctx, "  %s %u %s\n", m->sink, m->tries, m->json);
}

static void tell_all(struct fixture *f, struct buf *out)
{
    struct store *s = f->store;
    fixture_must(f, store_devices(s, NULL, tell_device, out, &f->err));
    fixture_must(f, store_history(s, "edge-7", tell_version, out, &f->err));
    for (uint32_t version = 1; version <= 3; version++)
        fixture_must(f, store_read_parts(s, "edge-7", version, tell_part, out, &f->err));
    fixture_must(f, store_account_life(s, NULL, "carol", tell_span, out, &f->err));
    fixture_must(f, store_account_life(s, "edge-7", "dave", tell_span, out, &f->err));
    fixture_must(f, store_accounts(s, &(struct store_account_query){.at_us = 1150 * SECOND},
                        tell_row, out, &f->err));
    fixture_must(f, store_events(s, &(struct store_event_query){0}, tell_event, out, &f->err));
    fixture_must(f, store_events(s, &(struct store_event_query){.subject = "dave", .minimum = 86},
                        tell_event, out, &f->err));
    fixture_must(f, store_outbox_due(s, NULL, 0, tell_message, out, &f->err));
    fixture_must(f, store_host_keys(s, "edge-7", out, &f->err));
}

static const char expected[] = "core-1 192.0.2.7 ios v1 1500 1500 1500 - - 0 0/0 2\n"
                               "edge-7 192.0.2.7 ios v3 1400 1400 1400 - - 0 1/1 2\n"
                               "new-9 192.0.2.7 ios v0 0 1600 0 connect it did not answer 1 0/0 2\n"
                               "  v3 1400-1400 ios d1 alice 1 events, worst 90, 70 bytes\n"
                               "  v2 1100-1200 ios d1 alice 1 events, worst 85, 119 bytes\n"
                               "  v1 1000-1000 ios d1 alice 0 events, worst 0, 70 bytes\n"
                               "  running: 70 bytes, hostname edge-7\n"
                               "  running: 119 bytes, hostname edge-7\n"
                               "  running: 70 bytes, hostname edge-7\n"
                               "  edge-7 local/carol 15 1000-1400 since 1000 v1\n"
                               "  edge-7 local/dave 1 1100-1400 since 1100 v2\n"
                               "  edge-7 local/dave 15 1400-now since 1100 v2\n"
                               "  edge-7 ios carol 15 v2\n"
                               "  edge-7 ios dave 1 v2\n"
                               "  1400 edge-7 {\"id\":\"sample-2\",\"severity\":90}\n"
                               "  1300 edge-7 {\"id\":\"sample-3\",\"severity\":50}\n"
                               "  1100 edge-7 {\"id\":\"sample-1\",\"severity\":85}\n"
                               "  1400 edge-7 {\"id\":\"sample-2\",\"severity\":90}\n"
                               "  noc 0 {\"id\":\"sample-3\",\"severity\":50}\n"
                               "  siem 0 {\"id\":\"sample-3\",\"severity\":50}\n"
                               "  noc 0 {\"id\":\"sample-2\",\"severity\":90}\n"
                               "  siem 0 {\"id\":\"sample-2\",\"severity\":90}\n"
                               "  siem 1 {\"id\":\"sample-1\",\"severity\":85}\n"
                               "ssh-ed25519 AAAAsample\n";

/* Which message is told first may differ: ids are given anew. */
static void sort_lines(struct buf *text)
{
    char *lines[64], *rest = text->data, *line, sorted[8192] = "";
    size_t count = 0;
    while ((line = strsep(&rest, "\n")) && count < COUNT(lines))
        lines[count++] = line;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (strcmp(lines[j], lines[i]) < 0) {
                char *other = lines[i];
                lines[i] = lines[j];
                lines[j] = other;
            }
    for (size_t i = 0; i < count; i++) {
        strcat(sorted, lines[i]);
        strcat(sorted, "\n");
    }
    buf_clear(text);
    buf_add(text, sorted);
}

static void expect_sample(struct fixture *f)
{
    struct buf told = {0}, wanted = {0};
    tell_all(f, &told);
    buf_add(&wanted, expected);
    sort_lines(&told);
    sort_lines(&wanted);
    assert_string_equal(buf_text(&told), buf_text(&wanted));
    buf_free(&told);
    buf_free(&wanted);
}

/* ---- the log of it ---- */

static int tell_entry(void *ctx, const struct store_log_entry *e)
{
    struct merkle_hash leaf;
    merkle_leaf(e->leaf, &leaf);
    assert_true(merkle_equal(&leaf, &e->hash));
    return buf_format(ctx, "%s(%s) ", entry_kind_name(e->kind), e->device ? e->device : "");
}

static void expect_log(struct fixture *f, bool migrated)
{
    struct buf told = {0}, note = {0}, text = {0};
    struct log_key key;
    struct head head;
    struct merkle_hash root;
    struct store_log_entry start;
    fixture_must(f, store_log_walk(f->store, 0, UINT32_MAX, tell_entry, &told, &f->err));
    assert_string_equal(buf_text(&told),
        migrated ? "start() version(edge-7) version(edge-7) event(edge-7) version(edge-7) "
                   "event(edge-7) version(core-1) event(edge-7) "
                 : "start() version(edge-7) version(edge-7) event(edge-7) event(edge-7) "
                   "version(edge-7) event(edge-7) version(core-1) ");
    fixture_must(f, store_head(f->store, 0, &note, &f->err));
    fixture_must(f, store_log_key(f->store, &key, &f->err));
    fixture_must(f, head_open(buf_str(&note), &key, &head, &f->err));
    assert_int_equal(head.size, 8);
    fixture_must(f, store_log_root(f->store, head.size, &root, &f->err));
    assert_true(merkle_equal(&root, &head.root));
    fixture_must(f, store_log_entry(f->store, 0, &start, &text, &f->err));
    assert_int_equal(strstr(buf_text(&text), "\"migrated_from\":1") != NULL, migrated);
    buf_free(&told);
    buf_free(&note);
    buf_free(&text);
}

/* ---- nothing in the clear ---- */

static void expect_absent(const char *path, const char *word)
{
    struct buf bytes = {.cap = 0};
    char piece[4096];
    size_t len;
    FILE *file = fopen(path, "r");
    if (!file)
        return; /* no log beside it */
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(&bytes, piece, len);
    fclose(file);
    if (bytes.len && memmem(bytes.data, bytes.len, word, strlen(word)))
        fail_msg("%s is in %s in the clear", word, path);
    buf_free(&bytes);
}

static void expect_sealed(struct fixture *f)
{
    static const char *const words[] = {"sampleONE", "sampleDAVE", "carol", "dave", "192.0.2.7",
        "did not answer", "no route", "AAAAsample", "siem", "alice", "scrypt", "account-created",
        "privilege 15", "sample-1"};
    static const char *const ends[] = {"", "-wal"};
    for (size_t i = 0; i < COUNT(words); i++)
        for (size_t j = 0; j < COUNT(ends); j++) {
            char path[128];
            snprintf(path, sizeof path, "%s%s", f->path, ends[j]);
            expect_absent(path, words[i]);
        }
}

/* ---- tests ---- */

#define SCHEMA_1 "tests/unit/stores/schema-1.sql"
#define SCHEMA_2 "tests/unit/stores/schema-2.sql"

static void a_store_of_schema_1_is_taken_over_whole_and_sealed(void **state)
{
    struct fixture *f = *state;
    load_sample(f, SCHEMA_1);
    fixture_open(f, STORE_WRITE);
    assert_int_equal(schema_of(f), 2);
    expect_sample(f);
    expect_log(f, true);
    expect_sealed(f); /* while it is open: what is freed was overwritten */
    unsigned char key[STORE_KEY_BYTES], master[STORE_KEY_BYTES];
    fixture_must(f, store_fingerprint_key(f->store, key, &f->err));
    test_master(NULL, master, NULL);
    assert_memory_equal(key, master, sizeof key); /* fingerprints stay what they were */
    store_close(f->store);
    f->store = NULL;
    expect_sealed(f);
    fixture_open(f, STORE_READ);
    expect_sample(f);
}

static void a_store_of_schema_2_is_read_as_it_is(void **state)
{
    struct fixture *f = *state;
    load_sample(f, SCHEMA_2);
    fixture_open(f, STORE_WRITE);
    expect_sample(f);
    expect_log(f, false);
    expect_sealed(f);
    fixture_must(f, fixture_collect(f, &(struct sample){.config = "x", .previous = 3}, NULL));
}

static int no_master(void *ctx, unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    (void)ctx, (void)key;
    return error_set(err, RC_SETTINGS, "there is no key");
}

static void expect_refused(struct fixture *f, const struct store_keys *keys, int rc)
{
    assert_int_equal(store_open(f->path, STORE_WRITE, keys, &f->clock, &f->store, &f->err), rc);
    assert_null(f->store);
    assert_int_equal(schema_of(f), 1);
}

static void change(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void a_migration_that_cannot_end_leaves_schema_1_whole(void **state)
{
    struct fixture *f = *state;
    const struct store_keys none = {.master = no_master, .uses = STORE_KEYS_ALL};
    load_sample(f, SCHEMA_1);
    expect_refused(f, &none, RC_SETTINGS);
    change(f, "CREATE TABLE safe AS SELECT * FROM blob; UPDATE blob SET data = x'00' WHERE id = 3");
    expect_refused(f, &test_keys, RC_INTEGRITY);
    change(f, "UPDATE blob SET data = (SELECT data FROM safe WHERE safe.id = blob.id);"
              "DROP TABLE safe");
    assert_int_equal(
        store_open(f->path, STORE_READ, &test_keys, &f->clock, &f->store, &f->err), RC_STORE);
    assert_non_null(strstr(f->err.text, "older rollcall"));
    fixture_open(f, STORE_WRITE);
    expect_sample(f);
}

static int make_sample(const char *path)
{
    struct fixture f = {.now_us = 1000 * SECOND};
    snprintf(f.path, sizeof f.path, "%s", path);
    f.clock = (struct clock){fixture_now, fixture_now, &f};
    fixture_open(&f, STORE_WRITE);
    sample_fill(&f);
    store_close(f.store);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_store_of_schema_1_is_taken_over_whole_and_sealed),
        STORE_TEST(a_store_of_schema_2_is_read_as_it_is),
        STORE_TEST(a_migration_that_cannot_end_leaves_schema_1_whole),
    };
    return argc > 1 ? make_sample(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
