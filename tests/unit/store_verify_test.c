/* rooms: store base */
#include "store_fixture.h"

#include "store/facts.h"
#include "store/log.h"
#include "store/verify.h"

#define DAY (24 * 3600 * SECOND)

/* ---- a history to tamper with ---- */

static void put(struct fixture *f, const char *device, uint32_t previous, const char *config,
    const struct store_account *accounts, size_t count, const char *event)
{
    char id[64], json[256];
    snprintf(id, sizeof id, "%s-%u-%s", device, previous + 1, event);
    snprintf(json, sizeof json,
        "{\"rollcall\":1,\"id\":\"%s\",\"event\":\"%s\",\"subject\":\"bob\"}", id, event);
    const struct store_event e = {id, event, 60, "bob", "/x", json};
    const struct sample s = {.device = device,
        .previous = previous,
        .config = config,
        .accounts = accounts,
        .account_count = count,
        .events = &e,
        .event_count = 1};
    f->now_us += DAY;
    fixture_must(f, fixture_collect(f, &s, NULL));
}

/* Entries: 0 start; 1 version 1 of edge-7, 2 its event; 3, 4 of core-1; 5, 6 version 2 and 7, 8
 * version 3 of edge-7. */
static void fill(struct fixture *f)
{
    const struct store_account one[] = {local_account("alice", 15)};
    const struct store_account two[] = {local_account("alice", 15), local_account("bob", 1)};
    const struct store_account raised[] = {local_account("alice", 15), local_account("bob", 15)};
    put(f, "edge-7", 0, "hostname edge-7\nuser alice\n", one, 1, "config-changed");
    put(f, "core-1", 0, "hostname core-1\n", one, 1, "config-changed");
    put(f, "edge-7", 1, "hostname edge-7\nuser alice\nuser bob\n", two, 2, "account-created");
    put(f, "edge-7", 2, "hostname edge-7\nuser alice\nuser bob 15\n", raised, 2,
        "privilege-raised");
    f->now_us += 3600 * SECOND;
    const struct sample same = {.device = "edge-7", .previous = 3, .unchanged = true};
    fixture_must(f, fixture_collect(f, &same, NULL));
    const struct sample broken = {.device = "core-1", .failure = "timeout"};
    fixture_must(f, fixture_collect(f, &broken, NULL));
    fixture_must(
        f, store_pin_host_key(f->store, "edge-7", "ssh-ed25519", "AAAA", false, "trust", &f->err));
}

/* By somebody who has the file, not the program. */
static void tamper(struct fixture *f, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(f->store->db, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL) ||
        sqlite3_exec(f->store->db, sql, NULL, NULL, &why))
        fail_msg("%s: %s", sql, why);
}

/* ---- what verify says ---- */

struct findings {
    char text[16384];
    size_t count;
    struct store_verified out;
};

static void take_fault(void *ctx, const struct store_fault *f)
{
    struct findings *all = ctx;
    size_t len = strlen(all->text);
    all->count++;
    snprintf(all->text + len, sizeof all->text - len, "%s | %s | %u | %s | %s\n",
        fault_name(f->kind), f->device ? f->device : "-", f->version, f->where, f->text);
}

static struct findings *look(
    struct fixture *f, const char *device, const struct store_kept_head *heads, size_t count)
{
    static struct findings all;
    const struct store_verify request = {
        .device = device, .heads = heads, .head_count = count, .fault = take_fault, .ctx = &all};
    memset(&all, 0, sizeof all);
    fixture_must(f, store_verify(f->store, &request, &all.out, &f->err));
    assert_int_equal(all.count, all.out.faults);
    return &all;
}

static void must_say(const struct findings *all, const char *what, const char *after)
{
    if (!strstr(all->text, what))
        fail_msg("after: %s\nnot said: %s\nbut:\n%s", after, what, all->text);
}

static void an_untouched_history_holds(void **state)
{
    struct fixture *f = *state;
    fill(f);
    const struct findings *all = look(f, NULL, NULL, 0);
    assert_string_equal(all->text, "");
    assert_int_equal(all->out.size, 9);
    assert_true(all->out.rooted);
    assert_int_equal(all->out.versions, 4);
    assert_int_equal(all->out.events, 4);
    assert_int_equal(all->out.heads, 1);
    all = look(f, "edge-7", NULL, 0);
    assert_string_equal(all->text, "");
    assert_int_equal(all->out.versions, 3);
    struct merkle_hash root;
    fixture_must(f, store_log_root(f->store, 9, &root, &f->err));
    assert_true(merkle_equal(&root, &all->out.root));
}

