/* libyang's validation, with its complaints put where they belong in the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "base/yaml_node.h"
#include "base/yang.h"

/* The node that a message speaks of: `Data location "/m:a/b[k='x']", ...`. */
static struct lyd_node *find_place(const struct lyd_node *tree, const char *path)
{
    static const char lead[] = "ata location \"";
    const char *start = path ? strstr(path, lead) : NULL;
    struct lyd_node *node = NULL;
    if (!start)
        return NULL;
    start += sizeof lead - 1;
    /* a key's value may hold quotes: the location ends at the last one, before a line number */
    const char *end = strstr(start, "\", line number");
    end = end ? end : strrchr(start, '"');
    char *text = strndup(start, end ? (size_t)(end - start) : strlen(start));
    if (text)
        lyd_find_path(tree, text, 0, &node);
    free(text);
    return node;
}

/* libyang names a duplicate by what it has in common with the first one. */
static struct lyd_node *second_of(struct lyd_node *first)
{
    for (struct lyd_node *other = first->next; other; other = other->next)
        if (other->schema == first->schema && lyd_compare_single(first, other, 0) == LY_SUCCESS)
            return other;
        else if (other->schema == first->schema && first->schema->nodetype == LYS_LIST &&
                 lyd_child(first) && lyd_child(other) &&
                 strcmp(lyd_get_value(lyd_child(first)), lyd_get_value(lyd_child(other))) == 0)
            return other;
    return first;
}

static int complain_duplicate(struct lyd_node *first, struct error *err)
{
    struct lyd_node *second = second_of(first);
    char place[256];
    const char *name = first->schema->nodetype == LYS_LIST
                           ? lyd_child(first) ? lyd_get_value(lyd_child(first)) : ""
                           : lyd_get_value(first);
    return yaml_complain(second, err, "%s \"%.100s\" is here twice; the other one is at %s",
        LYD_NAME(first), name, yaml_place(first, place, sizeof place));
}

static int complain_leafref(struct lyd_node *node, struct error *err)
{
    const struct lysc_type *type = node->schema->nodetype == LYS_LEAF
                                       ? ((const struct lysc_node_leaf *)node->schema)->type
                                       : ((const struct lysc_node_leaflist *)node->schema)->type;
    const char *words[64], *value = lyd_get_value(node);
    size_t count = 0;
    char advice[400] = "";
    struct ly_set *targets = NULL;
    /* path of the reference as written in the model, without prefixes of other modules */
    if (type->basetype == LY_TYPE_LEAFREF &&
        lyd_find_xpath(node, lyxp_get_expr(((const struct lysc_type_leafref *)type)->path),
            &targets) == LY_SUCCESS)
        for (uint32_t i = 0; i < targets->count && count < 64; i++)
            words[count++] = lyd_get_value(targets->dnodes[i]);
    yaml_advice(value, words, count, advice, sizeof advice);
    ly_set_free(targets, NULL);
    return yaml_complain(node, err, "unknown %s \"%.100s\"%s", LYD_NAME(node), value, advice);
}

/* The XPath in `When condition "..." not satisfied.` */
static const char *condition(const char *message, char *out, size_t size)
{
    const char *start = strchr(message, '"'), *end = strrchr(message, '"');
    snprintf(out, size, "%.*s", start && end > start ? (int)(end - start - 1) : 0,
        start ? start + 1 : "");
    return out;
}

static int translate(const struct ly_err_item *item, struct lyd_node *tree, struct error *err)
{
    const char *message = item->msg ? item->msg : "not valid";
    struct lyd_node *node = find_place(tree, item->path);
    if (!node)
        return yaml_complain(
            tree, err, "%s%s%s", message, item->path ? " " : "", item->path ? item->path : "");
    char quoted[400];
    if (strncmp(message, "Duplicate instance", 18) == 0)
        return complain_duplicate(node, err);
    if (strncmp(message, "Invalid leafref", 15) == 0)
        return complain_leafref(node, err);
    if (strncmp(message, "When condition", 14) == 0)
        return yaml_complain(node, err, "%s has a meaning only when %s", LYD_NAME(node),
            condition(message, quoted, sizeof quoted));
    if (strncmp(message, "Must condition", 14) == 0)
        return yaml_complain(node, err, "%s is not valid: it must fulfil %s", LYD_NAME(node),
            condition(message, quoted, sizeof quoted));
    if (strncmp(message, "Too many", 8) == 0 || strncmp(message, "Too few", 7) == 0)
        return yaml_complain(
            node, err, "too %s of %s", message[4] == 'm' ? "many" : "few", LYD_NAME(node));
    if (strncmp(message, "Unique data", 11) == 0)
        return yaml_complain(node, err, "%s has a value that only one may have: %s", LYD_NAME(node),
            message + strlen("Unique data leaf(s) "));
    return yaml_complain(node, err, "%s", message);
}

int yaml_validate(struct lyd_node *tree, struct error *err)
{
    const struct ly_ctx *ctx = LYD_CTX(tree);
    ly_err_clean((struct ly_ctx *)ctx, NULL);
    if (lyd_validate_all(&tree, ctx, LYD_VALIDATE_PRESENT, NULL) == LY_SUCCESS)
        return RC_OK;
    const struct ly_err_item *first = ly_err_first(ctx);
    int rc = first ? translate(first, tree, err) : yang_error(ctx, RC_SETTINGS, err);
    ly_err_clean((struct ly_ctx *)ctx, NULL);
    return rc;
}
