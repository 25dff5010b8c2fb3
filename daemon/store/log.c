/* The log: appending within a transaction. */
#include "store/log.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "evidence/head.h"
#include "store/entry.h"
#include "store/json.h"
#include "store/keyring.h"
#include "store/nodes.h"
#include "store/seal.h"

static const struct seal_place *place_of(int64_t seq, const char *name, struct seal_place *place)
{
    *place = (struct seal_place){.what = "entry", .device = name, .number = seq};
    return place;
}

/* ---- where the log stands ---- */

static int read_edge(struct store *s, struct error *err)
{
    sqlite3_stmt *row;
    uint64_t size = 0;
    s->log.newest_us = INT64_MIN;
    int rc = sql_start(s, "newest_entry", NO_VALUES, &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        size = (uint64_t)sqlite3_column_int64(row, 0) + 1;
        s->log.newest_us = sqlite3_column_int64(row, 1);
        rc = RC_OK;
    }
    sql_end(s, row);
    return rc ? rc : merkle_load(NODES(s, err), size, &s->log.tree);
}

/* ---- the clock ---- */

/* Where the clock should be, when it has jumped: back behind the newest entry's time, or apart from
 * what the monotonic clock says since this process's last transaction. */
static bool has_jumped(const struct store *s, int64_t now_us, int64_t *before_us)
{
    const struct log_state *log = &s->log;
    if (log->newest_us != INT64_MIN && now_us < log->newest_us - LOG_BACK_US) {
        *before_us = log->newest_us;
        return true;
    }
    *before_us = log->wall_us + (clock_mono_us(s->clock) - log->mono_us);
    return log->timed && llabs(now_us - *before_us) > LOG_APART_US;
}

static int put_jump(struct store *s, int64_t before_us, struct error *err)
{
    char before[TIME_TEXT_SIZE], after[TIME_TEXT_SIZE], text[128];
    snprintf(text, sizeof text, "{\"before\":\"%s\",\"after\":\"%s\"}",
        entry_time(before_us, before), entry_time(s->log.now_us, after));
    const struct log_item item = {.kind = ENTRY_CLOCK, .document = str_of(text)};
    int rc = log_append(s, &item, NULL, err);
    /* What lies in the future now was written by a clock that was wrong. */
    return rc ? rc : sql_run(s, "doubt_later_versions", VALUES(V(s->log.now_us)), err);
}

static int begin(struct store *s, struct error *err)
{
    int64_t before_us;
    int rc = read_edge(s, err);
    if (rc)
        return rc;
    s->log.now_us = clock_now_us(s->clock);
    s->log.appending = true;
    s->log.doubtful = has_jumped(s, s->log.now_us, &before_us);
    return s->log.doubtful ? put_jump(s, before_us, err) : RC_OK;
}

int log_begin(struct store *s, bool *doubtful, struct error *err)
{
    int rc = s->log.appending ? RC_OK : begin(s, err);
    if (doubtful)
        *doubtful = s->log.doubtful;
    return rc;
}

/* ---- appending ---- */

static int put_entry(struct store *s, const struct log_item *item, uint64_t seq, struct str hashes,
    struct error *err)
{
    struct seal_place place;
    struct buf body = {.cap = 0}, sealed = {.cap = 0};
    int rc = entry_pack(s, item->document, &body, err);
    if (!rc)
        rc = seal(s, KEY_RECORD, place_of((int64_t)seq, item->name, &place), buf_str(&body),
            &sealed, err);
    if (!rc)
        rc = sql_run(s, "put_entry",
            VALUES(V((int64_t)seq), V(item->kind), item->device ? V(item->device) : value_null(),
                V(s->log.now_us), V(buf_str(&sealed)), V(hashes)),
            err);
    buf_wipe(&body);
    buf_free(&sealed);
    return rc;
}

int log_append(struct store *s, const struct log_item *item, uint64_t *seq, struct error *err)
{
    struct merkle_hash leaf, made[MERKLE_LEVELS];
    struct buf text = {.cap = 0};
    size_t at;
    int rc = log_begin(s, NULL, err);
    if (rc)
        return rc;
    rc = entry_leaf(item->kind, s->log.now_us, item->name, item->document, &text, &at);
    if (rc)
        error_set(err, rc, "out of memory for an entry of the log");
    uint64_t number = s->log.tree.size;
    if (!rc) {
        merkle_leaf(buf_str(&text), &leaf);
        size_t count = merkle_append(&s->log.tree, &leaf, made);
        rc =
            put_entry(s, item, number, (struct str){(const char *)made, count * sizeof *made}, err);
    }
    if (seq)
        *seq = number;
    buf_wipe(&text);
    return rc;
}

/* ---- the head ---- */