static void each_tampering_is_named(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *says;
    } cases[] = {
        /* the log */
        {"UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 6) WHERE seq = 5",
            "changed | edge-7 | 0 | entry 5, body | the version is not what was written"},
        {"UPDATE entry SET body = NULL WHERE seq = 4", "removed | core-1 | 0 | entry 4, body"},
        {"UPDATE entry SET time_us = time_us + 1 WHERE seq = 5",
            "changed | edge-7 | 0 | entry 5, body | the version is not what was written there: the "
            "log keeps another hash"},
        {"UPDATE entry SET kind = 6 WHERE seq = 6", "changed | edge-7 | 0 | entry 6, body"},
        {"DELETE FROM entry WHERE seq = 4", "removed | edge-7 | 0 | table entry | entries 4 to 4"},
        {"DELETE FROM event WHERE seq = 8; DELETE FROM entry WHERE seq = 8",
            "truncated | - | 0 | table entry | truncated: the head of"},
        {"UPDATE entry SET hashes = zeroblob(length(hashes)) WHERE seq = 5",
            "changed | edge-7 | 0 | entry 5, "},
        {"UPDATE entry SET hashes = zeroblob(32) WHERE seq = 7",
            "changed | edge-7 | 0 | entry 7, hashes"},
        {"UPDATE entry SET seq = 100 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 6;"
         "UPDATE entry SET seq = 6 WHERE seq = 100",
            "reordered | - | 0 | entry 4, body | what is there was written as entry 6"},
        {"UPDATE head SET note = replace(note, 'time 1970', 'time 1971')",
            "| - | 0 | head 9 | a head of the store"},
        {"DELETE FROM head", "unsigned | - | 0 | table head | entries from 0 to 8"},
        /* versions */
        {"DELETE FROM part WHERE version = 5; DELETE FROM version WHERE seq = 5",
            "removed | edge-7 | 2 | version 5, seq | version 2 has no row"},
        {"UPDATE version SET created_us = created_us + 5 WHERE seq = 5",
            "changed | edge-7 | 2 | version 5, created_us"},
        {"UPDATE version SET seen_us = seen_us + 5 WHERE seq = 1",
            "changed | edge-7 | 2 | version 5, seen_us"},
        {"UPDATE version SET doubt = 1 WHERE seq = 5", "changed | edge-7 | 2 | version 5, doubt"},
        {"UPDATE version SET number = 9 WHERE seq = 7", "changed | edge-7 | 9 | version 7, number"},
        {"UPDATE version SET device = 2 WHERE seq = 7", "changed | edge-7 | 3 | version 7, device"},
        {"UPDATE part SET blob = (SELECT blob FROM part WHERE version = 5) WHERE version = 7",
            "changed | edge-7 | 3 | version 7, running"},
        {"DELETE FROM part WHERE version = 5",
            "removed | edge-7 | 2 | version 5, part | 1 of its 1"},
        {"DELETE FROM blob WHERE id = (SELECT blob FROM part WHERE version = 3)",
            "core-1 | 1 | version 3, running"},
        {"UPDATE blob SET data = zeroblob(length(data)) WHERE id ="
         " (SELECT blob FROM part WHERE version = 3)",
            "changed | core-1 | 1 | version 3, running"},
        {"UPDATE version SET access = NULL WHERE seq = 5",
            "removed | edge-7 | 2 | version 5, access | its texts are gone"},
        {"UPDATE version SET access = NULL, pruned = 4 WHERE seq = 5; DELETE FROM part WHERE "
         "version = 5",
            "edge-7 | 2 | version"},
        {"INSERT INTO version VALUES (6, 1, 4, 1, 1, 1, 0, NULL)",
            "added | edge-7 | 4 | version 6"},
        /* accounts */
        {"DELETE FROM account_interval WHERE account = (SELECT max(id) FROM account WHERE device = "
         "1)",
            "changed | edge-7 | 2 | version 5, account_interval | the accounts of that moment (1)"},
        {"UPDATE account_interval SET first_us = first_us - 1, first_version = 1"
         " WHERE account = (SELECT max(id) FROM account WHERE device = 1)",
            "changed | edge-7 | 1 | account_interval"},
        {"UPDATE account SET name = name + 1 WHERE id = 1", "account_interval 1, name"},
        {"UPDATE account SET who = who + 1 WHERE id = 1", "account_interval 1, who"},
        /* events and the rest */
        {"DELETE FROM outbox; DELETE FROM event WHERE seq = 6",
            "removed | edge-7 | 0 | event 6 | the event \"account-created\""},
        {"UPDATE event SET subject = subject + 1 WHERE seq = 6", "event 6 | column subject"},
        {"UPDATE event SET uid = 5 WHERE seq = 6", "event 6 | column uid"},
        {"INSERT INTO event VALUES (5, 1, 2, 1, 1, 1, 1)", "added | edge-7 | 2 | event 5"},
        {"UPDATE device SET newest = 2 WHERE id = 1", "changed | edge-7 | 0 | device 1"},
        {"UPDATE device SET last_success_us = 1 WHERE id = 1", "device 1, last_success_us"},
        {"UPDATE run SET ended_us = ended_us + 1 WHERE id = 1", "run 1, mark"},
        {"UPDATE outbox SET due_us = 9223372036854775807 WHERE id = 1", "outbox 1, due_us"},
        {"UPDATE outbox SET sink = 1 WHERE id = 1", "outbox 1, sink"},
        {"UPDATE host_key SET hop = 1", "host_key 1, hop"},
        {"UPDATE host_key SET facts = zeroblob(80)", "host_key 1, facts"},
        {"DROP INDEX event_by_time", "removed | - | 0 | table sqlite_schema | missing, or changed"},
        {"CREATE TRIGGER hide AFTER INSERT ON event BEGIN DELETE FROM event WHERE seq = new.seq; "
         "END",
            "added | - | 0 | table sqlite_schema | not made by rollcall"},
        {"DELETE FROM device WHERE id = 2", "removed | - | 0 | version 3"},
    };
    fill(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char save[128], undo[256];
        snprintf(save, sizeof save, "%s.saved", f->path);
        snprintf(undo, sizeof undo, "VACUUM INTO '%s'", save);
        tamper(f, undo);
        tamper(f, cases[i].sql);
        must_say(look(f, NULL, NULL, 0), cases[i].says, cases[i].sql);
        store_close(f->store);
        assert_int_equal(rename(save, f->path), 0);
        fixture_open(f, STORE_WRITE);
    }
    assert_string_equal(look(f, NULL, NULL, 0)->text, "");
}

