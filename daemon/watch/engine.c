#include "watch/engine.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "collect/collect.h"
#include "watch/fleet.h"
#include "watch/hearing.h"
#include "watch/lessons.h"
#include "watch/pool.h"
#include "watch/role.h"
#include "watch/roster.h"
#include "watch/world.h"

/* Longest sleep: a wall clock that jumped is noticed, and the status told, at least so often. */
#define MOST_SLEEP_MS 15000

struct engine {
    const struct engine_plan *plan;
    int signals;
    struct world *world;
    struct store_keys keys;
    char key_source[256]; /* for its messages */
    unsigned char key[FINGERPRINT_KEY_BYTES];
    struct store *store;
    struct collect *collect;
    struct pool *pool;
    struct lessons *lessons;
    struct hearing *hearing; /* NULL with --once */
    struct roster roster;
    struct task *tasks;
    int64_t told_mono_us; /* when the status was last told */
    bool zygote_gone;
};

/* One device at a collector. It keeps the world alive that its device is from. */
struct task {
    struct task *next;
    struct engine *engine;
    struct world *world;
    const struct device *device;
    struct collection *collection;
};

static int64_t now_us(void)
{
    return clock_now_us(&clock_system);
}

/* ---- start and end ---- */

static struct collect_setup setup_of(const struct engine *e, const struct world *world)
{
    return (struct collect_setup){.ctx = e->plan->ctx,
        .settings = world->settings,
        .meaning = world->meaning,
        .key = e->key,
        .store = e->store,
        .clock = &clock_system};
}

static int settle_hearing(struct engine *e, struct error *err)
{
    const struct hearing_setup setup = {
        .settings = e->world->settings, .roster = &e->roster, .store = e->store};
    return e->hearing ? hearing_settle(e->hearing, &setup, err) : RC_OK;
}

static void task_finish(void *ctx, void *tag, struct result *result);

/* From where the settings in force point: they may have been read anew since. */
static int master_key(void *ctx, unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    const struct engine *e = ctx;
    return settings_master_key(e->world->settings, key, err);
}

static int open_store(struct engine *e, struct error *err)
{
    snprintf(e->key_source, sizeof e->key_source, "%s", e->world->settings->master_key_name);
    e->keys = (struct store_keys){
        .master = master_key, .ctx = e, .source = e->key_source, .uses = STORE_KEYS_ALL};
    int rc =
        store_open(e->world->settings->store, STORE_WRITE, &e->keys, &clock_system, &e->store, err);
    return rc ? rc : store_fingerprint_key(e->store, e->key, err);
}

static int engine_open(struct engine *e, struct error *err)
{
    int rc = world_load(e->plan->ctx, e->plan->settings_file, &e->world, err);
    if (rc == RC_OK)
        rc = open_store(e, err);
    if (rc)
        return rc;
    const struct collect_setup setup = setup_of(e, e->world);
    rc = collect_open(&setup, &e->collect, err);
    if (rc == RC_OK)
        rc = roster_new(e->world->settings, e->store, NULL, &e->roster, err);
    if (rc == RC_OK)
        rc = pool_adopt(e->plan->zygote, e->world->platforms, &clock_system, &e->pool, err);
    if (rc == RC_OK)
        rc = lessons_new(e->pool, task_finish, e, &e->lessons, err);
    /* it read its platforms when the daemon started, which may be long ago */
    if (rc == RC_OK)
        rc = pool_reload(e->pool, e->world->platforms, err);
    if (rc == RC_OK && !e->plan->once)
        rc = hearing_open(e->plan->zygote, &e->hearing, err);
    return rc ? rc : settle_hearing(e, err);
}

static void task_free(struct task *task)
{
    struct engine *e = task->engine;
    struct task **at = &e->tasks;
    while (*at != task)
        at = &(*at)->next;
    *at = task->next;
    if (--task->world->users == 0 && task->world != e->world)
        world_free(task->world);
    free(task);
}

