#include "diff/scope.h"

#include <stdlib.h>
#include <string.h>

#include "diff/values.h"

#define EVIDENCE_ANNOTATION "line" /* PART:LINE, several separated by blanks */
#define EVIDENCE_MAX 64            /* of one event: enough to see it */
#define JOINED_MAX 256             /* entries shown in one event */

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory for events");
}

/* ---- evidence ---- */

/* Lines of the node, or of the nearest thing around it that has some, up to its list entry. */
static const char *lines_of(const struct lyd_node *node)
{
    for (; node; node = lyd_parent(node)) {
        const struct lyd_meta *meta;
        LY_LIST_FOR(node->meta, meta)
        if (strcmp(meta->name, EVIDENCE_ANNOTATION) == 0)
            return lyd_get_meta_value(meta);
        if (node->schema->nodetype == LYS_LIST)
            return NULL;
    }
    return NULL;
}

static bool has_evidence(const struct candidate *c, bool after, struct str part, uint32_t line)
{
    for (size_t i = 0; i < c->evidence_count; i++)
        if (c->evidence[i].after == after && c->evidence[i].line == line &&
            str_is(part, c->evidence[i].part))
            return true;
    return false;
}

static int add_evidence(struct candidate *c, bool after, struct str word, struct error *err)
{
    const char *colon = memrchr(word.at, ':', word.len);
    if (!colon || c->evidence_count == EVIDENCE_MAX)
        return RC_OK;
    struct str part = {word.at, (size_t)(colon - word.at)};
    uint32_t line = (uint32_t)strtoul(colon + 1, NULL, 10);
    if (!line || has_evidence(c, after, part, line))
        return RC_OK;
    if (!c->evidence && !(c->evidence = calloc(EVIDENCE_MAX, sizeof *c->evidence)))
        return no_memory(err);
    char *name = strndup(part.at, part.len);
    if (!name)
        return no_memory(err);
    c->evidence[c->evidence_count++] = (struct evidence){after, name, line};
    return RC_OK;
}

static int add_lines(
    struct candidate *c, bool after, const struct lyd_node *node, struct error *err)
{
    const char *lines = node && c->evidence_count < EVIDENCE_MAX ? lines_of(node) : NULL;
    struct str rest = str_of(lines ? lines : ""), word;
    int rc = RC_OK;
    while (!rc && str_next_word(&rest, &word))
        rc = add_evidence(c, after, word, err);
    return rc;
}

static int add_list_lines(struct candidate *c, bool after, const struct lyd_node *at,
    const struct lysc_node *schema, struct error *err)
{
    int rc = RC_OK;
    if (at->schema == schema)
        at = lyd_parent(at);
    if (at->schema != schema->parent)
        return RC_OK;
    for (const struct lyd_node *value = lyd_child(at);
         value && !rc && c->evidence_count < EVIDENCE_MAX; value = value->next)
        if (value->schema == schema)
            rc = add_lines(c, after, value, err);
    return rc;
}

/* A leaf-list changes as a whole, so all of its lines prove it. They come behind those of the
 * values that differ, once: there may be as many differences as values. */
static int add_rest_of_list(struct candidate *c, struct error *err)
{
    const struct difference *d = &c->first;
    if (d->schema->nodetype != LYS_LEAFLIST)
        return RC_OK;
    int rc = add_list_lines(c, false, d->before_at, d->schema, err);
    return rc ? rc : add_list_lines(c, true, d->after_at, d->schema, err);
}

/* ---- candidates ---- */

static int join(struct candidate *c, const struct difference *d, struct error *err)
{
    bool same_node = c->count && d->schema->nodetype == LYS_LEAFLIST;
    if (!same_node && c->count < JOINED_MAX) {
        if (c->count == c->room) {
            size_t room = c->room ? c->room * 4 : 1;
            const struct lyd_node **befores = realloc(c->befores, room * sizeof *befores);
            if (!befores)
                return no_memory(err);
            c->befores = befores;
            const struct lyd_node **afters = realloc(c->afters, room * sizeof *afters);
            if (!afters)
                return no_memory(err);
            c->afters = afters;
            c->room = room;
        }
        c->befores[c->count] = d->before;
        c->afters[c->count++] = d->after;
    }
    int rc = add_lines(c, false, d->before, err);
    return rc ? rc : add_lines(c, true, d->after, err);
}

int scope_add(struct scope *s, const struct statement *st, int severity, const struct difference *d,
    struct error *err)
{
    struct candidate *c = NULL;
    for (size_t i = 0; !c && i < s->count; i++)
        if (s->candidates[i].statement == st)
            c = &s->candidates[i];
    if (!c) {
        if (s->count == s->room) {
            size_t room = s->room ? s->room * 2 : 2;
            struct candidate *grown = realloc(s->candidates, room * sizeof *grown);
            if (!grown)
                return no_memory(err);
            s->candidates = grown;
            s->room = room;
        }
        c = &s->candidates[s->count++];
        *c = (struct candidate){.statement = st, .first = *d};
    }
    if (severity > c->severity)
        c->severity = severity;
    return join(c, d, err);
}

