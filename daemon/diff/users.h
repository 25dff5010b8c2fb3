/* Which entries are referred to, for re:used-by. Private to this room. */
#ifndef ROLLCALL_DIFF_USERS_H
#define ROLLCALL_DIFF_USERS_H

#include "diff/meaning.h"

/* The values of one re:used-by's leafs in one tree, sorted. A sorted array, since a hostile config
 * can make any unkeyed hash table slow. */
struct user_index {
    bool built;
    const char **values;
    size_t count;
};

/* Fill the index from the whole tree, once. */
int user_index_build(struct user_index *index, const struct users *users,
    const struct lyd_node *tree, struct error *err);
bool user_index_has(const struct user_index *index, const char *key);
void user_index_free(struct user_index *index);

#endif