static void engine_close(struct engine *e)
{
    hearing_close(e->hearing);
    pool_close(e->pool);
    lessons_free(e->lessons);
    while (e->tasks) {
        collection_free(e->tasks->collection);
        task_free(e->tasks);
    }
    collect_close(e->collect);
    roster_free(&e->roster);
    store_close(e->store);
    world_free(e->world);
    explicit_bzero(e->key, sizeof e->key);
}

/* ---- one device ---- */

/* A pipe that is full has said it already. */
static void write_byte(int fd)
{
    if (write(fd, "", 1) < 0)
        return;
}

static void wake_notifier(const struct engine *e)
{
    write_byte(e->plan->notifier);
}

/* A driver's errors have "edge-1: login" as their place. */
static bool names_device(const struct error *failure, const struct device *device)
{
    size_t len = strlen(device->name);
    return strncmp(failure->place, device->name, len) == 0 &&
           (failure->place[len] == ':' || !failure->place[len]);
}

static void log_outcome(
    const struct device *device, const struct entry *entry, const struct collect_report *report)
{
    char line[1100];
    if (report->failure.code)
        log_line(entry && entry->last.failures > 1 ? LOG_INFO : LOG_WARN, "%s%s%s",
            names_device(&report->failure, device) ? "" : device->name,
            names_device(&report->failure, device) ? "" : ": ",
            error_line(&report->failure, line, sizeof line));
    else if (report->new_version)
        log_line(report->event_count ? LOG_NOTICE : LOG_INFO,
            "%s: version %u, %zu event%s, worst severity %d", device->name, report->version,
            report->event_count, report->event_count == 1 ? "" : "s", report->worst_severity);
    else
        log_line(LOG_INFO, "%s: unchanged since version %u", device->name, report->version);
}

/* Only now: what was heard during the pull may be what it found. */
static void name_actor(struct collection *collection, const struct entry *entry)
{
    struct suspect suspect;
    if (entry_suspect(entry, &suspect))
        collection_set_actor(collection, &suspect.actor);
}

static void task_finish(void *ctx, void *tag, struct result *result)
{
    struct engine *e = ctx;
    struct task *task = tag;
    struct collect_report report;
    struct error err = ERROR_INIT;
    struct entry *entry = roster_find(&e->roster, task->device->name);
    if (entry)
        name_actor(task->collection, entry);
    if (collect_end(task->collection, result, &report, &err))
        log_error(&err);
    if (entry)
        entry_ended(entry, now_us(), report.failure.code, report.soon);
    if (entry && report.failure.code == RC_OK)
        hearing_let_in(e->hearing, entry->device);
    log_outcome(task->device, entry, &report);
    if (report.event_count)
        wake_notifier(e);
    task_free(task);
}

static void task_ended(void *ctx, void *tag, struct result *result)
{
    struct engine *e = ctx;
    if (lessons_took(e->lessons, tag, result))
        return;
    struct task *task = tag;
    if (!lessons_hold(e->lessons, task->collection, result, task))
        task_finish(e, task, result);
}

/* The collector could not be had: the device is not to blame, so nothing is recorded of it. */
static void task_refused(struct task *task, struct entry *entry, const struct error *why)
{
    struct engine *e = task->engine;
    e->zygote_gone = why->code == RC_CRASH;
    log_error(why);
    collection_free(task->collection);
    task_free(task);
    entry_ended(entry, now_us(), RC_BUSY, false);
}

/* One that calls home is read over the connection that it made. */
static int start_job(struct engine *e, struct entry *entry, struct task *task, struct error *err)
{
    const struct driver_job *job = collection_job(task->collection);
    if (!entry->call)
        return pool_start(e->pool, entry->device->name, job, task, err);
    struct driver_hop hop = job->hops[job->hop_count - 1];
    struct driver_job called = *job;
    hop.socket = entry->call;
    called.hops = &hop;
    called.hop_count = 1;
    int rc = pool_start(e->pool, entry->device->name, &called, task, err);
    close(entry->call);
    entry->call = 0;
    return rc;
}

