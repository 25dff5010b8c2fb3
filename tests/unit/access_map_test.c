/* rooms: access drivers syntax data base */
/* What mappings say of YANG data, and what nobody says of it. */
#include "access_map_fixture.h"

static void nodes_become_values(void **state)
{
    (void)state;
    static const struct {
        const char *user, *holds;
    } cases[] = {
        {"<name>bob</name><level>7</level>", "account[name='bob']/privilege = 7"},
        {"<name>bob</name>", "account[realm='local'][name='bob']/privilege = 1"},
        {"<name>bob</name><level>15</level>", "account[name='bob']/admin = 'true'"},
        {"<name>bob</name><level>7</level><level>8</level>", "account/privilege = 8"},
        {"<name>bob</name><role>a:ADMIN</role><role>b:ops</role>",
            "account[role='administrator'][role='ops'][count(role) = 2]"},
        {"<name>bob</name><via> ssh  telnet </via>",
            "account[service='ssh'][service='telnet'][count(service) = 2]"},
        {"<name>bob</name><locked>true</locked>", "account/enabled = 'false'"},
        {"<name>bob</name><locked>false</locked>", "account/enabled = 'true'"},
        {"<name>bob</name><hash>x</hash><kind>5</kind>",
            "account/secret[scheme='md5-crypt'][strength='weak']"},
        {"<name>bob</name><hash>%own%x</hash><kind/>", "account/secret[scheme='clear']"},
        {"<name>bob</name><hash>x</hash><old/>", "account/secret[scheme='old']/fingerprint"},
        {"<name>bob</name><clear>0:abc</clear>", "account/secret[scheme='clear']/fingerprint"},
        {"<name>bob</name><hash>x</hash><clear>0:x</clear>", "account/secret/fingerprint"},
        {"<name>bob</name><hash></hash>", "account/secret[not(fingerprint)]"},
        {"<name>bob</name><shell xmlns='urn:acme:more'>bash</shell>", "account/shell = 'bash'"},
        {"<name>bob</name><key><blob>ssh-ed25519 " KEY_BLOB "</blob><note>laptop</note></key>",
            "account/ssh-key[algorithm='ssh-ed25519'][comment='laptop']"},
        {"<level>15</level>", "not(account) and unread"},
    };
    struct fixture f;
    map_with(&f, VENDOR, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[700];
        snprintf(text, sizeof text, BOX("<user>%s</user>"), cases[i].user);
        if (!fixture_holds(&f, text, cases[i].holds))
            fail_msg("%s: does not hold: %s", cases[i].user, cases[i].holds);
    }
    fixture_free(&f);
}

static void the_first_mapping_that_has_a_value_gives_it(void **state)
{
    (void)state;
    static const struct {
        const char *box, *login, *holds;
    } cases[] = {
        {"<name>bob</name><level>7</level>", "<name>bob</name><level>9</level><shell>sh</shell>",
            "account[privilege=7][shell='sh']"},
        {"<name>bob</name>", "<name>bob</name><level>9</level>", "account[privilege=9]"},
        {"<name>bob</name>", "<name>bob</name>", "account[privilege=1]"},
        {"<name>bob</name><role>a</role>", "<name>bob</name><role>b</role><role>c</role>",
            "account[role='a'][count(role)=1]"},
        {"<name>bob</name>", "<name>bob</name><role>b</role><role>c</role>",
            "account[count(role)=2]"},
        {"<name>bob</name>", "<name>eve</name>", "count(account) = 2"},
        {"<name>bob</name><hash>x</hash><kind>5</kind>",
            "<name>bob</name><password>other</password>", "account/secret[scheme='md5-crypt']"},
        {"<name>bob</name><key><blob>ssh-ed25519 " KEY_BLOB "</blob></key>",
            "<name>bob</name><key><blob>" KEY_BLOB "</blob><note>desk</note></key>"
            "<key><blob>own</blob></key>",
            "count(account/ssh-key) = 2 and account/ssh-key[algorithm='ssh-ed25519']"
            "[comment='desk']"},
        {"<name>bob</name><level>15</level>", "<name>bob</name><role>all</role>",
            "account[admin='true']"},
        {"<name>bob</name>", "<name>bob</name><role>all</role>", "account[admin='false']"},
    };
    struct fixture f;
    map_with(&f, VENDOR, STANDARD);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[1500];
        snprintf(text, sizeof text, LOGIN("<user>%s</user>") BOX("<user>%s</user>"), cases[i].login,
            cases[i].box);
        if (!fixture_holds(&f, text, cases[i].holds))
            fail_msg("%s: does not hold: %s", text, cases[i].holds);
    }
    assert_true(fixture_holds(
        &f, LOGIN("<user><name>bob</name><role>all</role></user>"), "account[admin='true']"));
    /* tables are of their own mapping */
    assert_true(fixture_holds(&f,
        LOGIN("<user><name>bob</name><role>ADMIN</role><password>%own%x</password></user>"),
        "account[role='ADMIN']/secret[not(scheme)]/fingerprint"));
    fixture_free(&f);
}