/* ---- with all keys ---- */

static void keep_file(struct fixture *f, const char *as)
{
    char sql[256];
    snprintf(sql, sizeof sql, "VACUUM INTO '%s.%s'", f->path, as);
    tamper(f, sql);
}

static void put_back(struct fixture *f, const char *as)
{
    char saved[128];
    snprintf(saved, sizeof saved, "%s.%s", f->path, as);
    store_close(f->store);
    assert_int_equal(rename(saved, f->path), 0);
    fixture_open(f, STORE_WRITE);
}

static void newest_head(struct fixture *f, struct buf *note)
{
    buf_clear(note);
    fixture_must(f, store_head(f->store, 0, note, &f->err));
}

static void an_older_file_in_its_place_is_told_by_a_head_kept_elsewhere(void **state)
{
    struct fixture *f = *state;
    struct buf note = {.cap = 0};
    fill(f);
    keep_file(f, "old");
    put(f, "edge-7", 3, "hostname edge-7\n", NULL, 0, "account-deleted");
    newest_head(f, &note);
    const struct store_kept_head kept = {"usb-stick", buf_str(&note)};
    assert_string_equal(look(f, NULL, &kept, 1)->text, "");
    put_back(f, "old");
    assert_string_equal(look(f, NULL, NULL, 0)->text, "");
    must_say(look(f, NULL, &kept, 1), "rolled-back | - | 0 | usb-stick | rolled back: the head of",
        "an older file");
    must_say(look(f, NULL, &kept, 1), "says 11 entries, this store has 9", "an older file");
    buf_free(&note);
}

