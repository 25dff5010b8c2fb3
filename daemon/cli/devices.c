#include "cli/cli.h"

static const char *driver_word(const struct device *d)
{
    switch (d->protocol) {
    case DRIVER_NETCONF:
        return d->netconf.tls ? "netconf tls" : "netconf";
    case DRIVER_EXEC:
        return "exec";
    case DRIVER_FILE:
        return "file";
    default:
        return "ssh";
    }
}

static void show_device(struct writer *w, const struct device *d)
{
    struct buf jumps = {0};
    for (size_t i = 0; i < d->jump_count; i++) {
        buf_add(&jumps, i ? " " : "");
        buf_add(&jumps, d->jumps[i]->name);
    }
    writer_object(w, NULL, NULL);
    writer_text(w, "device", d->name, STYLE_PLAIN);
    writer_text(w, "address", d->address, STYLE_PLAIN);
    if (d->port)
        writer_number(w, "port", d->port, STYLE_PLAIN);
    writer_text(w, "driver", driver_word(d), STYLE_PLAIN);
    writer_text(w, "platform", d->platform ? d->platform->name : "auto", STYLE_PLAIN);
    writer_text(w, "group", d->group, STYLE_PLAIN);
    writer_text(w, "credential", d->credential ? d->credential->name : NULL, STYLE_PLAIN);
    writer_text(w, "user", d->credential ? d->credential->user : NULL, STYLE_PLAIN);
    writer_text(w, "jump", jumps.data, STYLE_PLAIN);
    writer_text(w, "schedule",
        d->jump_only  ? "jump host"
        : d->schedule ? "yes"
                      : "when asked",
        STYLE_PLAIN);
    if (d->protocol == DRIVER_FILE)
        writer_text(w, "path", d->file.path, STYLE_PLAIN);
    else if (d->protocol != DRIVER_EXEC)
        writer_text(w, "host_keys",
            d->host_key_policy == HOST_KEY_FIRST_USE ? "first use" : "pinned", STYLE_PLAIN);
    writer_close(w);
    buf_free(&jumps);
}

int command_devices(struct cli *cli, int argc, char **argv)
{
    const struct device *only = NULL;
    int rc = cli_options(cli, "devices", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc > 1)
        return cli_operands("devices");
    rc = argc ? cli_device(cli, argv[0], &only) : cli_open_settings(cli);
    if (rc)
        return rc;
    struct writer *w = cli_writer(cli, "devices");
    writer_list(w, "devices", NULL);
    for (size_t i = 0; i < cli->settings->device_count; i++)
        if (!only || only == &cli->settings->devices[i])
            show_device(w, &cli->settings->devices[i]);
    writer_close(w);
    return EXIT_CLEAN;
}
