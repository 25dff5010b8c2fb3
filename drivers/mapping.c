#include "drivers/mapping.h"

#include <stdlib.h>

#include "base/embed.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "drivers/folder.h"

#define MAX_MAPPINGS 512

struct loaded {
    const char *name;
    char *file;
    struct lyd_node *tree;
    bool compiled_in;
};

struct mappings {
    const struct ly_ctx *ctx;
    bool compiled_in; /* what is being loaded is */
    struct loaded items[MAX_MAPPINGS];
    size_t count;
};

static void free_loaded(struct loaded *l)
{
    yaml_free(l->tree);
    free(l->file);
}

void mappings_free(struct mappings *all)
{
    for (size_t i = 0; all && i < all->count; i++)
        free_loaded(&all->items[i]);
    free(all);
}

static struct loaded *find_loaded(struct mappings *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].name, name) == 0)
            return &all->items[i];
    return NULL;
}

/* Take it in; an operator's replaces the compiled-in one of its name. */
static int keep(struct mappings *all, struct loaded *l, struct error *err)
{
    struct loaded *other = find_loaded(all, l->name);
    if (other && other->compiled_in == l->compiled_in)
        return yaml_complain(yang_child(l->tree, "mapping"), err,
            "mapping %s is described in %s already", l->name, other->file);
    if (!other && all->count == MAX_MAPPINGS)
        return error_set(err, RC_LIMIT, "more than %d mappings", MAX_MAPPINGS);
    if (other)
        free_loaded(other);
    else
        other = &all->items[all->count++];
    *other = *l;
    return RC_OK;
}

static int take(void *ctx, const char *file, struct str text, struct error *err)
{
    struct mappings *all = ctx;
    struct loaded l = {.file = strdup(file), .compiled_in = all->compiled_in};
    if (!l.file)
        return error_set(err, RC_NO_MEMORY, "no memory for mappings");
    int rc = yaml_parse(all->ctx, "rollcall-platform:mapping", file, text, &l.tree, err);
    if (!rc) {
        l.name = yang_leaf(l.tree, "mapping");
        rc = l.compiled_in ? RC_OK : profile_check_regexes(l.tree, err);
    }
    if (!rc)
        rc = keep(all, &l, err);
    if (rc)
        free_loaded(&l);
    return rc;
}

int mappings_load(
    const struct ly_ctx *ctx, const char *folder, struct mappings **out, struct error *err)
{
    struct mappings *all = calloc(1, sizeof *all);
    int rc = all ? RC_OK : error_set(err, RC_NO_MEMORY, "no memory for mappings");
    const struct embedded *file = NULL;
    if (all) {
        all->ctx = ctx;
        all->compiled_in = true;
    }
    while (!rc && (file = embedded_next("models/mappings/", file)))
        rc = take(all, file->name, (struct str){file->data, file->len}, err);
    if (!rc && folder) {
        all->compiled_in = false;
        rc = folder_each(folder, "mappings", take, all, err);
    }
    if (rc) {
        mappings_free(all);
        return rc;
    }
    *out = all;
    return RC_OK;
}

const struct lyd_node *mappings_find(const struct mappings *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].name, name) == 0)
            return all->items[i].tree;
    return NULL;
}

const char *mappings_nearest(const struct mappings *all, const char *name)
{
    const char *names[MAX_MAPPINGS];
    for (size_t i = 0; i < all->count; i++)
        names[i] = all->items[i].name;
    return text_nearest(name, names, all->count);
}
