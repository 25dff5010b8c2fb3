#include <stdlib.h>
#include <string.h>

#include "cli/acks.h"
#include "cli/action.h"

/* As few digits of an id as are taken for the whole. */
#define LEAST_DIGITS 6

/* An event that is to be acknowledged. */
struct wanted {
    const char *prefix;
    char *id, *device, *says;
    bool several; /* the prefix is that of more than one */
};

struct search {
    struct wanted *at;
    size_t count;
};

static void found(struct wanted *wanted, const char *id, const char *device, json_t *document)
{
    const char *says = json_string_value(json_object_get(document, "says"));
    if (strncmp(id, wanted->prefix, strlen(wanted->prefix)) != 0)
        return;
    if (wanted->id) {
        wanted->several = true;
        return;
    }
    wanted->id = strdup(id);
    wanted->device = strdup(device);
    wanted->says = strdup(says ? says : "");
}

static int compare(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct search *search = ctx;
    (void)seen_us;
    json_t *document = json_loads(json, 0, NULL);
    const char *id = json_string_value(json_object_get(document, "id"));
    for (size_t i = 0; id && i < search->count; i++)
        found(&search->at[i], id, device, document);
    json_decref(document);
    return 0;
}

static int find_events(struct cli *cli, struct search *search, struct error *err)
{
    const struct store_event_query query = {0};
    int rc = store_events(cli->store, &query, compare, search, err);
    for (size_t i = 0; rc == RC_OK && i < search->count; i++) {
        const struct wanted *wanted = &search->at[i];
        if (wanted->several)
            rc = error_set(
                err, RC_USAGE, "several events begin with %s; write more of it", wanted->prefix);
        else if (!wanted->id)
            rc = error_set(err, RC_NOT_FOUND, "no event %s; see: rollcall changes", wanted->prefix);
        else if (!wanted->device || !wanted->says)
            rc = error_set(err, RC_NO_MEMORY, "out of memory");
    }
    return rc;
}

static int write_ack(
    struct cli *cli, const struct wanted *wanted, const char *note, struct error *err)
{
    json_t *document =
        json_pack("{s:s,s:o,s:s*}", "event", wanted->id, "user", cli_operator(), "note", note);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    const struct store_entry entry = {
        .kind = ENTRY_ACKNOWLEDGEMENT, .device = wanted->device, .document = text};
    int rc = text ? store_record(cli->store, &entry, NULL, err)
                  : error_set(err, RC_NO_MEMORY, "out of memory");
    free(text);
    json_decref(document);
    return rc;
}

/* One that is acknowledged already stays as it is. */
static int acknowledge(struct cli *cli, const struct acks *acks, const struct wanted *wanted,
    const char *note, struct error *err)
{
    char name[300];
    struct writer *w = cli->out;
    const json_t *before = acks_find(acks, wanted->id);
    int rc = before ? RC_OK : write_ack(cli, wanted, note, err);
    if (rc)
        return rc;
    if (before)
        cli_note(cli, "%s was acknowledged by %s at %s", wanted->id,
            operator_name(json_object_get(before, "user"), name, sizeof name),
            json_string_value(json_object_get(before, "at")));
    writer_object(w, NULL, NULL);
    writer_text(w, "id", wanted->id, STYLE_PLAIN);
    writer_text(w, "device", wanted->device, STYLE_PLAIN);
    writer_text(w, "says", wanted->says, STYLE_PLAIN);
    writer_text(w, "result", before ? "acknowledged before" : "acknowledged", STYLE_PLAIN);
    writer_close(w);
    return RC_OK;
}

static int acknowledge_all(
    struct cli *cli, const struct search *search, const char *note, struct error *err)
{
    struct acks *acks = NULL;
    int rc = acks_load(cli, &acks, err);
    if (rc)
        return rc;
    writer_list(cli_writer(cli, "acknowledgements"), "events", NULL);
    for (size_t i = 0; rc == RC_OK && i < search->count; i++)
        rc = acknowledge(cli, acks, &search->at[i], note, err);
    writer_close(cli->out);
    acks_free(acks);
    return rc;
}

static int check_id(const char *id)
{
    size_t len = strlen(id);
    return len < LEAST_DIGITS || strspn(id, "0123456789abcdef") != len
               ? cli_usage("ack", "\"%s\" is no id of an event (%d hex digits or more of it)", id,
                     LEAST_DIGITS)
               : EXIT_CLEAN;
}

int command_ack(struct cli *cli, int argc, char **argv)
{
    const char *note = NULL;
    const struct option_row rows[] = {
        {"note", 0, OPTION_TEXT, &note, "TEXT", "why, or the number of a ticket"}, {0}};
    int rc = cli_options(cli, "ack", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc < 1)
        return cli_operands("ack");
    for (int i = 0; i < argc && rc == 0; i++)
        rc = check_id(argv[i]);
    if (rc == 0 && note && !utf8_valid(note, strlen(note)))
        rc = cli_usage("ack", "the note is not UTF-8");
    if (rc == 0)
        rc = cli_open_store_to_record(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct search search = {calloc((size_t)argc, sizeof *search.at), (size_t)argc};
    if (!search.at)
        rc = error_set(&err, RC_NO_MEMORY, "out of memory");
    for (int i = 0; search.at && i < argc; i++)
        search.at[i].prefix = argv[i];
    if (rc == 0)
        rc = find_events(cli, &search, &err);
    if (rc == 0)
        rc = acknowledge_all(cli, &search, note, &err);
    for (size_t i = 0; search.at && i < search.count; i++) {
        free(search.at[i].id);
        free(search.at[i].device);
        free(search.at[i].says);
    }
    free(search.at);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
