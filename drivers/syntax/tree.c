#include "tree.h"

void tree_start(struct tree *t, struct reading *r)
{
    *t = (struct tree){.r = r, .arena = {.cap = (size_t)1 << 30}};
    t->open = &t->root;
}

void tree_free(struct tree *t)
{
    arena_wipe(&t->arena);
}

uint32_t tree_number(struct tree *t, const char *at)
{
    struct reading *r = t->r;
    struct str line;
    while (r->rest.len > 0 && r->rest.at <= at && str_next_line(&r->rest, &line))
        r->number++;
    return r->number;
}

static struct node *add_node(struct tree *t, struct str name)
{
    struct node *node = arena_take(&t->arena, sizeof *node);
    if (!node)
        return NULL;
    node->name = name;
    node->parent = t->open;
    if (t->open->last)
        t->open->last->next = node;
    else
        t->open->child = node;
    t->open->last = node;
    return node;
}

int tree_open(struct tree *t, struct str name, const char *from, const char *head)
{
    uint32_t number = tree_number(t, from);
    if (t->nesting >= TREE_MAX_NESTING)
        return reading_fail(t->r, RC_LIMIT, number, "nested too deep");
    struct node *node = add_node(t, name);
    if (!node)
        return reading_fail(t->r, RC_LIMIT, number, "too many elements");
    node->from = from;
    node->head = node->to = head;
    node->number = node->last_number = number;
    t->open = node;
    t->nesting++;
    return RC_OK;
}

void tree_close(struct tree *t, const struct str *value, const char *to)
{
    struct node *node = t->open;
    node->to = to;
    node->last_number = tree_number(t, to > node->from ? to - 1 : to);
    if (value) {
        node->has_value = true;
        node->value = *value;
    }
    t->open = node->parent;
    t->nesting--;
}

int tree_attribute(struct tree *t, struct str name, struct str value)
{
    struct node *node = add_node(t, name);
    if (!node)
        return reading_fail(t->r, RC_LIMIT, t->open->number, "too many attributes");
    node->value = value;
    node->has_value = node->attribute = true;
    node->from = t->open->from;
    node->head = node->to = t->open->head;
    node->number = node->last_number = t->open->number;
    return RC_OK;
}

/* `key` is CHILD, or PARENT CHILD. */
static bool is_key(struct str key, const struct node *parent, const struct node *child)
{
    const char *blank = memchr(key.at, ' ', key.len);
    if (!blank)
        return str_equal(key, child->name);
    size_t len = (size_t)(blank - key.at);
    return str_equal((struct str){key.at, len}, parent->name) &&
           str_equal((struct str){blank + 1, key.len - len - 1}, child->name);
}

/* Put the values of an element's keys behind its name, in the order of the profile. */
static void lift_keys(struct tree *t, struct node *node)
{
    const struct strs *keys = &t->r->s->keys;
    for (size_t i = 0; i < keys->count; i++)
        for (struct node *child = node->child; child; child = child->next)
            if (child->has_value && !child->child && !child->lifted &&
                is_key(keys->at[i], node, child)) {
                reading_word(t->r, child->value, child->value.at, child->value.at);
                child->lifted = true;
                break;
            }
}

/* The element itself: a leaf whole, another one up to the end of its opening and of the keys that
 * follow it at once. */
static struct span element_span(const struct node *node)
{
    struct span span = {node->number, node->number, {node->from, 0}};
    const char *to = node->head;
    bool leaf = true;
    for (const struct node *child = node->child; child; child = child->next) {
        leaf = leaf && (child->lifted || child->attribute);
        if (leaf && child->to > to) {
            to = child->to;
            span.last = child->last_number;
        }
    }
    if (leaf) {
        to = node->to;
        span.last = node->last_number;
    }
    span.raw.len = (size_t)(to - node->from);
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
        if (str_equal(s->embedded[i].element, node->name))
            return s->embedded[i].syntax;
    return NULL;
}

static int read_embedded(
    struct tree *t, const struct syntax *s, const struct node *node, unsigned depth, bool inactive)
{
    struct embedding e = {t->r, depth, inactive, node->number, element_span(node)};
    struct syntax_sink sink = {embedded_line, &e};
    struct str before = {node->from, 0}, line;
    const char *at = node->value.at;
    if (at > node->from && at <= node->to)
        before.len = (size_t)(at - node->from);
    while (before.len > 0 && str_next_line(&before, &line))
        e.number += line.at + line.len < at;
    return syntax_read(s, node->value, &sink, t->r->err);
}

static int report(struct tree *t, struct node *node, unsigned depth, bool inactive)
{
    struct reading *r = t->r;
    unsigned inner = depth;
    int rc = RC_OK;
    inactive = inactive || node->inactive;
    reading_clear(r);
    if (node->name.len > 0 && !strs_has(&r->s->drop, node->name))
        reading_word(r, node->name, node->name.at, node->name.at);
    lift_keys(t, node);
    const struct syntax *embedded = embedded_syntax(r->s, node);
    if (node->has_value && !embedded)
        reading_word(r, node->value, node->value.at, node->value.at);
    if (r->count > 0) {
        if (depth >= SYNTAX_MAX_DEPTH)
            return reading_fail(r, RC_LIMIT, node->number, "nested deeper than 64");
        rc = reading_line(r, depth, element_span(node), inactive);
        inner++;
    }
    if (!rc && embedded)
        rc = read_embedded(t, embedded, node, inner, inactive);
    for (struct node *child = node->child; !rc && child; child = child->next)
        if (!child->lifted && !child->attribute)
            rc = report(t, child, inner, inactive);
    return rc;
}

int tree_report(struct tree *t)
{
    int rc = RC_OK;
    for (struct node *node = t->root.child; !rc && node; node = node->next)
        rc = report(t, node, 0, false);
    return rc;
}