static void a_log_written_anew_and_signed_is_told_by_an_old_head(void **state)
{
    struct fixture *f = *state;
    struct buf first = {.cap = 0}, second = {.cap = 0};
    fill(f);
    newest_head(f, &first);
    keep_file(f, "old");
    put(f, "edge-7", 3, "hostname edge-7\n", NULL, 0, "account-deleted");
    newest_head(f, &second);
    put_back(f, "old");
    put(f, "edge-7", 3, "hostname edge-8\n", NULL, 0, "account-deleted");
    assert_string_equal(look(f, NULL, NULL, 0)->text, "");
    const struct store_kept_head kept[] = {{"a", buf_str(&first)}, {"b", buf_str(&second)}};
    assert_string_equal(look(f, NULL, kept, 1)->text, "");
    const struct findings *all = look(f, NULL, kept, 2);
    assert_int_equal(all->count, 1);
    must_say(all, "rewritten | - | 0 | b | rewritten: at 11 entries", "a log written anew");
    must_say(
        all, "the first entry that cannot be the same is one of 9 to 10", "a log written anew");
    buf_free(&first);
    buf_free(&second);
}

static void a_head_of_another_key_is_no_head(void **state)
{
    struct fixture *f = *state;
    struct buf note = {.cap = 0};
    unsigned char seed[SIGN_SEED_BYTES] = {7};
    fill(f);
    struct log_key key;
    fixture_must(f, store_log_key(f->store, &key, &f->err));
    struct head head = {.size = 3, .time_us = f->now_us};
    memcpy(head.log, key.log, sizeof head.log);
    assert_int_equal(head_sign(&head, seed, &note), 0);
    const struct store_kept_head kept[] = {{"forged", buf_str(&note)}, {"none", STR("hello\n")}};
    const struct findings *all = look(f, NULL, kept, 2);
    must_say(all, "unsigned | - | 0 | forged", "a forged head");
    must_say(all, "changed | - | 0 | none", "no head at all");
    buf_free(&note);
}

/* An account that never was, sealed with the right key. */
static void an_interval_sealed_anew_is_held_against_the_log(void **state)
{
    struct fixture *f = *state;
    struct buf sealed = {.cap = 0};
    fill(f);
    int64_t from_us =
        fixture_count(f, "SELECT min(from_us) FROM account_interval WHERE account = 1");
    const struct interval_key key = {"edge-7", 1, from_us};
    const struct store_account alice = local_account("alice", 1);
    fixture_must(f, facts_seal_account(f->store, &key, &alice, &sealed, &f->err));
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(f->store->db,
        "UPDATE account_interval SET facts = ?1 WHERE account = 1 AND from_us = ?2", -1, &statement,
        NULL);
    sqlite3_bind_blob(statement, 1, sealed.data, (int)sealed.len, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, from_us);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    must_say(look(f, NULL, NULL, 0), "changed | edge-7 | 1 | version 1, account_interval",
        "sealed anew");
    buf_free(&sealed);
}

static void places_remember_their_heads(void **state)
{
    struct fixture *f = *state;
    struct buf note = {.cap = 0};
    fill(f);
    newest_head(f, &note);
    fixture_must(f, store_head_failed(f->store, "file /x", "disk full", &f->err));
    fixture_must(f, store_head_sent(f->store, "file /x", buf_str(&note), &f->err));
    put(f, "edge-7", 3, "hostname edge-7\n", NULL, 0, "account-deleted");
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM head"), 2);
    assert_string_equal(look(f, NULL, NULL, 0)->text, "");
    assert_int_equal(look(f, NULL, NULL, 0)->out.heads, 2);
    buf_free(&note);
}

static void a_clock_that_jumped_is_no_fault(void **state)
{
    struct fixture *f = *state;
    fill(f);
    f->now_us -= 3 * DAY;
    put(f, "edge-7", 3, "hostname edge-9\n", NULL, 0, "account-deleted");
    assert_string_equal(look(f, NULL, NULL, 0)->text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_untouched_history_holds),
        STORE_TEST(each_tampering_is_named),
        STORE_TEST(an_older_file_in_its_place_is_told_by_a_head_kept_elsewhere),
        STORE_TEST(a_log_written_anew_and_signed_is_told_by_an_old_head),
        STORE_TEST(a_head_of_another_key_is_no_head),
        STORE_TEST(an_interval_sealed_anew_is_held_against_the_log),
        STORE_TEST(places_remember_their_heads),
        STORE_TEST(a_clock_that_jumped_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