static void start_task(struct engine *e, struct entry *entry)
{
    char line[1100];
    struct error err = ERROR_INIT;
    struct collection *collection = NULL;
    struct task *task = calloc(1, sizeof *task);
    int rc = task ? collect_begin(e->collect, entry->device, &collection, &err)
                  : error_set(&err, RC_NO_MEMORY, "no memory for one more device");
    if (rc) {
        free(task);
        entry_ended(entry, now_us(), (enum rc)rc, false);
        if (rc == RC_BUSY)
            log_line(LOG_INFO, "%s", err.text);
        else
            log_line(LOG_WARN, "%s: %s", entry->device->name, error_line(&err, line, sizeof line));
        return;
    }
    *task = (struct task){.next = e->tasks,
        .engine = e,
        .world = e->world,
        .device = entry->device,
        .collection = collection};
    e->tasks = task;
    e->world->users++;
    entry_started(entry);
    if (start_job(e, entry, task, &err))
        task_refused(task, entry, &err);
}

/* ---- the service manager ---- */

static size_t count_failing(const struct roster *r)
{
    size_t failing = 0;
    for (size_t i = 0; i < r->count; i++)
        failing += r->entries[i].last.failures > 0;
    return failing;
}

static void tell_status(struct engine *e)
{
    int64_t now = clock_mono_us(&clock_system);
    sd_notify(0, "WATCHDOG=1");
    if (now - e->told_mono_us < (int64_t)MOST_SLEEP_MS * 1000)
        return;
    e->told_mono_us = now;
    sd_notifyf(0, "STATUS=%zu devices, %zu being read, %zu failing, %zu listened to",
        e->roster.count, pool_running(e->pool), count_failing(&e->roster),
        hearing_held(e->hearing));
}

static void tell_reloading(void)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us(&clock_system));
}

/* ---- reload ---- */

static void warn_of_moves(const struct settings *old, const struct settings *new)
{
    if (strcmp(old->store, new->store) != 0 || !settings_same_master_key(old, new))
        log_line(LOG_WARN, "another store or key takes effect at the next start");
}

static void swap_world(struct engine *e, struct world *world, struct roster roster)
{
    struct world *old = e->world;
    const struct collect_setup setup = setup_of(e, world);
    warn_of_moves(old->settings, world->settings);
    collect_reload(e->collect, &setup);
    roster_free(&e->roster);
    e->roster = roster;
    e->world = world;
    struct error err = ERROR_INIT;
    if (settle_hearing(e, &err))
        log_error(&err);
    if (old->users == 0)
        world_free(old);
}

static void reload(struct engine *e)
{
    struct error err = ERROR_INIT;
    struct world *world = NULL;
    struct roster roster = {0};
    tell_reloading();
    int rc = world_load(e->plan->ctx, e->plan->settings_file, &world, &err);
    if (rc == RC_OK)
        rc = roster_new(world->settings, e->store, &e->roster, &roster, &err);
    if (rc == RC_OK) {
        swap_world(e, world, roster);
        e->zygote_gone = pool_reload(e->pool, world->platforms, &err) == RC_CRASH;
        log_line(LOG_NOTICE, "settings read again: %zu devices", e->roster.count);
    } else {
        world_free(world);
        role_complain(&err, "going on with the old settings");
    }
    sd_notify(0, "READY=1");
}

/* ---- the loop ---- */

static void start_due(struct engine *e)
{
    struct error err = ERROR_INIT;
    struct entry *entry;
    while (!e->zygote_gone && pool_running(e->pool) < e->world->settings->collectors &&
           (entry = roster_due(&e->roster, now_us())))
        start_task(e, entry);
    if (!e->zygote_gone && hearing_start(e->hearing, &err) == RC_CRASH) {
        log_error(&err);
        e->zygote_gone = true;
    }
}

