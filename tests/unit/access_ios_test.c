/* rooms: access drivers syntax data base */
/* What must not matter in an IOS config: order, line ends, how an account is spread over lines,
 * what a banner says. And what a big one, or a damaged message, does. */
#include "access_fixture.h"

#include "base/pack.h"

/* Sections of a config, each whole; their order means nothing. */
static const char *const sections[] = {
    "aaa new-model\n",
    "aaa authentication login default group tacacs+ local\n",
    "aaa accounting exec default\n action-type start-stop\n group tacacs+\n!\n",
    "username alice privilege 15 secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7\n",
    "username bob view OPER privilege 7 password 7 0822455D0A16\n",
    "username carol nopassword\n",
    "enable secret 5 $1$aaaa$bbbbbbbbbbbbbbbbbbbbbb\n",
    "enable password letmein\n",
    "ip ssh pubkey-chain\n  username bob\n   key-hash ssh-rsa 0B7E19C4D82F6A35917C4E08B6D2F31A b\n"
    "   key-hash ssh-rsa A1D4027EF0563C9B8841E6D27F3590AC\n  quit\n!\n",
    "tacacs server A\n address ipv4 192.0.2.1\n key 7 0822455D0A16\n!\n",
    "ip access-list standard MGMT\n permit 192.0.2.0 0.0.0.255\n deny any log\n!\n",
    "snmp-server community s3ldomSeen RO 10\n",
    "logging host 192.0.2.5\n",
    "ip http secure-server\n",
    "banner motd ^C\nusername eve privilege 15 secret 0 owned\n line vty 0 4\n^C\n",
    "line con 0\n!\nline vty 0 4\n access-class MGMT in\n transport input ssh\n!\n",
    "event manager applet x\n event timer watchdog time 60\n action 1.0 cli command "
    "\"enable\"\n!\n",
};

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static struct str joined(const char *const *texts, size_t count, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(buf_add(out, texts[i]), 0);
    return buf_str(out);
}

static void the_order_of_sections_does_not_matter(void **state)
{
    (void)state;
    struct fixture f;
    struct buf text = {0};
    const char *order[COUNT(sections)];
    unsigned seed = 42;
    fixture_platform(&f, "ios");
    memcpy(order, sections, sizeof order);
    char *expected = fixture_json(&f, joined(order, COUNT(order), &text), false);
    assert_non_null(strstr(expected, "alice"));
    assert_null(strstr(expected, "\"eve\""));
    for (int round = 0; round < 100; round++) {
        for (size_t i = COUNT(order) - 1; i > 0; i--) {
            size_t j = next_random(&seed) % (i + 1);
            const char *swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        char *got = fixture_json(&f, joined(order, COUNT(order), &text), false);
        if (strcmp(expected, got) != 0)
            fail_msg("of\n%s\ncame %s\nexpected %s", text.data, got, expected);
        free(got);
    }
    free(expected);
    buf_free(&text);
    fixture_free(&f);
}

static void options_may_be_spread_over_lines(void **state)
{
    (void)state;
    static const char *const options[] = {
        "privilege 7", "view OPER", "one-time", "access-class 10", "common-criteria-policy P"};
    struct fixture f;
    struct buf text = {0};
    unsigned seed = 7;
    fixture_platform(&f, "ios");
    char *expected = NULL;
    for (int round = 0; round < 100; round++) {
        const char *order[COUNT(options)];
        memcpy(order, options, sizeof order);
        buf_clear(&text);
        buf_add(&text, "username bob");
        for (size_t i = 0; i < COUNT(order); i++) {
            size_t j = i + next_random(&seed) % (COUNT(order) - i);
            const char *option = order[j];
            order[j] = order[i];
            if (round && next_random(&seed) % 2)
                buf_add(&text, "\nusername bob");
            buf_format(&text, " %s", option);
        }
        /* a secret runs to the end of its line, so it is the last on it */
        buf_add(&text, " secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7\n");
        char *got = fixture_json(&f, buf_str(&text), false);
        if (!expected)
            expected = got;
        else if (strcmp(expected, got) != 0)
            fail_msg("of\n%s\ncame %s\nexpected %s", text.data, got, expected);
        if (got != expected)
            free(got);
    }
    assert_non_null(strstr(expected, "scrypt"));
    free(expected);
    buf_free(&text);
    fixture_free(&f);
}

static void line_ends_and_blanks_do_not_matter(void **state)
{
    (void)state;
    static const char *const ends[] = {"\r\n", "\r\r\n", "\r", "  \n", "\t\n"};
    struct fixture f;
    struct buf text = {0}, other = {0};
    fixture_platform(&f, "ios");
    char *expected = fixture_json(&f, joined(sections, COUNT(sections), &text), false);
    for (size_t e = 0; e < COUNT(ends); e++) {
        struct str rest = buf_str(&text), line;
        buf_clear(&other);
        while (str_next_line(&rest, &line)) {
            buf_add_str(&other, line);
            buf_add(&other, ends[e]);
        }
        char *got = fixture_json(&f, buf_str(&other), false);
        assert_string_equal(got, expected);
        free(got);
    }
    free(expected);
    buf_free(&other);
    buf_free(&text);
    fixture_free(&f);
}

static void every_node_says_where_it_stands(void **state)
{
    (void)state;
    struct fixture f;
    fixture_platform(&f, "ios");
    char *json = fixture_json(
        &f, str_of("hostname r\nusername bob privilege 15\n!\nusername bob nopassword\n"), true);
    assert_non_null(strstr(json, "\"@\":{\"rollcall-access:line\":\"running:2 running:4\"}"));
    assert_non_null(strstr(json, "\"@privilege\":{\"rollcall-access:line\":\"running:2\"}"));
    assert_non_null(strstr(json, "\"@scheme\":{\"rollcall-access:line\":\"running:4\"}"));
    struct lyd_node *tree = NULL;
    struct buf again = {0};
    assert_int_equal(access_parse(f.ctx, json, &tree, NULL), 0);
    assert_int_equal(access_print(tree, true, &again, NULL), 0);
    assert_string_equal(again.data, json);
    buf_free(&again);
    lyd_free_all(tree);
    free(json);
    fixture_free(&f);
}

static void nothing_makes_an_empty_tree(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "hostname r\n", "\xff\xfe", "!\n"};
    struct fixture f;
    fixture_platform(&f, "ios");
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *json = fixture_json(&f, str_of(texts[i]), true);
        assert_string_equal(json, "{\"rollcall-access:access\":{}}");
        struct lyd_node *tree = NULL;
        assert_int_equal(access_parse(f.ctx, json, &tree, NULL), 0);
        lyd_free_all(tree);
        free(json);
    }
    fixture_free(&f);
}

