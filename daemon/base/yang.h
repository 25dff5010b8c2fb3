/* libyang contexts over the models that are compiled in.
 *
 * A context is built once in a process (before it forks, where it does) and shared. libyang's own
 * messages never reach stderr: they come back through yang_error(). */
#ifndef ROLLCALL_BASE_YANG_H
#define ROLLCALL_BASE_YANG_H

#include <libyang/libyang.h>

#include "base/buf.h"
#include "base/error.h"

/* A context with `modules` (a NULL-terminated list of names) implemented, from models/ in the
 * binary. Parsed statements stay reachable: LY_CTX_SET_PRIV_PARSED. Free with ly_ctx_destroy(). */
int yang_context(const char *const *modules, struct ly_ctx **ctx, struct error *err);

/* Turn the last message of libyang into `err`, with the data path in it where there is one. */
int yang_error(const struct ly_ctx *ctx, enum rc code, struct error *err);

/* Canonical text of the leaf `name` below `parent`, or NULL when there is none. `name` may be a
 * path of names ("secret/scheme"). */
const char *yang_leaf(const struct lyd_node *parent, const char *name);

/* Whether that leaf is there and true. */
bool yang_is_true(const struct lyd_node *parent, const char *name);

/* Append the values of the leaf-list `name` below `parent`, a blank between. RC_LIMIT,
 * RC_NO_MEMORY. */
int yang_join(const struct lyd_node *parent, const char *name, struct buf *out);

/* First child of `parent` named `name`, or NULL. */
struct lyd_node *yang_child(const struct lyd_node *parent, const char *name);

#endif
