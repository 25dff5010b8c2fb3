/* rooms: base data */
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>

#include "data_dump.h"

/* ---- both forms give the same ---- */

static void elements_have_paths(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text, *paths;
    } cases[] = {
        {"a module is named where it changes",
            "<box xmlns=\"urn:example:m\"><a><b>1</b></a><e xmlns=\"http://example.com/ns/x\">2"
            "</e></box>",
            "/m:box\n/m:box/a\n/m:box/a/b 1\n/m:box/x:e 2\n"},
        {"the same as JSON", "{\"m:box\": {\"a\": {\"b\": 1}, \"x:e\": \"2\"}}",
            "/m:box\n/m:box/a\n/m:box/a/b 1\n/m:box/x:e 2\n"},
        {"back to the module around",
            "<p:a xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"><q:b><p:c/></q:b></p:a>",
            "/p:a\n/p:a/q:b\n/p:a/q:b/p:c\n"},
        {"entries by name or id",
            "<u xmlns=\"urn:m\"><user><class>x</class><name>bob</name></user>"
            "<user><id>7</id></user></u>",
            "/m:u\n/m:u/user[name='bob']\n/m:u/user[name='bob']/class x\n"
            "/m:u/user[name='bob']/name bob\n/m:u/user[id='7']\n/m:u/user[id='7']/id 7\n"},
        {"else by value or number", "{\"m:s\": [\"a\", \"b\"], \"m:t\": [{\"x\": 1}, {\"x\": 2}]}",
            "/m:s[.='a'] a\n/m:s[.='b'] b\n/m:t[1]\n/m:t[1]/x 1\n/m:t[2]\n/m:t[2]/x 2\n"},
        {"numbers count a name's sisters alone",
            "<t xmlns=\"urn:m\"><a><x/></a><b/><a><x/></a></t>",
            "/m:t\n/m:t/a[1]\n/m:t/a[1]/x\n/m:t/b\n/m:t/a[2]\n/m:t/a[2]/x\n"},
        {"quotes in keys", "{\"a\": [{\"name\": \"it's\"}, {\"name\": \"'\\\"\"}]}",
            "/a[name=\"it's\"]\n/a[name=\"it's\"]/name it's\n"
            "/a[name=concat(\"'\",'\"',\"\")]\n/a[name=concat(\"'\",'\"',\"\")]/name '\"\n"},
        {"wrappers",
            "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"1\">"
            "<data><a xmlns=\"urn:m\">1</a></data></rpc-reply>",
            "/m:a 1\n"},
        {"wrappers of NMDA and of JSON", "{\"ietf-restconf:data\": {\"m:a\": \"1\"}}", "/m:a 1\n"},
        {"a wrapper's name inside", "<config><a><config>1</config></a></config>",
            "/a\n/a/config 1\n"},
        {"Junos: the base namespace is none",
            "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
            "xmlns:junos=\"http://example.net/junos\"><configuration junos:commit-user=\"eve\">"
            "<version>1</version></configuration></rpc-reply>",
            "/configuration\n/configuration/version 1\n"},
        {"several elements at the top, prompts around",
            "> get\n<a xmlns=\"urn:m\">1</a>\n\n<b xmlns=\"urn:m\"/>\n]]>]]>\nbob@r> ",
            "/m:a 1\n/m:b\n"},
        {"a prompt that looks like a tag", "<a>1</a>\n<HUAWEI>\n", "/a 1\n"},
        {"two documents", "<?xml version=\"1.0\"?><a>1</a>\n<?xml version=\"1.0\"?>\n<b>2</b>\n",
            "/a 1\n/b 2\n"},
        {"an array at the top, a prompt before it", "[edit]\n[{\"a\": 1}, {\"b\": 2}]\n",
            "/a 1\n/b 2\n"},
        {"CDATA, references, comments", "<a><b>&lt;&#65;<!-- no --><![CDATA[&x]]></b></a>",
            "/a\n/a/b <A&x\n"},
        {"escapes", "{\"a\": \"\\u00e4\\ud83d\\ude00\\n\\\"\\u0000\"}",
            "/a \xc3\xa4\xf0\x9f\x98\x80\n\"\xef\xbf\xbd\n"},
        {"metadata and remarks are no data",
            "{\"@\": {\"x:y\": 1}, \"a\": 1, \"@a\": {\"z\": [1]}, \"_annotate_a\": \"hello\"}",
            "/a 1\n"},
        {"an address is no module", "{\"a\": {\"2001:db8::1\": 1, \"x:1\": 2}}",
            "/a\n/a/2001:db8::1 1\n/a/x:1 2\n"},
        {"an empty array is nothing", "{\"a\": [], \"b\": [null], \"c\": {}}", "/b\n/c\n"},
        {"duplicate members", "{\"a\": 1, \"a\": 2}", "/a[.='1'] 1\n/a[.='2'] 2\n"},
        {"a namespace that ends in a version", "<a xmlns=\"http://example.com/ns/aaa/1.1\"/>",
            "/aaa:a\n"},
        {"a name that is not for terminals", "{\"a\\u001b[2J\": 1}", "/a\\x1b[2J 1\n"},
        {"invalid UTF-8", "<a>x\xff\x01y</a>", "/a x? y\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct data *data = dump_parse(cases[i].text, NULL, 0);
        char *paths = dump_paths(data);
        if (strcmp(paths, cases[i].paths) != 0)
            fail_msg("%s:\n%s\nexpected:\n%s", cases[i].what, paths, cases[i].paths);
        free(paths);
        data_free(data);
    }
}

