/* From YAML nodes to a libyang tree, led by the schema. */
#include "base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/yaml_node.h"
#include "base/yang.h"

#define MAX_KEYS 8
#define MAX_CHILDREN 256

static int build_children(struct lyd_node *parent, const struct lysc_node *schema,
    struct yaml_node *mapping, const struct yaml_mark *place, struct error *err);

/* ---- finding the schema of a key ---- */

static const struct lysc_node *child_named(const struct lysc_node *parent, const char *name)
{
    const struct lysc_node *child = NULL;
    while ((child = lys_getnext(child, parent, NULL, 0)))
        if (strcmp(child->name, name) == 0)
            return child;
    return NULL;
}

static size_t child_names(const struct lysc_node *parent, const char *names[MAX_CHILDREN])
{
    const struct lysc_node *child = NULL;
    size_t count = 0;
    while (count < MAX_CHILDREN && (child = lys_getnext(child, parent, NULL, 0)))
        names[count++] = child->name;
    return count;
}

static int unknown_key(const struct lysc_node *parent, struct yaml_node *value, struct error *err)
{
    const char *names[MAX_CHILDREN];
    char advice[500];
    size_t count = child_names(parent, names);
    yaml_hide(value); /* nobody knows what a mistyped key carries */
    return yaml_mistake(&value->key->mark, err, "unknown key \"%.60s\" in %s%s", value->key->text,
        parent->name, yaml_advice(value->key->text, names, count, advice, sizeof advice));
}

/* ---- rules of a mapping as a whole ---- */

static struct yaml_node *entry_named(const struct yaml_node *mapping, const char *name)
{
    for (struct yaml_node *e = mapping ? mapping->first : NULL; e; e = e->next)
        if (e->key && strcmp(e->key->text, name) == 0)
            return e;
    return NULL;
}

/* First entry of a mapping that lies in `schema`: a data node, or any node of a choice or case. */
static struct yaml_node *entry_within(
    const struct yaml_node *mapping, const struct lysc_node *schema)
{
    if (!(schema->nodetype & (LYS_CHOICE | LYS_CASE)))
        return entry_named(mapping, schema->name);
    struct yaml_node *found = NULL;
    for (const struct lysc_node *c = lysc_node_child(schema); c && !found; c = c->next)
        found = entry_within(mapping, c);
    return found;
}

static int check_presence(const struct lysc_node *parent, const struct yaml_node *mapping,
    const struct yaml_mark *place, const char *inside, struct error *err);

static void case_names(const struct lysc_node *choice, struct buf *out)
{
    for (const struct lysc_node *c = lysc_node_child(choice); c; c = c->next) {
        if (buf_str(out).len > 0)
            buf_add(out, ", ");
        buf_add(out, lysc_node_child(c) ? lysc_node_child(c)->name : c->name);
    }
}

static int check_choice(const struct lysc_node *choice, const struct yaml_node *mapping,
    const struct yaml_mark *place, const char *inside, struct error *err)
{
    const struct lysc_node *chosen = NULL;
    struct yaml_node *first = NULL;
    for (const struct lysc_node *c = lysc_node_child(choice); c; c = c->next) {
        struct yaml_node *entry = entry_within(mapping, c);
        if (entry && chosen) {
            bool later = entry->key->mark.offset > first->key->mark.offset;
            return yaml_mistake(later ? &entry->key->mark : &first->key->mark, err,
                "%s and %s exclude each other; keep one", first->key->text, entry->key->text);
        }
        if (entry) {
            chosen = c;
            first = entry;
        }
    }
    if (chosen)
        return check_presence(chosen, mapping, place, inside, err);
    if (!(choice->flags & LYS_MAND_TRUE) || lysc_node_when(choice))
        return RC_OK;
    struct buf names = {.cap = 400};
    case_names(choice, &names);
    int rc = yaml_mistake(place, err, "%s needs one of: %s", inside, buf_text(&names));
    buf_free(&names);
    return rc;
}

/* What must be there is, and choices are made once. (libyang knows this as well, but not where in
 * the file it is.) */
