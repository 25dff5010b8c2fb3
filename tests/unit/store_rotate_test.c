/* rooms: base evidence store */
#include "store_fixture.h"

#include <sys/wait.h>

#include "store/keyring.h"
#include "store/seal.h"

/* ---- a history, and all that can be read of it ---- */

static const char *const devices[] = {"edge-1", "edge-2", "core-9"};

static void fill(struct fixture *f, uint32_t from, uint32_t to)
{
    for (uint32_t version = from; version <= to; version++)
        for (size_t d = 0; d < COUNT(devices); d++) {
            char config[200], id[40];
            f->now_us += SECOND;
            snprintf(config, sizeof config,
                "hostname %s\n! change %u\nusername bob secret 9 hash%u\nline vty 0 4\n",
                devices[d], version, version);
            snprintf(id, sizeof id, "%s-%u", devices[d], version);
            const struct store_account accounts[] = {local_account("bob", version % 16)};
            const struct store_event events[] = {{.id = id,
                .event = "config-changed",
                .severity = 60,
                .subject = "bob",
                .path = "/account",
                .json = "{\"event\":\"config-changed\"}"}};
            fixture_must(f, fixture_collect(f,
                                &(struct sample){.device = devices[d],
                                    .previous = version - 1,
                                    .config = config,
                                    .accounts = accounts,
                                    .account_count = 1,
                                    .events = events,
                                    .event_count = 1},
                                NULL));
        }
    f->now_us += SECOND;
    fixture_must(
        f, fixture_collect(f, &(struct sample){.device = "gone-1", .failure = "timeout"}, NULL));
    fixture_must(f, store_pin_host_key(f->store, devices[from % 3], "ssh-ed25519", "AAAAC3Nz",
                        false, "first-use", &f->err));
}

static int add_part(void *ctx, const char *name, struct str text)
{
    buf_format(ctx, "part %s: %.*s", name, (int)text.len, text.at);
    return 0;
}

static int add_account(void *ctx, const struct store_account_row *row)
{
    buf_format(ctx, "account %s %s %s %lld\n", row->device, row->platform, row->account.name,
        (long long)row->account.privilege);
    return 0;
}

static int add_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    buf_format(ctx, "event %lld %s %s\n", (long long)seen_us, device, json);
    return 0;
}

static int add_device(void *ctx, const struct store_device *d)
{
    buf_format(ctx, "device %s %s %s %s\n", d->device, d->address, d->platform,
        d->failure ? d->message : "-");
    return 0;
}

static int add_message(void *ctx, const struct store_message *m)
{
    buf_format(ctx, "message %lld %s %s\n", (long long)m->id, m->sink, m->json);
    return 0;
}

static void read_all(struct fixture *f, struct store *s, struct buf *out)
{
    buf_clear(out);
    for (size_t d = 0; d < COUNT(devices); d++) {
        struct store_version v;
        fixture_must(f, store_version(s, devices[d], 0, 0, &v, &f->err));
        for (uint32_t number = 1; number <= v.number; number++) {
            buf_format(out, "version %u\n", number);
            fixture_must(f, store_read_parts(s, devices[d], number, add_part, out, &f->err));
            fixture_must(f, store_read_access(s, devices[d], number, out, &f->err));
        }
        store_version_clear(&v);
        fixture_must(f, store_host_keys(s, devices[d], out, &f->err));
    }
    fixture_must(f, store_accounts(s, &(struct store_account_query){.device = NULL}, add_account,
                        out, &f->err));
    fixture_must(
        f, store_events(s, &(struct store_event_query){.since_us = 0}, add_event, out, &f->err));
    fixture_must(f, store_devices(s, NULL, add_device, out, &f->err));
    fixture_must(f, store_outbox_due(s, NULL, 0, add_message, out, &f->err));
    uint64_t size;
    fixture_must(f, store_log_size(s, &size, &f->err));
    for (uint64_t seq = 0; seq < size; seq++) {
        struct store_log_entry entry;
        struct buf text = {.cap = 0};
        fixture_must(f, store_log_entry(s, seq, &entry, &text, &f->err));
        buf_add_str(out, entry.leaf);
        buf_free(&text);
    }
}

