#include "tree.h"

#include <stdlib.h>

int tree_start(struct tree *t, struct reading *r)
{
    *t =
        (struct tree){.r = r, .names = {.cap = (size_t)1 << 30}, .texts = {.cap = (size_t)1 << 30}};
    t->open[0].reported = true;
    /* no element takes less than two bytes: `1,` */
    size_t room = r->text.len / 2 + 16, most = TREE_MOST + 2 * TREE_MOST_ATTRIBUTES;
    t->nodes = malloc((room < most ? room : most) * sizeof *t->nodes);
    return t->nodes ? RC_OK : reading_fail(r, RC_NO_MEMORY, 1, "out of memory");
}

void tree_free(struct tree *t)
{
    free(t->nodes);
    arena_wipe(&t->texts);
    arena_wipe(&t->names);
}

uint32_t tree_number(struct tree *t, const char *at)
{
    struct reading *r = t->r;
    struct str line;
    while (r->rest.len > 0 && r->rest.at <= at && str_next_line(&r->rest, &line))
        r->number++;
    return r->number;
}

static uint32_t offset(const struct tree *t, const char *at)
{
    return (uint32_t)(at - t->r->text.at);
}

static struct str name_of(const struct node *node)
{
    return (struct str){node->name, node->name_len};
}

static struct str value_of(const struct node *node)
{
    return (struct str){node->value, node->value_len};
}

/* The last child of the innermost element. There is always room: see settle(). */
static struct node *add_child(struct tree *t, struct opened *parent, const struct node *child)
{
    struct node *node = &t->nodes[t->count++];
    *node = *child;
    if (parent->last)
        parent->last->next = node;
    else
        parent->node.child = node;
    parent->last = node;
    return node;
}

/* ---- keys ---- */

/* The leaf that `path` (CHILD, or CHILD/CHILD...) leads to. */
static struct node *find_leaf(const struct node *node, struct str path)
{
    const char *slash = memchr(path.at, '/', path.len);
    struct str name = {path.at, slash ? (size_t)(slash - path.at) : path.len};
    struct str rest = slash ? (struct str){slash + 1, path.len - name.len - 1} : (struct str){0};
    for (struct node *child = node->child; child; child = child->next) {
        if (child->lifted || !str_equal(name_of(child), name))
            continue;
        struct node *leaf = slash ? find_leaf(child, rest) : child;
        if (leaf && leaf->has_value && !leaf->child)
            return leaf;
    }
    return NULL;
}

/* Put the values of an element's keys behind its name, in the order of the profile. A key is PATH,
 * or PARENT PATH. */
static void lift_keys(struct tree *t, struct node *node)
{
    const struct strs *keys = &t->r->s->keys;
    for (size_t i = 0; i < keys->count && node->child; i++) {
        struct str path = keys->at[i];
        const char *blank = memchr(path.at, ' ', path.len);
        size_t len = blank ? (size_t)(blank - path.at) : 0;
        if (blank && !str_equal((struct str){path.at, len}, name_of(node)))
            continue;
        if (blank)
            path = (struct str){blank + 1, path.len - len - 1};
        struct node *leaf = find_leaf(node, path);
        if (!leaf)
            continue;
        reading_word(t->r, value_of(leaf), leaf->value, leaf->value);
        leaf->lifted = true;
    }
}

/* The element itself: a leaf whole, another one up to the end of its opening and of the keys that
 * follow it at once. */
static struct span element_span(const struct tree *t, const struct node *node)
{
    const char *text = t->r->text.at;
    struct span span = {node->number, node->number, {text + node->from, 0}};
    uint32_t to = node->head;
    const struct node *child = node->child;
    for (; child && (child->lifted || child->attribute); child = child->next)
        if (child->to > to) {
            to = child->to;
            span.last = child->last_number;
        }
    if (!child && node->to > to) {
        to = node->to;
        span.last = node->last_number;
    }
    span.raw.len = to - node->from;
    return span;
}

/* ---- text in another syntax ---- */

struct embedding {
    struct reading *r;
    unsigned depth; /* of its lines at the top */
    bool inactive;
    uint32_t number;  /* where it starts */
    struct span span; /* of the element */
};

static int embedded_line(void *ctx, const struct syntax_line *inner)
{
    struct embedding *e = ctx;
    struct str text = e->r->text;
    struct syntax_line line = *inner;
    if (e->depth + line.depth >= SYNTAX_MAX_DEPTH)
        return reading_fail(e->r, RC_LIMIT, e->number, "nested deeper than 64");
    line.depth += e->depth;
    line.number += e->number - 1;
    line.last += e->number - 1;
    line.inactive = line.inactive || e->inactive;
    if (line.raw.at < text.at || line.raw.at > text.at + text.len) { /* entities were replaced */
        line.number = e->span.number;
        line.last = e->span.last;
        line.raw = e->span.raw;
    }
    return e->r->sink->line(e->r->sink->ctx, &line);
}

static const struct syntax *embedded_syntax(const struct syntax *s, const struct node *node)
{
    for (size_t i = 0; node->has_value && i < s->embedded_count; i++)
        if (str_equal(s->embedded[i].element, name_of(node)))
            return s->embedded[i].syntax;
    return NULL;
}