static void what_is_out_of_force_is_left_out(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<a><b inactive=\"inactive\"><c>1</c></b><d nc:operation=\"delete\" "
        "xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\">2</d><e>3</e></a>",
        "{\"a\": {\"b\": {\"@\": {\"inactive\": true}, \"c\": 1}, \"d\": 2, "
        "\"@d\": {\"junos:inactive\": true}, \"e\": 3}}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct data *data = dump_parse(texts[i], NULL, DATA_IN_FORCE);
        char *paths = dump_paths(data);
        assert_string_equal(paths, "/a\n/a/e 3\n");
        free(paths);
        data_free(data);
        data = dump_parse(texts[i], NULL, 0);
        char *lines = dump_lines(data);
        assert_string_equal(lines, "0: a\n1-: b\n2-: c|1\n1-: d|2\n1: e|3\n");
        free(lines);
        data_free(data);
    }
}

static void a_model_of_names_says_whose_data_it_is(void **state)
{
    (void)state;
    static const char *const spaces[] = {"urn:example:m", "http://example.net/*/conf/root", NULL};
    static const char *const roots[] = {"configuration", NULL};
    static const struct data_module module = {"conf", spaces, roots};
    static const struct data_names names = {&module, 1};
    static const char *const texts[] = {"<configuration xmlns=\"urn:example:m\"/>",
        "<configuration xmlns=\"http://example.net/yang/22.1/conf/root\"/>", "<configuration/>",
        "{\"configuration\": {}}", "{\"conf:configuration\": {}}"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct data *data = NULL;
        assert_int_equal(data_parse(str_of(texts[i]), NULL, &names, 0, &data, NULL), 0);
        char *paths = dump_paths(data);
        assert_string_equal(paths, "/conf:configuration\n");
        free(paths);
        data_free(data);
    }
}

static void an_xpath_finds_the_same_in_both(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<t xmlns=\"urn:m\"/><u xmlns=\"urn:m\"><user><name>bob</name></user><user><name>eve"
        "</name><e xmlns=\"urn:x\">1</e></user></u>",
        "{\"m:t\": [null], \"m:u\": {\"user\": [{\"name\": \"bob\"}, {\"name\": \"eve\", "
        "\"x:e\": 1}]}}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct data *data = dump_parse(texts[i], NULL, 0);
        xmlXPathContext *ctx = xmlXPathNewContext(data_document(data));
        xmlXPathRegisterNs(ctx, BAD_CAST "m", BAD_CAST "m");
        xmlXPathRegisterNs(ctx, BAD_CAST "x", BAD_CAST "x");
        xmlXPathObject *found =
            xmlXPathEval(BAD_CAST "string(/m:u/user[x:e = '1']/name | //nothing)", ctx);
        assert_string_equal(found->stringval, "eve");
        xmlXPathFreeObject(found);
        found = xmlXPathEval(BAD_CAST "/m:u/user/name | /m:t | //x:e", ctx);
        assert_int_equal(found->nodesetval->nodeNr, 4);
        xmlXPathFreeObject(found);
        xmlXPathFreeContext(ctx);
        data_free(data);
    }
}

