#include "diff/users.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_user(const struct users *users, const struct lysc_node *schema)
{
    for (size_t i = 0; i < users->leaf_count; i++)
        if (users->leafs[i] == schema)
            return true;
    return false;
}

int user_index_build(struct user_index *index, const struct users *users,
    const struct lyd_node *tree, struct error *err)
{
    const struct lyd_node *top, *node;
    size_t room = 0;
    if (index->built)
        return RC_OK;
    LY_LIST_FOR(tree, top)
    {
        LYD_TREE_DFS_BEGIN(top, node)
        {
            if (is_user(users, node->schema)) {
                if (index->count == room) {
                    room = room ? room * 2 : 32;
                    const char **grown = realloc(index->values, room * sizeof *grown);
                    if (!grown)
                        return error_set(err, RC_NO_MEMORY, "no memory for an index of uses");
                    index->values = grown;
                }
                index->values[index->count++] = lyd_get_value(node);
            }
            LYD_TREE_DFS_END(top, node);
        }
    }
    if (index->count)
        qsort(index->values, index->count, sizeof *index->values, by_text);
    index->built = true;
    return RC_OK;
}

bool user_index_has(const struct user_index *index, const char *key)
{
    return index->count &&
           bsearch(&key, index->values, index->count, sizeof *index->values, by_text);
}

void user_index_free(struct user_index *index)
{
    free(index->values);
}