static void what_no_expression_takes_is_unread(void **state)
{
    (void)state;
    static const struct {
        const char *text, *unread; /* one, or NULL: none */
    } cases[] = {
        {BOX("<user><name>bob</name><foo>s3cret</foo></user>"),
            "/acme-system:box/user[name='bob']/foo"},
        {BOX("<user><name>bob</name><in><foo>s3cret</foo></in></user>"),
            "/acme-system:box/user[name='bob']/in/foo"},
        {BOX("<user><name>bob</name><seen><foo>s3cret</foo></seen></user>"), NULL},
        {BOX("<user><name>bob</name><locked>true</locked></user>"), NULL},
        {BOX("<user><name>bob</name><foo xmlns:wd='urn:ietf:params:xml:ns:netconf:default:1.0'"
             " wd:default='true'>1</foo></user>"),
            NULL},
        {BOX("<user><name>bob</name><hash>a</hash><clear>0:b</clear></user>"), NULL},
        {BOX("<user><name>bob</name><key><blob>x</blob></key></user>"), NULL},
        {BOX("<user><name>bob</name><foo>s3cret</foo><foo>other</foo></user>"),
            "/acme-system:box/user[name='bob']/foo"},
        {BOX("<group><name>s3cret</name></group>"), "/acme-system:box/group"},
        {BOX("<community><name>s3cret</name><mode>ro</mode></community>"), NULL},
        {BOX("<tunnel><psk>s3cret</psk></tunnel>"), "/acme-system:box/tunnel"},
        {BOX("<user><level>3</level></user>"), "/acme-system:box/user"},
        {"<other xmlns='urn:other'><user>s3cret</user></other>", "no mapping knows other"},
        {"<cli-text xmlns='urn:other'>hostname a</cli-text>", NULL},
    };
    struct fixture f;
    map_with(&f, VENDOR, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lyd_node *tree = fixture_tree(&f, str_of(cases[i].text));
        const char *came = NULL;
        size_t count = 0;
        for (const struct lyd_node *n = lyd_child(tree); n; n = n->next)
            if (strcmp(LYD_NAME(n), "unread") == 0 && ++count)
                came = yang_leaf(n, "text");
        const char *wanted = cases[i].unread;
        if (count > 1 || (came ? !wanted || strcmp(came, wanted) != 0 : wanted != NULL))
            fail_msg("%s: expected %s; came %s (of %zu)", cases[i].text, wanted ? wanted : "none",
                came ? came : "none", count);
        lyd_free_all(tree);
    }
    fixture_free(&f);
}

static void values_have_the_lines_of_their_nodes(void **state)
{
    (void)state;
    struct fixture f;
    map_with(&f, VENDOR, NULL);
    char *json = fixture_json(&f,
        STR(BOX("<user>\n<name>bob</name>\n<level>7</level>\n<role>x:ops</role>\n</user>")), true);
    assert_non_null(strstr(json, "\"@privilege\":{\"rollcall-access:line\":\"running:4\"}"));
    assert_non_null(strstr(json, "\"@\":{\"rollcall-access:line\":\"running:2\"}"));
    assert_non_null(strstr(json, "running:5"));
    free(json);
    json = fixture_json(&f,
        STR("<x xmlns='urn:x'>\n<cli-text>\nhostname a\nusername bob privilege 3\n</cli-text></x>"),
        true);
    assert_non_null(strstr(json, "running:4"));
    free(json);
    fixture_free(&f);
}

static void xml_and_json_and_other_namespaces_say_the_same(void **state)
{
    (void)state;
    static const char *const forms[] = {
        BOX("<user><name>bob</name><level>7</level><shell xmlns='urn:acme:more'>x</shell></user>"),
        ("<data xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'>"
         "<a:box xmlns:a='http://acme.example/release-7/system'>"
         "<a:user><a:name>bob</a:name><a:level>7</a:level><shell "
         "xmlns='urn:acme:more'>x</shell></a:user></a:box></data>"),
        "<box><user><name>bob</name><level>7</level><shell>x</shell></user></box>",
        "{\"acme-system:box\":{\"user\":[{\"name\":\"bob\",\"level\":7,\"acme-more:shell\":\"x\"}]}"
        "}",
        "{\"box\":{\"user\":[{\"name\":\"bob\",\"level\":7,\"shell\":\"x\"}]}}",
    };
    struct fixture f;
    map_with(&f, VENDOR, NULL);
    char *first = fixture_json(&f, str_of(forms[0]), false);
    assert_non_null(strstr(first, "bob"));
    for (size_t i = 1; i < COUNT(forms); i++) {
        char *json = fixture_json(&f, str_of(forms[i]), false);
        if (strcmp(json, first) != 0)
            fail_msg("%s\ngives %s\nnot   %s", forms[i], json, first);
        free(json);
    }
    free(first);
    fixture_free(&f);
}

