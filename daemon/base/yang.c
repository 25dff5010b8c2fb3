#include "base/yang.h"

#include <stdio.h>
#include <string.h>

#include "base/embed.h"

static LY_ERR import_module(const char *module, const char *revision, const char *submodule,
    const char *submodule_revision, void *user, LYS_INFORMAT *format, const char **text,
    ly_module_imp_data_free_clb *free_text)
{
    (void)revision, (void)submodule_revision, (void)user;
    char name[256];
    snprintf(name, sizeof name, "models/%s.yang", submodule ? submodule : module);
    const struct embedded *file = embedded_find(name);
    if (!file)
        return LY_ENOTFOUND;
    *format = LYS_IN_YANG;
    *text = file->data;
    *free_text = NULL;
    return LY_SUCCESS;
}

int yang_context(const char *const *modules, struct ly_ctx **out, struct error *err)
{
    struct ly_ctx *ctx = NULL;
    ly_log_options(LY_LOSTORE);
    if (ly_ctx_new(
            NULL, LY_CTX_DISABLE_SEARCHDIRS | LY_CTX_NO_YANGLIBRARY | LY_CTX_SET_PRIV_PARSED, &ctx))
        return error_set(err, RC_NO_MEMORY, "cannot make a YANG context");
    ly_ctx_set_module_imp_clb(ctx, import_module, NULL);
    for (; *modules; modules++)
        if (!ly_ctx_load_module(ctx, *modules, NULL, NULL)) {
            yang_error(ctx, RC_SETTINGS, err);
            error_context(err, "model %s", *modules);
            ly_ctx_destroy(ctx);
            return RC_SETTINGS;
        }
    *out = ctx;
    return RC_OK;
}

int yang_error(const struct ly_ctx *ctx, enum rc code, struct error *err)
{
    const struct ly_err_item *item = ly_err_first(ctx);
    if (!item)
        return error_set(err, code, "YANG validation failed");
    const struct ly_err_item *last =
        item->prev; /* a ring backwards: the first's prev is the last */
    error_set(err, code, "%s%s%s", last->msg ? last->msg : "not valid", last->path ? " at " : "",
        last->path ? last->path : "");
    ly_err_clean((struct ly_ctx *)ctx, NULL);
    return code;
}

struct lyd_node *yang_child(const struct lyd_node *parent, const char *name)
{
    for (struct lyd_node *child = parent ? lyd_child(parent) : NULL; child; child = child->next)
        if (strcmp(LYD_NAME(child), name) == 0)
            return child;
    return NULL;
}

const char *yang_leaf(const struct lyd_node *parent, const char *name)
{
    const char *slash;
    while ((slash = strchr(name, '/'))) {
        char part[128];
        snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        parent = yang_child(parent, part);
        name = slash + 1;
    }
    const struct lyd_node *leaf = yang_child(parent, name);
    return leaf && leaf->schema && (leaf->schema->nodetype & LYD_NODE_TERM) ? lyd_get_value(leaf)
                                                                            : NULL;
}

bool yang_is_true(const struct lyd_node *parent, const char *name)
{
    const char *value = yang_leaf(parent, name);
    return value && strcmp(value, "true") == 0;
}

int yang_join(const struct lyd_node *parent, const char *name, struct buf *out)
{
    int rc = RC_OK;
    for (const struct lyd_node *leaf = lyd_child(parent); leaf && rc == RC_OK; leaf = leaf->next)
        if (strcmp(LYD_NAME(leaf), name) == 0)
            rc = buf_format(out, "%s%s", out->len ? " " : "", lyd_get_value(leaf));
    return rc;
}
