/* A master key for stores in tests. */
#ifndef ROLLCALL_TESTS_STORE_KEYS_H
#define ROLLCALL_TESTS_STORE_KEYS_H

#include <string.h>

#include "store/store.h"

static inline int test_master(void *ctx, unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    (void)err;
    memset(key, ctx ? *(const unsigned char *)ctx : 42, STORE_KEY_BYTES);
    return 0;
}

static const struct store_keys test_keys = {
    .master = test_master, .source = "the key of the tests", .uses = STORE_KEYS_ALL};

#endif
