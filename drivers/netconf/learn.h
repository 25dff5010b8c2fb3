/* Learning a set of modules, over a session that a test may make. */
#ifndef ROLLCALL_NETCONF_LEARN_H
#define ROLLCALL_NETCONF_LEARN_H

#include "drivers/netconf/session.h"

/* netconf_learn() with `open` in place of netconf_open(); it is called when something is missing.
 */
struct learn_opener {
    int (*open)(void *ctx, const struct driver_job *job, struct driver_result *result,
        struct netconf **out, struct error *err);
    void *ctx;
};

int learn_modules(const struct driver_job *job, const struct learn_opener *opener,
    struct driver_result *result, struct error *err);

/* The text in a reply to <get-schema>, appended. RC_FORMAT: there is none. */
int schema_from_reply(struct str reply, struct buf *text, struct error *err);

#endif
