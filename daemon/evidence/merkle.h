/* The tree of RFC 6962 and RFC 9162 over SHA-256: appending, roots, proofs and their checks.
 *
 * A node has a level (0: leaves) and an index in it; a complete node (level, index) covers the
 * leaves index << level up to (index + 1) << level, and never changes again. It came to be when its
 * last leaf was appended: that is how a log keeps nodes beside its entries. Nothing here allocates,
 * and every number of leaves up to 2^63 is fine. */
#ifndef ROLLCALL_EVIDENCE_MERKLE_H
#define ROLLCALL_EVIDENCE_MERKLE_H

#include "base/text.h"

#include <stdint.h>

#define MERKLE_BYTES 32
#define MERKLE_LEVELS 64 /* of the largest tree */
#define MERKLE_HEX_SIZE (2 * MERKLE_BYTES + 1)

struct merkle_hash {
    unsigned char bytes[MERKLE_BYTES];
};

/* SHA-256(0x00 || data). */
void merkle_leaf(struct str data, struct merkle_hash *out);
/* The same of data in two pieces. */
void merkle_leaf_of(struct str first, struct str second, struct merkle_hash *out);
/* SHA-256(0x01 || left || right). `out` may be one of them. */
void merkle_node(
    const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out);
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* Lower-case hex. Parsing takes exactly that. */
const char *merkle_hex(const struct merkle_hash *hash, char out[MERKLE_HEX_SIZE]);
bool merkle_from_hex(struct str hex, struct merkle_hash *out);

/* ---- a tree that grows ---- */

/* `whole[level]` is set where `size` has that bit: the complete nodes at the right edge.
 * Zero-initialised it is the empty tree. */
struct merkle_tree {
    uint64_t size;
    struct merkle_hash whole[MERKLE_LEVELS];
};

/* Append one leaf. `made` (may be NULL) gets the complete nodes that end with it: the leaf itself,
 * then level 1, 2, ...: as many as the new size has trailing zero bits, and one. Returns their
 * number. */
size_t merkle_append(struct merkle_tree *tree, const struct merkle_hash *leaf,
    struct merkle_hash made[MERKLE_LEVELS]);
/* Of the empty tree: SHA-256 of nothing. */
void merkle_tree_root(const struct merkle_tree *tree, struct merkle_hash *root);

/* ---- reading nodes from where they are kept ---- */

/* Reads complete nodes only. Returns 0, or a negative rc that the caller is given. */
struct merkle_nodes {
    int (*read)(void *ctx, unsigned level, uint64_t index, struct merkle_hash *out);
    void *ctx;
};

/* The leaf with which a complete node came to be: its last one. */
static inline uint64_t merkle_last_leaf(unsigned level, uint64_t index)
{
    return (index << level) + ((uint64_t)1 << level) - 1;
}

/* The tree of the first `size` leaves, to go on appending. */
int merkle_load(const struct merkle_nodes *nodes, uint64_t size, struct merkle_tree *tree);
int merkle_root(const struct merkle_nodes *nodes, uint64_t size, struct merkle_hash *root);

/* ---- proofs ---- */

#define MERKLE_PROOF_MOST (MERKLE_LEVELS + 1)

struct proof {
    size_t count;
    struct merkle_hash hashes[MERKLE_PROOF_MOST]; /* from the leaves up */
};

/* That leaf `index` is in the tree of `size` leaves; index < size, otherwise RC_NOT_FOUND. */
int merkle_prove_inclusion(
    const struct merkle_nodes *nodes, uint64_t index, uint64_t size, struct proof *out);
/* That the tree of `size` leaves begins with the `old` leaves of a tree before; old <= size,
 * otherwise RC_NOT_FOUND. Empty for old == size and for old == 0: everything begins with nothing.
 */
int merkle_prove_consistency(
    const struct merkle_nodes *nodes, uint64_t old, uint64_t size, struct proof *out);

/* The root that follows from a leaf and its proof. False when the proof has not the length that
 * `index` and `size` ask for. */
bool merkle_root_by_proof(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
    const struct proof *proof, struct merkle_hash *root);
bool merkle_check_inclusion(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
    const struct proof *proof, const struct merkle_hash *root);
bool merkle_check_consistency(uint64_t old, const struct merkle_hash *old_root, uint64_t size,
    const struct merkle_hash *root, const struct proof *proof);

#endif
