/* rooms: base syntax */
/* Shapes of data and files: keyvalue, json, fields, words; and choosing among syntaxes. */
#include "syntax_dump.h"

static void a_path_and_its_entries(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"an export",
            "# 2024-10-25 by RouterOS\n/interface bridge\nadd comment=\"a b\" name=bridge \\\r\n"
            "    port=1 x=\"\" y=\n/user\nset [ find name=\"x y\" ] disabled=yes\n"
            "set telnet disabled=yes\n",
            "0: interface|bridge\n1: comment|a b|name|bridge|port|1|x||y|\n0: user\n"
            "1: [ find name=\"x y\" ]|disabled|yes\n1: telnet|disabled|yes\n"},
        {"one line each",
            "/user add name=bob group=full\n/user add name=eve\n/ip/service set x=1\n",
            "0: user\n1: name|bob|group|full\n1: name|eve\n0: ip|service\n1: x|1\n"},
        {"a value cut inside", "/a\nadd b=\"12\\\n    34\" c=5\\\n    6\n",
            "0: a\n1: b|1234|c|56\n"},
        {"a protected backslash continues nothing", "/a\nadd b=c\\\\\nadd d=e\n",
            "0: a\n1: b|c\\\n1: d|e\n"},
        {"escapes", "/a\nadd b=\"c\\\"d\\\\\" e=\"f=g\" h=i=j\n",
            "0: a\n1: b|c\"d\\|e|f=g|h|i=j\n"},
        {"an echo", "[admin@r1] > /export\n/user\nadd name=bob\n[admin@r1] > \n",
            "0: user\n1: name|bob\n"},
        {"print detail",
            "[admin@r1] > /user print detail\nFlags: X - disabled, * - default\n"
            " 0 * ;;; system default user\n     name=\"admin\" group=full\n       address=\"\"\n\n"
            " 1 X name=\"bob\" group=read\n 2   name=c\n",
            "0: user\n1: default|yes|comment|system default user|name|admin|group|full|address|\n"
            "1: disabled|yes|name|bob|group|read\n1: name|c\n"},
    };
    dump_check("\"shape\":\"keyvalue\",\"comment\":[\"#\"],\"verbs\":[\"add\",\"set\"],"
               "\"ends\":[\"print\",\"export\"]",
        cases, COUNT(cases));
    static const struct dump_case under[] = {{"the profile knows what is printed",
        "/user print detail\nFlags: X - disabled\n 0 X name=bob\n",
        "0: user|disabled|yes|name|bob\n"}};
    dump_check("\"shape\":\"keyvalue\",\"under\":\"user\",\"ends\":[\"print\"]", under, 1);
    static const struct dump_case flat[] = {
        {"airOS", "users.1.name=ubnt\nusers.1.password=$1$a.b=c\nusers.status=enabled\n",
            "0: users|1|name|ubnt\n0: users|1|password|$1$a.b=c\n0: users|status|enabled\n"}};
    dump_check("\"shape\":\"keyvalue\",\"separator\":\".\"", flat, 1);
}

static void an_entry_that_is_printed_covers_its_lines(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax("\"shape\":\"keyvalue\"");
    char *got = dump_read(s, STR("Flags: X - disabled\n 0 X a=1\n   b=2\n\n 1 a=3\n"), true);
    assert_string_equal(got, "2-3 0: disabled|yes|a|1|b|2\n5-5 0: a|3\n");
    free(got);
    syntax_free(s);
}

