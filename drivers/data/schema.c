#include "drivers/data/schema.h"

#include <ctype.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "drivers/data/data.h"
#include "drivers/data/schema_private.h"
#include "drivers/data/table.h"

struct schema_module {
    const char *name, *name_space;
    struct str line;
    struct schema_module *next;
};

/* A node's key in the table is its parent and its step as it is written in paths. */
struct data_schema {
    struct arena arena;
    xmlDict *steps;
    struct table nodes;
    struct schema_module *modules, *last_module;
    size_t node_count, module_count;
    struct schema_node **all; /* in the order of the text */
    size_t room;
};

/* Texts that one schema may have: a vendor's whole set has some ten megabytes. */
enum { TEXT_MOST = 256 << 20, STEP_MOST = 1024, MODULES_MOST = 20000 };

static const struct {
    const char *name;
    enum data_kind kind;
} kinds[] = {{"container", DATA_CONTAINER}, {"list", DATA_LIST}, {"leaf-list", DATA_LEAF_LIST},
    {"leaf", DATA_LEAF}, {"anydata", DATA_ANYDATA}};

static const char *const types[] = {
    [DATA_STRING] = "string",
    [DATA_NUMBER] = "number",
    [DATA_BOOLEAN] = "boolean",
    [DATA_EMPTY] = "empty",
    [DATA_IDENTITY] = "identity",
    [DATA_INSTANCE] = "instance",
    [DATA_UNION] = "union",
};
enum { TYPES = sizeof types / sizeof *types };

/* ---- nodes ---- */

static struct schema_node *find_step(
    const struct data_schema *s, const struct schema_node *parent, struct str step)
{
    if (step.len > STEP_MOST)
        return NULL;
    const xmlChar *known = xmlDictExists(s->steps, (const xmlChar *)step.at, (int)step.len);
    return known ? table_find(&s->nodes, parent, known) : NULL;
}

static struct schema_node *add_step(
    struct data_schema *s, const struct schema_node *parent, struct str step)
{
    const xmlChar *key = xmlDictLookup(s->steps, (const xmlChar *)step.at, (int)step.len);
    struct schema_node *node = key ? arena_take(&s->arena, sizeof *node) : NULL;
    return node && table_put(&s->nodes, parent, key, node) == RC_OK ? node : NULL;
}

struct schema_node *schema_child(const struct data_schema *schema, const struct schema_node *parent,
    const char *module, const char *name)
{
    char step[STEP_MOST];
    int len = module ? snprintf(step, sizeof step, "%s:%s", module, name)
                     : snprintf(step, sizeof step, "%s", name);
    return len > 0 && len < (int)sizeof step
               ? find_step(schema, parent, (struct str){step, (size_t)len})
               : NULL;
}

/* Cut the first step off a path. */
static bool take_step(struct str *path, struct str *step)
{
    if (path->len < 2 || path->at[0] != '/')
        return false;
    const char *slash = memchr(path->at + 1, '/', path->len - 1);
    size_t len = slash ? (size_t)(slash - path->at) : path->len;
    *step = (struct str){path->at + 1, len - 1};
    *path = (struct str){path->at + len, path->len - len};
    return step->len > 0;
}

const struct data_node_schema *data_schema_find(const struct data_schema *schema, struct str path)
{
    const struct schema_node *node = NULL;
    struct str step;
    if (!schema || path.len == 0)
        return NULL;
    while (path.len > 0)
        if (!take_step(&path, &step) || !(node = find_step(schema, node, step)))
            return NULL;
    return node->is.kind == DATA_UNKNOWN ? NULL : &node->is;
}

const char *data_schema_module(const struct data_schema *schema, const char *name_space)
{
    for (const struct schema_module *m = schema ? schema->modules : NULL; m; m = m->next)
        if (strcmp(m->name_space, name_space) == 0)
            return m->name;
    return NULL;
}

const char *data_schema_namespace(const struct data_schema *schema, const char *module)
{
    for (const struct schema_module *m = schema ? schema->modules : NULL; m; m = m->next)
        if (strcmp(m->name, module) == 0)
            return m->name_space;
    return NULL;
}

/* ---- reading ---- */

struct line_error {
    struct error *err;
    uint32_t number;
};

