/* rooms: netconf ssh drivers base */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "drivers/netconf/modules.h"

#define LIBRARY "urn:ietf:params:xml:ns:yang:ietf-yang-library"
#define REPLY(body)                                                                                \
    "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"1\"><data>" body    \
    "</data></rpc-reply>"
#define NEW(body) REPLY("<yang-library xmlns=\"" LIBRARY "\">" body "</yang-library>")
#define OLD(body) REPLY("<y:modules-state xmlns:y=\"" LIBRARY "\">" body "</y:modules-state>")

static void a_library_becomes_lines(void **state)
{
    (void)state;
    static const struct {
        const char *title, *reply, *lines;
    } cases[] = {
        {"RFC 8525",
            NEW("<module-set><name>all</name><module><name>b</name><revision>2024-01-01</revision>"
                "<namespace>urn:b</namespace><feature>two</feature><feature>one</feature>"
                "<deviation>d</deviation><submodule><name>s</name><revision>2023-01-01</revision>"
                "</submodule></module><import-only-module><name>a</name><revision></revision>"
                "<namespace>urn:a</namespace></import-only-module></module-set>"
                "<content-id>1</content-id>"),
            "import a - urn:a\nmodule b 2024-01-01 urn:b feature one feature two deviation d\n"
            "submodule s 2023-01-01 of b\n"},
        {"of several sets those of running",
            NEW("<module-set><module><name>a</name></module><name>one</name></module-set>"
                "<module-set><name>two</name><module><name>b</name></module></module-set>"
                "<module-set><name>three</name><module><name>c</name></module></module-set>"
                "<schema><name>conf</name><module-set>one</module-set><module-set>three"
                "</module-set></schema><schema><name>state</name><module-set>two</module-set>"
                "</schema><datastore><name xmlns:ds=\"urn:ds\">ds:operational</name>"
                "<schema>state</schema></datastore><datastore>"
                "<name xmlns:ds=\"urn:ds\">ds:running</name><schema>conf</schema></datastore>"),
            "module a - -\nmodule c - -\n"},
        {"without running, all sets",
            NEW("<module-set><name>one</name><module><name>a</name></module></module-set>"
                "<module-set><name>two</name><module><name>b</name></module></module-set>"),
            "module a - -\nmodule b - -\n"},
        {"RFC 7895",
            OLD("<y:module-set-id>7</y:module-set-id><y:module><y:name>b</y:name>"
                "<y:revision>2024-01-01</y:revision><y:namespace>urn:b</y:namespace>"
                "<y:feature>f</y:feature><y:deviation><y:name>d</y:name><y:revision>2020-01-01"
                "</y:revision></y:deviation><y:conformance-type>implement</y:conformance-type>"
                "</y:module><y:module><y:name>a</y:name><y:revision/><y:conformance-type>import"
                "</y:conformance-type></y:module>"),
            "import a - -\nmodule b 2024-01-01 urn:b feature f deviation d\n"},
        {"what could be a path, or is no name, is left out",
            NEW("<module-set><name>x</name><module><name>../../etc/passwd</name></module>"
                "<module><name>a b</name></module><module><name></name></module><module>"
                "<name>good</name><revision>../..</revision><namespace>urn: x</namespace>"
                "<feature>a/b</feature></module><module><name>.hidden</name></module>"
                "</module-set>"),
            "module good - -\n"},
        {"each once",
            NEW("<module-set><name>x</name><module><name>a</name></module><module><name>a</name>"
                "</module></module-set>"),
            "module a - -\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {0};
        struct error err = ERROR_INIT;
        if (modules_from_library(str_of(cases[i].reply), &text, &err))
            fail_msg("%s: %s", cases[i].title, err.text);
        if (strcmp(buf_text(&text), cases[i].lines) != 0)
            fail_msg("%s: expected\n%s\ngot\n%s", cases[i].title, cases[i].lines, text.data);
        buf_free(&text);
    }
}

static void what_is_no_library_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *title, *reply;
        enum rc rc;
    } cases[] = {
        {"nothing", "", RC_FORMAT},
        {"empty data", REPLY(""), RC_NOT_FOUND},
        {"other data", REPLY("<system xmlns=\"urn:x\"><module><name>a</name></module></system>"),
            RC_NOT_FOUND},
        {"cut off", "<rpc-reply><data><yang-library><module-set><module><name>a", RC_FORMAT},
        {"an entity", "<!DOCTYPE x [<!ENTITY a \"b\">]><rpc-reply/>", RC_FORMAT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {0};
        int rc = modules_from_library(str_of(cases[i].reply), &text, NULL);
        if (rc != cases[i].rc)
            fail_msg("%s: expected %s, got %s", cases[i].title, rc_name(cases[i].rc), rc_name(rc));
        buf_free(&text);
    }
}

