#include "watch/listeners.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"
#include "watch/listener.h"
#include "watch/schedule.h"
#include "watch/zygote.h"

#define SEND_SECONDS 5
#define FIRST_PAUSE_MS 1000u
#define MOST_PAUSE_MS 300000u
/* A session that was held so long has had no losses. */
#define STEADY_US ((int64_t)60 * 1000000)
/* One that has no notifications may have them after its next upgrade. */
#define CANNOT_US ((int64_t)6 * 3600 * 1000000)
/* What one listener may say: more than all its sessions can at their pace. */
#define QUOTA_US ((int64_t)10 * 1000000)
#define QUOTA (LISTENER_MOST_SESSIONS * 8 * 10)
/* Taken from one listener in one step. */
#define STEP_NOTICES 32

enum state { WATCH_IDLE, WATCH_OPENING, WATCH_HELD };

struct process {
    struct process *next;
    struct spawned spawned;
    struct inbox inbox;
    char *credentials;
    size_t sessions; /* as far as we gave it some and have not heard that they ended */
    size_t said;     /* since */
    int64_t since_mono_us;
    bool broken;
};

struct watch {
    struct watch *next;
    char *device, *credentials, *way;
    bool calls, let_in;
    enum state state;
    uint32_t number; /* of its session */
    struct process *process;
    unsigned losses; /* in a row */
    int64_t not_before_mono_us;
    int64_t since_mono_us;    /* subscribed */
    int64_t deadline_mono_us; /* WATCH_OPENING */
};

struct listeners {
    int zygote;
    const struct clock *clock;
    struct process *processes;
    struct watch *watches;
    uint32_t last_number;
    size_t opening, held;
};

int listeners_open(int zygote, const struct clock *clock, struct listeners **out, struct error *err)
{
    struct listeners *l = calloc(1, sizeof *l);
    if (!l)
        return error_set(err, RC_NO_MEMORY, "no memory for listeners");
    *l = (struct listeners){.zygote = zygote, .clock = clock};
    *out = l;
    return RC_OK;
}

unsigned listeners_pause_ms(unsigned losses, uint32_t random)
{
    unsigned pause = FIRST_PAUSE_MS;
    while (losses-- > 1 && pause < MOST_PAUSE_MS)
        pause *= 2;
    if (pause > MOST_PAUSE_MS)
        pause = MOST_PAUSE_MS;
    return pause - random % (pause / 2); /* devices that were lost together come back apart */
}

static int64_t now_us(const struct listeners *l)
{
    return clock_mono_us(l->clock);
}

/* ---- devices ---- */

static struct watch *find_watch(const struct listeners *l, const char *device)
{
    struct watch *w = l->watches;
    while (w && strcmp(w->device, device) != 0)
        w = w->next;
    return w;
}

static void watch_free(struct watch *w)
{
    free(w->device);
    free(w->credentials);
    free(w->way);
    free(w);
}

/* The session is no more, or no longer ours to hear of. */
static void watch_ended(struct listeners *l, struct watch *w)
{
    l->opening -= w->state == WATCH_OPENING;
    l->held -= w->state == WATCH_HELD;
    w->state = WATCH_IDLE;
    w->process = NULL;
    w->number = 0;
}

static void watch_lost(struct listeners *l, struct watch *w, int rc)
{
    if (w->state == WATCH_HELD && now_us(l) - w->since_mono_us >= STEADY_US)
        w->losses = 0;
    watch_ended(l, w);
    w->losses++;
    w->not_before_mono_us =
        now_us(l) + (int64_t)listeners_pause_ms(w->losses, randombytes_random()) * 1000;
    if (!attempt_may_pass((enum rc)rc))
        w->let_in = false;
    if (rc == RC_NOT_FOUND)
        w->not_before_mono_us = now_us(l) + CANNOT_US;
}

static void let_session_go(struct listeners *l, struct watch *w)
{
    struct buf body = {0};
    if (w->process && (watch_pack(w->number, w->device, NULL, &body) ||
                          message_send(w->process->spawned.socket, MESSAGE_WATCH, &body, NULL)))
        w->process->broken = true;
    buf_free(&body);
    watch_ended(l, w);
}

bool listeners_hang_up(struct listeners *l, const char *device)
{
    struct watch *w = find_watch(l, device);
    if (!w || !w->process)
        return false;
    let_session_go(l, w);
    return true;
}

