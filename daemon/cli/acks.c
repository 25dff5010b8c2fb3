#include "cli/acks.h"

#include <stdlib.h>

struct acks {
    json_t *by_event;
    bool full; /* no memory */
};

static int keep(void *ctx, const struct store_log_entry *entry)
{
    struct acks *acks = ctx;
    char at[TIME_TEXT_SIZE];
    json_t *document = json_loadb(entry->document.at, entry->document.len, 0, NULL);
    const char *event = json_string_value(json_object_get(document, "event"));
    json_t *note = json_object_get(document, "note");
    /* they come newest first, and the first one counts */
    if (event) {
        json_t *ack = json_pack("{s:O,s:s,s:O*}", "user", json_object_get(document, "user"), "at",
            time_format(entry->time_us, at), "note", note);
        acks->full |= json_object_set_new(acks->by_event, event, ack) != 0;
    }
    json_decref(document);
    return acks->full;
}

int acks_load(struct cli *cli, struct acks **out, struct error *err)
{
    const struct store_log_query query = {.kinds = 1U << ENTRY_ACKNOWLEDGEMENT};
    struct acks *acks = calloc(1, sizeof *acks);
    if (acks)
        acks->by_event = json_object();
    int rc =
        acks && acks->by_event ? store_log_find(cli->store, &query, keep, acks, err) : RC_NO_MEMORY;
    if (rc == RC_NO_MEMORY || (rc == RC_OK && acks->full))
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc)
        acks_free(acks);
    else
        *out = acks;
    return rc;
}

void acks_free(struct acks *acks)
{
    if (!acks)
        return;
    json_decref(acks->by_event);
    free(acks);
}

json_t *acks_find(const struct acks *acks, const char *event)
{
    return event ? json_object_get(acks->by_event, event) : NULL;
}
