/* Building a data tree, element by element, whatever it was written in. */
#include <ctype.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/data/tree.h"

#define BYTES_A_BYTE                                                                               \
    96 /* most memory of a tree for a byte of text: an element of four takes 56                    \
        */

enum { SPACES_MOST = 4096, PREFIXES_MOST = 1024, NAMESPACE_MOST = 1024, NAME_MOST = 65535 };

int build_start(struct builder *b, struct str text, const struct data_schema *schema,
    const struct data_names *names, unsigned flags, struct error *err)
{
    *b = (struct builder){.names = names, .flags = flags, .err = err, .text = text, .rest = text};
    if (text.len > UINT32_MAX - 1)
        return error_set(err, RC_LIMIT, "the text is longer than 4 GiB");
    struct data *data = calloc(1, sizeof *data);
    if (!data || !(data->dict = xmlDictCreate()))
        goto no_memory;
    data->arena.cap = BYTES_A_BYTE * text.len + ((size_t)1 << 20);
    if (data->arena.cap > ARENA_DEFAULT_CAP)
        data->arena.cap = ARENA_DEFAULT_CAP;
    data->schema = schema;
    if (!(data->doc = arena_take(&data->arena, sizeof *data->doc)))
        goto no_memory;
    data->doc->type = XML_DOCUMENT_NODE;
    data->doc->doc = data->doc;
    data->doc->charset = XML_CHAR_ENCODING_UTF8;
    b->data = data;
    b->open = (xmlNode *)data->doc;
    return RC_OK;
no_memory:
    data_free(data);
    return error_set(err, RC_NO_MEMORY, "no memory to read data");
}

void build_end(struct builder *b)
{
    table_free(&b->name_table);
    table_free(&b->space_table);
}

static uint32_t line_of(struct builder *b, size_t offset)
{
    struct str line;
    while (b->rest.len > 0 && b->rest.at <= b->text.at + offset && str_next_line(&b->rest, &line))
        b->number++;
    return b->number ? b->number : 1;
}

int build_fail(struct builder *b, enum rc code, size_t offset, const char *what)
{
    char place[32];
    snprintf(place, sizeof place, "line %u", line_of(b, offset));
    return error_at(b->err, code, place, "%s", what);
}

static int too_many(struct builder *b, size_t offset)
{
    return build_fail(b, RC_LIMIT, offset, "too much data");
}

/* ---- namespaces ---- */

