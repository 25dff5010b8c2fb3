/* From text to a tree, and what can be asked of it. */
#include <ctype.h>
#include <stdlib.h>

#include "drivers/data/tree.h"

/* ---- the text ---- */

static bool is_clean(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' && !memchr("\t\n\r", text.at[i], 3))
            return false;
    return utf8_valid(text.at, text.len);
}

/* Bytes that neither XML nor JSON may hold, replaced one by one, so that places stay. */
static void clean(char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = utf8_length(text + i, len - i);
        if (step == 0)
            text[i++] = '?';
        else if ((unsigned char)text[i] < ' ' && !memchr("\t\n\r", text[i], 3))
            text[i++] = ' ';
        else
            i += step;
    }
}

/* Which form it has (DATA_TREE: none) says the first line that begins like one: before it come
 * echoes and prompts. */
static enum data_form form_of(struct str text, size_t *start)
{
    struct str rest = text, line;
    while (str_next_line(&rest, &line)) {
        line = str_trim(line);
        *start = (size_t)(line.at - text.at);
        if (line.len > 1 && line.at[0] == '<' &&
            (isalpha((unsigned char)line.at[1]) || strchr("_?!", line.at[1])))
            return DATA_XML;
        if (line.len > 0 && line.at[0] == '{')
            return DATA_JSON;
        struct str inside = str_trim((struct str){line.at + 1, line.len ? line.len - 1 : 0});
        if (line.len > 0 && line.at[0] == '[' &&
            (inside.len == 0 || inside.at[0] == '{' || inside.at[0] == ']'))
            return DATA_JSON;
    }
    return DATA_TREE;
}

static int read_own(struct data *data, struct str all, struct error *err)
{
    int rc = data_own_schema(all, &data->own, err);
    if (!data->schema)
        data->schema = data->own;
    return rc;
}

static int parse(struct builder *b, struct str all)
{
    size_t start = 0;
    enum data_form form = form_of(b->text, &start);
    int rc = read_own(b->data, all, b->err);
    if (rc)
        return rc;
    b->data->json = form == DATA_JSON;
    b->start = start;
    if (form == DATA_XML)
        rc = parse_xml(b);
    else if (form == DATA_JSON)
        rc = parse_json(b);
    else
        rc = error_at(b->err, RC_FORMAT, "line 1", "neither XML nor JSON: no element in it");
    return rc ? rc : build_finish(b);
}

int data_parse(struct str text, const struct data_schema *schema, const struct data_names *names,
    unsigned flags, struct data **out, struct error *err)
{
    struct str all = text;
    struct builder b = {0};
    text = data_without_annotation(text);
    char *copy = malloc(text.len + 1);
    if (!copy)
        return error_set(err, RC_NO_MEMORY, "no memory to read data");
    if (text.len)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    if (str_starts(text, "\xef\xbb\xbf"))
        memset(copy, ' ', 3);
    if (!is_clean(text))
        clean(copy, text.len);
    int rc = build_start(&b, (struct str){copy, text.len}, schema, names, flags, err);
    rc = rc ? rc : parse(&b, all);
    build_end(&b);
    explicit_bzero(copy, text.len);
    free(copy);
    if (rc) {
        data_free(b.data);
        return rc;
    }
    *out = b.data;
    return RC_OK;
}

void data_free(struct data *data)
{
    if (!data)
        return;
    arena_wipe(&data->arena);
    xmlDictFree(data->dict);
    data_schema_free(data->own);
    free(data);
}

/* ---- questions ---- */

xmlDoc *data_document(const struct data *data)
{
    return data->doc;
}

const struct data_schema *data_schema_of(const struct data *data)
{
    return data->schema;
}

bool data_is_json(const struct data *data)
{
    return data->json;
}

static const struct place *around(const xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->type == XML_TEXT_NODE ? node->parent : NULL;
    return node ? place_of(node) : NULL;
}

uint32_t data_line(const xmlNode *node)
{
    const struct place *place = around(node);
    return place ? place->line : 0;
}

uint32_t data_last_line(const xmlNode *node)
{
    const struct place *place = around(node);
    return place ? place->last_line : 0;
}

size_t data_offset(const xmlNode *element)
{
    return place_of(element)->from;
}

const xmlNode *data_element(const struct data *data, size_t index)
{
    return index < data->count ? data->elements[index] : NULL;
}

size_t data_index(const xmlNode *element)
{
    return place_of(element)->index;
}

static size_t begin_of(const xmlNode *node, bool lines)
{
    return lines ? place_of(node)->line : place_of(node)->from;
}

/* The first byte, or line, behind it. */
static size_t end_of(const xmlNode *node, bool lines)
{
    return lines ? (size_t)place_of(node)->last_line + 1 : place_of(node)->to;
}

/* The last element that begins there or before, or what is around it. */
static const xmlNode *find_around(const struct data *data, size_t at, bool lines)
{
    size_t low = 0, high = data->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (begin_of(data->elements[middle], lines) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    const xmlNode *node = low > 0 ? data->elements[low - 1] : NULL;
    while (node && node->type == XML_ELEMENT_NODE && end_of(node, lines) <= at)
        node = node->parent;
    return node && node->type == XML_ELEMENT_NODE ? node : NULL;
}

const xmlNode *data_at_line(const struct data *data, uint32_t line)
{
    return find_around(data, line, true);
}

const xmlNode *data_at_offset(const struct data *data, size_t offset)
{
    return find_around(data, offset, false);
}

struct str data_value(const xmlNode *node)
{
    const struct place *place = place_of(node);
    if (!place || place->flags & PLACE_HAS_ELEMENTS || !node->children)
        return (struct str){"", 0};
    return str_of((const char *)node->children->content);
}

const struct data_node_schema *data_schema_at(const struct data *data, const xmlNode *node)
{
    (void)data;
    return schema_of(node);
}

bool data_is_default(const struct data *data, const xmlNode *node)
{
    const struct place *place = place_of(node);
    (void)data;
    return place && place->flags & PLACE_DEFAULT;
}

/* ---- prefixes ---- */

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || (c && strchr("-._", c));
}

bool next_prefix(struct str *rest, struct str *prefix)
{
    const char *at = rest->at, *end = rest->at + rest->len;
    char quote = 0;
    while (at < end) {
        const char *from = at;
        while (at < end && is_name_byte(*at))
            at++;
        if (!quote && at > from && at < end && *at == ':' && (at + 1 == end || at[1] != ':')) {
            *prefix = (struct str){from, (size_t)(at - from)};
            *rest = (struct str){at + 1, (size_t)(end - at - 1)};
            return true;
        }
        if (at < end && (*at == '\'' || *at == '"'))
            quote = quote == *at ? 0 : quote ? quote : *at;
        at += at < end;
    }
    return false;
}

const struct space *space_of_prefix(const struct data *data, const xmlNode *node, struct str prefix)
{
    const struct place *place = place_of(node);
    if (prefix.len > 1024)
        return NULL;
    const xmlChar *known = xmlDictExists(data->dict, (const xmlChar *)prefix.at, (int)prefix.len);
    if (!known)
        return NULL;
    for (const struct scope *s = place->scope; s; s = s->outer)
        if (s->prefix == known)
            return s->space;
    for (const struct space *s = data->json ? data->spaces : NULL; s; s = s->next)
        if (s->module == (const char *)known)
            return s;
    return NULL;
}
