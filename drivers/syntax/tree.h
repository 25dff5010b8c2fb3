/* XML and JSON as one kind of tree, so that keys are found wherever they stand in their element,
 * and one walk reports both. Private to the room. */
#ifndef ROLLCALL_SYNTAX_TREE_H
#define ROLLCALL_SYNTAX_TREE_H

#include "reading.h"

/* Deepest nesting of elements in the text; what is reported may be SYNTAX_MAX_DEPTH deep. */
#define TREE_MAX_NESTING 256

struct node {
    struct node *parent, *child, *last, *next;
    struct str name;  /* without its prefix; empty: the element says nothing by itself */
    struct str value; /* of a leaf */
    const char *from, *to, *head; /* in the text: all of it, and where its opening ends */
    uint32_t number, last_number;
    bool has_value, inactive, attribute;
    bool lifted; /* it is a word of its parent */
};

struct tree {
    struct reading *r;
    struct arena arena;
    struct node root;
    struct node *open; /* innermost element that is not closed */
    unsigned nesting;
};

void tree_start(struct tree *t, struct reading *r);
void tree_free(struct tree *t);

/* Open an element that starts at `from` and whose opening ends at `head`. Positions never go
 * back. RC_LIMIT (with the line) when nested too deep or memory is at its cap. */
int tree_open(struct tree *t, struct str name, const char *from, const char *head);

/* Close the innermost element, which ends at `to`. `value` (NULL: none) is borrowed: a view into
 * the text or memory of the arena. */
void tree_close(struct tree *t, const struct str *value, const char *to);

/* A child of the innermost element that was written as its attribute. */
int tree_attribute(struct tree *t, struct str name, struct str value);

/* Line number of a place in the text, not before the last one asked for. */
uint32_t tree_number(struct tree *t, const char *at);

/* Report everything. */
int tree_report(struct tree *t);

#endif
