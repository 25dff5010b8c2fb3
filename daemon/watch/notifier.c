#include "watch/notifier.h"

#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "watch/role.h"
#include "watch/world.h"

#define MOST_IN_ONE_PASS 100
#define IDLE_MS 5000

struct outlet {
    const struct sink_settings *settings;
    struct sink *sink;
    uint32_t failures; /* in a row */
    int64_t pause_until_mono_us;
};

struct notifier {
    struct store *store;
    const struct clock *clock;
    struct sink_settings *settings;
    struct outlet *outlets;
    size_t count;
};

int notifier_new(const struct settings *settings, struct store *store, const struct clock *clock,
    struct notifier **out, struct error *err)
{
    struct notifier *n = calloc(1, sizeof *n);
    if (!n)
        return error_set(err, RC_NO_MEMORY, "no memory for alerts");
    *n = (struct notifier){.store = store, .clock = clock};
    size_t count = 0;
    int rc = settings_resolve_sinks(settings, &n->settings, &count, err);
    if (rc == RC_OK && !(n->outlets = calloc(count + 1, sizeof *n->outlets)))
        rc = error_set(err, RC_NO_MEMORY, "no memory for alerts");
    if (rc == RC_OK)
        n->count = count;
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        n->outlets[i].settings = &n->settings[i];
        rc = sink_new(&n->settings[i], &n->outlets[i].sink, err);
    }
    if (rc)
        notifier_free(n);
    else
        *out = n;
    return rc;
}

void notifier_free(struct notifier *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->count; i++)
        sink_free(n->outlets[i].sink);
    free(n->outlets);
    sinks_free(n->settings, n->count);
    free(n);
}

/* Messages are copied first: no snapshot of the store stays open while the network is slow. */
struct batch {
    struct arena memory;
    struct store_message *at;
    size_t count;
};

static int batch_keep(void *ctx, const struct store_message *m)
{
    struct batch *b = ctx;
    if (b->count == MOST_IN_ONE_PASS)
        return 1;
    struct store_message *copy = &b->at[b->count];
    *copy = *m;
    copy->json = arena_dup(&b->memory, str_of(m->json));
    if (!copy->json)
        return 1;
    b->count++;
    return 0;
}

static int deliver(
    struct notifier *n, struct outlet *outlet, const struct store_message *m, struct error *err)
{
    struct error why = ERROR_INIT;
    int sent = sink_send(outlet->sink, m->json, &why);
    if (sent == RC_OK) {
        outlet->failures = 0;
        return store_outbox_done(n->store, m->id, err);
    }
    error_context(&why, "sink %s", outlet->settings->name);
    if (sent == RC_FORMAT) {
        log_line(LOG_ERROR, "%s; this alert is dropped", why.text);
        return store_outbox_done(n->store, m->id, err);
    }
    int64_t pause_us = sink_retry_us(outlet->failures, randombytes_random());
    if (outlet->failures++ == 0)
        log_line(LOG_WARN, "%s; will be tried again", why.text);
    outlet->pause_until_mono_us = clock_mono_us(n->clock) + pause_us;
    return store_outbox_retry(n->store, m->id, clock_now_us(n->clock) + pause_us, why.text, err);
}

static int serve_outlet(struct notifier *n, struct outlet *outlet, size_t *sent, struct error *err)
{
    struct batch batch = {0};
    batch.at = arena_take(&batch.memory, MOST_IN_ONE_PASS * sizeof *batch.at);
    int rc = batch.at ? store_outbox_due(n->store, outlet->settings->name, MOST_IN_ONE_PASS,
                            batch_keep, &batch, err)
                      : error_set(err, RC_NO_MEMORY, "no memory for alerts");
    for (size_t i = 0; rc == RC_OK && i < batch.count; i++) {
        rc = deliver(n, outlet, &batch.at[i], err);
        if (outlet->failures)
            break;
        *sent += 1;
    }
    arena_free(&batch.memory);
    return rc;
}

int notifier_pass(struct notifier *n, size_t *sent, struct error *err)
{
    size_t count = 0;
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < n->count; i++)
        if (clock_mono_us(n->clock) >= n->outlets[i].pause_until_mono_us)
            rc = serve_outlet(n, &n->outlets[i], &count, err);
    if (sent)
        *sent = count;
    return rc;
}

/* ---- the process ---- */

struct process {
    const struct ly_ctx *ctx;
    const char *settings_file;
    struct world *world;
    struct store *store;
    struct notifier *notifier;
};

static int reload(struct process *p, struct error *err)
{
    struct world *world = NULL;
    struct notifier *notifier = NULL;
    int rc = world_load(p->ctx, p->settings_file, &world, err);
    if (rc == RC_OK && !p->store)
        rc = store_open(world->settings->store, STORE_WRITE, &clock_system, &p->store, err);
    if (rc == RC_OK)
        rc = notifier_new(world->settings, p->store, &clock_system, &notifier, err);
    if (rc) {
        world_free(world);
        return rc;
    }
    notifier_free(p->notifier);
    world_free(p->world);
    p->notifier = notifier;
    p->world = world;
    return RC_OK;
}

static void pass_and_log(struct process *p, size_t *sent)
{
    struct error err = ERROR_INIT;
    *sent = 0;
    if (notifier_pass(p->notifier, sent, &err))
        log_error(&err);
    if (*sent)
        log_line(LOG_INFO, "%zu alert%s delivered", *sent, *sent == 1 ? "" : "s");
}

static void wait_and_serve(struct process *p, int wake, int signals)
{
    struct error err = ERROR_INIT;
    struct pollfd watched[2] = {{.fd = wake, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    size_t sent = 0;
    for (;;) {
        pass_and_log(p, &sent);
        /* a full pass may have left something */
        poll(watched, 2, sent >= MOST_IN_ONE_PASS ? 0 : IDLE_MS);
        char bytes[64];
        if (watched[0].revents && read(wake, bytes, sizeof bytes) < 0)
            continue;
        enum role_signal signal = role_next_signal(signals);
        if (signal == ROLE_STOP)
            break;
        if (signal == ROLE_RELOAD && reload(p, &err))
            role_complain(&err, "alerts go on with the old settings");
    }
    do
        pass_and_log(p, &sent);
    while (sent >= MOST_IN_ONE_PASS);
}

int notifier_run(const struct ly_ctx *ctx, const char *settings_file, int wake)
{
    struct error err = ERROR_INIT;
    struct process p = {.ctx = ctx, .settings_file = settings_file};
    int signals = role_signals();
    int rc = reload(&p, &err);
    if (rc)
        role_complain(&err, NULL);
    else
        wait_and_serve(&p, wake, signals);
    notifier_free(p.notifier);
    store_close(p.store);
    world_free(p.world);
    return role_exit_status(rc);
}
