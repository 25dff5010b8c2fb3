/* The log's signed head, and the proof that it grew from an older one. */
#include "evidence/head.h"

#include <stdlib.h>

#include "cli/cli.h"

static int show_head(struct cli *cli, uint64_t size, struct error *err)
{
    struct buf note = {.cap = NOTE_MOST_BYTES};
    struct head head;
    char root[MERKLE_HEX_SIZE];
    int rc = store_head(cli->store, size, &note, err);
    if (rc == RC_NOT_FOUND)
        error_set(err, rc,
            "no head of that size was kept: only the newest, and those that were sent out, are");
    if (!rc)
        rc = head_parse(buf_str(&note), &head, err);
    if (!rc && cli->format == WRITER_TEXT) {
        fputs(buf_text(&note), stdout);
    } else if (!rc) {
        struct writer *w = cli_writer(cli, "head");
        writer_text(w, "log", head.log, STYLE_PLAIN);
        writer_number(w, "size", (int64_t)head.size, STYLE_PLAIN);
        writer_text(w, "root", merkle_hex(&head.root, root), STYLE_PLAIN);
        writer_time(w, "time", head.time_us, STYLE_PLAIN);
        writer_text(w, "note", buf_text(&note), STYLE_PLAIN);
    }
    buf_free(&note);
    return rc;
}

/* {"rollcall":1,"kind":"consistency","old","size","hashes"}, whatever the format: for a program. */
static int show_proof(struct cli *cli, uint64_t old, uint64_t size, struct error *err)
{
    struct proof proof;
    char hex[MERKLE_HEX_SIZE];
    int rc = size ? RC_OK : store_log_size(cli->store, &size, err);
    if (!rc)
        rc = store_prove_consistency(cli->store, old, size, &proof, err);
    if (rc)
        return rc;
    cli->format = WRITER_JSON;
    struct writer *w = cli_writer(cli, "consistency");
    writer_number(w, "old", (int64_t)old, STYLE_PLAIN);
    writer_number(w, "size", (int64_t)size, STYLE_PLAIN);
    json_t *hashes = json_array();
    for (size_t i = 0; i < proof.count; i++)
        json_array_append_new(hashes, json_string(merkle_hex(&proof.hashes[i], hex)));
    writer_json(w, "hashes", hashes, STYLE_PLAIN);
    return RC_OK;
}

int command_head(struct cli *cli, int argc, char **argv)
{
    long size = 0, old = -1;
    const struct option_row rows[] = {
        {"size", 0, OPTION_NUMBER, &size, "N", "of so many entries; default: the newest"},
        {"proof", 0, OPTION_NUMBER, &old, "N", "prove that the log begins with that of N entries"},
        {0}};
    int rc = cli_options(cli, "head", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc)
        return cli_operands("head");
    rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    rc = old >= 0 ? show_proof(cli, (uint64_t)old, (uint64_t)size, &err)
                  : show_head(cli, (uint64_t)size, &err);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
