/* The life of an account: since when and until when it was what, and whose doing that is. */
#ifndef ROLLCALL_CLI_LIFE_H
#define ROLLCALL_CLI_LIFE_H

#include "cli/cli.h"

/* Of all accounts of that name, on one device or (NULL) on all, also those of the past. Reports its
 * own errors. */
int show_life(struct cli *cli, const char *name, const char *device);

#endif
