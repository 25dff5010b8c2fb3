#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/io.h"
#include "cli/cli.h"

static int make_folder_of(const char *path, struct error *err)
{
    char *copy = strdup(path);
    int rc =
        copy ? io_make_folders(dirname(copy), err) : error_set(err, RC_NO_MEMORY, "out of memory");
    free(copy);
    return rc;
}

int command_init(struct cli *cli, int argc, char **argv)
{
    int rc = cli_options(cli, "init", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc > 0)
        return cli_operands("init");
    struct error err = ERROR_INIT;
    char *fallback = cli->settings_path ? NULL : settings_default_path();
    const char *path = cli->settings_path ? cli->settings_path : fallback;
    const struct embedded *sample = embedded_find("etc/rollcall.yaml");
    rc = make_folder_of(path, &err);
    if (rc == 0)
        rc = io_write_file(path, 0600, true, (struct str){sample->data, sample->len}, &err);
    if (rc == 0) {
        printf("wrote %s\n", path);
    } else if (rc == RC_BUSY) {
        cli_note(cli, "%s exists already and stays as it is", path);
        rc = RC_OK;
    }
    if (rc) {
        free(fallback);
        return cli_fail(&err);
    }
    cli->settings_path = path;
    rc = cli_open_settings(cli);
    if (rc == 0) {
        const char *store = cli->settings->store;
        rc = make_folder_of(store, &err) ? cli_fail(&err) : cli_make_key(cli);
        if (rc == 0)
            printf("history will be kept in %s\n"
                   "next: put your devices into %s, then: rollcall check; rollcall collect\n",
                store, path);
    }
    cli->settings_path = NULL;
    free(fallback);
    return rc;
}
