/* rooms: base syntax */
#include "syntax_dump.h"

#define CISCO                                                                                      \
    "\"shape\":\"indented\",\"comment\":[\"!\"],\"ends\":[\"end\",\"exit\",\"return\"],"           \
    "\"banner\":[\"banner *\",\"aaa authentication banner\"],"                                     \
    "\"ordered\":[\"access-list\",\"ip access-list >\",\"aaa authentication login *\"],"           \
    "\"verbatim\":[{\"opens\":\"crypto pki certificate chain * certificate\",\"ends\":\"quit\"},"  \
    "{\"opens\":\"ip ssh pubkey-chain username * key-string\",\"ends\":\"exit\",\"join\":true},"   \
    "{\"opens\":\"macro name\",\"ends\":\"@\",\"flat\":true}]"

static void blocks_follow_indentation_and_separators(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"words", "username bob  privilege 15\n", "0: username|bob|privilege|15\n"},
        {"a block", "line vty 0 4\n login local\n transport input ssh\nhostname r1\n",
            "0: line|vty|0|4\n1: login|local\n1: transport|input|ssh\n0: hostname|r1\n"},
        {"nested blocks", "a\n b\n  c\n d\ne", "0: a\n1: b\n2: c\n1: d\n0: e\n"},
        {"tabs indent", "a\n\tb\n        c\n\t d\n", "0: a\n1: b\n1: c\n2: d\n"},
        {"exit and comments inside", "a\n b\n  c\n exit\n !\n d\n!\nend\n",
            "0: a\n1: b\n2: c\n1: d\n"},
        {"a separator ends blocks, the next line may be indented", "a\n b\n!\n c\n d\n",
            "0: a\n1: b\n0: c\n0: d\n"},
        {"less indented than its sister", "a\n   b\n  c\n", "0: a\n1: b\n1: c\n"},
        {"indented from the start", " a\n  b\nc\n", "0: a\n1: b\n0: c\n"},
        {"blank lines mean nothing", "a\n\n   \n b\n", "0: a\n1: b\n"},
        {"order counts where the profile says",
            "access-list 1 permit any\nip access-list extended X\n 10 permit ip any any\n"
            "aaa authentication login default local\nhostname x\n",
            "0+: access-list|1|permit|any\n0: ip|access-list|extended|X\n"
            "1+: 10|permit|ip|any|any\n0+: aaa|authentication|login|default|local\n"
            "0: hostname|x\n"},
        {"a word that only starts like an end", "exit-address-family\nend x\n",
            "0: exit-address-family\n0: end|x\n"},
        {"quotes are characters", "description \"a b\"\n", "0: description|\"a|b\"\n"},
        {"nothing", "", ""},
        {"only line ends", "\n\r\n\r", ""},
    };
    dump_check(CISCO, cases, COUNT(cases));
}

static void noise_of_terminals_is_not_config(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"every line end", "a\r\n b\r\r\nc\r d\n\re", "0: a\n1: b\n0: c\n1: d\n0: e\n"},
        {"pager rubbed out by backspaces",
            "a\n --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b b\nc\n",
            "0: a\n1: b\n0: c\n"},
        {"pager rubbed out by carriage returns", "a\n--More--\r        \r b\n", "0: a\n1: b\n"},
        {"pager and blanks left over", "a\n --More--          b\n<--- More --->               c\n",
            "0: a\n1: b\n1: c\n"},
        {"words about more are config", "description --More-- than\n more\n-- more\n",
            "0: description|--More--|than\n1: more\n0: --|more\n"},
        {"escape sequences", "\x1b[7mhostname\x1b[0m r1\x1b[K\n", "0: hostname|r1\n"},
        {"invalid UTF-8 stays", "description \xff\xfe x\n", "0: description|\xff\xfe|x\n"},
        {"a byte order mark", "\xef\xbb\xbfhostname r1", "0: hostname|r1\n"},
    };
    dump_check(CISCO, cases, COUNT(cases));
    struct syntax *s = dump_syntax(CISCO);
    char *got = dump_read(s, (struct str){"a\n\0 b\0c\n\0", 9}, false);
    assert_string_equal(got, "0: a\n1: bc\n");
    free(got);
    syntax_free(s);
}

