/* Notes, heads and public keys. */
#include "evidence/head.h"

#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>

#include "base/clock.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define KEY_ID_BYTES 4
#define ED25519 1 /* the signature type of notes */
#define DASH "\xe2\x80\x94 "
#define NAME "rollcall/"

/* What stands in front of an Ed25519 key in SubjectPublicKeyInfo: SEQUENCE { SEQUENCE { OID
 * 1.3.101.112 } BIT STRING { 0 unused bits, key } }. */
static const unsigned char spki[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

struct note_signature {
    unsigned char id[KEY_ID_BYTES];
    unsigned char signature[crypto_sign_BYTES];
};

static bool from_base64(struct str text, unsigned char *out, size_t size)
{
    size_t got;
    const char *end;
    return sodium_base642bin(out, size, text.at, text.len, NULL, &got, &end, BASE64) == 0 &&
           got == size && end == text.at + text.len;
}

static int add_base64(struct buf *out, const unsigned char *bytes, size_t size)
{
    char text[sodium_base64_ENCODED_LEN(128, BASE64)];
    return buf_add(out, sodium_bin2base64(text, sizeof text, bytes, size, BASE64));
}

/* ---- keys ---- */

void sign_public(
    const unsigned char seed[SIGN_SEED_BYTES], unsigned char public_key[SIGN_PUBLIC_BYTES])
{
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key, secret, seed);
    sodium_memzero(secret, sizeof secret);
}

static void key_id(const struct log_key *key, unsigned char id[KEY_ID_BYTES])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)NAME, strlen(NAME));
    crypto_hash_sha256_update(&state, (const unsigned char *)key->log, strlen(key->log));
    crypto_hash_sha256_update(&state, (const unsigned char *)"\n\1", 2);
    crypto_hash_sha256_update(&state, key->public_key, SIGN_PUBLIC_BYTES);
    crypto_hash_sha256_final(&state, hash);
    memcpy(id, hash, KEY_ID_BYTES);
}

int key_text(const struct log_key *key, struct buf *out)
{
    unsigned char id[KEY_ID_BYTES], typed[1 + SIGN_PUBLIC_BYTES] = {ED25519};
    char hex[2 * KEY_ID_BYTES + 1];
    key_id(key, id);
    memcpy(typed + 1, key->public_key, SIGN_PUBLIC_BYTES);
    int rc =
        buf_format(out, NAME "%s+%s+", key->log, sodium_bin2hex(hex, sizeof hex, id, sizeof id));
    return rc ? rc : add_base64(out, typed, sizeof typed);
}

#define PEM_BEGIN "-----BEGIN PUBLIC KEY-----\n"
#define PEM_END "\n-----END PUBLIC KEY-----\n"

int key_pem(const struct log_key *key, struct buf *out)
{
    unsigned char der[sizeof spki + SIGN_PUBLIC_BYTES];
    memcpy(der, spki, sizeof spki);
    memcpy(der + sizeof spki, key->public_key, SIGN_PUBLIC_BYTES);
    int rc = buf_add(out, PEM_BEGIN);
    if (!rc)
        rc = add_base64(out, der, sizeof der);
    return rc ? rc : buf_add(out, PEM_END);
}

static bool parse_pem(struct str text, struct log_key *out)
{
    unsigned char der[sizeof spki + SIGN_PUBLIC_BYTES];
    struct str line, rest = text;
    if (!str_next_line(&rest, &line) || !str_is(line, "-----BEGIN PUBLIC KEY-----") ||
        !str_next_line(&rest, &line) || !from_base64(line, der, sizeof der) ||
        memcmp(der, spki, sizeof spki) != 0 || !str_next_line(&rest, &line) ||
        !str_is(line, "-----END PUBLIC KEY-----"))
        return false;
    out->log[0] = '\0';
    memcpy(out->public_key, der + sizeof spki, SIGN_PUBLIC_BYTES);
    return str_trim(rest).len == 0;
}

/* "rollcall/" and 32 lower-case hex digits. */
static bool parse_name(struct str name, char log[LOG_ID_SIZE])
{
    if (!str_starts(name, NAME) || name.len != LOG_NAME_SIZE - 1)
        return false;
    memcpy(log, name.at + strlen(NAME), LOG_ID_SIZE - 1);
    log[LOG_ID_SIZE - 1] = '\0';
    return strspn(log, "0123456789abcdef") == LOG_ID_SIZE - 1;
}

