/* rooms: base syntax */
#include "syntax_dump.h"

#define YANG                                                                                       \
    "\"shape\":\"data\",\"ordered\":[\"m:sys order\"],"                                            \
    "\"embedded\":[{\"element\":\"cli\",\"syntax\":\"cli\"}]},"                                    \
    "{\"name\":\"cli\",\"shape\":\"indented\",\"comment\":[\"!\"]"

static void elements_are_lines_named_as_in_paths(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"XML", "<sys xmlns=\"urn:m\"><user><name>bob</name><x xmlns=\"urn:y\">1</x></user></sys>",
            "0: m:sys\n1: user|bob\n2: y:x|1\n"},
        {"JSON", "{\"m:sys\": {\"user\": [{\"name\": \"bob\", \"y:x\": 1}]}}",
            "0: m:sys\n1: user|bob\n2: y:x|1\n"},
        {"order by the profile", "<sys xmlns=\"urn:m\"><order>a</order></sys>",
            "0: m:sys\n1+: order|a\n"},
        {"out of force", "<a inactive=\"inactive\"><b>1</b></a>", "0-: a\n1-: b|1\n"},
        {"the text of another syntax", "<a xmlns=\"urn:m\"><cli>\nline vty 0\n login\n</cli></a>",
            "0: m:a\n1: cli\n2: line|vty|0\n3: login\n"},
        {"with references", "<cli>\nx &amp;\n y</cli>", "0: cli\n1: x|&\n2: y\n"},
        {"its own schema",
            "<a xmlns=\"urn:m\"><b>1</b></a>\n<?rollcall-schema\n/m:a container\n"
            "/m:a/b leaf number default 1\nmodule m urn:m\n?>\n",
            ""},
    };
    dump_check(YANG, cases, COUNT(cases));
}

static void lines_know_their_places(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax(YANG);
    char *got = dump_read(s,
        STR("<a>\n<u>\n<name>bob</name>\n<b>x\ny</b>\n</u>\n"
            "<cli>\n1\n 2\n</cli>\n</a>"),
        true);
    assert_string_equal(got, "1-1 0: a\n2-3 1: u|bob\n4-5 2: b|x\ny\n7-10 1: cli\n"
                             "8-8 2: 1\n9-9 3: 2\n");
    free(got);
    syntax_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_lines_named_as_in_paths),
        cmocka_unit_test(lines_know_their_places),
    };
    return cmocka_run_group_tests(tests, dump_setup, dump_teardown);
}