static void names_that_could_hurt_are_escaped(void **state)
{
    (void)state;
    struct fixture f;
    fixture_platform(&f, "ios");
    char *json = fixture_json(
        &f, str_of("username \x1b[2Jx\nusername \xff\nusername \xe2\x80\xaeroot\n"), false);
    assert_null(strchr(json, '\x1b'));
    assert_true(utf8_valid(json, strlen(json)));
    assert_non_null(strstr(json, "\\\\xff"));
    assert_non_null(strstr(json, "\\\\u{202e}root"));
    free(json);
    fixture_free(&f);
}

static void twenty_thousand_accounts_are_read(void **state)
{
    (void)state;
    struct fixture f;
    struct buf text = {0};
    fixture_platform(&f, "ios");
    for (int i = 0; i < 20000; i++)
        buf_format(&text,
            "username user%05d privilege %d secret 5 $1$%05d$bbbbbbbbbbbbbbbbbbbbbb\n", i, i % 16,
            i);
    struct lyd_node *tree = fixture_tree(&f, buf_str(&text));
    size_t count = 0;
    for (struct lyd_node *n = lyd_child(tree); n; n = n->next)
        count += strcmp(LYD_NAME(n), "account") == 0;
    assert_int_equal(count, 20000);
    lyd_free_all(tree);
    buf_free(&text);
    fixture_free(&f);
}

/* ---- the draft as a message ---- */

static void a_draft_survives_the_way_between_processes(void **state)
{
    (void)state;
    struct fixture f;
    struct buf text = {0}, message = {0}, again = {0};
    fixture_platform(&f, "ios");
    buf_add(&text, "! Last configuration change at 18:41:02 UTC Thu Nov 24 2016 by al\x1b"
                   "ice\n");
    for (size_t i = 0; i < COUNT(sections); i++)
        buf_add(&text, sections[i]);
    struct draft *draft = fixture_draft(&f, buf_str(&text)), *passed = NULL;
    assert_string_equal(draft_author(draft), "al\\x1bice");
    assert_int_equal(draft_pack(draft, &message), 0);
    assert_int_equal(draft_unpack(buf_str(&message), &passed, NULL), 0);
    assert_string_equal(draft_author(passed), "al\\x1bice");
    assert_int_equal(draft_pack(passed, &again), 0);
    assert_int_equal(message.len, again.len);
    assert_memory_equal(message.data, again.data, message.len);
    struct lyd_node *one = NULL, *two = NULL;
    assert_int_equal(access_build(f.ctx, &f.platform, draft, fixture_key, &one, NULL), 0);
    assert_int_equal(access_build(f.ctx, &f.platform, passed, fixture_key, &two, NULL), 0);
    assert_int_equal(lyd_compare_single(one, two, LYD_COMPARE_FULL_RECURSION), LY_SUCCESS);
    lyd_free_all(one);
    lyd_free_all(two);
    draft_free(draft);
    draft_free(passed);
    buf_wipe(&message);
    buf_wipe(&again);
    buf_free(&text);
    fixture_free(&f);
}

