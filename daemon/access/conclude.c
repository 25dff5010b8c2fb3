/* What follows from the whole: XPath of profile and mappings over the tree, then what holds
 * everywhere. */
#include <stdio.h>
#include <stdlib.h>

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

static int draw_one(const struct lyd_node *conclusion, struct lyd_node *node, struct error *err)
{
    if (yang_is_true(conclusion, "remove")) {
        lyd_free_tree(node);
        return RC_OK;
    }
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(conclusion); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "set") == 0)
            rc = set_child(node, lyd_get_value(n), yang_is_true(conclusion, "replace"), err);
    return rc;
}

static int draw(struct building *b, const struct lyd_node *conclusion, struct error *err)
{
    struct ly_set *set = NULL;
    const char *where = yang_leaf(conclusion, "where");
    ly_bool any = 0;
    LY_ERR failed = lyd_eval_xpath(b->top, where, &any);
    if (!failed && !any) /* lyd_find_xpath() calls it an error when there is nothing to find */
        return RC_OK;
    if (failed || lyd_find_xpath(b->top, where, &set)) {
        yang_error(LYD_CTX(b->top), RC_SETTINGS, err);
        return error_context(err, "conclusion \"%s\"", where);
    }
    int rc = RC_OK;
    for (uint32_t i = 0; i < set->count && !rc; i++)
        rc = draw_one(conclusion, set->dnodes[i], err);
    ly_set_free(set, NULL);
    return rc ? error_context(err, "conclusion \"%s\"", where) : RC_OK;
}

static bool is_listed(const struct lyd_node *tables, const char *list, const char *value)
{
    for (const struct lyd_node *n = lyd_child(tables); n; n = n->next)
        if (strcmp(LYD_NAME(n), list) == 0 && strcmp(lyd_get_value(n), value) == 0)
            return true;
    return false;
}

static bool applied(const struct draft *d, const struct lyd_node *mapping)
{
    const char *name = yang_leaf(mapping, "mapping");
    for (uint32_t i = 0; i < d->mapping_count; i++)
        if (strcmp(d->mappings[i], name) == 0)
            return true;
    return false;
}

/* By the profile, or a mapping that had something to read. */
static bool is_vendors(const struct building *b, const struct lyd_node *account)
{
    const struct platform *p = b->platform;
    const char *name = yang_leaf(account, "name");
    bool listed = is_listed(p->data, "default-accounts", name);
    for (const struct lyd_node *const *m = p->mappings; m && *m && !listed; m++)
        listed = applied(b->draft, *m) && is_listed(*m, "default-accounts", name);
    return listed;
}

/* Everything of the tree but its accounts. An expression that looks from an account at other
 * entries walks all its sisters, so that many accounts would cost the square of their number; but
 * no account's rights depend on another account. */
static int copy_without_accounts(const struct lyd_node *top, struct lyd_node **out)
{
    LY_ERR failed = lyd_dup_single(top, NULL, LYD_DUP_NO_META, out);
    for (const struct lyd_node *n = lyd_child(top); n && !failed; n = n->next)
        if (strcmp(LYD_NAME(n), "account") != 0)
            failed = lyd_dup_single(
                n, (struct lyd_node_inner *)*out, LYD_DUP_RECURSIVE | LYD_DUP_NO_META, NULL);
    return failed ? RC_NO_MEMORY : RC_OK;
}

/* Does `admin` hold for the account, among `others` (NULL: where it stands)? */
static int ask_admin(struct lyd_node *account, const char *admin, struct lyd_node *others,
    bool *is_admin, struct error *err)
{
    struct lyd_node *asked = account;
    ly_bool holds = 0;
    if (others && lyd_dup_single(account, (struct lyd_node_inner *)others,
                      LYD_DUP_RECURSIVE | LYD_DUP_NO_META, &asked))
        return error_set(err, RC_NO_MEMORY, "no memory for an account");
    LY_ERR failed = lyd_eval_xpath(asked, admin, &holds);
    if (others)
        lyd_free_tree(asked);
    *is_admin = holds;
    if (!failed)
        return RC_OK;
    yang_error(LYD_CTX(account), RC_SETTINGS, err);
    return error_context(err, "admin \"%s\"", admin);
}

