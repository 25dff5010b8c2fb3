/* From schema 1, which had no log and sealed nothing, to schema 2. */
#include <sodium.h>
#include <stdlib.h>

#include "base/arena.h"
#include "store/devices.h"
#include "store/keyring.h"
#include "store/log.h"
#include "store/record.h"

/* Its tables are gone behind it: these statements fit no other moment, so they stand here. */
static const char old_devices[] =
    "SELECT name, address, platform, newest, last_try_us, last_success_us, failure, message,"
    " failures, dialogue_us, accounts, admins FROM old_device ORDER BY id";
static const char old_versions[] =
    "SELECT v.id, d.id, d.name, v.number, v.created_us, v.seen_us, v.platform, v.digest, v.author,"
    " v.event_count, v.worst_severity, b.content, b.length, b.codec, b.data"
    " FROM old_version v JOIN old_device d ON d.id = v.device JOIN old_blob b ON b.id = v.access"
    " ORDER BY v.id";
static const char old_parts[] =
    "SELECT p.name, b.content, b.length, b.codec, b.data"
    " FROM old_part p JOIN old_blob b ON b.id = p.blob WHERE p.version = ?1 ORDER BY p.position";
static const char old_accounts[] =
    "SELECT a.realm, a.name, i.kind, i.privilege, i.roles, i.admin, i.enabled, i.secret_scheme,"
    " i.key_count FROM old_account a JOIN old_interval i ON i.account = a.id"
    " WHERE a.device = ?1 AND i.from_us <= ?2 AND i.to_us > ?2";
static const char old_intervals[] =
    "SELECT a.realm, a.name, i.kind, i.privilege, i.roles, i.admin, i.enabled, i.secret_scheme,"
    " i.key_count, d.name, i.from_us, i.to_us, i.first_us, i.first_version"
    " FROM old_interval i JOIN old_account a ON a.id = i.account"
    " JOIN old_device d ON d.id = a.device ORDER BY a.id, i.from_us";
static const char old_events[] =
    "SELECT e.id, d.name, e.version, e.seen_us, e.uid, e.event, e.subject, e.json"
    " FROM old_event e JOIN old_device d ON d.id = e.device"
    " WHERE e.device IS ?1 AND e.version IS ?2 ORDER BY e.id";
static const char old_other_events[] =
    "SELECT e.id, d.name, NULL, e.seen_us, e.uid, e.event, e.subject, e.json"
    " FROM old_event e JOIN old_device d ON d.id = e.device"
    " WHERE e.version IS NULL ORDER BY e.id";
static const char old_messages[] =
    "SELECT sink, due_us, tries, message FROM old_outbox WHERE event = ?1 ORDER BY id";
static const char old_runs[] =
    "SELECT d.name, r.started_us, r.ended_us, r.version, r.failure, r.message"
    " FROM old_run r JOIN old_device d ON d.id = r.device ORDER BY r.id";
static const char old_host_keys[] =
    "SELECT hop, algorithm, base64, how, pinned_us FROM old_host_key";
static const char drop_all[] =
    "DROP TABLE old_outbox; DROP TABLE old_event; DROP TABLE old_part; DROP TABLE old_interval;"
    "DROP TABLE old_account; DROP TABLE old_run; DROP TABLE old_version; DROP TABLE old_blob;"
    "DROP TABLE old_device; DROP TABLE old_host_key;";

/* ---- walking over them ---- */

/* `values` are whole numbers. */
static int each_row(struct store *s, const char *sql, struct values values,
    int (*take)(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err), void *ctx,
    struct error *err)
{
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &rows, NULL))
        return sql_error(s, err);
    for (size_t i = 0; i < values.count; i++)
        sqlite3_bind_int64(rows, (int)i + 1, values.at[i].number);
    int rc = RC_OK;
    while (!rc && (rc = sql_step(s, rows, err)) > 0)
        rc = take(s, rows, ctx, err);
    sqlite3_finalize(rows);
    return rc;
}

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory");
}

/* ---- devices ---- */

