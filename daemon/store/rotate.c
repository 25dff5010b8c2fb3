/* New keys for what is there already, while everybody goes on. */
#include <sodium.h>

#include "store/keyring.h"
#include "store/seal.h"
#include "store/sql.h"

/* What one transaction does at most: others wait for it, and not long. */
#define MOST_SEALED 256
#define MOST_LOOKED_AT 4096
/* Between two of them, so that who waits for the lock gets it. */
#define PAUSE_MS 1

#define MOST_LIVE 64

/* A column of sealed things. `next`: the first row behind key (?1, ?2), as key, key, data, and the
 * fields of its seal_place. `update`: of row (?1, ?2) to ?3. */
struct sealed_column {
    const char *what;
    enum key_use use;
    const char *next, *update;
};

static const struct sealed_column columns[] = {
    {"blob", KEY_CONFIG, "next_blob", "reseal_blob"},
    {"entry", KEY_RECORD, "next_entry", "reseal_entry"},
    {"device", KEY_RECORD, "next_device", "reseal_device"},
    {"account_interval", KEY_RECORD, "next_interval", "reseal_interval"},
    {"run", KEY_RECORD, "next_run", "reseal_run"},
    {"outbox", KEY_RECORD, "next_message", "reseal_message"},
    {"host_key", KEY_RECORD, "next_host_key", "reseal_host_key"},
    {"head_place", KEY_RECORD, "next_head_place", "reseal_head_place"},
};

#define COLUMNS (sizeof columns / sizeof *columns)

/* A walk over all of them. */
struct walk {
    size_t column;
    int64_t key[2]; /* behind this row; each column begins at the least there is */
};

static const struct walk walk_start = {.key = {INT64_MIN, INT64_MIN}};

static void next_column(struct walk *w)
{
    *w = (struct walk){.column = w->column + 1, .key = {INT64_MIN, INT64_MIN}};
}

/* ---- how much is under each key ---- */

struct tally {
    int64_t id[MOST_LIVE];
    uint64_t things[MOST_LIVE];
    size_t count;
};

static uint64_t *tally_of(struct tally *t, int64_t id)
{
    size_t i = 0;
    while (i < t->count && t->id[i] != id)
        i++;
    if (i == MOST_LIVE)
        return &t->things[MOST_LIVE - 1]; /* of keys that do not exist: damage, for verify */
    if (i == t->count) {
        t->id[i] = id;
        t->things[t->count++] = 0;
    }
    return &t->things[i];
}