static void a_banner_is_one_line_whatever_is_in_it(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"^C as two characters", "banner motd ^C\nusername eve privilege 15\n!\n  ^C\nhostname r\n",
            "0: banner|motd|username|eve|privilege|15|!\n0: hostname|r\n"},
        {"the character itself", "banner login \x03 hi\nend\n\x03\nhostname r\n",
            "0: banner|login|hi|end\n0: hostname|r\n"},
        {"on one line", "banner exec #No entry#\nhostname r\n",
            "0: banner|exec|No|entry\n0: hostname|r\n"},
        {"a caret alone", "banner exec ^Cold room^\nhostname r\n",
            "0: banner|exec|Cold|room\n0: hostname|r\n"},
        {"a delimiter of more than one byte", "banner motd \xc2\xa7 a\nb\xc2\xa7\nhostname r\n",
            "0: banner|motd|a|b\n0: hostname|r\n"},
        {"until EOF", "banner motd\nusername eve secret x\nEOF\nhostname r\n",
            "0: banner|motd|username|eve|secret|x\n0: hostname|r\n"},
        {"EOF named", "banner motd EOF\nusername eve\n EOF\nhostname r\n",
            "0: banner|motd|username|eve\n0: hostname|r\n"},
        {"never closed", "banner motd #\nhostname r\nbanner exec #\nhostname s\n",
            "0: banner|motd|hostname|r|banner|exec\n0: hostname|s\n"},
        {"never closed at all", "banner motd #\nhostname r\nbanner motd\nhostname s\n",
            "0: banner|motd|#\n0: hostname|r\n0: banner|motd\n0: hostname|s\n"},
        {"closed at the very end", "banner motd $a\nb$", "0: banner|motd|a|b\n"},
        {"empty", "banner motd ^C^C\nhostname r\n", "0: banner|motd\n0: hostname|r\n"},
        {"of three words", "aaa authentication banner ^CHi\nthere^C\nhostname r\n",
            "0: aaa|authentication|banner|Hi|there\n0: hostname|r\n"},
        {"switched off", "no banner motd #\nhostname r #\n",
            "0: no|banner|motd|#\n0: hostname|r|#\n"},
    };
    dump_check(CISCO, cases, COUNT(cases));
}

static void a_rewrapped_banner_equals_the_old_one(void **state)
{
    (void)state;
    static const char *const texts[] = {"banner motd ^C\none two\n  three\n^C\nx\n",
        "banner motd ^C one\r\ntwo three ^C\r\nx\r\n",
        "banner motd #one\r\r\ntwo\r\r\n\r\r\nthree#\nx"};
    struct syntax *s = dump_syntax(CISCO);
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *got = dump_read(s, str_of(texts[i]), false);
        assert_string_equal(got, "0: banner|motd|one|two|three\n0: x\n");
        free(got);
    }
    syntax_free(s);
}

/* Numbers that are the same in every run. */
static unsigned next_random(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

static void the_kind_of_line_end_means_nothing(void **state)
{
    static const char *const lines[] = {"hostname r1", "!", " ip address 1", "  deep  er", "",
        "banner motd #", "username eve", "#", "interface x", "\tquit", " exit", "end",
        "macro name m", "@", "crypto pki certificate chain T", " certificate 01", "  3082 01",
        "  quit"};
    static const char *const ends[] = {"\r\n", "\r\r\n", "\r"};
    struct syntax *s = dump_syntax(CISCO);
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct buf texts[4] = {
            {.cap = 1 << 16}, {.cap = 1 << 16}, {.cap = 1 << 16}, {.cap = 1 << 16}};
        unsigned random = seed;
        for (unsigned i = 0; i < 40; i++) {
            const char *line = lines[next_random(&random, COUNT(lines))];
            for (unsigned k = 0; k < 4; k++)
                buf_format(&texts[k], "%s%s", line, k ? ends[k - 1] : "\n");
        }
        char *expected = dump_read(s, buf_str(&texts[0]), false);
        for (unsigned k = 0; k < 4; k++) {
            char *got = dump_read(s, buf_str(&texts[k]), false);
            assert_string_equal(got, expected);
            free(got);
            buf_free(&texts[k]);
        }
        free(expected);
    }
    syntax_free(s);
}

