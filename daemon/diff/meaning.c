#include "diff/meaning.h"

#include <stdlib.h>
#include <string.h>

#include "base/yang.h"

#define STATEMENTS_MODULE "rollcall-events"
#define IDS_MAX 16 /* names in one blank-separated argument */

/* Where in the models we are, for errors. */
struct place {
    struct meaning *m;
    const struct lysc_node *node;
    const char *event;
    struct error *err;
};

__attribute__((format(printf, 2, 3))) static int complain(
    const struct place *at, const char *format, ...)
{
    char text[512], path[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!lysc_path(at->node, LYSC_PATH_LOG, path, sizeof path))
        path[0] = '\0';
    return error_set(at->err, RC_SETTINGS, "model %s: %s%s%s%s", at->node->module->name, path,
        at->event ? ": event " : "", at->event ? at->event : "", text);
}

static int no_memory(const struct place *at)
{
    return error_set(at->err, RC_NO_MEMORY, "no memory for the meaning of the models");
}

/* The name behind the prefix when the statement is one of ours, else NULL. */
static const char *own_statement(const char *name, const void *prefix_data)
{
    const struct lysp_module *parsed = prefix_data;
    const char *colon = strchr(name, ':');
    if (!colon || !parsed)
        return NULL;
    size_t len = (size_t)(colon - name);
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(parsed->imports, i)
    {
        const struct lysp_import *import = &parsed->imports[i];
        if (strncmp(import->prefix, name, len) == 0 && import->prefix[len] == '\0')
            return strcmp(import->name, STATEMENTS_MODULE) == 0 ? colon + 1 : NULL;
    }
    return NULL;
}

static const char *child_name(const struct place *at, const struct lysp_stmt *child, int *rc)
{
    const char *name = own_statement(child->stmt, child->prefix_data);
    if (!name)
        *rc = complain(at, ": unknown statement %s", child->stmt);
    return name;
}

/* ---- arguments ---- */

static const struct {
    const char *word;
    enum change change;
} change_words[] = {
    {"create", CHANGE_CREATE},
    {"delete", CHANGE_DELETE},
    {"change", CHANGE_VALUE},
    {"raise", CHANGE_RAISE},
    {"lower", CHANGE_LOWER},
    {"add", CHANGE_ADD},
    {"remove", CHANGE_REMOVE},
    {"reorder", CHANGE_REORDER},
    {"clear", CHANGE_CLEAR},
    {"first", CHANGE_FIRST},
};

/* The kinds of change a node can undergo. */
static unsigned possible_changes(const struct lysc_node *node)
{
    if (node->nodetype == LYS_LEAFLIST)
        return CHANGE_ADD | CHANGE_REMOVE | CHANGE_CLEAR |
               (lysc_is_userordered(node) ? CHANGE_REORDER | CHANGE_FIRST : 0u);
    if (node->nodetype == LYS_LIST)
        return CHANGE_CREATE | CHANGE_DELETE;
    if (node->nodetype != LYS_LEAF || lysc_is_key(node))
        return 0;
    switch (((const struct lysc_node_leaf *)node)->type->basetype) {
    case LY_TYPE_BOOL:
    case LY_TYPE_ENUM:
    case LY_TYPE_INT8:
    case LY_TYPE_INT16:
    case LY_TYPE_INT32:
    case LY_TYPE_INT64:
    case LY_TYPE_UINT8:
    case LY_TYPE_UINT16:
    case LY_TYPE_UINT32:
    case LY_TYPE_UINT64:
        return CHANGE_CREATE | CHANGE_DELETE | CHANGE_VALUE | CHANGE_RAISE | CHANGE_LOWER;
    default:
        return CHANGE_CREATE | CHANGE_DELETE | CHANGE_VALUE;
    }
}

static int read_change(const struct place *at, const char *word, unsigned *on)
{
    for (size_t i = 0; i < sizeof change_words / sizeof *change_words; i++) {
        if (strcmp(change_words[i].word, word) != 0)
            continue;
        if (!(change_words[i].change & possible_changes(at->node)))
            return complain(at, ": \"on %s\" cannot happen to such a node", word);
        *on |= (unsigned)change_words[i].change;
        return RC_OK;
    }
    return complain(at, ": unknown kind of change \"%s\"", word);
}

