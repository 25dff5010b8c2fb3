/* The store's keys: rollcall key init|rotate|status. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/action.h"
#include "cli/cli.h"
#include "cli/term.h"
#include "evidence/head.h"

struct key_options {
    const char *new_file; /* --new-key-file */
    bool master, finish, pem;
};

/* ---- init ---- */

int cli_make_key(struct cli *cli)
{
    const char *file = cli->settings->key_file;
    /* from a command or from systemd it comes from whoever keeps it */
    return file ? cli_make_key_file(cli, file) : EXIT_CLEAN;
}

int cli_make_key_file(struct cli *cli, const char *file)
{
    struct error err = ERROR_INIT;
    int rc = key_create(file, &err);
    if (rc == RC_OK)
        printf("wrote %s: the master key of the history\n"
               "keep a copy of it elsewhere: without it nobody can read the history again\n",
            file);
    else if (rc == RC_BUSY)
        cli_note(cli, "%s exists already and stays as it is", file);
    return rc && rc != RC_BUSY ? cli_fail(&err) : EXIT_CLEAN;
}

static int key_init(struct cli *cli, const struct key_options *o)
{
    const char *file = o->new_file ? o->new_file : cli->settings->key_file;
    if (!file)
        return cli_usage("key",
            "the settings take the master key from elsewhere: --new-key-file FILE makes one to put "
            "there");
    return cli_make_key_file(cli, file);
}

/* ---- status ---- */

static int show_key(void *ctx, const struct store_key *key)
{
    struct writer *w = ctx;
    writer_object(w, NULL, NULL);
    writer_number(w, "key", key->id, STYLE_PLAIN);
    writer_text(w, "use", key->use, STYLE_PLAIN);
    writer_time(w, "created", key->created_us, STYLE_PLAIN);
    writer_time(w, "destroyed", key->retired_us, STYLE_DIM);
    writer_number(w, "things", (int64_t)key->things, STYLE_PLAIN);
    writer_close(w);
    return 0;
}

/* The log's name is in its head. */
static int find_log_key(struct store *s, struct log_key *key, struct error *err)
{
    struct buf note = {.cap = NOTE_MOST_BYTES};
    struct head head;
    int rc = store_head(s, 0, &note, err);
    if (!rc)
        rc = head_parse(buf_str(&note), &head, err);
    if (!rc) {
        memcpy(key->log, head.log, sizeof key->log);
        rc = store_public_key(s, key->public_key, err);
    }
    buf_free(&note);
    return rc;
}

static int show_public_key(struct cli *cli, struct error *err)
{
    struct log_key key;
    struct buf text = {.cap = 0};
    int rc = find_log_key(cli->store, &key, err);
    if (!rc)
        rc = key_pem(&key, &text);
    if (!rc)
        fputs(buf_text(&text), stdout);
    buf_free(&text);
    return rc ? cli_fail(err) : EXIT_CLEAN;
}

static int show_master(
    struct cli *cli, struct writer *w, const struct store_key_status *status, struct error *err)
{
    struct log_key key;
    struct buf text = {.cap = 0};
    int rc = find_log_key(cli->store, &key, err);
    if (!rc)
        rc = key_text(&key, &text);
    if (!rc) {
        writer_gap(w);
        writer_object(w, "wrapping", NULL);
        writer_text(w, "master key", cli->settings->master_key_name, STYLE_PLAIN);
        writer_text(w, "id", status->master, STYLE_PLAIN);
        writer_flag(w, "replaced", status->masters > 1, STYLE_MACHINE);
        writer_flag(w, "rotating", status->rotating, STYLE_MACHINE);
        writer_text(w, "public key", buf_text(&text), STYLE_PLAIN);
        writer_close(w);
    }
    buf_free(&text);
    return rc;
}

static void tell_what_is_left(struct cli *cli, const struct store_key_status *status)
{
    if (status->rotating)
        cli_note(cli, "a rotation was interrupted; it goes on with: rollcall key rotate");
    if (status->masters > 1)
        cli_note(cli,
            "the master key is being replaced; it goes on with: rollcall key rotate "
            "--master%s",
            cli->settings->key_file ? "" : " --finish");
}