static int take_device(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    struct device d;
    (void)ctx;
    int rc = device_load(s, sql_word(row, 0), &d, err);
    d.newest = sql_u32(row, 3);
    d.facts = (struct device_facts){.address = sql_word(row, 1),
        .platform = sql_word(row, 2),
        .last_try_us = sqlite3_column_int64(row, 4),
        .last_success_us = sqlite3_column_int64(row, 5),
        .failure = sql_text(row, 6),
        .message = sql_text(row, 7),
        .failures = sql_u32(row, 8),
        .dialogue_us = sqlite3_column_int64(row, 9),
        .accounts = sql_u32(row, 10),
        .admins = sql_u32(row, 11)};
    if (!rc)
        rc = device_save(s, &d, err);
    device_free(&d);
    return rc;
}

/* ---- texts ---- */

enum { OLD_PLAIN = 0, OLD_ZSTD = 1 };

static bool is_content(struct str text, struct str content)
{
    unsigned char hash[32];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text.at, text.len, NULL, 0);
    return str_equal(content, (struct str){(const char *)hash, sizeof hash});
}

/* From columns content, length, codec, data. */
static int read_blob(
    struct store *s, sqlite3_stmt *row, int column, struct buf *text, struct error *err)
{
    struct str content = sql_bytes(row, column), data = sql_bytes(row, column + 3);
    int64_t length = sqlite3_column_int64(row, column + 1);
    int codec = sqlite3_column_int(row, column + 2);
    text->cap = SQL_MOST_BYTES;
    int rc = buf_reserve(text, length < 0 ? SIZE_MAX : (size_t)length);
    if (rc == RC_NO_MEMORY)
        return no_memory(err);
    if (!rc && codec == OLD_ZSTD) {
        size_t got = ZSTD_decompress(text->data, (size_t)length, data.at, data.len);
        text->len = ZSTD_isError(got) ? 0 : got;
    } else if (!rc) {
        rc = buf_add_str(text, data);
    }
    if (!rc && text->len == (size_t)length && is_content(buf_str(text), content)) {
        text->data[text->len] = '\0';
        return RC_OK;
    }
    return error_set(err, RC_INTEGRITY,
        "%s: a text of the history is not what was written; restore the file from a backup",
        s->path);
}

/* ---- a version, with what it was made of ---- */

#define MOST_PARTS 4096

struct old_version {
    struct store_part *parts;
    struct buf *texts;
    size_t part_count;
    struct store_account *accounts;
    size_t account_count, account_room;
    struct arena words;
};

static void version_free(struct old_version *v)
{
    for (size_t i = 0; i < v->part_count; i++)
        buf_wipe(&v->texts[i]);
    free(v->texts);
    free(v->parts);
    free(v->accounts);
    arena_free(&v->words);
}

static int take_part(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    struct old_version *v = ctx;
    if (v->part_count == MOST_PARTS)
        return error_set(err, RC_LIMIT, "a version has too many parts");
    struct buf *text = &v->texts[v->part_count];
    struct store_part *part = &v->parts[v->part_count++];
    int rc = read_blob(s, row, 1, text, err);
    part->name = arena_dup(&v->words, str_of(sql_word(row, 0)));
    part->text = buf_str(text);
    return rc || part->name ? rc : no_memory(err);
}

/* A view into the row. */
static struct store_account account_of_row(sqlite3_stmt *row)
{
    return (struct store_account){.realm = sql_word(row, 0),
        .name = sql_word(row, 1),
        .kind = sql_word(row, 2),
        .has_privilege = sqlite3_column_type(row, 3) != SQLITE_NULL,
        .privilege = sqlite3_column_int64(row, 3),
        .roles = sql_word(row, 4),
        .admin = sqlite3_column_int(row, 5) != 0,
        .enabled = sqlite3_column_int(row, 6) != 0,
        .secret_scheme = sql_text(row, 7),
        .key_count = sql_u32(row, 8)};
}

static bool keep(struct arena *a, const char **text)
{
    const char *given = *text;
    *text = given ? arena_dup(a, str_of(given)) : NULL;
    return !given || *text;
}

static int take_account(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    struct old_version *v = ctx;
    (void)s;
    if (v->account_count == v->account_room) {
        size_t room = v->account_room * 2 + 16;
        struct store_account *more = realloc(v->accounts, room * sizeof *more);
        if (!more)
            return no_memory(err);
        v->accounts = more;
        v->account_room = room;
    }
    struct store_account *a = &v->accounts[v->account_count++];
    *a = account_of_row(row);
    bool kept = keep(&v->words, &a->realm) && keep(&v->words, &a->name) &&
                keep(&v->words, &a->kind) && keep(&v->words, &a->roles) &&
                keep(&v->words, &a->secret_scheme);
    return kept ? RC_OK : no_memory(err);
}