static int fail(struct line_error *e, enum rc code, const char *what)
{
    char place[32];
    snprintf(place, sizeof place, "schema line %u", e->number);
    return error_at(e->err, code, place, "%s", what);
}

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A copy without its escapes; a NUL ends it, as none can be part of YANG text. */
static char *unescape(struct data_schema *s, struct str text)
{
    char *copy = arena_dup(&s->arena, text);
    size_t len = 0;
    for (size_t i = 0; copy && i < text.len; i++) {
        int high = -1, low = -1;
        if (text.at[i] == '\\' && i + 2 < text.len) {
            high = hex_digit(text.at[i + 1]);
            low = hex_digit(text.at[i + 2]);
        }
        copy[len++] = high >= 0 && low >= 0 ? (char)(high * 16 + low) : text.at[i];
        i += high >= 0 && low >= 0 ? 2 : 0;
    }
    if (copy)
        copy[len] = '\0';
    return copy;
}

/* As in YANG (RFC 7950 §6.2). */
static bool is_identifier(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.at[i]) && !memchr("-._", name.at[i], 3))
            return false;
    return name.len > 0 && (isalpha((unsigned char)name.at[0]) || name.at[0] == '_');
}

static int read_module(
    struct data_schema *s, struct str line, struct str rest, struct line_error *e)
{
    struct str name, space;
    if (!str_next_word(&rest, &name) || !is_identifier(name) || !str_next_word(&rest, &space))
        return fail(e, RC_FORMAT, "expected: module NAME NAMESPACE");
    struct schema_module *m = arena_take(&s->arena, sizeof *m);
    if (!m)
        return fail(e, RC_LIMIT, "too many modules");
    *m = (struct schema_module){
        .name = arena_dup(&s->arena, name), .name_space = unescape(s, space), .line = line};
    if (!m->name || !m->name_space)
        return fail(e, RC_LIMIT, "too many modules");
    if (s->last_module)
        s->last_module->next = m;
    else
        s->modules = m;
    s->last_module = m;
    return ++s->module_count <= MODULES_MOST ? RC_OK : fail(e, RC_LIMIT, "too many modules");
}

static int read_keys(
    struct data_schema *s, struct data_node_schema *is, struct str rest, struct line_error *e)
{
    struct str word, count_from = rest;
    size_t count = 0, at = 0;
    while (str_next_word(&count_from, &word))
        count++;
    const char **keys = arena_take(&s->arena, (count + 1) * sizeof *keys);
    if (!keys)
        return fail(e, RC_LIMIT, "too many keys");
    is->keys = keys;
    while (str_next_word(&rest, &word)) {
        struct str more = rest, next;
        if (at > 0 && str_is(word, "ordered") && !str_next_word(&more, &next))
            is->ordered = true;
        else if (!(keys[at++] = arena_dup(&s->arena, word)))
            return fail(e, RC_LIMIT, "too many keys");
    }
    return at ? RC_OK : fail(e, RC_FORMAT, "expected keys");
}

static int read_type(struct data_node_schema *is, struct str *rest, struct line_error *e)
{
    struct str word;
    if (str_next_word(rest, &word))
        for (size_t i = 0; i < TYPES; i++)
            if (str_is(word, types[i])) {
                is->type = (enum data_type)i;
                return RC_OK;
            }
    return fail(e, RC_FORMAT, "expected a type");
}

static int read_flags(
    struct data_schema *s, struct data_node_schema *is, struct str rest, struct line_error *e)
{
    struct str word;
    while (str_next_word(&rest, &word)) {
        if (str_is(word, "key") && is->kind == DATA_LIST)
            return read_keys(s, is, rest, e);
        if (str_is(word, "default") && is->kind == DATA_LEAF) {
            if (rest.len > 0)
                rest = (struct str){rest.at + 1, rest.len - 1};
            is->default_value = unescape(s, rest);
            return is->default_value ? RC_OK : fail(e, RC_LIMIT, "too many defaults");
        }
        if (str_is(word, "ordered"))
            is->ordered = true;
        else if (str_is(word, "secret"))
            is->secret = true;
        else if (str_is(word, "presence"))
            is->presence = true;
        else
            return fail(e, RC_FORMAT, "unknown word");
    }
    return RC_OK;
}

