/* The store's keys: made, wrapped, unwrapped, at hand. */
#include "store/keyring.h"

#include <sodium.h>

#include "base/pack.h"
#include "store/sql.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define WRAPPED_BYTES (NONCE_BYTES + STORE_KEY_BYTES + TAG_BYTES)

/* Live keys of one store: one of each use, and more only while a rotation is under way. */
#define MOST_KEYS 32

struct ring_key {
    int64_t id;
    enum key_use use;
    unsigned char bytes[STORE_KEY_BYTES];
};

/* Locked and guarded memory (sodium_malloc). */
struct keyring {
    int64_t newest; /* number in the table, of any use */
    size_t count;
    struct ring_key at[MOST_KEYS]; /* by number */
};

const char *key_use_name(enum key_use use)
{
    static const char *const names[KEY_USES] = {[KEY_CONFIG] = "config",
        [KEY_RECORD] = "record",
        [KEY_FINGERPRINT] = "fingerprint",
        [KEY_SIGN] = "sign",
        [KEY_INDEX] = "index"};
    return use > 0 && use < KEY_USES ? names[use] : "unknown";
}

/* ---- master key ---- */

static void derive(
    const char *what, const unsigned char key[STORE_KEY_BYTES], unsigned char *out, size_t len)
{
    crypto_generichash(out, len, (const unsigned char *)what, strlen(what), key, STORE_KEY_BYTES);
}

void master_id(const unsigned char master[STORE_KEY_BYTES], unsigned char id[MASTER_ID_BYTES])
{
    unsigned char whole[crypto_generichash_BYTES];
    derive("rollcall master id", master, whole, sizeof whole);
    memcpy(id, whole, MASTER_ID_BYTES);
}

/* A wrapped key is bound to its number and use. */
struct wrap_place {
    unsigned char key[STORE_KEY_BYTES]; /* made of the master */
    unsigned char bound[24];
};

static void wrap_place_make(struct wrap_place *place, const unsigned char master[STORE_KEY_BYTES],
    int64_t id, enum key_use use)
{
    derive("rollcall wrap", master, place->key, sizeof place->key);
    memcpy(place->bound, "rollcall 2 wrap", 15);
    for (size_t i = 0; i < 8; i++)
        place->bound[15 + i] = (unsigned char)((uint64_t)id >> (8 * i));
    place->bound[23] = (unsigned char)use;
}

static void wrap(const unsigned char master[STORE_KEY_BYTES], int64_t id, enum key_use use,
    const unsigned char key[STORE_KEY_BYTES], unsigned char wrapped[WRAPPED_BYTES])
{
    struct wrap_place place;
    wrap_place_make(&place, master, id, use);
    randombytes_buf(wrapped, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + NONCE_BYTES, NULL, key, STORE_KEY_BYTES,
        place.bound, sizeof place.bound, NULL, wrapped, place.key);
    sodium_memzero(&place, sizeof place);
}

static bool unwrap(
    const unsigned char master[STORE_KEY_BYTES], struct str wrapped, struct ring_key *key)
{
    const unsigned char *nonce = (const unsigned char *)wrapped.at;
    struct wrap_place place;
    wrap_place_make(&place, master, key->id, key->use);
    bool good =
        wrapped.len == WRAPPED_BYTES &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(key->bytes, NULL, NULL, nonce + NONCE_BYTES,
            wrapped.len - NONCE_BYTES, place.bound, sizeof place.bound, nonce, place.key) == 0;
    sodium_memzero(&place, sizeof place);
    return good;
}

/* ---- reading them ---- */

static const struct ring_key *newest_of(const struct keyring *ring, enum key_use use)
{
    for (size_t i = ring->count; i-- > 0;)
        if (ring->at[i].use == use)
            return &ring->at[i];
    return NULL;
}

static bool is_wanted(const struct store *s, enum key_use use)
{
    return use == KEY_INDEX || (s->keys->uses & 1u << use);
}

