/* Mappings, compiled: from nodes of YANG data to entries of the access model. Private to access.
 *
 * Compiled expressions are a reader's, as its tries are; contexts live as long as one part is
 * read. */
#ifndef ROLLCALL_ACCESS_MAP_H
#define ROLLCALL_ACCESS_MAP_H

#include <libxml/xpath.h>

#include "access/gather.h"
#include "drivers/data/data.h"

/* ---- expressions (map_scan.c) ---- */

/* Compiled as it is written, and without the modules' names, for data that names none. */
struct map_xpath_pair {
    xmlXPathCompExpr *with, *without;
};

struct map_path {
    struct map_xpath_pair compiled;
    struct map_path *next;
};

/* An expression, and the paths in it: the nodes that a string or number was made of. */
struct map_expression {
    struct map_xpath_pair compiled;
    struct map_path *sources;
    struct map_expression *all; /* of the reader, for freeing */
};

/* To compile with; any number of expressions, one after the other. NULL: no memory. */
xmlXPathContext *map_compiler_new(void);

/* Its modules are those of `mapping`. `at` is the node of the file to complain about. */
int map_expression_new(struct reader *r, xmlXPathContext *compiler, const struct mapping *mapping,
    const char *text, const struct lyd_node *at, struct map_expression **out, struct error *err);
void map_expressions_free(struct map_expression *all);

/* ---- mappings (map_compile.c) ---- */

struct map_set { /* NODE = XPATH */
    struct target *target;
    const struct map_expression *value;
    struct map_set *next;
};

struct map_into {
    const struct map_expression *where;
    struct map_set *sets;
    struct map_into *next;
};

struct map_where {
    const struct map_expression *where;
    struct map_where *next;
};

struct map_entry {
    struct rule rule; /* what gather wants to know: section, attach, priority */
    const struct map_expression *where;
    struct map_set *sets, *defaults;
    struct map_into *intos;
    struct map_where *passes;
    bool strict;
    struct map_entry *next;
};

struct mapping {
    const char *name;
    unsigned rank; /* place among the platform's mappings, from 1 */
    const struct data_module *modules;
    size_t module_count;
    struct map_entry *entries;
    struct map_where *hidden, *watched;
};

/* Mappings of the reader's platform. */
int mappings_compile(struct reader *r, struct error *err);

/* ---- what became of nodes (map_marks.c) ---- */

enum mark {
    MARK_TAKEN = 1,  /* an expression took it */
    MARK_HOLDS = 2,  /* one took something in it */
    MARK_PASSED = 4, /* it is known to mean nothing, with all that is in it */
    MARK_SECRET = 8  /* its text is a secret */
};

struct marks {
    const xmlNode **nodes; /* open addressing */
    unsigned char *flags;
    size_t count, room;
};

int marks_add(struct marks *m, const xmlNode *node, unsigned flags);
unsigned marks_of(const struct marks *m, const xmlNode *node);
void marks_free(struct marks *m);

/* ---- evaluation (map_xpath.c) ---- */

struct map_xpath;

/* A context for the document, with the modules of all mappings as prefixes. `bare`: its data names
 * no modules. */
int map_xpath_new(
    const struct reader *r, const struct data *data, bool bare, struct map_xpath **out);
void map_xpath_free(struct map_xpath *x);

struct map_value {
    struct str text;
    const xmlNode *node; /* that it is the text of; NULL: it was computed */
};

/* What an expression gives. Valid until map_values_free(). */
struct map_values {
    struct map_value *at;
    size_t count, room;
    xmlXPathObject *object;
};

/* What it gives at `node` (NULL: the document). RC_LIMIT: it took too long; RC_SETTINGS: it cannot
 * be evaluated; RC_NO_MEMORY. */
int map_values(struct map_xpath *x, const struct map_expression *e, const xmlNode *node,
    struct map_values *out, struct error *err);
void map_values_free(struct map_values *values);

/* Nodes that an expression selects; `out` is freed with xmlXPathFreeObject(). */
int map_nodes(struct map_xpath *x, const struct map_xpath_pair *compiled, const xmlNode *node,
    xmlXPathObject **out, struct error *err);

/* Text of an element without elements in it, or of an attribute; false: it is no such node. */
bool map_text(const xmlNode *node, struct str *text);

/* ---- reading (map_read.c, map_unread.c) ---- */

struct map_run {
    struct gather *g;
    const struct lyd_node *syntax; /* the entry of the profile */
    struct data *data;
    bool bare; /* it names no modules */
    struct map_xpath *xpath;
    struct marks marks;
    const xmlNode **strict; /* nodes in which everything must be taken */
    size_t strict_count, strict_room;
    size_t found;  /* entries, by the mapping at hand */
    bool *applied; /* which mappings have something to read, by rank - 1 */
    bool known;    /* a mapping applies, or there is a config inside that rules read */
    struct error *err;
};

/* Read a part of shape `data`. */
int map_part(struct gather *g, const struct lyd_node *syntax, const char *part, struct str text,
    struct error *err);

/* Report what no expression took, and data that no mapping knows at all. When secrets are asked for
 * (gather.secret), what is not understood in an account is marked as one. */
int map_report_unread(struct map_run *run);

/* Report a node, named by its path without secrets. */
int map_unread(struct map_run *run, const xmlNode *node);

#endif