static int check_presence(const struct lysc_node *parent, const struct yaml_node *mapping,
    const struct yaml_mark *place, const char *inside, struct error *err)
{
    int rc = RC_OK;
    for (const struct lysc_node *c = lysc_node_child(parent); c && rc == RC_OK; c = c->next) {
        if (c->nodetype == LYS_CHOICE)
            rc = check_choice(c, mapping, place, inside, err);
        else if ((c->flags & LYS_MAND_TRUE) && !lysc_is_key(c) && !lysc_node_when(c) &&
                 !entry_named(mapping, c->name))
            rc = yaml_mistake(place, err, "%s needs \"%s\"", inside, c->name);
    }
    return rc;
}

/* ---- lists ---- */

static size_t list_keys(const struct lysc_node *list, const struct lysc_node *keys[MAX_KEYS])
{
    size_t count = 0;
    for (const struct lysc_node *c = lysc_node_child(list); c && count < MAX_KEYS; c = c->next)
        if (lysc_is_key(c))
            keys[count++] = c;
    return count;
}

/* One entry of a list; `values` are its keys in the model's order. */
static int build_entry(struct lyd_node *parent, const struct lysc_node *list,
    struct yaml_node *const *values, size_t count, struct yaml_node *rest,
    const struct yaml_mark *place, struct error *err)
{
    const struct lysc_node *keys[MAX_KEYS];
    const char *text[MAX_KEYS] = {NULL};
    list_keys(list, keys);
    for (size_t i = 0; i < count; i++) {
        int rc = yaml_check_shape(keys[i], values[i], err);
        if (rc)
            return rc;
        text[i] = yaml_value_text(keys[i], values[i]);
    }
    struct lyd_node *entry = NULL;
    if (lyd_new_list(parent, list->module, list->name, 0, &entry, text[0], text[1], text[2],
            text[3], text[4], text[5], text[6], text[7])) {
        for (size_t i = 0; i < count; i++) {
            int rc = yaml_check_value(keys[i], values[i], err);
            if (rc)
                return rc;
        }
        return yang_error(list->module->ctx, RC_SETTINGS, err);
    }
    entry->priv = (void *)place;
    struct lyd_node *key = lyd_child(entry);
    for (size_t i = 0; i < count && key; i++, key = key->next)
        key->priv = &values[i]->mark;
    return build_children(entry, list, rest, place, err);
}

static int build_item(struct lyd_node *parent, const struct lysc_node *list, struct yaml_node *item,
    struct error *err)
{
    const struct lysc_node *keys[MAX_KEYS];
    struct yaml_node *values[MAX_KEYS];
    size_t count = list_keys(list, keys);
    if (item->kind == YAML_SCALAR && count == 1)
        return build_entry(parent, list, &item, 1, NULL, &item->mark, err);
    if (item->kind != YAML_MAPPING)
        return yaml_mistake(
            &item->mark, err, "each entry of %s is a mapping (key: value)", list->name);
    for (size_t i = 0; i < count; i++) {
        values[i] = entry_named(item, keys[i]->name);
        if (!values[i])
            return yaml_mistake(
                &item->mark, err, "this entry of %s needs \"%s\"", list->name, keys[i]->name);
    }
    return build_entry(parent, list, values, count, item, &item->mark, err);
}

static int build_list(struct lyd_node *parent, const struct lysc_node *list,
    struct yaml_node *value, struct error *err)
{
    const struct lysc_node *keys[MAX_KEYS];
    size_t count = list_keys(list, keys);
    int rc = RC_OK;
    if (yaml_is_null(value))
        return RC_OK;
    if (value->kind == YAML_SEQUENCE) {
        for (struct yaml_node *item = value->first; item && rc == RC_OK; item = item->next)
            rc = build_item(parent, list, item, err);
        return rc;
    }
    if (value->kind == YAML_SCALAR || count != 1)
        return yaml_mistake(&value->mark, err, "%s takes a sequence of entries (- key: value)%s",
            list->name, count == 1 ? " or a mapping from names to entries" : "");
    for (struct yaml_node *e = value->first; e && rc == RC_OK; e = e->next) {
        if (e->kind != YAML_MAPPING && !yaml_is_null(e))
            return yaml_mistake(&e->mark, err, "%s \"%.60s\" takes a mapping (key: value)",
                list->name, e->key->text);
        if (entry_named(e, keys[0]->name))
            return yaml_mistake(&entry_named(e, keys[0]->name)->key->mark, err,
                "\"%s\" is said twice: the entry is called \"%.60s\" already", keys[0]->name,
                e->key->text);
        rc = build_entry(parent, list, &e->key, 1, e, &e->key->mark, err);
    }
    return rc;
}

