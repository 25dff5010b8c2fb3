/* rooms: netconf ssh drivers base */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "drivers/netconf/modules.h"

#define MOST 8

struct text {
    const char *name, *yang;
};

/* A module of its own namespace, urn:NAME, with its name as prefix. */
#define MODULE(name, body)                                                                         \
    "module " name " { yang-version 1.1; namespace \"urn:" name "\"; prefix " name ";" body "}"

struct outcome {
    struct buf schema, notes;
};

static struct outcome compile(const char *set, const struct text *texts)
{
    struct part parts[MOST] = {0};
    struct outcome o = {0};
    struct error err = ERROR_INIT;
    size_t count = 0;
    for (; count < MOST && texts[count].name; count++) {
        parts[count].name = strdup(texts[count].name);
        assert_int_equal(buf_add(&parts[count].text, texts[count].yang), 0);
    }
    if (modules_compile(str_of(set), parts, count, &o.schema, &o.notes, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++) {
        free(parts[i].name);
        buf_free(&parts[i].text);
    }
    return o;
}

static void outcome_free(struct outcome *o)
{
    buf_free(&o->schema);
    buf_free(&o->notes);
}

struct compile_case {
    const char *title, *set;
    struct text texts[MOST];
    const char *schema, *notes; /* all of the schema; what begins the notes' lines, in order */
};

static void check(const struct compile_case *t)
{
    struct outcome o = compile(t->set, t->texts);
    struct str want = str_of(t->notes), line, got = buf_str(&o.notes), note;
    if (strcmp(buf_text(&o.schema), t->schema) != 0)
        fail_msg("%s: expected\n%s\ngot\n%s\nnotes\n%s", t->title, t->schema, buf_text(&o.schema),
            buf_text(&o.notes));
    while (str_next_line(&got, &note)) {
        char begin[256];
        if (!str_next_line(&want, &line))
            line = STR("(none)");
        snprintf(begin, sizeof begin, "%.*s", (int)line.len, line.at);
        if (!str_starts(note, begin))
            fail_msg("%s: expected notes\n%s\ngot\n%s", t->title, t->notes, buf_text(&o.notes));
    }
    if (want.len)
        fail_msg("%s: expected notes\n%s\ngot\n%s", t->title, t->notes, buf_text(&o.notes));
    outcome_free(&o);
}

static void a_set_becomes_lines(void **state)
{
    (void)state;
    static const struct compile_case cases[] = {
        {"kinds of nodes", "module a - urn:a\n",
            {{"a.yang",
                MODULE("a",
                    "container top { container on { presence yes; } list entry { key \"x y\"; leaf "
                    "x { type string; } leaf y { type uint8; } } list rule { key n; ordered-by "
                    "user; leaf n { type string; } } leaf-list method { type string; ordered-by "
                    "user; } leaf-list tag { type int32; } anydata any; }")}},
            "/a:top container\n/a:top/any anydata\n/a:top/entry list key x y\n"
            "/a:top/entry/x leaf string\n/a:top/entry/y leaf number\n"
            "/a:top/method leaf-list string ordered\n/a:top/on container presence\n"
            "/a:top/rule list key n ordered\n/a:top/rule/n leaf string\n"
            "/a:top/tag leaf-list number\nmodule a urn:a\n",
            ""},
        {"types, as JSON has them", "module a - urn:a\n",
            {{"a.yang",
                MODULE("a",
                    "identity i; leaf a { type int64; } leaf b { type boolean; } leaf c { type "
                    "empty; } leaf d { type identityref { base i; } } leaf e { type "
                    "instance-identifier; } leaf f { type union { type int8; type boolean; } } "
                    "leaf "
                    "g { type union { type string; type enumeration { enum x; } } } leaf h { type "
                    "leafref { path /b; } } leaf i { type decimal64 { fraction-digits 2; } } leaf "
                    "j "
                    "{ type bits { bit x; } }")}},
            "/a:a leaf string\n/a:b leaf boolean\n/a:c leaf empty\n/a:d leaf identity\n"
            "/a:e leaf instance\n/a:f leaf union\n/a:g leaf string\n/a:h leaf boolean\n"
            "/a:i leaf string\n/a:j leaf string\nmodule a urn:a\n",
            ""},
        {"defaults in their canonical form, of types too", "module a - urn:a\n",
            {{"a.yang",
                MODULE("a",
                    "typedef t { type string; default \"a\\\\b ?\"; } leaf a { type uint8; default "
                    "+07; } leaf b { type t; } leaf-list c { type string; default x; }")}},
            "/a:a leaf number default 7\n/a:b leaf string default a\\5Cb \\3F\n"
            "/a:c leaf-list string\nmodule a urn:a\n",
            ""},
        {"what is no config, and what is no data", "module a - urn:a\n",
            {{"a.yang",
                MODULE("a",
                    "container s { config false; leaf x { type string; } } leaf y { type string; } "
                    "rpc r; notification n; container c { action do; leaf z { config false; type "
                    "string; } }")}},
            "/a:c container\n/a:y leaf string\nmodule a urn:a\n", ""},
        {"choices and cases are not seen", "module a - urn:a\n",
            {{"a.yang",
                MODULE("a",
                    "container c { choice how { case one { leaf x { type string; } } leaf y { type "
                    "string; } } }")}},
            "/a:c container\n/a:c/x leaf string\n/a:c/y leaf string\nmodule a urn:a\n", ""},
        {"secrets by type, by name and by access rule",
            "module a - urn:a\nmodule ietf-netconf-acm - -\n",
            {{"a.yang",
                 MODULE("a",
                     "import ietf-netconf-acm { prefix nacm; } import t { prefix t; } container c "
                     "{ "
                     "nacm:default-deny-all; leaf key { type string; } leaf size { type uint8; } } "
                     "leaf hash { type t:mine; } leaf md5-key { type string; } leaf "
                     "password-policy { type string; } leaf password { type empty; } leaf keys { "
                     "type leafref { path /md5-key; } }")},
                {"ietf-netconf-acm.yang",
                    MODULE("ietf-netconf-acm", "extension default-deny-all;")},
                {"t.yang",
                    MODULE("t",
                        "typedef crypt-hash { type string; } typedef mine { type crypt-hash; }")}},
            "/a:c container\n/a:c/key leaf string secret\n/a:c/size leaf number\n"
            "/a:hash leaf string secret\n/a:keys leaf string\n/a:md5-key leaf string secret\n"
            "/a:password leaf empty\n/a:password-policy leaf string\n"
            "module a urn:a\nmodule ietf-netconf-acm urn:ietf-netconf-acm\n",
            ""},
        {"augments name their module", "module a - urn:a\nmodule b - urn:b\n",
            {{"a.yang", MODULE("a", "container c { list l { key k; leaf k { type string; } } }")},
                {"b.yang",
                    MODULE("b",
                        "import a { prefix x; } augment /x:c/x:l { leaf more { type string; } "
                        "container d { leaf e { type string; } } }")}},
            "/a:c container\n/a:c/l list key k\n/a:c/l/b:d container\n/a:c/l/b:d/e leaf string\n"
            "/a:c/l/b:more leaf string\n/a:c/l/k leaf string\nmodule a urn:a\nmodule b urn:b\n",
            ""},
        {"features that the device has, and others", "module a - urn:a feature f feature gone\n",
            {{"a.yang",
                MODULE("a",
                    "feature g; feature f { if-feature g; } leaf x { if-feature f; type string; } "
                    "leaf y { if-feature g; type string; }")}},
            "/a:x leaf string\nmodule a urn:a\n", ""},
        {"deviations", "module a - urn:a deviation d\nmodule d - urn:d\n",
            {{"a.yang",
                 MODULE("a",
                     "container c { leaf x { type string; } leaf y { type string; } leaf z { type "
                     "uint8; } }")},
                {"d.yang",
                    MODULE("d",
                        "import a { prefix a; } deviation /a:c/a:x { deviate not-supported; } "
                        "deviation /a:c/a:y { deviate add { default new; } } deviation /a:c/a:z { "
                        "deviate replace { type boolean; config true; } }")}},
            "/a:c container\n/a:c/y leaf string default new\n/a:c/z leaf boolean\n"
            "module a urn:a\nmodule d urn:d\n",
            ""},
        {"submodules, and extensions at their top", "module a - urn:a\nsubmodule s - of a\n",
            {{"a.yang", MODULE("a", "include s;")},
                {"s.yang",
                    "submodule s { yang-version 1.1; belongs-to a { prefix a; } import e { prefix "
                    "e; } e:version \"1\"; leaf x { type string; } }"},
                {"e.yang", MODULE("e", "extension version { argument v; }")}},
            "/a:x leaf string\nmodule a urn:a\n", ""},
        {"two revisions: what is imported by date stays so",
            "module a - urn:a\nmodule b 2024-02-02 urn:b\nimport b 2023-01-01 urn:b\n",
            {{"a.yang",
                 MODULE(
                     "a", "import b { prefix b; revision-date 2023-01-01; } leaf x { type b:t; }")},
                {"b@2023-01-01.yang",
                    MODULE("b", "revision 2023-01-01; typedef t { type boolean; }")},
                {"b@2024-02-02.yang",
                    MODULE("b", "revision 2024-02-02; revision 2023-01-01; typedef t { type uint8; "
                                "} leaf y { type t; }")}},
            "/a:x leaf boolean\n/b:y leaf number\nmodule a urn:a\nmodule b urn:b\n", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check(&cases[i]);
}

#define GOOD                                                                                       \
    {                                                                                              \
        "good.yang", MODULE("good", "leaf x { type string; }")                                     \
    }
#define GOOD_LINES "/good:x leaf string\n"

static void one_bad_module_spoils_no_other(void **state)
{
    (void)state;
    static const struct compile_case cases[] = {
        {"not there", "module good - urn:good\nmodule gone 2024-01-01 urn:gone\n", {GOOD},
            GOOD_LINES "module good urn:good\n", "gone@2024-01-01: not there"},
        {"no YANG at all", "module bad - urn:bad\nmodule good - urn:good\n",
            {GOOD, {"bad.yang", "<html>"}}, GOOD_LINES "module good urn:good\n",
            "bad: line 1\nbad: not there"},
        {"another module under that name", "module bad - urn:bad\nmodule good - urn:good\n",
            {GOOD, {"bad.yang", MODULE("good", "")}}, GOOD_LINES "module good urn:good\n",
            "bad: it is good\nbad: not there"},
        {"does not parse", "module bad - urn:bad\nmodule good - urn:good\n",
            {GOOD, {"bad.yang", MODULE("bad", "leaf { type string; }")}},
            GOOD_LINES "module good urn:good\n", "bad: "},
        {"does not compile", "module bad - urn:bad\nmodule good - urn:good\n",
            {GOOD, {"bad.yang", MODULE("bad", "leaf x { type nonsense; }")}},
            GOOD_LINES "module good urn:good\n", "bad: "},
        {"imports what does not parse",
            "module bad - urn:bad\nmodule good - urn:good\nmodule user - -\n",
            {GOOD, {"bad.yang", MODULE("bad", "leaf { }")},
                {"user.yang", MODULE("user", "import bad { prefix b; } leaf y { type string; }")}},
            GOOD_LINES "/user:y leaf string\nmodule good urn:good\nmodule user urn:user\n",
            "bad: "},
        {"uses what is not there", "module good - urn:good\nmodule user - -\n",
            {GOOD, {"user.yang", MODULE("user", "import gone { prefix g; } leaf y { type g:t; }")}},
            GOOD_LINES "module good urn:good\n", "user: "},
        {"an import that is not there and not used", "module good - urn:good\n",
            {{"good.yang",
                MODULE("good", "import gone { prefix g; revision-date 2024-01-01; } g:note \"x\"; "
                               "leaf x { g:note y; type string; }")}},
            GOOD_LINES "module good urn:good\n", ""},
        {"augments what is not there", "module bad - urn:bad\nmodule good - urn:good\n",
            {GOOD,
                {"bad.yang",
                    MODULE("bad", "import good { prefix g; } augment /g:no { leaf z { type string; "
                                  "} } leaf w { type string; }")}},
            GOOD_LINES "module good urn:good\n", "bad: "},
        {"breaks while it augments another", "module bad - urn:bad\nmodule good - urn:good\n",
            {{"good.yang", MODULE("good", "container c { leaf x { type string; } }")},
                {"bad.yang",
                    MODULE("bad",
                        "import good { prefix g; } augment /g:c { leaf z { type nonsense; } }")}},
            "/good:c container\n/good:c/x leaf string\nmodule good urn:good\n", "bad: "},
        {"refers to what is not there", "module good - urn:good\n",
            {{"good.yang", MODULE("good", "leaf x { type leafref { path /good:gone; } }")}},
            GOOD_LINES "module good urn:good\n", "good: what it refers to is not there"},
        {"escapes, patterns, conditions and descriptions that are wrong",
            "module good - urn:good\n",
            {{"good.yang",
                MODULE("good",
                    "description \"a\\d\"; leaf x { when \"((\"; must \"]\"; type string { pattern "
                    "\"[\\d\"; length oops; } mandatory maybe; }")}},
            GOOD_LINES "module good urn:good\n", ""},
        {"announced twice", "module good 2023-01-01 urn:good\nmodule good 2024-01-01 urn:good\n",
            {{"good@2024-01-01.yang",
                MODULE("good", "revision 2024-01-01; leaf x { type string; }")}},
            GOOD_LINES "module good urn:good\n", "good@2023-01-01: announced twice"},
        {"of another revision", "module good 2023-01-01 urn:good\n",
            {{"good@2024-01-01.yang",
                MODULE("good", "revision 2024-01-01; leaf x { type string; }")}},
            GOOD_LINES "module good urn:good\n", "good@2023-01-01: read by revision 2024-01-01"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check(&cases[i]);
}

static void endless_nesting_is_refused(void **state)
{
    (void)state;
    struct buf deep = {0};
    assert_int_equal(buf_add(&deep, "module bad { namespace urn:bad; prefix bad;"), 0);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buf_add(&deep, "container c {"), 0);
    const struct text texts[] = {GOOD, {"bad.yang", deep.data}, {0}};
    struct outcome o = compile("module bad - -\nmodule good - -\n", texts);
    assert_string_equal(buf_text(&o.schema), GOOD_LINES "module good urn:good\n");
    assert_non_null(strstr(buf_text(&o.notes), "bad: line 1: blocks in blocks"));
    outcome_free(&o);
    buf_free(&deep);
}

static void notes_are_safe_to_show(void **state)
{
    (void)state;
    const struct text texts[] = {
        GOOD, {"bad.yang", MODULE("bad", "leaf x { type \"a\n\033[31mb\"; }")}, {0}};
    struct outcome o = compile("module bad - -\nmodule good - -\n", texts);
    assert_null(strchr(buf_text(&o.notes), '\033'));
    assert_string_equal(buf_text(&o.schema), GOOD_LINES "module good urn:good\n");
    outcome_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_becomes_lines),
        cmocka_unit_test(one_bad_module_spoils_no_other),
        cmocka_unit_test(endless_nesting_is_refused),
        cmocka_unit_test(notes_are_safe_to_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