static int take_message(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    const int64_t *event = ctx;
    const struct message_facts facts = {.sink = sql_word(row, 0),
        .due_us = sqlite3_column_int64(row, 1),
        .tries = sqlite3_column_int64(row, 2),
        .message = sql_text(row, 3)};
    struct buf sealed = {.cap = 0};
    int rc = facts_seal_message(s, *event, &facts, &sealed, err);
    if (!rc)
        rc = sql_run(s, "put_outbox",
            VALUES(V(message_sink(s, facts.sink)), V(*event), V(buf_str(&sealed))), err);
    if (!rc && (facts.tries || facts.due_us))
        rc = sql_run(s, "outbox_retry",
            VALUES(V(sqlite3_last_insert_rowid(s->db)), V(facts.due_us), V(facts.tries),
                V(buf_str(&sealed))),
            err);
    buf_free(&sealed);
    return rc;
}

static int take_event(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    const char *device = sql_word(row, 1);
    int64_t id = 0, number = 0;
    uint64_t seq = 0;
    (void)ctx;
    int rc = sql_number(s, "device_id", VALUES(V(device)), &id, err);
    const struct log_item item = {
        .kind = ENTRY_EVENT, .device = id, .name = device, .document = str_of(sql_word(row, 7))};
    if (!rc)
        rc = log_append(s, &item, &seq, err);
    number = (int64_t)seq;
    if (!rc)
        rc = sql_run(s, "put_event",
            VALUES(V(number), V(id),
                sqlite3_column_type(row, 2) == SQLITE_NULL ? value_null() : V(sql_u32(row, 2)),
                V(sqlite3_column_int64(row, 3)), V(event_uid(s, sql_word(row, 4))),
                V(event_kind(s, sql_word(row, 5))), V(event_subject(s, sql_word(row, 6)))),
            err);
    return rc ? rc
              : each_row(s, old_messages, VALUES(V(sqlite3_column_int64(row, 0))), take_message,
                    &number, err);
}

static int put_version(
    struct store *s, sqlite3_stmt *row, struct old_version *v, struct str access, struct error *err)
{
    const struct store_account **sorted = NULL;
    struct record record = {.device_name = sql_word(row, 2),
        .number = sql_u32(row, 3),
        .created_us = sqlite3_column_int64(row, 4),
        .seen_us = sqlite3_column_int64(row, 5),
        .platform = sql_word(row, 6),
        .digest = sql_word(row, 7),
        .author = sql_text(row, 8),
        .event_count = sql_u32(row, 9),
        .worst_severity = sqlite3_column_int(row, 10),
        .parts = v->parts,
        .part_count = v->part_count,
        .access_json = access.at,
        .account_count = v->account_count};
    uint64_t seq = 0;
    int rc = sql_number(s, "device_id", VALUES(V(record.device_name)), &record.device, err);
    if (!rc)
        rc = accounts_sort(v->accounts, v->account_count, &sorted, err);
    record.accounts = sorted;
    if (!rc)
        rc = record_put(s, &record, &seq, err);
    free(sorted);
    return rc;
}

static int take_version(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    struct old_version v = {
        .parts = calloc(MOST_PARTS, sizeof *v.parts), .texts = calloc(MOST_PARTS, sizeof *v.texts)};
    struct buf access = {.cap = 0};
    int64_t version = sqlite3_column_int64(row, 0), device = sqlite3_column_int64(row, 1);
    (void)ctx;
    int rc = v.parts && v.texts ? read_blob(s, row, 11, &access, err) : no_memory(err);
    if (!rc)
        rc = each_row(s, old_parts, VALUES(V(version)), take_part, &v, err);
    if (!rc)
        rc = each_row(s, old_accounts, VALUES(V(device), V(sqlite3_column_int64(row, 4))),
            take_account, &v, err);
    if (!rc)
        rc = put_version(s, row, &v, buf_str(&access), err);
    if (!rc)
        rc = each_row(s, old_events, VALUES(V(device), V(sqlite3_column_int64(row, 3))), take_event,
            NULL, err);
    buf_wipe(&access);
    version_free(&v);
    return rc;
}

