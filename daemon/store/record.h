/* A version's entry in the log. Private to the store. */
#ifndef ROLLCALL_STORE_RECORD_H
#define ROLLCALL_STORE_RECORD_H

#include <jansson.h>

#include "store/sql.h"

/* One that is to be written. */
struct record {
    int64_t device; /* row */
    const char *device_name;
    uint32_t number;
    int64_t created_us, seen_us;
    bool doubtful;
    int64_t changed_us; /* 0: not known */
    const char *platform, *digest, *author;
    const char *imported_json; /* or NULL */
    const struct store_part *parts;
    size_t part_count;
    const char *access_json;
    const struct store_account *const *accounts; /* sorted */
    size_t account_count;
    uint32_t event_count;
    int worst_severity;
};

/* Write its blobs, its entry and its rows. Gives the entry's number. */
int record_put(struct store *s, const struct record *record, uint64_t *seq, struct error *err);

/* The document of version `seq` of a device. Release with json_decref(). RC_NOT_FOUND (without
 * text): the entry was pruned. */
int record_read(
    struct store *s, int64_t seq, const char *device, json_t **document, struct error *err);
/* What a document says, as views into it; numbers and times that rows have are left alone. */
void record_view(const json_t *document, struct store_version *out);
/* Name of the part at `position`; NULL: there is none. */
const char *record_part(const json_t *document, size_t position);

#endif
