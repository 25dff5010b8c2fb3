#include "drivers/platform.h"

#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/log.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "drivers/folder.h"
#include "drivers/mapping.h"
#include "drivers/sections.h"

#define MAX_PLATFORMS 512

struct profile {
    struct platform platform;
    struct platforms *all;
    char *file;
    struct str text;       /* compiled in; of an operator's: none, it is all in `tree` */
    struct lyd_node *head; /* what is read at once; an operator's has none */
    struct lyd_node *tree; /* what is read when it is opened, and what it extends */
    struct lyd_node *whole;
    const struct lyd_node **mappings;
    bool compiled_in;
    bool extending; /* what it extends is being put into its tree */
    bool extended;
};

struct platforms {
    struct profile *items[MAX_PLATFORMS]; /* sorted by name */
    size_t count;
    struct mappings *mappings;
    const struct ly_ctx *ctx;
};

static void free_loaded(struct profile *l)
{
    if (!l)
        return;
    yaml_free(l->head);
    yaml_free(l->tree);
    yaml_free(l->whole);
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
    const struct profile *x = *(struct profile *const *)a, *y = *(struct profile *const *)b;
    return strcmp(x->platform.name, y->platform.name);
}

/* Take it in; an operator's profile replaces the compiled-in one of its name. */
static int take(struct platforms *all, struct profile *l, struct error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        struct profile *other = all->items[i];
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

/* ---- reading ---- */

static bool is_of_head(struct str key)
{
    static const char *const names[] = {"platform", "title", "aliases", "class", "extends",
        "recognise", "session", "parts", "netconf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(key, names[i]))
            return true;
    return false;
}

static bool is_used(struct str key)
{
    return !str_is(key, "examples") && !str_is(key, "manual");
}

static int read_text(struct profile *l, struct str text, struct lyd_node **tree, struct error *err)
{
    return yaml_parse(l->all->ctx, "rollcall-platform:profile", l->file, text, tree, err);
}

static int read_sections(
    struct profile *l, bool (*wanted)(struct str key), struct lyd_node **tree, struct error *err)
{
    struct buf kept = {0};
    int rc = sections_keep(l->text, wanted, &kept);
    rc = rc ? error_set(err, rc, "no memory for platforms")
            : read_text(l, buf_str(&kept), tree, err);
    buf_free(&kept);
    return rc;
}

static int load(
    struct platforms *all, const char *file, struct str text, bool compiled_in, struct error *err)
{
    struct profile *l = calloc(1, sizeof *l);
    if (!l || !(l->file = strdup(file))) {
        free(l);
        return error_set(err, RC_NO_MEMORY, "no memory for platforms");
    }
    l->all = all;
    if ((l->compiled_in = compiled_in))
        l->text = text;
    int rc = compiled_in ? read_sections(l, is_of_head, &l->head, err)
                         : read_text(l, text, &l->tree, err);
    const struct lyd_node *data = compiled_in ? l->head : l->tree;
    if (!rc) {
        l->platform = (struct platform){
            .name = yang_leaf(data, "platform"),
            .title = yang_leaf(data, "title"),
            .file = l->file,
            .data = data,
            .own = l,
        };
        rc = compiled_in ? RC_OK : platform_check_regexes(&l->platform, err);
    }
    if (!rc)
        rc = take(all, l, err);
    if (rc)
        free_loaded(l);
    return rc;
}

static int load_own(void *ctx, const char *file, struct str text, struct error *err)
{
    return load(ctx, file, text, false, err);
}

int platform_whole(
    const struct platform *platform, const struct lyd_node **whole, struct error *err)
{
    struct profile *l = platform->own;
    if (!l || !l->compiled_in) {
        *whole = l ? l->tree : platform->data;
        return RC_OK;
    }
    int rc = l->whole ? RC_OK : read_text(l, l->text, &l->whole, err);
    *whole = l->whole;
    return rc;
}

/* ---- what it extends ---- */

static bool is_inherited(const struct lyd_node *node)
{
    static const char *const names[] = {"parts", "syntax", "volatile", "below", "access",
        "suspicious", "pass", "schemes", "masked", "default-accounts", "values", "conclusions",
        "admin", "secrets", "announces"};
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

static struct profile *find_loaded(const struct platforms *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i]->platform.name, name) == 0)
            return all->items[i];
    return NULL;
}