/* ---- the rest ---- */

static int find_account(struct store *s, const char *device, const struct store_account *a,
    int64_t *account, struct error *err)
{
    int64_t id = 0, who = account_who(s, a->realm, a->name);
    int rc = sql_number(s, "device_id", VALUES(V(device)), &id, err);
    if (!rc)
        rc = sql_number(s, "find_account", VALUES(V(id), V(who)), account, err);
    if (rc == RC_NOT_FOUND)
        rc = sql_number(
            s, "put_account", VALUES(V(id), V(who), V(account_name(s, a->name))), account, err);
    return rc;
}

static int take_interval(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    const struct store_account a = account_of_row(row);
    struct interval_key key = {
        .device = sql_word(row, 9), .from_us = sqlite3_column_int64(row, 10)};
    int64_t to_us = sqlite3_column_int64(row, 11);
    struct buf sealed = {.cap = 0};
    (void)ctx;
    int rc = find_account(s, key.device, &a, &key.account, err);
    if (!rc)
        rc = facts_seal_account(s, &key, &a, &sealed, err);
    if (!rc)
        rc = sql_run(s, "open_interval",
            VALUES(V(key.account), V(key.from_us), V(sqlite3_column_int64(row, 12)),
                V(sql_u32(row, 13)), V(buf_str(&sealed))),
            err);
    if (!rc)
        rc = sql_run(s, "close_interval", VALUES(V(key.account), V(key.from_us), V(to_us)), err);
    buf_free(&sealed);
    return rc;
}

static int take_run(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    const char *device = sql_word(row, 0);
    int64_t id = 0, started_us = sqlite3_column_int64(row, 1),
            ended_us = sqlite3_column_int64(row, 2);
    const struct run_facts facts = {sql_text(row, 4), sql_word(row, 5)};
    struct buf sealed = {.cap = 0};
    (void)ctx;
    int rc = sql_number(s, "device_id", VALUES(V(device)), &id, err);
    if (!rc && facts.failure)
        rc = facts_seal_run(s, device, ended_us, &facts, &sealed, err);
    if (!rc)
        rc = sql_run(s, "put_run",
            VALUES(V(id), V(started_us), V(ended_us), V(sql_u32(row, 3)),
                V(run_mark(s, device, started_us, ended_us, sql_u32(row, 3))),
                facts.failure ? V(buf_str(&sealed)) : value_null()),
            err);
    buf_free(&sealed);
    return rc;
}

static int take_host_key(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    (void)ctx;
    return host_key_put(s,
        &(struct host_key_facts){.hop = sql_word(row, 0),
            .algorithm = sql_word(row, 1),
            .base64 = sql_word(row, 2),
            .how = sql_word(row, 3),
            .pinned_us = sqlite3_column_int64(row, 4)},
        err);
}

static int count_device(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err)
{
    (void)s;
    (void)row;
    (void)err;
    ++*(size_t *)ctx;
    return RC_OK;
}

int migrate_to_2(struct store *s, struct error *err)
{
    static const struct {
        const char *sql;
        int (*take)(struct store *s, sqlite3_stmt *row, void *ctx, struct error *err);
    } steps[] = {{old_devices, take_device}, {old_versions, take_version},
        {old_other_events, take_event}, {old_intervals, take_interval}, {old_runs, take_run},
        {old_host_keys, take_host_key}};
    size_t devices = 0;
    int rc = each_row(s, old_devices, NO_VALUES, count_device, &devices, err);
    /* What devices have been collected into has fingerprints made with the master key. */
    if (!rc)
        rc = keyring_create(s, devices > 0, err);
    if (!rc)
        rc = log_start(s, devices > 0 ? 1 : 0, err);
    for (size_t i = 0; !rc && i < sizeof steps / sizeof *steps; i++)
        rc = each_row(s, steps[i].sql, NO_VALUES, steps[i].take, NULL, err);
    if (!rc && sqlite3_exec(s->db, drop_all, NULL, NULL, NULL))
        rc = sql_error(s, err);
    return rc;
}
