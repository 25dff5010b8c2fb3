#include "cli/cli.h"

static int show_row(void *ctx, const struct store_account_row *row)
{
    struct writer *w = ctx;
    const struct store_account *a = &row->account;
    char since[TIME_TEXT_SIZE + 2], time[TIME_TEXT_SIZE];
    snprintf(since, sizeof since, "%s%s", row->since_first ? "<" : "",
        time_format(row->since_us / 1000000 * 1000000, time));
    writer_object(w, NULL, NULL);
    writer_text(w, "device", row->device, STYLE_PLAIN);
    writer_text(w, "name", a->name, a->admin ? STYLE_BAD : STYLE_PLAIN);
    writer_text(w, "realm", a->realm, STYLE_MACHINE);
    writer_text(w, "kind", a->kind, STYLE_MACHINE);
    if (a->has_privilege)
        writer_number(w, "privilege", a->privilege, STYLE_PLAIN);
    writer_text(w, "role", a->roles && *a->roles ? a->roles : NULL, STYLE_PLAIN);
    writer_flag(w, "admin", a->admin, STYLE_PLAIN);
    writer_flag(w, "enabled", a->enabled, STYLE_PLAIN);
    writer_text(w, "secret", a->secret_scheme, STYLE_PLAIN);
    writer_number(w, "keys", a->key_count, STYLE_PLAIN);
    writer_text(w, "since", since, STYLE_HUMAN);
    writer_time(w, "since", row->since_us, STYLE_MACHINE);
    writer_flag(w, "since_first", row->since_first, STYLE_MACHINE);
    writer_time(w, "changed", row->changed_us, STYLE_MACHINE);
    writer_number(w, "version", row->version, STYLE_PLAIN);
    writer_text(w, "platform", row->platform, STYLE_MACHINE);
    writer_close(w);
    return 0;
}

int command_accounts(struct cli *cli, int argc, char **argv)
{
    const char *at = NULL;
    struct store_account_query query = {0};
    const struct option_row rows[] = {
        {"at", 0, OPTION_TEXT, &at, "TIME", "as of then: 2026-03-01, 2026-03-01T10:00Z, 7d"},
        {"device", 'd', OPTION_TEXT, &query.device, "D", "of this device"},
        {"name", 'n', OPTION_TEXT, &query.name, "N", "of this login name"}, {0}};
    int rc = cli_options(cli, "accounts", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc > 0)
        return cli_operands("accounts");
    rc = cli_time("--at", at, 0, &query.at_us);
    if (rc == 0)
        rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct writer *w = cli_writer(cli, "accounts");
    struct error err = ERROR_INIT;
    if (query.at_us)
        writer_time(w, "at", query.at_us, STYLE_MACHINE);
    writer_list(w, "accounts", NULL);
    rc = store_accounts(cli->store, &query, show_row, w, &err);
    writer_close(w);
    if (rc == 0 && writer_rows(w) == 0)
        cli_note(cli, "no account is known that fits");
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
