#include "diff/values.h"

#include <string.h>

#define SAY_MAX 160 /* bytes of a value in a sentence */

static json_t *scalar(const struct lyd_node *node)
{
    const struct lyd_value *value = &((const struct lyd_node_term *)node)->value;
    switch (value->realtype->basetype) {
    case LY_TYPE_BOOL:
        return json_boolean(value->boolean);
    case LY_TYPE_INT8:
        return json_integer(value->int8);
    case LY_TYPE_INT16:
        return json_integer(value->int16);
    case LY_TYPE_INT32:
        return json_integer(value->int32);
    case LY_TYPE_UINT8:
        return json_integer(value->uint8);
    case LY_TYPE_UINT16:
        return json_integer(value->uint16);
    case LY_TYPE_UINT32:
        return json_integer(value->uint32);
    case LY_TYPE_EMPTY:
        return json_pack("[n]");
    default: /* 64-bit numbers are strings in RFC 7951 as well */
        return json_string(lyd_get_value(node));
    }
}

static bool is_private(const struct meaning *m, const struct lyd_node *node)
{
    const struct node_meaning *of = meaning_of(m, node->schema);
    return of && of->is_private;
}

static json_t *object(const struct meaning *m, const struct lyd_node *node);

/* Put `node` into `into`: under its name, in an array when there can be several. */
static int put(const struct meaning *m, json_t *into, const struct lyd_node *node)
{
    bool term = node->schema->nodetype & LYD_NODE_TERM;
    json_t *value = term ? scalar(node) : object(m, node);
    if (!(node->schema->nodetype & (LYS_LIST | LYS_LEAFLIST)))
        return json_object_set_new(into, LYD_NAME(node), value);
    json_t *array = json_object_get(into, LYD_NAME(node));
    if (!array) {
        array = json_array();
        if (json_object_set_new(into, LYD_NAME(node), array)) {
            json_decref(value);
            return -1;
        }
    }
    return json_array_append_new(array, value);
}

static json_t *object(const struct meaning *m, const struct lyd_node *node)
{
    json_t *into = json_object();
    const struct lyd_node *child;
    LY_LIST_FOR(lyd_child(node), child)
    {
        if (!child->schema || is_private(m, child) ||
            (child->schema->nodetype == LYS_CONTAINER && !lyd_child(child)))
            continue;
        if (!into || put(m, into, child)) {
            json_decref(into);
            return NULL;
        }
    }
    return into;
}

json_t *value_of(const struct meaning *m, const struct lyd_node *node)
{
    if (!(node->schema->nodetype & LYD_NODE_TERM))
        return object(m, node);
    return is_private(m, node) ? object(m, lyd_parent(node)) : scalar(node);
}

json_t *values_of_list(const struct lyd_node *instance)
{
    const struct lyd_node *first = instance;
    while (first->prev->next && first->prev->schema == first->schema)
        first = first->prev;
    json_t *array = json_array();
    for (; first && first->schema == instance->schema; first = first->next)
        if (json_array_append_new(array, scalar(first))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static int say(struct buf *out, const json_t *value, size_t end)
{
    if (out->len >= end)
        return RC_OK;
    if (json_is_string(value)) {
        char text[SAY_MAX];
        text_escape(text, sizeof text, json_string_value(value), json_string_length(value));
        return buf_add(out, text);
    }
    if (json_is_integer(value))
        return buf_format(out, "%lld", (long long)json_integer_value(value));
    if (json_is_boolean(value))
        return buf_add(out, json_is_true(value) ? "true" : "false");
    int rc = RC_OK;
    size_t i;
    const json_t *item;
    if (json_is_object(value)) {
        void *first = json_object_iter((json_t *)value);
        return first ? say(out, json_object_iter_value(first), end) : buf_add(out, "none");
    }
    if (!json_is_array(value) || !json_array_size(value))
        return buf_add(out, "none");
    json_array_foreach(value, i, item)
    {
        if (!rc && i && out->len < end)
            rc = buf_add(out, ", ");
        if (!rc && i && out->len >= end)
            return buf_add(out, "...");
        if (!rc)
            rc = say(out, item, end);
    }
    return rc;
}

int value_say(struct buf *out, const json_t *value)
{
    return say(out, value, out->len + SAY_MAX);
}

int subject_of(const struct meaning *m, const struct lyd_node *entry, struct buf *out)
{
    int rc = RC_OK;
    if (entry->schema->nodetype != LYS_LIST) {
        const struct lyd_node *parent = lyd_parent(entry);
        if (!parent)
            return RC_OK;
        if ((rc = subject_of(m, parent, out)))
            return rc;
        return buf_format(out, "%s%s", out->len ? " " : "", LYD_NAME(entry));
    }
    const struct node_meaning *of = meaning_of(m, entry->schema);
    const struct lyd_node *leaf;
    LY_LIST_FOR(lyd_child(entry), leaf)
    {
        bool named = lysc_is_key(leaf->schema);
        if (of && of->subject) {
            named = false;
            for (const char *const *name = of->subject; *name; name++)
                named |= strcmp(*name, LYD_NAME(leaf)) == 0;
        }
        if (!rc && named)
            rc = buf_format(out, "%s%s", out->len ? " " : "", lyd_get_value(leaf));
    }
    return rc;
}

/* A boolean, number or enum as a number; unsigned 64-bit values above INT64_MAX do not occur. */
static int64_t number(const struct lyd_node *node)
{
    const struct lyd_value *value = &((const struct lyd_node_term *)node)->value;
    switch (value->realtype->basetype) {
    case LY_TYPE_BOOL:
        return value->boolean;
    case LY_TYPE_ENUM:
        return value->enum_item->value;
    case LY_TYPE_INT8:
        return value->int8;
    case LY_TYPE_INT16:
        return value->int16;
    case LY_TYPE_INT32:
        return value->int32;
    case LY_TYPE_INT64:
        return value->int64;
    case LY_TYPE_UINT8:
        return value->uint8;
    case LY_TYPE_UINT16:
        return value->uint16;
    case LY_TYPE_UINT32:
        return value->uint32;
    case LY_TYPE_UINT64:
        return (int64_t)value->uint64;
    default:
        return 0;
    }
}

int value_compare(const struct lyd_node *before, const struct lyd_node *after)
{
    const struct lyd_node_term *any = (const struct lyd_node_term *)(before ? before : after);
    if (any->value.realtype->basetype == LY_TYPE_BOOL) {
        int64_t was = before ? number(before) : 0, is = after ? number(after) : 0;
        return (was > is) - (was < is);
    }
    if (!before || !after)
        return before ? 1 : -1;
    int64_t was = number(before), is = number(after);
    return (was > is) - (was < is);
}
