#include "drivers/mapping.h"

#include <stdlib.h>

#include "base/embed.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "drivers/folder.h"

#define MAX_MAPPINGS 512

struct loaded {
    char *name, *file;
    struct str text;       /* compiled in; of an operator's: none, it is all in `tree` */
    struct lyd_node *tree; /* NULL: not read yet */
    bool compiled_in;
};

struct mappings {
    const struct ly_ctx *ctx;
    struct loaded items[MAX_MAPPINGS];
    size_t count;
};

static void free_loaded(struct loaded *l)
{
    yaml_free(l->tree);
    free(l->name);
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

static int take_own(void *ctx, const char *file, struct str text, struct error *err)
{
    struct mappings *all = ctx;
    struct loaded l = {.file = strdup(file)};
    int rc = l.file ? RC_OK : error_set(err, RC_NO_MEMORY, "no memory for mappings");
    if (!rc)
        rc = yaml_parse(all->ctx, "rollcall-platform:mapping", file, text, &l.tree, err);
    if (!rc)
        rc = profile_check_regexes(l.tree, err);
    if (!rc && !(l.name = strdup(yang_leaf(l.tree, "mapping"))))
        rc = error_set(err, RC_NO_MEMORY, "no memory for mappings");
    if (!rc)
        rc = keep(all, &l, err);
    if (rc)
        free_loaded(&l);
    return rc;
}

static int take_compiled_in(struct mappings *all, const struct embedded *file, struct error *err)
{
    const char *base = strrchr(file->name, '/') + 1;
    struct loaded l = {
        .name = strndup(base, strlen(base) - strlen(".yaml")),
        .file = strdup(file->name),
        .text = {file->data, file->len},
        .compiled_in = true,
    };
    int rc = l.name && l.file ? keep(all, &l, err)
                              : error_set(err, RC_NO_MEMORY, "no memory for mappings");
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
    if (all)
        all->ctx = ctx;
    while (!rc && (file = embedded_next("models/mappings/", file)))
        rc = take_compiled_in(all, file, err);
    if (!rc && folder)
        rc = folder_each(folder, "mappings", take_own, all, err);
    if (rc) {
        mappings_free(all);
        return rc;
    }
    *out = all;
    return RC_OK;
}

static int unknown(const struct mappings *all, const struct lyd_node *name, struct error *err)
{
    const char *names[MAX_MAPPINGS], *wanted = lyd_get_value(name);
    for (size_t i = 0; i < all->count; i++)
        names[i] = all->items[i].name;
    const char *nearest = text_nearest(wanted, names, all->count);
    if (nearest)
        return yaml_complain(
            name, err, "there is no mapping %s; did you mean \"%s\"?", wanted, nearest);
    return yaml_complain(name, err, "there is no mapping %s", wanted);
}

int mappings_find(struct mappings *all, const struct lyd_node *name, const struct lyd_node **out,
    struct error *err)
{
    struct loaded *l = find_loaded(all, lyd_get_value(name));
    if (!l)
        return unknown(all, name, err);
    int rc = RC_OK;
    if (!l->tree)
        rc = yaml_parse(all->ctx, "rollcall-platform:mapping", l->file, l->text, &l->tree, err);
    if (!rc && strcmp(yang_leaf(l->tree, "mapping"), l->name) != 0)
        rc = yaml_complain(yang_child(l->tree, "mapping"), err,
            "a mapping that is compiled in is called like its file");
    *out = l->tree;
    return rc;
}
