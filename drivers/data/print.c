/* A tree as XML, or for people. */
#include <ctype.h>

#include "drivers/data/printer.h"

#define WITH_DEFAULTS "urn:ietf:params:xml:ns:netconf:default:1.0"

/* ---- XML ---- */

static const char *reference_of(char c, bool in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return in_attribute ? "&quot;" : NULL;
    case '\r':
        return "&#13;";
    case '\t':
    case '\n':
        return NULL;
    default: /* what no XML may hold becomes U+FFFD */
        return (unsigned char)c < ' ' ? "\xef\xbf\xbd" : NULL;
    }
}

static void put_escaped(struct printer *p, struct str text, bool in_attribute)
{
    const char *from = text.at, *end = text.at + text.len;
    for (const char *at = from; at <= end && !p->rc; at++) {
        const char *instead = at < end ? reference_of(*at, in_attribute) : NULL;
        if (!instead && at < end)
            continue;
        p->rc = buf_append(p->out, from, (size_t)(at - from));
        if (instead)
            put(p, instead);
        from = at + 1;
    }
}

/* What no XML name may hold (JSON has such) is written as in ISO 9075-14: _x0020_. */
static void put_name(struct printer *p, const xmlNode *node)
{
    const char *name = (const char *)node->name;
    if (!*name)
        put(p, "_");
    for (const char *at = name; *at && !p->rc; at++) {
        bool plain = isalpha((unsigned char)*at) || *at == '_' || (unsigned char)*at >= 0x80;
        if (plain || (at > name && (isdigit((unsigned char)*at) || strchr("-.", *at))))
            p->rc = buf_add_char(p->out, *at);
        else
            p->rc = buf_format(p->out, "_x%04X_", (unsigned)(unsigned char)*at);
    }
}

static void put_attribute(struct printer *p, const char *name, struct str prefix, const char *value)
{
    put(p, " ");
    put(p, name);
    p->rc = p->rc ? p->rc : buf_add_str(p->out, prefix);
    put(p, "=\"");
    put_escaped(p, str_of(value), true);
    put(p, "\"");
}

static const char *uri_of(const struct space *space)
{
    return space->uri ? (const char *)space->uri : space->module;
}

static bool may_hold_prefixes(const struct printer *p, const xmlNode *node)
{
    const struct data_node_schema *is = schema_of(node);
    if (is && (is->type == DATA_IDENTITY || is->type == DATA_INSTANCE))
        return true;
    return !p->data->json && (!is || is->type == DATA_UNION || is->kind == DATA_ANYDATA);
}

/* Declare the prefixes that a value needs. */
static void put_prefixes(struct printer *p, const xmlNode *node)
{
    enum { MOST = 16 };
    struct str rest = data_value(node), prefix, had[MOST];
    size_t count = 0;
    if (!may_hold_prefixes(p, node))
        return;
    while (count < MOST && next_prefix(&rest, &prefix)) {
        const struct space *space = space_of_prefix(p->data, node, prefix);
        bool before = !space || prefix.len == 0 || str_starts(prefix, "xml") ||
                      isdigit((unsigned char)prefix.at[0]) || strchr("-.", prefix.at[0]);
        for (size_t i = 0; i < count; i++)
            before = before || str_equal(had[i], prefix);
        if (before)
            continue;
        had[count++] = prefix;
        put_attribute(p, "xmlns:", prefix, uri_of(space));
    }
}

static void put_attributes(struct printer *p, const xmlNode *node)
{
    const struct str none = {"", 0};
    const struct place *place = place_of(node), *up = place_of(node->parent);
    if (place->space && place->space != (up ? up->space : NULL))
        put_attribute(p, "xmlns", none, uri_of(place->space));
    put_prefixes(p, node);
    if (place->flags & PLACE_INACTIVE)
        put_attribute(p, "inactive", none, "inactive");
    if (place->flags & PLACE_DELETED)
        put_attribute(p, "operation", none, "delete");
    if (place->flags & PLACE_SAID_DEFAULT) {
        put_attribute(p, "xmlns:wd", none, WITH_DEFAULTS);
        put_attribute(p, "wd:default", none, "true");
    }
}

static void put_xml(struct printer *p, const xmlNode *node, unsigned depth)
{
    bool leaf = !(place_of(node)->flags & PLACE_HAS_ELEMENTS) || !first_element(node);
    indent(p, depth);
    put(p, "<");
    put_name(p, node);
    put_attributes(p, node);
    put(p, node->children ? ">" : "/>");
    if (!leaf)
        put(p, "\n");
    for (const xmlNode *child = node->children; child && !p->rc; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            put_xml(p, child, depth + 1);
            continue;
        }
        indent(p, leaf ? 0 : depth + 1);
        put_escaped(p, str_of((const char *)child->content), false);
        if (!leaf)
            put(p, "\n");
    }
    if (!leaf)
        indent(p, depth);
    if (node->children) {
        put(p, "</");
        put_name(p, node);
        put(p, ">");
    }
    put(p, "\n");
}

/* ---- for people ---- */

static void put_shown(struct printer *p, struct str text)
{
    put(p, " ");
    p->rc = p->rc ? p->rc : buf_add_escaped(p->out, text);
}

static void put_tree(struct printer *p, const xmlNode *node, unsigned depth)
{
    const struct place *place = place_of(node);
    if (place->flags & PLACE_KEY)
        return;
    indent(p, depth);
    p->rc = p->rc ? p->rc : add_name(node, true, p->out);
    for (size_t i = 0; place->keys && place->keys[i]; i++)
        put_shown(p, data_value(place->keys[i]));
    for (const xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE)
            put_shown(p, str_of((const char *)child->content));
    put(p, place->flags & PLACE_INACTIVE ? " (inactive)" : "");
    put(p, place->flags & PLACE_DELETED ? " (deleted)" : "");
    put(p, place->flags & PLACE_DEFAULT ? " (default)" : "");
    put(p, "\n");
    for (const xmlNode *child = first_element(node); child && !p->rc; child = next_element(child))
        put_tree(p, child, depth + 1);
}

int data_print(const struct data *data, enum data_form form, struct buf *out, struct error *err)
{
    struct printer p = {data, out, RC_OK};
    const xmlNode *top = (const xmlNode *)data->doc;
    if (form == DATA_JSON)
        p.rc = print_json(data, out);
    else
        for (const xmlNode *node = first_element(top); node && !p.rc; node = next_element(node)) {
            if (form == DATA_XML)
                put_xml(&p, node, 0);
            else
                put_tree(&p, node, 0);
        }
    return p.rc ? error_set(err, p.rc, "the data is too large to print") : RC_OK;
}