/* ---- the rest ---- */

static int build_leaf_list(struct lyd_node *parent, const struct lysc_node *schema,
    struct yaml_node *value, struct error *err)
{
    if (yaml_is_null(value))
        return RC_OK;
    if (value->kind == YAML_SCALAR)
        return yaml_term(parent, schema, value, err);
    if (value->kind == YAML_MAPPING)
        return yaml_mistake(
            &value->mark, err, "%s takes a sequence of values, not a mapping", schema->name);
    int rc = RC_OK;
    for (struct yaml_node *item = value->first; item && rc == RC_OK; item = item->next)
        rc = yaml_term(parent, schema, item, err);
    return rc;
}

static int build_container(struct lyd_node *parent, const struct lysc_node *schema,
    struct yaml_node *value, struct error *err)
{
    if (value->kind != YAML_MAPPING && !yaml_is_null(value)) {
        const char *names[MAX_CHILDREN];
        char known[500];
        size_t count = child_names(schema, names);
        return yaml_mistake(&value->mark, err, "%s takes a mapping%s", schema->name,
            yaml_advice(NULL, names, count, known, sizeof known));
    }
    struct lyd_node *node = NULL;
    if (lyd_new_inner(parent, schema->module, schema->name, 0, &node))
        return yang_error(schema->module->ctx, RC_SETTINGS, err);
    node->priv = &value->key->mark;
    return build_children(node, schema, value, &value->key->mark, err);
}

static void add_json(struct buf *out, const struct yaml_node *node);

static void add_json_text(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            buf_format(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            buf_format(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            buf_add_char(out, *text);
    buf_add_char(out, '"');
}

static void add_json_members(struct buf *out, const struct yaml_node *node)
{
    bool mapping = node->kind == YAML_MAPPING;
    buf_add_char(out, mapping ? '{' : '[');
    for (const struct yaml_node *e = node->first; e; e = e->next) {
        if (mapping) {
            add_json_text(out, e->key->text);
            buf_add_char(out, ':');
        }
        add_json(out, e);
        if (e->next)
            buf_add_char(out, ',');
    }
    buf_add_char(out, mapping ? '}' : ']');
}

static bool is_json_number(const char *text)
{
    size_t digits = strspn(text + (*text == '-'), "0123456789");
    const char *first = text + (*text == '-');
    return digits > 0 && digits < 19 && first[digits] == '\0' && (digits == 1 || *first != '0');
}

/* Depth is bounded by the reader. */
static void add_json(struct buf *out, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR)
        add_json_members(out, node);
    else if (yaml_is_null(node))
        buf_add(out, "null");
    else if (node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0 ||
                                is_json_number(node->text)))
        buf_add(out, node->text);
    else
        add_json_text(out, node->text);
}

static int build_any(struct lyd_node *parent, const struct lysc_node *schema,
    struct yaml_node *value, struct error *err)
{
    struct buf json = {.cap = YAML_MAX_BYTES};
    struct lyd_node *node = NULL;
    add_json(&json, value);
    /* a buffer that hit its cap is shorter than what was written into it */
    int rc = json.len >= YAML_MAX_BYTES ? error_set(err, RC_LIMIT, "%s is too large", schema->name)
                                        : RC_OK;
    /* filled in two steps: libyang reads text given to lyd_new_any() by a schema it does not have
     */
    if (rc == RC_OK && (lyd_new_any(parent, schema->module, schema->name, NULL, 0,
                            LYD_ANYDATA_DATATREE, 0, &node) ||
                           lyd_any_copy_value(node, &(union lyd_any_value){.str = buf_text(&json)},
                               LYD_ANYDATA_STRING)))
        rc = yang_error(schema->module->ctx, RC_SETTINGS, err);
    if (rc == RC_OK)
        node->priv = &value->key->mark;
    buf_free(&json);
    return rc;
}