static void no_text_in_a_banner_is_config(void **state)
{
    static const char *const words[] = {"username", "eve", "privilege", "15", "!", "end", "exit",
        "banner", "motd", "interface", "^", "C", "quit", "aaa", "new-model", "\"", "EOF", "@"};
    static const char *const gaps[] = {" ", "\n", "\r\n", "\n\n", "\n   ", "  ", "\t"};
    struct syntax *s = dump_syntax(CISCO);
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct buf one = {.cap = 1 << 16}, two = {.cap = 1 << 16}, expected = {.cap = 1 << 16};
        unsigned random = seed, count = next_random(&random, 60);
        buf_add(&one, "banner login ^C");
        buf_add(&two, "banner login ~");
        buf_add(&expected, "0: banner|login");
        for (unsigned i = 0; i < count; i++) {
            const char *word = words[next_random(&random, COUNT(words))];
            buf_format(&one, "%s%s", gaps[next_random(&random, COUNT(gaps))], word);
            buf_format(&two, "%s%s", gaps[next_random(&random, COUNT(gaps))], word);
            buf_format(&expected, "|%s", word);
        }
        buf_add(&one, "\n^C\nhostname r\n");
        buf_add(&two, " ~\nhostname r\n");
        buf_add(&expected, "\n0: hostname|r\n");
        char *a = dump_read(s, buf_str(&one), false), *b = dump_read(s, buf_str(&two), false);
        assert_string_equal(a, buf_text(&expected));
        assert_string_equal(b, buf_text(&expected));
        free(a);
        free(b);
        buf_free(&one);
        buf_free(&two);
        buf_free(&expected);
    }
    syntax_free(s);
}

static void certificates_and_keys_are_one_line(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"a certificate",
            "crypto pki certificate chain T\n certificate self-signed 01\n  3082 0101\n  username\n"
            "  \tquit\nhostname r\n",
            "0: crypto|pki|certificate|chain|T\n1: certificate|self-signed|01|3082|0101|username\n"
            "0: hostname|r\n"},
        {"a certificate in a file has no text",
            "crypto pki certificate chain T\n certificate ca 01 nvram:x.cer\nusername bob\n"
            "  quit\n",
            "0: crypto|pki|certificate|chain|T\n1: certificate|ca|01|nvram:x.cer\n"
            "0: username|bob\n1: quit\n"},
        {"a key cut into lines",
            "ip ssh pubkey-chain\n  username bob\n   key-string\n    ssh-rsa AAAA\n    BBBB\n"
            "    CC bob@x\n   exit\n  username eve\n",
            "0: ip|ssh|pubkey-chain\n1: username|bob\n2: key-string|ssh-rsa|AAAABBBBCC|bob@x\n"
            "1: username|eve\n"},
        {"a macro", "macro name m\nusername eve\n@\nhostname r\n",
            "0: macro|name|m|username|eve\n0: hostname|r\n"},
        {"a macro without end", "macro name m\nusername eve\nmacro name n\n",
            "0: macro|name|m\n0: username|eve\n0: macro|name|n\n"},
    };
    dump_check(CISCO, cases, COUNT(cases));
}

static void blocks_open_without_indentation_where_said(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"until a comment", "aaa server x\nhost 1\nkey \"a b\"\n!\nhostname \"r 1\"\n",
            "0: aaa|server|x\n1: host|1\n1: key|a b\n0: hostname|r 1\n"},
        {"until the next", "aaa server x\nhost 1\naaa server y\nhost 2\n",
            "0: aaa|server|x\n1: host|1\n0: aaa|server|y\n1: host|2\n"},
        {"quotes", "a \"\" \"b \\\" c\" \"d\\\\\" 5\" \"open\n", "0: a||b \" c|d\\|5\"|\"open\n"},
    };
    dump_check("\"shape\":\"indented\",\"comment\":[\"!\"],\"opens\":[\"aaa server\"],"
               "\"quote\":\"\\\"\"",
        cases, COUNT(cases));
}

