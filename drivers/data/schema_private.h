/* What the room sees of a schema. */
#ifndef ROLLCALL_DATA_SCHEMA_PRIVATE_H
#define ROLLCALL_DATA_SCHEMA_PRIVATE_H

#include "base/buf.h"
#include "drivers/data/schema.h"
#include "drivers/data/table.h"

struct schema_node {
    struct data_node_schema is; /* of kind DATA_UNKNOWN when no line says what it is */
    struct str line;            /* that says it, without its end */
};

/* `parent` NULL: at the top. `module` NULL: the parent's. NULL: unknown. */
struct schema_node *schema_child(const struct data_schema *schema, const struct schema_node *parent,
    const char *module, const char *name);

/* The text of the nodes that are in `marked` (node, NULL), and of the modules for which `uses` is
 * true. Appends. */
int schema_print_some(const struct data_schema *schema, const struct table *marked,
    bool (*uses)(void *ctx, const char *name_space), void *ctx, struct buf *out);

#endif
