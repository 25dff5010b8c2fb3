#include "cli/render.h"

static int show_version(void *ctx, const struct store_version *v)
{
    struct writer *w = ctx;
    writer_object(w, NULL, NULL);
    writer_number(w, "version", v->number, STYLE_PLAIN);
    writer_time(w, "created", v->created_us, STYLE_PLAIN);
    writer_time(w, "seen", v->seen_us, STYLE_DIM);
    writer_text(w, "author", v->author, STYLE_PLAIN);
    writer_number(w, "events", v->event_count, STYLE_PLAIN);
    if (v->worst_severity)
        writer_number(w, "worst", v->worst_severity, style_of_severity(v->worst_severity));
    writer_number(w, "bytes", (int64_t)v->bytes, STYLE_PLAIN);
    writer_text(w, "platform", v->platform, STYLE_MACHINE);
    writer_text(w, "digest", v->digest, STYLE_MACHINE);
    writer_close(w);
    return 0;
}

int command_history(struct cli *cli, int argc, char **argv)
{
    int rc = cli_options(cli, "history", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("history");
    rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct writer *w = cli_writer(cli, "history");
    struct error err = ERROR_INIT;
    writer_text(w, "device", argv[0], STYLE_MACHINE);
    writer_list(w, "versions", NULL);
    rc = store_history(cli->store, argv[0], show_version, w, &err);
    writer_close(w);
    if (rc == 0 && writer_rows(w) == 0)
        rc = error_set(
            &err, RC_NOT_FOUND, "nothing is known of \"%s\"; see: rollcall status", argv[0]);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