static int read_embedded(
    struct tree *t, const struct syntax *s, const struct node *node, unsigned depth, bool inactive)
{
    struct embedding e = {t->r, depth, inactive, node->number, element_span(t, node)};
    struct syntax_sink sink = {embedded_line, &e};
    const char *from = t->r->text.at + node->from, *at = node->value;
    struct str before = {from, 0}, line;
    if (at > from && at <= t->r->text.at + node->to)
        before.len = (size_t)(at - from);
    while (before.len > 0 && str_next_line(&before, &line))
        e.number += line.at + line.len < at;
    return syntax_read(s, value_of(node), &sink, t->r->err);
}

/* ---- reporting ---- */

/* The element's own line, and text in it. `*depth` becomes that of the lines in it. */
static int report_own(struct tree *t, struct node *node, unsigned *depth, bool inactive)
{
    struct reading *r = t->r;
    int rc = RC_OK;
    reading_clear(r);
    if (node->name_len > 0 && !strs_has(&r->s->drop, name_of(node)))
        reading_word(r, name_of(node), node->name, node->name);
    lift_keys(t, node);
    const struct syntax *embedded = embedded_syntax(r->s, node);
    if (node->has_value && !embedded)
        reading_word(r, value_of(node), node->value, node->value);
    if (r->count > 0) {
        if (*depth >= SYNTAX_MAX_DEPTH)
            return reading_fail(r, RC_LIMIT, node->number, "nested deeper than 64");
        rc = reading_line(r, *depth, element_span(t, node), inactive);
        ++*depth;
    }
    return rc || !embedded ? rc : read_embedded(t, embedded, node, *depth, inactive);
}

static int report(struct tree *t, struct node *node, unsigned depth, bool inactive)
{
    inactive = inactive || node->inactive;
    int rc = report_own(t, node, &depth, inactive);
    for (struct node *child = node->child; !rc && child; child = child->next)
        if (!child->lifted && !child->attribute)
            rc = report(t, child, depth, inactive);
    return rc;
}

/* An element that is open, with what it has so far. */
static int report_open(struct tree *t, unsigned nesting)
{
    struct opened *o = &t->open[nesting];
    int rc = RC_OK;
    if (!o->reported) {
        o->inner = o[-1].inner;
        o->node.inactive = o->node.inactive || o[-1].node.inactive;
        rc = report_own(t, &o->node, &o->inner, o->node.inactive);
        o->reported = true;
        o->node.value = "";
        o->node.value_len = 0;
    }
    for (struct node *child = o->node.child; !rc && child; child = child->next)
        if (!child->lifted && !child->attribute)
            rc = report(t, child, o->inner, o->node.inactive);
    o->node.child = o->last = NULL;
    return rc;
}

int tree_report(struct tree *t)
{
    int rc = RC_OK;
    for (unsigned i = 0; !rc && i <= t->nesting; i++)
        rc = report_open(t, i);
    t->count = 0;
    arena_wipe(&t->texts);
    return rc;
}

/* Make room for a node, or for the attributes of an element. */
static int settle(struct tree *t)
{
    return t->count >= TREE_MOST ? tree_report(t) : RC_OK;
}

/* ---- building ---- */

int tree_open(struct tree *t, struct str name, const char *from, const char *head)
{
    uint32_t number = tree_number(t, from);
    if (t->nesting >= TREE_MAX_NESTING)
        return reading_fail(t->r, RC_LIMIT, number, "nested too deep");
    int rc = settle(t);
    struct opened *o = &t->open[++t->nesting];
    *o = (struct opened){.node = {
                             .name = name.at,
                             .name_len = (uint32_t)name.len,
                             .from = offset(t, from),
                             .head = offset(t, head),
                             .to = offset(t, head),
                             .number = number,
                             .last_number = number,
                         }};
    return rc;
}

int tree_close(struct tree *t, const struct str *value, const char *to)
{
    struct opened *o = tree_top(t);
    o->node.to = offset(t, to);
    o->node.last_number = tree_number(t, o->node.to > o->node.from ? to - 1 : to);
    if (value) {
        o->node.has_value = true;
        o->node.value = value->at;
        o->node.value_len = (uint32_t)value->len;
    }
    int rc = o->reported ? report_open(t, t->nesting) : RC_OK;
    t->nesting--;
    if (!o->reported)
        add_child(t, tree_top(t), &o->node);
    return rc ? rc : settle(t);
}

int tree_attribute(struct tree *t, struct str name, struct str value)
{
    struct opened *o = tree_top(t);
    if (o->attributes++ >= TREE_MOST_ATTRIBUTES)
        return reading_fail(t->r, RC_LIMIT, o->node.number, "too many attributes");
    struct node node = {
        .name = name.at,
        .name_len = (uint32_t)name.len,
        .value = value.at,
        .value_len = (uint32_t)value.len,
        .from = o->node.from,
        .head = o->node.head,
        .to = o->node.head,
        .number = o->node.number,
        .last_number = o->node.number,
        .has_value = true,
        .attribute = true,
    };
    add_child(t, o, &node);
    return RC_OK;
}
