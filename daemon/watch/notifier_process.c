/* The notifier as a process of the daemon. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "watch/notifier.h"
#include "watch/role.h"
#include "watch/world.h"

#define IDLE_MS 5000

struct process {
    const struct ly_ctx *ctx;
    const char *settings_file;
    struct world *world;
    struct store_keys keys;
    char key_source[256];
    struct store *store;
    struct notifier *notifier;
};

/* From where the settings in force point. */
static int master_key(void *ctx, unsigned char key[STORE_KEY_BYTES], struct error *err)
{
    const struct process *p = ctx;
    return settings_master_key(p->world->settings, key, err);
}

/* What it tells is among the records; the configs are none of its business. */
static int open_store(struct process *p, struct error *err)
{
    snprintf(p->key_source, sizeof p->key_source, "%s", p->world->settings->master_key_name);
    p->keys = (struct store_keys){
        .master = master_key, .ctx = p, .source = p->key_source, .uses = STORE_KEY_RECORD};
    return store_open(
        p->world->settings->store, STORE_WRITE, &p->keys, &clock_system, &p->store, err);
}

static int reload(struct process *p, struct error *err)
{
    struct world *world = NULL, *old = p->world;
    struct notifier *notifier = NULL;
    int rc = world_load(p->ctx, p->settings_file, &world, err);
    if (rc)
        return rc;
    p->world = world;
    if (!p->store)
        rc = open_store(p, err);
    if (rc == RC_OK)
        rc = notifier_new(world->settings, p->store, &clock_system, &notifier, err);
    if (rc) {
        p->world = old;
        world_free(world);
        return rc;
    }
    notifier_free(p->notifier);
    world_free(old);
    p->notifier = notifier;
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
        poll(watched, 2, sent >= NOTIFIER_BATCH ? 0 : IDLE_MS);
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
    while (sent >= NOTIFIER_BATCH);
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
