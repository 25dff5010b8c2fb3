/* rooms: evidence base */
#include "test.h"

#include "evidence/lines.h"

static const unsigned char salt[LINES_SALT_BYTES] = "0123456789abcdef";

/* Computed with Python's hashlib. */
static void texts_have_the_roots_another_program_computes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t lines;
        const char *root;
    } cases[] = {
        {"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"\n", 1, "35474b9942c84edbc791d9b1eac377b0b6f994599250f17500b2cc7835f6f63d"},
        {"a", 1, "d94db510a0631e34fb1387c3a8d240005dbc0d87a435790d1cd7ca555b3e7807"},
        {"a\n", 1, "c3b0e4345753b10ac465ba0fe0da2577d43d62a6c7e60cfc664bfa8e22879910"},
        {"a\nb", 2, "0c18f556fb88828dcec998b45a57244f3e798f05feaf64e9de1265a629ec97e9"},
        {"hostname r1\n!\nusername bob privilege 15\n", 3,
            "404d0e8c43e0cc9803f3ed3cc6c1dfa00a13eb2381aa550ce1f9f140989b0831"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct merkle_hash root;
        char hex[MERKLE_HEX_SIZE];
        assert_int_equal(lines_root(salt, str_of(cases[i].text), &root), cases[i].lines);
        assert_string_equal(merkle_hex(&root, hex), cases[i].root);
    }
}

static void accounts_have_other_salts_than_the_lines_beside_them(void **state)
{
    (void)state;
    struct lines l;
    struct merkle_hash root;
    char hex[MERKLE_HEX_SIZE];
    lines_start(&l, salt, LINES_ACCOUNTS_FIRST);
    lines_add(&l, STR("{\"name\":\"a\"}"));
    lines_add(&l, STR("{\"name\":\"b\"}"));
    lines_end(&l, &root);
    assert_int_equal(l.tree.size, 2);
    assert_string_equal(
        merkle_hex(&root, hex), "f40eb87da4bbde70baf1d0303c1a52642bf58f705fc2ef712a9c888534f2f8c0");
}

static void a_line_is_its_bytes_and_a_salt_of_its_own(void **state)
{
    (void)state;
    unsigned char one[LINES_SALT_BYTES], two[LINES_SALT_BYTES];
    struct merkle_hash a, b;
    lines_salt(salt, 1, one);
    lines_salt(salt, 256, two);
    assert_memory_not_equal(one, two, sizeof one);
    lines_leaf(one, STR("same\n"), &a);
    lines_leaf(two, STR("same\n"), &b);
    assert_false(merkle_equal(&a, &b));
    lines_leaf(one, STR("same"), &b);
    assert_false(merkle_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_the_roots_another_program_computes),
        cmocka_unit_test(accounts_have_other_salts_than_the_lines_beside_them),
        cmocka_unit_test(a_line_is_its_bytes_and_a_salt_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