static int read_condition(
    const struct place *at, const struct lysp_stmt *child, bool after, struct conditions *out)
{
    struct ly_set *atoms = NULL;
    ly_err_clean((struct ly_ctx *)at->m->ctx, NULL);
    LY_ERR failed =
        lys_find_xpath_atoms(at->m->ctx, at->node, child->arg ? child->arg : "", 0, &atoms);
    ly_set_free(atoms, NULL);
    if (failed) {
        struct error why = ERROR_INIT;
        yang_error(at->m->ctx, RC_SETTINGS, &why);
        return complain(at, ": \"%s\" is no XPath: %s", child->arg ? child->arg : "", why.text);
    }
    /* Names that are not below or above this node are only warned of: a grouping's conditions
     * name the parents of all its uses. */
    ly_err_clean((struct ly_ctx *)at->m->ctx, NULL);

    struct condition *grown = arena_take(&at->m->arena, (out->count + 1) * sizeof *grown);
    if (!grown)
        return no_memory(at);
    if (out->count)
        memcpy(grown, out->at, out->count * sizeof *grown);
    grown[out->count] = (struct condition){after, child->arg};
    *out = (struct conditions){grown, out->count + 1};
    return RC_OK;
}

/* Split a blank-separated argument into arena copies. */
static int split(const struct place *at, const char *argument, const char *words[IDS_MAX + 1])
{
    struct str rest = str_of(argument ? argument : ""), word;
    size_t count = 0;
    while (str_next_word(&rest, &word)) {
        if (count == IDS_MAX)
            return complain(at, ": more than %d names", IDS_MAX);
        if (!(words[count++] = arena_dup(&at->m->arena, word)))
            return no_memory(at);
    }
    words[count] = NULL;
    return count ? RC_OK : complain(at, ": an argument is missing");
}

static int find_kind(const struct place *at, const char *id, const struct kind **out)
{
    *out = kind_find(at->m, id);
    return *out ? RC_OK : complain(at, ": the catalogue has no event \"%s\"", id);
}

static int read_yields(const struct place *at, const char *argument, struct statement *st)
{
    const char *ids[IDS_MAX + 1];
    int rc = split(at, argument, ids);
    if (rc)
        return rc;
    size_t count = 0;
    while (ids[count])
        count++;
    if (!(st->yields = arena_take(&at->m->arena, count * sizeof *st->yields)))
        return no_memory(at);
    for (; !rc && st->yield_count < count; st->yield_count++)
        rc = find_kind(at, ids[st->yield_count], &st->yields[st->yield_count]);
    return rc;
}

/* ---- re:used-by ---- */

static int find_user_leaf(const struct place *at, const char *path, const struct lysc_node **out)
{
    const struct lysc_node *top = at->node, *node;
    while (top->parent)
        top = top->parent;
    node = top;
    struct str rest = str_of(path);
    while (node && rest.len) {
        const char *slash = memchr(rest.at, '/', rest.len);
        size_t len = slash ? (size_t)(slash - rest.at) : rest.len;
        node = lys_find_child(node, node->module, rest.at, len, 0, 0);
        rest = slash ? (struct str){slash + 1, rest.len - len - 1} : (struct str){"", 0};
    }
    if (!node || !(node->nodetype & LYD_NODE_TERM))
        return complain(at, ": used-by \"%s\" is no leaf of the model", path);
    *out = node;
    return RC_OK;
}

static int read_used_by(const struct place *at, const char *argument, struct statement *st)
{
    struct meaning *m = at->m;
    const struct lysc_node *list = at->node;
    while (list && list->nodetype != LYS_LIST)
        list = list->parent;
    const struct lysc_node *key = list ? lysc_node_child(list) : NULL;
    if (!key || !lysc_is_key(key) || (key->next && lysc_is_key(key->next)))
        return complain(at, ": used-by needs a list with one key around the node");
    for (size_t i = 0; i < m->users_count; i++)
        if (strcmp(m->users[i]->paths, argument) == 0) {
            st->used_by = m->users[i];
            return RC_OK;
        }

    const char *paths[IDS_MAX + 1];
    int rc = split(at, argument, paths);
    if (rc)
        return rc;
    struct users *users = arena_take(&m->arena, sizeof *users);
    struct users **all = arena_take(&m->arena, (m->users_count + 1) * sizeof *all);
    if (!users || !all || !(users->leafs = arena_take(&m->arena, IDS_MAX * sizeof *users->leafs)))
        return no_memory(at);
    for (size_t i = 0; !rc && paths[i]; i++)
        rc = find_user_leaf(at, paths[i], &users->leafs[users->leaf_count++]);
    if (m->users_count)
        memcpy(all, m->users, m->users_count * sizeof *all);
    users->paths = argument;
    users->number = m->users_count;
    all[m->users_count++] = users;
    m->users = all;
    st->used_by = users;
    return rc;
}

