#include "cli/past.h"

#include <stdlib.h>
#include <string.h>

const char *since_text(const struct since *since, char out[SINCE_SIZE])
{
    char time[TIME_TEXT_SIZE];
    snprintf(out, SINCE_SIZE, "%s%s%s", since->doubtful ? "~" : "", since->at_least ? "<" : "",
        time_format(since->at_us / 1000000 * 1000000, time));
    return out;
}

const char *version_note(const struct store_version *v)
{
    static const char *const notes[2][2] = {
        {NULL, "time doubtful"}, {"pruned", "pruned, time doubtful"}};
    return notes[v->pruned][v->doubtful];
}

struct search {
    const char *name;
    bool known;
    char *nearest;
};

static int compare_device(void *ctx, const struct store_device *d)
{
    struct search *search = ctx;
    search->known |= strcmp(d->device, search->name) == 0;
    const char *names[] = {search->nearest ? search->nearest : d->device, d->device};
    const char *near = text_nearest(search->name, names, 2);
    if (near && near != search->nearest) {
        free(search->nearest);
        search->nearest = strdup(near);
    }
    return search->known;
}

/* Versions that there are. */
struct span {
    uint32_t first, last;
    int64_t since_us;
};

static int stretch(void *ctx, const struct store_version *v)
{
    struct span *span = ctx;
    if (!span->last)
        span->last = v->number;
    span->first = v->number;
    span->since_us = v->created_us;
    return 0;
}

static int unknown_device(const struct search *search, struct error *err)
{
    return error_set(err, RC_NOT_FOUND, "nothing is known of \"%s\"%s%s%s; see: rollcall status",
        search->name, search->nearest ? "; did you mean \"" : "",
        search->nearest ? search->nearest : "", search->nearest ? "\"?" : "");
}

static int explain_versions(
    struct cli *cli, const char *device, uint32_t number, int64_t at_us, struct error *err)
{
    struct span span = {0};
    struct error why = ERROR_INIT;
    char first[TIME_TEXT_SIZE], when[TIME_TEXT_SIZE];
    int rc = store_history(cli->store, device, stretch, &span, &why);
    if (rc) {
        *err = why;
        return rc;
    }
    if (span.last && at_us && at_us < span.since_us)
        error_set(err, RC_NOT_FOUND, "nothing is known of %s at %s: it was first read at %s",
            device, time_format(at_us, when), time_format(span.since_us, first));
    else if (span.last && number)
        error_set(err, RC_NOT_FOUND,
            "%s has no version %u; it has %u to %u, see: rollcall history %s", device, number,
            span.first, span.last, device);
    return RC_NOT_FOUND;
}

int past_explain(
    struct cli *cli, int rc, const char *device, uint32_t number, int64_t at_us, struct error *err)
{
    struct search search = {.name = device};
    struct error why = ERROR_INIT;
    if (rc != RC_NOT_FOUND)
        return rc;
    rc = store_devices(cli->store, NULL, compare_device, &search, &why);
    if (rc)
        *err = why;
    else if (!search.known)
        rc = unknown_device(&search, err);
    else
        rc = explain_versions(cli, device, number, at_us, err);
    free(search.nearest);
    return rc;
}
