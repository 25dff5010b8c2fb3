#include "access/keyblob.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Fingerprint of the first word of `line` that is a key; what stands before and behind it is
 * algorithm and comment. */
static bool read_line(struct str line, struct key_blob *out)
{
    struct str rest = line, word, before = {"", 0};
    while (str_next_word(&rest, &word)) {
        char print[FINGERPRINT_TEXT_SIZE + 16];
        if (word.len >= 20 && ssh_fingerprint(word, print) == RC_OK) {
            snprintf(out->fingerprint, sizeof out->fingerprint, "%s", print);
            out->algorithm = before;
            out->comment = str_trim(rest);
            return true;
        }
        before = word;
    }
    return false;
}

/* The algorithm is the first field of the blob itself (RFC 4253 section 6.6). */
static void name_algorithm(struct str text, struct key_blob *out)
{
    unsigned char head[48];
    size_t len = 0, take = text.len < 60 ? text.len / 4 * 4 : 60;
    if (sodium_base642bin(head, sizeof head, text.at, take, NULL, &len, NULL,
            sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len < 8)
        return;
    size_t size = (size_t)head[2] << 8 | head[3];
    if (size > len - 4 || (out->decoded = strndup((char *)head + 4, size)) == NULL)
        return;
    out->algorithm = str_of(out->decoded);
}

/* ---- DER (X.690), as far as an RSA key goes ---- */

struct der {
    const unsigned char *at;
    size_t len;
};

/* The contents of the next element, if its tag is `tag`. */
static bool take_der(struct der *from, unsigned char tag, struct der *contents)
{
    if (from->len < 2 || from->at[0] != tag)
        return false;
    size_t head = 2, len = from->at[1];
    if (len & 0x80) {
        size_t bytes = len & 0x7f;
        if (bytes == 0 || bytes > 3 || from->len < 2 + bytes)
            return false;
        for (len = 0; head < 2 + bytes; head++)
            len = len << 8 | from->at[head];
    }
    if (len > from->len - head)
        return false;
    *contents = (struct der){from->at + head, len};
    from->at += head + len;
    from->len -= head + len;
    return true;
}

#define DER_INTEGER 0x02
#define DER_BITS 0x03
#define DER_SEQUENCE 0x30

/* RSAPublicKey (RFC 8017 A.1.1), or a SubjectPublicKeyInfo (RFC 5280 4.1.2.7) around one. */
static bool read_rsa(struct der der, struct der *modulus, struct der *exponent)
{
    struct der key, inner, algorithm, bits;
    if (!take_der(&der, DER_SEQUENCE, &key))
        return false;
    inner = key;
    if (take_der(&inner, DER_SEQUENCE, &algorithm)) {
        if (!take_der(&inner, DER_BITS, &bits) || bits.len < 1)
            return false;
        bits = (struct der){bits.at + 1, bits.len - 1}; /* the number of unused bits */
        if (!take_der(&bits, DER_SEQUENCE, &key))
            return false;
    }
    return take_der(&key, DER_INTEGER, modulus) && take_der(&key, DER_INTEGER, exponent);
}

static size_t put_string(unsigned char *out, const void *bytes, size_t len)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (unsigned char)(len >> (24 - 8 * i));
    memcpy(out + 4, bytes, len);
    return 4 + len;
}

/* The blob of RFC 4253 6.6, in base64. */
static void name_rsa(struct der modulus, struct der exponent, struct key_blob *out)
{
    static const char name[] = "ssh-rsa";
    size_t room = sizeof name + modulus.len + exponent.len + 12, len;
    unsigned char *blob = malloc(room);
    size_t text_room = sodium_base64_encoded_len(room, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(text_room), print[FINGERPRINT_TEXT_SIZE + 16];
    if (blob && text) {
        len = put_string(blob, name, sizeof name - 1);
        len += put_string(blob + len, exponent.at, exponent.len);
        len += put_string(blob + len, modulus.at, modulus.len);
        sodium_bin2base64(text, text_room, blob, len, sodium_base64_VARIANT_ORIGINAL);
        if (ssh_fingerprint(str_of(text), print) == RC_OK) {
            snprintf(out->fingerprint, sizeof out->fingerprint, "%s", print);
            out->algorithm = STR("ssh-rsa");
        }
    }
    free(text);
    free(blob);
}

static bool read_hexadecimal(struct str text, struct key_blob *out)
{
    struct der der = {0}, modulus, exponent;
    unsigned char *bytes = malloc(text.len / 2 + 1);
    const char *end = NULL;
    if (bytes &&
        sodium_hex2bin(bytes, text.len / 2 + 1, text.at, text.len, " :\r\n\t", &der.len, &end) ==
            0 &&
        end == text.at + text.len) {
        der.at = bytes;
        if (read_rsa(der, &modulus, &exponent))
            name_rsa(modulus, exponent, out);
    }
    free(bytes);
    return out->fingerprint[0] != '\0';
}

/* `text` from base64, malloc'd; NULL when it is none. */
static char *decode(struct str text, size_t *len)
{
    char *decoded = malloc(text.len + 1);
    if (decoded && sodium_base642bin((unsigned char *)decoded, text.len, text.at, text.len,
                       "\r\n \t", len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0)
        return decoded;
    free(decoded);
    return NULL;
}

int key_blob_each(struct str text, int (*take)(void *ctx, struct str key), void *ctx)
{
    size_t len, count = 0;
    char *decoded = memchr(text.at, '\n', text.len) ? NULL : decode(text, &len);
    struct str rest = decoded ? (struct str){decoded, len} : text, line;
    struct str first = {NULL, 0};
    int rc = RC_OK;
    while (rc >= 0 && str_next_line(&rest, &line)) {
        struct key_blob blob = {.algorithm = {"", 0}, .comment = {"", 0}};
        line = str_trim(line);
        if (line.len == 0 || line.at[0] == '#' || !read_line(line, &blob))
            continue;
        if (count++ == 0) {
            first = line;
            continue;
        }
        if (count == 2)
            rc = take(ctx, first);
        if (rc >= 0)
            rc = take(ctx, line);
    }
    free(decoded);
    return rc < 0 ? rc : count > 1 ? (int)count : 0;
}

void key_blob_read(struct str text, struct key_blob *out)
{
    *out = (struct key_blob){.algorithm = {"", 0}, .comment = {"", 0}};
    text = str_trim(text);
    if (read_line(text, out)) {
        if (out->algorithm.len == 0)
            name_algorithm(text, out);
        return;
    }
    size_t len = 0;
    if (read_hexadecimal(text, out))
        return;
    out->decoded = decode(text, &len);
    if (out->decoded && read_line((struct str){out->decoded, len}, out))
        return;
    text_escape(out->fingerprint, sizeof out->fingerprint, text.at, text.len);
}

void key_blob_free(struct key_blob *b)
{
    free(b->decoded);
    b->decoded = NULL;
}