/* `*` is any run of characters. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static const char *known_name(const struct builder *b, const char *uri)
{
    if (strlen(uri) > NAMESPACE_MOST)
        return NULL;
    for (size_t i = 0; b->names && i < b->names->count; i++) {
        const char *const *spaces = b->names->modules[i].namespaces;
        for (; spaces && *spaces; spaces++)
            if (fits(*spaces, uri))
                return b->names->modules[i].name;
    }
    return NULL;
}

static bool may_begin(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

/* The last piece of a URI that could be a module's name. */
static char *last_piece(struct builder *b, const char *uri)
{
    struct str piece = {"", 0};
    for (const char *at = uri; *at;) {
        size_t len = strcspn(at, "/:#?&=");
        if (len > 0 && may_begin(*at))
            piece = (struct str){at, len};
        at += len + (at[len] != '\0');
    }
    char *name = arena_dup(&b->data->arena, piece.len > 0 ? piece : STR("unknown"));
    for (char *c = name; c && *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
            *c = '_';
    return name;
}

static struct space *add_space(struct builder *b, const void *key, struct space space)
{
    struct data *data = b->data;
    struct space *new = b->space_count < SPACES_MOST ? arena_take(&data->arena, sizeof *new) : NULL;
    if (!new || !space.module || table_put(&b->space_table, key, space.uri, new))
        return NULL;
    b->space_count++;
    space.ns = (xmlNs){.type = XML_NAMESPACE_DECL,
        .href = (const xmlChar *)space.module,
        .prefix = (const xmlChar *)space.module};
    space.next = data->spaces;
    *new = space;
    data->spaces = new;
    return new;
}

struct space *build_space(struct builder *b, const char *uri)
{
    struct data *data = b->data;
    const xmlChar *known = xmlDictLookup(data->dict, (const xmlChar *)uri, -1);
    struct space *found = known ? table_find(&b->space_table, NULL, known) : NULL;
    if (found || !known)
        return found;
    struct space new = {.uri = known,
        .schema_name = data_schema_module(data->schema, uri),
        .own_name = data_schema_module(data->own, uri)};
    const char *name = known_name(b, uri);
    new.module = name ? name : new.schema_name ? new.schema_name : new.own_name;
    if (!new.module)
        new.module = last_piece(b, uri);
    return add_space(b, NULL, new);
}

static const char *first_namespace(const struct builder *b, const char *module)
{
    for (size_t i = 0; b->names && i < b->names->count; i++)
        if (strcmp(b->names->modules[i].name, module) == 0)
            return b->names->modules[i].namespaces ? b->names->modules[i].namespaces[0] : NULL;
    return NULL;
}

struct space *build_module(struct builder *b, struct str name)
{
    struct data *data = b->data;
    if (name.len > NAME_MOST)
        return NULL;
    const xmlChar *module = xmlDictLookup(data->dict, (const xmlChar *)name.at, (int)name.len);
    struct space *found = module ? table_find(&b->space_table, module, NULL) : NULL;
    if (found || !module)
        return found;
    const char *text = (const char *)module, *uri = data_schema_namespace(data->schema, text);
    struct space new = {.module = text};
    new.schema_name = uri ? text : NULL;
    const char *own = data_schema_namespace(data->own, text);
    new.own_name = own ? text : NULL;
    uri = uri ? uri : own;
    if (!uri && (uri = first_namespace(b, text)) && strchr(uri, '*'))
        uri = NULL;
    struct space *space = add_space(b, module, new);
    if (space && uri) /* not part of its key */
        space->uri = xmlDictLookup(data->dict, (const xmlChar *)uri, -1);
    return space;
}

int build_scope(struct builder *b, const char *prefix, const char *uri)
{
    struct scope *scope = arena_take(&b->data->arena, sizeof *scope);
    size_t count = 0;
    for (const struct scope *s = b->scope; s; s = s->outer)
        count++;
    if (!scope || count >= PREFIXES_MOST)
        return RC_LIMIT;
    scope->prefix = xmlDictLookup(b->data->dict, (const xmlChar *)prefix, -1);
    scope->space = *uri ? build_space(b, uri) : NULL;
    scope->outer = b->scope;
    if (!scope->prefix || (*uri && !scope->space))
        return RC_LIMIT;
    b->scope = scope;
    return RC_OK;
}

/* ---- elements ---- */

static bool is_top(const struct builder *b)
{
    return b->open == (xmlNode *)b->data->doc;
}

static bool is_wrapper(const struct builder *b, struct str name, const struct space *space)
{
    static const char *const names[] = {"rpc-reply", "data", "config"};
    static const char *const modules[] = {"ietf-restconf", "ietf-netconf-nmda", "ietf-netconf"};
    bool named = false, known = !space;
    if (!is_top(b))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        named = named || str_is(name, names[i]);
    for (size_t i = 0; named && space && i < sizeof modules / sizeof *modules; i++)
        known = known || strcmp(space->module, modules[i]) == 0;
    return named && known;
}

/* A tree without namespaces says by its top element whose it is. */
static struct space *space_of_root(struct builder *b, struct str name)
{
    for (size_t i = 0; b->names && i < b->names->count; i++) {
        const char *const *roots = b->names->modules[i].roots;
        for (; roots && *roots; roots++)
            if (str_is(name, *roots))
                return build_module(b, str_of(b->names->modules[i].name));
    }
    return NULL;
}

static struct name *intern(struct builder *b, struct str text, struct space *space)
{
    struct data *data = b->data;
    if (text.len > NAME_MOST)
        return NULL;
    const xmlChar *known = xmlDictLookup(data->dict, (const xmlChar *)text.at, (int)text.len);
    struct name *name = known ? table_find(&b->name_table, known, space) : NULL;
    if (name || !known || !(name = arena_take(&data->arena, sizeof *name)) ||
        table_put(&b->name_table, known, space, name))
        return name;
    name->text = known;
    name->space = space;
    return name;
}

static void append(xmlNode *parent, xmlNode *node)
{
    node->parent = parent;
    node->doc = parent->doc;
    node->prev = parent->last;
    if (parent->last)
        parent->last->next = node;
    else
        parent->children = node;
    parent->last = node;
}

int build_open(struct builder *b, struct str name, struct space *space, size_t from, size_t head)
{
    struct data *data = b->data;
    uint32_t line = line_of(b, from);
    if (b->depth >= DATA_MAX_DEPTH)
        return build_fail(b, RC_LIMIT, from, "nested deeper than 128");
    b->any = true;
    b->depth++;
    if (is_wrapper(b, name, space)) {
        b->around[b->wrappers++] = b->scope;
        return RC_OK;
    }
    data->says_modules |= space != NULL;
    if (is_top(b) && !space)
        space = space_of_root(b, name);
    struct name *known = intern(b, name, space);
    xmlNode *node = arena_take(&data->arena, sizeof *node);
    struct place *place = arena_take(&data->arena, sizeof *place);
    if (!known || !node || !place || data->count >= UINT32_MAX)
        return too_many(b, from);
    *place = (struct place){.line = line,
        .from = (uint32_t)from,
        .head = (uint32_t)head,
        .name = known,
        .space = space,
        .scope = b->scope};
    node->type = XML_ELEMENT_NODE;
    node->name = known->text;
    node->_private = place;
    node->line = line < 65535 ? (unsigned short)line : 65535;
    if (place_of(b->open))
        place_of(b->open)->flags |= PLACE_HAS_ELEMENTS;
    append(b->open, node);
    b->open = node;
    data->count++;
    return RC_OK;
}

void build_flag(struct builder *b, unsigned flags)
{
    if (place_of(b->open))
        place_of(b->open)->flags |= flags;
}

static xmlNode *new_text(struct arena *arena, struct str text)
{
    xmlNode *node = arena_take(arena, sizeof *node);
    char *content = arena_dup(arena, text);
    if (!node || !content)
        return NULL;
    node->type = XML_TEXT_NODE;
    node->name = xmlStringText;
    node->content = (xmlChar *)content;
    return node;
}

int build_text(struct builder *b, struct str text)
{
    text = str_trim(text);
    if (text.len == 0 || is_top(b))
        return RC_OK;
    xmlNode *node = new_text(&b->data->arena, text);
    if (!node)
        return too_many(b, place_of(b->open)->from);
    append(b->open, node);
    return RC_OK;
}

void build_close(struct builder *b, size_t to)
{
    b->depth--;
    if (is_top(b)) {
        b->wrappers--;
    } else {
        struct place *place = place_of(b->open);
        place->to = (uint32_t)(to > place->from ? to : place->from);
        place->last_line = line_of(b, place->to > place->from ? place->to - 1 : place->to);
        b->open = b->open->parent;
    }
    const struct place *around = place_of(b->open);
    b->scope = around ? around->scope : b->wrappers ? b->around[b->wrappers - 1] : NULL;
}

int data_hide(struct data *data, const xmlNode *element, struct str shown)
{
    char *copy = arena_dup(&data->arena, shown);
    if (!copy)
        return RC_NO_MEMORY;
    for (xmlNode *text = element->children; text; text = text->next) {
        if (text->type != XML_TEXT_NODE)
            continue;
        explicit_bzero(text->content, strlen((char *)text->content));
        text->content = (xmlChar *)copy;
    }
    return RC_OK;
}

/* ---- when all of it is there ---- */

const struct data_node_schema *schema_of(const xmlNode *node)
{
    const struct place *place = place_of(node);
    return place && place->schema && place->schema->is.kind != DATA_UNKNOWN ? &place->schema->is
                                                                            : NULL;
}

static bool is_off(const xmlNode *node)
{
    const struct place *place = place_of(node);
    return place && place->flags & (PLACE_INACTIVE | PLACE_DELETED);
}

static void prune(xmlNode *parent)
{
    for (xmlNode *node = parent->children, *next; node; node = next) {
        next = node->next;
        if (!is_off(node))
            continue;
        *(node->prev ? &node->prev->next : &parent->children) = next;
        *(next ? &next->prev : &parent->last) = node->prev;
    }
}

static const char *name_in(const struct space *space, bool own)
{
    return space ? own ? space->own_name : space->schema_name : NULL;
}

static const struct schema_node *look_up(
    const struct data *data, const xmlNode *node, const struct place *up, bool own)
{
    const struct data_schema *schema = own ? data->own : data->schema;
    const struct place *place = place_of(node);
    const struct schema_node *outer = up ? own ? up->own : up->schema : NULL;
    const char *module = name_in(place->space, own);
    if (!schema || !module || (up && !outer))
        return NULL;
    const char *around = up ? name_in(up->space, own) : NULL;
    bool changes = !around || strcmp(around, module) != 0;
    return schema_child(schema, outer, changes ? module : NULL, (const char *)node->name);
}

/* The children of `parent` among each other. */
static void relate(struct data *data, xmlNode *parent)
{
    const struct place *up = place_of(parent);
    for (xmlNode *node = first_element(parent); node; node = next_element(node)) {
        struct place *place = place_of(node);
        struct name *name = place->name;
        if (!place->space && up)
            place->space = up->space;
        if (place->space &&
            (!up || !up->space || strcmp(up->space->module, place->space->module) != 0))
            node->ns = &place->space->ns;
        place->schema = look_up(data, node, up, false);
        place->own = data->own == data->schema ? place->schema : look_up(data, node, up, true);
        bool again = name->parent == parent;
        place->nth = again ? place_of(name->last)->nth + 1 : 1;
        if (again)
            place_of(name->last)->same = node;
        name->parent = parent;
        name->last = node;
    }
}

static xmlNode *leaf_named(const xmlNode *parent, const char *name)
{
    for (xmlNode *node = first_element(parent); node; node = next_element(node))
        if (!node->ns && strcmp((const char *)node->name, name) == 0 &&
            !(place_of(node)->flags & PLACE_HAS_ELEMENTS) && node->children)
            return node;
    return NULL;
}

/* What tells an element from its sisters: the schema's keys, else `name` or `id`. */
static int find_keys(struct data *data, const xmlNode *node)
{
    static const char *const guesses[] = {"name", "id", NULL};
    struct place *place = place_of(node);
    const struct data_node_schema *is = schema_of(node);
    if (!(place->flags & PLACE_HAS_ELEMENTS) || (is && (is->kind != DATA_LIST || !is->keys)))
        return RC_OK;
    const char *const *names = is ? is->keys : guesses;
    size_t count = 0, found = 0;
    while (names[count])
        count++;
    for (size_t i = 0; i < count && (is || found == 0); i++) {
        xmlNode *key = leaf_named(node, names[i]);
        if (!key || place_of(key)->flags & PLACE_KEY)
            continue;
        if (!place->keys &&
            !(place->keys = arena_take(&data->arena, (count + 1) * sizeof(xmlNode *))))
            return RC_LIMIT;
        place_of(key)->flags |= PLACE_KEY;
        place->keys[found++] = key;
    }
    return RC_OK;
}

static bool is_identity(const struct data *data, const xmlNode *node, const char *value)
{
    struct str rest = data_value(node), prefix = {"", 0};
    const char *colon = strchr(value, ':');
    struct str bare = str_of(colon ? colon + 1 : value);
    struct str module = {value, colon ? (size_t)(colon - value) : 0};
    const struct space *space =
        next_prefix(&rest, &prefix) ? space_of_prefix(data, node, prefix) : place_of(node)->space;
    const char *name = space ? space->schema_name ? space->schema_name : space->module : "";
    return str_equal(rest, bare) && (!colon || str_is(module, name));
}

static bool is_value(const struct data *data, const xmlNode *node, const struct schema_node *schema)
{
    const char *value = schema ? schema->is.default_value : NULL;
    if (!value || schema->is.kind != DATA_LEAF)
        return false;
    return schema->is.type == DATA_IDENTITY ? is_identity(data, node, value)
                                            : str_is(data_value(node), value);
}

/* In JSON the modules that values name are nowhere declared. */
static void note_modules(struct builder *b, const xmlNode *node)
{
    const struct data_node_schema *is = schema_of(node);
    struct str rest = data_value(node), prefix;
    if (b->data->json && is && (is->type == DATA_IDENTITY || is->type == DATA_INSTANCE))
        while (next_prefix(&rest, &prefix) && build_module(b, prefix))
            continue;
}

static int settle(struct builder *b, xmlNode *parent)
{
    struct data *data = b->data;
    if (b->flags & DATA_IN_FORCE)
        prune(parent);
    relate(data, parent);
    if (place_of(parent) && find_keys(data, parent))
        return RC_LIMIT;
    for (xmlNode *node = first_element(parent); node; node = next_element(node)) {
        struct place *place = place_of(node);
        place->index = (uint32_t)data->count;
        data->elements[data->count++] = node;
        note_modules(b, node);
        if (place->flags & PLACE_SAID_DEFAULT || is_value(data, node, place->schema) ||
            is_value(data, node, place->own))
            place->flags |= PLACE_DEFAULT;
        if (place->flags & PLACE_HAS_ELEMENTS && settle(b, node))
            return RC_LIMIT;
    }
    return RC_OK;
}

int build_finish(struct builder *b)
{
    struct data *data = b->data;
    data->elements = arena_take(&data->arena, (data->count + 1) * sizeof(xmlNode *));
    data->count = 0;
    if (!data->elements || settle(b, (xmlNode *)data->doc))
        return too_many(b, b->text.len);
    return RC_OK;
}

bool data_says_modules(const struct data *data)
{
    return data->says_modules;
}