static int key_status(struct cli *cli, const struct key_options *o)
{
    struct error err = ERROR_INIT;
    struct store_key_status status;
    int rc = cli_open_store(cli, STORE_READ);
    if (rc || o->pem)
        return rc ? rc : show_public_key(cli, &err);
    rc = store_key_status(cli->store, &status, &err);
    if (rc)
        return cli_fail(&err);
    struct writer *w = cli_writer(cli, "keys");
    writer_list(w, "keys", NULL);
    rc = store_keys_each(cli->store, show_key, w, &err);
    writer_close(w);
    if (!rc)
        rc = show_master(cli, w, &status, &err);
    if (!rc)
        tell_what_is_left(cli, &status);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

/* ---- rotate ---- */

struct rotating {
    struct progress progress;
    const volatile sig_atomic_t *stop;
};

static bool go_on(void *ctx, uint64_t done, uint64_t total)
{
    struct rotating *rotating = ctx;
    struct progress *p = &rotating->progress;
    p->total = (size_t)total;
    while (p->done < done)
        progress_step(p, false);
    return !*rotating->stop;
}

static int rotate_keys(struct cli *cli)
{
    struct error err = ERROR_INIT;
    struct rotating rotating = {.stop = term_stop()};
    bool complete = false;
    progress_start(&rotating.progress, "sealing anew", 0);
    int rc = store_keys_rotate(cli->store, go_on, &rotating, &complete, &err);
    progress_end(&rotating.progress);
    if (rc)
        return cli_fail(&err);
    if (!complete) {
        cli_note(cli, "stopped; it goes on with: rollcall key rotate");
        return EXIT_ALL;
    }
    cli_note(cli, "the history is under new keys, the old ones are destroyed");
    return EXIT_CLEAN;
}

/* The key in `file` opens the store too from now on. */
static int add_master(struct cli *cli, const char *file, struct error *err)
{
    unsigned char key[MASTER_KEY_BYTES];
    int rc = key_load(file, key, err);
    if (!rc)
        rc = store_master_add(cli->store, key, err);
    sodium_memzero(key, sizeof key);
    return rc;
}

static int finish_master(struct cli *cli)
{
    struct error err = ERROR_INIT;
    if (store_master_finish(cli->store, &err))
        return cli_fail(&err);
    cli_note(cli, "only %s opens the history now; keep a copy of it, and destroy the old one",
        cli->settings->master_key_name);
    return EXIT_CLEAN;
}

/* A new file beside the old one, both keys in the store, one file over the other, the old key out
 * of the store: after a crash anywhere in between the file that is there opens the store, and the
 * same command goes on. */
static int replace_key_file(struct cli *cli, const struct store_key_status *status)
{
    struct error err = ERROR_INIT;
    const char *file = cli->settings->key_file;
    char *fresh = malloc(strlen(file) + sizeof ".new");
    if (!fresh)
        return cli_fail((error_set(&err, RC_NO_MEMORY, "out of memory"), &err));
    sprintf(fresh, "%s.new", file);
    int rc = RC_OK;
    if (status->masters == 1 || !status->newest_master) {
        rc = key_create(fresh, &err);
        rc = rc == RC_BUSY ? RC_OK : rc;
        if (!rc)
            rc = add_master(cli, fresh, &err);
        if (!rc)
            rc = key_replace(file, fresh, &err);
    }
    free(fresh);
    return rc ? cli_fail(&err) : finish_master(cli);
}

/* Who keeps the key puts the new one where the settings look. */
static int add_key_file(struct cli *cli, const char *file)
{
    struct error err = ERROR_INIT;
    int rc = access(file, F_OK) == 0 ? EXIT_CLEAN : cli_make_key_file(cli, file);
    if (rc)
        return rc;
    if (add_master(cli, file, &err))
        return cli_fail(&err);
    cli_note(cli,
        "the key in %s opens the history too; put it where the settings look, then: "
        "rollcall key rotate --master --finish",
        file);
    return EXIT_CLEAN;
}

static int rotate_master(struct cli *cli, const struct key_options *o)
{
    struct error err = ERROR_INIT;
    struct store_key_status status;
    if (o->finish)
        return finish_master(cli);
    if (o->new_file)
        return add_key_file(cli, o->new_file);
    if (!cli->settings->key_file)
        return cli_usage("key",
            "the settings take the master key from elsewhere: --new-key-file FILE first, then "
            "--finish");
    if (store_key_status(cli->store, &status, &err))
        return cli_fail(&err);
    return replace_key_file(cli, &status);
}

static int key_rotate(struct cli *cli, const struct key_options *o)
{
    if (!o->master && (o->finish || o->new_file))
        return cli_usage("key", "--finish and --new-key-file go with --master");
    int rc = cli_open_store(cli, STORE_WRITE);
    if (rc == 0)
        rc = cli_record_action(cli, "key-rotated", NULL,
            json_pack("{s:s}", "keys", o->master ? "master" : "config, record"));
    if (rc)
        return rc;
    return o->master ? rotate_master(cli, o) : rotate_keys(cli);
}

int command_key(struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *cli, const struct key_options *o);
    } actions[] = {{"init", key_init}, {"rotate", key_rotate}, {"status", key_status}};
    struct key_options o = {.new_file = NULL};
    const struct option_row rows[] = {
        {"master", 0, OPTION_FLAG, &o.master, NULL, "rotate the master key instead"},
        {"new-key-file", 0, OPTION_TEXT, &o.new_file, "FILE",
            "a master key for where the settings' command or credential gets it from"},
        {"finish", 0, OPTION_FLAG, &o.finish, NULL, "the new master key is in its place"},
        {"pem", 0, OPTION_FLAG, &o.pem, NULL, "the public key as openssl reads it"}, {0}};
    int rc = cli_options(cli, "key", rows, &argc, argv);
    if (rc)
        return rc;
    for (size_t i = 0; argc == 1 && i < sizeof actions / sizeof *actions; i++)
        if (strcmp(argv[0], actions[i].name) == 0) {
            rc = cli_open_settings(cli);
            return rc ? rc : actions[i].run(cli, &o);
        }
    return cli_operands("key");
}
