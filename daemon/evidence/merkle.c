/* Appending, roots, proofs and their checks. */
#include "evidence/merkle.h"

#include <sodium.h>

#include "base/error.h"

static void sha256_of(
    const unsigned char *prefix, struct str first, struct str second, struct merkle_hash *out)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, prefix, 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)first.at, first.len);
    crypto_hash_sha256_update(&state, (const unsigned char *)second.at, second.len);
    crypto_hash_sha256_final(&state, out->bytes);
}

void merkle_leaf_of(struct str first, struct str second, struct merkle_hash *out)
{
    sha256_of((const unsigned char *)"\0", first, second, out);
}

void merkle_leaf(struct str data, struct merkle_hash *out)
{
    merkle_leaf_of(data, STR(""), out);
}

static struct str bytes_of(const struct merkle_hash *hash)
{
    return (struct str){(const char *)hash->bytes, MERKLE_BYTES};
}

void merkle_node(
    const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out)
{
    sha256_of((const unsigned char *)"\1", bytes_of(left), bytes_of(right), out);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, MERKLE_BYTES) == 0;
}

const char *merkle_hex(const struct merkle_hash *hash, char out[MERKLE_HEX_SIZE])
{
    return sodium_bin2hex(out, MERKLE_HEX_SIZE, hash->bytes, MERKLE_BYTES);
}

bool merkle_from_hex(struct str hex, struct merkle_hash *out)
{
    char again[MERKLE_HEX_SIZE];
    return hex.len == MERKLE_HEX_SIZE - 1 &&
           sodium_hex2bin(out->bytes, MERKLE_BYTES, hex.at, hex.len, NULL, NULL, NULL) == 0 &&
           memcmp(merkle_hex(out, again), hex.at, hex.len) == 0;
}

/* ---- a tree that grows ---- */

static bool has(uint64_t size, unsigned level)
{
    return size >> level & 1;
}

size_t merkle_append(struct merkle_tree *tree, const struct merkle_hash *leaf,
    struct merkle_hash made[MERKLE_LEVELS])
{
    struct merkle_hash node = *leaf;
    unsigned level = 0;
    if (made)
        made[0] = node;
    for (; has(tree->size, level); level++) {
        merkle_node(&tree->whole[level], &node, &node);
        if (made)
            made[level + 1] = node;
    }
    tree->whole[level] = node;
    tree->size++;
    return level + 1;
}

/* The small nodes at the right join first. */
void merkle_tree_root(const struct merkle_tree *tree, struct merkle_hash *root)
{
    bool any = false;
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        if (!has(tree->size, level))
            continue;
        if (any)
            merkle_node(&tree->whole[level], root, root);
        else
            *root = tree->whole[level];
        any = true;
    }
    if (!any)
        crypto_hash_sha256(root->bytes, NULL, 0);
}

/* ---- reading nodes ---- */

/* The tree of the `count` leaves from `first`, which is a multiple of a power of two that is not
 * smaller than `count`: so each of its complete nodes is one of the whole tree. */
static int load_range(
    const struct merkle_nodes *nodes, uint64_t first, uint64_t count, struct merkle_tree *tree)
{
    tree->size = count;
    for (unsigned level = MERKLE_LEVELS; level-- > 0;) {
        if (!has(count, level))
            continue;
        int rc = nodes->read(nodes->ctx, level, first >> level, &tree->whole[level]);
        if (rc)
            return rc;
        first += (uint64_t)1 << level;
    }
    return RC_OK;
}

static int range_root(
    const struct merkle_nodes *nodes, uint64_t first, uint64_t count, struct merkle_hash *root)
{
    struct merkle_tree tree;
    int rc = load_range(nodes, first, count, &tree);
    if (!rc)
        merkle_tree_root(&tree, root);
    return rc;
}

int merkle_load(const struct merkle_nodes *nodes, uint64_t size, struct merkle_tree *tree)
{
    return load_range(nodes, 0, size, tree);
}

int merkle_root(const struct merkle_nodes *nodes, uint64_t size, struct merkle_hash *root)
{
    return range_root(nodes, 0, size, root);
}

/* ---- proofs ---- */

/* Where a tree of `count` > 1 leaves splits: the largest power of two below `count`. */
static uint64_t split(uint64_t count)
{
    return (uint64_t)1 << (63 - __builtin_clzll(count - 1));
}

