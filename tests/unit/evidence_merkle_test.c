/* rooms: evidence base */
#include "test.h"

#include "evidence_tree.h"

#define MOST 70

/* ---- the leaves, roots and proofs that implementations of RFC 6962 are commonly held against ----
 */

static const struct str known_leaves[] = {{"", 0}, {"\x00", sizeof("\x00") - 1},
    {"\x10", sizeof("\x10") - 1}, {"\x20\x21", sizeof("\x20\x21") - 1},
    {"\x30\x31", sizeof("\x30\x31") - 1}, {"\x40\x41\x42\x43", sizeof("\x40\x41\x42\x43") - 1},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", sizeof("\x50\x51\x52\x53\x54\x55\x56\x57") - 1},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        sizeof("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f") - 1}};

static const char *const known_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

#define NODE_1 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define NODES_2_3 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define NODES_4_7 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define NODE_4 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define NODES_4_5 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define NODES_6_7 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define NODES_0_3 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"

static const struct {
    bool consistency;
    uint64_t from, size; /* the leaf's index, or the old size */
    const char *hashes[4];
} known_proofs[] = {
    {false, 0, 1, {0}},
    {false, 0, 8, {NODE_1, NODES_2_3, NODES_4_7}},
    {false, 5, 8, {NODE_4, NODES_6_7, NODES_0_3}},
    {false, 2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {true, 1, 1, {0}},
    {true, 1, 8, {NODE_1, NODES_2_3, NODES_4_7}},
    {true, 6, 8, {NODES_4_5, NODES_6_7, NODES_0_3}},
    {true, 2, 5, {NODES_2_3, NODE_4}},
};

static void known_trees_have_their_roots(void **state)
{
    (void)state;
    struct test_log log = {0};
    char hex[MERKLE_HEX_SIZE];
    for (size_t i = 0; i < COUNT(known_leaves); i++)
        log_add(&log, known_leaves[i]);
    for (size_t i = 0; i <= COUNT(known_leaves); i++) {
        assert_string_equal(merkle_hex(&log.roots[i], hex), known_roots[i]);
        struct merkle_nodes nodes = log_nodes(&log);
        struct merkle_hash root;
        assert_int_equal(merkle_root(&nodes, i, &root), 0);
        assert_string_equal(merkle_hex(&root, hex), known_roots[i]);
    }
}

static void known_proofs_are_made_as_they_are_known(void **state)
{
    (void)state;
    struct test_log log = {0};
    for (size_t i = 0; i < COUNT(known_leaves); i++)
        log_add(&log, known_leaves[i]);
    struct merkle_nodes nodes = log_nodes(&log);
    for (size_t i = 0; i < COUNT(known_proofs); i++) {
        struct proof proof;
        char hex[MERKLE_HEX_SIZE];
        uint64_t from = known_proofs[i].from, size = known_proofs[i].size;
        assert_int_equal(known_proofs[i].consistency
                             ? merkle_prove_consistency(&nodes, from, size, &proof)
                             : merkle_prove_inclusion(&nodes, from, size, &proof),
            0);
        for (size_t j = 0; j < proof.count; j++)
            assert_string_equal(merkle_hex(&proof.hashes[j], hex), known_proofs[i].hashes[j]);
        assert_null(known_proofs[i].hashes[proof.count]);
    }
}

/* ---- every proof of every tree up to a size ---- */

static void every_leaf_is_proven_in_every_tree_and_in_no_other_place(void **state)
{
    (void)state;
    struct test_log log = {0};
    log_fill(&log, MOST);
    struct merkle_nodes nodes = log_nodes(&log);
    for (uint64_t size = 1; size <= MOST; size++) {
        for (uint64_t i = 0; i < size; i++) {
            struct proof proof;
            const struct merkle_hash *leaf = &log.rows[i].hashes[0], *root = &log.roots[size];
            assert_int_equal(merkle_prove_inclusion(&nodes, i, size, &proof), 0);
            assert_true(merkle_check_inclusion(leaf, i, size, &proof, root));
            for (uint64_t j = 0; j <= size; j++)
                assert_true(j == i || !merkle_check_inclusion(leaf, j, size, &proof, root));
            const struct merkle_hash *other = &log.rows[(i + 1) % size].hashes[0];
            assert_true(size == 1 || !merkle_check_inclusion(other, i, size, &proof, root));
        }
    }
}

static void every_tree_is_proven_to_begin_with_every_tree_before_it(void **state)
{
    (void)state;
    struct test_log log = {0};
    log_fill(&log, MOST);
    struct merkle_nodes nodes = log_nodes(&log);
    for (uint64_t size = 0; size <= MOST; size++) {
        for (uint64_t old = 0; old <= size; old++) {
            struct proof proof;
            assert_int_equal(merkle_prove_consistency(&nodes, old, size, &proof), 0);
            for (uint64_t other = 0; other <= size; other++)
                assert_int_equal(merkle_check_consistency(
                                     old, &log.roots[other], size, &log.roots[size], &proof),
                    other == old);
            /* a proof that ends too early for the size that is claimed */
            assert_true(old == 0 || old == size ||
                        !merkle_check_consistency(
                            old, &log.roots[old], 2 * size, &log.roots[size], &proof));
        }
    }
}

/* What an editor may do to a proof, a leaf or a root: change a byte, drop or add a hash. */
static bool spoil(struct proof *proof, struct merkle_hash *a, struct merkle_hash *b, size_t how)
{
    size_t bytes = proof->count * MERKLE_BYTES;
    if (how < bytes)
        proof->hashes[how / MERKLE_BYTES].bytes[how % MERKLE_BYTES] ^= 1;
    else if ((how -= bytes) < MERKLE_BYTES)
        a->bytes[how] ^= 0x80;
    else if ((how -= MERKLE_BYTES) < MERKLE_BYTES)
        b->bytes[how] ^= 0x10;
    else if (how == MERKLE_BYTES && proof->count)
        proof->count--;
    else if (how <= MERKLE_BYTES + 1)
        proof->hashes[proof->count++] = *b;
    else
        return false;
    return true;
}

static void each_changed_byte_of_a_proof_is_refused(void **state)
{
    (void)state;
    struct test_log log = {0};
    log_fill(&log, MOST);
    struct merkle_nodes nodes = log_nodes(&log);
    for (uint64_t size = 1; size <= MOST; size += 3) {
        for (uint64_t i = 0; i < size; i++) {
            struct proof in, con;
            assert_int_equal(merkle_prove_inclusion(&nodes, i, size, &in), 0);
            assert_int_equal(merkle_prove_consistency(&nodes, i, size, &con), 0);
            for (size_t how = 0;; how++) {
                struct proof proof = in;
                struct merkle_hash leaf = log.rows[i].hashes[0], root = log.roots[size];
                if (!spoil(&proof, &leaf, &root, how))
                    break;
                assert_false(merkle_check_inclusion(&leaf, i, size, &proof, &root));
            }
            for (size_t how = 0; i > 0; how++) {
                struct proof proof = con;
                struct merkle_hash old = log.roots[i], root = log.roots[size];
                if (!spoil(&proof, &old, &root, how))
                    break;
                assert_false(merkle_check_consistency(i, &old, size, &root, &proof));
            }
        }
    }
}

static void what_is_not_in_a_tree_has_no_proof(void **state)
{
    (void)state;
    struct test_log log = {0};
    log_fill(&log, 3);
    struct merkle_nodes nodes = log_nodes(&log);
    struct proof proof;
    assert_int_equal(merkle_prove_inclusion(&nodes, 3, 3, &proof), RC_NOT_FOUND);
    assert_int_equal(merkle_prove_consistency(&nodes, 4, 3, &proof), RC_NOT_FOUND);
    assert_false(merkle_check_consistency(4, &log.roots[3], 3, &log.roots[3], &proof));
    /* everything begins with nothing, but nothing has one root only */
    assert_false(merkle_check_consistency(0, &log.roots[1], 3, &log.roots[3], &proof));
}

static void a_node_that_cannot_be_read_is_the_readers_error(void **state)
{
    (void)state;
    struct test_log log = {0};
    log_fill(&log, 7);
    struct merkle_nodes nodes = log_nodes(&log);
    struct merkle_tree tree;
    struct merkle_hash root;
    struct proof proof;
    for (int after = 0; after < 3; after++) {
        log.fail_after = after;
        assert_int_equal(merkle_load(&nodes, 7, &tree), RC_STORE);
        log.fail_after = after;
        assert_int_equal(merkle_root(&nodes, 7, &root), RC_STORE);
        log.fail_after = after;
        assert_int_equal(merkle_prove_inclusion(&nodes, 2, 7, &proof), RC_STORE);
        log.fail_after = after;
        assert_int_equal(merkle_prove_consistency(&nodes, 3, 7, &proof), RC_STORE);
    }
}

static void a_loaded_tree_goes_on_as_the_one_that_was_kept(void **state)
{
    (void)state;
    struct test_log log = {0};
    log_fill(&log, MOST);
    struct merkle_nodes nodes = log_nodes(&log);
    for (uint64_t size = 0; size < MOST; size++) {
        struct merkle_tree tree;
        struct merkle_hash made[MERKLE_LEVELS], root;
        assert_int_equal(merkle_load(&nodes, size, &tree), 0);
        size_t count = merkle_append(&tree, &log.rows[size].hashes[0], made);
        assert_int_equal(count, log.rows[size].count);
        assert_memory_equal(made, log.rows[size].hashes, count * sizeof *made);
        merkle_tree_root(&tree, &root);
        assert_true(merkle_equal(&root, &log.roots[size + 1]));
    }
}

static void hashes_are_read_from_lower_case_hex_only(void **state)
{
    (void)state;
    struct merkle_hash hash;
    char upper[] = NODE_1, hex[MERKLE_HEX_SIZE];
    assert_true(merkle_from_hex(STR(NODE_1), &hash));
    assert_string_equal(merkle_hex(&hash, hex), NODE_1);
    upper[2] = 'A';
    assert_false(merkle_from_hex(str_of(upper), &hash));
    upper[2] = 'g';
    assert_false(merkle_from_hex(str_of(upper), &hash));
    assert_false(merkle_from_hex(STR("96"), &hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_trees_have_their_roots),
        cmocka_unit_test(known_proofs_are_made_as_they_are_known),
        cmocka_unit_test(every_leaf_is_proven_in_every_tree_and_in_no_other_place),
        cmocka_unit_test(every_tree_is_proven_to_begin_with_every_tree_before_it),
        cmocka_unit_test(each_changed_byte_of_a_proof_is_refused),
        cmocka_unit_test(what_is_not_in_a_tree_has_no_proof),
        cmocka_unit_test(a_node_that_cannot_be_read_is_the_readers_error),
        cmocka_unit_test(a_loaded_tree_goes_on_as_the_one_that_was_kept),
        cmocka_unit_test(hashes_are_read_from_lower_case_hex_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
