/* rooms: base data */
#include "data_dump.h"

#define BOX(inside) "<box xmlns=\"urn:example:m\">\n" inside "</box>\n"

/* What `from` looks like in another form; from there it comes back the same. */
static void check(const char *from, const struct data_schema *schema, enum data_form form,
    const char *expected, bool back)
{
    struct data *data = dump_parse(from, schema, 0);
    char *text = dump_print(data, form);
    if (strcmp(text, expected) != 0)
        fail_msg("%s\nbecame:\n%s\nexpected:\n%s", from, text, expected);
    data_free(data);
    if (back) {
        data = dump_parse(text, schema, 0);
        char *again = dump_print(data, *from == '{' ? DATA_JSON : DATA_XML);
        assert_string_equal(again, from);
        free(again);
        data_free(data);
    }
    free(text);
}

static void xml_comes_back_as_it_was(void **state)
{
    (void)state;
    static const char *const texts[] = {
        BOX("  <a>1</a>\n  <b/>\n"),
        BOX("  <a>&lt;x&gt; &amp; \"y\"</a>\n"),
        BOX("  <e xmlns=\"http://example.com/x/1.0\">\n    <f>1</f>\n  </e>\n"),
        BOX("  <t xmlns:q=\"urn:example:q\">q:thing</t>\n"),
        BOX("  <t>10:20</t>\n"),
        BOX("  <a inactive=\"inactive\">\n    <b operation=\"delete\">1</b>\n  </a>\n"),
        BOX("  <a xmlns:wd=\"urn:ietf:params:xml:ns:netconf:default:1.0\" "
            "wd:default=\"true\">1</a>\n"),
        BOX("  <where xmlns:q=\"urn:example:q\" "
            "xmlns:x=\"http://example.com/x/1.0\">/q:a/x:b[x:c='k:v']</where>\n"),
        "<a>1</a>\n<b>2</b>\n",
        "<a>\n  text\n  <b>2</b>\n</a>\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        check(texts[i], NULL, DATA_XML, texts[i], false);
}

static void json_follows_the_schema(void **state)
{
    (void)state;
    struct data_schema *schema = dump_schema(DUMP_SCHEMA);
    check(BOX("  <entry>\n    <area>a</area>\n    <name>n</name>\n"
              "    <extra xmlns=\"http://example.com/x/1.0\">5</extra>\n  </entry>\n"
              "  <limit>7</limit>\n  <log>x</log>\n  <on/>\n  <yes>true</yes>\n  <zero/>\n"),
        schema, DATA_JSON,
        "{\n  \"m:box\": {\n    \"entry\": [\n      {\n        \"area\": \"a\",\n"
        "        \"name\": \"n\",\n        \"x:extra\": \"5\"\n      }\n    ],\n"
        "    \"limit\": 7,\n    \"log\": [\n      \"x\"\n    ],\n    \"on\": {},\n"
        "    \"yes\": true,\n    \"zero\": [null]\n  }\n}\n",
        true);
    data_schema_free(schema);
}

static void prefixes_become_modules(void **state)
{
    (void)state;
    struct data_schema *schema = dump_schema(DUMP_SCHEMA);
    check(BOX("  <kind xmlns:q=\"http://example.com/x/1.0\">q:odd</kind>\n"
              "  <where xmlns:a=\"urn:example:m\" xmlns:b=\"http://example.com/x/1.0\">"
              "/a:box/a:entry[a:name='b:c']/b:extra</where>\n"),
        schema, DATA_JSON,
        "{\n  \"m:box\": {\n    \"kind\": \"x:odd\",\n"
        "    \"where\": \"/m:box/entry[name='b:c']/x:extra\"\n  }\n}\n",
        false);
    check("{\"m:box\": {\"kind\": \"x:odd\"}}", schema, DATA_XML,
        BOX("  <kind xmlns:x=\"http://example.com/x/1.0\">x:odd</kind>\n"), false);
    data_schema_free(schema);
}

static void json_without_a_schema_has_strings_and_arrays(void **state)
{
    (void)state;
    check(BOX("  <a>1</a>\n  <b>x</b>\n  <a>2</a>\n  <c/>\n"), NULL, DATA_JSON,
        "{\n  \"m:box\": {\n    \"a\": [\n      \"1\",\n      \"2\"\n    ],\n"
        "    \"b\": \"x\",\n    \"c\": [null]\n  }\n}\n",
        false);
    static const char json[] =
        "{\n  \"m:a\": {\n    \"b\": [\n      1\n    ],\n    \"c\": true,\n    \"d\": \"1\",\n"
        "    \"e\": \"tab\\tquote\\\"\\u001b\",\n    \"x:f\": -1.5e3\n  }\n}\n";
    check(json, NULL, DATA_JSON, json, false);
    static const char inactive[] = "{\n  \"a\": {\n    \"@\": {\"inactive\": true},\n"
                                   "    \"b\": \"1\",\n    \"@b\": {\"inactive\": true}\n  }\n}\n";
    check(inactive, NULL, DATA_JSON, inactive, false);
}

static void names_that_xml_cannot_write_are_written_otherwise(void **state)
{
    (void)state;
    check("{\"Ethernet0|192.0.2.1/31\": {\"1\": \"\\u001b\"}}", NULL, DATA_XML,
        "<Ethernet0_x007C_192.0.2.1_x002F_31>\n  <_x0031_>\xef\xbf\xbd</_x0031_>\n"
        "</Ethernet0_x007C_192.0.2.1_x002F_31>\n",
        false);
}

static void a_tree_is_for_people(void **state)
{
    (void)state;
    struct data_schema *schema = dump_schema(DUMP_SCHEMA);
    check(BOX("<entry><name>n</name><area>a b</area><d>x\ny</d></entry><limit>5</limit>"
              "<on inactive='inactive'/>"),
        schema, DATA_TREE,
        "m:box\n  entry a b n\n    d x\\ny\n  limit 5 (default)\n  on (inactive)\n", false);
    data_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_comes_back_as_it_was),
        cmocka_unit_test(json_follows_the_schema),
        cmocka_unit_test(prefixes_become_modules),
        cmocka_unit_test(json_without_a_schema_has_strings_and_arrays),
        cmocka_unit_test(names_that_xml_cannot_write_are_written_otherwise),
        cmocka_unit_test(a_tree_is_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
