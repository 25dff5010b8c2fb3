/* rooms: base data */
#include <stdio.h>

#include "data_dump.h"

#define BOX(inside) "<box xmlns=\"urn:example:m\">" inside "</box>"

/* ---- schemas as text ---- */

static void a_schema_is_asked_by_path(void **state)
{
    (void)state;
    struct data_schema *schema = dump_schema(DUMP_SCHEMA "/m:box/code leaf string secret default a "
                                                         "b\\3F\\5C\n/m:deep/one/two leaf number\n"
                                                         "/m:bag anydata\n");
    const struct data_node_schema *is = data_schema_find(schema, STR("/m:box/entry"));
    assert_int_equal(is->kind, DATA_LIST);
    assert_string_equal(is->keys[0], "area");
    assert_string_equal(is->keys[1], "name");
    assert_null(is->keys[2]);
    assert_false(is->ordered);
    assert_true(data_schema_find(schema, STR("/m:box/order"))->ordered);
    assert_true(data_schema_find(schema, STR("/m:box/on"))->presence);
    is = data_schema_find(schema, STR("/m:box/code"));
    assert_true(is->secret);
    assert_string_equal(is->default_value, "a b?\\");
    assert_int_equal(data_schema_find(schema, STR("/m:deep/one/two"))->type, DATA_NUMBER);
    assert_null(data_schema_find(schema, STR("/m:deep/one")));
    assert_null(data_schema_find(schema, STR("/m:box/nothing")));
    assert_null(data_schema_find(schema, STR("m:box")));
    assert_null(data_schema_find(NULL, STR("/m:box")));
    assert_string_equal(data_schema_module(schema, "http://example.com/x/1.0"), "x");
    assert_string_equal(data_schema_namespace(schema, "m"), "urn:example:m");
    assert_null(data_schema_module(schema, "urn:y"));
    data_schema_free(schema);
}

static void keys_and_order_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t keys;
        bool ordered;
    } cases[] = {
        {"/m:l list key a\n", 1, false},
        {"/m:l list key a ordered\n", 1, true},
        {"/m:l list key ordered\n", 1, false},
        {"/m:l list key ordered ordered\n", 1, true},
        {"/m:l list ordered\n", 0, true},
        {"/m:l list\n", 0, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct data_schema *schema = dump_schema(cases[i].line);
        const struct data_node_schema *is = data_schema_find(schema, STR("/m:l"));
        size_t count = 0;
        while (is->keys && is->keys[count])
            count++;
        assert_int_equal(count, cases[i].keys);
        assert_int_equal(is->ordered, cases[i].ordered);
        data_schema_free(schema);
    }
}

static void wrong_schemas_are_errors_with_their_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"x\n", "/\n", "/a\n", "/a what\n", "/a leaf\n",
        "/a leaf what\n", "//a container\n", "/a/ container\n", "/a list key\n", "module m\n",
        "module m\x1b urn:m\n", "/a container what\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[100];
        struct error err = ERROR_INIT;
        struct data_schema *schema = NULL;
        snprintf(text, sizeof text, "/ok container\n%s", texts[i]);
        if (data_schema_parse(str_of(text), &schema, &err) != RC_FORMAT)
            fail_msg("%s", text);
        assert_string_equal(err.place, "schema line 2");
    }
}

/* ---- what it changes ---- */

static void check_lines(const char *text, const struct data_schema *schema, const char *lines)
{
    struct data *data = dump_parse(text, schema, 0);
    char *found = dump_lines(data);
    if (strcmp(found, lines) != 0)
        fail_msg("%s\n%s\nexpected:\n%s", text, found, lines);
    free(found);
    data_free(data);
}

static void lines_follow_the_schema(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
    } cases[] = {
        {BOX("<entry><b>1</b><name>n</name><area>a</area></entry>"),
            "0: m:box\n1: entry|a|n\n2: b|1\n"},
        {BOX("<entry><name>n</name><e:extra xmlns:e=\"http://example.com/x/1.0\">1</e:extra>"
             "</entry>"),
            "0: m:box\n1: entry|n\n2: x:extra|1\n"},
        {BOX("<order>b</order><order>a</order><log>b</log><log>a</log>"),
            "0: m:box\n1+: order|b\n1+: order|a\n1: log|b\n1: log|a\n"},
        {BOX("<limit>5</limit>"), ""},
        {BOX("<limit>6</limit>"), "0: m:box\n1: limit|6\n"},
        {BOX("<limit wd:default=\"true\" "
             "xmlns:wd=\"urn:ietf:params:xml:ns:netconf:default:1.0\">6</limit>"),
            ""},
        {BOX("<kind xmlns:q=\"http://example.com/x/1.0\">q:plain</kind>"), ""},
        {BOX("<kind xmlns:x=\"urn:example:m\">x:plain</kind>"), "0: m:box\n1: kind|x:plain\n"},
        {"{\"m:box\": {\"kind\": \"x:plain\", \"limit\": 5}}", ""},
        {BOX("<on/>"), "0: m:box\n1: on\n"},
        {BOX(""), ""},
    };
    struct data_schema *schema = dump_schema(DUMP_SCHEMA);
    for (size_t i = 0; i < COUNT(cases); i++)
        check_lines(cases[i].text, schema, cases[i].lines);
    data_schema_free(schema);
}