static void expect_the_same(struct fixture *f, const struct buf *before)
{
    struct buf now = {.cap = 0};
    read_all(f, f->store, &now);
    assert_string_equal(buf_text(&now), buf_text(before));
    buf_free(&now);
}

static void reopen(struct fixture *f)
{
    store_close(f->store);
    f->store = NULL;
    fixture_open(f, STORE_WRITE);
}

/* ---- rotation ---- */

/* Say yes so many times. */
static bool few_times(void *ctx, uint64_t done, uint64_t total)
{
    int *left = ctx;
    assert_true(done <= total);
    return (*left)-- > 0;
}

static int rotate(struct fixture *f, int times, bool *complete)
{
    return store_keys_rotate(f->store, few_times, &times, complete, &f->err);
}

struct counted {
    uint64_t live, destroyed, things_of_old, things;
};

static int count_key(void *ctx, const struct store_key *key)
{
    struct counted *c = ctx;
    c->live += key->retired_us == 0;
    c->destroyed += key->retired_us != 0;
    c->things_of_old += key->retired_us ? key->things : 0;
    c->things += key->things;
    return 0;
}

static struct counted count_keys(struct fixture *f)
{
    struct counted c = {.live = 0};
    fixture_must(f, store_keys_each(f->store, count_key, &c, &f->err));
    return c;
}

static void all_is_under_new_keys_and_the_old_ones_are_gone(void **state)
{
    struct fixture *f = *state;
    struct buf before = {.cap = 0};
    bool complete;
    fill(f, 1, 5);
    read_all(f, f->store, &before);
    assert_non_null(strstr(buf_text(&before), "secret 9 hash5"));
    struct counted old = count_keys(f);
    assert_int_equal(old.live, 5);
    fixture_must(f, rotate(f, 1000, &complete));
    assert_true(complete);
    struct counted new = count_keys(f);
    assert_int_equal(new.live, 5);
    assert_int_equal(new.destroyed, 2);
    assert_int_equal(new.things_of_old, 0);
    assert_int_equal(new.things, old.things);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM wrap"), 5);
    expect_the_same(f, &before);
    reopen(f);
    expect_the_same(f, &before);
    /* again and again */
    fixture_must(f, rotate(f, 1000, &complete));
    fixture_must(f, rotate(f, 1000, &complete));
    assert_int_equal(count_keys(f).destroyed, 6);
    expect_the_same(f, &before);
    fill(f, 6, 6);
    reopen(f);
    buf_free(&before);
}

static void an_empty_store_is_rotated_too(void **state)
{
    struct fixture *f = *state;
    bool complete;
    fixture_must(f, rotate(f, 1000, &complete));
    assert_true(complete);
    fill(f, 1, 1);
}

static void an_interrupted_rotation_goes_on(void **state)
{
    struct fixture *f = *state;
    struct buf before = {.cap = 0};
    struct store_key_status status;
    bool complete = false;
    fill(f, 1, 40);
    read_all(f, f->store, &before);
    int stops = 0;
    for (int times = 0; !complete; times++, stops++) {
        fixture_must(f, rotate(f, times, &complete));
        reopen(f);
        fixture_must(f, store_key_status(f->store, &status, &f->err));
        assert_true(status.rotating == !complete);
        assert_int_equal(fixture_count(f, "SELECT count(*) FROM key"), 7);
        expect_the_same(f, &before);
    }
    assert_in_range(stops, 3, 20);
    assert_int_equal(count_keys(f).destroyed, 2);
    buf_free(&before);
}

/* Dies in the middle, as by kill -9. */
static bool die_later(void *ctx, uint64_t done, uint64_t total)
{
    int *left = ctx;
    (void)done;
    (void)total;
    if ((*left)-- == 0)
        _exit(0);
    return true;
}