/* What an account has when nobody says otherwise, and whether it has full rights. */
static int finish_account(struct building *b, struct lyd_node *account, const char *admin,
    struct lyd_node *others, struct error *err)
{
    bool is_admin = false;
    int rc = set_child(account, "kind = local", false, err);
    if (!rc)
        rc = set_child(account, "enabled = true", false, err);
    if (!rc && strcmp(yang_leaf(account, "kind"), "local") == 0 && is_vendors(b, account))
        rc = set_child(account, "vendor-default = true", false, err);
    if (rc || !admin || yang_child(account, "admin"))
        return rc;
    rc = ask_admin(account, admin, others, &is_admin, err);
    return rc ? rc : set_child(account, is_admin ? "admin = true" : "admin = false", false, err);
}

static int finish_accounts(struct building *b, const char *admin, struct error *err)
{
    struct lyd_node *others = NULL;
    int rc = admin && strstr(admin, "..") ? copy_without_accounts(b->top, &others) : RC_OK;
    if (rc)
        error_set(err, rc, "no memory for what the config says");
    for (struct lyd_node *n = lyd_child(b->top); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "account") == 0)
            rc = finish_account(b, n, admin, others, err);
    lyd_free_all(others);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool names_acl(const struct lyd_node *node)
{
    static const char *const names[] = {"acl", "acl6", "source-acl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (node->schema->nodetype == LYS_LEAF && strcmp(LYD_NAME(node), names[i]) == 0)
            return true;
    return false;
}

/* Names of access lists that something refers to, sorted; NULL when there is no memory. */
static const char **used_acls(const struct lyd_node *top, size_t *count)
{
    size_t room = 64;
    const char **names = malloc(room * sizeof *names);
    const struct lyd_node *node;
    *count = 0;
    LYD_TREE_DFS_BEGIN(top, node)
    {
        if (names && names_acl(node)) {
            if (*count == room) {
                const char **grown = realloc(names, (room *= 2) * sizeof *names);
                if (!grown)
                    free(names);
                names = grown;
            }
            if (names)
                names[(*count)++] = lyd_get_value(node);
        }
        LYD_TREE_DFS_END(top, node);
    }
    if (names)
        qsort(names, *count, sizeof *names, by_text);
    return names;
}

/* Access lists that guard no way in are not our business, and may be long. */
static int drop_unused_acls(struct lyd_node *top, struct error *err)
{
    size_t count;
    const char **used = used_acls(top, &count);
    if (!used)
        return error_set(err, RC_NO_MEMORY, "no memory for access lists");
    for (struct lyd_node *n = lyd_child(top), *next; n; n = next) {
        next = n->next;
        if (strcmp(LYD_NAME(n), "acl") != 0)
            continue;
        const char *name = yang_leaf(n, "name");
        if (!bsearch(&name, used, count, sizeof *used, by_text))
            lyd_free_tree(n);
    }
    free(used);
    return RC_OK;
}

static int draw_all(struct building *b, const struct lyd_node *tables, struct error *err)
{
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(tables); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "conclusions") == 0)
            rc = draw(b, n, err);
    return rc;
}

/* The profile speaks first, then each mapping that had something to read. */
int build_conclusions(struct building *b, struct error *err)
{
    const struct platform *p = b->platform;
    const char *admin = yang_leaf(p->data, "admin");
    int rc = draw_all(b, p->data, err);
    for (const struct lyd_node *const *m = p->mappings; m && *m && !rc; m++) {
        if (!applied(b->draft, *m))
            continue;
        rc = draw_all(b, *m, err);
        admin = admin ? admin : yang_leaf(*m, "admin");
    }
    rc = rc ? rc : finish_accounts(b, admin, err);
    return rc ? rc : drop_unused_acls(b->top, err);
}
