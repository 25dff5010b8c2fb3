/* Mappings of a platform: their entries found in the access model, their expressions compiled. */
#include "access/map.h"

#include "base/yaml.h"
#include "base/yang.h"

struct compiling {
    struct reader *r;
    xmlXPathContext *xpath;
    struct mapping *mapping;
    struct map_entry *entry;
    const char *into;
};

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory for mappings");
}

static const struct lyd_node *child(const struct lyd_node *parent, const char *name)
{
    const struct lyd_node *found = yang_child(parent, name);
    return found ? found : parent;
}

/* ---- sets ---- */

static int compile_set(
    struct compiling *c, const struct lyd_node *node, struct map_set *made, struct error *err)
{
    const char *text = lyd_get_value(node), *equals = strstr(text, " = ");
    const char *name = arena_dup(&c->r->arena, (struct str){text, (size_t)(equals - text)});
    struct map_expression *value;
    if (!name)
        return no_memory(err);
    made->target = target_get(c->r, c->entry->rule.section, c->into, name, err);
    if (!made->target)
        return complain_at(node, err);
    int rc = map_expression_new(c->r, c->xpath, c->mapping, equals + 3, node, &value, err);
    made->value = value;
    return rc;
}

static int compile_sets(struct compiling *c, const struct lyd_node *parent, const char *list,
    struct map_set **end, struct error *err)
{
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(parent); n && !rc; n = n->next) {
        if (strcmp(LYD_NAME(n), list) != 0)
            continue;
        struct map_set *made = arena_take(&c->r->arena, sizeof *made);
        if (!made)
            return no_memory(err);
        rc = compile_set(c, n, made, err);
        *end = made;
        end = &made->next;
    }
    return rc;
}

/* ---- paths alone ---- */

static int compile_wheres(struct compiling *c, const struct lyd_node *parent, const char *list,
    struct map_where **end, struct error *err)
{
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(parent); n && !rc; n = n->next) {
        if (strcmp(LYD_NAME(n), list) != 0)
            continue;
        struct map_where *made = arena_take(&c->r->arena, sizeof *made);
        struct map_expression *where;
        if (!made)
            return no_memory(err);
        rc = map_expression_new(c->r, c->xpath, c->mapping, lyd_get_value(n), n, &where, err);
        if (rc)
            return rc;
        made->where = where;
        *end = made;
        end = &made->next;
    }
    return rc;
}

static int compile_where(struct compiling *c, const struct lyd_node *node,
    const struct map_expression **out, struct error *err)
{
    struct map_expression *where;
    int rc = map_expression_new(
        c->r, c->xpath, c->mapping, yang_leaf(node, "where"), child(node, "where"), &where, err);
    if (!rc)
        *out = where;
    return rc;
}

/* ---- entries ---- */

static int compile_into(
    struct compiling *c, const struct lyd_node *node, struct map_into *made, struct error *err)
{
    c->into = yang_leaf(node, "list");
    int rc = compile_where(c, node, &made->where, err);
    rc = rc ? rc : compile_sets(c, node, "set", &made->sets, err);
    c->into = NULL;
    return rc;
}

static int compile_intos(struct compiling *c, const struct lyd_node *node, struct error *err)
{
    struct map_into **end = &c->entry->intos;
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(node); n && !rc; n = n->next) {
        if (strcmp(LYD_NAME(n), "into") != 0)
            continue;
        struct map_into *made = arena_take(&c->r->arena, sizeof *made);
        if (!made)
            return no_memory(err);
        rc = compile_into(c, n, made, err);
        *end = made;
        end = &made->next;
    }
    return rc;
}

