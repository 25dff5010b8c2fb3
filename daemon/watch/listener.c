#include "watch/listener.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "watch/child.h"

/* Nothing depends on it: a session that is let go is woken. */
#define IDLE_MS 600000
#define THREAD_STACK ((size_t)1 << 20)
#define MOST_DESCRIPTORS (LISTENER_MOST_SESSIONS * 12 + 32)
/* Memory of the process, and of each session besides. */
#define BASE_MEMORY ((size_t)256 << 20)
#define SESSION_MEMORY ((size_t)16 << 20)

struct listener {
    int socket;
    const struct hold *hold;
    pthread_mutex_t sending, lock; /* `lock`: of what follows */
    struct session *sessions;
    size_t count;
};

struct session {
    struct session *next;
    struct listener *listener;
    uint32_t watch;
    struct job *job;
    void *held;
    int wake;
    atomic_bool let_go;
    int64_t told_mono_us;  /* when a change was last told */
    struct notice waiting; /* NOTICE_CHANGED: one that is not told yet */
};

/* ---- telling ---- */

static void tell(struct session *s, struct notice *notice)
{
    struct buf body = {.cap = MESSAGE_MOST_NOTICE};
    notice->watch = s->watch;
    pthread_mutex_lock(&s->listener->sending);
    if (notice_pack(notice, &body) ||
        message_send(s->listener->socket, MESSAGE_NOTICE, &body, NULL))
        _exit(0); /* the engine is gone, and so are we */
    pthread_mutex_unlock(&s->listener->sending);
    buf_free(&body);
}

static void tell_lost(struct session *s, int rc, const struct error *why)
{
    char line[NOTICE_REASON_SIZE];
    struct notice notice = {.kind = NOTICE_LOST, .code = (enum rc)rc};
    notice_say(notice.reason, sizeof notice.reason,
        error_line(why, line, sizeof line)[0] ? line : rc_name((enum rc)rc));
    tell(s, &notice);
}

/* ---- what is heard ---- */

static bool same_source(const struct notice *a, const struct notice *b)
{
    return strcmp(a->user, b->user) == 0 && strcmp(a->address, b->address) == 0;
}

static bool is_waiting(const struct session *s)
{
    return s->waiting.kind == NOTICE_CHANGED;
}

static void tell_waiting(struct session *s)
{
    if (!is_waiting(s))
        return;
    tell(s, &s->waiting);
    s->waiting.kind = NOTICE_SUBSCRIBED;
    s->told_mono_us = clock_mono_us(&clock_system);
}

static int64_t waits_until_us(const struct session *s)
{
    return s->told_mono_us + (int64_t)LISTENER_PAUSE_MS * 1000;
}

static unsigned patience_ms(const struct session *s)
{
    int64_t left_us = waits_until_us(s) - clock_mono_us(&clock_system);
    if (!is_waiting(s))
        return IDLE_MS;
    return left_us > 0 ? (unsigned)(left_us / 1000 + 1) : 0;
}

/* A device that floods us with changes floods nobody else: of many by one user, few are told. */
static void take_news(struct session *s, struct notice *news)
{
    bool early = clock_mono_us(&clock_system) < waits_until_us(s);
    if (news->kind == NOTICE_CHANGED && early &&
        (!is_waiting(s) || same_source(&s->waiting, news))) {
        s->waiting = *news;
        return;
    }
    tell_waiting(s);
    if (news->kind == NOTICE_CHANGED) {
        s->waiting = *news;
        tell_waiting(s);
    } else {
        tell(s, news);
    }
}

static int listen_on(struct session *s, struct error *err)
{
    int rc = RC_OK;
    while (rc >= 0 && !atomic_load(&s->let_go)) {
        struct notice news = {0};
        rc = s->listener->hold->next(s->held, s->wake, patience_ms(s), &news, err);
        if (rc == 1)
            take_news(s, &news);
        if (clock_mono_us(&clock_system) >= waits_until_us(s))
            tell_waiting(s);
    }
    tell_waiting(s);
    return rc < 0 ? rc : RC_OK;
}

