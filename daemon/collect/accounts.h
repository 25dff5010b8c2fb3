/* The accounts of an access tree as the rows the store keeps for `accounts --at`. */
#ifndef ROLLCALL_COLLECT_ACCOUNTS_H
#define ROLLCALL_COLLECT_ACCOUNTS_H

#include <libyang/libyang.h>

#include "base/arena.h"
#include "store/store.h"

struct accounts {
    struct store_account *at; /* sorted by realm and name; in `memory`, texts partly in the tree */
    size_t count, admins;
    struct arena memory;
};

/* RC_NO_MEMORY. Borrows from `tree`. */
int accounts_from_tree(const struct lyd_node *tree, struct accounts *out);
void accounts_free(struct accounts *a);

#endif
