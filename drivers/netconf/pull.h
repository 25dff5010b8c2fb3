/* A pull over a session that stands: private to the driver and its tests. */
#ifndef ROLLCALL_NETCONF_PULL_H
#define ROLLCALL_NETCONF_PULL_H

#include "drivers/netconf/session.h"

/* As netconf_pull(), of which it is all but the session. */
int pull_session(const struct driver_job *job, struct netconf *session,
    struct driver_result *result, struct error *err);

#endif
