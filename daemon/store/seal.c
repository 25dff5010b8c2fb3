/* Sealed things and blind indexes. */
#include "store/seal.h"

#include <sodium.h>

#include "base/pack.h"
#include "store/sql.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define PLACE_ROOM 512 /* of most places: table, name of a device, number, name of a part */

/* ---- the key's number in front: seven bits a byte, the low ones first ---- */

static size_t put_number(unsigned char *out, int64_t id)
{
    size_t len = 0;
    uint64_t rest = (uint64_t)id;
    for (; rest >= 0x80; rest >>= 7)
        out[len++] = (unsigned char)(rest | 0x80);
    out[len++] = (unsigned char)rest;
    return len;
}

/* Bytes it takes; 0: there is none. */
static size_t get_number(struct str sealed, int64_t *id)
{
    uint64_t number = 0;
    for (size_t i = 0; i < sealed.len && i < 9; i++) {
        unsigned char byte = (unsigned char)sealed.at[i];
        number |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *id = (int64_t)number;
            return i + 1;
        }
    }
    return 0;
}

int64_t seal_key(struct str sealed)
{
    int64_t id = 0;
    return get_number(sealed, &id) ? id : 0;
}

/* ---- place ---- */

/* Every field with its length, so that no two places give the same bytes. */
static int pack_place(const struct seal_place *place, struct buf *out)
{
    static const char version[] = "rollcall 2";
    int rc = buf_reserve(out, PLACE_ROOM);
    if (!rc)
        rc = buf_append(out, version, sizeof version);
    if (!rc)
        rc = pack_text(out, place->what);
    if (!rc)
        rc = pack_text(out, place->device);
    if (!rc)
        rc = pack_i64(out, place->number);
    return rc ? rc : pack_text(out, place->kind);
}

int seal_damaged(struct store *s, const struct seal_place *place, struct error *err)
{
    return error_set(err, RC_INTEGRITY,
        "%s: %s %lld%s%s%s%s is not what was written there; restore the file from a backup",
        s->path, place->what, (long long)place->number, place->kind ? " " : "",
        place->kind ? place->kind : "", place->device ? " of " : "",
        place->device ? place->device : "");
}

static int no_room(int rc, const struct seal_place *place, struct error *err)
{
    return error_set(err, (enum rc)rc, "%s of %s %lld: %s", place->what,
        place->device ? place->device : "the store", (long long)place->number,
        rc == RC_LIMIT ? "too large" : "out of memory");
}

/* ---- both ways ---- */

static void encrypt(const unsigned char *key, int64_t id, const struct buf *place, struct str plain,
    struct buf *sealed)
{
    unsigned char *out = (unsigned char *)sealed->data + sealed->len, *nonce;
    unsigned long long len = 0;
    nonce = out + put_number(out, id);
    randombytes_buf(nonce, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_BYTES, &len,
        (const unsigned char *)plain.at, plain.len, (const unsigned char *)place->data, place->len,
        NULL, nonce, key);
    sealed->len += (size_t)(nonce - out) + NONCE_BYTES + (size_t)len;
    sealed->data[sealed->len] = '\0';
}

int seal(struct store *s, enum key_use use, const struct seal_place *place, struct str plain,
    struct buf *sealed, struct error *err)
{
    struct buf bound = {.cap = 0};
    int64_t id = 0;
    const unsigned char *key = keyring_newest(s, use, &id);
    if (!key)
        return error_set(err, RC_STORE, "%s: this process has no %s key to write with", s->path,
            key_use_name(use));
    int rc = pack_place(place, &bound);
    if (!rc)
        rc = buf_reserve(sealed, plain.len + SEAL_MOST_EXTRA);
    if (!rc)
        encrypt(key, id, &bound, plain, sealed);
    buf_free(&bound);
    return rc ? no_room(rc, place, err) : RC_OK;
}

/* `len` bytes behind the key's number, at least a nonce and a tag. */
static int decrypt(const unsigned char *key, const struct buf *place, const unsigned char *nonce,
    size_t len, struct buf *plain)
{
    unsigned long long got = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain->data + plain->len, &got,
            NULL, nonce + NONCE_BYTES, len - NONCE_BYTES, (const unsigned char *)place->data,
            place->len, nonce, key))
        return RC_INTEGRITY;
    plain->len += (size_t)got;
    return RC_OK;
}

int unseal(struct store *s, const struct seal_place *place, struct str sealed, struct buf *plain,
    struct error *err)
{
    struct buf bound = {.cap = 0};
    int64_t id = 0;
    size_t skip = get_number(sealed, &id), len = sealed.len - skip;
    const unsigned char *key = skip ? keyring_find(s, id) : NULL;
    if (!key || len < NONCE_BYTES + TAG_BYTES)
        return seal_damaged(s, place, err);
    int rc = pack_place(place, &bound);
    if (!rc)
        rc = buf_reserve(plain, len);
    if (!rc) {
        rc = decrypt(key, &bound, (const unsigned char *)sealed.at + skip, len, plain);
        plain->data[plain->len] = '\0';
    }
    buf_free(&bound);
    if (rc == RC_INTEGRITY)
        return seal_damaged(s, place, err);
    return rc ? no_room(rc, place, err) : RC_OK;
}

/* ---- blind indexes ---- */

static void hash_field(crypto_generichash_state *state, struct str field)
{
    uint64_t len = field.len;
    unsigned char size[8];
    for (size_t i = 0; i < sizeof size; i++)
        size[i] = (unsigned char)(len >> (8 * i));
    crypto_generichash_update(state, size, sizeof size);
    crypto_generichash_update(state, (const unsigned char *)field.at, field.len);
}

int64_t seal_blind(struct store *s, const char *what, const struct str *fields, size_t count)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    int64_t id, number;
    crypto_generichash_init(
        &state, keyring_newest(s, KEY_INDEX, &id), STORE_KEY_BYTES, sizeof hash);
    hash_field(&state, str_of(what));
    for (size_t i = 0; i < count; i++)
        hash_field(&state, fields[i]);
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(&number, hash, sizeof number);
    return number;
}
