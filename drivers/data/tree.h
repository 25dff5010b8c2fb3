/* Data trees and how they are built. Private to the room. */
#ifndef ROLLCALL_DATA_TREE_H
#define ROLLCALL_DATA_TREE_H

#include <libxml/tree.h>

#include "base/arena.h"
#include "drivers/data/data.h"
#include "drivers/data/schema_private.h"
#include "drivers/data/table.h"

/* A namespace that occurs, or a module's name in JSON. */
struct space {
    const xmlChar *uri;      /* interned; NULL: not known (JSON) */
    const char *module;      /* its name in this tree */
    const char *schema_name; /* in the schema; NULL: unknown there */
    const char *own_name;    /* in the schema of the text's own annotation */
    xmlNs ns;                /* for the elements; named like the module */
    struct space *next;
};

/* The prefixes that are declared around an element. */
struct scope {
    const xmlChar *prefix; /* interned; "" is the default namespace */
    struct space *space;
    const struct scope *outer;
};

/* One name that elements have, so that those of one parent can be told to repeat. */
struct name {
    const xmlChar *text; /* interned */
    struct space *space; /* as written; NULL: none */
    xmlNode *parent;     /* for which `last` counts */
    xmlNode *last;
};

enum place_flags {
    PLACE_INACTIVE = 1,
    PLACE_DELETED = 2, /* operation="delete" or "remove" */
    PLACE_DEFAULT = 4,
    PLACE_SAID_DEFAULT = 8, /* wd:default */
    PLACE_BARE = 16,        /* a JSON number, true or false */
    PLACE_KEY = 32,         /* it is a key of its parent */
    PLACE_HAS_ELEMENTS = 64,
    PLACE_ARRAY = 128 /* it stood in a JSON array */
};

/* What is known of an element, at its _private. */
struct place {
    uint32_t line, last_line;
    uint32_t from, to, head; /* in the text: all of it, and where its opening ends */
    uint32_t index;          /* in the order of the text */
    uint32_t nth;            /* among its sisters of the same name, from 1 */
    uint32_t flags;
    struct name *name;
    struct space *space; /* its module; NULL: none */
    const struct scope *scope;
    const struct schema_node *schema, *own;
    xmlNode *same;  /* next sister of the same name */
    xmlNode **keys; /* children that tell it from its sisters, NULL-terminated; NULL: none */
};

struct data {
    struct arena arena; /* owns all of the tree */
    xmlDict *dict;
    xmlDoc *doc;
    struct data_schema *own; /* of the text's annotation */
    const struct data_schema *schema;
    bool json; /* it was written as JSON: prefixes in values are modules' names */
    bool says_modules;
    struct space *spaces;
    xmlNode **elements;
    size_t count;
};

static inline struct place *place_of(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE ? node->_private : NULL;
}

static inline xmlNode *first_element(const xmlNode *node)
{
    xmlNode *child = node->children;
    while (child && child->type != XML_ELEMENT_NODE)
        child = child->next;
    return child;
}

static inline xmlNode *next_element(const xmlNode *node)
{
    xmlNode *next = node->next;
    while (next && next->type != XML_ELEMENT_NODE)
        next = next->next;
    return next;
}

/* Its schema; NULL when no line of the schema says what it is. */
const struct data_node_schema *schema_of(const xmlNode *node);

/* The module that a prefix in an element's text means; NULL: none. */
const struct space *space_of_prefix(
    const struct data *data, const xmlNode *node, struct str prefix);

/* Name with its module where that changes. Control characters are escaped where `escape`. */
int add_name(const xmlNode *node, bool escape, struct buf *out);

/* The next `prefix:` of `rest` outside of quotes, which moves behind its colon. */
bool next_prefix(struct str *rest, struct str *prefix);

/* What the annotation of a text says; NULL when it has none. */
int data_own_schema(struct str text, struct data_schema **out, struct error *err);

/* ---- building ---- */

struct builder {
    struct data *data;
    const struct data_names *names;
    unsigned flags;
    struct error *err;
    struct str text, rest; /* all of it; what no line was counted of */
    uint32_t number;
    struct table name_table, space_table;
    size_t space_count;
    xmlNode *open; /* innermost element; the document at the top */
    const struct scope *scope;
    size_t start; /* where the first document begins */
    unsigned depth, wrappers;
    const struct scope *around[DATA_MAX_DEPTH]; /* of each open wrapper */
    bool any;                                   /* there was an element, be it a wrapper */
};

int build_start(struct builder *b, struct str text, const struct data_schema *schema,
    const struct data_names *names, unsigned flags, struct error *err);
/* Prune, number, look up; then the tree is whole. */
int build_finish(struct builder *b);
void build_end(struct builder *b); /* frees what only building needs */

/* "line N: ...", for the byte at `offset`, which is not before the last one asked for. */
int build_fail(struct builder *b, enum rc code, size_t offset, const char *what);

struct space *build_space(struct builder *b, const char *uri);           /* NULL: no memory */
struct space *build_module(struct builder *b, struct str name);          /* NULL: no memory */
int build_scope(struct builder *b, const char *prefix, const char *uri); /* for what comes next */

/* Offsets are in the text. `head` is where the opening ends. */
int build_open(struct builder *b, struct str name, struct space *space, size_t from, size_t head);
void build_flag(
    struct builder *b, unsigned flags); /* of the innermost element, none of a wrapper */
int build_text(struct builder *b, struct str text); /* with the blanks around it cut off */
void build_close(struct builder *b, size_t to);

/* The readers. */
int parse_xml(struct builder *b);
int parse_json(struct builder *b);

/* Behind the JSON number at `at`, or NULL. */
const char *json_number_end(const char *at, const char *end);

/* ---- printing ---- */

int print_json(const struct data *data, struct buf *out);

static inline bool repeats(const xmlNode *node)
{
    return place_of(node)->same || place_of(node)->nth > 1;
}

#endif
