/* Values of tree nodes as JSON and as words. Private to this room. */
#ifndef ROLLCALL_DIFF_VALUES_H
#define ROLLCALL_DIFF_VALUES_H

#include "diff/meaning.h"

/* A leaf's value or an entry as an object (RFC 7951, bare names), without what the model keeps
 * private. A private leaf gives the rest of its parent. NULL when memory ran out. */
json_t *value_of(const struct meaning *m, const struct lyd_node *node);

/* All values of the leaf-list that `instance` belongs to. */
json_t *values_of_list(const struct lyd_node *instance);

/* Append a value for people: plain text, escaped; several separated by commas, an object by its
 * first member. Cut when long. */
int value_say(struct buf *out, const json_t *value);

/* Name of an entry for people: its subject leafs or keys, or for a container the names on the way.
 * Not escaped. */
int subject_of(const struct meaning *m, const struct lyd_node *entry, struct buf *out);

/* -1, 0, 1: how `before` compares to `after` (numbers, booleans, enums). NULL is lowest, an absent
 * boolean false. */
int value_compare(const struct lyd_node *before, const struct lyd_node *after);

#endif