/* Circles are refused by meaning_new(), so this ends. */
static bool is_raised(struct scope *s, struct candidate *c)
{
    if (c->state != UNSETTLED)
        return c->state == RAISED;
    c->state = RAISED;
    for (size_t y = 0; y < c->statement->yield_count; y++)
        for (size_t i = 0; i < s->count; i++)
            if (s->candidates[i].statement->kind == c->statement->yields[y] &&
                is_raised(s, &s->candidates[i])) {
                c->state = SILENT;
                return false;
            }
    return true;
}

/* ---- events ---- */

/* What stands in the event for the nodes of one tree. False when memory ran out. */
static bool show(const struct meaning *m, const struct candidate *c,
    const struct lyd_node *const *nodes, const struct lyd_node *at, json_t **out)
{
    bool list = c->first.schema->nodetype == LYS_LEAFLIST;
    if (list) {
        /* All its values, also when only one changed: any instance leads to them. */
        struct lyd_node *any = NULL;
        if (!nodes[0] && at->schema == c->first.schema->parent)
            lyd_find_sibling_val(lyd_child(at), c->first.schema, NULL, 0, &any);
        const struct lyd_node *instance = nodes[0] ? nodes[0] : any;
        *out = instance ? values_of_list(instance) : NULL;
        return !instance || *out;
    }
    if (c->count == 1) {
        *out = nodes[0] ? value_of(m, nodes[0]) : NULL;
        return !nodes[0] || *out;
    }
    *out = NULL;
    for (size_t i = 0; i < c->count; i++) {
        if (!nodes[i])
            continue;
        if (!*out)
            *out = json_array();
        if (json_array_append_new(*out, value_of(m, nodes[i])))
            return false;
    }
    return true;
}

static int append(struct candidate *c, const struct meaning *m, const char *subject,
    struct events *out, struct error *err)
{
    json_t *before = NULL, *after = NULL;
    const struct lyd_node *node = c->first.after ? c->first.after : c->first.before;
    bool whole_list = c->first.schema->nodetype == LYS_LEAFLIST || c->count > 1;
    char *path = lyd_path(node, whole_list ? LYD_PATH_STD_NO_LAST_PRED : LYD_PATH_STD, NULL, 0);
    bool shown = path && show(m, c, c->befores, c->first.before_at, &before);
    shown = shown && show(m, c, c->afters, c->first.after_at, &after);
    int rc;
    if (!shown) {
        json_decref(before);
        json_decref(after);
        rc = no_memory(err);
    } else {
        rc = events_append(out, c->statement->kind, path, subject, before, after, err);
    }
    free(path);
    if (rc)
        return rc;
    struct event *e = &out->at[out->count - 1];
    e->severity = c->severity;
    e->evidence = c->evidence;
    e->evidence_count = c->evidence_count;
    c->evidence = NULL;
    c->evidence_count = 0;
    return RC_OK;
}

/* Evidence of `from` that `to` has not, as far as it fits. */
static void take_evidence(struct candidate *to, struct candidate *from)
{
    if (!to->evidence) {
        to->evidence = from->evidence;
        to->evidence_count = from->evidence_count;
        from->evidence = NULL;
        from->evidence_count = 0;
    }
    for (size_t i = 0; i < from->evidence_count; i++) {
        struct evidence *e = &from->evidence[i];
        if (to->evidence_count < EVIDENCE_MAX &&
            !has_evidence(to, e->after, str_of(e->part), e->line)) {
            to->evidence[to->evidence_count++] = *e;
            e->part = NULL;
        }
    }
}

/* One event of a kind: later candidates of it go into the first one. */
static void merge(struct scope *s, struct candidate *first)
{
    for (struct candidate *c = first + 1; c < s->candidates + s->count; c++) {
        if (c->statement->kind != first->statement->kind || !is_raised(s, c))
            continue;
        c->state = SILENT;
        if (c->severity > first->severity)
            first->severity = c->severity;
        take_evidence(first, c);
    }
}

/* What yields is the same act seen from another side: its lines prove the event it yields to. */
static void hand_over(struct scope *s, struct candidate *silent)
{
    for (size_t y = 0; y < silent->statement->yield_count; y++)
        for (size_t i = 0; i < s->count; i++)
            if (s->candidates[i].state == RAISED &&
                s->candidates[i].statement->kind == silent->statement->yields[y]) {
                take_evidence(&s->candidates[i], silent);
                return;
            }
}

int scope_close(struct scope *s, const struct meaning *m, struct events *out, struct error *err)
{
    struct buf subject = {0};
    int rc = RC_OK;
    if (s->count)
        rc = subject_of(m, s->after ? s->after : s->before, &subject);
    if (rc)
        error_set(err, rc, "the name of an entry is too long");
    /* All of it is settled before merge() takes candidates out. */
    for (size_t i = 0; !rc && i < s->count; i++) {
        rc = add_rest_of_list(&s->candidates[i], err);
        is_raised(s, &s->candidates[i]);
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->candidates[i].state == SILENT)
            hand_over(s, &s->candidates[i]);
    for (size_t i = 0; !rc && i < s->count; i++) {
        struct candidate *c = &s->candidates[i];
        if (!is_raised(s, c))
            continue;
        merge(s, c);
        rc = append(c, m, buf_text(&subject), out, err);
    }
    buf_free(&subject);
    return rc;
}

void scope_free(struct scope *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct candidate *c = &s->candidates[i];
        free(c->befores);
        free(c->afters);
        for (size_t e = 0; e < c->evidence_count; e++)
            free(c->evidence[e].part);
        free(c->evidence);
    }
    free(s->candidates);
}