static void data_without_namespaces_is_read_by_all_that_know_its_top(void **state)
{
    (void)state;
    static const char one[] = "mapping: one\ntitle: 1\n"
                              "modules: { one: { namespace: urn:one, root: sys } }\n"
                              "map: [{ entry: role, where: /one:sys/r, set: name = . }]\n";
    static const char two[] =
        "mapping: two\ntitle: 2\n"
        "modules: { two: { namespace: urn:two, root: sys }, more: { namespace: urn:more } }\n"
        "map: [{ entry: account, where: '/two:sys/more:u[not(more:x)]', set: 'name = more:n' }]\n";
    struct fixture f;
    map_with(&f, one, two);
    assert_true(fixture_holds(&f, "<sys><r>a</r><u><n>bob</n></u><u><n>eve</n><x/></u></sys>",
        "role[name='a'] and account[name='bob'] and not(account[name='eve'] or unread)"));
    assert_true(fixture_holds(&f, "<sys xmlns='urn:one'><r>a</r><u><n>bob</n></u></sys>",
        "role[name='a'] and not(account)"));
    fixture_free(&f);
}

static void a_wrong_mapping_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"  - { entry: acount, where: /m:a }", "no entry \"acount\""},
        {"  - { entry: account, where: '/m:a[' }", "no XPath expression"},
        {"  - { entry: account, where: /n:a }", "module n is not among"},
        {"  - { entry: account, where: '/m:a[n:b]' }", "module n is not among"},
        {"  - { entry: account, where: /m:a, set: nam = x }", "no node \"nam\""},
        {"  - { entry: account, where: /m:a, set: name = string(x }", "no XPath expression"},
        {"  - { entry: account, where: /m:a, set: name = string( }", "parenthesis is not closed"},
        {"  - { entry: account, where: /m:a, set: 'name = document(x)' }",
            "no function document()"},
        {"  - { entry: account, where: /m:a, set: \"shell = matches(x, 'a(')\" }",
            "regular expression"},
        {"  - { entry: account, where: /m:a, pass: 'a b' }", "no XPath expression"},
        {"  - { entry: account, where: /m:a, into: [{ list: ssh, where: x }] }", NULL},
        {"  - { entry: account, where: /m:a, into: [{ list: ssh, where: x, set: key = y }] }",
            "no list of account"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct error err = ERROR_INIT;
        char yaml[400];
        fixture_context(&f);
        snprintf(yaml, sizeof yaml,
            "mapping: m\ntitle: M\nmodules: { m: { namespace: u } }\n"
            "map:\n%s\n",
            cases[i].line);
        assert_int_equal(fixture_try_mapping(&f, yaml, &err), 0);
        int rc = fixture_try(&f, DATA, &err);
        if (!cases[i].says)
            assert_int_equal(rc, 0);
        else if (rc != RC_SETTINGS || !strstr(err.text, cases[i].says) ||
                 strncmp(err.place, "map.yaml:5:", 11) != 0)
            fail_msg("%s: came %s: %s", cases[i].line, err.place, err.text);
        fixture_free(&f);
    }
}

static int read_text(struct fixture *f, struct str text, struct error *err)
{
    struct part part = {.name = (char[]){"running"}};
    struct draft *draft = NULL;
    assert_int_equal(buf_add_str(&part.text, text), 0);
    int rc = draft_read(f->reader, &part, 1, &draft, err);
    buf_free(&part.text);
    draft_free(draft);
    return rc;
}

static void an_expression_that_takes_too_long_fails_the_pull(void **state)
{
    (void)state;
    static const char slow[] =
        "mapping: slow\ntitle: S\nmodules: { m: { namespace: u, root: a } }\n"
        "map: [{ entry: account, where: '/m:a/b[count(//b[count(//b) > 1]) > 1]',"
        " set: name = . }]\n";
    struct fixture f;
    struct error err = ERROR_INIT;
    struct buf text = {0};
    map_with(&f, slow, NULL);
    buf_add(&text, "<a>");
    for (size_t i = 0; i < 5000; i++)
        buf_add(&text, "<b>x</b>");
    buf_add(&text, "</a>");
    if (read_text(&f, buf_str(&text), &err) != RC_LIMIT)
        fixture_fail("came", &err);
    buf_free(&text);
    fixture_free(&f);
}

static void data_that_is_none_fails_the_pull(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = ERROR_INIT;
    map_with(&f, VENDOR, NULL);
    assert_int_equal(read_text(&f, STR("<box xmlns='urn:acme:system'><user>"), &err), RC_FORMAT);
    assert_non_null(strstr(err.text, "running"));
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_become_values),
        cmocka_unit_test(the_first_mapping_that_has_a_value_gives_it),
        cmocka_unit_test(what_no_expression_takes_is_unread),
        cmocka_unit_test(values_have_the_lines_of_their_nodes),
        cmocka_unit_test(xml_and_json_and_other_namespaces_say_the_same),
        cmocka_unit_test(data_without_namespaces_is_read_by_all_that_know_its_top),
        cmocka_unit_test(a_wrong_mapping_is_refused_with_its_place),
        cmocka_unit_test(an_expression_that_takes_too_long_fails_the_pull),
        cmocka_unit_test(data_that_is_none_fails_the_pull),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
