#include "base/yaml.h"
#include "base/yang.h"
#include "diff/meaning.h"

#include <stdlib.h>
#include <string.h>

/* Values of the leaf-list `name` of `entry` as a NULL-terminated array. */
static const char *const *strings(struct arena *a, const struct lyd_node *entry, const char *name)
{
    size_t count = 0;
    const struct lyd_node *node;
    LY_LIST_FOR(lyd_child(entry), node)
    count += strcmp(LYD_NAME(node), name) == 0;
    const char **list = arena_take(a, (count + 1) * sizeof *list);
    if (!list)
        return NULL;
    count = 0;
    LY_LIST_FOR(lyd_child(entry), node)
    if (strcmp(LYD_NAME(node), name) == 0 &&
        !(list[count++] = arena_dup(a, str_of(lyd_get_value(node)))))
        return NULL;
    return list;
}

static int kind_add(struct meaning *m, const struct lyd_node *entry, struct error *err)
{
    struct kind *kind = arena_take(&m->arena, sizeof *kind);
    if (!kind)
        goto full;
    const char *severity = yang_leaf(entry, "severity");
    kind->id = arena_dup(&m->arena, str_of(yang_leaf(entry, "id")));
    kind->says = arena_dup(&m->arena, str_of(yang_leaf(entry, "says")));
    kind->severity = severity ? atoi(severity) : 0;
    kind->attack = strings(&m->arena, entry, "attack");
    kind->controls = strings(&m->arena, entry, "control");
    if (!kind->id || !kind->says || !kind->attack || !kind->controls)
        goto full;
    HASH_ADD_KEYPTR(hh, m->kinds, kind->id, strlen(kind->id), kind);
    if (!kind->hh.tbl)
        goto full;
    return RC_OK;
full:
    return error_set(err, RC_NO_MEMORY, "no memory for the event catalogue");
}

int catalogue_read(struct meaning *m, const char *file, struct str text, struct error *err)
{
    struct lyd_node *tree = NULL;
    int rc = yaml_parse(m->ctx, "rollcall-events:catalogue", file, text, &tree, err);
    if (rc)
        goto out;
    const struct lyd_node *entry;
    LY_LIST_FOR(lyd_child(tree), entry)
    {
        if (entry->schema->nodetype == LYS_LIST && (rc = kind_add(m, entry, err)))
            goto out;
    }
out:
    yaml_free(tree);
    return rc;
}

struct kind *kind_find(const struct meaning *m, const char *id)
{
    struct kind *kind;
    HASH_FIND_STR(m->kinds, id, kind);
    return kind;
}
