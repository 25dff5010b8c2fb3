/* Are the regular expressions of a profile or mapping any? Those of type `regex` in its model. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/yaml.h"
#include "drivers/mapping.h"

/* The typedef's name is known to the statement as parsed only; contexts keep it (base/yang.h). */
static bool is_regex(const struct lysc_node *schema)
{
    const struct lysp_node *parsed = schema->priv;
    const char *type = NULL;
    if (parsed && parsed->nodetype == LYS_LEAF)
        type = ((const struct lysp_node_leaf *)parsed)->type.name;
    else if (parsed && parsed->nodetype == LYS_LEAFLIST)
        type = ((const struct lysp_node_leaflist *)parsed)->type.name;
    return type && strcmp(type, "regex") == 0;
}

static int check_one(const struct lyd_node *node, struct error *err)
{
    int number;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)lyd_get_value(node), PCRE2_ZERO_TERMINATED,
        PCRE2_MULTILINE, &number, &at, NULL);
    if (code) {
        pcre2_code_free(code);
        return RC_OK;
    }
    PCRE2_UCHAR text[128];
    pcre2_get_error_message(number, text, sizeof text);
    return yaml_complain(
        node, err, "%s at character %zu of \"%s\"", (char *)text, at + 1, lyd_get_value(node));
}

int profile_check_regexes(const struct lyd_node *profile, struct error *err)
{
    const struct lyd_node *node;
    LYD_TREE_DFS_BEGIN(profile, node)
    {
        if (is_regex(node->schema)) {
            int rc = check_one(node, err);
            if (rc)
                return rc;
        }
        LYD_TREE_DFS_END(profile, node);
    }
    return RC_OK;
}

int platform_check_regexes(const struct platform *platform, struct error *err)
{
    int rc = profile_check_regexes(platform->data, err);
    for (const struct lyd_node *const *m = platform->mappings; m && *m && !rc; m++)
        rc = profile_check_regexes(*m, err);
    return rc;
}
