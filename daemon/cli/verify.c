/* Is it as it was written? */
#include "cli/evidence.h"

int command_verify(struct cli *cli, int argc, char **argv)
{
    const char *key = NULL;
    const struct option_row rows[] = {
        {"key", 'k', OPTION_TEXT, &key, "PUBLIC", "the log's public key, or a file with it"}, {0}};
    int rc = cli_options(cli, "verify", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("verify");
    return evidence_check_file(cli, argv[0], key);
}