static int put_head(struct store *s, const struct head *head, struct error *err)
{
    unsigned char seed[SIGN_SEED_BYTES];
    struct buf note = {.cap = NOTE_MOST_BYTES};
    int rc = keyring_sign_seed(s, seed, err);
    if (rc)
        return rc;
    rc = head_sign(head, seed, &note);
    sodium_memzero(seed, sizeof seed);
    if (rc)
        error_set(err, rc, "out of memory for the log's head");
    if (!rc)
        rc = sql_run(s, "drop_unsent_heads", NO_VALUES, err);
    if (!rc)
        rc = sql_run(s, "put_head",
            VALUES(V((int64_t)head->size), V(head->time_us), V(buf_text(&note))), err);
    buf_free(&note);
    return rc;
}

int log_sign(struct store *s, struct error *err)
{
    if (!s->log.appending)
        return RC_OK;
    struct head head = {.size = s->log.tree.size, .time_us = s->log.now_us};
    const char *id;
    int rc = log_id(s, &id, err);
    if (rc)
        return rc;
    memcpy(head.log, id, sizeof head.log);
    merkle_tree_root(&s->log.tree, &head.root);
    return put_head(s, &head, err);
}

void log_end(struct store *s, bool committed)
{
    if (s->log.appending && committed) {
        s->log.timed = true;
        s->log.wall_us = s->log.now_us;
        s->log.mono_us = clock_mono_us(s->clock);
    }
    s->log.appending = s->log.doubtful = false;
}

/* ---- documents ---- */

int log_document(struct store *s, int64_t seq, const char *name, struct str body,
    struct buf *document, struct error *err)
{
    struct seal_place place;
    struct buf packed = {.cap = 0};
    if (!body.len)
        return RC_NOT_FOUND;
    int rc = unseal(s, place_of(seq, name, &place), body, &packed, err);
    if (!rc) {
        rc = entry_unpack(s, buf_str(&packed), document);
        if (rc == RC_INTEGRITY)
            rc = seal_damaged(s, &place, err);
        else if (rc)
            error_set(err, rc, "entry %lld of the log is too large to read", (long long)seq);
    }
    buf_wipe(&packed);
    return rc;
}

int log_read(
    struct store *s, int64_t seq, const char *device, struct buf *document, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "entry_body", VALUES(V(seq)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = log_document(s, seq, device, sql_bytes(row, 0), document, err);
    else if (!rc)
        rc = error_set(err, RC_INTEGRITY,
            "%s: entry %lld of the log is missing; restore the file from a backup", s->path,
            (long long)seq);
    sql_end(s, row);
    return rc;
}

/* ---- the first entry ---- */

static int read_id(struct store *s, struct error *err)
{
    struct buf text = {.cap = 0};
    json_t *document = NULL;
    int rc = log_read(s, 0, NULL, &text, err);
    if (!rc)
        rc = json_parse(s, buf_str(&text), &document, err);
    const char *id = json_string_value(json_object_get(document, "log"));
    if (!rc && strlen(id ? id : "") != LOG_ID_SIZE - 1)
        rc = error_set(err, RC_INTEGRITY,
            "%s: the log does not begin with its name; restore the file from a backup", s->path);
    if (!rc)
        strcpy(s->log.id, id);
    json_decref(document);
    buf_free(&text);
    return rc;
}

int log_id(struct store *s, const char **id, struct error *err)
{
    *id = s->log.id;
    return *s->log.id ? RC_OK : read_id(s, err);
}

int log_start(struct store *s, int migrated_from, struct error *err)
{
    unsigned char random[(LOG_ID_SIZE - 1) / 2];
    char id[LOG_ID_SIZE], text[160], from[40] = "";
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(id, sizeof id, random, sizeof random);
    if (migrated_from)
        snprintf(from, sizeof from, ",\"migrated_from\":%d", migrated_from);
    snprintf(
        text, sizeof text, "{\"log\":\"%s\",\"version\":\"%s\"%s}", id, ROLLCALL_VERSION, from);
    const struct log_item item = {.kind = ENTRY_START, .document = str_of(text)};
    return log_append(s, &item, NULL, err);
}

/* ---- one entry of its own ---- */

static int find_device(struct store *s, const char *device, int64_t *id, struct error *err)
{
    int rc = device ? sql_number(s, "device_id", VALUES(V(device)), id, err) : RC_OK;
    return rc == RC_NOT_FOUND ? error_set(err, rc, "%s was never collected", device) : rc;
}

int store_record(struct store *s, const struct store_entry *entry, uint64_t *seq, struct error *err)
{
    json_error_t why;
    json_t *document = json_loads(entry->document, 0, &why);
    bool good = json_is_object(document);
    json_decref(document);
    if (!good)
        return error_set(err, RC_INVALID, "an entry of the log must be a JSON object");
    struct log_item item = {
        .kind = entry->kind, .name = entry->device, .document = str_of(entry->document)};
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    rc = find_device(s, entry->device, &item.device, err);
    if (!rc)
        rc = log_append(s, &item, seq, err);
    return sql_finish(s, rc, err);
}
