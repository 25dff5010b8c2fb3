/* The walk of two trees, node by node. What a difference means is looked up by its schema node. */
#include <stdlib.h>
#include <string.h>

#include "base/yang.h"
#include "diff/scope.h"
#include "diff/users.h"
#include "diff/values.h"

enum side { BEFORE, AFTER };

struct walk {
    const struct meaning *m;
    struct events *out;
    struct error *err;
    const struct lyd_node *tree[2];
    struct user_index *users[2]; /* one for each re:used-by */
};

/* Two sets of sisters to compare, and where they hang. */
struct level {
    const struct lyd_node *first[2]; /* NULL: none on that side */
    const struct lyd_node *at[2];    /* their parent, or its nearest ancestor in that tree */
    bool whole;                      /* the entry around them is on one side only */
    struct scope *scope;
};

static int compare(struct walk *w, const struct level *level);

/* ---- conditions ---- */

static int conditions_hold(
    struct walk *w, const struct conditions *conditions, const struct difference *d, bool *hold)
{
    for (size_t i = 0; *hold && i < conditions->count; i++) {
        const struct condition *c = &conditions->at[i];
        ly_bool result = 0;
        if (lyd_eval_xpath(c->after ? d->after_at : d->before_at, c->xpath, &result))
            return yang_error(w->m->ctx, RC_INVALID, w->err);
        *hold = result;
    }
    return RC_OK;
}

/* The key of the list entry around a node. */
static const char *entry_key(const struct lyd_node *node)
{
    while (node && node->schema->nodetype != LYS_LIST)
        node = lyd_parent(node);
    return node ? lyd_get_value(lyd_child(node)) : NULL;
}

static int is_used(
    struct walk *w, const struct users *users, const struct difference *d, bool *used)
{
    const char *key = entry_key(d->after ? d->after : d->before);
    for (int side = BEFORE; key && *used && side <= AFTER; side++) {
        struct user_index *index = &w->users[side][users->number];
        int rc = user_index_build(index, users, w->tree[side], w->err);
        if (rc)
            return rc;
        *used = user_index_has(index, key);
    }
    return RC_OK;
}

static bool value_matches(const struct statement *st, const struct difference *d)
{
    const struct lyd_node *node = d->after ? d->after : d->before;
    return !st->value || strcmp(st->value, lyd_get_value(node)) == 0;
}

/* Take the first statement that fits the difference into the scope. `found` may be NULL. */
static int consider(
    struct walk *w, const struct level *level, const struct difference *d, bool *found)
{
    /* A leaf at the very top is about nothing that has a name. */
    const struct node_meaning *of = level->scope ? meaning_of(w->m, d->schema) : NULL;
    for (size_t i = 0; of && i < of->count; i++) {
        const struct statement *st = &of->statements[i];
        if (!(st->on & d->changes) || (level->whole && !st->within) || !value_matches(st, d))
            continue;
        bool hold = true, more = st->plus != 0;
        int rc = conditions_hold(w, &st->conditions, d, &hold);
        if (!rc && hold && st->used_by)
            rc = is_used(w, st->used_by, d, &hold);
        if (!rc && hold && more)
            rc = conditions_hold(w, &st->plus_conditions, d, &more);
        if (rc)
            return rc;
        if (!hold)
            continue;
        int severity = st->kind->severity + (more ? st->plus : 0);
        if (found)
            *found = true;
        return scope_add(level->scope, st, severity > 100 ? 100 : severity, d, w->err);
    }
    return RC_OK;
}

/* ---- leafs and leaf-lists ---- */

static int compare_leaf(struct walk *w, const struct level *level, const struct lyd_node *before,
    const struct lyd_node *after)
{
    struct difference d = {
        .schema = before ? before->schema : after->schema,
        .before = before,
        .after = after,
        .before_at = before ? before : level->at[BEFORE],
        .after_at = after ? after : level->at[AFTER],
    };
    if (!meaning_of(w->m, d.schema))
        return RC_OK;
    if (before && after) {
        if (lyd_compare_single(before, after, 0) == LY_SUCCESS)
            return RC_OK;
        d.changes = CHANGE_VALUE;
    } else {
        d.changes = before ? CHANGE_DELETE : CHANGE_CREATE;
    }
    int order = value_compare(before, after);
    d.changes |= order < 0 ? CHANGE_RAISE : order > 0 ? CHANGE_LOWER : 0;
    return consider(w, level, &d, NULL);
}

static const struct lyd_node *next_instance(const struct lyd_node *node)
{
    return node->next && node->next->schema == node->schema ? node->next : NULL;
}

