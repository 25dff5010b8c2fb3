/* An entry of the log: its leaf, and how its document is kept. Private to the store. */
#ifndef ROLLCALL_STORE_ENTRY_H
#define ROLLCALL_STORE_ENTRY_H

#include "store/sql.h"

#define ENTRY_MOST_BYTES ((size_t)64 << 20)

/* RFC 3339 in UTC, always with six digits of a second: what stands in leaves and documents. */
const char *entry_time(int64_t time_us, char out[TIME_TEXT_SIZE]);

/* {"kind":KIND,"time":TIME,"device":DEVICE,"document":DOCUMENT}, appended: exactly these bytes are
 * what the leaf's hash is made of. `device` is valid UTF-8, or NULL: left out. `document` gets
 * where the document begins in `leaf`. */
int entry_leaf(enum entry_kind kind, int64_t time_us, const char *device, struct str document,
    struct buf *leaf, size_t *document_at);

/* The document, small: append it to `body`, which is then sealed. */
int entry_pack(struct store *s, struct str document, struct buf *body, struct error *err);
/* Back again, appended. RC_INTEGRITY (without text): that was not made by entry_pack(). */
int entry_unpack(struct store *s, struct str body, struct buf *document);

void entry_codec_free(struct store *s);

#endif
