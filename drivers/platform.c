#include "drivers/platform.h"

#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "drivers/folder.h"
#include "drivers/mapping.h"

#define MAX_PLATFORMS 512

struct loaded {
    struct platform platform;
    char *file;
    struct lyd_node *tree;
    const struct lyd_node **mappings;
    bool compiled_in;
    bool extending; /* what it extends is being put into its tree */
    bool extended;
};

struct platforms {
    struct loaded *items[MAX_PLATFORMS]; /* sorted by name */
    size_t count;
    struct mappings *mappings;
    const struct ly_ctx *ctx;
    bool compiled_in; /* what is being loaded is */
};

static void free_loaded(struct loaded *l)
{
    if (!l)
        return;
    yaml_free(l->tree);
    free(l->file);
    free(l->mappings);
    free(l);
}

void platforms_free(struct platforms *all)
{
    for (size_t i = 0; all && i < all->count; i++)
        free_loaded(all->items[i]);
    if (all)
        mappings_free(all->mappings);
    free(all);
}

static int by_name(const void *a, const void *b)
{
    const struct loaded *x = *(struct loaded *const *)a, *y = *(struct loaded *const *)b;
    return strcmp(x->platform.name, y->platform.name);
}

/* Take it in; an operator's profile replaces the compiled-in one of its name. */
static int take(struct platforms *all, struct loaded *l, struct error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        struct loaded *other = all->items[i];
        if (strcmp(other->platform.name, l->platform.name) != 0)
            continue;
        if (other->compiled_in == l->compiled_in)
            return yaml_complain(yang_child(l->tree, "platform"), err,
                "platform %s is described in %s already", l->platform.name, other->file);
        free_loaded(other);
        all->items[i] = l;
        return RC_OK;
    }
    if (all->count == MAX_PLATFORMS)
        return error_set(err, RC_LIMIT, "more than %d platforms", MAX_PLATFORMS);
    all->items[all->count++] = l;
    return RC_OK;
}

static int load_text(void *ctx, const char *file, struct str text, struct error *err)
{
    struct platforms *all = ctx;
    struct loaded *l = calloc(1, sizeof *l);
    if (!l || !(l->file = strdup(file))) {
        free(l);
        return error_set(err, RC_NO_MEMORY, "no memory for platforms");
    }
    l->compiled_in = all->compiled_in;
    int rc = yaml_parse(all->ctx, "rollcall-platform:profile", file, text, &l->tree, err);
    if (!rc) {
        l->platform = (struct platform){
            .name = yang_leaf(l->tree, "platform"),
            .title = yang_leaf(l->tree, "title"),
            .file = l->file,
            .data = l->tree,
        };
        rc = all->compiled_in ? RC_OK : platform_check_regexes(&l->platform, err);
    }
    if (!rc)
        rc = take(all, l, err);
    if (rc)
        free_loaded(l);
    return rc;
}

static bool is_inherited(const struct lyd_node *node)
{
    static const char *const names[] = {"parts", "syntax", "volatile", "access", "suspicious",
        "schemes", "masked", "values", "conclusions", "admin", "secrets"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(LYD_NAME(node), names[i]) == 0)
            return true;
    return false;
}

/* Same name, and the same keys or value where several may be. */
static bool has_same(const struct lyd_node *profile, const struct lyd_node *node)
{
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next) {
        if (n->schema != node->schema)
            continue;
        if (n->schema->nodetype == LYS_LEAF)
            return true;
        if (lyd_compare_single(n, node, 0) == LY_SUCCESS)
            return true;
    }
    return false;
}

static struct loaded *find_loaded(const struct platforms *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i]->platform.name, name) == 0)
            return all->items[i];
    return NULL;
}

static int extend(const struct platforms *all, struct loaded *l, struct error *err);

/* Add what the platform named by `name` has and `l` has not. */
static int extend_by(
    const struct platforms *all, struct loaded *l, const struct lyd_node *name, struct error *err)
{
    struct loaded *base = find_loaded(all, lyd_get_value(name));
    if (!base || base->extending)
        return yaml_complain(name, err,
            base ? "platform %s extends itself" : "there is no platform %s", lyd_get_value(name));
    int rc = extend(all, base, err);
    for (const struct lyd_node *n = rc ? NULL : lyd_child(base->tree); n; n = n->next)
        if (is_inherited(n) && !has_same(l->tree, n) &&
            lyd_dup_single(n, (struct lyd_node_inner *)l->tree, LYD_DUP_RECURSIVE, NULL))
            return yang_error(LYD_CTX(l->tree), RC_NO_MEMORY, err);
    return rc;
}

static int extend(const struct platforms *all, struct loaded *l, struct error *err)
{
    int rc = RC_OK;
    l->extending = true;
    for (const struct lyd_node *n = l->extended ? NULL : lyd_child(l->tree); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "extends") == 0)
            rc = extend_by(all, l, n, err);
    l->extending = false;
    l->extended = true;
    return rc;
}

/* ---- mappings ---- */