static void paired_marks_keep_what_is_between_them(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {
        {"a cipher", " local-user bob password irreversible-cipher %^%#a b\"#!%^%# extra\n",
            "0: local-user|bob|password|irreversible-cipher|%^%#a b\"#!%^%#|extra\n"},
        {"a single mark", "a %^%#b c\n", "0: a|%^%#b|c\n"},
    };
    dump_check("\"shape\":\"indented\",\"comment\":[\"#\"],\"paired\":[\"%^%#\",\"%$%$\"]", cases,
        COUNT(cases));
}

static void verbs_go_and_what_it_is_about_comes(void **state)
{
    (void)state;
    static const struct dump_case cases[] = {{"verbs", "nv set a b\n  set c\nset\nb set\n",
        "0: part|of|a|b\n1: c\n0: part|of|set\n0: part|of|b|set\n"}};
    dump_check("\"shape\":\"indented\",\"under\":\"part of\",\"verbs\":[\"nv\",\"set\"]", cases,
        COUNT(cases));
}

static void line_numbers_are_those_of_the_text(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax(CISCO);
    char *got = dump_read(s,
        STR("a\r\r\nbanner motd #\n\r\nx\n#\n!\nb\r c\ncrypto pki certificate chain T\n"
            " certificate 1\n  2\n  quit\nd"),
        true);
    assert_string_equal(got,
        "1-1 0: a\n2-5 0: banner|motd|x\n7-7 0: b\n8-8 1: c\n"
        "9-9 0: crypto|pki|certificate|chain|T\n10-12 1: certificate|1|2\n13-13 0: d\n");
    free(got);
    syntax_free(s);
}

static void hostile_text_is_read_in_bounds(void **state)
{
    (void)state;
    struct syntax *s = dump_syntax(CISCO);
    struct buf text = {.cap = 1 << 26}, words = {.cap = 1 << 26};
    for (int i = 0; i < 200; i++)
        buf_format(&text, "%*sx\n", i, "");
    char *got = dump_read(s, buf_str(&text), false);
    assert_non_null(strstr(got, "63: x\n63: x\n"));
    free(got);
    buf_clear(&text);
    for (int i = 0; i < 10000; i++)
        buf_format(&words, "w%d ", i);
    buf_add(&words, "last");
    got = dump_read(s, buf_str(&words), false);
    assert_non_null(strstr(got, "|w4094|w4095 w4096 "));
    assert_non_null(strstr(got, "w9999 last\n"));
    free(got);
    buf_free(&words);
    /* Would take hours if it were not linear. */
    for (int i = 0; i < 200000; i++)
        buf_format(&text, "banner motd %c\nbanner motd\nmacro name\n\r\r\r\r\r\r", 33 + i % 2);
    buf_add(&text, "banner motd \"\nbanner motd $\n");
    free(dump_read(s, buf_str(&text), false));
    buf_free(&text);
    syntax_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_follow_indentation_and_separators),
        cmocka_unit_test(noise_of_terminals_is_not_config),
        cmocka_unit_test(a_banner_is_one_line_whatever_is_in_it),
        cmocka_unit_test(a_rewrapped_banner_equals_the_old_one),
        cmocka_unit_test(the_kind_of_line_end_means_nothing),
        cmocka_unit_test(no_text_in_a_banner_is_config),
        cmocka_unit_test(certificates_and_keys_are_one_line),
        cmocka_unit_test(blocks_open_without_indentation_where_said),
        cmocka_unit_test(paired_marks_keep_what_is_between_them),
        cmocka_unit_test(verbs_go_and_what_it_is_about_comes),
        cmocka_unit_test(line_numbers_are_those_of_the_text),
        cmocka_unit_test(hostile_text_is_read_in_bounds),
    };
    return cmocka_run_group_tests_name("syntax_indented", tests, dump_setup, dump_teardown);
}