static void without_a_schema_what_repeats_has_an_order(void **state)
{
    (void)state;
    check_lines(BOX("<limit>5</limit><entry><name>n</name><b>1</b></entry>"
                    "<order>b</order><order>a</order>"),
        NULL, "0: m:box\n1: limit|5\n1: entry|n\n2: b|1\n1+: order|b\n1+: order|a\n");
}

static void paths_follow_the_schema(void **state)
{
    (void)state;
    struct data_schema *schema = dump_schema(DUMP_SCHEMA);
    struct data *data = dump_parse(BOX("<entry><name>n</name><area>a</area></entry>"
                                       "<order>b</order><limit>1</limit><on><name>x</name></on>"),
        schema, 0);
    char *paths = dump_paths(data);
    assert_string_equal(paths, "/m:box\n/m:box/entry[area='a'][name='n']\n"
                               "/m:box/entry[area='a'][name='n']/name n\n"
                               "/m:box/entry[area='a'][name='n']/area a\n/m:box/order[.='b'] b\n"
                               "/m:box/limit 1\n/m:box/on\n/m:box/on/name x\n");
    free(paths);
    struct buf path = {0};
    data_schema_path(data_element(data, 2), &path);
    assert_string_equal(buf_text(&path), "/m:box/entry/name");
    buf_free(&path);
    data_free(data);
    data_schema_free(schema);
}

/* ---- beside the data ---- */

static char *annotate(const char *text, const struct data_schema *schema)
{
    struct buf out = {0};
    struct error err = ERROR_INIT;
    if (data_annotate(str_of(text), schema, &out, &err))
        fail_msg("%s %s", err.place, err.text);
    return out.data;
}

static void a_text_takes_the_schema_of_what_occurs_along(void **state)
{
    (void)state;
    struct data_schema *schema = dump_schema(DUMP_SCHEMA);
    static const char text[] = BOX("<limit>5</limit><new>1</new>") "\n";
    char *once = annotate(text, schema);
    assert_string_equal(once,
        BOX("<limit>5</limit><new>1</new>") "\n<?rollcall-schema\n"
                                            "/m:box container\n/m:box/limit leaf number default "
                                            "5\nmodule m urn:example:m\n?>\n");
    check_lines(once, NULL, "0: m:box\n1: new|1\n");

    char *twice = annotate(once, schema);
    assert_string_equal(twice, once);
    free(twice);

    struct data_schema *other = dump_schema("/m:box/new leaf number\nmodule m urn:example:m\n");
    char *replaced = annotate(once, other);
    assert_string_equal(replaced,
        BOX("<limit>5</limit><new>1</new>") "\n<?rollcall-schema\n"
                                            "/m:box/new leaf number\nmodule m urn:example:m\n?>\n");
    char *plain = annotate(replaced, NULL);
    assert_string_equal(plain, text);
    assert_true(str_equal(data_without_annotation(str_of(replaced)), str_of(text)));
    assert_int_equal(data_annotation(str_of(text)).len, 0);
    free(plain);
    free(replaced);
    free(once);
    data_schema_free(other);

    char *json = annotate("{\"m:box\": {\"limit\": 5}}", schema);
    assert_string_equal(json, "{\"m:box\": {\"limit\": 5}}\n<?rollcall-schema\n/m:box container\n"
                              "/m:box/limit leaf number default 5\nmodule m urn:example:m\n?>\n");
    check_lines(json, NULL, "");
    free(json);
    data_schema_free(schema);
}

static void two_texts_are_read_with_one_schema(void **state)
{
    (void)state;
    struct data_schema *old = dump_schema("/m:box container\n/m:box/entry list key area\n"
                                          "/m:box/gone leaf number default 1\n"
                                          "/m:box/limit leaf number default 4\n"
                                          "module m urn:example:m\n");
    struct data_schema *new = dump_schema(DUMP_SCHEMA);
    char *before = annotate(BOX("<gone>1</gone><limit>4</limit>"), old);
    char *after = annotate(BOX("<limit>5</limit>"), new);
    struct data_schema *both = NULL;
    assert_int_equal(data_common_schema(str_of(after), str_of(before), &both, NULL), 0);
    assert_string_equal(data_schema_find(both, STR("/m:box/limit"))->default_value, "5");
    assert_string_equal(data_schema_find(both, STR("/m:box/gone"))->default_value, "1");
    check_lines(before, both, ""); /* 4 was the default then */
    check_lines(after, both, "");
    data_schema_free(both);
    assert_int_equal(data_common_schema(STR("<a/>"), STR("<a/>"), &both, NULL), 0);
    assert_null(both);
    free(before);
    free(after);
    data_schema_free(old);
    data_schema_free(new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schema_is_asked_by_path),
        cmocka_unit_test(keys_and_order_are_told_apart),
        cmocka_unit_test(wrong_schemas_are_errors_with_their_line),
        cmocka_unit_test(lines_follow_the_schema),
        cmocka_unit_test(without_a_schema_what_repeats_has_an_order),
        cmocka_unit_test(paths_follow_the_schema),
        cmocka_unit_test(a_text_takes_the_schema_of_what_occurs_along),
        cmocka_unit_test(two_texts_are_read_with_one_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
