/* rooms: base syntax */
/* Lines that are named by something in them: keys that stand deeper, fields of a header, numbers
 * that a key names; and how far behind its element's start a key may stand. */
#include "syntax_dump.h"

static void keys_may_stand_deeper(void **state)
{
    (void)state;
    static const struct dump_case json[] = {
        {"a path",
            "{\"items\": [{\"kind\": \"RoleBinding\", \"metadata\": {\"name\": \"ops\","
            " \"namespace\": \"shop\"}, \"roleRef\": {\"kind\": \"ClusterRole\", \"name\":"
            " \"admin\"}, \"subjects\": [{\"kind\": \"User\", \"name\": \"bob\"}]}]}",
            "0: items|shop|admin\n1: kind|RoleBinding\n1: metadata\n2: name|ops\n"
            "1: roleRef\n2: kind|ClusterRole\n1: subjects\n2: kind|User\n2: name|bob\n"},
        {"in a list without a name", "[{\"id\": 1, \"profile\": {\"login\": \"bob@x\", \"a\": 2}}]",
            "0: bob@x\n1: id|1\n1: profile\n2: a|2\n"},
        {"only in elements of one name", "{\"a\": {\"b\": {\"c\": 1}}, \"d\": {\"b\": {\"c\": 2}}}",
            "0: a\n1: b\n2: c|1\n0: d|2\n1: b\n"},
        {"what is no leaf is none", "[{\"profile\": {\"login\": {\"x\": 1}}}]",
            "0: profile\n1: login\n2: x|1\n"},
    };
    dump_check("\"shape\":\"json\",\"keys\":[\"metadata/namespace\",\"roleRef/name\","
               "\"profile/login\",\"d b/c\"]",
        json, COUNT(json));
    static const struct dump_case xml[] = {
        {"a path", "<u><v>1</v><a><b>x</b></a></u>", "0: u|x\n1: v|1\n1: a\n"},
        {"an attribute at its end", "<u><a b=\"x\"/></u>", "0: u|x\n1: a\n"},
    };
    dump_check("\"shape\":\"xml\",\"keys\":[\"a/b\"]", xml, COUNT(xml));
}

static void a_header_names_the_fields(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"columns by name",
            "user,password_enabled,key\r\nbob,true,\r\n\"eve, the 2nd\",false,\"a \"\"b\"\"\"\r\n",
            "0: bob\n1: password_enabled|true\n"
            "0: eve, the 2nd\n1: password_enabled|false\n1: key|a \"b\"\n"},
        {"in another order, with blanks", "\n key , user\nx, bob\n", "0: bob\n1: key|x\n"},
        {"a field of many lines", "user,note,key\nbob,\"a\nb, \"\"c\"\"\n\",x\neve,y,z\n",
            "0: bob\n1: note|a\nb, \"c\"\n1: key|x\n0: eve\n1: note|y\n1: key|z\n"},
        {"a quote that does not end", "user,key\n\"bob,x\neve,y\n",
            "0: \"bob\n1: key|x\n0: eve\n1: key|y\n"},
        {"more and fewer fields than names", "user,key\nbob,x,y,z\neve\n",
            "0: bob\n1: key|x\n0: eve\n"},
        {"without the key", "a,b\n1,2\n", "0: \n1: a|1\n1: b|2\n"},
        {"a header alone", "user,key\n", ""},
    };
    dump_check("\"shape\":\"fields\",\"separator\":\",\",\"quote\":\"\\\"\",\"header\":true,"
               "\"keys\":[\"user\"]",
        cases, COUNT(cases));
}

static void a_number_is_what_its_name_says(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"the name first or last",
            "users.1.name=ubnt\nusers.1.password=x\nuser.account.0.level=15\n"
            "users.2.password=y\nuser.account.0.name=\"bob b\"\nusers.3.shell=sh\n"
            "users.2.name=eve\n",
            "0: users|ubnt|name|ubnt\n0: users|ubnt|password|x\n0: user|account|bob b|level|15\n"
            "0: users|eve|password|y\n0: user|account|bob b|name|bob b\n0: users|3|shell|sh\n"
            "0: users|eve|name|eve\n"},
        {"the last name counts", "a.1.name=x\na.1.name=y\na.1.b=z\n",
            "0: a|y|name|x\n0: a|y|name|y\n0: a|y|b|z\n"},
        {"only numbers", "a.b.name=x\na.b.c=y\n1.name=x\n1.c=y\nname=z\n",
            "0: a|b|name|x\n0: a|b|c|y\n0: x|name|x\n0: x|c|y\n0: name|z\n"},
        {"only behind its parent", "a.1.uid=x\na.1.c=y\nb.1.uid=x\nb.1.c=y\n",
            "0: a|x|uid|x\n0: a|x|c|y\n0: b|1|uid|x\n0: b|1|c|y\n"},
        {"numbers in numbers", "a.1.name=x\na.1.b.2.name=y\na.1.b.2.c=z\n",
            "0: a|x|name|x\n0: a|x|b|y|name|y\n0: a|x|b|y|c|z\n"},
    };
    dump_check("\"shape\":\"keyvalue\",\"separator\":\".\",\"keys\":[\"name\",\"a uid\"]", cases,
        COUNT(cases));
}

/* <data> of `before` leaves, then its name, then one more leaf. */
static char *read_late_key(const struct syntax *s, unsigned before)
{
    struct buf text = {.cap = 1 << 24};
    buf_add(&text, "<data><user><x>0</x>");
    for (unsigned i = 0; i < before; i++)
        buf_add(&text, "<a/>");
    buf_add(&text, "<name>bob</name></user><user><name>eve</name><b>1</b></user></data>");
    char *got = dump_read(s, buf_str(&text), false);
    buf_free(&text);
    return got;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    while ((text = strstr(text, what))) {
        n++;
        text += strlen(what);
    }
    return n;
}

static void a_text_without_end_is_reported_piece_by_piece(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax("\"shape\":\"xml\",\"keys\":[\"name\"]");
    char *soon = read_late_key(s, 10000), *late = read_late_key(s, 40000);
    assert_true(strstr(soon, "1: user|bob\n2: x|0\n2: a\n") != NULL);
    assert_int_equal(count(soon, "2: a\n"), 10000);
    assert_true(strncmp(late, "0: data\n1: user\n2: x|0\n2: a\n", 28) == 0);
    assert_true(strstr(late, "2: a\n2: name|bob\n1: user|eve\n2: b|1\n") != NULL);
    assert_int_equal(count(late, "2: a\n"), 40000);
    free(soon);
    free(late);
    syntax_free(s);
}

static void crowded_tags_are_refused(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax("\"shape\":\"xml\"");
    struct buf text = {.cap = 1 << 24};
    buf_add(&text, "<a>\n<!-- <a 'x' -->\n<b ");
    for (int i = 0; i < 2000; i++)
        buf_format(&text, "a%d='>' ", i);
    buf_add(&text, "/></a>");
    char *got = dump_read(s, buf_str(&text), false);
    assert_string_equal(got, "error limit: line 3: too many attributes");
    free(got);
    buf_free(&text);
    syntax_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_may_stand_deeper),
        cmocka_unit_test(a_header_names_the_fields),
        cmocka_unit_test(a_number_is_what_its_name_says),
        cmocka_unit_test(a_text_without_end_is_reported_piece_by_piece),
        cmocka_unit_test(crowded_tags_are_refused),
    };
    return cmocka_run_group_tests_name("syntax_keys", tests, dump_setup, dump_teardown);
}
