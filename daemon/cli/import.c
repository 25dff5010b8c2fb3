#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/action.h"
#include "cli/render.h"
#include "cli/term.h"
#include "transfer/transfer.h"

#define MOST_NOTES 20 /* that are shown of one device to people; JSON has them all */

struct show {
    struct cli *cli;
    bool dry_run;
    struct progress progress;
    json_t *notes;
    char *noted; /* the device whose notes come */
    size_t note_count;
};

/* ---- what is told ---- */

static void begun(void *ctx, size_t devices, size_t revisions)
{
    struct show *show = ctx;
    (void)devices;
    progress_start(&show->progress, "importing", revisions);
}

static void step(void *ctx)
{
    progress_step(&((struct show *)ctx)->progress, false);
}

static void show_note(
    struct show *show, const char *device, const char *path, const char *commit, const char *why)
{
    bool same = device && show->noted && strcmp(device, show->noted) == 0;
    if (!same) {
        free(show->noted);
        show->noted = device ? strdup(device) : NULL;
        show->note_count = 0;
    }
    if (device && ++show->note_count > MOST_NOTES)
        return;
    progress_clear(&show->progress);
    cli_note(show->cli, "%s%s%s%s%.12s: %s", device ? device : "", device ? ": " : "",
        device && commit ? "" : path,
        device && commit ? ""
        : commit         ? " "
                         : "",
        commit ? commit : "", why);
    if (show->note_count == MOST_NOTES)
        cli_note(show->cli, "%s: more was left out; all of it: --json", device);
}

static void noted(
    void *ctx, const char *device, const char *path, const char *commit, const char *why)
{
    struct show *show = ctx;
    json_t *note = json_object();
    show_note(show, device, path, commit, why);
    if (device)
        json_object_set_new(note, "device", json_string(device));
    if (utf8_valid(path, strlen(path)))
        json_object_set_new(note, "path", json_string(path));
    if (commit)
        json_object_set_new(note, "commit", json_string(commit));
    json_object_set_new(note, "why", json_string(why));
    json_array_append_new(show->notes, note);
}

static const char *word_of(const struct show *show, const struct import_device *d)
{
    return d->failure.code ? rc_name(d->failure.code)
           : show->dry_run ? "would be imported"
           : d->versions   ? "imported"
                           : "nothing new";
}

static void device_done(void *ctx, const struct import_device *d)
{
    struct show *show = ctx;
    struct writer *w = show->cli->out;
    bool failed = d->failure.code != RC_OK;
    if (failed) {
        progress_clear(&show->progress);
        cli_note(show->cli, "%s: %s", d->name, d->failure.text);
    }
    writer_object(w, NULL, NULL);
    writer_text(w, "device", d->name, STYLE_PLAIN);
    writer_text(w, "group", d->group, STYLE_MACHINE);
    writer_text(w, "path", d->path, STYLE_MACHINE);
    writer_text(w, "platform", d->platform ? d->platform->name : NULL, STYLE_PLAIN);
    writer_text(w, "result", word_of(show, d), failed ? STYLE_BAD : STYLE_GOOD);
    writer_number(w, "revisions", (int64_t)d->revisions, STYLE_PLAIN);
    if (!show->dry_run)
        writer_number(w, "versions", (int64_t)d->versions, STYLE_PLAIN);
    if (!show->dry_run)
        writer_number(w, "events", (int64_t)d->events, STYLE_PLAIN);
    if (!show->dry_run)
        writer_number(w, "unchanged", (int64_t)d->unchanged, STYLE_PLAIN);
    writer_number(w, "older", (int64_t)d->older, STYLE_PLAIN);
    if (!show->dry_run)
        writer_number(w, "skipped", (int64_t)d->skipped, d->skipped ? STYLE_WARN : STYLE_PLAIN);
    writer_time(w, "first", d->first_us, STYLE_PLAIN);
    writer_time(w, "last", d->last_us, STYLE_PLAIN);
    writer_text(w, "message", failed ? d->failure.text : NULL, STYLE_MACHINE);
    writer_close(w);
}

static void sum_up(
    struct show *show, const struct import *import, const struct import_report *report)
{
    struct writer *w = show->cli->out;
    writer_json(w, "notes", show->notes, STYLE_MACHINE);
    show->notes = NULL;
    writer_object(w, "total", NULL);
    writer_text(w, "found", report->scheme, STYLE_MACHINE);
    writer_number(w, "devices", (int64_t)report->devices, STYLE_MACHINE);
    writer_number(w, "failed", (int64_t)report->failed, STYLE_MACHINE);
    writer_number(w, "versions", (int64_t)report->versions, STYLE_MACHINE);
    writer_number(w, "events", (int64_t)report->events, STYLE_MACHINE);
    writer_number(w, "unchanged", (int64_t)report->unchanged, STYLE_MACHINE);
    writer_number(w, "older", (int64_t)report->older, STYLE_MACHINE);
    writer_number(w, "skipped", (int64_t)report->skipped, STYLE_MACHINE);
    writer_flag(w, "stopped", report->stopped, STYLE_MACHINE);
    writer_flag(w, "dry-run", import->dry_run, STYLE_MACHINE);
    writer_close(w);
    cli_note(show->cli, "%s: %s", import->path, report->scheme);
    if (import->dry_run)
        cli_note(show->cli, "%zu devices; nothing was stored", report->devices);
    else
        cli_note(show->cli,
            "%zu devices: %zu versions with %zu events; %zu unchanged, %zu not newer than what is "
            "stored, %zu skipped",
            report->devices, report->versions, report->events, report->unchanged, report->older,
            report->skipped);
    if (report->stopped)
        cli_note(show->cli, "stopped; the same command goes on where it was");
}

