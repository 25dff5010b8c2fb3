/* A tree as JSON (RFC 7951), a value a line. */
#include "drivers/data/printer.h"

static void put_line(struct printer *p, unsigned depth)
{
    put(p, "\n");
    indent(p, depth);
}

static void put_bytes(struct printer *p, struct str text)
{
    const char *from = text.at, *end = text.at + text.len;
    for (const char *at = from; at <= end && !p->rc; at++) {
        bool plain =
            at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ' && *at != '\x7f';
        if (plain)
            continue;
        p->rc = buf_append(p->out, from, (size_t)(at - from));
        from = at + 1;
        if (at == end || p->rc)
            continue;
        if (*at == '"' || *at == '\\')
            p->rc = buf_format(p->out, "\\%c", *at);
        else if (*at == '\n' || *at == '\t')
            put(p, *at == '\n' ? "\\n" : "\\t");
        else
            p->rc = buf_format(p->out, "\\u%04x", (unsigned)(unsigned char)*at);
    }
}

static void put_string(struct printer *p, struct str text)
{
    put(p, "\"");
    put_bytes(p, text);
    put(p, "\"");
}

/* A value with its prefixes turned into modules' names, in a path (`instance`) only where they
 * change. */
static void put_resolved(struct printer *p, const xmlNode *node, bool instance)
{
    struct str rest = data_value(node), prefix;
    const char *from = rest.at;
    const char *last = NULL;
    put(p, "\"");
    while (!p->rc && next_prefix(&rest, &prefix)) {
        const struct space *space = space_of_prefix(p->data, node, prefix);
        put_bytes(p, (struct str){from, (size_t)(prefix.at - from)});
        from = rest.at;
        if (!space) {
            put_bytes(p, (struct str){prefix.at, prefix.len + 1});
            continue;
        }
        if (!instance || !last || strcmp(last, space->module) != 0) {
            put_bytes(p, str_of(space->module));
            put(p, ":");
        }
        last = space->module;
    }
    put_bytes(p, (struct str){from, (size_t)(rest.at + rest.len - from)});
    put(p, "\"");
}

static bool is_number(struct str text)
{
    return text.len > 0 && json_number_end(text.at, text.at + text.len) == text.at + text.len;
}

static bool is_boolean(struct str text)
{
    return str_is(text, "true") || str_is(text, "false");
}

static void put_scalar(struct printer *p, const xmlNode *node)
{
    const struct data_node_schema *is = schema_of(node);
    struct str value = data_value(node);
    bool typed = is && (is->kind == DATA_LEAF || is->kind == DATA_LEAF_LIST);
    bool as_it_was = (!typed || is->type == DATA_UNION) && place_of(node)->flags & PLACE_BARE;
    bool bare = as_it_was || (typed && is->type == DATA_NUMBER && is_number(value)) ||
                (typed && is->type == DATA_BOOLEAN && is_boolean(value));
    if (typed ? is->type == DATA_EMPTY : !node->children)
        put(p, "[null]");
    else if (bare && (is_number(value) || is_boolean(value)))
        p->rc = p->rc ? p->rc : buf_add_str(p->out, value);
    else if (typed && (is->type == DATA_IDENTITY || is->type == DATA_INSTANCE) && !p->data->json)
        put_resolved(p, node, is->type == DATA_INSTANCE);
    else
        put_string(p, value);
}

static void put_members(struct printer *p, const xmlNode *parent, unsigned depth);

static void put_value(struct printer *p, const xmlNode *node, unsigned depth)
{
    const struct data_node_schema *is = schema_of(node);
    bool object = place_of(node)->flags & PLACE_HAS_ELEMENTS ||
                  (is && (is->kind == DATA_CONTAINER || is->kind == DATA_LIST));
    if (object)
        put_members(p, node, depth);
    else
        put_scalar(p, node);
}

static bool is_array(const xmlNode *node)
{
    const struct data_node_schema *is = schema_of(node);
    if (is && (is->kind == DATA_LIST || is->kind == DATA_LEAF_LIST))
        return true;
    return repeats(node) || place_of(node)->flags & PLACE_ARRAY;
}

static void put_array(struct printer *p, const xmlNode *first, unsigned depth)
{
    put(p, "[");
    for (const xmlNode *node = first; node && !p->rc; node = place_of(node)->same) {
        put(p, node == first ? "" : ",");
        put_line(p, depth + 1);
        put_value(p, node, depth + 1);
    }
    put_line(p, depth);
    put(p, "]");
}

static void begin_member(struct printer *p, bool *any, unsigned depth)
{
    put(p, *any ? "," : "");
    *any = true;
    put_line(p, depth + 1);
}

/* RFC 7952 has it in the metadata; a container says it inside itself. */
static void put_inactive(struct printer *p, const xmlNode *node, bool *any, unsigned depth)
{
    begin_member(p, any, depth);
    put(p, "\"@");
    if (node)
        p->rc = p->rc ? p->rc : add_name(node, true, p->out);
    put(p, "\": {\"inactive\": true}");
}

static void put_members(struct printer *p, const xmlNode *parent, unsigned depth)
{
    bool any = false;
    const struct place *place = place_of(parent);
    put(p, "{");
    if (place && place->flags & PLACE_INACTIVE)
        put_inactive(p, NULL, &any, depth);
    for (const xmlNode *node = first_element(parent); node && !p->rc; node = next_element(node)) {
        const struct place *is = place_of(node);
        struct buf name = {0};
        if (is->nth > 1)
            continue;
        begin_member(p, &any, depth);
        p->rc = p->rc ? p->rc : add_name(node, false, &name);
        put_string(p, buf_str(&name));
        buf_free(&name);
        put(p, ": ");
        if (is_array(node))
            put_array(p, node, depth + 1);
        else
            put_value(p, node, depth + 1);
        if (is->flags & PLACE_INACTIVE && !(is->flags & PLACE_HAS_ELEMENTS) && !is_array(node))
            put_inactive(p, node, &any, depth);
    }
    if (any)
        put_line(p, depth);
    put(p, "}");
}

int print_json(const struct data *data, struct buf *out)
{
    struct printer p = {data, out, RC_OK};
    put_members(&p, (const xmlNode *)data->doc, 0);
    put(&p, "\n");
    return p.rc;
}
