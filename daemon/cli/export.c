#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/action.h"
#include "cli/term.h"
#include "transfer/transfer.h"

struct show {
    struct cli *cli;
    struct progress progress;
};

static void begun(void *ctx, size_t versions)
{
    progress_start(&((struct show *)ctx)->progress, "exporting", versions);
}

static void step(void *ctx)
{
    progress_step(&((struct show *)ctx)->progress, false);
}

static void noted(void *ctx, const char *device, uint32_t version, const char *why)
{
    struct show *show = ctx;
    progress_clear(&show->progress);
    cli_note(show->cli, "%s: version %u: %s", device, version, why);
}

/* JSON Lines may go to stdout: then the summary is a note alone. */
static void sum_up(
    struct show *show, const struct export *export, const struct export_report *report)
{
    cli_note(show->cli, "%s: %zu versions of %zu devices written, %zu were there, %zu left out",
        export->path, report->versions, report->devices, report->there, report->skipped);
    if (report->stopped)
        cli_note(show->cli, "stopped; the same command goes on where it was");
    if (strcmp(export->path, "-") == 0 || show->cli->format == WRITER_TEXT)
        return;
    struct writer *w = cli_writer(show->cli, "export");
    writer_text(w, "path", export->path, STYLE_PLAIN);
    writer_number(w, "devices", (int64_t)report->devices, STYLE_PLAIN);
    writer_number(w, "versions", (int64_t)report->versions, STYLE_PLAIN);
    writer_number(w, "events", (int64_t)report->events, STYLE_PLAIN);
    writer_number(w, "there", (int64_t)report->there, STYLE_PLAIN);
    writer_number(w, "skipped", (int64_t)report->skipped, STYLE_PLAIN);
    writer_flag(w, "revealed", export->reveal, STYLE_PLAIN);
    writer_flag(w, "stopped", report->stopped, STYLE_PLAIN);
}

/* Who takes secrets out stands in the log before any is read. */
static int record(struct cli *cli, const struct export *export, const char *to)
{
    const char *path = utf8_valid(export->path, strlen(export->path)) ? export->path : "";
    return cli_record_action(cli, "export", NULL,
        json_pack(
            "{s:s,s:s,s:b,s:s*}", "to", to, "path", path, "reveal", 1, "device", export->device));
}

static int run(struct cli *cli, struct export *export)
{
    struct error err = ERROR_INIT;
    struct export_report report;
    struct show show = {.cli = cli};
    const struct export_listener listener = {
        .begun = begun, .step = step, .note = noted, .ctx = &show};
    export->ctx = cli->ctx;
    export->platforms = cli->platforms;
    export->key = cli->key;
    export->store = cli->store;
    export->stop = term_stop();
    int rc = export_run(export, &listener, &report, &err);
    if (show.progress.what)
        progress_end(&show.progress);
    if (rc)
        return cli_fail(&err);
    sum_up(&show, export, &report);
    return report.stopped || report.skipped ? EXIT_SOME : EXIT_CLEAN;
}

int command_export(struct cli *cli, int argc, char **argv)
{
    struct export export = {.reveal = false};
    const char *to = NULL, *since = NULL, *until = NULL;
    const struct option_row rows[] = {{"to", 0, OPTION_TEXT, &to, "FORM", "git, folder or jsonl"},
        {"device", 'd', OPTION_TEXT, &export.device, "GLOB", "only devices of such names"},
        {"since", 0, OPTION_TEXT, &since, "TIME", "versions that came to be then or later"},
        {"until", 0, OPTION_TEXT, &until, "TIME", "versions that came to be before"},
        {"all", 'a', OPTION_FLAG, &export.all, NULL,
            "into a folder: every version, not the newest"},
        {"reveal", 0, OPTION_FLAG, &export.reveal, NULL, "secrets as the device sent them"}, {0}};
    int rc = cli_options(cli, "export", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("export");
    if (!to)
        return cli_usage("export", "--to is missing: git, folder or jsonl");
    if (!export_to_name(to, &export.to))
        return cli_usage(
            "export", "nothing is exported to \"%s\"; there are git, folder and jsonl", to);
    if (export.all && export.to != EXPORT_FOLDER)
        return cli_usage("export", "--all is for --to folder; the others have all versions");
    export.path = argv[0];
    rc = cli_time("--since", since, 0, &export.since_us);
    if (rc == 0)
        rc = cli_time("--until", until, 0, &export.until_us);
    if (rc == 0)
        rc = cli_open_settings(cli);
    if (rc == 0)
        rc = export.reveal ? cli_open_store_to_record(cli) : cli_open_store(cli, STORE_READ);
    if (rc == 0)
        rc = cli_open_key(cli);
    if (rc == 0 && export.reveal)
        rc = record(cli, &export, to);
    return rc ? rc : run(cli, &export);
}