/* ---- one session ---- */

static void logged_in(void *ctx)
{
    struct session *s = ctx;
    job_forget_logins(s->job);
}

static void session_free(struct session *s)
{
    struct listener *l = s->listener;
    pthread_mutex_lock(&l->lock);
    for (struct session **at = &l->sessions; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            l->count--;
            break;
        }
    pthread_mutex_unlock(&l->lock);
    job_free(s->job);
    close(s->wake);
    free(s);
}

static void *session_thread(void *ctx)
{
    struct session *s = ctx;
    struct error err = ERROR_INIT;
    const struct hold *hold = s->listener->hold;
    int rc = hold->open(&s->job->driver, logged_in, s, &s->held, &err);
    job_free(s->job);
    s->job = NULL;
    if (rc == RC_OK) {
        tell(s, &(struct notice){.kind = NOTICE_SUBSCRIBED});
        rc = listen_on(s, &err);
    }
    if (s->held)
        hold->close(s->held);
    if (!rc)
        rc = error_set(&err, RC_BUSY, "let go");
    tell_lost(s, rc, &err);
    session_free(s);
    return NULL;
}

static void let_go(struct listener *l, uint32_t watch)
{
    pthread_mutex_lock(&l->lock);
    for (struct session *s = l->sessions; s; s = s->next)
        if (s->watch == watch) {
            atomic_store(&s->let_go, true);
            eventfd_write(s->wake, 1);
        }
    pthread_mutex_unlock(&l->lock);
}

static int start_thread(struct session *s)
{
    pthread_t thread;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes))
        return RC_NO_MEMORY;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int bad = pthread_create(&thread, &attributes, session_thread, s);
    pthread_attr_destroy(&attributes);
    return bad ? RC_NO_MEMORY : RC_OK;
}

static void start_session(struct listener *l, uint32_t watch, struct job *job, int call)
{
    struct error err = ERROR_INIT;
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        _exit(1);
    job_take_call(job, call);
    *s = (struct session){
        .listener = l, .watch = watch, .job = job, .wake = eventfd(0, EFD_CLOEXEC)};
    pthread_mutex_lock(&l->lock);
    bool full = l->count >= LISTENER_MOST_SESSIONS;
    s->next = l->sessions;
    l->sessions = s;
    l->count++;
    pthread_mutex_unlock(&l->lock);
    if (full || s->wake < 0 || start_thread(s)) {
        tell_lost(s, error_set(&err, RC_LIMIT, "this listener can hold no further session"), &err);
        session_free(s);
    }
}

/* Threads of the drivers get our stack size too: 8 MiB each would be more than the limit. */
static void fit_many_threads(void)
{
    pthread_attr_t attributes;
    mallopt(M_ARENA_MAX, 2);
    if (pthread_attr_init(&attributes))
        return;
    if (pthread_attr_setstacksize(&attributes, THREAD_STACK) == 0)
        pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

_Noreturn void listener_run(int socket, const struct hold *hold)
{
    struct listener l = {.socket = socket,
        .hold = hold,
        .sending = PTHREAD_MUTEX_INITIALIZER,
        .lock = PTHREAD_MUTEX_INITIALIZER};
    struct buf message = {0};
    int call;
    child_give_up_rights(socket, "rollcall-listen", MOST_DESCRIPTORS);
    child_limit_memory(BASE_MEMORY + LISTENER_MOST_SESSIONS * SESSION_MEMORY);
    fit_many_threads();
    while (message_receive_with(socket, MESSAGE_WATCH, MESSAGE_MOST_WATCH, &message, &call, NULL) ==
           RC_OK) {
        uint32_t watch = 0;
        struct job *job = NULL;
        if (watch_unpack(buf_str(&message), &watch, &job, NULL))
            _exit(1);
        buf_wipe(&message);
        if (job)
            start_session(&l, watch, job, call);
        else
            let_go(&l, watch);
    }
    _exit(0);
}