static void a_member_is_a_line(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"scalars",
            "{\"a\": 1, \"b\": \"x y\", \"c\": true, \"d\": null, \"e\": -1.5e3, \"f\": \"\"}",
            "0: a|1\n0: b|x y\n0: c|true\n0: d\n0: e|-1.5e3\n0: f|\n"},
        {"objects and arrays",
            "{\"m:user\": [{\"password\": \"p\", \"name\": \"bob\", \"role\": [\"a\", \"b\"]}],"
            " \"x\": {}, \"y\": [], \"z\": [null], \"w\": [[1, 2]]}",
            "0: user|bob\n1: password|p\n1+: role|a\n1+: role|b\n0: x\n0: y\n0: z\n0: w|1\n0: "
            "w|2\n"},
        {"an array at the top", "[{\"a\": 1}, {\"b\": 2}]", "0: a|1\n0: b|2\n"},
        {"modules", "{\"ietf-system:system\": 1, \"2001:db8\": 2, \"fe80::1\": 3, \"a:\": 4}",
            "0: system|1\n0: 2001:db8|2\n0: fe80::1|3\n0: a:|4\n"},
        {"escapes", "{\"a\": \"\\\"\\\\\\/\\n\\u00e4\\u20ac\\ud83d\\ude00\\ud800\\u0000\\uzz\"}",
            "0: a|\"\\/\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
            "zz\n"},
        {"echo and prompt", "A:r# info | as json\n{\n\"a\": 1\n}\n--{ running }--[  ]--\nA:r#\n",
            "0: a|1\n"},
    };
    dump_check("\"shape\":\"json\",\"keys\":[\"name\"],\"ordered\":[\"user * role\"]", cases,
        COUNT(cases));
}

static void what_is_no_json_is_an_error_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"hostname r1\n", "error format: line 1: not JSON: no object or array in it"},
        {"{\n\"a\": [1,\n2", "error format: line 3: not JSON: expected a comma"},
        {"{\n\"a\"\n1}", "error format: line 3: not JSON: expected a colon"},
        {"{\n\"a\": \"x", "error format: line 2: not JSON: a string does not end"},
        {"{a: 1}", "error format: line 1: not JSON: expected the name of a member"},
        {"{\"a\":\n", "error format: line 1: not JSON: it ends too early"},
        {"[,]", "error format: line 1: not JSON: expected a value"},
    };
    struct syntax *s = dump_syntax("\"shape\":\"json\"");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = dump_read(s, str_of(cases[i].text), false);
        if (strncmp(got, cases[i].error, strlen(cases[i].error)) != 0)
            fail_msg("expected %s, got %s", cases[i].error, got);
        free(got);
    }
    struct buf deep = {.cap = 1 << 24};
    for (int i = 0; i < 1000000; i++)
        buf_add_char(&deep, '[');
    char *got = dump_read(s, buf_str(&deep), false);
    assert_string_equal(got, "error limit: line 1: nested too deep");
    free(got);
    buf_free(&deep);
    syntax_free(s);
}

static void fields_keep_empty_ones(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"passwd", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000:Bob B,,,:/home/bob:\n",
            "0: passwd|root|x|0|0|root|/root|/bin/bash\n"
            "0: passwd|bob|x|1000|1000|Bob B,,,|/home/bob|\n"},
        {"NIS, comments and noise", "+\n+@staff:::\n# x:y\n\n-eve\r\r\n::\n",
            "0: passwd|+\n0: passwd|+@staff|||\n0: passwd|-eve\n0: passwd|||\n"},
    };
    dump_check(
        "\"shape\":\"fields\",\"comment\":[\"#\"],\"under\":\"passwd\"", cases, COUNT(cases));
    static const struct dump_case shadow[] = {
        {"locked ones", "a:!$6$x:1:\nb:!!:\nc:*:\nd::\ne:$y$j!:1\n",
            "0: a|!|$6$x|1|\n0: b|!!||\n0: c|*|\n0: d||\n0: e|$y$j!|1\n"}};
    dump_check("\"shape\":\"fields\",\"lead\":\"!\"", shadow, 1);
}

