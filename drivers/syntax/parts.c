#include "drivers/syntax/parts.h"

#include <stdlib.h>

#include "base/yang.h"

struct entry {
    const char *name;
    bool detects;
    struct syntax *syntax;
};

struct part_syntaxes {
    const struct lyd_node *profile;
    size_t count;
    struct entry entries[];
};

int part_syntaxes_new(const struct lyd_node *profile, struct part_syntaxes **out, struct error *err)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next)
        count += strcmp(LYD_NAME(n), "syntax") == 0;
    struct part_syntaxes *all = calloc(1, sizeof *all + count * sizeof *all->entries);
    if (!all)
        return error_set(err, RC_NO_MEMORY, "no memory for syntaxes");
    all->profile = profile;
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "syntax") != 0)
            continue;
        struct entry *e = &all->entries[all->count++];
        e->name = yang_leaf(n, "name");
        e->detects = yang_leaf(n, "detect") != NULL;
        int rc = syntax_new(n, &e->syntax, err);
        if (rc) {
            part_syntaxes_free(all);
            return rc;
        }
    }
    *out = all;
    return RC_OK;
}

void part_syntaxes_free(struct part_syntaxes *all)
{
    for (size_t i = 0; all && i < all->count; i++)
        syntax_free(all->entries[i].syntax);
    free(all);
}

static const char *named_by_part(const struct lyd_node *profile, const char *part)
{
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next) {
        const char *name = strcmp(LYD_NAME(n), "parts") == 0 ? yang_leaf(n, "name") : NULL;
        if (name && strcmp(name, part) == 0)
            return yang_leaf(n, "syntax");
    }
    return NULL;
}

static const struct entry *choose(
    const struct part_syntaxes *all, const char *part, struct str text)
{
    const char *named = named_by_part(all->profile, part);
    for (size_t i = 0; i < all->count; i++)
        if (all->entries[i].detects && syntax_fits(all->entries[i].syntax, text))
            return &all->entries[i];
    for (size_t i = 0; named && i < all->count; i++)
        if (strcmp(all->entries[i].name, named) == 0)
            return &all->entries[i];
    for (size_t i = 0; i < all->count; i++)
        if (!all->entries[i].detects)
            return &all->entries[i];
    return all->count ? &all->entries[0] : NULL;
}

const struct syntax *part_syntax(
    const struct part_syntaxes *all, const char *part, struct str text, const char **name)
{
    const struct entry *e = choose(all, part, text);
    if (name)
        *name = e ? e->name : NULL;
    return e ? e->syntax : NULL;
}

const struct syntax *part_syntax_named(const struct part_syntaxes *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->entries[i].name, name) == 0)
            return all->entries[i].syntax;
    return NULL;
}