static void a_rotation_whose_process_dies_goes_on(void **state)
{
    struct fixture *f = *state;
    struct buf before = {.cap = 0};
    bool complete;
    fill(f, 1, 40);
    read_all(f, f->store, &before);
    store_close(f->store);
    f->store = NULL;
    for (int times = 0; times < 4; times++) {
        pid_t child = fork();
        if (child == 0) {
            int left = times;
            fixture_open(f, STORE_WRITE);
            store_keys_rotate(f->store, die_later, &left, &complete, &f->err);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        fixture_open(f, STORE_WRITE);
        expect_the_same(f, &before);
        store_close(f->store);
        f->store = NULL;
    }
    fixture_open(f, STORE_WRITE);
    fixture_must(f, rotate(f, 1000, &complete));
    assert_true(complete);
    expect_the_same(f, &before);
    buf_free(&before);
}

/* Between two transactions of the rotation somebody else writes and reads. */
struct busy {
    struct fixture *f;
    struct store *other;
    uint32_t version;
};

static bool work_meanwhile(void *ctx, uint64_t done, uint64_t total)
{
    struct busy *b = ctx;
    struct store *mine = b->f->store;
    (void)done;
    (void)total;
    struct buf all = {.cap = 0};
    b->f->store = b->other;
    b->version++;
    fill(b->f, b->version, b->version);
    read_all(b->f, b->other, &all);
    b->f->store = mine;
    buf_free(&all);
    return true;
}

static void others_read_and_write_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct busy busy = {.f = f, .version = 20};
    struct buf before = {.cap = 0};
    bool complete;
    fill(f, 1, 20);
    fixture_must(f, store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &busy.other, &f->err));
    fixture_must(f, store_keys_rotate(f->store, work_meanwhile, &busy, &complete, &f->err));
    assert_true(complete && busy.version > 22);
    read_all(f, busy.other, &before);
    expect_the_same(f, &before);
    assert_int_equal(count_keys(f).things_of_old, 0);
    store_close(busy.other);
    buf_free(&before);
}

static void a_rotation_stops_at_damage(void **state)
{
    struct fixture *f = *state;
    bool complete;
    fill(f, 1, 2);
    sqlite3_exec(f->store->db, "UPDATE blob SET version = 77 WHERE id = (SELECT max(id) FROM blob)",
        NULL, NULL, NULL);
    assert_int_equal(rotate(f, 1000, &complete), RC_INTEGRITY);
    assert_false(complete);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM wrap"), 7);
}

/* Who adds a sealed column and forgets it here would lose what is in it. */
static void every_column_of_bytes_is_sealed_anew(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        fixture_count(f, "SELECT count(*) FROM pragma_table_list t, pragma_table_info(t.name) c "
                         "WHERE t.schema = 'main' AND c.type = 'BLOB' AND t.name || '.' || c.name "
                         "NOT IN ('wrap.master', 'wrap.wrapped', 'entry.hashes', 'blob.data', "
                         "'entry.body', 'device.facts', 'account_interval.facts', 'run.facts', "
                         "'outbox.facts', 'host_key.facts', 'head_place.facts')"),
        0);
}

/* ---- master ---- */

static unsigned char new_byte = 77;
static const struct store_keys new_keys = {
    .master = test_master, .ctx = &new_byte, .source = "the new key", .uses = STORE_KEYS_ALL};

static int open_with(struct fixture *f, const struct store_keys *keys)
{
    store_close(f->store);
    f->store = NULL;
    return store_open(f->path, STORE_WRITE, keys, &f->clock, &f->store, &f->err);
}