static void words_of_files(void **state)
{
    (void)state;
    static const struct dump_case sshd[] = {
        {"blocks, comments, spelling",
            "# x\nPermitRootLogin yes # no\nPort=22\nX11Forwarding = no\n  \"Banner\" \"/a b\"\n"
            "Match User bob # y\n  PasswordAuthentication no\nmatch all\nport 23\n",
            "0: permitrootlogin|yes\n0: port|22\n0: x11forwarding|no\n0: \"banner\"|/a b\n"
            "0: match|User|bob\n1: passwordauthentication|no\n0: match|all\n1: port|23\n"},
    };
    dump_check("\"shape\":\"words\",\"comment\":[\"#\"],\"opens\":[\"match\"],\"lower\":true,"
               "\"assign\":\"=\"",
        sshd, COUNT(sshd));
    static const struct dump_case sudoers[] = {
        {"lists, signs, continuation",
            "bob ALL=(ALL:ALL) NOPASSWD: ALL\nUser_Alias A = bob,\\\n   eve # x\n"
            "%domain\\ admins ALL = ALL\n#includedir /etc/sudoers.d\n#0 ALL=ALL\n"
            "Defaults secure_path=\"/bin:/sbin\"\n# no\n",
            "0: bob|ALL|=|(|ALL|:|ALL|)|NOPASSWD|:|ALL\n0: User_Alias|A|=|bob|,|eve\n"
            "0: %domain admins|ALL|=|ALL\n0: #includedir|/etc/sudoers.d\n0: #0|ALL|=|ALL\n"
            "0: Defaults|secure_path|=|/bin:/sbin\n"},
    };
    dump_check("\"shape\":\"words\",\"comment\":[\"#\"],\"alone\":\"=(),:\","
               "\"keep\":[\"#include\",\"#0\"]",
        sudoers, COUNT(sudoers));
    static const struct dump_case glued[] = {
        {"commas and colons", "a, b ALL = (x : y) NOPASSWD: c,\\\n  d\nUser_Alias A = e ,f\n",
            "0: a,b|ALL|=|(x:y)|NOPASSWD:c,d\n0: User_Alias|A|=|e,f\n"}};
    dump_check("\"shape\":\"words\",\"comment\":[\"#\"],\"alone\":\"=\",\"glue\":\",:\"", glued, 1);
    static const struct dump_case once[] = {
        {"the first counts, in each block", "a 1\na 2\nb 1\nb 2\nm 1\na 3\na 4\nm 2\na 5\n",
            "0: a|1\n0: overridden|a|2\n0: b|1\n0: b|2\n0: m|1\n1: a|3\n1: overridden|a|4\n0: "
            "m|2\n1: a|5\n"}};
    dump_check("\"shape\":\"words\",\"opens\":[\"m\"],\"once\":[\"a\"]", once, 1);
    static const struct dump_case keys[] = {
        {"authorized_keys of many",
            "==> bob <==\nfrom=\"10.0.0.0/8,x\",command=\"ls \\\"-l\\\"\" ssh-ed25519 AAAA b c\n"
            "==> eve <==\nssh-rsa BBBB\n",
            "0: ==>|bob|<==\n1: from=10.0.0.0/8,x,command=ls \"-l\"|ssh-ed25519|AAAA|b|c\n"
            "0: ==>|eve|<==\n1: ssh-rsa|BBBB\n"},
    };
    dump_check("\"shape\":\"words\",\"comment\":[\"#\"],\"opens\":[\"==>\"]", keys, COUNT(keys));
}

static void the_text_chooses_its_syntax(void **state)
{
    (void)state;
    struct syntax *xml = dump_syntax("\"shape\":\"xml\",\"detect\":\"^\\\\s*<\"");
    struct syntax *any = dump_syntax("\"shape\":\"indented\"");
    assert_true(syntax_fits(xml, STR("bob> show\n <a/>")));
    assert_false(syntax_fits(xml, STR("hostname <r1>")));
    assert_false(syntax_fits(xml, STR("")));
    assert_true(syntax_fits(any, STR("")));
    syntax_free(xml);
    syntax_free(any);
}

static void a_wrong_expression_is_a_wrong_setting(void **state)
{
    (void)state;
    struct lyd_node *tree = NULL;
    struct syntax *s = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(lyd_parse_data_mem(dump_ctx,
                         "{\"rollcall-platform:profile\":{\"syntax\":[{\"name\":\"x\","
                         "\"shape\":\"json\",\"detect\":\"a(\"}]}}",
                         LYD_JSON, LYD_PARSE_ONLY, 0, &tree),
        LY_SUCCESS);
    assert_int_equal(syntax_new(yang_child(tree, "syntax"), &s, &err), RC_SETTINGS);
    assert_non_null(strstr(err.text, "syntax x: detect: "));
    lyd_free_all(tree);
}