/* Whatever comes, it is refused or makes a draft that can be built or is refused. */
static void try_message(struct fixture *f, struct str message)
{
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    if (draft_unpack(message, &draft, &err)) {
        assert_int_equal(err.code, RC_FORMAT);
        return;
    }
    if (access_build(f->ctx, &f->platform, draft, fixture_key, &tree, &err) == 0)
        lyd_free_all(tree);
    draft_free(draft);
}

static void damaged_messages_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct buf text = {0}, message = {0};
    fixture_platform(&f, "ios");
    struct draft *draft = fixture_draft(&f, joined(sections, COUNT(sections), &text));
    assert_int_equal(draft_pack(draft, &message), 0);
    draft_free(draft);
    for (size_t len = 0; len < message.len; len++) {
        struct draft *cut = NULL;
        assert_int_equal(draft_unpack((struct str){message.data, len}, &cut, NULL), RC_FORMAT);
    }
    unsigned seed = 3;
    for (int round = 0; round < 2000; round++) {
        struct buf damaged = {0};
        buf_add_str(&damaged, buf_str(&message));
        for (unsigned n = 1 + next_random(&seed) % 4; n > 0; n--)
            damaged.data[next_random(&seed) % damaged.len] = (char)next_random(&seed);
        try_message(&f, buf_str(&damaged));
        buf_free(&damaged);
    }
    buf_wipe(&message);
    buf_free(&text);
    fixture_free(&f);
}

/* A message of one entry with one field. */
static void pack_lie(struct buf *m, const char *section, const char *path, struct str value)
{
    pack_u32(m, 0x44524632u);
    pack_text(m, NULL);
    pack_u32(m, 1);
    pack_text(m, "running");
    pack_u32(m, 0); /* mappings */
    pack_u32(m, 1);
    pack_text(m, section);
    pack_u32(m, 1);
    pack_text(m, path);
    pack_str(m, value);
    for (int number = 0; number < 4; number++) /* part, line, sub, secret */
        pack_u32(m, 0);
    pack_u32(m, 0);
}

static void a_value_that_is_no_clean_text_is_refused(void **state)
{
    (void)state;
    static const struct str values[] = {
        {"\xff", 1}, {"\x1b[2J", 4}, {"a\0b", 3}, {"a\nb", 3}, {"\x7f", 1}};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct buf m = {0};
        struct draft *draft = NULL;
        pack_lie(&m, "role", "name", values[i]);
        assert_int_equal(draft_unpack(buf_str(&m), &draft, NULL), RC_FORMAT);
        buf_free(&m);
    }
}

static void a_lying_collector_makes_no_tree(void **state)
{
    (void)state;
    static const struct {
        const char *section, *path, *value;
    } lies[] = {
        {"", "", ""},
        {"account", "name", "bob"}, /* no realm */
        {"access", "name", "bob"},
        {"../account", "name", "bob"},
        {"aaa", "server", "x"},
        {"aaa/server/secret", "fingerprint", "x"},
        {"account/ssh-key", "fingerprint", "x"},
        {"line", "name/x", "x"},
    };
    struct fixture f;
    fixture_platform(&f, "ios");
    for (size_t i = 0; i < COUNT(lies); i++) {
        struct buf m = {0};
        struct draft *draft = NULL;
        struct lyd_node *tree = NULL;
        pack_lie(&m, lies[i].section, lies[i].path, str_of(lies[i].value));
        assert_int_equal(draft_unpack(buf_str(&m), &draft, NULL), 0);
        assert_int_equal(
            access_build(f.ctx, &f.platform, draft, fixture_key, &tree, NULL), RC_INVALID);
        draft_free(draft);
        buf_free(&m);
    }
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_sections_does_not_matter),
        cmocka_unit_test(options_may_be_spread_over_lines),
        cmocka_unit_test(line_ends_and_blanks_do_not_matter),
        cmocka_unit_test(every_node_says_where_it_stands),
        cmocka_unit_test(nothing_makes_an_empty_tree),
        cmocka_unit_test(names_that_could_hurt_are_escaped),
        cmocka_unit_test(twenty_thousand_accounts_are_read),
        cmocka_unit_test(a_draft_survives_the_way_between_processes),
        cmocka_unit_test(damaged_messages_are_refused),
        cmocka_unit_test(a_value_that_is_no_clean_text_is_refused),
        cmocka_unit_test(a_lying_collector_makes_no_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