/* The piece of `*rest` up to `end`, which is dropped. False when it is not there. */
static bool cut(struct str *rest, char end, struct str *piece)
{
    const char *found = rest->len ? memchr(rest->at, end, rest->len) : NULL;
    if (!found)
        return false;
    *piece = (struct str){rest->at, (size_t)(found - rest->at)};
    rest->len -= piece->len + 1;
    rest->at = found + 1;
    return true;
}

static bool parse_key_text(struct str text, struct log_key *out)
{
    struct str name, id;
    unsigned char typed[1 + SIGN_PUBLIC_BYTES], want[KEY_ID_BYTES];
    char hex[2 * KEY_ID_BYTES + 1];
    if (!cut(&text, '+', &name) || !cut(&text, '+', &id) || !parse_name(name, out->log) ||
        !from_base64(text, typed, sizeof typed) || typed[0] != ED25519)
        return false;
    memcpy(out->public_key, typed + 1, SIGN_PUBLIC_BYTES);
    key_id(out, want);
    return str_is(id, sodium_bin2hex(hex, sizeof hex, want, sizeof want));
}

int key_parse(struct str text, struct log_key *out, struct error *err)
{
    *out = (struct log_key){0};
    text = str_trim(text);
    if (parse_pem(text, out) || parse_key_text(text, out))
        return RC_OK;
    return error_set(err, RC_FORMAT,
        "this is no public key of a log; it reads rollcall/LOG+ID+KEY, or is an Ed25519 key in "
        "PEM");
}

/* ---- notes ---- */

int note_sign(const char log[LOG_ID_SIZE], const unsigned char seed[SIGN_SEED_BYTES],
    struct str text, struct buf *note)
{
    struct log_key key;
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    struct note_signature signature;
    memcpy(key.log, log, LOG_ID_SIZE);
    crypto_sign_seed_keypair(key.public_key, secret, seed);
    key_id(&key, signature.id);
    crypto_sign_detached(
        signature.signature, NULL, (const unsigned char *)text.at, text.len, secret);
    sodium_memzero(secret, sizeof secret);
    int rc = buf_add_str(note, text);
    if (!rc)
        rc = buf_format(note, "\n" DASH NAME "%s ", log);
    if (!rc)
        rc = add_base64(note, (const unsigned char *)&signature, sizeof signature);
    return rc ? rc : buf_add_char(note, '\n');
}

static int no_note(struct error *err, const char *why)
{
    return error_set(err, RC_FORMAT, "this is no signed note: %s", why);
}

/* Texts and signature lines: the last empty line parts them. */
static int split_note(struct str note, struct str *text, struct str *signatures, struct error *err)
{
    if (note.len > NOTE_MOST_BYTES)
        return no_note(err, "it is too long");
    if (!utf8_valid(note.at, note.len))
        return no_note(err, "it is not UTF-8");
    for (size_t i = 0; i < note.len; i++)
        if ((unsigned char)note.at[i] < 0x20 && note.at[i] != '\n')
            return no_note(err, "it has a control character");
    const char *end = NULL;
    for (size_t i = 0; i + 1 < note.len; i++)
        if (note.at[i] == '\n' && note.at[i + 1] == '\n')
            end = note.at + i + 1;
    if (!end)
        return no_note(err, "no empty line stands before its signatures");
    *text = (struct str){note.at, (size_t)(end - note.at)};
    *signatures = (struct str){end + 1, note.len - text->len - 1};
    return RC_OK;
}

/* One line: dash, name, base64 of a key id and a signature. Those of other kinds of keys have other
 * lengths: `ours` is false then. */
static bool parse_signature(
    struct str line, struct str *name, struct note_signature *out, bool *ours)
{
    unsigned char any[NOTE_MOST_BYTES / 1024];
    size_t got;
    const char *end;
    if (!str_starts(line, DASH))
        return false;
    line.at += strlen(DASH);
    line.len -= strlen(DASH);
    if (!cut(&line, ' ', name) || name->len == 0 || memchr(name->at, '+', name->len))
        return false;
    if (sodium_base642bin(any, sizeof any, line.at, line.len, NULL, &got, &end, BASE64) != 0 ||
        end != line.at + line.len || got <= KEY_ID_BYTES)
        return false;
    *ours = got == sizeof *out;
    if (*ours)
        memcpy(out, any, sizeof *out);
    return true;
}

/* Which log the key is of: the one it says, or, of a key that says none, the one the note says. */
static bool is_name_of(struct str name, const struct log_key *key, struct log_key *named)
{
    *named = *key;
    if (key->log[0])
        return name.len == LOG_NAME_SIZE - 1 && str_starts(name, NAME) &&
               memcmp(name.at + strlen(NAME), key->log, LOG_ID_SIZE - 1) == 0;
    return parse_name(name, named->log);
}

