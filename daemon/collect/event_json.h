/* An event as the document that is stored, sent and printed (container `event` of
 * models/rollcall-events.yang). */
#ifndef ROLLCALL_COLLECT_EVENT_JSON_H
#define ROLLCALL_COLLECT_EVENT_JSON_H

#include "collect/collect.h"
#include "collect/evidence.h"
#include "diff/diff.h"

#define EVENT_ID_SIZE 33

/* What an event does not know by itself. */
struct event_origin {
    const char *device;
    uint32_t version, previous; /* 0: none */
    const char *state;          /* tells one occurrence from another: the version's digest, or since
                                 * when a device has been silent */
    int64_t seen_us;
    const char *author;        /* by the config's own words, or NULL */
    const struct actor *actor; /* by the word of a notification, which counts for more; or NULL */
    struct redactor *redactor; /* NULL: evidence without text */
};

/* The same for the same event of the same change, however often it is seen; another for every other
 * one, also in another store: 128 bits of BLAKE2b in hex. */
const char *event_id(
    const struct event *event, const struct event_origin *origin, char out[EVENT_ID_SIZE]);

/* The document, malloc'd; NULL when there is no memory. */
char *event_document(const struct event *event, const struct event_origin *origin);

#endif
