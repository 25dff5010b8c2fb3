#include <sodium.h>
#include <stdlib.h>

#include "cli/cli.h"

/* Each credential once: where a secret comes from is part of the settings. */
static int check_credentials(const struct settings *s, size_t *count, struct error *err)
{
    struct buf certificate = {0};
    const struct credential **seen = calloc(s->device_count + 1, sizeof *seen);
    int rc = seen ? RC_OK : error_set(err, RC_NO_MEMORY, "out of memory");
    *count = 0;
    for (size_t i = 0; i < s->device_count && rc == 0; i++) {
        const struct credential *c = s->devices[i].credential;
        size_t known = 0;
        while (c && known < *count && seen[known] != c)
            known++;
        if (!c || known < *count)
            continue;
        seen[(*count)++] = c;
        struct driver_login login;
        rc = settings_resolve(c, &login, err);
        if (rc == 0)
            login_free(&login);
        if (rc == 0)
            rc = settings_resolve_certificate(c, &certificate, err);
        buf_clear(&certificate);
    }
    buf_free(&certificate);
    free(seen);
    return rc;
}

/* The master key can be had, and is not another store's. */
static int check_key(struct cli *cli)
{
    struct error err = ERROR_INIT;
    unsigned char key[MASTER_KEY_BYTES];
    int rc = settings_master_key(cli->settings, key, &err);
    sodium_memzero(key, sizeof key);
    if (!rc && cli_try_store(cli, STORE_READ, &err) == RC_SETTINGS)
        rc = RC_SETTINGS;
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int command_check(struct cli *cli, int argc, char **argv)
{
    int rc = cli_options(cli, "check", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc > 0)
        return cli_operands("check");
    rc = cli_open_settings(cli);
    if (rc == 0)
        rc = check_key(cli);
    if (rc == 0)
        rc = cli_open_meaning(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    size_t credentials, sink_count, profiles = 0;
    struct sink_settings *sinks = NULL;
    rc = check_credentials(cli->settings, &credentials, &err);
    if (rc == 0)
        rc = settings_resolve_sinks(cli->settings, &sinks, &sink_count, &err);
    if (rc)
        return cli_fail(&err);
    sinks_free(sinks, sink_count);
    for (const struct platform *p; (p = platforms_at(cli->platforms, profiles)); profiles++) {
        struct reader *reader = NULL;
        if (platform_open(p, &err) || reader_new(p, &reader, &err))
            return cli_fail(&err);
        reader_free(reader);
    }
    struct writer *w = cli_writer(cli, "check");
    writer_line(w, STYLE_GOOD, "%s is valid", cli->settings->file);
    writer_object(w, "settings", NULL);
    writer_number(w, "devices", (int64_t)cli->settings->device_count, STYLE_PLAIN);
    writer_number(w, "credentials", (int64_t)credentials, STYLE_PLAIN);
    writer_number(w, "sinks", (int64_t)sink_count, STYLE_PLAIN);
    writer_number(w, "platforms", (int64_t)profiles, STYLE_PLAIN);
    writer_text(w, "store", cli->settings->store, STYLE_PLAIN);
    writer_text(w, "key",
        cli->settings->key_file ? cli->settings->key_file : cli->settings->master_key_name,
        STYLE_PLAIN);
    writer_close(w);
    return EXIT_CLEAN;
}
