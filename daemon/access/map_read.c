/* A part that is YANG data: what its platform's mappings say of it. */
#include <stdlib.h>

#include "access/map.h"
#include "access/walk.h"
#include "base/yang.h"

/* ---- values ---- */

/* Namespaces of an element look like nodes to XPath, and are none. */
static bool is_node(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE || node->type == XML_ATTRIBUTE_NODE ||
           node->type == XML_TEXT_NODE;
}

static uint32_t line_of(const xmlNode *node)
{
    if (node->type != XML_ELEMENT_NODE)
        node = node->parent;
    return node && node->type == XML_ELEMENT_NODE ? data_line(node) : 0;
}

/* Mark what an expression selects; `*line`, when it is 0, gets the first one's. */
static int mark_nodes(struct map_run *run, const struct map_xpath_pair *compiled, const xmlNode *at,
    unsigned flags, uint32_t *line)
{
    xmlXPathObject *found;
    int rc = map_nodes(run->xpath, compiled, at, &found, run->err);
    if (rc)
        return rc;
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr && !rc; i++) {
        const xmlNode *node = found->nodesetval->nodeTab[i];
        if (!is_node(node))
            continue;
        if (*line == 0)
            *line = line_of(node);
        rc = marks_add(&run->marks, node, flags);
    }
    xmlXPathFreeObject(found);
    return rc;
}

/* Mark what values are the text of, or, of computed ones, the nodes that they were made of. `*line`
 * gets the first one's. */
static int mark_values(struct map_run *run, const struct map_expression *e, const xmlNode *at,
    const struct map_values *values, unsigned flags, uint32_t *line)
{
    int rc = RC_OK;
    if (values->object->type == XPATH_NODESET)
        for (size_t i = 0; i < values->count && !rc; i++)
            rc = marks_add(&run->marks, values->at[i].node, flags);
    else
        for (const struct map_path *p = e->sources; p && !rc; p = p->next)
            rc = mark_nodes(run, &p->compiled, at, flags, line);
    return rc;
}

struct setting {
    struct instance *entry;
    const xmlNode *at; /* what the expressions are evaluated at */
    uint32_t sub;
    enum priority priority;
};

/* Evaluate one, and add the values unless `given` says that there are some already. */
static int read_set(
    struct map_run *run, const struct setting *s, const struct map_set *set, bool *given)
{
    bool secret = set->target->kind == TARGET_SECRET, known = *given;
    struct map_values values;
    uint32_t made_line = 0;
    int rc = map_values(run->xpath, set->value, s->at, &values, run->err);
    if (rc)
        return rc;
    rc = mark_values(run, set->value, s->at, &values,
        secret ? MARK_TAKEN | MARK_SECRET : MARK_TAKEN, &made_line);
    for (size_t i = 0; i < values.count && !known && !rc; i++) {
        const struct map_value *v = &values.at[i];
        if (v->text.len == 0 && !secret)
            continue;
        uint32_t line = v->node ? line_of(v->node) : made_line;
        const struct gather_value value = {
            set->target, v->text, line ? line : data_line(s->at), s->sub, s->priority};
        rc = gather_add(run->g, s->entry, &value);
        *given = true;
    }
    map_values_free(&values);
    return rc;
}

#define MOST_SETS 64 /* nodes of one entry; the model has fewer */

/* Of several of one node the first that gives something counts. The others are evaluated too: what
 * they would take is known, and their secrets must not be shown. */
static int read_sets(struct map_run *run, const struct setting *s, const struct map_set *sets)
{
    const struct target *given[MOST_SETS];
    size_t count = 0;
    int rc = RC_OK;
    for (const struct map_set *set = sets; set && !rc; set = set->next) {
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known |= given[i] == set->target;
        bool gives = known;
        rc = read_set(run, s, set, &gives);
        if (gives && !known && count < MOST_SETS)
            given[count++] = set->target;
    }
    return rc;
}

/* ---- entries ---- */

static int read_into(
    struct map_run *run, struct setting *s, const struct map_into *into, const xmlNode *entry)
{
    xmlXPathObject *found;
    int rc = map_nodes(run->xpath, &into->where->compiled, entry, &found, run->err);
    if (rc)
        return rc;
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr && !rc; i++) {
        s->at = found->nodesetval->nodeTab[i];
        if (s->at->type != XML_ELEMENT_NODE)
            continue;
        s->sub = ++run->g->sub;
        rc = read_sets(run, s, into->sets);
    }
    xmlXPathFreeObject(found);
    return rc;
}

