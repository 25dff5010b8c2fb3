/* What the models and the catalogue say, compiled for the walk. Private to this room. */
#ifndef ROLLCALL_DIFF_MEANING_H
#define ROLLCALL_DIFF_MEANING_H

#define HASH_NONFATAL_OOM 1 /* uthash would exit(): look whether hh.tbl is set instead */

#include <libyang/libyang.h>
#include <uthash.h>

#include "base/arena.h"
#include "diff/diff.h"

enum change {
    CHANGE_CREATE = 1 << 0,
    CHANGE_DELETE = 1 << 1,
    CHANGE_VALUE = 1 << 2,
    CHANGE_RAISE = 1 << 3,
    CHANGE_LOWER = 1 << 4,
    CHANGE_ADD = 1 << 5,
    CHANGE_REMOVE = 1 << 6,
    CHANGE_REORDER = 1 << 7,
    CHANGE_CLEAR = 1 << 8,
    CHANGE_FIRST = 1 << 9,
};

/* One event of the catalogue. */
struct kind {
    const char *id;
    int severity;
    const char *says;
    const char *const *attack; /* NULL-terminated */
    const char *const *controls;
    const struct kind **yields; /* all that any of its statements yields to, for the check */
    size_t yield_count;
    unsigned char visited; /* of the search for circles */
    UT_hash_handle hh;
};

struct condition {
    bool after; /* tree it is asked in */
    const char *xpath;
};

struct conditions {
    struct condition *at;
    size_t count;
};

/* Leafs that refer to entries by key, for re:used-by. The walk keeps one index for each. */
struct users {
    const char *paths;
    const struct lysc_node **leafs;
    size_t leaf_count;
    size_t number; /* of the index, from 0 */
};

/* One re:event statement. */
struct statement {
    const struct kind *kind;
    unsigned on; /* enum change, several */
    bool within;
    const char *value; /* NULL: any */
    struct conditions conditions;
    const struct users *used_by; /* NULL: whoever uses it */
    const struct kind **yields;
    size_t yield_count;
    int plus; /* 0: nothing */
    struct conditions plus_conditions;
};

/* What is said of one schema node. */
struct node_meaning {
    const struct lysc_node *node;
    struct statement *statements; /* in the order written */
    size_t count;
    const char *const *subject; /* names of leafs, NULL-terminated; NULL: the keys */
    bool is_private;
    UT_hash_handle hh;
};

struct meaning {
    const struct ly_ctx *ctx;
    struct arena arena;
    struct kind *kinds;         /* hash by id */
    struct node_meaning *nodes; /* hash by node */
    struct users **users;
    size_t users_count;
};

/* Read the catalogue into m->kinds. */
int catalogue_read(struct meaning *m, const char *file, struct str text, struct error *err);

struct kind *kind_find(const struct meaning *m, const char *id);

/* NULL when nothing is said of it. */
const struct node_meaning *meaning_of(const struct meaning *m, const struct lysc_node *node);

#endif
