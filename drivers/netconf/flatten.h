/* A compiled YANG context as the text of drivers/data/schema.h. */
#ifndef ROLLCALL_NETCONF_FLATTEN_H
#define ROLLCALL_NETCONF_FLATTEN_H

#include <libyang/libyang.h>

#include "base/buf.h"
#include "base/error.h"

/* Config data of all implemented modules; `counts` says of a module whether it is to be in it. The
 * context was made with LY_CTX_SET_PRIV_PARSED. RC_LIMIT, RC_NO_MEMORY. */
int schema_flatten(const struct ly_ctx *ctx,
    bool (*counts)(const void *user, const struct lys_module *module), const void *user,
    struct buf *schema, struct buf *notes, struct error *err);

#endif
