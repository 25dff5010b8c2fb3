/* Files of evidence, for the commands that make and check them. */
#ifndef ROLLCALL_CLI_EVIDENCE_H
#define ROLLCALL_CLI_EVIDENCE_H

#include "cli/cli.h"

/* Check such a file, without store and settings, and write what it proves through the writer of
 * `cli`. `public_key` is a file with the log's public key (PEM, or rollcall/LOG+ID+KEY), that text
 * itself, or NULL: then the file's own key is taken, and the result says so. Returns an exit code:
 * EXIT_CLEAN; EXIT_USAGE when it is no evidence or there is no such key; EXIT_INTEGRITY when it was
 * changed. Reports its own errors. */
int evidence_check_file(struct cli *cli, const char *path, const char *public_key);

#endif
