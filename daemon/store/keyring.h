/* The store's keys. Private to the store.
 *
 * They lie in table `key`, wrapped in table `wrap` under a master key that the store never has: it
 * asks for it when it unwraps, and forgets it. A process holds the keys of the uses it was opened
 * with. */
#ifndef ROLLCALL_STORE_KEYRING_H
#define ROLLCALL_STORE_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

/* Values of key.use: they are in files, so none ever changes. */
enum key_use {
    KEY_CONFIG = 1, /* texts: blobs */
    KEY_RECORD,     /* entries and sealed columns */
    KEY_FINGERPRINT,
    KEY_SIGN,  /* Ed25519 seed */
    KEY_INDEX, /* blind indexes; made from the first record key, and never another one */
    KEY_USES
};

const char *key_use_name(enum key_use use);

/* Which master wrapped a key. */
#define MASTER_ID_BYTES 16
void master_id(const unsigned char master[STORE_KEY_BYTES], unsigned char id[MASTER_ID_BYTES]);

/* All keys of a store that has none, in the transaction that makes its tables. `migrated`: it has
 * fingerprints already, made with the master key itself as schema 1 did: that stays their key.
 * They are at hand afterwards. */
int keyring_create(struct store *s, bool migrated, struct error *err);

/* Have the keys of s->keys->uses at hand: at open. RC_SETTINGS: the master key is another store's.
 * RC_INTEGRITY: the master key is the right one, but what it wrapped is damaged. */
int keyring_open(struct store *s, struct error *err);
/* Again, if another process has made a key since: when a write transaction begins. */
int keyring_refresh(struct store *s, struct error *err);
void keyring_close(struct store *s); /* forgets them */

/* A key at hand: the newest of its use (a later one is only for reading), or NULL. Valid until the
 * next call that may refresh. */
const unsigned char *keyring_newest(const struct store *s, enum key_use use, int64_t *id);
/* One that something was sealed with; refreshes when it is not known. NULL: no such key. */
const unsigned char *keyring_find(struct store *s, int64_t id);

/* Both RC_STORE when the store was not opened with that use. */
int keyring_sign_seed(struct store *s, unsigned char seed[STORE_KEY_BYTES], struct error *err);

/* ---- for rotation (rotate.c) ---- */

/* Make a key of this use and wrap it. */
int keyring_add(struct store *s, const unsigned char master[STORE_KEY_BYTES], enum key_use use,
    const unsigned char key[STORE_KEY_BYTES], struct error *err);
/* All keys at hand under `master` too: RC_STORE when they are not all that live. */
int keyring_wrap_all(
    struct store *s, const unsigned char master[STORE_KEY_BYTES], struct error *err);
/* Have the master key, checked to be this store's. Wipe it afterwards. */
int keyring_master(struct store *s, unsigned char master[STORE_KEY_BYTES], struct error *err);

#endif