/* ---- what is asked ---- */

/* P, or NAME=P. */
static int parse_platforms(
    struct cli *cli, const struct option_list *list, struct import_platform *out, char **copies)
{
    for (size_t i = 0; i < list->count; i++) {
        char *copy = copies[i] = strdup(list->at[i]);
        char *equals = copy ? strchr(copy, '=') : NULL;
        if (equals)
            *equals = '\0';
        out[i].device = equals ? copy : NULL;
        int rc = cli_platform(cli, equals ? equals + 1 : list->at[i], &out[i].platform);
        if (rc)
            return rc;
    }
    return EXIT_CLEAN;
}

static int open_all(struct cli *cli, struct import *import)
{
    int rc = cli_open_settings(cli);
    if (rc)
        return rc;
    /* a dry run makes no store */
    if (!import->dry_run || access(cli->settings->store, F_OK) == 0)
        rc = cli_open_store(cli, import->dry_run ? STORE_READ : STORE_WRITE);
    if (rc == 0 && !import->dry_run)
        rc = cli_open_key(cli);
    if (rc == 0)
        rc = cli_open_meaning(cli);
    import->all = cli->platforms;
    import->setup = (struct collect_setup){.ctx = cli->ctx,
        .settings = cli->settings,
        .meaning = cli->meaning,
        .key = cli->key,
        .store = cli->store,
        .clock = &clock_system};
    return rc;
}

/* Who brings a history in stands in front of it in the log. */
static int record(struct cli *cli, const struct import *import, const char *from)
{
    const char *path = utf8_valid(import->path, strlen(import->path)) ? import->path : "";
    return cli_record_action(
        cli, "import", NULL, json_pack("{s:s,s:s}", "from", from, "path", path));
}

static int exit_after(const struct import_report *report)
{
    if (report->stopped)
        return EXIT_SOME;
    if (report->failed)
        return report->failed == report->devices ? EXIT_ALL : EXIT_SOME;
    return EXIT_CLEAN;
}

static int run(struct cli *cli, const struct import *import)
{
    struct error err = ERROR_INIT;
    struct import_report report;
    struct show show = {.cli = cli, .dry_run = import->dry_run, .notes = json_array()};
    const struct import_listener listener = {
        .begun = begun, .step = step, .note = noted, .device = device_done, .ctx = &show};
    writer_list(cli_writer(cli, "import"), "devices", NULL);
    int rc = import_run(import, &listener, &report, &err);
    if (show.progress.what)
        progress_end(&show.progress);
    writer_close(cli->out);
    if (rc == 0)
        sum_up(&show, import, &report);
    json_decref(show.notes);
    free(show.noted);
    return rc ? cli_fail(&err) : exit_after(&report);
}

int command_import(struct cli *cli, int argc, char **argv)
{
    struct option_list platforms = {.count = 0};
    struct import import = {.dry_run = false};
    struct import_platform wanted[OPTION_LIST_MOST];
    char *copies[OPTION_LIST_MOST] = {NULL};
    const char *from = NULL;
    const struct option_row rows[] = {
        {"from", 0, OPTION_TEXT, &from, "TOOL", "oxidized, rancid, folder or rollcall"},
        {"platform", 'p', OPTION_LIST, &platforms, "[NAME=]P",
            "of devices that nothing else says it of, or of this one"},
        {"device", 'd', OPTION_TEXT, &import.device, "GLOB", "only devices of such names"},
        {"group", 'g', OPTION_TEXT, &import.group, "G", "only devices of this group"},
        {"dry-run", 'n', OPTION_FLAG, &import.dry_run, NULL, "say what is there, store nothing"},
        {0}};
    int rc = cli_options(cli, "import", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("import");
    if (!from)
        return cli_usage("import", "--from is missing: oxidized, rancid, folder or rollcall");
    if (!import_from_name(from, &import.from))
        return cli_usage("import",
            "nothing is imported from \"%s\"; there are oxidized, rancid, folder and rollcall",
            from);
    import.path = argv[0];
    import.platforms = wanted;
    import.platform_count = platforms.count;
    import.stop = term_stop();
    rc = parse_platforms(cli, &platforms, wanted, copies);
    if (rc == 0)
        rc = open_all(cli, &import);
    if (rc == 0 && !import.dry_run)
        rc = record(cli, &import, from);
    if (rc == 0)
        rc = run(cli, &import);
    for (size_t i = 0; i < platforms.count; i++)
        free(copies[i]);
    return rc;
}
