#include "cli/acks.h"
#include "cli/action.h"
#include "cli/render.h"

struct listing {
    struct writer *writer;
    const struct acks *acks;
    bool open; /* only what nobody acknowledged */
    size_t most, count;
};

static int show_one(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct listing *listing = ctx;
    (void)seen_us, (void)device;
    json_t *document = json_loads(json, 0, NULL);
    json_t *ack = acks_find(listing->acks, json_string_value(json_object_get(document, "id")));
    if (document && !(listing->open && ack)) {
        if (ack)
            json_object_set(document, "acknowledged", ack);
        render_event(listing->writer, document, true);
        listing->count++;
    }
    json_decref(document);
    return listing->most && listing->count == listing->most;
}

int command_changes(struct cli *cli, int argc, char **argv)
{
    const char *since = NULL, *until = NULL;
    long severity = 0, limit = 1000;
    struct store_event_query query = {0};
    struct listing listing = {0};
    const struct option_row rows[] = {
        {"since", 0, OPTION_TEXT, &since, "TIME", "not before: 2026-03-01, 2h, 7d"},
        {"until", 0, OPTION_TEXT, &until, "TIME", "not after"},
        {"device", 'd', OPTION_TEXT, &query.device, "D", "of this device"},
        {"event", 'e', OPTION_TEXT, &query.event, "E", "of this kind: account-created, ..."},
        {"name", 'n', OPTION_TEXT, &query.subject, "N", "about this account, line, server"},
        {"severity", 's', OPTION_NUMBER, &severity, "N", "of this severity or graver (1 to 100)"},
        {"open", 0, OPTION_FLAG, &listing.open, NULL, "only those that nobody acknowledged"},
        {"limit", 0, OPTION_NUMBER, &limit, "N", "at most so many (1000; 0: all)"}, {0}};
    int rc = cli_options(cli, "changes", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc > 0)
        return cli_operands("changes");
    rc = cli_time("--since", since, 0, &query.since_us);
    if (rc == 0)
        rc = cli_time("--until", until, 0, &query.until_us);
    if (rc == 0)
        rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    query.minimum = severity > 100 ? 100 : (int)severity;
    listing.most = (size_t)limit;
    struct acks *acks = NULL;
    struct error err = ERROR_INIT;
    if (acks_load(cli, &acks, &err))
        return cli_fail(&err);
    listing.acks = acks;
    struct writer *w = listing.writer = cli_writer(cli, "changes");
    writer_list(w, "events", NULL);
    rc = store_events(cli->store, &query, show_one, &listing, &err);
    writer_close(w);
    acks_free(acks);
    if (rc == 0 && writer_rows(w) == 0)
        cli_note(cli, "no event that fits");
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
