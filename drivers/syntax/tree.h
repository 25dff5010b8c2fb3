/* XML and JSON as one kind of tree, so that keys are found wherever they stand in their element,
 * and one walk reports both. Private to the room.
 *
 * The tree is never whole: once it has TREE_MOST nodes, all of it is reported and forgotten, the
 * elements that are still open included. A key that comes later than so many other elements of its
 * own element names nothing; memory does not grow with the text. */
#ifndef ROLLCALL_SYNTAX_TREE_H
#define ROLLCALL_SYNTAX_TREE_H

#include "reading.h"

/* Deepest nesting of elements in the text; what is reported may be SYNTAX_MAX_DEPTH deep. */
#define TREE_MAX_NESTING 256

#define TREE_MOST 16384
#define TREE_MOST_ATTRIBUTES 1024 /* of one element */

struct node {
    struct node *child, *next;
    const char *name;  /* without its prefix; empty: the element says nothing by itself */
    const char *value; /* of a leaf */
    uint32_t name_len, value_len;
    uint32_t from, to, head; /* offsets in the text: all of it, and where its opening ends */
    uint32_t number, last_number;
    bool has_value, inactive, attribute;
    bool lifted; /* it is a word of an element around it */
};

/* An element that is not closed. */
struct opened {
    struct node node;
    struct node *last; /* of its children */
    unsigned inner;    /* depth of the lines in it, once it is reported */
    unsigned attributes;
    bool reported;
};

struct tree {
    struct reading *r;
    struct arena names; /* of elements, where they are no views: live as long as the tree */
    struct arena texts; /* values, where they are no views: live as long as their nodes */
    struct node *nodes; /* room for TREE_MOST and the attributes of the elements open then */
    size_t count;
    unsigned nesting;                         /* elements that are open */
    struct opened open[TREE_MAX_NESTING + 1]; /* [0] is around everything */
};

/* RC_NO_MEMORY. Free it all the same. */
int tree_start(struct tree *t, struct reading *r);
void tree_free(struct tree *t);

/* The innermost element that is not closed. */
static inline struct opened *tree_top(struct tree *t)
{
    return &t->open[t->nesting];
}

/* Open an element that starts at `from` and whose opening ends at `head`. Positions never go
 * back. `name` is a view into the text or memory of `names`. RC_LIMIT (with the line) when nested
 * too deep. */
int tree_open(struct tree *t, struct str name, const char *from, const char *head);

/* Close the innermost element, which ends at `to`. `value` (NULL: none) is a view into the text or
 * memory of `texts`, which may be gone afterwards. */
int tree_close(struct tree *t, const struct str *value, const char *to);

/* A child of the innermost element that was written as its attribute; both in the text or
 * `texts`. */
int tree_attribute(struct tree *t, struct str name, struct str value);

/* Line number of a place in the text, not before the last one asked for. */
uint32_t tree_number(struct tree *t, const char *at);

/* Report what has not been yet. */
int tree_report(struct tree *t);

#endif
