#include "watch/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

#define SEND_SECONDS 5

struct running {
    struct running *next;
    struct spawned process;
    struct inbox inbox;
    int64_t deadline_mono_us;
    char *platform; /* the one the job named; NULL: any */
    enum driver_task task;
    struct result *result; /* made beforehand, so that a failure can always be told */
    void *tag;
};

struct pool {
    int zygote;
    pid_t zygote_pid; /* 0: not our child */
    const struct platforms *platforms;
    const struct clock *clock;
    struct running *running;
    size_t count;
    const struct platform **prepared; /* the zygote has compiled their rules */
    size_t prepared_count;
};

int pool_adopt(int socket, const struct platforms *platforms, const struct clock *clock,
    struct pool **out, struct error *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(err, RC_NO_MEMORY, "no memory for a pool of collectors");
    *pool = (struct pool){.zygote = socket, .platforms = platforms, .clock = clock};
    *out = pool;
    return RC_OK;
}

int pool_open(
    const struct zygote_plan *plan, const struct clock *clock, struct pool **out, struct error *err)
{
    int socket;
    pid_t pid;
    int rc = zygote_start(plan, &socket, &pid, err);
    if (rc)
        return rc;
    rc = pool_adopt(socket, plan->platforms, clock, out, err);
    if (rc)
        close(socket);
    else
        (*out)->zygote_pid = pid;
    return rc;
}

static void running_free(struct running *r)
{
    if (!r)
        return;
    if (r->process.pidfd >= 0) {
        pidfd_send_signal(r->process.pidfd, SIGKILL, NULL, 0);
        close(r->process.pidfd);
        close(r->process.socket);
    }
    inbox_free(&r->inbox);
    result_free(r->result);
    free(r->platform);
    free(r);
}

void pool_drop(struct pool *pool)
{
    while (pool->running) {
        struct running *r = pool->running;
        pool->running = r->next;
        running_free(r);
    }
    pool->count = 0;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pool_drop(pool);
    close(pool->zygote);
    if (pool->zygote_pid)
        while (waitpid(pool->zygote_pid, NULL, 0) < 0 && errno == EINTR)
            ;
    free(pool->prepared);
    free(pool);
}

int pool_reload(struct pool *pool, const struct platforms *platforms, struct error *err)
{
    pool->platforms = platforms;
    pool->prepared_count = 0;
    return zygote_reload(pool->zygote, err);
}

size_t pool_running(const struct pool *pool)
{
    return pool->count;
}

static int64_t job_deadline(const struct pool *pool, const struct driver_job *job)
{
    int64_t total_us = (int64_t)job->total_ms * 1000;
    return clock_mono_us(pool->clock) + total_us + total_us / 4 + 1000000;
}

