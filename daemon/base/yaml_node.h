/* Private to yaml*.c: a YAML document as it was written, before any schema. */
#ifndef ROLLCALL_BASE_YAML_NODE_H
#define ROLLCALL_BASE_YAML_NODE_H

#include <libyang/libyang.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#define YAML_MAX_BYTES ((size_t)32 << 20)
#define YAML_MAX_NODES ((size_t)2 << 20)
#define YAML_MAX_DEPTH 32

/* Bytes of the file that no error may show: values whose key sounds like a secret. */
struct yaml_hidden {
    size_t start, end;
    struct yaml_hidden *next;
};

/* Everything that lives as long as a document; its own first allocation. */
struct yaml_source {
    const char *file;
    struct str text;
    struct arena arena;
    struct yaml_hidden *hidden;
};

/* A place; line and column count from 1, a column is a code point. */
struct yaml_mark {
    struct yaml_source *source;
    size_t offset;
    unsigned line, column;
};

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    bool plain;  /* scalar without quotes: may mean null */
    bool hidden; /* a secret: errors must not quote it */
    char *text;  /* scalar, NUL behind it */
    size_t end;  /* scalar: offset behind it */
    struct yaml_mark mark;
    struct yaml_node *key; /* in a mapping: the scalar in front of the colon */
    struct yaml_node *first, *last, *next;
};

/* A copy of file name and text, wiped by yaml_source_free(). NULL when there is no memory. */
struct yaml_source *yaml_source_new(const char *file, struct str text);
void yaml_source_free(struct yaml_source *source);

/* Read the one document of `source`; `root` is NULL when it is empty. Refuses what has no place in
 * a data file: anchors, aliases, tags, keys that are no scalars, duplicate keys. */
int yaml_read(struct yaml_source *source, struct yaml_node **root, struct error *err);

/* A plain scalar that says nothing: empty, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);

/* RC_SETTINGS with place, text, source line and caret. */
int yaml_mistake(const struct yaml_mark *mark, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Keep a scalar's value out of everything that is shown. */
void yaml_hide(struct yaml_node *node);
/* Does a key of this name carry a secret? */
bool yaml_key_is_secret(const char *key, size_t len);

/* Nearest of these to a mistyped word, and the list of them, as the tail of a sentence:
 * `; did you mean "x"?` or `; known here: a, b`. */
const char *yaml_advice(
    const char *word, const char *const *words, size_t count, char *out, size_t size);

/* Check and create a leaf or an instance of a leaf-list. */
int yaml_term(struct lyd_node *parent, const struct lysc_node *schema, struct yaml_node *value,
    struct error *err);
/* RC_SETTINGS when `value` can be no scalar of the leaf, whatever its text. */
int yaml_check_shape(
    const struct lysc_node *schema, const struct yaml_node *value, struct error *err);
/* Asked when libyang refused a value: RC_SETTINGS with what the leaf's type takes. */
int yaml_check_value(
    const struct lysc_node *schema, const struct yaml_node *value, struct error *err);
/* The value as libyang wants it: yes and no are booleans to people. */
const char *yaml_value_text(const struct lysc_node *schema, const struct yaml_node *value);

/* Defaults, mandatory, must, when, leafref, unique: libyang's complaint becomes one about the file.
 */
int yaml_validate(struct lyd_node *tree, struct error *err);

#endif
