/* What commands work with, made on first use. */
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/io.h"
#include "base/log.h"
#include "base/yang.h"
#include "cli/cli.h"
#include "cli/term.h"

static const char *settings_path(struct cli *cli)
{
    if (cli->settings_path)
        return cli->settings_path;
    if (!cli->default_settings_path)
        cli->default_settings_path = settings_default_path();
    return cli->default_settings_path;
}

int cli_open_models(struct cli *cli)
{
    static const char *const modules[] = {"rollcall-access", "rollcall-events", "rollcall-checks",
        "rollcall-settings", "rollcall-platform", NULL};
    struct error err = ERROR_INIT;
    if (!cli->ctx && yang_context(modules, &cli->ctx, &err))
        return cli_fail(&err);
    return EXIT_CLEAN;
}

int cli_open_platforms(struct cli *cli)
{
    if (cli->platforms)
        return EXIT_CLEAN;
    int rc = cli_open_models(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    char *folder = settings_platforms_folder(settings_path(cli));
    rc = platforms_load(cli->ctx, folder, &cli->platforms, &err);
    free(folder);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int cli_open_settings(struct cli *cli)
{
    if (cli->settings)
        return EXIT_CLEAN;
    int rc = cli_open_platforms(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    const char *path = settings_path(cli);
    rc = settings_load(cli->ctx, path, cli->platforms, &cli->settings, &err);
    if (rc == RC_NOT_FOUND)
        error_at(&err, RC_SETTINGS, path,
            "no settings file; write one with: rollcall init (or look at one device: rollcall try "
            "USER@HOST)");
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int cli_try_store(struct cli *cli, enum store_mode mode, struct error *err)
{
    cli->store_keys = (struct store_keys){.master = settings_master_key,
        .ctx = cli->settings,
        .source = cli->settings->master_key_name,
        .uses = STORE_KEYS_ALL};
    return store_open(
        cli->settings->store, mode, &cli->store_keys, &clock_system, &cli->store, err);
}

int cli_open_store(struct cli *cli, enum store_mode mode)
{
    if (cli->store)
        return EXIT_CLEAN;
    int rc = cli_open_settings(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    rc = cli_try_store(cli, mode, &err);
    if (rc == RC_NOT_FOUND && mode == STORE_READ)
        error_at(&err, rc, cli->settings->store, "no history yet; make one with: rollcall collect");
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int cli_open_key(struct cli *cli)
{
    struct error err = ERROR_INIT;
    return store_fingerprint_key(cli->store, cli->key, &err) ? cli_fail(&err) : EXIT_CLEAN;
}

/* Before there is a store: from the master key, so that what two runs print can be compared. */
static bool derive_key(struct cli *cli)
{
    static const unsigned char what[] = "rollcall fingerprint without a store";
    unsigned char master[MASTER_KEY_BYTES];
    struct error err = ERROR_INIT;
    bool there = settings_master_key(cli->settings, master, &err) == 0;
    if (there)
        crypto_generichash(cli->key, sizeof cli->key, what, sizeof what - 1, master, sizeof master);
    sodium_memzero(master, sizeof master);
    return there;
}

/* Without a word: whoever looks at one file or one router needs no store. */
static bool read_store_key(struct cli *cli)
{
    struct error err = ERROR_INIT;
    if (access(settings_path(cli), R_OK) != 0)
        return false;
    if (!cli->settings &&
        settings_load(cli->ctx, settings_path(cli), cli->platforms, &cli->settings, &err))
        return false;
    if (!cli->store && cli_try_store(cli, STORE_READ, &err))
        return derive_key(cli);
    return store_fingerprint_key(cli->store, cli->key, &err) == 0;
}

int cli_open_key_or_random(struct cli *cli)
{
    int rc = cli_open_platforms(cli);
    if (rc == 0 && !read_store_key(cli))
        randombytes_buf(cli->key, sizeof cli->key);
    return rc;
}

int cli_open_meaning(struct cli *cli)
{
    if (cli->meaning)
        return EXIT_CLEAN;
    int rc = cli_open_models(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct buf own = {0};
    const struct embedded *builtin = embedded_find("models/catalogue.yaml");
    const char *file = cli->settings ? cli->settings->catalogue_file : NULL;
    if (file)
        rc = io_read_file(file, &own, &err);
    if (rc == 0)
        rc = meaning_new(cli->ctx, file ? file : builtin->name,
            file ? buf_str(&own) : (struct str){builtin->data, builtin->len}, &cli->meaning, &err);
    buf_free(&own);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

void cli_close(struct cli *cli)
{
    meaning_free(cli->meaning);
    store_close(cli->store);
    settings_free(cli->settings);
    platforms_free(cli->platforms);
    ly_ctx_destroy(cli->ctx);
    sodium_memzero(cli->key, sizeof cli->key);
    free(cli->default_settings_path);
}

struct writer *cli_writer(struct cli *cli, const char *kind)
{
    cli->out = writer_new(cli->format, stdout, kind, term_colour(stdout), term_width(stdout));
    return cli->out;
}

static int exit_of(enum rc code)
{
    switch (code) {
    case RC_USAGE:
    case RC_SETTINGS:
        return EXIT_USAGE;
    case RC_INTEGRITY:
        return EXIT_INTEGRITY;
    default:
        return EXIT_ALL;
    }
}

int cli_fail(const struct error *err)
{
    char line[1100];
    fprintf(stderr, "rollcall: %s\n", error_line(err, line, sizeof line));
    if (*err->show)
        fprintf(stderr, "%s\n", err->show);
    return exit_of(err->code);
}

int cli_usage(const char *command, const char *format, ...)
{
    char raw[512], text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    text_escape(text, sizeof text, raw, strlen(raw));
    fprintf(stderr, "rollcall %s: %s; see: rollcall help %s\n", command, text, command);
    return EXIT_USAGE;
}

int cli_operands(const char *command)
{
    const struct command *c = command_find(command);
    fprintf(
        stderr, "usage: rollcall %s %s\nsee: rollcall help %s\n", c->name, c->synopsis, c->name);
    return EXIT_USAGE;
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    if (cli->quiet)
        return;
    char raw[1024], text[1100];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    text_escape(text, sizeof text, raw, strlen(raw));
    fprintf(stderr, "%s\n", text);
}

int cli_platform(struct cli *cli, const char *name, const struct platform **platform)
{
    int rc = cli_open_platforms(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    *platform = platforms_named(cli->platforms, name);
    if (*platform)
        return platform_open(*platform, &err) ? cli_fail(&err) : EXIT_CLEAN;
    const char *near = platforms_nearest(cli->platforms, name);
    error_set(&err, RC_USAGE, "unknown platform \"%s\"%s%s%s; see: rollcall platforms", name,
        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return cli_fail(&err);
}

int cli_device(struct cli *cli, const char *name, const struct device **device)
{
    int rc = cli_open_settings(cli);
    if (rc)
        return rc;
    *device = settings_device(cli->settings, name);
    if (*device)
        return EXIT_CLEAN;
    struct error err = ERROR_INIT;
    const char *near = settings_nearest(cli->settings, name);
    error_set(&err, RC_USAGE, "no device \"%s\" in %s%s%s%s; see: rollcall devices", name,
        cli->settings->file, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return cli_fail(&err);
}

int cli_time(const char *option, const char *text, int64_t missing, int64_t *time_us)
{
    struct error err = ERROR_INIT;
    *time_us = missing;
    if (!text || time_parse(text, clock_now_us(&clock_system), time_us, &err) == 0)
        return EXIT_CLEAN;
    error_context(&err, "%s", option);
    return cli_fail(&err);
}
