/* What of the data nobody understands: lost coverage is never silent. */
#include <stdlib.h>

#include "access/map.h"

/* ---- names of nodes ---- */

static bool may_be_key(const struct map_run *run, const xmlNode *entry, const xmlNode *leaf)
{
    const struct data_node_schema *schema = data_schema_at(run->data, entry);
    const char *name = (const char *)leaf->name;
    for (const char *const *key = schema ? schema->keys : NULL; key && *key; key++)
        if (strcmp(*key, name) == 0)
            return true;
    return !schema && (strcmp(name, "name") == 0 || strcmp(name, "id") == 0);
}

/* May the path say which entry of its list an element is? What names it could be a secret (a
 * community), unless a mapping took it for something else. */
static bool may_tell_apart(const struct map_run *run, const xmlNode *element)
{
    for (const xmlNode *n = xmlFirstElementChild((xmlNode *)element); n;
         n = xmlNextElementSibling((xmlNode *)n)) {
        unsigned marks = marks_of(&run->marks, n);
        if (may_be_key(run, element, n) && (!(marks & MARK_TAKEN) || (marks & MARK_SECRET)))
            return false;
    }
    return xmlFirstElementChild((xmlNode *)element) != NULL; /* of a leaf-list it is the value */
}

static int add_step(const xmlNode *element, struct buf *path)
{
    return element->ns ? buf_format(path, "/%s:%s", element->ns->href, element->name)
                       : buf_format(path, "/%s", element->name);
}

/* As data_path(), up to the first element that may not be told apart from others. */
static int add_path(const struct map_run *run, const xmlNode *node, bool *apart, struct buf *path)
{
    if (node->type != XML_ELEMENT_NODE)
        return RC_OK;
    int rc = add_path(run, node->parent, apart, path);
    *apart = *apart && may_tell_apart(run, node);
    if (rc || !*apart)
        return rc ? rc : add_step(node, path);
    buf_clear(path);
    return data_path(run->data, node, path);
}

int map_unread(struct map_run *run, const xmlNode *node)
{
    struct buf path = {.cap = DRAFT_MAX_VALUE};
    bool apart = true;
    if (run->g->unread >= GATHER_MOST_UNREAD)
        return RC_OK;
    int rc = add_path(run, node, &apart, &path);
    if (rc == RC_LIMIT) { /* a key as long as that is no name */
        buf_clear(&path);
        rc = data_schema_path(node, &path);
    }
    rc = rc ? rc : gather_unread(run->g, buf_text(&path), data_line(node));
    buf_free(&path);
    return rc;
}

/* ---- strict entries ---- */

static int report_leaf(struct map_run *run, const xmlNode *leaf)
{
    if ((marks_of(&run->marks, leaf) & MARK_TAKEN) || data_is_default(run->data, leaf))
        return RC_OK;
    int rc = map_unread(run, leaf);
    /* once, also when it is in two entries; and whatever it means, its text may be a secret */
    return rc ? rc : marks_add(&run->marks, leaf, MARK_TAKEN | MARK_SECRET);
}

static int report_inside(struct map_run *run, const xmlNode *node)
{
    int rc = RC_OK;
    if (marks_of(&run->marks, node) & MARK_PASSED)
        return RC_OK;
    const xmlNode *child = xmlFirstElementChild((xmlNode *)node);
    if (!child)
        return report_leaf(run, node);
    for (; child && !rc; child = xmlNextElementSibling((xmlNode *)child))
        rc = report_inside(run, child); /* as deep as data may be: DATA_MAX_DEPTH */
    return rc;
}

/* ---- watched nodes ---- */

static bool is_passed(const struct map_run *run, const xmlNode *node)
{
    for (; node; node = node->parent)
        if (marks_of(&run->marks, node) & MARK_PASSED)
            return true;
    return false;
}

static int report_watched(struct map_run *run, const struct map_where *watched)
{
    xmlXPathObject *found;
    int rc = map_nodes(run->xpath, &watched->where->compiled, NULL, &found, run->err);
    if (rc)
        return rc;
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr && !rc; i++) {
        const xmlNode *node = found->nodesetval->nodeTab[i];
        if (node->type == XML_ELEMENT_NODE && !is_passed(run, node) &&
            !(marks_of(&run->marks, node) & (MARK_TAKEN | MARK_HOLDS)))
            rc = map_unread(run, node);
    }
    xmlXPathFreeObject(found);
    return rc;
}

/* ---- data that no mapping knows ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

#define MOST_MODULES 8 /* that are named */

static int list_modules(const char **names, size_t count, struct buf *text)
{
    size_t named = 0, others = 0;
    int rc = buf_add(text, "no mapping knows");
    for (size_t i = 0; i < count && !rc; i++) {
        if (i && strcmp(names[i], names[i - 1]) == 0)
            continue;
        if (named < MOST_MODULES)
            rc = buf_format(text, "%s %s", named++ ? "," : "", names[i]);
        else
            others++;
    }
    return rc || others == 0 ? rc : buf_format(text, " and %zu more", others);
}

static int report_unknown(struct map_run *run)
{
    struct buf text = {.cap = DRAFT_MAX_VALUE};
    size_t count = 0, room = 0;
    const xmlNode *first = data_document(run->data)->children;
    for (const xmlNode *n = first; n; n = n->next)
        room++;
    if (room == 0)
        return RC_OK;
    const char **names = calloc(room, sizeof *names);
    if (!names)
        return RC_NO_MEMORY;
    for (const xmlNode *n = first; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE)
            names[count++] = (const char *)(n->ns ? n->ns->href : n->name);
    qsort(names, count, sizeof *names, by_text);
    int rc = list_modules(names, count, &text);
    free(names);
    rc = rc ? rc : gather_unread(run->g, buf_text(&text), 1);
    buf_free(&text);
    return rc;
}

int map_report_unread(struct map_run *run)
{
    int rc = run->known ? RC_OK : report_unknown(run);
    for (size_t i = 0; i < run->strict_count && !rc; i++)
        rc = report_inside(run, run->strict[i]);
    for (size_t i = 0; i < run->g->r->mapping_count && !rc; i++) {
        const struct map_where *w = run->applied[i] ? run->g->r->mappings[i].watched : NULL;
        for (; w && !rc; w = w->next)
            rc = report_watched(run, w);
    }
    return rc;
}
