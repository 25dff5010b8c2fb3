#include "access/hashed.h"

#include <sodium.h>

unsigned hashed(const void *key, size_t len)
{
    static unsigned char seed[crypto_shorthash_KEYBYTES];
    static bool seeded;
    unsigned char hash[crypto_shorthash_BYTES];
    if (!seeded) {
        randombytes_buf(seed, sizeof seed);
        seeded = true;
    }
    crypto_shorthash(hash, key, len, seed);
    unsigned value;
    memcpy(&value, hash, sizeof value);
    return value;
}
