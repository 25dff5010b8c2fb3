/* What follows from the whole: XPath of the profile over the tree, then what holds everywhere. */
#include <stdio.h>

#include "access/build.h"
#include "base/yang.h"

static int set_child(
    struct lyd_node *parent, const char *assignment, bool replace, struct error *err)
{
    const char *equals = strstr(assignment, " = ");
    char name[100];
    if (!equals || (size_t)(equals - assignment) >= sizeof name)
        return error_set(err, RC_SETTINGS, "\"%s\" is no assignment", assignment);
    snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
    struct lyd_node *old = yang_child(parent, name);
    if (old && !replace && !(old->flags & LYD_DEFAULT))
        return RC_OK;
    if (old)
        lyd_free_tree(old);
    if (lyd_new_term(parent, NULL, name, equals + 3, 0, NULL))
        return yang_error(LYD_CTX(parent), RC_SETTINGS, err);
    return RC_OK;
}

static bool leaf_true(const struct lyd_node *parent, const char *name)
{
    const char *value = yang_leaf(parent, name);
    return value && strcmp(value, "true") == 0;
}

static int draw_one(const struct lyd_node *conclusion, struct lyd_node *node, struct error *err)
{
    if (leaf_true(conclusion, "remove")) {
        lyd_free_tree(node);
        return RC_OK;
    }
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(conclusion); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "set") == 0)
            rc = set_child(node, lyd_get_value(n), leaf_true(conclusion, "replace"), err);
    return rc;
}

static int draw(struct building *b, const struct lyd_node *conclusion, struct error *err)
{
    struct ly_set *set = NULL;
    const char *where = yang_leaf(conclusion, "where");
    if (lyd_find_xpath(b->top, where, &set)) {
        yang_error(LYD_CTX(b->top), RC_SETTINGS, err);
        return error_context(err, "conclusion \"%s\"", where);
    }
    int rc = RC_OK;
    for (uint32_t i = 0; i < set->count && !rc; i++)
        rc = draw_one(conclusion, set->dnodes[i], err);
    ly_set_free(set, NULL);
    return rc ? error_context(err, "conclusion \"%s\"", where) : RC_OK;
}

/* What an account has when nobody says otherwise, and whether it has full rights. */
static int finish_account(struct lyd_node *account, const char *admin, struct error *err)
{
    int rc = set_child(account, "kind = local", false, err);
    if (!rc)
        rc = set_child(account, "enabled = true", false, err);
    if (rc || !admin || yang_child(account, "admin"))
        return rc;
    ly_bool is_admin = 0;
    if (lyd_eval_xpath(account, admin, &is_admin)) {
        yang_error(LYD_CTX(account), RC_SETTINGS, err);
        return error_context(err, "admin \"%s\"", admin);
    }
    return set_child(account, is_admin ? "admin = true" : "admin = false", false, err);
}

int build_conclusions(struct building *b, struct error *err)
{
    const struct lyd_node *profile = b->platform->data;
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(profile); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "conclusions") == 0)
            rc = draw(b, n, err);
    const char *admin = yang_leaf(profile, "admin");
    for (struct lyd_node *n = lyd_child(b->top); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "account") == 0)
            rc = finish_account(n, admin, err);
    return rc;
}
