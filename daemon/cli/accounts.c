#include "cli/past.h"

#include <stdlib.h>
#include <string.h>

struct listing {
    struct cli *cli;
    char *device; /* of the last row, and since when that account was there */
    int64_t since_us;
    bool doubtful; /* whether that is to be believed */
    int rc;
    struct error err;
};

/* Most accounts of a device are there since the same time: it is looked up once. */
static int look_up_doubt(struct listing *l, const struct store_account_row *row)
{
    struct store_version version = {0};
    if (l->device && strcmp(l->device, row->device) == 0 && l->since_us == row->since_us)
        return RC_OK;
    free(l->device);
    l->device = strdup(row->device);
    l->since_us = row->since_us;
    if (!l->device)
        return error_set(&l->err, RC_NO_MEMORY, "out of memory");
    int rc = store_version(l->cli->store, row->device, 0, row->since_us, &version, &l->err);
    l->doubtful = rc == RC_OK && version.doubtful;
    store_version_clear(&version);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static int show_row(void *ctx, const struct store_account_row *row)
{
    struct listing *listing = ctx;
    struct writer *w = listing->cli->out;
    const struct store_account *a = &row->account;
    char since[SINCE_SIZE];
    listing->rc = look_up_doubt(listing, row);
    if (listing->rc)
        return 1;
    const struct since when = {row->since_us, row->since_first, listing->doubtful};
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
    writer_text(w, "since", since_text(&when, since), STYLE_HUMAN);
    writer_time(w, "since", row->since_us, STYLE_MACHINE);
    writer_flag(w, "since_first", row->since_first, STYLE_MACHINE);
    writer_flag(w, "doubtful", listing->doubtful, STYLE_MACHINE);
    writer_time(w, "changed", row->changed_us, STYLE_MACHINE);
    writer_number(w, "version", row->version, STYLE_PLAIN);
    writer_text(w, "platform", row->platform, STYLE_MACHINE);
    writer_close(w);
    return 0;
}

/* A device that is unknown, or was then, is a mistake; that nobody fits is an answer. */
static int explain_none(struct cli *cli, const struct store_account_query *query, struct error *err)
{
    struct store_version version = {0};
    int rc = RC_OK;
    if (query->device)
        rc = past_explain(cli,
            store_version(cli->store, query->device, 0, query->at_us, &version, err), query->device,
            0, query->at_us, err);
    store_version_clear(&version);
    if (rc == RC_OK)
        cli_note(cli, "no account is known that fits%s",
            query->name ? "; of the past: rollcall history --account NAME" : "");
    return rc;
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
    struct listing listing = {.cli = cli, .err = ERROR_INIT};
    if (query.at_us)
        writer_time(w, "at", query.at_us, STYLE_MACHINE);
    writer_list(w, "accounts", NULL);
    rc = store_accounts(cli->store, &query, show_row, &listing, &listing.err);
    rc = rc ? rc : listing.rc;
    writer_close(w);
    if (rc == 0 && writer_rows(w) == 0)
        rc = explain_none(cli, &query, &listing.err);
    free(listing.device);
    return rc ? cli_fail(&listing.err) : EXIT_CLEAN;
}
