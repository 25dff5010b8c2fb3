#include "store/backup.h"

#include <stdlib.h>
#include <string.h>

#include "cli/action.h"

static struct store_keys keys_of(struct cli *cli)
{
    return (struct store_keys){.master = settings_master_key,
        .ctx = cli->settings,
        .source = cli->settings->master_key_name,
        .uses = STORE_KEYS_ALL};
}

int command_backup(struct cli *cli, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct store_copy copy = {0};
    int rc = cli_options(cli, "backup", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("backup");
    rc = cli_open_store_to_record(cli);
    if (rc == 0)
        rc = cli_record_action(cli, "backup", NULL, json_pack("{s:s}", "file", argv[0]));
    if (rc)
        return rc;
    const struct store_keys keys = keys_of(cli);
    if (store_backup(cli->store, argv[0], &keys, &copy, &err))
        return cli_fail(&err);
    struct writer *w = cli_writer(cli, "backup");
    writer_text(w, "file", argv[0], STYLE_PLAIN);
    writer_number(w, "bytes", (int64_t)copy.bytes, STYLE_PLAIN);
    writer_number(w, "entries", (int64_t)copy.entries, STYLE_PLAIN);
    cli_note(cli, "the master key is not in it: without that, nobody can read it");
    return EXIT_CLEAN;
}

static char *document_of(const char *file, bool force)
{
    json_t *document = json_pack("{s:s,s:o,s:{s:s,s:b}}", "action", "restore", "user",
        cli_operator(), "arguments", "file", file, "force", force);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    return text;
}

int command_restore(struct cli *cli, int argc, char **argv)
{
    bool force = false;
    struct error err = ERROR_INIT;
    struct store_copy copy = {0};
    const struct option_row rows[] = {
        {"force", 'f', OPTION_FLAG, &force, NULL, "also over a newer or another history"}, {0}};
    int rc = cli_options(cli, "restore", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("restore");
    rc = cli_open_settings(cli);
    if (rc)
        return rc;
    char *document = document_of(argv[0], force);
    const struct store_keys keys = keys_of(cli);
    const struct store_restore restore = {argv[0], cli->settings->store, force, document};
    rc = document ? store_restore(&restore, &keys, &clock_system, &copy, &err)
                  : error_set(&err, RC_NO_MEMORY, "out of memory, or the file's name is no UTF-8");
    free(document);
    if (rc)
        return cli_fail(&err);
    struct writer *w = cli_writer(cli, "restore");
    writer_text(w, "store", cli->settings->store, STYLE_PLAIN);
    writer_number(w, "entries", (int64_t)copy.entries, STYLE_PLAIN);
    writer_text(w, "before", copy.replaced ? copy.beside : NULL, STYLE_PLAIN);
    if (copy.lost)
        cli_note(cli, "%llu entries of the log are only in %s now", (unsigned long long)copy.lost,
            copy.beside);
    return EXIT_CLEAN;
}