/* ---- re:event ---- */

static int read_plus(const struct place *at, const struct lysp_stmt *plus, struct statement *st)
{
    char *end = NULL;
    long value = plus->arg ? strtol(plus->arg, &end, 10) : 0;
    if (st->plus || !end || *end || value < 1 || value > 99)
        return complain(at, ": one \"plus\" of 1 to 99");
    st->plus = (int)value;
    int rc = RC_OK;
    for (const struct lysp_stmt *child = plus->child; !rc && child; child = child->next) {
        const char *name = child_name(at, child, &rc);
        if (!name)
            break;
        if (strcmp(name, "when-before") == 0 || strcmp(name, "when-after") == 0)
            rc = read_condition(at, child, strcmp(name, "when-after") == 0, &st->plus_conditions);
        else
            rc = complain(at, ": %s in plus", child->stmt);
    }
    return rc;
}

static int read_substatement(
    const struct place *at, const struct lysp_stmt *child, struct statement *st)
{
    int rc = RC_OK;
    const char *name = child_name(at, child, &rc);
    if (!name)
        return rc;
    if (child->child && strcmp(name, "plus") != 0)
        return complain(at, ": %s has no substatements", child->stmt);
    if (strcmp(name, "on") == 0)
        return read_change(at, child->arg ? child->arg : "", &st->on);
    if (strcmp(name, "value") == 0 && !st->value) {
        st->value = child->arg;
        return RC_OK;
    }
    if (strcmp(name, "when-before") == 0)
        return read_condition(at, child, false, &st->conditions);
    if (strcmp(name, "when-after") == 0)
        return read_condition(at, child, true, &st->conditions);
    if (strcmp(name, "used-by") == 0 && !st->used_by && child->arg)
        return read_used_by(at, child->arg, st);
    if (strcmp(name, "within") == 0) {
        st->within = true;
        return RC_OK;
    }
    if (strcmp(name, "yields-to") == 0 && !st->yields)
        return read_yields(at, child->arg, st);
    if (strcmp(name, "plus") == 0)
        return read_plus(at, child, st);
    return complain(at, ": %s does not belong there, or not twice", child->stmt);
}

/* Remember what the event yields to, for check_circles(). */
static int note_yields(const struct place *at, const struct statement *st)
{
    struct kind *kind = kind_find(at->m, st->kind->id);
    if (!st->yield_count)
        return RC_OK;
    const struct kind **all =
        arena_take(&at->m->arena, (kind->yield_count + st->yield_count) * sizeof *all);
    if (!all)
        return no_memory(at);
    if (kind->yield_count)
        memcpy(all, kind->yields, kind->yield_count * sizeof *all);
    memcpy(all + kind->yield_count, st->yields, st->yield_count * sizeof *all);
    kind->yields = all;
    kind->yield_count += st->yield_count;
    return RC_OK;
}

static int read_event(struct place *at, const struct lysp_ext_instance *ext, struct statement *st)
{
    at->event = NULL;
    int rc = find_kind(at, ext->argument ? ext->argument : "", &st->kind);
    at->event = ext->argument;
    for (const struct lysp_stmt *child = ext->child; !rc && child; child = child->next)
        rc = read_substatement(at, child, st);
    if (!rc && !st->on)
        rc = complain(at, ": \"on\" is missing");
    if (!rc && st->value && (st->on & ~(unsigned)(CHANGE_ADD | CHANGE_REMOVE)))
        rc = complain(at, ": \"value\" goes with add and remove only");
    if (!rc)
        rc = note_yields(at, st);
    at->event = NULL;
    return rc;
}

