#include "watch/notifier.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "watch/heads.h"

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
    struct heads *heads;
};

/* A head's way to a sink. */
static int send_head(void *ctx, const char *sink, const char *json, struct error *err)
{
    struct notifier *n = ctx;
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->outlets[i].settings->name, sink) == 0)
            return sink_send(n->outlets[i].sink, json, err);
    return error_set(err, RC_SETTINGS, "there is no sink %s any more", sink);
}

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
    const struct heads_setup heads = {
        .settings = &settings->heads, .store = store, .clock = clock, .send = send_head, .ctx = n};
    if (rc == RC_OK)
        rc = heads_new(&heads, &n->heads, err);
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
    heads_free(n->heads);
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
    if (b->count == NOTIFIER_BATCH)
        return 1;
    struct store_message *copy = &b->at[b->count];
    *copy = *m;
    copy->json = arena_dup(&b->memory, str_of(m->json));
    if (!copy->json)
        return 1;
    b->count++;
    return 0;
}

static int deliver(struct notifier *n, struct outlet *outlet, const struct store_message *m,
    size_t *sent, struct error *err)
{
    struct error why = ERROR_INIT;
    char *with_head = heads_attach(n->heads, m->json);
    int answer = sink_send(outlet->sink, with_head ? with_head : m->json, &why);
    free(with_head);
    if (answer == RC_OK) {
        outlet->failures = 0;
        *sent += 1;
        return store_outbox_done(n->store, m->id, err);
    }
    error_context(&why, "sink %s", outlet->settings->name);
    if (answer == RC_FORMAT) {
        outlet->failures = 0;
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
    batch.at = arena_take(&batch.memory, NOTIFIER_BATCH * sizeof *batch.at);
    int rc = batch.at ? store_outbox_due(n->store, outlet->settings->name, NOTIFIER_BATCH,
                            batch_keep, &batch, err)
                      : error_set(err, RC_NO_MEMORY, "no memory for alerts");
    for (size_t i = 0; rc == RC_OK && i < batch.count; i++) {
        rc = deliver(n, outlet, &batch.at[i], sent, err);
        if (outlet->failures)
            break;
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
    if (rc == RC_OK)
        rc = heads_pass(n->heads, err);
    if (sent)
        *sent = count;
    return rc;
}