void listeners_prune(
    struct listeners *l, bool (*is_wanted)(void *ctx, const char *device), void *ctx)
{
    for (struct watch **at = &l->watches; *at;) {
        struct watch *w = *at;
        if (is_wanted(ctx, w->device)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        let_session_go(l, w);
        watch_free(w);
    }
}

static bool is_not(void *ctx, const char *device)
{
    return strcmp(ctx, device) != 0;
}

void listeners_remove(struct listeners *l, const char *device)
{
    listeners_prune(l, is_not, (void *)(uintptr_t)device);
}

int listeners_add(struct listeners *l, const struct listened *what, struct error *err)
{
    struct watch *w = find_watch(l, what->device);
    if (w && strcmp(w->way, what->way) == 0 && strcmp(w->credentials, what->credentials) == 0)
        return RC_OK;
    if (w)
        listeners_remove(l, what->device);
    w = calloc(1, sizeof *w);
    if (w)
        *w = (struct watch){.device = strdup(what->device),
            .credentials = strdup(what->credentials),
            .way = strdup(what->way),
            .calls = what->calls};
    if (!w || !w->device || !w->credentials || !w->way) {
        if (w)
            watch_free(w);
        return error_set(err, RC_NO_MEMORY, "no memory to listen to one more device");
    }
    w->next = l->watches;
    l->watches = w;
    return RC_OK;
}

void listeners_let_in(struct listeners *l, const char *device)
{
    struct watch *w = find_watch(l, device);
    if (w)
        w->let_in = true;
}

bool listeners_expects(const struct listeners *l, const char *device)
{
    const struct watch *w = find_watch(l, device);
    return w && w->let_in && w->state == WATCH_IDLE && w->not_before_mono_us <= now_us(l);
}

size_t listeners_held(const struct listeners *l)
{
    return l->held;
}

/* ---- processes ---- */

size_t listeners_processes(const struct listeners *l)
{
    size_t count = 0;
    for (const struct process *p = l->processes; p; p = p->next)
        count++;
    return count;
}

static void process_free(struct process *p)
{
    if (p->spawned.pidfd >= 0) {
        pidfd_send_signal(p->spawned.pidfd, SIGKILL, NULL, 0);
        close(p->spawned.pidfd);
        close(p->spawned.socket);
    }
    inbox_free(&p->inbox);
    free(p->credentials);
    free(p);
}

void listeners_close(struct listeners *l)
{
    if (!l)
        return;
    while (l->processes) {
        struct process *p = l->processes;
        l->processes = p->next;
        process_free(p);
    }
    while (l->watches) {
        struct watch *w = l->watches;
        l->watches = w->next;
        watch_free(w);
    }
    free(l);
}

static struct process *process_new(struct listeners *l, const char *credentials, struct error *err)
{
    struct process *p = calloc(1, sizeof *p);
    if (p)
        *p = (struct process){.spawned = {-1, -1},
            .inbox = {.type = MESSAGE_NOTICE, .most = MESSAGE_MOST_NOTICE},
            .credentials = strdup(credentials)};
    if (!p || !p->credentials) {
        free(p);
        error_set(err, RC_NO_MEMORY, "no memory for one more listener");
        return NULL;
    }
    if (zygote_spawn(l->zygote, ZYGOTE_LISTENER, &p->spawned, err)) {
        process_free(p);
        return NULL;
    }
    struct timeval patience = {.tv_sec = SEND_SECONDS};
    setsockopt(p->spawned.socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    p->next = l->processes;
    l->processes = p;
    return p;
}

static struct process *process_for(struct listeners *l, const char *credentials, struct error *err)
{
    for (struct process *p = l->processes; p; p = p->next)
        if (!p->broken && p->sessions < LISTENER_MOST_SESSIONS &&
            strcmp(p->credentials, credentials) == 0)
            return p;
    return process_new(l, credentials, err);
}

/* ---- opening sessions ---- */

const char *listeners_due(const struct listeners *l)
{
    const struct watch *longest = NULL;
    if (l->opening >= LISTENERS_MOST_OPENING)
        return NULL;
    for (const struct watch *w = l->watches; w; w = w->next)
        if (w->state == WATCH_IDLE && w->let_in && !w->calls &&
            w->not_before_mono_us <= now_us(l) &&
            (!longest || w->not_before_mono_us < longest->not_before_mono_us))
            longest = w;
    return longest ? longest->device : NULL;
}

static int send_watch(struct listeners *l, struct watch *w, const struct driver_job *job)
{
    struct buf body = {.cap = MESSAGE_MOST_WATCH};
    uint32_t number = ++l->last_number ? l->last_number : ++l->last_number;
    int rc = watch_pack(number, w->device, job, &body);
    if (rc == RC_OK)
        rc = message_send_with(w->process->spawned.socket, MESSAGE_WATCH, &body,
            job->hops[job->hop_count - 1].socket, NULL);
    buf_wipe(&body);
    if (rc == RC_OK)
        w->number = number;
    return rc;
}

int listeners_start(
    struct listeners *l, const char *device, const struct driver_job *job, struct error *err)
{
    struct watch *w = find_watch(l, device);
    if (!w || w->state != WATCH_IDLE)
        return RC_OK;
    struct process *p = process_for(l, w->credentials, err);
    if (!p) {
        watch_lost(l, w, RC_CRASH);
        return RC_CRASH;
    }
    w->process = p;
    w->state = WATCH_OPENING;
    w->deadline_mono_us = now_us(l) + (int64_t)job->total_ms * 1500 + 5000000;
    l->opening++;
    if (send_watch(l, w, job)) {
        p->broken = true;
        watch_lost(l, w, RC_CRASH);
    } else {
        p->sessions++;
    }
    return RC_OK;
}

void listeners_postpone(struct listeners *l, const char *device, int rc)
{
    struct watch *w = find_watch(l, device);
    if (w && w->state == WATCH_IDLE)
        watch_lost(l, w, rc);
}

/* ---- what they say ---- */

static struct watch *find_number(
    const struct listeners *l, const struct process *p, uint32_t number)
{
    struct watch *w = l->watches;
    while (w && (w->process != p || w->number != number))
        w = w->next;
    return w;
}

/* False when it makes no sense. */
static bool take_notice(struct listeners *l, struct process *p, const struct notice *notice,
    listeners_heard *heard, void *ctx)
{
    if (notice->kind == NOTICE_LOST) {
        if (p->sessions == 0)
            return false;
        p->sessions--;
    }
    struct watch *w = find_number(l, p, notice->watch);
    if (!w)
        return true; /* one that we have let go */
    if ((notice->kind == NOTICE_SUBSCRIBED) != (w->state == WATCH_OPENING) &&
        notice->kind != NOTICE_LOST)
        return false;
    if (notice->kind == NOTICE_SUBSCRIBED) {
        w->state = WATCH_HELD;
        w->since_mono_us = now_us(l);
        l->opening--;
        l->held++;
    } else if (notice->kind == NOTICE_LOST) {
        watch_lost(l, w, notice->code);
    }
    heard(ctx, w->device, notice);
    return true;
}

static bool over_quota(const struct listeners *l, struct process *p)
{
    if (now_us(l) - p->since_mono_us > QUOTA_US) {
        p->since_mono_us = now_us(l);
        p->said = 0;
    }
    return ++p->said > QUOTA;
}

static void read_notices(struct listeners *l, struct process *p, listeners_heard *heard, void *ctx)
{
    int rc = 1;
    for (int i = 0; i < STEP_NOTICES && rc == 1 && !p->broken; i++) {
        struct notice notice;
        rc = inbox_read(&p->inbox, p->spawned.socket, NULL);
        if (rc == 1) {
            bool good = !over_quota(l, p) &&
                        notice_unpack(buf_str(&p->inbox.body), &notice, NULL) == RC_OK &&
                        take_notice(l, p, &notice, heard, ctx);
            inbox_clear(&p->inbox);
            if (!good)
                p->broken = true;
        }
    }
    if (rc < 0 || p->broken) {
        log_line(LOG_ERROR, "a listener %s; its %zu sessions are opened anew",
            rc == RC_CRASH ? "died" : "misbehaved and was ended", p->sessions);
        p->broken = true;
    }
}

/* It may hang in a library: nothing but its end ends that. */
static void check_deadlines(struct listeners *l)
{
    for (struct watch *w = l->watches; w; w = w->next)
        if (w->state == WATCH_OPENING && now_us(l) >= w->deadline_mono_us) {
            log_line(LOG_ERROR, "%s: the listener did not answer in time and was ended", w->device);
            w->process->broken = true;
        }
}

static void lose_process(
    struct listeners *l, const struct process *p, listeners_heard *heard, void *ctx)
{
    const struct notice notice = {
        .kind = NOTICE_LOST, .code = RC_CRASH, .reason = "its listener is gone"};
    for (struct watch *w = l->watches; w; w = w->next)
        if (w->process == p) {
            watch_lost(l, w, RC_CRASH);
            heard(ctx, w->device, &notice);
        }
}

/* Those that broke, and those that nobody needs any more. */
static void end_processes(struct listeners *l, listeners_heard *heard, void *ctx)
{
    for (struct process **at = &l->processes; *at;) {
        struct process *p = *at;
        if (!p->broken && p->sessions) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        lose_process(l, p, heard, ctx);
        process_free(p);
    }
}

void listeners_step(struct listeners *l, listeners_heard *heard, void *ctx)
{
    for (struct process *p = l->processes; p; p = p->next)
        if (!p->broken)
            read_notices(l, p, heard, ctx);
    check_deadlines(l);
    end_processes(l, heard, ctx);
}

size_t listeners_watch(const struct listeners *l, struct pollfd *fds, size_t room)
{
    size_t count = 0;
    for (const struct process *p = l->processes; p && count < room; p = p->next)
        fds[count++] = (struct pollfd){.fd = p->spawned.socket, .events = POLLIN};
    return count;
}

int listeners_patience_ms(const struct listeners *l)
{
    int64_t first = INT64_MAX, now = now_us(l);
    for (const struct watch *w = l->watches; w; w = w->next) {
        int64_t at = INT64_MAX;
        if (w->state == WATCH_OPENING)
            at = w->deadline_mono_us;
        else if (w->state == WATCH_IDLE && w->let_in && !w->calls &&
                 l->opening < LISTENERS_MOST_OPENING)
            at = w->not_before_mono_us;
        if (at < first)
            first = at;
    }
    if (first == INT64_MAX)
        return -1;
    int64_t left_ms = first > now ? (first - now + 999) / 1000 : 0;
    return left_ms > 60000 ? 60000 : (int)left_ms;
}
