/* The store's keys: rollcall key. */
#include "cli/cli.h"

int cli_make_key(struct cli *cli)
{
    struct error err = ERROR_INIT;
    const char *file = cli->settings->key_file;
    if (!file)
        return EXIT_CLEAN; /* it comes from a command or from systemd: made by whoever keeps it */
    int rc = key_create(file, &err);
    if (rc == RC_OK)
        printf("wrote %s: the master key of the history\n"
               "keep a copy of it elsewhere: without it nobody can read the history again\n",
            file);
    else if (rc == RC_BUSY)
        cli_note(cli, "%s exists already and stays as it is", file);
    return rc && rc != RC_BUSY ? cli_fail(&err) : EXIT_CLEAN;
}