static const struct lyd_node *same_in(const struct lyd_node *siblings, const struct lyd_node *node)
{
    struct lyd_node *match = NULL;
    if (siblings)
        lyd_find_sibling_first(siblings, node, &match);
    return match;
}

/* Values of `list` that `other` lacks. */
static int compare_values(struct walk *w, const struct level *level, enum side side,
    const struct lyd_node *list, const struct lyd_node *other, size_t *count)
{
    int rc = RC_OK;
    for (; !rc && list; list = next_instance(list)) {
        if (same_in(other, list))
            continue;
        struct difference d = {
            .schema = list->schema,
            .before = side == BEFORE ? list : NULL,
            .after = side == AFTER ? list : NULL,
            .before_at = side == BEFORE ? list : level->at[BEFORE],
            .after_at = side == AFTER ? list : level->at[AFTER],
            .changes = side == BEFORE ? CHANGE_REMOVE : CHANGE_ADD,
        };
        (*count)++;
        rc = consider(w, level, &d, NULL);
    }
    return rc;
}

static bool same_value(const struct lyd_node *a, const struct lyd_node *b)
{
    return a && b && lyd_compare_single(a, b, 0) == LY_SUCCESS;
}

/* The difference `d` holds the first value of each side. */
static int compare_order(
    struct walk *w, const struct level *level, struct difference *d, bool same_values)
{
    const struct lyd_node *before = d->before, *after = d->after;
    int rc = RC_OK;
    if (!same_value(before, after)) {
        d->changes = CHANGE_FIRST;
        rc = consider(w, level, d, NULL);
    }
    while (!rc && same_values && same_value(before, after)) {
        before = next_instance(before);
        after = next_instance(after);
    }
    if (rc || !same_values || !before || !after)
        return rc;
    d->changes = CHANGE_REORDER;
    return consider(w, level, d, NULL);
}

/* Either list may be NULL: no values. */
static int compare_leaf_list(struct walk *w, const struct level *level,
    const struct lyd_node *before, const struct lyd_node *after)
{
    const struct lysc_node *schema = before ? before->schema : after->schema;
    struct difference d = {
        .schema = schema,
        .before = before,
        .after = after,
        .before_at = before ? before : level->at[BEFORE],
        .after_at = after ? after : level->at[AFTER],
    };
    size_t count = 0;
    bool cleared = false;
    if (!meaning_of(w->m, schema))
        return RC_OK;
    if (!after) {
        d.changes = CHANGE_CLEAR;
        int rc = consider(w, level, &d, &cleared);
        if (rc || cleared)
            return rc;
    }
    int rc = compare_values(w, level, BEFORE, before, after, &count);
    if (!rc)
        rc = compare_values(w, level, AFTER, after, before, &count);
    if (!rc && lysc_is_userordered(schema))
        rc = compare_order(w, level, &d, count == 0);
    return rc;
}

/* ---- containers and lists ---- */

/* Open a scope, unless there is one of a list entry already, and compare what is inside. */
static int compare_inside(struct walk *w, const struct level *level, const struct lyd_node *before,
    const struct lyd_node *after, bool is_entry)
{
    struct scope own = {.before = before, .after = after};
    bool inside_entry =
        level->scope &&
        (level->scope->before ? level->scope->before : level->scope->after)->schema->nodetype ==
            LYS_LIST;
    bool one_sided = !before || !after;
    struct level inner = {
        .first = {before ? lyd_child(before) : NULL, after ? lyd_child(after) : NULL},
        .at = {before ? before : level->at[BEFORE], after ? after : level->at[AFTER]},
        .whole = level->whole || (is_entry && one_sided),
        .scope = inside_entry ? level->scope : &own,
    };
    int rc = RC_OK;
    if (is_entry && one_sided) {
        struct level outer = *level;
        outer.scope = inner.scope;
        rc = consider(w, &outer,
            &(struct difference){
                .schema = before ? before->schema : after->schema,
                .before = before,
                .after = after,
                .before_at = inner.at[BEFORE],
                .after_at = inner.at[AFTER],
                .changes = before ? CHANGE_DELETE : CHANGE_CREATE,
            },
            NULL);
    }
    if (!rc)
        rc = compare(w, &inner);
    if (!rc && !inside_entry)
        rc = scope_close(&own, w->m, w->out, w->err);
    scope_free(&own);
    return rc;
}

/* One node of one side and its counterpart, which may be NULL. A leaf-list comes as a whole, with
 * the first instance of each side. */