static void a_new_master_key_takes_the_old_ones_place(void **state)
{
    struct fixture *f = *state;
    struct buf before = {.cap = 0};
    struct store_key_status status;
    unsigned char fresh[STORE_KEY_BYTES];
    char old[9];
    bool complete;
    fill(f, 1, 2);
    read_all(f, f->store, &before);
    memset(fresh, 77, sizeof fresh);
    fixture_must(f, store_key_status(f->store, &status, &f->err));
    assert_true(status.masters == 1 && status.newest_master);
    memcpy(old, status.master, sizeof old);
    assert_int_equal(open_with(f, &new_keys), RC_SETTINGS);
    assert_non_null(strstr(f->err.text, old));
    fixture_open(f, STORE_WRITE);
    fixture_must(f, store_master_add(f->store, fresh, &f->err));
    fixture_must(f, store_master_add(f->store, fresh, &f->err));
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM wrap"), 10);

    /* either opens it now; the old one is not thrown away while it is the one in place */
    fixture_must(f, open_with(f, &test_keys));
    fixture_must(f, store_key_status(f->store, &status, &f->err));
    assert_true(status.masters == 2 && !status.newest_master);
    assert_int_equal(store_master_finish(f->store, &f->err), RC_SETTINGS);
    assert_non_null(strstr(f->err.text, "the key of the tests is still the old one"));
    assert_int_equal(rotate(f, 1000, &complete), RC_BUSY);
    expect_the_same(f, &before);

    fixture_must(f, open_with(f, &new_keys));
    fixture_must(f, store_key_status(f->store, &status, &f->err));
    assert_true(status.masters == 2 && status.newest_master);
    assert_string_not_equal(status.master, old);
    fixture_must(f, store_master_finish(f->store, &f->err));
    fixture_must(f, store_master_finish(f->store, &f->err));
    expect_the_same(f, &before);
    assert_int_equal(open_with(f, &test_keys), RC_SETTINGS);
    assert_non_null(strstr(f->err.text, "the key of the tests is not the one of the store"));
    fixture_must(f, open_with(f, &new_keys));
    fixture_must(f, rotate(f, 1000, &complete));
    expect_the_same(f, &before);
    buf_free(&before);
}

static void a_process_without_all_keys_adds_no_master(void **state)
{
    struct fixture *f = *state;
    unsigned char fresh[STORE_KEY_BYTES] = {3};
    const struct store_keys few = {.master = test_master, .uses = STORE_KEY_RECORD};
    fixture_must(f, open_with(f, &few));
    assert_int_equal(store_master_add(f->store, fresh, &f->err), RC_STORE);
    unsigned char key[STORE_KEY_BYTES];
    assert_int_equal(store_public_key(f->store, key, &f->err), RC_STORE);
}

static void a_master_that_wraps_not_all_never_stays_alone(void **state)
{
    struct fixture *f = *state;
    unsigned char fresh[STORE_KEY_BYTES];
    memset(fresh, 77, sizeof fresh);
    fixture_must(f, store_master_add(f->store, fresh, &f->err));
    fixture_must(f, open_with(f, &new_keys));
    sqlite3_exec(f->store->db, "DELETE FROM wrap WHERE key = 1 AND turn = 2", NULL, NULL, NULL);
    assert_int_equal(store_master_finish(f->store, &f->err), RC_INTEGRITY);
    assert_int_equal(fixture_count(f, "SELECT count(*) FROM wrap"), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(all_is_under_new_keys_and_the_old_ones_are_gone),
        STORE_TEST(an_empty_store_is_rotated_too),
        STORE_TEST(an_interrupted_rotation_goes_on),
        STORE_TEST(a_rotation_whose_process_dies_goes_on),
        STORE_TEST(others_read_and_write_meanwhile),
        STORE_TEST(a_rotation_stops_at_damage),
        STORE_TEST(every_column_of_bytes_is_sealed_anew),
        STORE_TEST(a_new_master_key_takes_the_old_ones_place),
        STORE_TEST(a_process_without_all_keys_adds_no_master),
        STORE_TEST(a_master_that_wraps_not_all_never_stays_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
