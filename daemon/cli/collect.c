#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/render.h"
#include "cli/term.h"
#include "watch/fleet.h"
#include "watch/notifier.h"

struct show {
    struct cli *cli;
    struct progress progress;
    size_t events;
};

static void device_done(void *ctx, const struct device *d, const struct collect_report *r)
{
    struct show *show = ctx;
    struct writer *w = show->cli->out;
    bool failed = r->failure.code != RC_OK;
    char line[1100];
    show->events += r->event_count;
    progress_step(&show->progress, failed);
    if (failed) {
        progress_clear(&show->progress);
        cli_note(show->cli, "%s", error_line(&r->failure, line, sizeof line));
    }
    writer_object(w, NULL, NULL);
    writer_text(w, "device", d->name, STYLE_PLAIN);
    writer_text(w, "result",
        failed           ? rc_name(r->failure.code)
        : r->first       ? "first version"
        : r->new_version ? "new version"
                         : "unchanged",
        failed           ? STYLE_BAD
        : r->event_count ? STYLE_WARN
                         : STYLE_GOOD);
    if (r->version)
        writer_number(w, "version", r->version, STYLE_PLAIN);
    writer_number(w, "events", (int64_t)r->event_count, STYLE_PLAIN);
    if (r->worst_severity)
        writer_number(w, "worst", r->worst_severity, style_of_severity(r->worst_severity));
    if (!failed) {
        writer_number(w, "accounts", (int64_t)r->accounts, STYLE_PLAIN);
        writer_number(w, "admins", (int64_t)r->admins, STYLE_PLAIN);
    }
    writer_number(w, "ms", r->dialogue_us / 1000, STYLE_PLAIN);
    writer_text(w, "message", failed ? r->failure.text : NULL, STYLE_MACHINE);
    writer_close(w);
}

/* The devices named, those of a group, or all that are collected at all. */
static int choose(struct cli *cli, char **names, int count, const char *group,
    const struct device ***out, size_t *chosen)
{
    const struct settings *s = cli->settings;
    const struct device **list = calloc(s->device_count + (size_t)count + 1, sizeof *list);
    *chosen = 0;
    *out = list;
    if (!list)
        return EXIT_ALL;
    for (int i = 0; i < count; i++) {
        int rc = cli_device(cli, names[i], &list[*chosen]);
        if (rc)
            return rc;
        size_t seen = 0;
        while (list[seen] != list[*chosen])
            seen++;
        *chosen += seen == *chosen;
    }
    for (size_t i = 0; count == 0 && i < s->device_count; i++) {
        const struct device *d = &s->devices[i];
        if (!d->jump_only && (!group || (d->group && strcmp(d->group, group) == 0)))
            list[(*chosen)++] = d;
    }
    if (*chosen)
        return EXIT_CLEAN;
    struct error err = ERROR_INIT;
    error_set(&err, RC_SETTINGS, "no device to collect%s%s in %s", group ? " in group " : "",
        group ? group : "", s->file);
    return cli_fail(&err);
}

/* Alerts, when no daemon is there to send them: until a pass has nothing more to send. */
static int deliver(struct cli *cli, struct error *err)
{
    struct notifier *notifier = NULL;
    size_t sent = 0;
    int rc = notifier_new(cli->settings, cli->store, &clock_system, &notifier, err);
    do {
        if (rc == 0)
            rc = notifier_pass(notifier, &sent, err);
    } while (rc == 0 && sent);
    notifier_free(notifier);
    return rc;
}

static int run(struct cli *cli, struct pool *pool, const struct device **devices, size_t count,
    struct show *show, struct fleet_tally *tally)
{
    struct error err = ERROR_INIT;
    struct collect *collect = NULL;
    const struct collect_setup setup = {.ctx = cli->ctx,
        .settings = cli->settings,
        .meaning = cli->meaning,
        .key = cli->key,
        .store = cli->store,
        .clock = &clock_system};
    const struct fleet_listener listener = {.finished = device_done, .ctx = show};
    int rc = collect_open(&setup, &collect, &err);
    if (rc)
        return cli_fail(&err);
    writer_list(cli_writer(cli, "collect"), "devices", NULL);
    progress_start(&show->progress, "collecting", count);
    rc = fleet_collect(pool, collect, devices, count, cli->settings->collectors, &listener,
        term_stop(), tally, &err);
    progress_end(&show->progress);
    writer_close(cli->out);
    collect_close(collect);
    if (rc == 0)
        rc = deliver(cli, &err);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int command_collect(struct cli *cli, int argc, char **argv)
{
    const char *group = NULL;
    const struct option_row rows[] = {
        {"group", 'g', OPTION_TEXT, &group, "G", "all devices of this group"}, {0}};
    int rc = cli_options(cli, "collect", rows, &argc, argv);
    if (rc)
        return rc;
    rc = cli_open_platforms(cli);
    if (rc)
        return rc;
    /* collectors are forked before a secret is in memory */
    struct error err = ERROR_INIT;
    struct pool *pool = NULL;
    const struct zygote_plan plan = {
        .ctx = cli->ctx, .platforms = cli->platforms, .pull = driver_run};
    ssh_prepare();
    if (pool_open(&plan, &clock_system, &pool, &err))
        return cli_fail(&err);
    const struct device **devices = NULL;
    size_t count = 0;
    rc = cli_open_store(cli, STORE_WRITE);
    if (rc == 0)
        rc = cli_open_key(cli);
    if (rc == 0)
        rc = cli_open_meaning(cli);
    if (rc == 0)
        rc = choose(cli, argv, argc, group, &devices, &count);
    struct show show = {.cli = cli};
    struct fleet_tally tally = {0};
    if (rc == 0) {
        rc = run(cli, pool, devices, count, &show, &tally);
    }
    free(devices);
    pool_close(pool);
    if (rc)
        return rc;
    if (tally.failed)
        return tally.failed == count ? EXIT_ALL : EXIT_SOME;
    return show.events ? EXIT_FINDINGS : EXIT_CLEAN;
}
