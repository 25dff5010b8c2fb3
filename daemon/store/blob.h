/* Texts of configs and access trees: compressed against the version before, sealed. Private to the
 * store.
 *
 * A blob belongs to one device, to the version it was first stored with, and to one part. It is a
 * whole zstd frame, or one that needs the text of its `base` (an older blob of the same part) as
 * prefix. Reading goes along the bases; how far that may be is bounded when a blob is written. */
#ifndef ROLLCALL_STORE_BLOB_H
#define ROLLCALL_STORE_BLOB_H

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

#define BLOB_SALT_BYTES 16

/* Most bases behind each other, and most bytes that are decompressed on the way to a text: a config
 * of 26 KB at the end of the longest chain is read in 2 milliseconds. */
#define BLOB_MOST_DEPTH 127
#define BLOB_MOST_CHAIN_BYTES ((size_t)4 << 20)

struct blob_owner {
    int64_t device; /* row */
    const char *device_name;
    uint32_t number;  /* version */
    const char *part; /* "running", ..., "access" for the tree */
    int64_t base;     /* blob of the same part in the version before; 0: there is none */
};

/* Store `text`, unless the device has had it as this part before; gives its row, and the salt of
 * its lines (contract of evidence/lines.h): that of the version it was first stored with. */
int blob_put(struct store *s, const struct blob_owner *owner, struct str text, int64_t *id,
    unsigned char salt[BLOB_SALT_BYTES], struct error *err);

/* The text, appended. `part`: what it must be a text of; NULL: whatever it is. `salt` may be NULL.
 * RC_INTEGRITY for whatever is not as it was written, naming device and version. */
int blob_get(struct store *s, int64_t id, const char *part, struct buf *text,
    unsigned char salt[BLOB_SALT_BYTES], struct error *err);

/* Whether the blob is this text of this part, by keyed hash: without reading the text. */
int blob_same(
    struct store *s, int64_t id, const char *part, struct str text, bool *same, struct error *err);

/* Write a blob anew, against `base` (an older one of the same device and part; 0: none) or whole
 * where the bounds want that: its base is going away. What was built on it stays right. */
int blob_rebase(struct store *s, int64_t id, int64_t base, struct error *err);

/* Forget texts that are kept to build on. */
void blob_forget(struct store *s);

#endif
