/* Names in rules, found in the access model. */
#include "access/rules.h"

/* Number of `wanted` in the walk over the model: the order in which entries are reported. */
static unsigned schema_order(
    const struct lysc_node *parent, const struct lysc_node *wanted, unsigned *count)
{
    for (const struct lysc_node *n = lysc_node_child(parent); n; n = n->next) {
        ++*count;
        if (n == wanted)
            return *count;
        unsigned below = n->nodetype == LYS_CONTAINER ? schema_order(n, wanted, count) : 0;
        if (below)
            return below;
    }
    return 0;
}

/* Follow "a/b/c" below `from`. NULL when there is none. */
static const struct lysc_node *follow(const struct lysc_node *from, const char *path)
{
    while (from && *path) {
        size_t len = strcspn(path, "/");
        from = lys_find_child(from, from->module, path, len, 0, 0);
        path += len + (path[len] == '/');
    }
    return from;
}

struct section *section_get(struct reader *r, const char *path, struct error *err)
{
    for (struct section *s = r->sections; s; s = s->next)
        if (strcmp(s->path, path) == 0)
            return s;
    const struct lysc_node *schema = follow(r->access, path);
    if (!schema || !(schema->nodetype & (LYS_LIST | LYS_CONTAINER)) || schema == r->access) {
        error_set(err, RC_SETTINGS, "there is no entry \"%s\" in the access model", path);
        return NULL;
    }
    struct section *made = arena_take(&r->arena, sizeof *made);
    if (!made || !(made->path = intern(&r->arena, &r->names, str_of(path)))) {
        error_set(err, RC_NO_MEMORY, "no memory for rules");
        return NULL;
    }
    unsigned count = 0;
    made->schema = schema;
    made->order = schema_order(r->access, schema, &count);
    if (schema->nodetype == LYS_LIST)
        for (const struct lysc_node *n = lysc_node_child(schema); n; n = n->next)
            if ((n->flags & LYS_KEY) && made->key_count < 3)
                made->keys[made->key_count++] = n->name;
    made->next = r->sections;
    r->sections = made;
    return made;
}

/* The node that `name` means, and its kind. `secret` is a container in most entries; in a
 * community it is the fingerprint that is the key. */
static const struct lysc_node *resolve(
    const struct lysc_node *entry, const char *name, enum target_kind *kind)
{
    const struct lysc_node *node = follow(entry, name);
    *kind = TARGET_LEAF;
    if (strcmp(name, "secret") == 0) {
        *kind = TARGET_SECRET;
        return follow(node ? node : entry, "fingerprint");
    }
    if (!node && strcmp(name, "key") == 0) {
        *kind = TARGET_BLOB;
        return follow(entry, "fingerprint");
    }
    if (!node) {
        const struct lysc_node *secret = follow(entry, "secret");
        node = secret ? follow(secret, name) : NULL;
    }
    if (node && node->nodetype == LYS_LEAFLIST)
        *kind = TARGET_LEAF_LIST;
    return node && (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) ? node : NULL;
}

/* "secret/scheme": the way from `top` down to `node`. */
static const char *path_between(
    struct reader *r, const struct lysc_node *top, const struct lysc_node *node)
{
    const char *path = node->name;
    for (node = node->parent; path && node && node != top; node = node->parent)
        path = arena_format(&r->arena, "%s/%s", node->name, path);
    return path;
}

static struct target *make_target(
    struct reader *r, struct section *section, const struct lysc_node *node, enum target_kind kind)
{
    struct target *made = arena_take(&r->arena, sizeof *made);
    const char *path = path_between(r, section->schema, node);
    if (!made || !path)
        return NULL;
    made->path = path;
    made->kind = kind;
    made->unit = intern(&r->arena, &r->names, (struct str){path, strcspn(path, "/")});
    made->in_list = node->parent != section->schema && node->parent->nodetype == LYS_LIST;
    made->key = node->parent == section->schema && (node->flags & LYS_KEY);
    made->commands = strcmp(node->name, "statement") == 0 || strcmp(node->name, "command") == 0 ||
                     strcmp(node->name, "permission") == 0;
    made->ordered = lysc_is_userordered(node);
    made->next = section->targets;
    section->targets = made;
    return made->unit ? made : NULL;
}

struct target *target_get(struct reader *r, struct section *section, const char *into,
    const char *name, struct error *err)
{
    const struct lysc_node *entry = into ? follow(section->schema, into) : section->schema;
    if (!entry || (into && entry->nodetype != LYS_LIST)) {
        error_set(err, RC_SETTINGS, "\"%s\" is no list of %s", into, section->path);
        return NULL;
    }
    enum target_kind kind;
    const struct lysc_node *node = resolve(entry, name, &kind);
    if (!node) {
        error_set(err, RC_SETTINGS, "there is no node \"%s\" in %s%s%s", name, section->path,
            into ? "/" : "", into ? into : "");
        return NULL;
    }
    for (struct target *t = section->targets; t; t = t->next) {
        size_t len = strlen(t->path), name_len = strlen(node->name);
        if (t->kind == kind && len >= name_len &&
            strcmp(t->path + len - name_len, node->name) == 0 &&
            follow(section->schema, t->path) == node)
            return t;
    }
    struct target *made = make_target(r, section, node, kind);
    if (!made)
        error_set(err, RC_NO_MEMORY, "no memory for rules");
    return made;
}