static int extend(struct profile *l, struct error *err);

/* Add what the platform named by `name` has and `l` has not. */
static int extend_by(struct profile *l, const struct lyd_node *name, struct error *err)
{
    struct profile *base = find_loaded(l->all, lyd_get_value(name));
    if (!base || base->extending)
        return yaml_complain(name, err,
            base ? "platform %s extends itself" : "there is no platform %s", lyd_get_value(name));
    int rc = extend(base, err);
    for (const struct lyd_node *n = rc ? NULL : lyd_child(base->tree); n; n = n->next)
        if (is_inherited(n) && !has_same(l->tree, n) &&
            lyd_dup_single(n, (struct lyd_node_inner *)l->tree, LYD_DUP_RECURSIVE, NULL))
            return yang_error(LYD_CTX(l->tree), RC_NO_MEMORY, err);
    return rc;
}

/* Read its tree, if that is to be done yet, and put into it what it extends. */
static int extend(struct profile *l, struct error *err)
{
    if (l->extended)
        return RC_OK;
    int rc = l->tree ? RC_OK : read_sections(l, is_used, &l->tree, err);
    l->extending = true;
    for (const struct lyd_node *n = rc ? NULL : lyd_child(l->tree); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "extends") == 0)
            rc = extend_by(l, n, err);
    l->extending = false;
    l->extended = rc == RC_OK;
    return rc;
}

/* ---- mappings ---- */

static int name_mappings(struct profile *l, struct error *err)
{
    const struct lyd_node *netconf = yang_child(l->tree, "netconf");
    size_t count = 0;
    for (const struct lyd_node *n = netconf ? lyd_child(netconf) : NULL; n; n = n->next)
        count += strcmp(LYD_NAME(n), "mappings") == 0;
    free(l->mappings);
    if (!(l->mappings = calloc(count + 1, sizeof *l->mappings)))
        return error_set(err, RC_NO_MEMORY, "no memory for mappings");
    int rc = RC_OK;
    count = 0;
    for (const struct lyd_node *n = netconf ? lyd_child(netconf) : NULL; n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "mappings") == 0)
            rc = mappings_find(l->all->mappings, n, &l->mappings[count++], err);
    return rc;
}

int platform_open(const struct platform *platform, struct error *err)
{
    struct profile *l = platform->own;
    if (!l || l->platform.mappings)
        return RC_OK;
    int rc = extend(l, err);
    if (!rc)
        rc = name_mappings(l, err);
    if (!rc) {
        l->platform.data = l->tree;
        l->platform.mappings = l->mappings;
    }
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
    int rc = load_mappings(all, folder, err);
    while (!rc && (file = embedded_next("drivers/platforms/", file)))
        rc = load(all, file->name, (struct str){file->data, file->len}, true, err);
    if (!rc && folder)
        rc = folder_each(folder, "platforms", load_own, all, err);
    for (size_t i = 0; !rc && i < all->count; i++)
        if (!all->items[i]->compiled_in)
            rc = platform_open(&all->items[i]->platform, err);
    if (rc) {
        platforms_free(all);
        return rc;
    }
    qsort(all->items, all->count, sizeof *all->items, by_name);
    *out = all;
    return RC_OK;
}

/* ---- finding ---- */

static bool has_alias(const struct platform *p, const char *name)
{
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next)
        if (strcmp(LYD_NAME(n), "aliases") == 0 && strcasecmp(lyd_get_value(n), name) == 0)
            return true;
    return false;
}

const struct platform *platforms_named(const struct platforms *all, const char *name)
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

const struct platform *platforms_find(const struct platforms *all, const char *name)
{
    const struct platform *found = platforms_named(all, name);
    struct error err = ERROR_INIT;
    if (!found || platform_open(found, &err) == RC_OK)
        return found;
    log_error(&err);
    return NULL;
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
