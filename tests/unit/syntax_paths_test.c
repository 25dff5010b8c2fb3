/* rooms: base syntax */
/* Shapes with full paths or explicit blocks: braces, set, edit. */
#include "syntax_dump.h"

#define JUNOS_ORDERED "\"ordered\":[\"system authentication-order\"],"
#define BRACES "\"shape\":\"braces\"," JUNOS_ORDERED "\"comment\":[\"#\"],\"quote\":\"\\\"\""
#define SET "\"shape\":\"set\"," JUNOS_ORDERED "\"comment\":[\"#\"],\"verbs\":[\"set\"]"

static void braces_make_blocks(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"Junos",
            "## Last commit: 2024-01-01 by bob\nsystem {\n    login {\n        user bob {\n"
            "            class super-user;\n            authentication {\n"
            "                encrypted-password \"$6$a; b} {\"; ## SECRET-DATA\n"
            "            }\n        }\n    }\n}\n",
            "0: system\n1: login\n2: user|bob\n3: class|super-user\n3: authentication\n"
            "4: encrypted-password|$6$a; b} {\n"},
        {"a list is a line for each",
            "system {\n authentication-order [ tacplus password ];\n x [ ] y;\n z [a b];\n}\n",
            "0: system\n1+: authentication-order|tacplus\n1+: authentication-order|password\n"
            "1: x|y\n1: z|a\n1: z|b\n"},
        {"out of force", "inactive: a {\n b;\n}\nprotect: c d;\ne { inactive: f g; h; }\n",
            "0-: a\n1-: b\n0: c|d\n0: e\n1-: f|g\n1: h\n"},
        {"comments of many lines", "/* user eve {\n x; */ a { /* y */ b; }\n# c {\n",
            "0: a\n1: b\n"},
        {"F5",
            "auth user bob {\n    partition-access {\n        all-partitions { role admin }\n"
            "    }\n    shell bash\n}\nauth x { }\nsys y {}\n",
            "0: auth|user|bob\n1: partition-access\n2: all-partitions\n3: role|admin\n"
            "1: shell|bash\n0: auth|x\n0: sys|y\n"},
        {"blocks without a name", "rules {\n {\n a 1\n }\n { a 2 }\n}\nb 1\n",
            "0: rules\n1: a|1\n1: a|2\n0: b|1\n"},
        {"a brace on its own line", "a b\n{\n c\n}\nd\n", "0: a|b\n1: c\n0: d\n"},
        {"a brace behind a whole statement names nothing", "a b\nc;\n{\n d;\n}\n",
            "0: a|b\n0: c\n0: d\n"},
        {"quoted text of many lines", "a \"x {\n y; }\n\" z;\nb;\n", "0: a|x {\n y; }\n|z\n0: b\n"},
        {"a quote that does not end", "a \"b c\nd {\n e\n}\n", "0: a|\"b|c\n0: d\n1: e\n"},
        {"empty and escaped words", "a \"\" \"b\\\"c\" 'd;\n", "0: a||b\"c|'d\n"},
        {"SR OS lists", "user \"bob\" {\n console {\n member [\"administrative\" \"b]\"]\n }\n}\n",
            "0: user|bob\n1: console\n2: member|administrative\n2: member|b]\n"},
        {"a list over several lines",
            "aaa {\n  authentication-order [\n    tac # c\n    \"lo cal\"\n  ]\n  user x {\n   y\n "
            " }\n}\n",
            "0: aaa\n1: authentication-order|tac\n1: authentication-order|lo cal\n1: user|x\n2: "
            "y\n"},
        {"no list over several lines", "a [\nb {\n c ]\n}\nd [\n",
            "0: a|[\n0: b\n1: c|]\n0: d|[\n"},
        {"more closed than open", "}\na;\n}}\nb;\n", "0: a\n0: b\n"},
        {"a wildcard and semicolons inside words", "user <*> { a;b; c ; }",
            "0: user|<*>\n1: a;b\n1: c\n"},
        {"CR CR LF and a prompt", "a {\r\r\n b;\r\r\n}\r\r\nbob@r> \r\r\n",
            "0: a\n1: b\n0: bob@r>\n"},
    };
    dump_check(BRACES, cases, COUNT(cases));
}

#define WIDE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void braces_go_on_where_the_terminal_was_too_narrow(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"a long word", "a {\n  key " WIDE "\n" WIDE "\nbbb;\n  c d;\n}\n",
            "0: a\n1: key|" WIDE WIDE "bbb\n1: c|d\n"},
        {"with words behind it", "key " WIDE "\nbbb c\nd;\n", "0: key|" WIDE "bbb|c\n0: d\n"},
        {"what ends, is short, or is followed by something else goes on no further",
            "key " WIDE ";\nb;\nkey c\nd;\nkey " WIDE "\n e;\nkey " WIDE "\n{\n f;\n}\n",
            "0: key|" WIDE "\n0: b\n0: key|c\n0: d\n0: key|" WIDE "\n0: e\n0: key|" WIDE
            "\n1: f\n"},
        {"at the end of the text", "key " WIDE "\nbbb", "0: key|" WIDE "bbb\n"},
        {"with CR LF", "key " WIDE "\r\nbbb;\r\n", "0: key|" WIDE "bbb\n"},
    };
    dump_check("\"shape\":\"braces\",\"wrapped\":true", cases, COUNT(cases));
}

