#include "store/prune.h"

#include <stdlib.h>
#include <string.h>

#include "cli/action.h"

struct pruning {
    struct cli *cli;
    const char *policy, *device; /* only these, or NULL */
    char *user;
    bool dry;
    struct device_list {
        char **names;
        size_t count, room;
    } devices;
    const char *at;                /* the device at hand, */
    const struct keep_policy *its; /* and its policy */
    struct prune_tally tally;
    size_t runs, messages;
};

static int add_device(void *ctx, const struct store_device *d)
{
    struct device_list *list = ctx;
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        char **more = realloc(list->names, room * sizeof *more);
        if (!more)
            return RC_NO_MEMORY;
        list->names = more;
        list->room = room;
    }
    list->names[list->count] = strdup(d->device);
    return list->names[list->count++] ? RC_OK : RC_NO_MEMORY;
}

static void show_version(void *ctx, const struct retained *v)
{
    struct pruning *p = ctx;
    if (v->kept)
        return;
    struct writer *w = p->cli->out;
    writer_object(w, NULL, NULL);
    writer_text(w, "device", p->at, STYLE_PLAIN);
    writer_number(w, "version", v->number, STYLE_PLAIN);
    writer_time(w, "created", v->from_us, STYLE_PLAIN);
    writer_time(w, "until", v->until_us, STYLE_DIM);
    writer_text(w, "policy", p->its->name, STYLE_PLAIN);
    writer_text(w, "why", v->why, STYLE_PLAIN);
    writer_close(w);
}

static int prune_device(struct pruning *p, const char *device, struct error *err)
{
    p->at = device;
    p->its = settings_policy(p->cli->settings, device);
    if (!p->its || (p->policy && strcmp(p->policy, p->its->name) != 0))
        return RC_OK;
    const struct prune order = {.device = device,
        .policy = p->its,
        .user_json = p->user,
        .dry = p->dry,
        .each = show_version,
        .ctx = p};
    return store_prune(p->cli->store, &order, &p->tally, err);
}

static int prune_rest(struct pruning *p, struct error *err)
{
    const struct settings *s = p->cli->settings;
    const char **sinks = calloc(s->sink_count + 1, sizeof *sinks);
    if (!sinks)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < s->sink_count; i++)
        sinks[i] = s->sinks[i].name;
    const struct prune_rest rest = {
        .before_us = clock_now_us(&clock_system) - s->retention->runs_us,
        .sinks = sinks,
        .sink_count = s->sink_count,
        .user_json = p->user,
        .dry = p->dry};
    int rc = store_prune_rest(p->cli->store, &rest, &p->runs, &p->messages, err);
    free(sinks);
    return rc;
}

static int prune_all(struct pruning *p, struct error *err)
{
    int rc = store_devices(p->cli->store, p->device, add_device, &p->devices, err);
    if (rc == RC_OK && p->device && p->devices.count == 0)
        rc = error_set(
            err, RC_NOT_FOUND, "nothing is known of \"%s\"; see: rollcall status", p->device);
    for (size_t i = 0; i < p->devices.count && rc == RC_OK; i++)
        rc = prune_device(p, p->devices.names[i], err);
    if (rc == RC_OK && !p->device && !p->policy)
        rc = prune_rest(p, err);
    return rc;
}

static void show_tally(struct pruning *p, int64_t left)
{
    struct writer *w = p->cli->out;
    writer_number(w, "pruned", (int64_t)p->tally.versions, STYLE_MACHINE);
    writer_number(w, "bytes", p->tally.bytes, STYLE_MACHINE);
    writer_number(w, "runs", (int64_t)p->runs, STYLE_MACHINE);
    writer_number(w, "messages", (int64_t)p->messages, STYLE_MACHINE);
    writer_flag(w, "dry_run", p->dry, STYLE_MACHINE);
    cli_note(p->cli, "%s%zu versions (%lld bytes), %zu runs, %zu messages for sinks that are gone",
        p->dry ? "would prune " : "pruned ", p->tally.versions, (long long)p->tally.bytes, p->runs,
        p->messages);
    if (left > 0)
        cli_note(p->cli,
            "%lld bytes are free within the file, for what comes; to have them back at once, stop "
            "rollcalld and type: sqlite3 %s VACUUM",
            (long long)left, p->cli->settings->store);
}

static int check_policy(const struct pruning *p)
{
    const struct retention *r = p->cli->settings->retention;
    if (!r)
        return cli_usage(
            "prune", "%s has no retention: nothing is ever pruned", p->cli->settings->file);
    for (size_t i = 0; i < r->policy_count; i++)
        if (!p->policy || strcmp(r->policies[i].name, p->policy) == 0)
            return EXIT_CLEAN;
    return p->policy ? cli_usage("prune", "no policy \"%s\" in retention of %s", p->policy,
                           p->cli->settings->file)
                     : EXIT_CLEAN;
}

static int run(struct pruning *p)
{
    struct error err = ERROR_INIT;
    int64_t left = 0;
    json_t *user = cli_operator();
    p->user = user ? json_dumps(user, JSON_COMPACT) : NULL;
    json_decref(user);
    struct writer *w = cli_writer(p->cli, "prune");
    writer_list(w, "versions", NULL);
    int rc = p->user ? prune_all(p, &err) : error_set(&err, RC_NO_MEMORY, "out of memory");
    writer_close(w);
    if (rc == RC_OK && !p->dry)
        rc = store_prune_end(p->cli->store, &left, &err);
    if (rc == RC_OK)
        show_tally(p, left);
    for (size_t i = 0; i < p->devices.count; i++)
        free(p->devices.names[i]);
    free(p->devices.names);
    free(p->user);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int command_prune(struct cli *cli, int argc, char **argv)
{
    struct pruning p = {.cli = cli};
    const struct option_row rows[] = {
        {"dry-run", 'n', OPTION_FLAG, &p.dry, NULL, "only say what would go, and why"},
        {"policy", 'p', OPTION_TEXT, &p.policy, "P", "devices of this policy"},
        {"device", 'd', OPTION_TEXT, &p.device, "D", "this device"}, {0}};
    int rc = cli_options(cli, "prune", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc > 0)
        return cli_operands("prune");
    rc = cli_open_settings(cli);
    if (rc == 0)
        rc = check_policy(&p);
    if (rc == 0)
        rc = p.dry ? cli_open_store(cli, STORE_READ) : cli_open_store_to_record(cli);
    return rc ? rc : run(&p);
}
