/* rooms: base syntax */
#include "syntax_dump.h"

#define XML                                                                                        \
    "\"shape\":\"xml\",\"keys\":[\"name\",\"member uid\"],"                                        \
    "\"drop\":[\"entry\",\"data\",\"rpc-reply\"],\"ordered\":[\"aaa order\"]"

static void an_element_is_a_line(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"leaves and blocks", "<a>\n <b>1 2</b>\n <c><d/></c>\n <e></e>\n</a>\n",
            "0: a\n1: b|1 2\n1: c\n2: d\n1: e\n"},
        {"prefixes and declarations",
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!-- x --><x:a xmlns:x=\"urn:x\">"
            "<x:b>1</x:b></x:a>",
            "0: a\n1: b|1\n"},
        {"keys name their element", "<u><name>bob</name><class>x</class></u>",
            "0: u|bob\n1: class|x\n"},
        {"keys that come late", "<us><u><class>x</class><name>bob</name></u></us>",
            "0: us\n1: u|bob\n2: class|x\n"},
        {"keys in attributes", "<users><entry name=\"bob\"><phash>x</phash></entry></users>",
            "0: users\n1: bob\n2: phash|x\n"},
        {"keys of one parent", "<g><uid>1</uid><member><uid>2</uid></member></g>",
            "0: g\n1: uid|1\n1: member|2\n"},
        {"a key is one, the others are lines", "<u><name>a</name><name>b</name></u>",
            "0: u|a\n1: name|b\n"},
        {"wrappers", "<rpc-reply><data><a>1</a></data></rpc-reply>", "0: a|1\n"},
        {"text around", "<a>x<b>1</b>y</a>", "0: a|x\n1: b|1\n"},
        {"blanks around text", "<a>\n  ssh-rsa AAAA bob\n</a>", "0: a|ssh-rsa AAAA bob\n"},
        {"character references and CDATA",
            "<a><b>&lt;&amp;&#65;</b><c><![CDATA[<x> & y]]></c><d>x<!-- no -->y</d></a>",
            "0: a\n1: b|<&A\n1: c|<x> & y\n1: d|xy\n"},
        {"out of force",
            "<a><b inactive=\"inactive\"><c>1</c></b><d operation=\"delete\">2</d><e>3</e></a>",
            "0: a\n1-: b\n2-: c|1\n1-: d|2\n1: e|3\n"},
        {"order", "<aaa><order>b</order><order>a</order></aaa>",
            "0: aaa\n1+: order|b\n1+: order|a\n"},
        {"echo, prompt and end of message",
            "bob@r> show configuration | display xml\n<a>1</a>\n]]>]]>\nbob@r>\n", "0: a|1\n"},
        {"a prompt that looks like a tag", "<a>1</a>\n<HUAWEI>\n", "0: a|1\n"},
        {"two documents", "<?xml version=\"1.0\"?><a>1</a>\n<?xml version=\"1.0\"?><b>2</b>\n",
            "0: a|1\n0: b|2\n"},
        {"CR CR LF", "<a>\r\r\n<b>1</b>\r\r\n</a>\r\r\n", "0: a\n1: b|1\n"},
        {"a greater-than sign in an attribute", "<a><e name=\"x>y\"><b>1</b></e></a>",
            "0: a\n1: e|x>y\n2: b|1\n"},
        {"invalid UTF-8 and control characters", "<a>x\xff\x01y</a>", "0: a|x? y\n"},
    };
    dump_check(XML, cases, COUNT(cases));
}

static void what_is_no_xml_is_an_error_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"hostname r1\n", "error format: line 1: not XML: no element in it"},
        {"\n<a>\n<b>1</a>\n", "error format: line 3: not XML: "},
        {"<a>\n<b>1</b>\n", "error format: line 2: not XML: "},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]>\n<a>&x;</a>", "error format: "},
        {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\">\n<a>&x;</a>", "error format: "},
    };
    struct syntax *s = dump_syntax(XML);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = dump_read(s, str_of(cases[i].text), false);
        if (strncmp(got, cases[i].error, strlen(cases[i].error)) != 0)
            fail_msg("expected %s, got %s", cases[i].error, got);
        free(got);
    }
    syntax_free(s);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    static const int depths[] = {63, 65, 300, 100000};
    struct syntax *s = dump_syntax(XML);
    for (size_t i = 0; i < COUNT(depths); i++) {
        struct buf text = {.cap = 1 << 24};
        for (int k = 0; k < depths[i]; k++)
            buf_add(&text, "<a>");
        for (int k = 0; k < depths[i]; k++)
            buf_add(&text, "</a>");
        char *got = dump_read(s, buf_str(&text), false);
        if (i == 0)
            assert_non_null(strstr(got, "62: a\n"));
        else
            assert_int_equal(strncmp(got, "error limit: line 1", 19), 0);
        free(got);
        buf_free(&text);
    }
    syntax_free(s);
}

static int collect_raw(void *ctx, const struct syntax_line *line)
{
    buf_format(ctx, "%u-%u [", line->number, line->last);
    buf_add_str(ctx, line->raw);
    buf_add(ctx, "]\n");
    return 0;
}

static void lines_know_where_they_stand(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax(XML);
    struct buf got = {.cap = 1 << 16};
    struct syntax_sink sink = {collect_raw, &got};
    struct str text = STR("\n<a>\r\n <u>\n  <name>bob</name>\n  <c>\n   1</c></u>\n<d/></a>");
    assert_int_equal(syntax_read(s, text, &sink, NULL), 0);
    assert_string_equal(buf_text(&got), "2-2 [<a>]\n3-4 [<u>\n  <name>bob</name>]\n"
                                        "5-6 [<c>\n   1</c>]\n7-7 [<d/>]\n");
    buf_free(&got);
    syntax_free(s);
}

static void a_config_inside_an_element_is_read_by_its_own_syntax(void **state)
{
    (void)state;
    struct lyd_node *tree = NULL;
    struct syntax *s = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(
        lyd_parse_data_mem(dump_ctx,
            "{\"rollcall-platform:profile\":{\"syntax\":[{\"name\":\"x\",\"shape\":\"xml\","
            "\"drop\":[\"data\",\"cli\"],\"embedded\":[{\"element\":\"cli\",\"syntax\":\"y\"},"
            "{\"element\":\"more\",\"syntax\":\"y\"}]},"
            "{\"name\":\"y\",\"shape\":\"indented\",\"comment\":[\"!\"]}]}}",
            LYD_JSON, LYD_PARSE_ONLY, 0, &tree),
        LY_SUCCESS);
    assert_int_equal(syntax_new(yang_child(tree, "syntax"), &s, &err), 0);
    lyd_free_all(tree);
    char *got = dump_read(s,
        STR("<data>\n<cli>\n!\nline vty 0 4\n login local\n</cli>\n"
            "<more>\na &lt;b\n c\n</more></data>\n"),
        true);
    assert_string_equal(got, "4-4 0: line|vty|0|4\n5-5 1: login|local\n7-10 0: more\n"
                             "7-10 1: a|<b\n7-10 2: c\n");
    free(got);
    syntax_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_a_line),
        cmocka_unit_test(what_is_no_xml_is_an_error_with_its_line),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_config_inside_an_element_is_read_by_its_own_syntax),
        cmocka_unit_test(lines_know_where_they_stand),
    };
    return cmocka_run_group_tests_name("syntax_xml", tests, dump_setup, dump_teardown);
}
