#include <stdlib.h>
#include <string.h>

#include "cli/action.h"
#include "store/prune.h"

static char *document_of(const char *action, json_t *arguments)
{
    json_t *document = json_pack(
        "{s:s,s:o,s:o}", "action", action, "user", cli_operator(), "arguments", arguments);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    return text;
}

static void add_time(json_t *arguments, const char *name, int64_t time_us, int64_t open)
{
    char text[TIME_TEXT_SIZE];
    if (time_us != open)
        json_object_set_new(arguments, name, json_string(time_format(time_us, text)));
}

static int hold_device(struct cli *cli, const struct store_hold *hold, const char *reason)
{
    struct error err = ERROR_INIT;
    uint64_t id = 0;
    int rc = cli_open_store_to_record(cli);
    if (rc)
        return rc;
    json_t *arguments = json_pack("{s:s}", "reason", reason);
    if (hold->number)
        json_object_set_new(arguments, "version", json_integer(hold->number));
    add_time(arguments, "since", hold->since_us, 0);
    add_time(arguments, "until", hold->until_us, INT64_MAX);
    char *document = document_of("hold", arguments);
    rc = document ? store_hold(cli->store, hold, document, &id, &err)
                  : error_set(&err, RC_NO_MEMORY, "out of memory");
    free(document);
    if (rc)
        return cli_fail(&err);
    struct writer *w = cli_writer(cli, "hold");
    writer_number(w, "id", (int64_t)id, STYLE_PLAIN);
    writer_text(w, "device", hold->device, STYLE_PLAIN);
    return EXIT_CLEAN;
}

static int release(struct cli *cli, const char *number, const char *reason)
{
    struct error err = ERROR_INIT;
    char *end;
    unsigned long long id = strtoull(number, &end, 10);
    if (end == number || *end)
        return cli_usage("hold", "release wants the number of a hold, not \"%s\"", number);
    int rc = cli_open_store_to_record(cli);
    if (rc)
        return rc;
    char *document =
        document_of("release", json_pack("{s:s,s:I}", "reason", reason, "hold", (json_int_t)id));
    rc = document ? store_release(cli->store, id, document, &err)
                  : error_set(&err, RC_NO_MEMORY, "out of memory");
    free(document);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

static int show_hold(void *ctx, const struct store_hold_row *row)
{
    struct writer *w = ctx;
    char name[200];
    json_t *document = json_loads(row->document, 0, NULL);
    const json_t *arguments = json_object_get(document, "arguments");
    writer_object(w, NULL, NULL);
    writer_number(w, "id", (int64_t)row->id, STYLE_PLAIN);
    writer_text(w, "device", row->hold.device, STYLE_PLAIN);
    if (row->hold.number)
        writer_number(w, "version", row->hold.number, STYLE_PLAIN);
    writer_time(w, "since", row->hold.since_us, STYLE_PLAIN);
    writer_time(w, "until", row->hold.until_us == INT64_MAX ? 0 : row->hold.until_us, STYLE_PLAIN);
    writer_time(w, "made", row->made_us, STYLE_DIM);
    writer_text(
        w, "by", operator_name(json_object_get(document, "user"), name, sizeof name), STYLE_PLAIN);
    writer_text(w, "reason", json_string_value(json_object_get(arguments, "reason")), STYLE_PLAIN);
    writer_text(
        w, "state", row->released ? "released" : "held", row->released ? STYLE_DIM : STYLE_WARN);
    writer_close(w);
    json_decref(document);
    return 0;
}

static int list_holds(struct cli *cli)
{
    struct error err = ERROR_INIT;
    int rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct writer *w = cli_writer(cli, "holds");
    writer_list(w, "holds", NULL);
    rc = store_holds(cli->store, show_hold, w, &err);
    writer_close(w);
    if (rc == 0 && writer_rows(w) == 0)
        cli_note(cli, "nothing is on hold");
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

int command_hold(struct cli *cli, int argc, char **argv)
{
    const char *since = NULL, *until = NULL, *reason = NULL;
    long number = 0;
    struct store_hold hold = {0};
    const struct option_row rows[] = {
        {"version", 'v', OPTION_NUMBER, &number, "N", "this version alone"},
        {"since", 0, OPTION_TEXT, &since, "TIME", "versions in force then or later"},
        {"until", 0, OPTION_TEXT, &until, "TIME", "versions in force before"},
        {"reason", 'r', OPTION_TEXT, &reason, "TEXT", "why; it stands in the log"}, {0}};
    int rc = cli_options(cli, "hold", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc == 1 && strcmp(argv[0], "list") == 0)
        return list_holds(cli);
    if (argc != 1 && (argc != 2 || strcmp(argv[0], "release") != 0))
        return cli_operands("hold");
    if (!reason || !*reason || !utf8_valid(reason, strlen(reason)))
        return cli_usage("hold", "say why: --reason TEXT");
    if (argc == 2)
        return release(cli, argv[1], reason);
    if (number && (since || until))
        return cli_usage("hold", "--version and times exclude each other");
    if (number > UINT32_MAX)
        return cli_usage("hold", "no version %ld", number);
    hold.device = argv[0];
    hold.number = (uint32_t)number;
    rc = cli_time("--since", since, 0, &hold.since_us);
    if (rc == 0)
        rc = cli_time("--until", until, INT64_MAX, &hold.until_us);
    return rc ? rc : hold_device(cli, &hold, reason);
}
