/* What operators do, in the log. */
#ifndef ROLLCALL_CLI_ACTION_H
#define ROLLCALL_CLI_ACTION_H

#include <jansson.h>

#include "cli/cli.h"

/* Open the store so that something can be recorded, but do not make one. 0, or an exit code after
 * reporting. */
int cli_open_store_to_record(struct cli *cli);

/* Write an entry of kind `action` {action, user, arguments} about `device` (NULL: none).
 * `arguments` is an object and taken over (NULL: an empty one). cli->store is open with
 * STORE_WRITE. To be called before what it tells of is done or shown: what cannot be recorded is
 * not done. 0, or an exit code after reporting. */
int cli_record_action(struct cli *cli, const char *action, const char *device, json_t *arguments);

/* Who runs this command: {"name","uid","login"?,"from"?}. `login` is who logged in (audit's
 * loginuid), where that is somebody else: sudo. `from` is the address of SSH_CONNECTION. NULL: no
 * memory. */
json_t *cli_operator(void);

/* That document, for a table: "root (alice)". NULL: unknown. `out` is returned. */
const char *operator_name(const json_t *user, char *out, size_t size);

#endif