static int sleep_ms(const struct engine *e)
{
    int64_t most = MOST_SLEEP_MS;
    if (e->plan->watchdog_us && e->plan->watchdog_us / 3000 < most)
        most = e->plan->watchdog_us / 3000;
    const int patiences[] = {pool_patience_ms(e->pool), hearing_patience_ms(e->hearing)};
    for (size_t i = 0; i < 2; i++)
        if (patiences[i] >= 0 && patiences[i] < most)
            most = patiences[i];
    if (pool_running(e->pool) < e->world->settings->collectors) {
        int64_t next_us = roster_next_us(&e->roster), now = now_us();
        int64_t left_ms = next_us > now ? (next_us - now) / 1000 + 1 : 0;
        if (next_us != INT64_MAX && left_ms < most)
            most = left_ms;
    }
    return (int)most;
}

static int wait_for_something(struct engine *e)
{
    size_t running = pool_running(e->pool);
    size_t hearing = hearing_watch_room(e->hearing);
    struct pollfd *fds = calloc(running + hearing + 2, sizeof *fds);
    if (!fds)
        return RC_NO_MEMORY;
    fds[0] = (struct pollfd){.fd = e->signals, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = e->plan->zygote, .events = 0}; /* only that it closed */
    size_t count = 2 + pool_watch(e->pool, fds + 2, running);
    count += hearing_watch(e->hearing, fds + count, hearing);
    poll(fds, (nfds_t)count, sleep_ms(e));
    e->zygote_gone = e->zygote_gone || (fds[1].revents & (POLLHUP | POLLERR));
    free(fds);
    return RC_OK;
}

static int run_schedule(struct engine *e)
{
    log_line(LOG_NOTICE, "watching %zu devices", e->roster.count);
    sd_notify(0, "READY=1");
    while (!e->zygote_gone) {
        start_due(e);
        tell_status(e);
        if (wait_for_something(e))
            return 1;
        pool_step(e->pool, task_ended, e);
        hearing_step(e->hearing);
        enum role_signal signal = role_next_signal(e->signals);
        if (signal == ROLE_STOP)
            return 0;
        if (signal == ROLE_RELOAD)
            reload(e);
    }
    return ROLE_EXIT_AGAIN;
}

/* ---- once ---- */

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void log_finished(
    void *ctx, const struct device *device, const struct collect_report *report)
{
    const struct engine *e = ctx;
    log_outcome(device, NULL, report);
    if (report->event_count)
        wake_notifier(e);
}

static int run_once(struct engine *e, struct error *err)
{
    const struct fleet_listener listener = {.finished = log_finished, .ctx = e};
    struct fleet_tally tally;
    const struct device **devices = calloc(e->roster.count + 1, sizeof *devices);
    if (!devices)
        return 1;
    for (size_t i = 0; i < e->roster.count; i++)
        devices[i] = e->roster.entries[i].device;
    sigset_t none;
    sigemptyset(&none);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    sigprocmask(SIG_SETMASK, &none, NULL);
    sd_notify(0, "READY=1");
    int rc = fleet_collect(e->pool, e->collect, devices, e->roster.count,
        e->world->settings->collectors, &listener, &stopped, &tally, err);
    free(devices);
    if (rc) {
        role_complain(err, NULL);
        return role_exit_status(rc);
    }
    return tally.failed == 0 ? 0 : tally.failed < tally.done ? 3 : 4;
}

int engine_run(const struct engine_plan *plan)
{
    struct error err = ERROR_INIT;
    struct engine e = {.plan = plan, .signals = role_signals()};
    int status;
    role_keep_secrets();
    int rc = engine_open(&e, &err);
    if (rc) {
        role_complain(&err, NULL);
        status = role_exit_status(rc);
    } else {
        write_byte(plan->ready);
        status = plan->once ? run_once(&e, &err) : run_schedule(&e);
    }
    sd_notify(0, "STOPPING=1");
    engine_close(&e);
    close(e.signals);
    return status;
}
