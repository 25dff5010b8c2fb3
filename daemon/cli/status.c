#include "cli/cli.h"

struct tally {
    struct writer *w;
    size_t devices, failing;
};

static int show_device(void *ctx, const struct store_device *d)
{
    struct tally *t = ctx;
    struct writer *w = t->w;
    t->devices++;
    t->failing += d->failure != NULL;
    writer_object(w, NULL, NULL);
    writer_text(w, "device", d->device, STYLE_PLAIN);
    writer_text(w, "state", d->failure ? d->failure : "ok", d->failure ? STYLE_BAD : STYLE_GOOD);
    writer_text(w, "platform", d->platform, STYLE_PLAIN);
    writer_text(w, "address", d->address, STYLE_MACHINE);
    writer_time(w, "last_success", d->last_success_us, STYLE_PLAIN);
    writer_time(w, "last_try", d->last_try_us, STYLE_MACHINE);
    writer_number(w, "version", d->version, STYLE_PLAIN);
    writer_time(w, "version_since", d->version_us, STYLE_MACHINE);
    writer_number(w, "accounts", d->accounts, STYLE_PLAIN);
    writer_number(w, "admins", d->admins, STYLE_PLAIN);
    if (d->failures)
        writer_number(w, "failures", d->failures, STYLE_BAD);
    writer_text(w, "message", d->message, STYLE_PLAIN);
    writer_close(w);
    return 0;
}

static int show_place(void *ctx, const struct store_head_place *place)
{
    struct writer *w = ctx;
    writer_object(w, NULL, NULL);
    writer_text(w, "heads_to", place->place, STYLE_PLAIN);
    writer_text(
        w, "state", place->message ? "failing" : "ok", place->message ? STYLE_BAD : STYLE_GOOD);
    writer_number(w, "size", (int64_t)place->size, STYLE_PLAIN);
    writer_time(w, "sent", place->sent_us, STYLE_PLAIN);
    writer_time(w, "tried", place->tried_us, STYLE_MACHINE);
    if (place->failures)
        writer_number(w, "failures", place->failures, STYLE_BAD);
    writer_text(w, "message", place->message, STYLE_PLAIN);
    writer_close(w);
    return 0;
}

int command_status(struct cli *cli, int argc, char **argv)
{
    int rc = cli_options(cli, "status", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc > 1)
        return cli_operands("status");
    rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct writer *w = cli_writer(cli, "status");
    struct tally tally = {.w = w};
    struct error err = ERROR_INIT;
    int64_t due_us;
    size_t waiting = 0;
    writer_list(w, "devices", NULL);
    rc = store_devices(cli->store, argc ? argv[0] : NULL, show_device, &tally, &err);
    writer_close(w);
    if (rc == 0 && !argc) {
        writer_list(w, "heads", NULL);
        rc = store_head_places(cli->store, show_place, w, &err);
        writer_close(w);
    }
    if (rc == 0)
        rc = store_outbox_next(cli->store, &due_us, &waiting, &err);
    if (rc)
        return cli_fail(&err);
    if (argc && tally.devices == 0) {
        error_set(
            &err, RC_NOT_FOUND, "nothing is known of \"%s\" yet; see: rollcall devices", argv[0]);
        return cli_fail(&err);
    }
    writer_line(w, STYLE_DIM, "%zu device%s, %zu failing, %zu alert%s waiting", tally.devices,
        tally.devices == 1 ? "" : "s", tally.failing, waiting, waiting == 1 ? "" : "s");
    writer_number(w, "alerts_waiting", (int64_t)waiting, STYLE_MACHINE);
    if (tally.failing == 0)
        return EXIT_CLEAN;
    return tally.failing == tally.devices ? EXIT_ALL : EXIT_SOME;
}