static int compile_entry(struct compiling *c, const struct lyd_node *node, struct error *err)
{
    struct map_entry *e = c->entry;
    struct rule *rule = &e->rule;
    rule->section = section_get(c->r, yang_leaf(node, "entry"), err);
    if (!rule->section)
        return complain_at(child(node, "entry"), err);
    rule->attach = yang_is_true(node, "attach");
    rule->action.priority = yang_is_true(node, "yield") ? PRIORITY_YIELDING : PRIORITY_NORMAL;
    e->strict = yang_leaf(node, "strict") ? yang_is_true(node, "strict")
                                          : strcmp(rule->section->path, "account") == 0;
    int rc = compile_where(c, node, &e->where, err);
    rc = rc ? rc : compile_sets(c, node, "set", &e->sets, err);
    rc = rc ? rc : compile_sets(c, node, "default", &e->defaults, err);
    rc = rc ? rc : compile_intos(c, node, err);
    return rc ? rc : compile_wheres(c, node, "pass", &e->passes, err);
}

static int compile_entries(struct compiling *c, const struct lyd_node *data, struct error *err)
{
    struct map_entry **end = &c->mapping->entries;
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(data); n && !rc; n = n->next) {
        if (strcmp(LYD_NAME(n), "map") != 0)
            continue;
        if (!(c->entry = arena_take(&c->r->arena, sizeof *c->entry)))
            return no_memory(err);
        rc = compile_entry(c, n, err);
        *end = c->entry;
        end = &c->entry->next;
    }
    return rc;
}

/* ---- modules ---- */

static size_t count_of(const struct lyd_node *parent, const char *list)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(parent); n; n = n->next)
        count += strcmp(LYD_NAME(n), list) == 0;
    return count;
}

static const char *const *texts_of(
    struct reader *r, const struct lyd_node *parent, const char *list)
{
    const char **texts = arena_take(&r->arena, (count_of(parent, list) + 1) * sizeof *texts);
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(parent); n && texts; n = n->next)
        if (strcmp(LYD_NAME(n), list) == 0)
            texts[count++] = lyd_get_value(n);
    return texts;
}

/* Behind those of the other mappings: data_parse() wants to know them all. */
static int take_modules(
    struct reader *r, struct mapping *m, const struct lyd_node *data, struct data_module *all)
{
    m->modules = &all[r->names_of_data.count];
    for (const struct lyd_node *n = lyd_child(data); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "modules") != 0)
            continue;
        struct data_module *made = &all[r->names_of_data.count++];
        m->module_count++;
        made->name = yang_leaf(n, "name");
        made->namespaces = texts_of(r, n, "namespace");
        made->roots = texts_of(r, n, "root");
        if (!made->namespaces || !made->roots)
            return RC_NO_MEMORY;
    }
    return RC_OK;
}

static int compile_mapping(
    struct reader *r, struct mapping *m, const struct lyd_node *data, struct error *err)
{
    struct compiling c = {.r = r, .xpath = map_compiler_new(), .mapping = m};
    int rc = c.xpath ? compile_entries(&c, data, err) : no_memory(err);
    rc = rc ? rc : compile_wheres(&c, data, "hidden", &m->hidden, err);
    rc = rc ? rc : compile_wheres(&c, data, "watched", &m->watched, err);
    xmlXPathFreeContext(c.xpath);
    return rc ? rc : tables_compile(r, data, m->rank, err);
}

int mappings_compile(struct reader *r, struct error *err)
{
    size_t modules = 0, count = 0;
    const struct lyd_node *const *all = r->platform->mappings;
    for (; all && all[count]; count++)
        modules += count_of(all[count], "modules");
    struct data_module *names = arena_take(&r->arena, (modules + 1) * sizeof *names);
    r->mappings = arena_take(&r->arena, (count + 1) * sizeof *r->mappings);
    if (!names || !r->mappings)
        return no_memory(err);
    r->names_of_data.modules = names;
    int rc = RC_OK;
    for (size_t i = 0; i < count && !rc; i++) {
        struct mapping *m = &r->mappings[r->mapping_count++];
        m->name = yang_leaf(all[i], "mapping");
        m->rank = (unsigned)i + 1;
        rc = take_modules(r, m, all[i], names) ? no_memory(err) : RC_OK;
        rc = rc ? rc : compile_mapping(r, m, all[i], err);
    }
    return rc;
}
