/* The log for those who audit: what was done, by whom, and when. */
#include <stdlib.h>
#include <string.h>

#include "cli/action.h"

struct listing {
    struct cli *cli;
    const char *action; /* this one only, or NULL */
    size_t most, count;
};

static const char *text_of(const json_t *document, const char *name)
{
    return json_string_value(json_object_get(document, name));
}

static int say_version(const json_t *document, char *out, size_t size)
{
    return snprintf(out, size, "version %d, %d events",
        (int)json_integer_value(json_object_get(document, "number")),
        (int)json_integer_value(json_object_get(document, "event_count")));
}

static int say_ack(const json_t *document, char *out, size_t size)
{
    const char *note = text_of(document, "note");
    return snprintf(
        out, size, "event %s%s%s", text_of(document, "event"), note ? ": " : "", note ? note : "");
}

static int say_action(const json_t *document, char *out, size_t size)
{
    const json_t *arguments = json_object_get(document, "arguments");
    char *text = json_object_size(arguments) ? json_dumps(arguments, JSON_COMPACT) : NULL;
    int len = snprintf(
        out, size, "%s%s%s", text_of(document, "action"), text ? " " : "", text ? text : "");
    free(text);
    return len;
}

static int say_clock(const json_t *document, char *out, size_t size)
{
    return snprintf(out, size, "the clock went from %s to %s", text_of(document, "before"),
        text_of(document, "after"));
}

/* One line of what an entry tells; of other kinds the document itself. */
static void say(enum entry_kind kind, const json_t *document, char *out, size_t size)
{
    static int (*const sayers[ENTRY_KINDS])(const json_t *, char *, size_t) = {
        [ENTRY_VERSION] = say_version,
        [ENTRY_ACKNOWLEDGEMENT] = say_ack,
        [ENTRY_ACTION] = say_action,
        [ENTRY_CLOCK] = say_clock};
    const char *says = kind == ENTRY_EVENT ? text_of(document, "says") : NULL;
    char *text = NULL;
    if (says)
        snprintf(out, size, "%s", says);
    else if (kind < ENTRY_KINDS && sayers[kind])
        sayers[kind](document, out, size);
    else if ((text = json_dumps(document, JSON_COMPACT)))
        snprintf(out, size, "%s", text);
    free(text);
}

static bool is_wanted(const struct listing *listing, const json_t *document)
{
    const char *action = text_of(document, "action");
    return !listing->action || (action && strcmp(action, listing->action) == 0);
}

static int show_entry(void *ctx, const struct store_log_entry *entry)
{
    struct listing *listing = ctx;
    struct writer *w = listing->cli->out;
    char who[300], what[500] = "";
    json_t *document =
        entry->pruned ? NULL : json_loadb(entry->document.at, entry->document.len, 0, NULL);
    if (!is_wanted(listing, document)) {
        json_decref(document);
        return 0;
    }
    const json_t *user = json_object_get(document, "user");
    if (entry->pruned)
        snprintf(what, sizeof what, "(pruned; its hash stays)");
    else
        say(entry->kind, document, what, sizeof what);
    writer_object(w, NULL, NULL);
    writer_number(w, "seq", (int64_t)entry->seq, STYLE_PLAIN);
    writer_time(w, "time", entry->time_us, STYLE_PLAIN);
    writer_text(w, "kind", entry_kind_name(entry->kind), STYLE_PLAIN);
    writer_text(w, "device", entry->device, STYLE_PLAIN);
    writer_text(w, "who", operator_name(user, who, sizeof who), STYLE_PLAIN);
    writer_text(w, "from", text_of(user, "from"), STYLE_PLAIN);
    writer_text(w, "what", what, STYLE_PLAIN);
    writer_flag(w, "pruned", entry->pruned, STYLE_MACHINE);
    if (writer_format_of(w) == WRITER_JSON && document)
        writer_json(w, "document", json_incref(document), STYLE_MACHINE);
    writer_close(w);
    json_decref(document);
    return ++listing->count == listing->most;
}

static int parse_kind(const char *name, unsigned *kinds)
{
    for (unsigned kind = 1; name && kind < ENTRY_KINDS; kind++)
        if (strcmp(entry_kind_name((enum entry_kind)kind), name) == 0) {
            *kinds = 1U << kind;
            return EXIT_CLEAN;
        }
    return name ? cli_usage("log",
                      "no kind \"%s\" of entries; there are version, event, "
                      "acknowledgement, approval, action, prune, clock, start",
                      name)
                : EXIT_CLEAN;
}

int command_log(struct cli *cli, int argc, char **argv)
{
    const char *since = NULL, *until = NULL, *kind = NULL;
    long limit = 1000;
    struct listing listing = {.cli = cli};
    struct store_log_query query = {0};
    const struct option_row rows[] = {
        {"since", 0, OPTION_TEXT, &since, "TIME", "not before: 2026-03-01, 2h, 7d"},
        {"until", 0, OPTION_TEXT, &until, "TIME", "not after"},
        {"device", 'd', OPTION_TEXT, &query.device, "D", "about this device"},
        {"kind", 'k', OPTION_TEXT, &kind, "K",
            "version, event, acknowledgement, action, prune, ..."},
        {"action", 'a', OPTION_TEXT, &listing.action, "A",
            "this action of an operator: reveal, prune, ..."},
        {"limit", 0, OPTION_NUMBER, &limit, "N", "at most so many (1000; 0: all)"}, {0}};
    int rc = cli_options(cli, "log", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc > 0)
        return cli_operands("log");
    rc = parse_kind(listing.action ? "action" : kind, &query.kinds);
    if (rc == 0)
        rc = cli_time("--since", since, 0, &query.since_us);
    if (rc == 0)
        rc = cli_time("--until", until, 0, &query.until_us);
    if (rc == 0)
        rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct writer *w = cli_writer(cli, "log");
    listing.most = (size_t)limit;
    writer_list(w, "entries", NULL);
    rc = store_log_find(cli->store, &query, show_entry, &listing, &err);
    writer_close(w);
    if (rc == 0 && listing.count == 0)
        cli_note(cli, "no entry that fits");
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
