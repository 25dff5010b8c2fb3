/* Nodes of the log's tree, one row away each. Private to the store. */
#ifndef ROLLCALL_STORE_NODES_H
#define ROLLCALL_STORE_NODES_H

#include "store/sql.h"

struct nodes {
    struct store *s;
    struct error *err;
};

/* For merkle_nodes.read, with a struct nodes. A node that is not there is RC_INTEGRITY. */
int nodes_read(void *ctx, unsigned level, uint64_t index, struct merkle_hash *out);

#define NODES(store, error)                                                                        \
    (&(const struct merkle_nodes){nodes_read, &(struct nodes){(store), (error)}})

#endif