/* ---- places ---- */

static void nodes_know_their_lines(void **state)
{
    (void)state;
    static const char text[] = "\n<a>\n  <b>1\n  2</b>\n  <c\n    x='>'/>\n</a>\r\n<d/>";
    struct data *data = dump_parse(text, NULL, 0);
    static const struct {
        uint32_t line, last;
    } lines[] = {{2, 7}, {3, 4}, {5, 6}, {8, 8}};
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(data_line(data_element(data, i)), lines[i].line);
        assert_int_equal(data_last_line(data_element(data, i)), lines[i].last);
    }
    static const size_t at_line[] = {9, 9, 0, 1, 1, 2, 2, 0, 3, 9};
    for (uint32_t line = 1; line < COUNT(at_line); line++)
        assert_ptr_equal(data_at_line(data, line), data_element(data, at_line[line]));
    assert_null(data_at_offset(data, 0));
    assert_ptr_equal(data_at_offset(data, 1), data_element(data, 0));
    assert_ptr_equal(data_at_offset(data, 10), data_element(data, 1));
    assert_ptr_equal(
        data_at_offset(data, (size_t)(strstr(text, "</a>") - text)), data_element(data, 0));
    data_free(data);

    data = dump_parse("{\n \"a\": [\n  {\"b\": 1},\n  {\"b\":\n 2}\n ]\n}\n", NULL, 0);
    assert_int_equal(data_line(data_element(data, 0)), 2);
    assert_int_equal(data_line(data_element(data, 2)), 4);
    assert_int_equal(data_last_line(data_element(data, 2)), 5);
    data_free(data);
}

static void what_is_hidden_is_gone(void **state)
{
    (void)state;
    struct data *data = dump_parse("<a><name>x</name><p>secret</p></a>", NULL, 0);
    assert_int_equal(data_hide(data, data_element(data, 2), STR("<hidden>")), 0);
    char *text = dump_print(data, DATA_XML);
    assert_string_equal(text, "<a>\n  <name>x</name>\n  <p>&lt;hidden&gt;</p>\n</a>\n");
    free(text);
    data_free(data);
}

/* ---- hostile ---- */

static void what_is_no_data_is_an_error_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        const char *error;
    } cases[] = {
        {"hostname r1\n", RC_FORMAT, "line 1: neither XML nor JSON"},
        {"", RC_FORMAT, "line 1: neither XML nor JSON"},
        {"\n<a>\n<b>1</a>\n", RC_FORMAT, "line 3: not XML: "},
        {"<a>\n<b>1</b>\n", RC_FORMAT, "not XML: it ends too early"},
        {"<!DOCTYPE a [<!ENTITY x \"1\">]>\n<a>&x;</a>", RC_FORMAT,
            "line 1: not XML: a document type"},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\">\n<a/>", RC_FORMAT,
            "line 2: not XML: a document type"},
        {"<a>\n&x;</a>", RC_FORMAT, "line 2: not XML: an entity"},
        {"<a>\n<p:b/></a>", RC_FORMAT, "line 2: not XML: a prefix"},
        {"<a b='1' b='2'/>", RC_FORMAT, "line 1: not XML: "},
        {"{\"a\": 01}", RC_FORMAT, "line 1: not JSON"},
        {"{\"a\": 1,}", RC_FORMAT, "line 1: not JSON"},
        {"{\"a\": 1\n", RC_FORMAT, "not JSON"},
        {"{\"a\": \"x\n", RC_FORMAT, "line 1: not JSON: a control character"},
        {"{\"a\": \"x", RC_FORMAT, "line 1: not JSON: a string does not end"},
        {"{\"a\": \"\\x\"}", RC_FORMAT, "line 1: not JSON: an unknown escape"},
        {"{\n\"a\": tru}", RC_FORMAT, "line 2: not JSON: expected a value"},
        {"{\"a\" 1}", RC_FORMAT, "line 1: not JSON: expected a colon"},
        {"[1]", RC_FORMAT, "line 1: neither XML"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        struct data *data = NULL;
        char line[1200];
        int rc = data_parse(str_of(cases[i].text), NULL, NULL, 0, &data, &err);
        error_line(&err, line, sizeof line);
        if (rc != cases[i].rc || !strstr(line, cases[i].error))
            fail_msg("%s\n%d %s\nexpected: %s", cases[i].text, rc, line, cases[i].error);
        data_free(data);
    }
}