static bool has_keys(const struct instance *i)
{
    const struct section *section = i->rule->section;
    for (size_t k = 0; k < section->key_count; k++) {
        const struct field *f = i->first;
        while (f && (!f->target->key || strcmp(f->target->path, section->keys[k]) != 0))
            f = f->next;
        if (!f && strcmp(section->keys[k], "realm") != 0)
            return false;
    }
    return true;
}

static int remember_strict(struct map_run *run, const xmlNode *node)
{
    if (run->strict_count == run->strict_room) {
        size_t room = run->strict_room ? run->strict_room * 2 : 64;
        const xmlNode **grown = realloc(run->strict, room * sizeof *grown);
        if (!grown)
            return RC_NO_MEMORY;
        run->strict = grown;
        run->strict_room = room;
    }
    run->strict[run->strict_count++] = node;
    return RC_OK;
}

static int read_entry(struct map_run *run, const struct map_entry *e, const xmlNode *node)
{
    struct instance *i = gather_open(run->g, &e->rule, NULL, data_line(node));
    struct setting s = {i, node, 0, e->rule.action.priority};
    uint32_t line = 0;
    if (!i)
        return RC_NO_MEMORY;
    int rc = read_sets(run, &s, e->sets);
    for (const struct map_into *into = e->intos; into && !rc; into = into->next)
        rc = read_into(run, &s, into, node);
    s = (struct setting){i, node, 0, PRIORITY_DEFAULT};
    rc = rc ? rc : read_sets(run, &s, e->defaults);
    for (const struct map_where *pass = e->passes; pass && !rc; pass = pass->next)
        rc = mark_nodes(run, &pass->where->compiled, node, MARK_PASSED, &line);
    if (!rc && e->strict)
        rc = remember_strict(run, node);
    if (rc)
        return rc;
    rc = marks_add(&run->marks, node, MARK_TAKEN);
    if (!rc && has_keys(i))
        return gather_close(run->g, i);
    return rc || !e->strict ? rc : map_unread(run, node);
}

static int read_entries(struct map_run *run, const struct map_entry *e)
{
    int rc = RC_OK;
    for (; e && !rc; e = e->next) {
        xmlXPathObject *found;
        if ((rc = map_nodes(run->xpath, &e->where->compiled, NULL, &found, run->err)))
            break;
        for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr && !rc; i++)
            if (found->nodesetval->nodeTab[i]->type == XML_ELEMENT_NODE && ++run->found)
                rc = read_entry(run, e, found->nodesetval->nodeTab[i]);
        xmlXPathFreeObject(found);
    }
    return rc;
}

/* ---- mappings ---- */

static bool is_top_of(const xmlNode *top, const struct data_module *module, bool bare)
{
    if (!bare)
        return top->ns && strcmp(module->name, (const char *)top->ns->href) == 0;
    for (const char *const *root = module->roots; *root; root++)
        if (strcmp(*root, (const char *)top->name) == 0)
            return true;
    return false;
}

/* Does one of the modules at the top of the data belong to it? */
static bool applies(const struct map_run *run, const struct mapping *m)
{
    for (const xmlNode *n = data_document(run->data)->children; n; n = n->next)
        for (size_t i = 0; i < m->module_count; i++)
            if (is_top_of(n, &m->modules[i], run->bare))
                return true;
    return false;
}

/* The engine draws the conclusions of those that had something to read. */
static int note_mapping(struct map_run *run, const struct mapping *m)
{
    struct draft *d = run->g->d;
    for (uint32_t i = 0; i < d->mapping_count; i++)
        if (strcmp(d->mappings[i], m->name) == 0)
            return RC_OK;
    if (!d->mappings)
        d->mappings = arena_take(&d->arena, run->g->r->mapping_count * sizeof *d->mappings);
    if (!d->mappings || !(d->mappings[d->mapping_count++] = arena_dup(&d->arena, str_of(m->name))))
        return RC_NO_MEMORY;
    return RC_OK;
}

/* Of data that names no modules it is not sure that a mapping is about it until something was found
 * by it. */
static int read_mapping(struct map_run *run, const struct mapping *m)
{
    uint32_t line = 0;
    if (!applies(run, m))
        return RC_OK;
    run->g->rank = m->rank;
    run->found = 0;
    int rc = read_entries(run, m->entries);
    for (const struct map_where *h = m->hidden; h && !rc; h = h->next)
        rc = mark_nodes(run, &h->where->compiled, NULL, MARK_SECRET, &line);
    run->g->rank = 0;
    if (rc || (run->bare && run->found == 0))
        return rc;
    run->known = run->applied[m->rank - 1] = true;
    return note_mapping(run, m);
}