static void set_lines_are_full_paths(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"words and quotes",
            "set system login user bob class super-user\n# c\nset a \"b c\" 'd e' \"\" ''\n",
            "0: system|login|user|bob|class|super-user\n0: a|b c|d e||\n"},
        {"a list", "set system authentication-order [ radius password ]\n",
            "0+: system|authentication-order|radius\n0+: system|authentication-order|password\n"},
        {"what deactivate takes out of force, before and after it",
            "set a b 1\nset a bb 1\ndeactivate a b\nset a b 2\n",
            "0-: a|b|1\n0: a|bb|1\n0: deactivate|a|b\n0-: a|b|2\n"},
        {"a deactivate in a quoted text is none", "set banner \"x\ndeactivate a b\ny\"\nset a b\n",
            "0: banner|x\ndeactivate a b\ny\n0: a|b\n"},
        {"other verbs stay", "delete a b\nset c\n", "0: delete|a|b\n0: c\n"},
        {"a quote in quotes as a shell has it", "set a 'b'\\''c d' e\n", "0: a|b'c d|e\n"},
        {"a backslash", "set a DOMAIN\\bob 'x\\' \"y\\\"\"\n", "0: a|DOMAIN\\bob|x\\|y\"\n"},
        {"text of many lines", "set a \"x\r\n y\" z\r\nset b\r\n", "0: a|x\n y|z\n0: b\n"},
        {"a bracket that does not end", "set a [ b\n", "0: a|[|b\n"},
    };
    dump_check(SET, cases, COUNT(cases));
}

static void braces_and_set_lines_say_the_same(void **state)
{
    (void)state;
    struct syntax *braces = dump_syntax(BRACES), *set = dump_syntax(SET);
    char *a = dump_read(braces, STR("system { authentication-order [ radius password ]; }"), false);
    char *b = dump_read(set,
        STR("set system authentication-order radius\n"
            "set system authentication-order [ password ]\n"),
        false);
    assert_string_equal(
        a, "0: system\n1+: authentication-order|radius\n1+: authentication-order|password\n");
    assert_string_equal(b, "0+: system|authentication-order|radius\n"
                           "0+: system|authentication-order|password\n");
    free(a);
    free(b);
    syntax_free(braces);
    syntax_free(set);
}

static void edit_blocks_nest(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"entries",
            "#config-version=x\nconfig system admin\n    edit \"bob\"\n"
            "        set accprofile \"super_admin\"\n        set vdom \"root\" \"x y\"\n"
            "        config gui-dashboard\n            edit 1\n                set name "
            "\"Status\"\n"
            "            next\n        end\n        unset two-factor\n    next\nend\n"
            "config system x\nend\n",
            "0: system|admin\n1: bob\n2: accprofile|super_admin\n2: vdom|root|x y\n"
            "2: gui-dashboard\n3: 1\n4: name|Status\n2: unset|two-factor\n0: system|x\n"},
        {"vdoms, and an edit without next",
            "config vdom\nedit root\nconfig system admin\nedit bob\nset a b\nend\nend\nset c d\n",
            "0: vdom\n1: root\n2: system|admin\n3: bob\n4: a|b\n0: c|d\n"},
        {"values of many lines",
            "config a\n edit 1\n  set key \"-----BEGIN\nend\n# x\n-----\"\n"
            " next\nend\nset b\n",
            "0: a\n1: 1\n2: key|-----BEGIN\nend\n# x\n-----\n0: b\n"},
        {"more ends than blocks", "end\nnext\nconfig a\nend\nend\nset b\n", "0: a\n0: b\n"},
        {"escapes", "config a\nset b \"c\\\"d\\\\\" 'e'\nend\n", "0: a\n1: b|c\"d\\|'e'\n"},
    };
    dump_check("\"shape\":\"edit\",\"comment\":[\"#\"]", cases, COUNT(cases));
}

static void lines_cover_what_they_were_read_from(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax(BRACES);
    char *got = dump_read(s, STR("a {\n\n  b \"x\n y\"; c;\n}\nd\n"), true);
    assert_string_equal(got, "1-1 0: a\n3-4 1: b|x\n y\n4-4 1: c\n6-6 0: d\n");
    free(got);
    syntax_free(s);
}

static void nesting_and_lists_have_limits(void **state)
{
    (void)state;
    static const char *const entries[] = {BRACES, "\"shape\":\"edit\""};
    static const char *const openers[] = {"a {\n", "config a\n"};
    for (size_t i = 0; i < COUNT(entries); i++) {
        struct syntax *s = dump_syntax(entries[i]);
        struct buf text = {.cap = 1 << 24};
        for (int k = 0; k < 10000; k++)
            buf_add(&text, openers[i]);
        char *got = dump_read(s, buf_str(&text), false);
        assert_int_equal(strncmp(got, "error limit: line ", 18), 0);
        free(got);
        buf_free(&text);
        syntax_free(s);
    }
    /* Expanding this list would make a million words of four thousand. */
    struct syntax *s = dump_syntax(SET);
    struct buf text = {.cap = 1 << 24};
    buf_add(&text, "set");
    for (int k = 0; k < 1000; k++)
        buf_add(&text, " a");
    buf_add(&text, " [");
    for (int k = 0; k < 1000; k++)
        buf_add(&text, " b");
    buf_add(&text, " ]\n");
    char *got = dump_read(s, buf_str(&text), false);
    assert_int_equal(strlen(got), 3 + 2 * 2000);
    free(got);
    buf_free(&text);
    syntax_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(braces_make_blocks),
        cmocka_unit_test(braces_go_on_where_the_terminal_was_too_narrow),
        cmocka_unit_test(set_lines_are_full_paths),
        cmocka_unit_test(braces_and_set_lines_say_the_same),
        cmocka_unit_test(edit_blocks_nest),
        cmocka_unit_test(lines_cover_what_they_were_read_from),
        cmocka_unit_test(nesting_and_lists_have_limits),
    };
    return cmocka_run_group_tests_name("syntax_paths", tests, dump_setup, dump_teardown);
}
