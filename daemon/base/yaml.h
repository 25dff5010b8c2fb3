/* YAML files as YANG data.
 *
 * One schema language for everything that people write: a YAML document is turned into a libyang
 * tree of a model and validated by it, and every complaint points into the file. */
#ifndef ROLLCALL_BASE_YAML_H
#define ROLLCALL_BASE_YAML_H

#include <libyang/libyang.h>

#include "base/error.h"
#include "base/text.h"

/* Parse `text` (named `file` in errors) as the contents of the container `root`
 * ("rollcall-settings: settings") and validate it.
 *
 * Mappings become containers. A list is a sequence of mappings, or, when it has one key, a mapping
 * from key to the rest, or a sequence of keys alone; the rest may be null. A leaf-list is a
 * sequence of scalars or one scalar. A scalar for an `empty` leaf is true. Scalars are text until a
 * type says otherwise; booleans may be yes and no. An `anydata` takes anything and holds it as JSON
 * text (LYD_ANYDATA_STRING; plain true, false, null and whole numbers are not quoted). Unknown
 * keys, duplicate keys, wrong types, missing keys, aliases, tags, and violated must and leafref
 * come back as RC_SETTINGS with place "file:line:column", the nearest known word when there is one,
 * and line and caret in err->show. Values of keys that sound like a secret (password, token, key,
 * ...) or are unknown are masked. Too many bytes or values are RC_LIMIT.
 *
 * With `lines`, each node carries its position for later errors: see yaml_place(). */
int yaml_parse(const struct ly_ctx *ctx, const char *root, const char *file, struct str text,
    struct lyd_node **tree, struct error *err);

/* "file:line:column" of a node that yaml_parse() made, into `out`. Positions live in the node's
 * `priv` and die with yaml_free(). */
const char *yaml_place(const struct lyd_node *node, char *out, size_t size);

/* Report a mistake that only the program can see at a node of the file: place, line and caret. */
int yaml_complain(const struct lyd_node *node, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void yaml_free(struct lyd_node *tree);

#endif
