#include "collect/accounts.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/yang.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_name(const void *a, const void *b)
{
    const struct store_account *one = a, *two = b;
    int order = strcmp(one->realm, two->realm);
    return order ? order : strcmp(one->name, two->name);
}

static size_t count_children(const struct lyd_node *node, const char *name)
{
    size_t count = 0;
    for (const struct lyd_node *child = lyd_child(node); child; child = child->next)
        count += strcmp(LYD_NAME(child), name) == 0;
    return count;
}

/* "admin,operator": sorted, so that another order in the config is no other value. */
static const char *join_roles(struct arena *memory, const struct lyd_node *account)
{
    size_t count = count_children(account, "role"), len = 1, i = 0;
    const char **roles = arena_take(memory, (count + 1) * sizeof *roles);
    if (!roles)
        return NULL;
    for (const struct lyd_node *child = lyd_child(account); child; child = child->next)
        if (strcmp(LYD_NAME(child), "role") == 0) {
            roles[i] = lyd_get_value(child);
            len += strlen(roles[i++]) + 1;
        }
    qsort(roles, count, sizeof *roles, by_text);
    char *joined = arena_take(memory, len), *end = joined;
    for (i = 0; joined && i < count; i++) {
        if (i)
            *end++ = ',';
        end = stpcpy(end, roles[i]);
    }
    return joined;
}

static int read_account(
    struct arena *memory, const struct lyd_node *node, struct store_account *out)
{
    const char *privilege = yang_leaf(node, "privilege"), *kind = yang_leaf(node, "kind");
    *out = (struct store_account){.realm = yang_leaf(node, "realm"),
        .name = yang_leaf(node, "name"),
        .kind = kind ? kind : "local",
        .has_privilege = privilege != NULL,
        .privilege = privilege ? strtoll(privilege, NULL, 10) : 0,
        .roles = join_roles(memory, node),
        .admin = yang_is_true(node, "admin"),
        .enabled = !yang_leaf(node, "enabled") || yang_is_true(node, "enabled"),
        .secret_scheme = yang_leaf(node, "secret/scheme"),
        .key_count = (uint32_t)count_children(node, "ssh-key")};
    return out->roles ? RC_OK : RC_NO_MEMORY;
}

int accounts_from_tree(const struct lyd_node *tree, struct accounts *out)
{
    *out = (struct accounts){0};
    size_t most = count_children(tree, "account");
    out->at = arena_take(&out->memory, (most + 1) * sizeof *out->at);
    if (!out->at)
        return RC_NO_MEMORY;
    for (const struct lyd_node *node = lyd_child(tree); node; node = node->next) {
        if (strcmp(LYD_NAME(node), "account") != 0)
            continue;
        if (read_account(&out->memory, node, &out->at[out->count]))
            return RC_NO_MEMORY;
        out->admins += out->at[out->count].admin;
        out->count++;
    }
    qsort(out->at, out->count, sizeof *out->at, by_name);
    return RC_OK;
}

void accounts_free(struct accounts *a)
{
    arena_free(&a->memory);
    *a = (struct accounts){0};
}