static int read_key(struct store *s, const unsigned char master[STORE_KEY_BYTES],
    struct keyring *ring, sqlite3_stmt *row, struct error *err)
{
    int64_t id = sqlite3_column_int64(row, 0), use = sqlite3_column_int64(row, 1);
    ring->newest = id;
    if (use > 0 && use < KEY_USES && !is_wanted(s, (enum key_use)use))
        return RC_OK;
    struct ring_key *key = &ring->at[ring->count];
    if (ring->count < MOST_KEYS) {
        *key = (struct ring_key){.id = id, .use = (enum key_use)use};
        if (unwrap(master, sql_bytes(row, 2), key)) {
            ring->count++;
            return RC_OK;
        }
    }
    return error_set(err, RC_INTEGRITY,
        "%s: its key %lld is damaged (the master key is the right one); restore the file from a "
        "backup",
        s->path, (long long)id);
}

static int read_keys(struct store *s, const unsigned char master[STORE_KEY_BYTES],
    struct keyring *ring, struct error *err)
{
    unsigned char id[MASTER_ID_BYTES];
    sqlite3_stmt *rows;
    master_id(master, id);
    int rc =
        sql_start(s, "keys", VALUES(V(((struct str){(const char *)id, sizeof id}))), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0)
        if ((rc = read_key(s, master, ring, rows, err)))
            break;
    sql_end(s, rows);
    if (!rc && !newest_of(ring, KEY_INDEX))
        rc = error_set(
            err, RC_INTEGRITY, "%s has lost its keys; restore the file from a backup", s->path);
    return rc;
}

/* Which master the store's keys are wrapped under, as people compare it: the first bytes of its id.
 */
static int wanted_master(struct store *s, char out[MASTER_ID_BYTES], struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "wrap_master", NO_VALUES, &row, err);
    strcpy(out, "none");
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    struct str id = rc > 0 ? sql_bytes(row, 0) : (struct str){"", 0};
    if (id.len == MASTER_ID_BYTES)
        sodium_bin2hex(out, MASTER_ID_BYTES, (const unsigned char *)id.at, 4);
    sql_end(s, row);
    return rc < 0 ? rc : RC_OK;
}

static int check_master(
    struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err)
{
    unsigned char id[MASTER_ID_BYTES];
    char wanted[MASTER_ID_BYTES], given[MASTER_ID_BYTES];
    int64_t known = 0;
    master_id(master, id);
    int rc = sql_number(
        s, "wrap_count", VALUES(V(((struct str){(const char *)id, sizeof id}))), &known, err);
    if (rc || known)
        return rc;
    rc = wanted_master(s, wanted, err);
    sodium_bin2hex(given, sizeof given, id, 4);
    return rc ? rc
              : error_set(err, RC_SETTINGS,
                    "%s is not the one of the store %s (the store wants %s, this is %s); point the "
                    "settings to the right one, or restore it from your copy",
                    s->keys->source ? s->keys->source : "the master key", s->path, wanted, given);
}

int keyring_master(struct store *s, unsigned char master[STORE_KEY_BYTES], struct error *err)
{
    int rc = s->keys->master(s->keys->ctx, master, err);
    if (!rc)
        rc = check_master(s, master, err);
    if (rc)
        sodium_memzero(master, STORE_KEY_BYTES);
    return rc;
}

static int take_keys(
    struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err)
{
    struct keyring *ring = sodium_malloc(sizeof *ring);
    if (!ring)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    *ring = (struct keyring){.newest = 0};
    int rc = read_keys(s, master, ring, err);
    if (rc) {
        sodium_free(ring);
        return rc;
    }
    keyring_close(s);
    s->keyring = ring;
    return RC_OK;
}

int keyring_open(struct store *s, struct error *err)
{
    unsigned char master[STORE_KEY_BYTES];
    int rc = keyring_master(s, master, err);
    if (!rc)
        rc = take_keys(s, master, err);
    sodium_memzero(master, sizeof master);
    return rc;
}

int keyring_refresh(struct store *s, struct error *err)
{
    int64_t newest = 0;
    if (!s->keyring)
        return RC_OK; /* being opened */
    int rc = sql_number(s, "newest_key", NO_VALUES, &newest, err);
    return rc || newest == s->keyring->newest ? rc : keyring_open(s, err);
}

void keyring_close(struct store *s)
{
    sodium_free(s->keyring); /* zeroes; accepts NULL */
    s->keyring = NULL;
}

