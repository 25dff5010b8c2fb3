#include <sys/types.h>

#include "access/build.h"
#include "base/yang.h"

#define PRINT (LYD_PRINT_SHRINK)

/* libyang's own output to memory reallocates at every word; ours doubles. */
static ssize_t append(void *ctx, const void *bytes, size_t len)
{
    return buf_append(ctx, bytes, len) ? -1 : (ssize_t)len;
}

static int print_tree(const struct lyd_node *tree, struct buf *out, struct error *err)
{
    struct ly_out *to = NULL;
    size_t start = out->len;
    if (ly_out_new_clb(append, out, &to))
        return error_set(err, RC_NO_MEMORY, "no memory for the access tree");
    LY_ERR failed = lyd_print_tree(to, tree, LYD_JSON, PRINT);
    ly_out_free(to, NULL, 0);
    if (failed)
        return yang_error(LYD_CTX(tree), RC_INVALID, err);
    /* libyang prints nothing of a container that holds nothing */
    if (out->len > start && memchr(out->data + start, '"', out->len - start))
        return RC_OK;
    out->len = start;
    return buf_add(out, "{\"rollcall-access:access\":{}}")
               ? error_set(err, RC_NO_MEMORY, "no memory for the access tree")
               : RC_OK;
}

int access_print(const struct lyd_node *tree, bool with_lines, struct buf *out, struct error *err)
{
    if (!tree)
        return buf_add(out, "{\"rollcall-access:access\":{}}") ? RC_NO_MEMORY : RC_OK;
    if (with_lines)
        return print_tree(tree, out, err);
    struct lyd_node *bare = NULL;
    if (lyd_dup_single(tree, NULL, LYD_DUP_RECURSIVE | LYD_DUP_NO_META, &bare))
        return yang_error(LYD_CTX(tree), RC_NO_MEMORY, err);
    int rc = print_tree(bare, out, err);
    lyd_free_all(bare);
    return rc;
}

void build_prune(struct lyd_node *top)
{
    for (struct lyd_node *n = lyd_child(top), *next; n; n = next) {
        next = n->next;
        if (!(n->schema->nodetype & LYD_NODE_INNER))
            continue;
        build_prune(n); /* as deep as the model */
        if ((n->flags & LYD_DEFAULT) && !lyd_child(n))
            lyd_free_tree(n);
    }
}

int access_parse(
    const struct ly_ctx *ctx, const char *json, struct lyd_node **tree, struct error *err)
{
    struct lyd_node *made = NULL;
    if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_STRICT,
            LYD_VALIDATE_NO_STATE | LYD_VALIDATE_PRESENT, &made))
        return yang_error(ctx, RC_INVALID, err);
    if (!made || strcmp(LYD_NAME(made), "access") != 0 || made->next) {
        lyd_free_all(made);
        return error_set(err, RC_INVALID, "this is no access tree");
    }
    build_prune(made);
    *tree = made;
    return RC_OK;
}
