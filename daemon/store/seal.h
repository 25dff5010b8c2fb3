/* Sealing: what is written so that only a holder of the store's keys reads it, and only where it
 * was put. Private to the store.
 *
 * XChaCha20-Poly1305 under one of the store's keys (keyring.h). A sealed thing begins with the
 * number of its key, so that every column carries its own. */
#ifndef ROLLCALL_STORE_SEAL_H
#define ROLLCALL_STORE_SEAL_H

#include "base/buf.h"
#include "base/error.h"
#include "store/keyring.h"

/* What a sealed thing grows by, at most. */
#define SEAL_MOST_EXTRA ((size_t)10 + 24 + 16)

/* Where a sealed thing belongs: moved to another place it does not open. */
struct seal_place {
    const char *what;   /* table, or table and column */
    const char *device; /* name, or NULL */
    int64_t number;     /* version, seq, row, ... */
    const char *kind;   /* part, ..., or NULL */
};

/* Both append. unseal() is RC_INTEGRITY for anything that was not sealed at this place, and leaves
 * `plain` as it was. */
int seal(struct store *s, enum key_use use, const struct seal_place *place, struct str plain,
    struct buf *sealed, struct error *err);
int unseal(struct store *s, const struct seal_place *place, struct str sealed, struct buf *plain,
    struct error *err);

/* The key `sealed` is under, without opening it; 0: it is no sealed thing. */
int64_t seal_key(struct str sealed);

/* A number that is the same for the same fields and says nothing of them to who has no key: for an
 * INTEGER column that is searched by. 64 bits: hold what is found against what was meant where a
 * collision would matter. */
int64_t seal_blind(struct store *s, const char *what, const struct str *fields, size_t count);

#define BLIND(s, what, ...)                                                                        \
    seal_blind((s), (what), (const struct str[]){__VA_ARGS__},                                     \
        sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

/* "rollcall 2: WHAT of DEVICE is not what was written there": RC_INTEGRITY, for who finds damage
 * behind a seal. */
int seal_damaged(struct store *s, const struct seal_place *place, struct error *err);

#endif
