#include "watch/hearing.h"

#include <stdlib.h>

#include "base/log.h"
#include "collect/job.h"
#include "watch/doorman.h"
#include "watch/listener.h"
#include "watch/listeners.h"

/* Strangers who call are told of so often. */
#define COMPLAINT_US ((int64_t)60 * 1000000)

struct hearing {
    struct hearing_setup setup;
    struct listeners *listeners;
    struct door *door;
    int64_t complained_mono_us; /* of a stranger who called */
};

static int64_t now_us(void)
{
    return clock_now_us(&clock_system);
}

void hearing_close(struct hearing *h)
{
    if (!h)
        return;
    listeners_close(h->listeners);
    door_free(h->door);
    free(h);
}

int hearing_open(int zygote, struct hearing **out, struct error *err)
{
    struct hearing *h = calloc(1, sizeof *h);
    if (!h)
        return error_set(err, RC_NO_MEMORY, "no memory for listeners");
    int rc = listeners_open(zygote, &clock_system, &h->listeners, err);
    if (rc == RC_OK)
        rc = door_new(zygote, &clock_system, &h->door, err);
    if (rc)
        hearing_close(h);
    else
        *out = h;
    return rc;
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
    if (rc == RC_OK)
        rc = door_set(h->door, setup->settings->call_home_ssh, setup->settings->call_home_tls, err);
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
        if (job.max_bytes > LISTENER_MOST_MESSAGE)
            job.max_bytes = LISTENER_MOST_MESSAGE;
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

/* Those that call home have one connection at a time: the next one is for the pull. */
static void make_room_for_pulls(struct hearing *h)
{
    for (size_t i = 0; i < h->setup.roster->count; i++) {
        const struct entry *entry = &h->setup.roster->entries[i];
        if (entry->calls && entry_wants_call(entry, now_us()))
            listeners_hang_up(h->listeners, entry->device->name);
    }
}

int hearing_start(struct hearing *h, struct error *err)
{
    const char *name;
    int rc = RC_OK;
    make_room_for_pulls(h);
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
        if (!entry->calls || !entry->fresh)
            entry_hint(entry, now_us(), NULL, NULL);
        break;
    case NOTICE_CHANGED:
        log_change(device, n);
        entry_hint(entry, now_us(), n->user, n->address);
        break;
    case NOTICE_PENDING:
        log_line(LOG_INFO, "%s: a commit waits for its confirmation", device);
        entry_hold(entry, now_us(), n->wait_s, n->user, n->address);
        break;
    case NOTICE_SETTLED:
        entry_release(entry, now_us(), n->user, n->address);
        break;
    case NOTICE_LOST:
    case NOTICE_KINDS:
        entry->fresh = false;
        log_line(LOG_NOTICE, "%s: is not listened to: %s", device, n->reason);
        break;
    }
}

/* ---- devices that call ---- */

static struct entry *find_caller(const struct hearing *h, const struct call *call)
{
    for (size_t i = 0; i < h->setup.roster->count; i++) {
        struct entry *entry = &h->setup.roster->entries[i];
        const struct device_netconf *netconf = &entry->device->netconf;
        if (entry->calls && netconf->tls == call->tls &&
            call_home_matches(netconf->call_home, call->address))
            return entry;
    }
    return NULL;
}

static void complain_of_stranger(struct hearing *h, const struct call *call)
{
    int64_t now = clock_mono_us(&clock_system);
    if (h->complained_mono_us && now - h->complained_mono_us < COMPLAINT_US)
        return;
    h->complained_mono_us = now;
    log_line(LOG_WARN, "%s calls home over %s, but no device does from there", call->address,
        call->tls ? "TLS" : "SSH");
}

static void called(void *ctx, const struct call *call, int *connection)
{
    struct hearing *h = ctx;
    struct entry *entry = find_caller(h, call);
    if (!entry) {
        complain_of_stranger(h, call);
        return;
    }
    log_line(LOG_INFO, "%s: calls home from %s", entry->device->name, call->address);
    if (entry_wants_call(entry, now_us())) {
        entry_called(entry, now_us(), *connection);
        *connection = 0;
    } else if (!entry->running && is_listened_to(entry->device)) {
        /* one that calls again has lost the connection that it had */
        if (listeners_hang_up(h->listeners, entry->device->name))
            entry->fresh = false;
        if (listeners_expects(h->listeners, entry->device->name))
            open_session(h, entry->device, *connection, NULL);
    }
}

void hearing_step(struct hearing *h)
{
    listeners_step(h->listeners, heard, h);
    door_step(h->door, called, h);
}

size_t hearing_watch(const struct hearing *h, struct pollfd *fds, size_t room)
{
    size_t count = listeners_watch(h->listeners, fds, room);
    return count + door_watch(h->door, fds + count, room - count);
}

size_t hearing_watch_room(const struct hearing *h)
{
    return listeners_processes(h->listeners) + 1;
}

int hearing_patience_ms(const struct hearing *h)
{
    int one = listeners_patience_ms(h->listeners), other = door_patience_ms(h->door);
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

size_t hearing_held(const struct hearing *h)
{
    return listeners_held(h->listeners);
}
