#include "watch/fleet.h"

#include <stdlib.h>

#include "watch/lessons.h"

/* A device on its way through a collector. */
struct errand {
    struct errand *next;
    struct fleet *fleet;
    const struct device *device;
    struct collection *collection;
};

struct fleet {
    struct pool *pool;
    struct collect *c;
    const struct fleet_listener *listener;
    struct fleet_tally *tally;
    struct errand *errands;
    struct lessons *lessons;
    int rc; /* what ends it all */
    struct error *err;
};

static bool ends_it_all(int rc)
{
    return rc == RC_STORE || rc == RC_INTEGRITY || rc == RC_NO_MEMORY;
}

static void give_up(struct fleet *f, int rc, const struct error *why)
{
    if (f->rc)
        return;
    f->rc = rc;
    if (f->err)
        *f->err = *why;
}

static void tell(struct fleet *f, const struct device *device, const struct collect_report *report)
{
    f->tally->done++;
    f->tally->failed += report->failure.code != RC_OK;
    if (f->listener->finished)
        f->listener->finished(f->listener->ctx, device, report);
}

static void tell_failure(struct fleet *f, const struct device *device, const struct error *why)
{
    const struct collect_report report = {.failure = *why};
    tell(f, device, &report);
}

static void errand_free(struct errand *errand)
{
    struct errand **at = &errand->fleet->errands;
    while (*at != errand)
        at = &(*at)->next;
    *at = errand->next;
    free(errand);
}

static void errand_finish(void *ctx, void *tag, struct result *result)
{
    struct fleet *f = ctx;
    struct errand *errand = tag;
    struct collect_report report;
    struct error err = ERROR_INIT;
    int rc = collect_end(errand->collection, result, &report, &err);
    tell(f, errand->device, &report);
    if (ends_it_all(rc))
        give_up(f, rc, &err);
    errand_free(errand);
}

static void errand_ended(void *ctx, void *tag, struct result *result)
{
    struct fleet *f = ctx;
    if (lessons_took(f->lessons, tag, result))
        return;
    struct errand *errand = tag;
    if (!lessons_hold(f->lessons, errand->collection, result, errand))
        errand_finish(f, errand, result);
}

/* RC_BUSY: another process is at it. */
static int errand_start(struct fleet *f, const struct device *device)
{
    struct error err = ERROR_INIT;
    struct errand *errand = calloc(1, sizeof *errand);
    if (!errand)
        return f->rc = error_set(f->err, RC_NO_MEMORY, "no memory for one more device");
    *errand = (struct errand){.next = f->errands, .fleet = f, .device = device};
    f->errands = errand;
    int rc = collect_begin(f->c, device, &errand->collection, &err);
    if (rc) {
        errand_free(errand);
        if (ends_it_all(rc))
            give_up(f, rc, &err);
        else if (rc != RC_BUSY)
            tell_failure(f, device, &err);
        return rc;
    }
    if (f->listener->started)
        f->listener->started(f->listener->ctx, device);
    rc = pool_start(f->pool, device->name, collection_job(errand->collection), errand, &err);
    if (rc == RC_CRASH || ends_it_all(rc)) {
        give_up(f, rc, &err);
    } else if (rc) {
        struct result *result = calloc(1, sizeof *result);
        if (result) {
            result->failure = err;
            errand_finish(f, errand, result);
        }
    }
    return rc;
}

static void drop_errands(struct fleet *f)
{
    pool_drop(f->pool);
    lessons_free(f->lessons);
    while (f->errands) {
        collection_free(f->errands->collection);
        errand_free(f->errands);
    }
}

int fleet_collect(struct pool *pool, struct collect *c, const struct device *const *devices,
    size_t count, unsigned at_once, const struct fleet_listener *listener,
    const volatile sig_atomic_t *stop, struct fleet_tally *tally, struct error *err)
{
    static const struct fleet_listener silent = {0};
    struct fleet f = {.pool = pool,
        .c = c,
        .listener = listener ? listener : &silent,
        .tally = tally,
        .err = err};
    const struct device **busy = calloc(count + 1, sizeof *busy);
    size_t next = 0, busy_count = 0;
    *tally = (struct fleet_tally){0};
    if (!busy || lessons_new(pool, errand_finish, &f, &f.lessons, NULL)) {
        free(busy);
        return error_set(err, RC_NO_MEMORY, "no memory for %zu devices", count);
    }
    while (!f.rc && !(stop && *stop) && (next < count || pool_running(pool))) {
        while (!f.rc && next < count && pool_running(pool) < (at_once ? at_once : 1)) {
            const struct device *device = devices[next++];
            if (errand_start(&f, device) == RC_BUSY)
                busy[busy_count++] = device;
        }
        if (!f.rc)
            pool_wait(pool, -1, errand_ended, &f);
    }
    for (size_t i = 0; i < busy_count && !f.rc && !(stop && *stop); i++) {
        struct error held = ERROR_INIT;
        if (errand_start(&f, busy[i]) == RC_BUSY)
            tell_failure(&f, busy[i],
                (error_set(&held, RC_BUSY, "another process is collecting it"), &held));
        while (!f.rc && pool_running(pool) && !(stop && *stop))
            pool_wait(pool, -1, errand_ended, &f);
    }
    free(busy);
    drop_errands(&f);
    return f.rc || !(stop && *stop) ? f.rc : error_set(err, RC_BUSY, "stopped before the end");
}