static int send_job(
    const struct running *r, const char *device, const struct driver_job *job, struct error *err)
{
    struct buf message = {0};
    struct timeval patience = {.tv_sec = SEND_SECONDS};
    setsockopt(r->process.socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int rc = job_pack(device, job, &message);
    rc = rc ? error_set(err, rc, "the job for %s is too large", device)
            : message_send_with(r->process.socket, MESSAGE_JOB, &message,
                  job->hops[job->hop_count - 1].socket, err);
    buf_wipe(&message);
    return rc;
}

/* Let collectors inherit the rules of this platform. When that cannot be said, they compile them.
 */
static int prepare(struct pool *pool, const struct platform *platform, struct error *err)
{
    for (size_t i = 0; i < pool->prepared_count; i++)
        if (pool->prepared[i] == platform)
            return RC_OK;
    const struct platform **more =
        realloc(pool->prepared, (pool->prepared_count + 1) * sizeof *more);
    if (!more)
        return RC_OK;
    pool->prepared = more;
    int rc = zygote_prepare(pool->zygote, platform->name, err);
    if (rc == RC_OK)
        more[pool->prepared_count++] = platform;
    return rc;
}

int pool_start(struct pool *pool, const char *device, const struct driver_job *job, void *tag,
    struct error *err)
{
    struct running *r = calloc(1, sizeof *r);
    struct result *result = calloc(1, sizeof *result);
    if (!r || !result) {
        free(r);
        free(result);
        return error_set(err, RC_NO_MEMORY, "no memory for one more collector");
    }
    r->result = result;
    r->process = (struct spawned){-1, -1};
    r->tag = tag;
    r->task = job->task;
    r->inbox.type = MESSAGE_RESULT;
    r->inbox.most = job->max_bytes + MESSAGE_MOST_OVERHEAD;
    r->deadline_mono_us = job_deadline(pool, job);
    int rc = RC_OK;
    if (job->platform && !(r->platform = strdup(job->platform->name)))
        rc = error_set(err, RC_NO_MEMORY, "no memory for one more collector");
    if (rc == RC_OK && job->platform && job->task == DRIVER_PULL)
        rc = prepare(pool, job->platform, err);
    if (rc == RC_OK)
        rc = zygote_spawn(pool->zygote,
            driver_is_local(job->protocol) ? ZYGOTE_LOCAL : ZYGOTE_SPAWN, &r->process, err);
    if (rc == RC_OK && send_job(r, device, job, err))
        rc = error_set(err, RC_IO, "a collector took no job");
    if (rc) {
        running_free(r);
        return rc;
    }
    r->next = pool->running;
    pool->running = r;
    pool->count++;
    return RC_OK;
}

/* The whole message is here: take nothing in it for granted. */
static void read_result(struct pool *pool, struct running *r)
{
    struct error err = ERROR_INIT;
    struct result *result = NULL;
    int rc = result_unpack(buf_str(&r->inbox.body), pool->platforms, r->task, &result, &err);
    const struct platform *platform = rc ? NULL : result->driver.platform;
    if (rc == RC_OK && platform && r->platform && strcmp(platform->name, r->platform) != 0) {
        rc = error_set(&err, RC_FORMAT, "the collector was asked about %s and answered about %s",
            r->platform, platform->name);
        result_free(result);
    }
    if (rc) {
        r->result->failure = err;
        return;
    }
    result_free(r->result);
    r->result = result;
    if (platform && r->task == DRIVER_PULL)
        prepare(pool, platform, NULL); /* it was found out: the next one knows */
}

/* True when the job has ended, one way or the other. */
static bool running_ended(struct pool *pool, struct running *r)
{
    struct error err = ERROR_INIT;
    int rc = inbox_read(&r->inbox, r->process.socket, &err);
    if (rc == 1)
        read_result(pool, r);
    else if (rc < 0)
        r->result->failure = err;
    else if (clock_mono_us(pool->clock) >= r->deadline_mono_us)
        error_set(&r->result->failure, RC_TIMEOUT, "no result in time; the collector was killed");
    else
        return false;
    return true;
}

size_t pool_step(struct pool *pool, pool_done *done, void *ctx)
{
    struct running *ended = NULL;
    size_t count = 0;
    for (struct running **at = &pool->running; *at;) {
        struct running *r = *at;
        if (!running_ended(pool, r)) {
            at = &r->next;
            continue;
        }
        *at = r->next;
        pool->count--;
        count++;
        r->next = ended;
        ended = r;
    }
    /* only now: the callee may start jobs */
    while (ended) {
        struct running *r = ended;
        ended = r->next;
        struct result *result = r->result;
        void *tag = r->tag;
        r->result = NULL;
        running_free(r);
        done(ctx, tag, result);
    }
    return count;
}

size_t pool_watch(const struct pool *pool, struct pollfd *fds, size_t room)
{
    size_t count = 0;
    for (const struct running *r = pool->running; r && count < room; r = r->next)
        fds[count++] = (struct pollfd){.fd = r->process.socket, .events = POLLIN};
    return count;
}

int pool_patience_ms(const struct pool *pool)
{
    if (!pool->running)
        return -1;
    int64_t first = INT64_MAX, now = clock_mono_us(pool->clock);
    for (const struct running *r = pool->running; r; r = r->next)
        if (r->deadline_mono_us < first)
            first = r->deadline_mono_us;
    int64_t left_ms = first > now ? (first - now + 999) / 1000 : 0;
    return left_ms > 60000 ? 60000 : (int)left_ms;
}

void pool_wait(struct pool *pool, int timeout_ms, pool_done *done, void *ctx)
{
    int64_t until = clock_mono_us(pool->clock) + (int64_t)timeout_ms * 1000;
    size_t room = pool->count;
    struct pollfd *fds = calloc(room + 1, sizeof *fds);
    for (bool late = false; fds && room && !late;) {
        int patience = pool_patience_ms(pool);
        int64_t left_ms = (until - clock_mono_us(pool->clock)) / 1000;
        late = timeout_ms >= 0 && left_ms <= 0;
        if (timeout_ms >= 0 && left_ms < patience)
            patience = late ? 0 : (int)left_ms;
        bool signalled = poll(fds, (nfds_t)pool_watch(pool, fds, room), patience) < 0;
        if (pool_step(pool, done, ctx) || signalled)
            break;
    }
    free(fds);
}