/* ---- configs of another syntax in the data ---- */

/* The syntax that the text of an element is written in, or NULL. */
static const char *syntax_inside(const struct map_run *run, const xmlNode *element)
{
    for (const struct lyd_node *n = lyd_child(run->syntax); n; n = n->next)
        if (strcmp(LYD_NAME(n), "embedded") == 0 &&
            strcmp(yang_leaf(n, "element"), (const char *)element->name) == 0)
            return yang_leaf(n, "syntax");
    return NULL;
}

/* The line of the part in which an element's text begins: blanks in front of it are gone. */
static uint32_t first_line(struct str text, const xmlNode *element, struct str value)
{
    uint32_t number = 0, from = data_line(element), last = data_last_line(element);
    struct str line, first;
    if (!str_next_line(&value, &first))
        return from;
    while (number < last && str_next_line(&text, &line))
        if (++number >= from && memmem(line.at, line.len, first.at, first.len))
            return number;
    return from;
}

static int read_embedded(struct map_run *run, const char *part, struct str text)
{
    const xmlNode *element;
    int rc = RC_OK;
    if (!yang_child(run->syntax, "embedded"))
        return RC_OK;
    for (size_t i = 0; !rc && (element = data_element(run->data, i)); i++) {
        const char *syntax = syntax_inside(run, element);
        struct str value = data_value(element);
        if (!syntax || value.len == 0)
            continue;
        run->known = true;
        rc = marks_add(&run->marks, element, MARK_TAKEN);
        rc = rc ? rc
                : walk_inside(
                      run->g, part, syntax, value, first_line(text, element, value), run->err);
    }
    return rc;
}

/* ---- secrets, when they are asked for ---- */

static int show_secret(struct map_run *run, const xmlNode *element)
{
    struct str value = data_value(element);
    run->g->last = data_last_line(element);
    return value.len ? run->g->secret(run->g->secret_ctx, &value, 1, data_line(element)) : RC_OK;
}

static bool is_secret(const struct map_run *run, const xmlNode *element)
{
    const struct data_node_schema *schema = data_schema_at(run->data, element);
    if (schema && schema->secret)
        return true;
    for (const xmlNode *n = element; n; n = n->parent)
        if (marks_of(&run->marks, n) & MARK_SECRET)
            return true;
    return false;
}

static int show_secrets(struct map_run *run)
{
    const xmlNode *element;
    int rc = RC_OK;
    for (size_t i = 0; !rc && (element = data_element(run->data, i)); i++)
        if (is_secret(run, element))
            rc = show_secret(run, element);
    return rc;
}

/* ---- parts ---- */

static int read_part(struct map_run *run, const char *part, struct str text)
{
    const struct reader *r = run->g->r;
    int rc = map_xpath_new(r, run->data, run->bare, &run->xpath);
    run->applied = arena_take(&run->g->scratch, r->mapping_count + 1);
    rc = run->applied ? rc : RC_NO_MEMORY;
    for (size_t i = 0; i < r->mapping_count && !rc; i++)
        rc = read_mapping(run, &r->mappings[i]);
    rc = rc ? rc : read_embedded(run, part, text);
    rc = rc ? rc : map_report_unread(run);
    if (!rc && run->g->secret)
        rc = show_secrets(run);
    return rc;
}

/* Data that names no modules is read by all mappings that it could be of, and by none of their
 * names: a top element may belong to several, and what augments it says so nowhere. */
static int parse(struct map_run *run, struct str text)
{
    /* what is out of force gives no access, but must not be shown either */
    unsigned flags = run->g->secret ? 0 : DATA_IN_FORCE;
    int rc = data_parse(text, NULL, &run->g->r->names_of_data, flags, &run->data, run->err);
    if (rc || data_says_modules(run->data))
        return rc;
    data_free(run->data);
    run->data = NULL;
    run->bare = true;
    return data_parse(text, NULL, NULL, flags, &run->data, run->err);
}

int map_part(struct gather *g, const struct lyd_node *syntax, const char *part, struct str text,
    struct error *err)
{
    struct map_run run = {.g = g, .syntax = syntax, .err = err};
    int rc = parse(&run, text);
    if (rc)
        return rc;
    rc = read_part(&run, part, text);
    map_xpath_free(run.xpath);
    marks_free(&run.marks);
    free(run.strict);
    data_free(run.data);
    if (rc && err && err->code != rc)
        error_set(err, rc, "cannot read the data: too large");
    return rc;
}
