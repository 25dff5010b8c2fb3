#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "judge/judge.h"

struct checks {
    struct lyd_node *tree;
};

/* Every XPath must fit the access model: then an evaluation cannot fail for another reason than the
 * one named in run_one(). */
static int check_paths(const struct ly_ctx *ctx, const struct lyd_node *tree, struct error *err)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(ctx, "rollcall-access");
    const struct lysc_node *access = module ? module->compiled->data : NULL;
    for (const struct lyd_node *check = lyd_child(tree); check && access; check = check->next) {
        const char *select = yang_leaf(check, "select");
        struct ly_set *set = NULL;
        if (select && lys_find_xpath(ctx, access, select, 0, &set)) {
            struct error why = ERROR_INIT;
            yang_error(ctx, RC_SETTINGS, &why);
            return yaml_complain(yang_child(check, "select"), err, "%s", why.text);
        }
        ly_set_free(set, NULL);
    }
    return RC_OK;
}

int checks_new(const struct ly_ctx *ctx, const char *file, struct str text, struct checks **out,
    struct error *err)
{
    struct checks *c = calloc(1, sizeof *c);
    if (!c)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    int rc = yaml_parse(ctx, "rollcall-checks:checks", file, text, &c->tree, err);
    if (rc == 0)
        rc = check_paths(ctx, c->tree, err);
    if (rc) {
        checks_free(c);
        return rc;
    }
    *out = c;
    return RC_OK;
}

void checks_free(struct checks *c)
{
    if (!c)
        return;
    yaml_free(c->tree);
    free(c);
}

void findings_free(struct findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->at[i].says);
        free(f->at[i].subject);
        free(f->at[i].lines);
    }
    free(f->at);
    *f = (struct findings){0};
}

static bool is_among(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool says_nothing_about(const struct lyd_node *check, const char *const *is)
{
    for (const struct lyd_node *leaf = lyd_child(check); leaf; leaf = leaf->next)
        if (strcmp(LYD_NAME(leaf), "except") == 0 && is_among(is, lyd_get_value(leaf)))
            return true;
    return false;
}

/* The sentence with its {LEAF}s filled in; the first one's value is the subject. */
static int fill_sentence(
    const char *says, const struct lyd_node *node, struct buf *out, struct buf *subject)
{
    int rc = RC_OK;
    while (node && node->schema->nodetype != LYS_LIST)
        node = lyd_parent(node);
    while (*says && rc == 0) {
        size_t plain = strcspn(says, "{"), hole = strcspn(says + plain, "}");
        rc = buf_append(out, says, plain);
        says += plain;
        if (rc || !says[0] || !says[hole])
            continue;
        char leaf[64];
        snprintf(leaf, sizeof leaf, "%.*s", (int)hole - 1, says + 1);
        const char *value = node ? yang_leaf(node, leaf) : NULL;
        rc = buf_add(out, value ? value : "");
        if (rc == 0 && value && subject->len == 0)
            rc = buf_add(subject, value);
        says += hole + 1;
    }
    return rc;
}

static int fill(struct finding *f, const struct lyd_node *check, const struct lyd_node *node)
{
    struct buf says = {0}, subject = {0};
    int rc = fill_sentence(yang_leaf(check, "says"), node, &says, &subject);
    struct lyd_meta *line = lyd_find_meta(node->meta, NULL, "rollcall-access:line");
    f->check = yang_leaf(check, "id");
    f->severity = atoi(yang_leaf(check, "severity"));
    f->says = says.data;
    f->subject = subject.data ? subject.data : strdup("");
    f->lines = strdup(line ? lyd_get_meta_value(line) : "");
    return rc || !f->says || !f->subject || !f->lines ? RC_NO_MEMORY : RC_OK;
}

static int run_one(const struct lyd_node *check, const struct lyd_node *access,
    struct findings *out, struct error *err)
{
    struct ly_set *set = NULL;
    switch (lyd_find_xpath(access, yang_leaf(check, "select"), &set)) {
    case LY_SUCCESS:
        break;
    case LY_EINVAL:
        /* libyang 2.1 takes an empty node set for a boolean when a predicate in it has and or or */
        ly_err_clean((struct ly_ctx *)LYD_CTX(access), NULL);
        return RC_OK;
    default:
        return yang_error(LYD_CTX(access), RC_NO_MEMORY, err);
    }
    int rc = RC_OK;
    for (uint32_t i = 0; i < set->count && rc == 0; i++) {
        struct finding *more = realloc(out->at, (out->count + 1) * sizeof *more);
        if (!more) {
            rc = error_set(err, RC_NO_MEMORY, "out of memory");
            break;
        }
        out->at = more;
        more[out->count] = (struct finding){0};
        rc = fill(&more[out->count++], check, set->dnodes[i]);
    }
    ly_set_free(set, NULL);
    return rc;
}

static int by_severity(const void *a, const void *b)
{
    const struct finding *one = a, *two = b;
    if (one->severity != two->severity)
        return two->severity - one->severity;
    int order = strcmp(one->check, two->check);
    return order ? order : strcmp(one->subject, two->subject);
}

int checks_run(const struct checks *c, const char *const *is, const struct lyd_node *access,
    struct findings *out, struct error *err)
{
    *out = (struct findings){0};
    int rc = RC_OK;
    for (const struct lyd_node *check = access ? lyd_child(c->tree) : NULL; check && rc == 0;
         check = check->next)
        if (strcmp(LYD_NAME(check), "check") == 0 && !says_nothing_about(check, is))
            rc = run_one(check, access, out, err);
    if (rc) {
        findings_free(out);
        return rc;
    }
    if (out->count)
        qsort(out->at, out->count, sizeof *out->at, by_severity);
    return RC_OK;
}
