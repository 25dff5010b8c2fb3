/* What nodes of YANG data are, as text: all that comparing and printing needs, and nothing of the
 * modules themselves. It comes from drivers/netconf/modules.h's compiler and goes, restricted to
 * what occurs, into a version beside the data, so that a version explains itself for ever.
 *
 *   module NAME NAMESPACE
 *   PATH container [presence]
 *   PATH list [key K...] [ordered]          ordered: ordered-by user
 *   PATH leaf-list TYPE [ordered] [secret]
 *   PATH leaf TYPE [secret] [default VALUE] VALUE is the rest of the line
 *   PATH anydata
 *
 * PATH is /MODULE:NAME/NAME/OTHER:NAME... as in RFC 7951: a module is named where it changes;
 * choices and cases are left out. TYPE is what JSON needs to know: string, number, boolean, empty,
 * identity (identityref), instance (instance-identifier), union. `secret`: by its type
 * (ianach:crypt-hash, ...) or by nacm:default-deny-all. In VALUE and NAMESPACE a backslash, a
 * question mark and control characters are \\HH. Lines are sorted. */
#ifndef ROLLCALL_DATA_SCHEMA_H
#define ROLLCALL_DATA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct data_schema;

enum data_kind { DATA_UNKNOWN, DATA_CONTAINER, DATA_LIST, DATA_LEAF_LIST, DATA_LEAF, DATA_ANYDATA };

enum data_type {
    DATA_STRING,
    DATA_NUMBER,
    DATA_BOOLEAN,
    DATA_EMPTY,
    DATA_IDENTITY,
    DATA_INSTANCE,
    DATA_UNION
};

struct data_node_schema {
    enum data_kind kind;
    enum data_type type;
    const char *const *keys;   /* NULL-terminated; NULL: none */
    const char *default_value; /* NULL: none */
    bool ordered, secret, presence;
};

/* Of several lines of one path the first counts. RC_FORMAT with the line, RC_LIMIT. */
int data_schema_parse(struct str text, struct data_schema **out, struct error *err);
void data_schema_free(struct data_schema *schema);

/* NULL: unknown. */
const struct data_node_schema *data_schema_find(const struct data_schema *schema, struct str path);
const char *data_schema_module(const struct data_schema *schema, const char *name_space);
const char *data_schema_namespace(const struct data_schema *schema, const char *module);

#endif