static int build(struct lyd_node *parent, const struct lysc_node *schema, struct yaml_node *value,
    struct error *err)
{
    switch (schema->nodetype) {
    case LYS_CONTAINER:
        return build_container(parent, schema, value, err);
    case LYS_LIST:
        return build_list(parent, schema, value, err);
    case LYS_LEAF:
        return yaml_term(parent, schema, value, err);
    case LYS_LEAFLIST:
        return build_leaf_list(parent, schema, value, err);
    default:
        return build_any(parent, schema, value, err);
    }
}

/* The entries of a mapping below the node it stands for. `mapping` may be NULL or a null scalar. */
static int build_children(struct lyd_node *parent, const struct lysc_node *schema,
    struct yaml_node *mapping, const struct yaml_mark *place, struct error *err)
{
    if (mapping && mapping->kind != YAML_MAPPING)
        mapping = NULL;
    int rc = RC_OK;
    for (struct yaml_node *e = mapping ? mapping->first : NULL; e && rc == RC_OK; e = e->next) {
        const struct lysc_node *child = child_named(schema, e->key->text);
        if (!child)
            rc = unknown_key(schema, e, err);
        else if (!lysc_is_key(child))
            rc = build(parent, child, e, err);
    }
    if (rc)
        return rc;
    char inside[160];
    const struct lyd_node *key = schema->nodetype == LYS_LIST ? lyd_child(parent) : NULL;
    snprintf(inside, sizeof inside, key ? "%s \"%.80s\"" : "%s", schema->name,
        key ? lyd_get_value(key) : "");
    return check_presence(schema, mapping, place, inside, err);
}

static int build_root(const struct ly_ctx *ctx, const char *root, struct yaml_source *source,
    struct yaml_node *document, struct lyd_node **tree, struct error *err)
{
    char module_name[128];
    const char *colon = strchr(root, ':');
    snprintf(module_name, sizeof module_name, "%.*s", colon ? (int)(colon - root) : 0, root);
    const struct lys_module *module = ly_ctx_get_module_implemented(ctx, module_name);
    if (!module || lyd_new_inner(NULL, module, colon + 1, 0, tree))
        return error_set(err, RC_INVALID, "model %s is not loaded", root);
    struct yaml_mark *start = arena_take(&source->arena, sizeof *start);
    if (!start)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    *start = (struct yaml_mark){source, 0, 1, 1};
    (*tree)->priv = start;
    if (document && document->kind != YAML_MAPPING && !yaml_is_null(document))
        return yaml_mistake(
            &document->mark, err, "the file must be a mapping (key: value), one key a line");
    return build_children(*tree, (*tree)->schema, document, start, err);
}

int yaml_parse(const struct ly_ctx *ctx, const char *root, const char *file, struct str text,
    struct lyd_node **tree, struct error *err)
{
    struct lyd_node *made = NULL;
    struct yaml_node *document = NULL;
    *tree = NULL;
    if (text.len > YAML_MAX_BYTES)
        return error_at(err, RC_LIMIT, file, "larger than %zu MiB", YAML_MAX_BYTES >> 20);
    struct yaml_source *source = yaml_source_new(file, text);
    if (!source)
        return error_set(err, RC_NO_MEMORY, "%s: out of memory", file);
    int rc = yaml_read(source, &document, err);
    if (rc == RC_OK)
        rc = build_root(ctx, root, source, document, &made, err);
    if (rc == RC_OK)
        rc = yaml_validate(made, err);
    if (rc == RC_OK) {
        *tree = made;
        return RC_OK;
    }
    lyd_free_all(made);
    yaml_source_free(source);
    return rc;
}

void yaml_free(struct lyd_node *tree)
{
    if (!tree)
        return;
    while (lyd_parent(tree))
        tree = lyd_parent(tree);
    struct yaml_mark *mark = tree->priv;
    struct yaml_source *source = mark ? mark->source : NULL;
    lyd_free_all(tree);
    yaml_source_free(source);
}