/* Proofs are made from the root down, and written from the leaves up. */
static void turn_round(struct proof *proof)
{
    for (size_t i = 0, j = proof->count; i + 1 < j; i++) {
        struct merkle_hash moved = proof->hashes[i];
        proof->hashes[i] = proof->hashes[--j];
        proof->hashes[j] = moved;
    }
}

static int add_range(
    const struct merkle_nodes *nodes, uint64_t first, uint64_t count, struct proof *out)
{
    return range_root(nodes, first, count, &out->hashes[out->count++]);
}

int merkle_prove_inclusion(
    const struct merkle_nodes *nodes, uint64_t index, uint64_t size, struct proof *out)
{
    out->count = 0;
    if (index >= size)
        return RC_NOT_FOUND;
    uint64_t first = 0, count = size;
    while (count > 1) {
        uint64_t k = split(count);
        bool left = index - first < k;
        int rc =
            left ? add_range(nodes, first + k, count - k, out) : add_range(nodes, first, k, out);
        if (rc)
            return rc;
        first += left ? 0 : k;
        count = left ? k : count - k;
    }
    turn_round(out);
    return RC_OK;
}

int merkle_prove_consistency(
    const struct merkle_nodes *nodes, uint64_t old, uint64_t size, struct proof *out)
{
    out->count = 0;
    if (old > size)
        return RC_NOT_FOUND;
    if (old == 0)
        return RC_OK;
    uint64_t first = 0, count = size;
    while (old - first != count) {
        uint64_t k = split(count);
        bool left = old - first <= k;
        int rc =
            left ? add_range(nodes, first + k, count - k, out) : add_range(nodes, first, k, out);
        if (rc)
            return rc;
        first += left ? 0 : k;
        count = left ? k : count - k;
    }
    /* the old tree's last node, unless it is the old tree: its root is known to who checks */
    int rc = first > 0 ? add_range(nodes, first, count, out) : RC_OK;
    turn_round(out);
    return rc;
}

/* ---- checks (RFC 9162, sections 2.1.3.2 and 2.1.4.2) ---- */

/* Where a node stands in its level, and where the last one of that level stands. */
struct place {
    uint64_t node, last;
};

static void go_up(struct place *at)
{
    at->node >>= 1;
    at->last >>= 1;
}

/* Whether the next node of the proof stands left of ours. Moves to the level where they meet: a
 * last node without a partner is carried up as it is. */
static bool partner_is_left(struct place *at)
{
    bool left = (at->node & 1) || at->node == at->last;
    if (left)
        while (!(at->node & 1) && at->node)
            go_up(at);
    go_up(at);
    return left;
}

bool merkle_root_by_proof(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
    const struct proof *proof, struct merkle_hash *root)
{
    if (index >= size)
        return false;
    struct place at = {index, size - 1};
    *root = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (at.last == 0)
            return false;
        if (partner_is_left(&at))
            merkle_node(&proof->hashes[i], root, root);
        else
            merkle_node(root, &proof->hashes[i], root);
    }
    return at.last == 0;
}

bool merkle_check_inclusion(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
    const struct proof *proof, const struct merkle_hash *root)
{
    struct merkle_hash got;
    return merkle_root_by_proof(leaf, index, size, proof, &got) && merkle_equal(&got, root);
}

bool merkle_check_consistency(uint64_t old, const struct merkle_hash *old_root, uint64_t size,
    const struct merkle_hash *root, const struct proof *proof)
{
    if (old > size)
        return false;
    if (old == size)
        return proof->count == 0 && merkle_equal(old_root, root);
    if (old == 0) {
        struct merkle_hash nothing;
        merkle_tree_root(&(struct merkle_tree){0}, &nothing);
        return proof->count == 0 && merkle_equal(old_root, &nothing);
    }
    struct place at = {old - 1, size - 1};
    while (at.node & 1)
        go_up(&at);
    /* a complete old tree is itself the node to begin with */
    bool whole = at.node == 0;
    if (!whole && proof->count == 0)
        return false;
    struct merkle_hash before = whole ? *old_root : proof->hashes[0], after = before;
    for (size_t i = whole ? 0 : 1; i < proof->count; i++) {
        if (at.last == 0)
            return false;
        if (partner_is_left(&at)) {
            merkle_node(&proof->hashes[i], &before, &before);
            merkle_node(&proof->hashes[i], &after, &after);
        } else {
            merkle_node(&after, &proof->hashes[i], &after);
        }
    }
    return at.last == 0 && merkle_equal(&before, old_root) && merkle_equal(&after, root);
}