static int find_mapping(const struct platforms *all, const struct lyd_node *name,
    const struct lyd_node **out, struct error *err)
{
    const char *wanted = lyd_get_value(name);
    *out = mappings_find(all->mappings, wanted);
    if (*out)
        return RC_OK;
    const char *nearest = mappings_nearest(all->mappings, wanted);
    if (nearest)
        return yaml_complain(
            name, err, "there is no mapping %s; did you mean \"%s\"?", wanted, nearest);
    return yaml_complain(name, err, "there is no mapping %s", wanted);
}

static int name_mappings(const struct platforms *all, struct loaded *l, struct error *err)
{
    const struct lyd_node *netconf = yang_child(l->tree, "netconf");
    size_t count = 0;
    for (const struct lyd_node *n = netconf ? lyd_child(netconf) : NULL; n; n = n->next)
        count += strcmp(LYD_NAME(n), "mappings") == 0;
    if (!(l->mappings = calloc(count + 1, sizeof *l->mappings)))
        return error_set(err, RC_NO_MEMORY, "no memory for mappings");
    int rc = RC_OK;
    count = 0;
    for (const struct lyd_node *n = netconf ? lyd_child(netconf) : NULL; n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "mappings") == 0)
            rc = find_mapping(all, n, &l->mappings[count++], err);
    l->platform.mappings = l->mappings;
    return rc;
}

/* The operator's mappings stand beside his platforms. */
static int load_mappings(struct platforms *all, const char *folder, struct error *err)
{
    struct buf beside = {0};
    const char *slash = folder ? strrchr(folder, '/') : NULL;
    int rc = RC_OK;
    if (folder)
        rc = buf_format(&beside, "%.*smappings", slash ? (int)(slash - folder) + 1 : 0, folder);
    if (!rc)
        rc = mappings_load(all->ctx, beside.data, &all->mappings, err);
    buf_free(&beside);
    return rc;
}

int platforms_load(
    const struct ly_ctx *ctx, const char *folder, struct platforms **out, struct error *err)
{
    struct platforms *all = calloc(1, sizeof *all);
    const struct embedded *file = NULL;
    if (!all)
        return error_set(err, RC_NO_MEMORY, "no memory for platforms");
    all->ctx = ctx;
    all->compiled_in = true;
    int rc = load_mappings(all, folder, err);
    while (!rc && (file = embedded_next("drivers/platforms/", file)))
        rc = load_text(all, file->name, (struct str){file->data, file->len}, err);
    all->compiled_in = false;
    if (!rc && folder)
        rc = folder_each(folder, "platforms", load_text, all, err);
    for (size_t i = 0; !rc && i < all->count; i++)
        rc = extend(all, all->items[i], err);
    for (size_t i = 0; !rc && i < all->count; i++)
        rc = name_mappings(all, all->items[i], err);
    if (rc) {
        platforms_free(all);
        return rc;
    }
    qsort(all->items, all->count, sizeof *all->items, by_name);
    *out = all;
    return RC_OK;
}

static bool has_alias(const struct platform *p, const char *name)
{
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next)
        if (strcmp(LYD_NAME(n), "aliases") == 0 && strcasecmp(lyd_get_value(n), name) == 0)
            return true;
    return false;
}

const struct platform *platforms_find(const struct platforms *all, const char *name)
{
    const struct platform *found = NULL;
    for (size_t i = 0; i < all->count; i++)
        if (strcasecmp(all->items[i]->platform.name, name) == 0)
            return &all->items[i]->platform;
    for (size_t i = 0; i < all->count; i++) /* an operator's alias before a compiled-in one */
        if ((!found || !all->items[i]->compiled_in) && has_alias(&all->items[i]->platform, name))
            found = &all->items[i]->platform;
    return found;
}

const char *platforms_nearest(const struct platforms *all, const char *name)
{
    const char *best = NULL;
    size_t least = 3; /* a distance of 2 is a typing mistake, more is another word */
    for (size_t i = 0; i < all->count; i++) {
        const struct platform *p = &all->items[i]->platform;
        size_t distance = text_distance(p->name, name);
        if (distance < least) {
            least = distance;
            best = p->name;
        }
        for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next) {
            if (strcmp(LYD_NAME(n), "aliases") != 0)
                continue;
            distance = text_distance(lyd_get_value(n), name);
            if (distance < least) {
                least = distance;
                best = lyd_get_value(n);
            }
        }
    }
    return best;
}

bool platform_part_in_force(const struct platform *platform, const char *part)
{
    for (const struct lyd_node *n = lyd_child(platform->data); n; n = n->next) {
        const char *name = strcmp(LYD_NAME(n), "parts") == 0 ? yang_leaf(n, "name") : NULL;
        if (name && strcmp(name, part) == 0)
            return yang_is_true(n, "in-force");
    }
    return true;
}

const struct platform *platforms_at(const struct platforms *all, size_t index)
{
    return index < all->count ? &all->items[index]->platform : NULL;
}
