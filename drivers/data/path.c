#include "drivers/data/tree.h"

static int add_text(const xmlChar *text, bool escape, struct buf *out)
{
    struct str s = str_of((const char *)text);
    return escape ? buf_add_escaped(out, s) : buf_add_str(out, s);
}

int add_name(const xmlNode *node, bool escape, struct buf *out)
{
    int rc = node->ns ? add_text(node->ns->href, escape, out) : RC_OK;
    if (!rc && node->ns)
        rc = buf_add_char(out, ':');
    return rc ? rc : add_text(node->name, escape, out);
}

/* A string of XPath; one with both kinds of quotes can only be put together. */
static int add_literal(struct str value, struct buf *out)
{
    bool single = value.len && memchr(value.at, '\'', value.len);
    bool both = single && memchr(value.at, '"', value.len);
    char quote = single ? '"' : '\'';
    int rc = buf_add(out, both ? "concat(\"" : quote == '"' ? "\"" : "'");
    while (!rc && both) {
        const char *next = memchr(value.at, '"', value.len);
        if (!next)
            break;
        size_t len = (size_t)(next - value.at);
        rc = buf_add_escaped(out, (struct str){value.at, len});
        rc = rc ? rc : buf_add(out, "\",'\"',\"");
        value = (struct str){next + 1, value.len - len - 1};
    }
    rc = rc ? rc : buf_add_escaped(out, value);
    rc = rc ? rc : buf_add_char(out, quote);
    return rc || !both ? rc : buf_add_char(out, ')');
}

static int add_predicate(const char *what, struct str value, struct buf *out)
{
    int rc = buf_add_char(out, '[');
    rc = rc ? rc : buf_add(out, what);
    rc = rc ? rc : buf_add_char(out, '=');
    rc = rc ? rc : add_literal(value, out);
    return rc ? rc : buf_add_char(out, ']');
}

static int add_predicates(const xmlNode *node, struct buf *out)
{
    const struct place *place = place_of(node);
    const struct data_node_schema *is = schema_of(node);
    bool leaf = !(place->flags & PLACE_HAS_ELEMENTS);
    int rc = RC_OK;
    for (size_t i = 0; !rc && place->keys && place->keys[i]; i++)
        rc = add_predicate((const char *)place->keys[i]->name, data_value(place->keys[i]), out);
    if (place->keys)
        return rc;
    if (is ? is->kind == DATA_LEAF_LIST : leaf && repeats(node))
        return add_predicate(".", data_value(node), out);
    return is && is->kind != DATA_LIST ? RC_OK
           : repeats(node)             ? buf_format(out, "[%u]", place->nth)
                                       : RC_OK;
}

static int add_path(const xmlNode *node, bool entries, struct buf *out)
{
    const xmlNode *way[DATA_MAX_DEPTH];
    size_t count = 0;
    int rc = RC_OK;
    while (node && node->type != XML_ELEMENT_NODE && node->type != XML_DOCUMENT_NODE)
        node = node->parent;
    for (; node && node->type == XML_ELEMENT_NODE && count < DATA_MAX_DEPTH; node = node->parent)
        way[count++] = node;
    if (count == 0)
        return buf_add_char(out, '/');
    while (!rc && count > 0) {
        rc = buf_add_char(out, '/');
        rc = rc ? rc : add_name(way[--count], entries, out);
        rc = rc || !entries ? rc : add_predicates(way[count], out);
    }
    return rc;
}

int data_path(const struct data *data, const xmlNode *node, struct buf *out)
{
    (void)data;
    return add_path(node, true, out);
}

int data_schema_path(const xmlNode *node, struct buf *out)
{
    return add_path(node, false, out);
}
