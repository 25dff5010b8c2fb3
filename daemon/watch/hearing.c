#include "watch/hearing.h"

#include <stdlib.h>

#include "base/log.h"
#include "collect/job.h"
#include "watch/listeners.h"

struct hearing {
    struct hearing_setup setup;
    struct listeners *listeners;
};

static int64_t now_us(void)
{
    return clock_now_us(&clock_system);
}

int hearing_open(int zygote, struct hearing **out, struct error *err)
{
    struct hearing *h = calloc(1, sizeof *h);
    if (!h)
        return error_set(err, RC_NO_MEMORY, "no memory for listeners");
    int rc = listeners_open(zygote, &clock_system, &h->listeners, err);
    if (rc)
        free(h);
    else
        *out = h;
    return rc;
}

void hearing_close(struct hearing *h)
{
    if (!h)
        return;
    listeners_close(h->listeners);
    free(h);
}

/* ---- which ---- */

static bool is_listened_to(const struct device *device)
{
    return device->protocol == DRIVER_NETCONF && device->netconf.notifications &&
           !device->jump_only;
}

static bool is_wanted(void *ctx, const char *name)
{
    const struct hearing *h = ctx;
    const struct device *device = settings_device(h->setup.settings, name);
    return device && is_listened_to(device);
}

static void write_hop(struct buf *way, struct buf *credentials, const struct device *hop)
{
    buf_format(way, "%s:%u,", hop->address, (unsigned)hop->port);
    buf_format(credentials, "%s,", hop->credential ? hop->credential->name : "");
}

static int add_device(struct hearing *h, const struct device *device, struct error *err)
{
    struct buf way = {0}, credentials = {0};
    for (size_t i = 0; i < device->jump_count; i++)
        write_hop(&way, &credentials, device->jumps[i]);
    write_hop(&way, &credentials, device);
    buf_format(&way, "%d %s", device->netconf.tls,
        device->netconf.authorities_file ? device->netconf.authorities_file : "");
    const struct listened what = {.device = device->name,
        .credentials = buf_text(&credentials),
        .way = buf_text(&way),
        .calls = device->netconf.call_home != NULL};
    int rc = listeners_add(h->listeners, &what, err);
    buf_free(&way);
    buf_free(&credentials);
    return rc;
}

void hearing_let_in(struct hearing *h, const struct device *device)
{
    listeners_let_in(h->listeners, device->name);
}

int hearing_settle(struct hearing *h, const struct hearing_setup *setup, struct error *err)
{
    int rc = RC_OK;
    h->setup = *setup;
    listeners_prune(h->listeners, is_wanted, h);
    for (size_t i = 0; rc == RC_OK && i < setup->roster->count; i++) {
        const struct entry *entry = &setup->roster->entries[i];
        if (!is_listened_to(entry->device))
            continue;
        rc = add_device(h, entry->device, err);
        if (entry->last.at_us && entry->last.code == RC_OK)
            hearing_let_in(h, entry->device);
    }
    return rc;
}

/* ---- opening ---- */

/* Over `call`, when the device made a connection. */
static int open_session(struct hearing *h, const struct device *device, int call, struct error *err)
{
    struct job_kit kit;
    struct error why = ERROR_INIT;
    int rc = job_kit_fill(&kit, device, h->setup.store, &why);
    if (rc) {
        char line[1100];
        log_line(LOG_WARN, "%s: cannot be listened to: %s", device->name,
            error_line(&why, line, sizeof line));
        listeners_postpone(h->listeners, device->name, rc);
        rc = RC_OK;
    } else {
        struct driver_job job = kit.job;
        job.host_key_policy = HOST_KEY_PINNED; /* a pull pins, nobody else does */
        if (call > 0) {
            kit.hops[kit.count - 1].socket = call;
            job.hops = &kit.hops[kit.count - 1];
            job.hop_count = 1;
        }
        rc = listeners_start(h->listeners, device->name, &job, err);
    }
    job_kit_clear(&kit);
    return rc;
}

int hearing_start(struct hearing *h, struct error *err)
{
    const char *name;
    int rc = RC_OK;
    while (rc == RC_OK && (name = listeners_due(h->listeners)))
        rc = open_session(h, settings_device(h->setup.settings, name), 0, err);
    return rc;
}

/* ---- what is heard ---- */

static void log_change(const char *device, const struct notice *n)
{
    log_line(LOG_INFO, "%s: changed%s%s%s%s", device, n->user[0] ? " by " : "", n->user,
        n->address[0] ? " from " : "", n->address);
}

static void heard(void *ctx, const char *device, const struct notice *n)
{
    const struct hearing *h = ctx;
    struct entry *entry = roster_find(h->setup.roster, device);
    if (!entry)
        return;
    switch (n->kind) {
    case NOTICE_SUBSCRIBED:
        log_line(LOG_INFO, "%s: is listened to", device);
        entry_hint(entry, now_us(), NULL, NULL);
        break;
    case NOTICE_CHANGED:
        log_change(device, n);
        entry_hint(entry, now_us(), n->user, n->address);
        break;
    case NOTICE_PENDING:
        log_line(LOG_INFO, "%s: a commit waits for its confirmation", device);
        entry_hold(entry, now_us(), n->wait_s);
        break;
    case NOTICE_SETTLED:
        entry_release(entry, now_us());
        break;
    case NOTICE_LOST:
    case NOTICE_KINDS:
        log_line(LOG_NOTICE, "%s: is not listened to: %s", device, n->reason);
        break;
    }
}

void hearing_step(struct hearing *h)
{
    listeners_step(h->listeners, heard, h);
}

size_t hearing_watch(const struct hearing *h, struct pollfd *fds, size_t room)
{
    return listeners_watch(h->listeners, fds, room);
}

size_t hearing_watch_room(const struct hearing *h)
{
    return listeners_processes(h->listeners);
}

int hearing_patience_ms(const struct hearing *h)
{
    return listeners_patience_ms(h->listeners);
}

size_t hearing_held(const struct hearing *h)
{
    return listeners_held(h->listeners);
}
