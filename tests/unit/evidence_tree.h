/* A log in memory, as the store keeps it: each leaf with the nodes that end with it. */
#ifndef ROLLCALL_EVIDENCE_TREE_H
#define ROLLCALL_EVIDENCE_TREE_H

#include <stdio.h>

#include "base/error.h"
#include "evidence/merkle.h"

#define TREE_MOST 80

struct test_log {
    struct merkle_tree tree;
    struct {
        size_t count;
        struct merkle_hash hashes[MERKLE_LEVELS];
    } rows[TREE_MOST];
    struct merkle_hash roots[TREE_MOST + 1]; /* of the first 0, 1, 2, ... leaves */
    int fail_after;                          /* reads until one fails; -1: none does */
};

static void log_add(struct test_log *log, struct str data)
{
    struct merkle_hash leaf;
    merkle_leaf(data, &leaf);
    if (log->tree.size == 0) {
        merkle_tree_root(&log->tree, &log->roots[0]);
        log->fail_after = -1;
    }
    uint64_t at = log->tree.size;
    log->rows[at].count = merkle_append(&log->tree, &leaf, log->rows[at].hashes);
    merkle_tree_root(&log->tree, &log->roots[at + 1]);
}

static inline void log_fill(struct test_log *log, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char data[32];
        int len = snprintf(data, sizeof data, "entry %zu", i);
        log_add(log, (struct str){data, (size_t)len});
    }
}

static int log_read(void *ctx, unsigned level, uint64_t index, struct merkle_hash *out)
{
    struct test_log *log = ctx;
    uint64_t row = merkle_last_leaf(level, index);
    if (log->fail_after == 0)
        return RC_STORE;
    if (log->fail_after > 0)
        log->fail_after--;
    if (row >= log->tree.size || level >= log->rows[row].count)
        return RC_INTEGRITY; /* only complete nodes may be asked for */
    *out = log->rows[row].hashes[level];
    return RC_OK;
}

static inline struct merkle_nodes log_nodes(struct test_log *log)
{
    return (struct merkle_nodes){log_read, log};
}

#endif