static int read_subject(struct place *at, const char *argument, struct node_meaning *of)
{
    const char *names[IDS_MAX + 1];
    if (at->node->nodetype != LYS_LIST)
        return complain(at, ": subject belongs to a list");
    int rc = split(at, argument, names);
    for (size_t i = 0; !rc && names[i]; i++) {
        const struct lysc_node *leaf =
            lys_find_child(at->node, at->node->module, names[i], 0, 0, 0);
        if (!leaf || leaf->nodetype != LYS_LEAF)
            rc = complain(at, ": subject \"%s\" is no leaf of the list", names[i]);
    }
    if (rc)
        return rc;
    const char **copy = arena_take(&at->m->arena, sizeof names);
    if (!copy)
        return no_memory(at);
    memcpy(copy, names, sizeof names);
    of->subject = copy;
    return RC_OK;
}

static int read_node(struct meaning *m, const struct lysc_node *node, struct error *err)
{
    const struct lysp_node *parsed = node->priv;
    size_t count = parsed ? LY_ARRAY_COUNT(parsed->exts) : 0;
    if (!count)
        return RC_OK;
    struct place at = {.m = m, .node = node, .err = err};
    struct node_meaning *of = arena_take(&m->arena, sizeof *of);
    if (!of || !(of->statements = arena_take(&m->arena, count * sizeof *of->statements)))
        return no_memory(&at);
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < count; i++) {
        const struct lysp_ext_instance *ext = &parsed->exts[i];
        const char *name = own_statement(ext->name, ext->prefix_data);
        if (!name)
            continue;
        if (strcmp(name, "event") == 0)
            rc = read_event(&at, ext, &of->statements[of->count++]);
        else if (strcmp(name, "subject") == 0)
            rc = read_subject(&at, ext->argument, of);
        else if (strcmp(name, "private") == 0 && (node->nodetype & LYD_NODE_TERM))
            of->is_private = true;
        else
            rc = complain(&at, ": %s does not belong there", ext->name);
    }
    if (rc || !(of->count || of->subject || of->is_private))
        return rc;
    of->node = node;
    HASH_ADD_PTR(m->nodes, node, of);
    return of->hh.tbl ? RC_OK : no_memory(&at);
}

/* ---- the whole ---- */

enum { NEW, OPEN, DONE };

/* Events that yield to one another in a circle would all be silent. */
static int check_circles(const struct kind *kind, struct error *err)
{
    ((struct kind *)kind)->visited = OPEN;
    for (size_t i = 0; i < kind->yield_count; i++) {
        const struct kind *to = kind->yields[i];
        int rc = RC_OK;
        if (to->visited == OPEN)
            rc = error_set(err, RC_SETTINGS, "events %s and %s yield to each other in a circle",
                kind->id, to->id);
        else if (to->visited == NEW)
            rc = check_circles(to, err);
        if (rc)
            return rc;
    }
    ((struct kind *)kind)->visited = DONE;
    return RC_OK;
}

static int read_models(struct meaning *m, struct error *err)
{
    uint32_t index = 0;
    const struct lys_module *module;
    while ((module = ly_ctx_get_module_iter(m->ctx, &index))) {
        const struct lysc_node *top, *node;
        if (!module->compiled)
            continue;
        LY_LIST_FOR(module->compiled->data, top)
        {
            LYSC_TREE_DFS_BEGIN(top, node)
            {
                int rc = read_node(m, node, err);
                if (rc)
                    return rc;
                LYSC_TREE_DFS_END(top, node);
            }
        }
    }
    for (const struct kind *kind = m->kinds; kind; kind = kind->hh.next) {
        int rc = kind->visited == NEW ? check_circles(kind, err) : RC_OK;
        if (rc)
            return rc;
    }
    return RC_OK;
}

int meaning_new(const struct ly_ctx *ctx, const char *file, struct str catalogue,
    struct meaning **out, struct error *err)
{
    struct meaning *m = calloc(1, sizeof *m);
    if (!m)
        return error_set(err, RC_NO_MEMORY, "no memory for the meaning of the models");
    m->ctx = ctx;
    int rc = catalogue_read(m, file, catalogue, err);
    if (!rc)
        rc = read_models(m, err);
    if (rc) {
        meaning_free(m);
        return rc;
    }
    *out = m;
    return RC_OK;
}

void meaning_free(struct meaning *m)
{
    if (!m)
        return;
    HASH_CLEAR(hh, m->kinds);
    HASH_CLEAR(hh, m->nodes);
    arena_free(&m->arena);
    free(m);
}

const struct node_meaning *meaning_of(const struct meaning *m, const struct lysc_node *node)
{
    const struct node_meaning *found;
    HASH_FIND_PTR(m->nodes, &node, found);
    return found;
}
