/* Whom `rollcall try` talks to, as typed: [ssh://|netconf://][USER@]HOST[:PORT]. */
#ifndef ROLLCALL_CLI_TARGET_H
#define ROLLCALL_CLI_TARGET_H

#include "drivers/driver.h"

struct target {
    enum driver_protocol protocol;
    char user[128], host[256];
    uint16_t port; /* by default the protocol's */
};

/* IPv6 addresses with a port stand in brackets. The user is by default the one we run as. RC_USAGE.
 */
int target_parse(const char *text, struct target *t, struct error *err);

#endif