static int tally_column(
    struct store *s, const struct sealed_column *column, struct tally *t, struct error *err)
{
    sqlite3_stmt *rows;
    int rc =
        sql_start(s, column->next, VALUES(V(INT64_MIN), V(INT64_MIN), V((int64_t)-1)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0)
        ++*tally_of(t, seal_key(sql_bytes(rows, 2)));
    sql_end(s, rows);
    return rc;
}

static int tally_all(struct store *s, struct tally *t, struct error *err)
{
    int rc = RC_OK;
    *t = (struct tally){.count = 0};
    for (size_t i = 0; !rc && i < COLUMNS; i++)
        rc = tally_column(s, &columns[i], t, err);
    return rc;
}

static int each_key(struct store *s, struct tally *t,
    int (*each)(void *ctx, const struct store_key *key), void *ctx, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(s, "all_keys", NO_VALUES, &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        const struct store_key key = {.id = sqlite3_column_int64(rows, 0),
            .use = key_use_name((enum key_use)sqlite3_column_int(rows, 1)),
            .created_us = sqlite3_column_int64(rows, 2),
            .retired_us = sqlite3_column_int64(rows, 3),
            .things = *tally_of(t, sqlite3_column_int64(rows, 0))};
        if (each(ctx, &key))
            break;
    }
    sql_end(s, rows);
    return rc < 0 ? rc : RC_OK;
}

int store_keys_each(struct store *s, int (*each)(void *ctx, const struct store_key *key), void *ctx,
    struct error *err)
{
    struct tally t;
    int rc = tally_all(s, &t, err);
    return rc ? rc : each_key(s, &t, each, ctx, err);
}

/* ---- new keys for old ones ---- */

/* What one rotation replaces: keys of a use below its newest one when it began. */
struct rotation {
    struct store *s;
    int64_t newest[KEY_USES];
};

static bool is_old(const struct rotation *r, const struct sealed_column *column, int64_t id)
{
    return id < r->newest[column->use];
}

static int count_masters(struct store *s, int64_t *count, struct error *err)
{
    return sql_number(s, "master_count", NO_VALUES, count, err);
}

static int add_random(struct store *s, const unsigned char master[STORE_KEY_BYTES],
    enum key_use use, struct error *err)
{
    unsigned char key[STORE_KEY_BYTES];
    randombytes_buf(key, sizeof key);
    int rc = keyring_add(s, master, use, key, err);
    sodium_memzero(key, sizeof key);
    return rc;
}

/* One that was interrupted has its new keys already. */
static int add_keys(struct store *s, struct error *err)
{
    unsigned char master[STORE_KEY_BYTES];
    int64_t masters = 0, old = 0;
    int rc = count_masters(s, &masters, err);
    if (!rc)
        rc = sql_number(s, "old_keys", NO_VALUES, &old, err);
    if (rc || old)
        return rc;
    if (masters > 1)
        return error_set(err, RC_BUSY,
            "%s: its master key is being replaced; finish that first: rollcall key rotate --master",
            s->path);
    rc = keyring_master(s, master, err);
    if (!rc)
        rc = add_random(s, master, KEY_CONFIG, err);
    if (!rc)
        rc = add_random(s, master, KEY_RECORD, err);
    sodium_memzero(master, sizeof master);
    return rc;
}

static int rotation_begin(struct rotation *r, struct error *err)
{
    struct store *s = r->s;
    int rc = sql_begin(s, err);
    if (!rc)
        rc = sql_finish(s, add_keys(s, err), err);
    if (!rc)
        rc = keyring_refresh(s, err);
    for (int use = KEY_CONFIG; !rc && use <= KEY_RECORD; use++)
        keyring_newest(s, (enum key_use)use, &r->newest[use]);
    return rc;
}

static int reseal(struct store *s, const struct sealed_column *column, const int64_t key[2],
    sqlite3_stmt *row, struct error *err)
{
    const struct seal_place place = {.what = column->what,
        .device = sql_text(row, 3),
        .number = sqlite3_column_int64(row, 4),
        .kind = sql_text(row, 5)};
    struct buf plain = {.cap = 2 * SQL_MOST_BYTES}, sealed = {.cap = 2 * SQL_MOST_BYTES};
    int rc = unseal(s, &place, sql_bytes(row, 2), &plain, err);
    if (!rc)
        rc = seal(s, column->use, &place, buf_str(&plain), &sealed, err);
    if (!rc)
        rc = sql_run(s, column->update, VALUES(V(key[0]), V(key[1]), V(buf_str(&sealed))), err);
    buf_wipe(&plain);
    buf_free(&sealed);
    return rc;
}

/* The next row, sealed anew when it is under an old key. 1: there was one. */
static int rotate_row(const struct rotation *r, struct walk *w, uint64_t *sealed, struct error *err)
{
    const struct sealed_column *column = &columns[w->column];
    sqlite3_stmt *row;
    int rc =
        sql_start(r->s, column->next, VALUES(V(w->key[0]), V(w->key[1]), V((int64_t)1)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(r->s, row, err);
    if (rc > 0) {
        w->key[0] = sqlite3_column_int64(row, 0);
        w->key[1] = sqlite3_column_int64(row, 1);
        if (is_old(r, column, seal_key(sql_bytes(row, 2)))) {
            int done = reseal(r->s, column, w->key, row, err);
            rc = done ? done : 1;
            ++*sealed;
        }
    }
    sql_end(r->s, row);
    return rc;
}

static int rotate_some(
    const struct rotation *r, struct walk *w, uint64_t *sealed, struct error *err)
{
    int rc = RC_OK;
    *sealed = 0;
    for (size_t i = 0; i < MOST_LOOKED_AT && *sealed < MOST_SEALED && w->column < COLUMNS; i++) {
        rc = rotate_row(r, w, sealed, err);
        if (rc < 0)
            return rc;
        if (rc == 0)
            next_column(w);
    }
    return RC_OK;
}

static int rotate_once(
    const struct rotation *r, struct walk *w, uint64_t *sealed, struct error *err)
{
    int rc = sql_begin(r->s, err);
    return rc ? rc : sql_finish(r->s, rotate_some(r, w, sealed, err), err);
}

/* Destroy what is not needed any more. What was deleted is overwritten, in the log of SQLite too as
 * soon as no reader needs it. */
static int rotation_end(const struct rotation *r, struct error *err)
{
    struct store *s = r->s;
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    for (int use = KEY_CONFIG; !rc && use <= KEY_RECORD; use++) {
        rc = sql_run(s, "destroy_keys", VALUES(V(use), V(r->newest[use])), err);
        if (!rc)
            rc = sql_run(s, "retire_keys",
                VALUES(V(use), V(r->newest[use]), V(clock_now_us(s->clock))), err);
    }
    rc = sql_finish(s, rc, err);
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc ? rc : keyring_open(s, err);
}

static void overwrite_deleted(struct store *s)
{
    sqlite3_exec(s->db, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
}

static uint64_t old_things(const struct rotation *r, const struct tally *t)
{
    uint64_t old = 0;
    for (size_t i = 0; i < t->count; i++)
        if (t->id[i] != r->newest[KEY_CONFIG] && t->id[i] != r->newest[KEY_RECORD])
            old += t->things[i];
    return old;
}

int store_keys_rotate(struct store *s, bool (*go_on)(void *ctx, uint64_t done, uint64_t total),
    void *ctx, bool *complete, struct error *err)
{
    struct rotation r = {.s = s};
    struct walk w = walk_start;
    struct tally t;
    uint64_t done = 0, sealed, total = 0;
    *complete = false;
    overwrite_deleted(s);
    int rc = rotation_begin(&r, err);
    if (!rc)
        rc = tally_all(s, &t, err);
    if (!rc)
        total = old_things(&r, &t);
    while (!rc && w.column < COLUMNS) {
        if (!go_on(ctx, done, total))
            return RC_OK;
        rc = rotate_once(&r, &w, &sealed, err);
        done += sealed;
        sqlite3_sleep(PAUSE_MS);
    }
    if (!rc && !go_on(ctx, done, total))
        return RC_OK;
    if (!rc)
        rc = rotation_end(&r, err);
    *complete = !rc;
    return rc;
}

/* ---- another master key ---- */

static struct str id_bytes(const unsigned char id[MASTER_ID_BYTES])
{
    return (struct str){(const char *)id, MASTER_ID_BYTES};
}

/* The master the settings give, its keys wrapped, and whether one came after it. */
static int find_master(
    struct store *s, unsigned char id[MASTER_ID_BYTES], int64_t *later, struct error *err)
{
    unsigned char master[STORE_KEY_BYTES];
    int rc = keyring_master(s, master, err);
    if (!rc)
        master_id(master, id);
    sodium_memzero(master, sizeof master);
    return rc ? rc : sql_number(s, "later_wraps", VALUES(V(id_bytes(id))), later, err);
}

int store_key_status(struct store *s, struct store_key_status *out, struct error *err)
{
    unsigned char id[MASTER_ID_BYTES];
    int64_t later = 0, masters = 0, old = 0;
    int rc = find_master(s, id, &later, err);
    if (!rc)
        rc = count_masters(s, &masters, err);
    if (!rc)
        rc = sql_number(s, "old_keys", NO_VALUES, &old, err);
    if (rc)
        return rc;
    *out = (struct store_key_status){
        .masters = (size_t)masters, .newest_master = later == 0, .rotating = old > 0};
    sodium_bin2hex(out->master, sizeof out->master, id, (sizeof out->master - 1) / 2);
    return RC_OK;
}

static int wrap_all(struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err)
{
    unsigned char id[MASTER_ID_BYTES];
    int64_t wrapped = 0;
    master_id(master, id);
    int rc = sql_number(s, "wrap_count", VALUES(V(id_bytes(id))), &wrapped, err);
    return rc || wrapped ? rc : keyring_wrap_all(s, master, err);
}

int store_master_add(
    struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err)
{
    int rc = sql_begin(s, err);
    return rc ? rc : sql_finish(s, wrap_all(s, master, err), err);
}

static int drop_masters(struct store *s, struct error *err)
{
    unsigned char id[MASTER_ID_BYTES];
    int64_t later = 0, unwrapped = 0;
    int rc = find_master(s, id, &later, err);
    if (!rc && later)
        return error_set(err, RC_SETTINGS,
            "%s is still the old one: put the new one there first; nothing was changed",
            s->keys->source ? s->keys->source : "the master key");
    if (!rc)
        rc = sql_number(s, "unwrapped_keys", VALUES(V(id_bytes(id))), &unwrapped, err);
    if (!rc && unwrapped)
        return error_set(err, RC_INTEGRITY,
            "%s: %lld of its keys are not under this master key; the other one stays", s->path,
            (long long)unwrapped);
    return rc ? rc : sql_run(s, "drop_other_wraps", VALUES(V(id_bytes(id))), err);
}

int store_master_finish(struct store *s, struct error *err)
{
    overwrite_deleted(s);
    int rc = sql_begin(s, err);
    if (!rc)
        rc = sql_finish(s, drop_masters(s, err), err);
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc;
}

int store_public_key(struct store *s, unsigned char out[STORE_KEY_BYTES], struct error *err)
{
    unsigned char seed[STORE_KEY_BYTES], pair[crypto_sign_SECRETKEYBYTES];
    int rc = keyring_sign_seed(s, seed, err);
    if (!rc)
        crypto_sign_seed_keypair(out, pair, seed);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(pair, sizeof pair);
    return rc;
}