/* ---- having them ---- */

const unsigned char *keyring_newest(const struct store *s, enum key_use use, int64_t *id)
{
    const struct ring_key *key = newest_of(s->keyring, use);
    *id = key ? key->id : 0;
    return key ? key->bytes : NULL;
}

static const unsigned char *find(const struct keyring *ring, int64_t id)
{
    for (size_t i = 0; i < ring->count; i++)
        if (ring->at[i].id == id)
            return ring->at[i].bytes;
    return NULL;
}

const unsigned char *keyring_find(struct store *s, int64_t id)
{
    const unsigned char *key = find(s->keyring, id);
    if (!key && id > s->keyring->newest && !keyring_refresh(s, NULL))
        key = find(s->keyring, id);
    return key;
}

static int copy_key(
    struct store *s, enum key_use use, unsigned char out[STORE_KEY_BYTES], struct error *err)
{
    int64_t id;
    const unsigned char *key = keyring_newest(s, use, &id);
    if (!key)
        return error_set(
            err, RC_STORE, "%s: this process may not have the %s key", s->path, key_use_name(use));
    memcpy(out, key, STORE_KEY_BYTES);
    return RC_OK;
}

int keyring_sign_seed(struct store *s, unsigned char seed[STORE_KEY_BYTES], struct error *err)
{
    return copy_key(s, KEY_SIGN, seed, err);
}

int store_fingerprint_key(struct store *s, unsigned char out[STORE_KEY_BYTES], struct error *err)
{
    return copy_key(s, KEY_FINGERPRINT, out, err);
}

/* ---- making them ---- */

static int put_wrap(struct store *s, const unsigned char master[STORE_KEY_BYTES], int64_t id,
    enum key_use use, const unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    unsigned char name[MASTER_ID_BYTES], wrapped[WRAPPED_BYTES];
    master_id(master, name);
    wrap(master, id, use, key, wrapped);
    return sql_run(s, "put_wrap",
        VALUES(V(id), V(((struct str){(const char *)name, sizeof name})),
            V(((struct str){(const char *)wrapped, sizeof wrapped}))),
        err);
}

int keyring_wrap_all(
    struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err)
{
    const struct keyring *ring = s->keyring;
    int64_t live = 0;
    int rc = sql_number(s, "live_keys", NO_VALUES, &live, err);
    if (!rc && (size_t)live != ring->count)
        rc = error_set(err, RC_STORE, "%s: this process may not have all of its keys", s->path);
    for (size_t i = 0; !rc && i < ring->count; i++)
        rc = put_wrap(s, master, ring->at[i].id, ring->at[i].use, ring->at[i].bytes, err);
    return rc;
}

int keyring_add(struct store *s, const unsigned char master[STORE_KEY_BYTES], enum key_use use,
    const unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    int64_t id = 0;
    int rc = sql_number(s, "put_key", VALUES(V(use), V(clock_now_us(s->clock))), &id, err);
    return rc ? rc : put_wrap(s, master, id, use, key, err);
}

/* One of each use, in the order of their uses. */
static void make_keys(const unsigned char master[STORE_KEY_BYTES], bool migrated,
    unsigned char keys[KEY_USES][STORE_KEY_BYTES])
{
    randombytes_buf(keys, (size_t)KEY_USES * STORE_KEY_BYTES);
    if (migrated)
        memcpy(keys[KEY_FINGERPRINT], master, STORE_KEY_BYTES);
    derive("rollcall index", keys[KEY_RECORD], keys[KEY_INDEX], STORE_KEY_BYTES);
}

int keyring_create(struct store *s, bool migrated, struct error *err)
{
    unsigned char master[STORE_KEY_BYTES], keys[KEY_USES][STORE_KEY_BYTES];
    int rc = s->keys->master(s->keys->ctx, master, err);
    if (!rc)
        make_keys(master, migrated, keys);
    for (int use = KEY_CONFIG; !rc && use < KEY_USES; use++)
        rc = keyring_add(s, master, (enum key_use)use, keys[use], err);
    if (!rc)
        rc = take_keys(s, master, err);
    sodium_memzero(master, sizeof master);
    sodium_memzero(keys, sizeof keys);
    return rc;
}
