/* What is found under one subject, until it is known which of it is raised. Private to this room.
 *
 * A scope is opened at each outermost list entry, and for the leafs outside of lists at each
 * container. Events that yield to others, and several differences that are one event, are settled
 * when it is closed. */
#ifndef ROLLCALL_DIFF_SCOPE_H
#define ROLLCALL_DIFF_SCOPE_H

#include "diff/meaning.h"

/* One node that differs. */
struct difference {
    const struct lysc_node *schema;
    const struct lyd_node *before, *after; /* the node; NULL where it is not in that tree */
    /* Context of conditions: the node or its nearest ancestor in that tree. */
    const struct lyd_node *before_at, *after_at;
    unsigned changes; /* enum change */
};

struct candidate {
    const struct statement *statement;
    int severity;
    struct difference first;
    const struct lyd_node **befores, **afters; /* nodes of all joined differences, NULL: none */
    size_t count, room;
    struct evidence *evidence;
    size_t evidence_count;
    enum { UNSETTLED, RAISED, SILENT } state;
};

struct scope {
    const struct lyd_node *before, *after; /* the entry in each tree, NULL: not there */
    struct candidate *candidates;
    size_t count, room;
};

/* A statement whose conditions hold. */
int scope_add(struct scope *s, const struct statement *st, int severity, const struct difference *d,
    struct error *err);

/* Turn what is left into events. */
int scope_close(struct scope *s, const struct meaning *m, struct events *out, struct error *err);
void scope_free(struct scope *s);

/* Append an event with its sentence; takes before and after. `subject` and `path` are copied. */
int events_append(struct events *events, const struct kind *kind, const char *path,
    const char *subject, json_t *before, json_t *after, struct error *err);

/* Free all but the first `count`. */
void events_cut(struct events *events, size_t count);

#endif
