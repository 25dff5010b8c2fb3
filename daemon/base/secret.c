#include "base/secret.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct secret {
    size_t len;
    char value[];
};

struct secret *secret_from(struct str value)
{
    if (sodium_init() < 0)
        return NULL;
    /* sodium_malloc() puts the end of the block at a page's end: only a rounded size is aligned */
    size_t align = _Alignof(struct secret);
    struct secret *s = sodium_malloc((sizeof *s + value.len + align) / align * align);
    if (!s)
        return NULL;
    s->len = value.len;
    if (value.len)
        memcpy(s->value, value.at, value.len);
    s->value[value.len] = '\0';
    return s;
}

struct str secret_value(const struct secret *s)
{
    return s ? (struct str){s->value, s->len} : (struct str){"", 0};
}

void secret_free(struct secret *s)
{
    sodium_free(s); /* zeroes; accepts NULL */
}

const char *fingerprint_text(const unsigned char key[FINGERPRINT_KEY_BYTES], struct str value,
    char out[FINGERPRINT_TEXT_SIZE])
{
    unsigned char hash[16];
    crypto_generichash(
        hash, sizeof hash, (const unsigned char *)value.at, value.len, key, FINGERPRINT_KEY_BYTES);
    memcpy(out, "k1:", 3);
    sodium_bin2base64(out + 3, FINGERPRINT_TEXT_SIZE - 3, hash, sizeof hash,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return out;
}

/* An OpenSSH key blob is a list of length-prefixed fields; the first is the algorithm
 * (RFC 4253 section 6.6). */
static int is_key_blob(const unsigned char *blob, size_t len)
{
    size_t fields = 0;
    for (size_t at = 0; at < len; fields++) {
        if (len - at < 4)
            return 0;
        size_t size = (size_t)blob[at] << 24 | (size_t)blob[at + 1] << 16 |
                      (size_t)blob[at + 2] << 8 | blob[at + 3];
        if (size > len - at - 4)
            return 0;
        at += 4 + size;
    }
    return fields >= 2;
}

int ssh_fingerprint(struct str base64, char out[FINGERPRINT_TEXT_SIZE + 16])
{
    size_t room = base64.len / 4 * 3 + 3, len = 0;
    const char *end = NULL;
    unsigned char *blob = malloc(room);
    if (!blob)
        return RC_NO_MEMORY;
    int rc = RC_FORMAT;
    /* padding is optional here: devices cut it */
    while (base64.len > 0 && base64.at[base64.len - 1] == '=')
        base64.len--;
    if (sodium_base642bin(blob, room, base64.at, base64.len, " \t\r\n", &len, &end,
            sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
        end == base64.at + base64.len && is_key_blob(blob, len)) {
        unsigned char hash[crypto_hash_sha256_BYTES];
        crypto_hash_sha256(hash, blob, len);
        memcpy(out, "SHA256:", 7);
        sodium_bin2base64(out + 7, FINGERPRINT_TEXT_SIZE + 9, hash, sizeof hash,
            sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        rc = RC_OK;
    }
    free(blob);
    return rc;
}