static int compare_pair(struct walk *w, const struct level *level, const struct lyd_node *before,
    const struct lyd_node *after)
{
    const struct lysc_node *schema = before ? before->schema : after->schema;
    switch (schema->nodetype) {
    case LYS_LEAF:
        return lysc_is_key(schema) ? RC_OK : compare_leaf(w, level, before, after);
    case LYS_LEAFLIST:
        return compare_leaf_list(w, level, before, after);
    case LYS_LIST:
        return compare_inside(w, level, before, after, true);
    case LYS_CONTAINER:
        return compare_inside(w, level, before, after, false);
    default:
        return RC_OK;
    }
}

/* The counterpart of `node` among `siblings`; for a leaf-list the first of its instances. */
static const struct lyd_node *counterpart(
    const struct lyd_node *siblings, const struct lyd_node *node)
{
    struct lyd_node *match = NULL;
    if (node->schema->nodetype == LYS_LIST)
        return same_in(siblings, node);
    if (siblings)
        lyd_find_sibling_val(siblings, node->schema, NULL, 0, &match);
    return match;
}

static bool starts_group(const struct lyd_node *node)
{
    return node->schema && (node->schema->nodetype != LYS_LEAFLIST || !node->prev->next ||
                               node->prev->schema != node->schema);
}

static int compare(struct walk *w, const struct level *level)
{
    int rc = RC_OK;
    const struct lyd_node *node, *other;
    for (node = level->first[BEFORE]; !rc && node; node = node->next)
        if (starts_group(node))
            rc = compare_pair(w, level, node, counterpart(level->first[AFTER], node));
    for (node = level->first[AFTER]; !rc && node; node = node->next)
        if (starts_group(node) && !(other = counterpart(level->first[BEFORE], node)))
            rc = compare_pair(w, level, NULL, node);
    return rc;
}

/* ---- the whole ---- */

static int most_severe_first(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    int order = strcmp(x->path, y->path);
    return order ? order : strcmp(x->event, y->event);
}

static const struct lyd_node *first_sibling(const struct lyd_node *node)
{
    return node ? lyd_first_sibling(node) : NULL;
}

/* Where a whole tree is missing, conditions are asked of an empty one. */
static int empty_like(const struct lyd_node *tree, struct lyd_node **empty, struct error *err)
{
    const struct lyd_node *node;
    LY_LIST_FOR(tree, node)
    {
        struct lyd_node *copy = NULL;
        if (node->schema->nodetype != LYS_CONTAINER)
            continue;
        if (lyd_dup_single(node, NULL, LYD_DUP_NO_META, &copy) ||
            lyd_insert_sibling(*empty, copy, empty))
            return error_set(err, RC_NO_MEMORY, "no memory for an empty tree");
    }
    return RC_OK;
}

static int walk_trees(struct walk *w)
{
    struct level top = {.first = {w->tree[BEFORE], w->tree[AFTER]}};
    return compare(w, &top);
}

int diff_access(const struct meaning *m, const struct lyd_node *before,
    const struct lyd_node *after, struct events *out, struct error *err)
{
    struct walk w = {.m = m, .out = out, .err = err};
    struct lyd_node *empty = NULL;
    size_t old = out->count;
    int rc = RC_OK;
    if (!before && !after)
        return RC_OK;
    w.tree[BEFORE] = first_sibling(before);
    w.tree[AFTER] = first_sibling(after);
    if ((!before || !after) &&
        (rc = empty_like(before ? w.tree[BEFORE] : w.tree[AFTER], &empty, err)))
        goto out;
    if (!before || !after)
        w.tree[before ? AFTER : BEFORE] = empty;
    w.users[BEFORE] = calloc(m->users_count + 1, sizeof *w.users[BEFORE]);
    w.users[AFTER] = calloc(m->users_count + 1, sizeof *w.users[AFTER]);
    if (!w.users[BEFORE] || !w.users[AFTER]) {
        rc = error_set(err, RC_NO_MEMORY, "no memory to compare");
        goto out;
    }
    rc = walk_trees(&w);
    if (!rc && out->count > old)
        qsort(out->at + old, out->count - old, sizeof *out->at, most_severe_first);
out:
    if (rc)
        events_cut(out, old);
    for (int side = BEFORE; side <= AFTER; side++) {
        for (size_t i = 0; w.users[side] && i < m->users_count; i++)
            user_index_free(&w.users[side][i]);
        free(w.users[side]);
    }
    lyd_free_all(empty);
    return rc;
}