/* `count` times `begin`, then `end` as often. */
static char *repeat(const char *begin, const char *end, size_t count)
{
    struct buf out = {0};
    for (size_t i = 0; i < count; i++)
        buf_add(&out, begin);
    for (size_t i = 0; i < count; i++)
        buf_add(&out, end);
    return out.data;
}

static int parse_only(const char *text)
{
    struct data *data = NULL;
    struct error err = ERROR_INIT;
    int rc = data_parse(str_of(text), NULL, NULL, 0, &data, &err);
    if (rc)
        print_message("%s: %s\n", err.place, err.text);
    data_free(data);
    return rc;
}

static void depth_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *begin, *end;
        size_t count;
        int rc;
    } cases[] = {
        {"<a>", "</a>", DATA_MAX_DEPTH, RC_OK},
        {"<a>", "</a>", DATA_MAX_DEPTH + 1, RC_LIMIT},
        {"<a>", "</a>", 100000, RC_LIMIT},
        {"<data>", "</data>", 100000, RC_LIMIT},
        {"{\"a\":", "}", 100000, RC_LIMIT},
        {"[{\"a\":", "}]", 100000, RC_LIMIT},
        {"{\"@a\":", "}", 100000, RC_LIMIT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = repeat(cases[i].begin, cases[i].end, cases[i].count);
        int rc = parse_only(text);
        if (rc != cases[i].rc)
            fail_msg("%s %zu: %d", cases[i].begin, cases[i].count, rc);
        free(text);
    }
}

/* Each would take minutes if anything in it were quadratic. */
static void large_texts_take_linear_time(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        int rc;
    } cases[] = {
        {"<a xmlns='urn:m'>", "<b><name>x</name><c>y</c></b>", "</a>", RC_OK},
        {"", "<a></a>", "", RC_OK},
        {"", "<a/>\n", "", RC_OK},
        {"<a>", "<b/><c/>", "</a>", RC_OK},
        {"<a>", "x", "</a>", RC_OK},
        {"<a>", "x&amp;<!--y-->", "</a>", RC_OK},
        {"{\"a\":[", "{\"b\":\"c\"},", "{}]}", RC_OK},
        {"{\"a\":[", "{\"b\":[1,2],\"@b\":{\"inactive\":true}},", "{}]}", RC_OK},
        {"{\"a\":\"", "\\u0041", "\"}", RC_OK},
        {"<a>", "<b x:y='1'/>", "</a>", RC_OK},
        {"<a b='", "x ", "'/>", RC_OK},
        {"", "?", "", RC_FORMAT},
        {"", "<?rollcall-schema", "?>", RC_FORMAT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {0};
        buf_add(&text, cases[i].head);
        while (text.len < (size_t)2 << 20)
            buf_add(&text, cases[i].piece);
        buf_add(&text, cases[i].tail);
        int rc = parse_only(buf_text(&text));
        if (rc != cases[i].rc)
            fail_msg("%s%s: %d", cases[i].head, cases[i].piece, rc);
        buf_free(&text);
    }
}

static void namespaces_are_bounded(void **state)
{
    (void)state;
    struct buf text = {0};
    for (int i = 0; i < 20000; i++)
        buf_format(&text, "<a xmlns='urn:m%d'/>", i);
    assert_int_equal(parse_only(buf_text(&text)), RC_LIMIT);
    buf_clear(&text);
    buf_add(&text, "<a");
    for (int i = 0; i < 20000; i++)
        buf_format(&text, " xmlns:p%d='urn:m'", i);
    buf_add(&text, "/>");
    assert_int_equal(parse_only(buf_text(&text)), RC_LIMIT);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_have_paths),
        cmocka_unit_test(what_is_out_of_force_is_left_out),
        cmocka_unit_test(a_model_of_names_says_whose_data_it_is),
        cmocka_unit_test(an_xpath_finds_the_same_in_both),
        cmocka_unit_test(nodes_know_their_lines),
        cmocka_unit_test(what_is_hidden_is_gone),
        cmocka_unit_test(what_is_no_data_is_an_error_with_its_line),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(large_texts_take_linear_time),
        cmocka_unit_test(namespaces_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