static int note(struct data_schema *s, struct schema_node *node)
{
    if (s->node_count == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        struct schema_node **grown = realloc(s->all, room * sizeof(struct schema_node *));
        if (!grown)
            return RC_NO_MEMORY;
        s->all = grown;
        s->room = room;
    }
    s->all[s->node_count++] = node;
    return RC_OK;
}

static int read_node(
    struct data_schema *s, struct str line, struct str path, struct str rest, struct line_error *e)
{
    struct schema_node *node = NULL;
    struct str step, word;
    struct data_node_schema is = {0};
    for (size_t depth = 0; path.len > 0; depth++) {
        if (!take_step(&path, &step) || step.len > STEP_MOST || depth >= DATA_MAX_DEPTH)
            return fail(e, RC_FORMAT, "expected a path");
        struct schema_node *inner = find_step(s, node, step);
        if (!(node = inner ? inner : add_step(s, node, step)))
            return fail(e, RC_LIMIT, "too many nodes");
    }
    if (node->is.kind != DATA_UNKNOWN)
        return RC_OK; /* said before */
    bool known = str_next_word(&rest, &word);
    for (size_t i = 0; known && i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(word, kinds[i].name))
            is.kind = kinds[i].kind;
    if (is.kind == DATA_UNKNOWN)
        return fail(e, RC_FORMAT, "expected container, list, leaf-list, leaf or anydata");
    int rc = RC_OK;
    if (is.kind == DATA_LEAF || is.kind == DATA_LEAF_LIST)
        rc = read_type(&is, &rest, e);
    rc = rc ? rc : read_flags(s, &is, rest, e);
    if (!rc && note(s, node))
        rc = fail(e, RC_NO_MEMORY, "out of memory");
    if (!rc) {
        node->is = is;
        node->line = line;
    }
    return rc;
}

static int read_lines(struct data_schema *s, struct str text, struct error *err)
{
    struct line_error e = {err, 0};
    struct str line;
    int rc = RC_OK;
    while (!rc && str_next_line(&text, &line)) {
        struct str rest = line, first;
        e.number++;
        if (!str_next_word(&rest, &first))
            continue;
        if (str_is(first, "module"))
            rc = read_module(s, line, rest, &e);
        else if (first.at[0] == '/')
            rc = read_node(s, line, first, rest, &e);
        else
            rc = fail(&e, RC_FORMAT, "expected a path or a module");
    }
    return rc;
}

int data_schema_parse(struct str text, struct data_schema **out, struct error *err)
{
    if (text.len > TEXT_MOST)
        return error_set(err, RC_LIMIT, "the schema is larger than 256 MiB");
    struct data_schema *s = calloc(1, sizeof *s);
    if (!s || !(s->steps = xmlDictCreate())) {
        free(s);
        return error_set(err, RC_NO_MEMORY, "no memory for a schema");
    }
    s->arena.cap = (size_t)2 << 30;
    struct str copy = {arena_dup(&s->arena, text), text.len};
    int rc =
        copy.at ? read_lines(s, copy, err) : error_set(err, RC_NO_MEMORY, "no memory for a schema");
    if (rc) {
        data_schema_free(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

void data_schema_free(struct data_schema *schema)
{
    if (!schema)
        return;
    table_free(&schema->nodes);
    xmlDictFree(schema->steps);
    arena_free(&schema->arena);
    free(schema->all);
    free(schema);
}

/* ---- writing ---- */

static int by_bytes(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

int schema_print_some(const struct data_schema *schema, const struct table *marked,
    bool (*uses)(void *ctx, const char *name_space), void *ctx, struct buf *out)
{
    size_t count = 0;
    int rc = RC_OK;
    struct str *lines = calloc(schema->node_count + schema->module_count + 1, sizeof *lines);
    if (!lines)
        return RC_NO_MEMORY;
    for (const struct schema_module *m = schema->modules; m; m = m->next)
        if (uses(ctx, m->name_space))
            lines[count++] = m->line;
    for (size_t i = 0; i < schema->node_count; i++)
        if (table_find(marked, schema->all[i], NULL))
            lines[count++] = schema->all[i]->line;
    qsort(lines, count, sizeof *lines, by_bytes);
    for (size_t i = 0; !rc && i < count; i++) {
        if (i && str_equal(lines[i], lines[i - 1]))
            continue;
        rc = buf_add_str(out, lines[i]);
        rc = rc ? rc : buf_add_char(out, '\n');
    }
    free(lines);
    return rc;
}