static bool signed_with(const struct note_signature *s, struct str name, const struct log_key *key)
{
    struct log_key named;
    unsigned char id[KEY_ID_BYTES];
    if (!is_name_of(name, key, &named))
        return false;
    key_id(&named, id);
    return memcmp(id, s->id, KEY_ID_BYTES) == 0;
}

int note_open(struct str note, const struct log_key *key, struct str *text, struct error *err)
{
    struct str rest, line, name, found;
    int rc = split_note(note, &found, &rest, err);
    if (rc)
        return rc;
    struct note_signature signature, mine;
    bool have = false, ours;
    size_t count = 0;
    while (rest.len) {
        if (!cut(&rest, '\n', &line) || !parse_signature(line, &name, &signature, &ours))
            return no_note(err, "a signature line has not the form of one");
        if (++count > NOTE_MOST_SIGNATURES)
            return no_note(err, "it has too many signatures");
        if (!have && ours && signed_with(&signature, name, key)) {
            mine = signature;
            have = true;
        }
    }
    if (count == 0)
        return no_note(err, "it has no signature");
    *text = found;
    if (!have)
        return error_set(err, RC_NOT_FOUND, "it is not signed with this key");
    if (crypto_sign_verify_detached(
            mine.signature, (const unsigned char *)found.at, found.len, key->public_key) != 0)
        return error_set(
            err, RC_INTEGRITY, "the signature is not of this text: one of them was changed");
    return RC_OK;
}

/* ---- heads ---- */

int head_sign(const struct head *head, const unsigned char seed[SIGN_SEED_BYTES], struct buf *note)
{
    char when[TIME_TEXT_SIZE];
    struct buf text = {.cap = 4096};
    int rc = buf_format(&text, NAME "%s\n%" PRIu64 "\n", head->log, head->size);
    if (!rc)
        rc = add_base64(&text, head->root.bytes, MERKLE_BYTES);
    if (!rc)
        rc = buf_format(&text, "\ntime %s\n", time_format(head->time_us, when));
    if (!rc)
        rc = note_sign(head->log, seed, buf_str(&text), note);
    buf_free(&text);
    return rc;
}

/* Decimal without a sign and without zeros in front. */
static bool parse_size(struct str text, uint64_t *out)
{
    if (text.len == 0 || text.len > 19 || (text.at[0] == '0' && text.len > 1))
        return false;
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit((unsigned char)text.at[i]))
            return false;
        *out = *out * 10 + (uint64_t)(text.at[i] - '0');
    }
    return true;
}

/* "time " and exactly what time_format() writes. */
static bool parse_time(struct str line, int64_t *out)
{
    char word[TIME_TEXT_SIZE], again[TIME_TEXT_SIZE];
    if (!str_starts(line, "time ") || line.len - 5 >= sizeof word)
        return false;
    memcpy(word, line.at + 5, line.len - 5);
    word[line.len - 5] = '\0';
    return isdigit((unsigned char)word[0]) && time_parse(word, 0, out, NULL) == 0 &&
           strcmp(word, time_format(*out, again)) == 0;
}

static int parse_text(struct str text, struct head *out, struct error *err)
{
    struct str name, size, root, time;
    bool good = cut(&text, '\n', &name) && cut(&text, '\n', &size) && cut(&text, '\n', &root) &&
                cut(&text, '\n', &time) && text.len == 0 && parse_name(name, out->log) &&
                parse_size(size, &out->size) && from_base64(root, out->root.bytes, MERKLE_BYTES) &&
                parse_time(time, &out->time_us);
    return good ? RC_OK : error_set(err, RC_FORMAT, "this note is no head of a rollcall log");
}

int head_parse(struct str note, struct head *out, struct error *err)
{
    struct str text, signatures;
    *out = (struct head){0};
    int rc = split_note(note, &text, &signatures, err);
    return rc ? rc : parse_text(text, out, err);
}

int head_open(struct str note, const struct log_key *key, struct head *out, struct error *err)
{
    struct str text;
    *out = (struct head){0};
    int rc = note_open(note, key, &text, err);
    if (!rc)
        rc = parse_text(text, out, err);
    if (!rc && key->log[0] && strcmp(key->log, out->log) != 0)
        rc = error_set(err, RC_INTEGRITY, "it is the head of log %s; the key is of log %s",
            out->log, key->log);
    return rc;
}