static int stop(void *ctx, const struct syntax_line *line)
{
    (void)line;
    ++*(int *)ctx;
    return RC_CRASH;
}

/* Each of these took quadratic time in some draft of a reader: hours, where it is linear now. */
static void hostile_lines_are_read_in_linear_time(void **state)
{
    static const struct {
        const char *entry, *piece, *end;
    } cases[] = {{"\"shape\":\"keyvalue\"", "[ ", ""}, {"\"shape\":\"set\"", "a [ ", ""},
        {"\"shape\":\"braces\"", "a [ ", ""}, {"\"shape\":\"braces\"", "\" a\n'", ""},
        {"\"shape\":\"words\"", "a\"b 'c\\", ""}, {"\"shape\":\"words\"", "\\\n", "x"},
        {"\"shape\":\"words\",\"glue\":\",\"", "a, ", ""}, {"\"shape\":\"fields\"", ":", ""},
        {"\"shape\":\"edit\"", "set \"a\\\"\n", ""}, {"\"shape\":\"braces\"", "/* ", ""},
        {"\"shape\":\"indented\",\"paired\":[\"%%\"]", "%%a ", "%%"},
        {"\"shape\":\"indented\",\"banner\":[\"b\"]", "b \xc2\xa7\n", "b \xc3\xa4"},
        {"\"shape\":\"xml\"", "<a b=\"c\">", ""}, {"\"shape\":\"json\"", "[1, ", ""},
        {"\"shape\":\"indented\"", "\r", ""}, {"\"shape\":\"indented\"", "a\b", ""}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct syntax *s = dump_syntax(cases[i].entry);
        struct buf text = {.cap = 1 << 26};
        while (text.len < 1 << 21)
            buf_add(&text, cases[i].piece);
        buf_add(&text, cases[i].end);
        free(dump_read(s, buf_str(&text), false));
        buf_free(&text);
        syntax_free(s);
    }
}

static void a_sink_can_stop_every_reader(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *text;
    } cases[] = {{"\"shape\":\"indented\"", "a\nb\n"},
        {"\"shape\":\"braces\"", "a {\n b;\n}\nc;\n"},
        {"\"shape\":\"set\"", "set a [ b c ]\nset d\n"},
        {"\"shape\":\"edit\"", "config a\nset b\n"}, {"\"shape\":\"keyvalue\"", "/a b=c\nd=e\n"},
        {"\"shape\":\"xml\"", "<a><b/><c/></a>"},
        {"\"shape\":\"json\"", "{\"a\":{\"b\":1},\"c\":2}"}, {"\"shape\":\"fields\"", "a:b\nc:d\n"},
        {"\"shape\":\"words\"", "a b\nc d\n"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int calls = 0;
        struct syntax *s = dump_syntax(cases[i].entry);
        struct syntax_sink sink = {stop, &calls};
        assert_int_equal(syntax_read(s, str_of(cases[i].text), &sink, NULL), RC_CRASH);
        assert_int_equal(calls, 1);
        assert_int_equal(syntax_read(s, STR(""), &sink, NULL), RC_OK);
        syntax_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_and_its_entries),
        cmocka_unit_test(an_entry_that_is_printed_covers_its_lines),
        cmocka_unit_test(a_member_is_a_line),
        cmocka_unit_test(what_is_no_json_is_an_error_with_its_line),
        cmocka_unit_test(fields_keep_empty_ones),
        cmocka_unit_test(words_of_files),
        cmocka_unit_test(the_text_chooses_its_syntax),
        cmocka_unit_test(a_wrong_expression_is_a_wrong_setting),
        cmocka_unit_test(hostile_lines_are_read_in_linear_time),
        cmocka_unit_test(a_sink_can_stop_every_reader),
    };
    return cmocka_run_group_tests_name("syntax_data", tests, dump_setup, dump_teardown);
}
