/* Config data as a tree: NETCONF XML or RFC 7951 JSON, from a device or a file.
 *
 * The tree is a libxml2 document in which names are as in RFC 7951: an element has a namespace only
 * where its module is not its parent's, and that namespace is the module's name, not a URI. So an
 * XPath with the modules' names as prefixes, /ietf-system:system/authentication/user, finds the
 * same in XML and in JSON, and is what people are shown. <rpc-reply>, <data> and <config> around it
 * are gone. Input is hostile: no document type, no entity, at most DATA_MAX_DEPTH deep, memory
 * bounded by a multiple of the text. */
#ifndef ROLLCALL_DATA_H
#define ROLLCALL_DATA_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "drivers/data/schema.h"

#define DATA_MAX_DEPTH 128

/* A module and the namespaces that it is written with: `*` stands for any run of characters. A tree
 * without namespaces (a saved file) belongs to the module that has its top element among `roots`.
 */
struct data_module {
    const char *name;
    const char *const *namespaces; /* NULL-terminated */
    const char *const *roots;      /* NULL-terminated */
};

struct data_names {
    const struct data_module *modules;
    size_t count;
};

enum data_flags {
    DATA_IN_FORCE = 1 /* leave out what is there but inactive (Junos), or marked as deleted */
};

struct data;

/* `text` may end with an annotation (below), whose schema then counts when `schema` is NULL.
 * A namespace that neither schema nor `names` know gives the last piece of its URI as the module's
 * name. Errors: RC_FORMAT, RC_LIMIT, with the line. */
int data_parse(struct str text, const struct data_schema *schema, const struct data_names *names,
    unsigned flags, struct data **out, struct error *err);
void data_free(struct data *data); /* wipes what it can: data holds secrets */

/* The top elements are its children, as an XPath's first slash sees them. Only to be read, and to
 * be freed by data_free() alone. */
xmlDoc *data_document(const struct data *data);
const struct data_schema *data_schema_of(const struct data *data); /* NULL: none */
bool data_is_json(const struct data *data);                        /* it was written so */
/* Does the text itself say of any element which module it belongs to? */
bool data_says_modules(const struct data *data);

/* Line of the text where a node begins and ends; 0 when it is no node of the text. */
uint32_t data_line(const xmlNode *node);
uint32_t data_last_line(const xmlNode *node);
size_t data_offset(const xmlNode *element); /* byte of the text where it begins */
/* The innermost element that begins at or around a line, or around a byte of the text. NULL: none.
 */
const xmlNode *data_at_line(const struct data *data, uint32_t line);
const xmlNode *data_at_offset(const struct data *data, size_t offset);
/* Elements in the order of the text, from 0; NULL past the end. */
const xmlNode *data_element(const struct data *data, size_t index);
size_t data_index(const xmlNode *element);
/* An element's text, without the blanks around it; of one with children: empty. */
struct str data_value(const xmlNode *node);
const struct data_node_schema *data_schema_at(const struct data *data, const xmlNode *node);
/* Put `shown` in place of an element's text, which may not be shown. RC_NO_MEMORY. */
int data_hide(struct data *data, const xmlNode *element, struct str shown);
/* Its value is the default that the schema gives it (the one at hand, or that of the annotation),
 * or the device says so (RFC 6243). */
bool data_is_default(const struct data *data, const xmlNode *node);

/* /ietf-system:system/authentication/user[name='bob']. What no schema explains is told apart by its
 * `name` or `id` child where it has one, else, where it repeats, by its value or number. */
int data_path(const struct data *data, const xmlNode *node, struct buf *out);
/* The same without what tells entries apart. */
int data_schema_path(const xmlNode *node, struct buf *out);

enum data_form {
    DATA_XML,  /* one element a line, two blanks a level, namespaces as the device had them */
    DATA_JSON, /* RFC 7951; without a schema repeated names are arrays and values strings */
    DATA_TREE  /* for people: indented names and values, entries by their keys */
};
int data_print(const struct data *data, enum data_form form, struct buf *out, struct error *err);

/* ---- the schema beside the data ----
 * A text may end with the processing instruction <?rollcall-schema ...?>, in which stands the
 * schema (schema.h) of what occurs in it. At the end, so that line numbers are the same with and
 * without it: a collector reads the text before the engine annotates it. */

/* `text` with such an instruction made of `full`, in place of one that it has. Without `full`:
 * without one. What a device sent goes through here before it is believed. Appends. */
int data_annotate(
    struct str text, const struct data_schema *full, struct buf *out, struct error *err);
/* The instruction with its line end, and what is before it; the former is empty when there is none.
 */
struct str data_annotation(struct str text);
struct str data_without_annotation(struct str text);
/* One schema to read two texts with: what the annotation of `newer` says, and where it is silent
 * that of `older`. NULL when neither has one. */
int data_common_schema(
    struct str newer, struct str older, struct data_schema **out, struct error *err);

/* ---- lines, for drivers/syntax ----
 * Each element is a line: its name (with its module where that changes), its keys (see data_path),
 * its value. What has its default value is none, nor are keys, nor is a container without presence
 * in which there is nothing else. Ordered is what the schema says, and, without a schema, what
 * repeats. */
struct data_line_of {
    unsigned depth;
    const struct str *words;
    size_t word_count;
    uint32_t number, last;
    size_t start, end; /* bytes of the text: all of a leaf, the opening of another */
    bool has_value;    /* the last word is its text */
    bool ordered, inactive;
};
int data_walk(
    const struct data *data, int (*line)(void *ctx, const struct data_line_of *line), void *ctx);

#endif