static void too_many_modules_are_refused(void **state)
{
    (void)state;
    struct buf reply = {0}, text = {0};
    assert_int_equal(buf_add(&reply, "<modules-state>"), 0);
    for (int i = 0; i < 100001; i++)
        assert_int_equal(buf_format(&reply, "<module><name>m%d</name></module>", i), 0);
    assert_int_equal(buf_add(&reply, "</modules-state>"), 0);
    assert_int_equal(modules_from_library(buf_str(&reply), &text, NULL), RC_LIMIT);
    buf_free(&reply);
    buf_free(&text);
}

static struct netconf_hello hello_of(const char *capabilities)
{
    struct buf message = {0};
    struct netconf_hello hello;
    struct error err = ERROR_INIT;
    assert_int_equal(buf_format(&message,
                         "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
                         "%s</capabilities><session-id>1</session-id></hello>",
                         capabilities),
        0);
    if (hello_parse(buf_str(&message), &hello, &err))
        fail_msg("%s", err.text);
    buf_free(&message);
    return hello;
}

#define CAPABILITY(uri) "<capability>" uri "</capability>"

static void a_hello_becomes_lines(void **state)
{
    (void)state;
    struct netconf_hello hello = hello_of(CAPABILITY("urn:ietf:params:netconf:base:1.0")
            CAPABILITY("urn:b?module=b&amp;revision=2024-01-01&amp;features=y,x&amp;deviations=d")
                CAPABILITY("urn:d?module=d&amp;revision=no") CAPABILITY("urn:e?module=../e"));
    struct buf text = {0};
    char id[MODULES_ID_SIZE], expected[512];
    assert_int_equal(modules_from_hello(&hello, &text, NULL), 0);
    modules_announced(&hello, id);
    snprintf(expected, sizeof expected,
        "# announced %s\nmodule b 2024-01-01 urn:b feature x feature y deviation d\n"
        "module d - urn:d\n",
        id);
    assert_string_equal(buf_text(&text), expected);
    buf_free(&text);
    hello_free(&hello);
}

static void announce(const char *capabilities, char id[MODULES_ID_SIZE])
{
    struct netconf_hello hello = hello_of(capabilities);
    modules_announced(&hello, id);
    hello_free(&hello);
}

static void another_set_is_announced_by_another_id(void **state)
{
    (void)state;
    char first[MODULES_ID_SIZE], other[MODULES_ID_SIZE];
    announce(CAPABILITY("urn:a?module=a&amp;revision=2024-01-01"), first);
    announce(CAPABILITY("urn:a?module=a&amp;revision=2024-01-02"), other);
    assert_string_not_equal(first, other);
    announce(CAPABILITY("urn:a?module=a&amp;revision=2024-01-01")
                 CAPABILITY("urn:ietf:params:netconf:base:1.1"),
        other);
    assert_string_equal(first, other);
    announce(CAPABILITY("urn:ietf:params:netconf:capability:yang-library:1.1?content-id=1"), first);
    announce(CAPABILITY("urn:ietf:params:netconf:capability:yang-library:1.1?content-id=2"), other);
    assert_string_not_equal(first, other);
}

static void the_same_set_has_the_same_name(void **state)
{
    (void)state;
    char one[MODULES_ID_SIZE], two[MODULES_ID_SIZE];
    modules_id(STR("# announced 1\nmodule a - -\n"), one);
    modules_id(STR("# announced 2\nmodule a - -\n"), two);
    assert_string_equal(one, two);
    assert_int_equal(strlen(one), MODULES_ID_SIZE - 1);
    modules_id(STR("# announced 1\nmodule a 2024-01-01 -\n"), two);
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_becomes_lines),
        cmocka_unit_test(what_is_no_library_is_an_error),
        cmocka_unit_test(too_many_modules_are_refused),
        cmocka_unit_test(a_hello_becomes_lines),
        cmocka_unit_test(another_set_is_announced_by_another_id),
        cmocka_unit_test(the_same_set_has_the_same_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
