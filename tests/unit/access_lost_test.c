/* rooms: access drivers syntax data base */
/* Accounts in words that no rule knows are seen all the same. */
#include "access_fixture.h"

#define RULES                                                                                      \
    "access:\n"                                                                                    \
    "  - { entry: account, match: 'username {name}', options: { 'secret {secret}': } }\n"          \
    "  - { entry: line, match: 'line {name}' }\n"                                                  \
    "pass: [vpn, 'wifi user']\n"

static void an_account_that_no_rule_takes_is_reported(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        {"ng-user eve hash x", "not(unread)"},
        {"aaa user eve password 7 0822455D0A16", "unread/text = 'aaa user eve'"},
        {"local-user eve class manage $6$salt$abcdefgh", "unread/text = 'local-user eve'"},
        {"login\n user eve\n  hash $6$salt$abcdefgh", "unread/text = 'user eve'"},
        {"users\n eve\n  secret 5 abcdefgh", "unread/text = 'users'"},
        {"user eve\n group x\n shell y", "not(unread)"},
        {"user $6$salt$abcdefgh", "unread/text = 'user'"},
        {"interface x\n password 0 abcdefgh", "not(unread)"},
        {"interface x\n description user eve password 0 abcdefgh", "not(unread)"},
        /* what a rule took, or is known to mean nothing, is no riddle */
        {"username bob secret $6$salt$abcdefgh", "not(unread)"},
        {"line vty\n user eve password 0 abcdefgh", "not(unread)"},
        {"vpn user eve password 0 abcdefgh", "not(unread)"},
        {"vpn\n user eve\n  password 0 abcdefgh", "not(unread)"},
        {"wifi user eve password 0 abcdefgh", "not(unread)"},
    };
    fixture_check("syntax: { cli: { shape: indented } }\n" RULES, cases, COUNT(cases));
}

static void a_platform_may_have_other_words(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        {"benutzer eve kennwort 1 abcdefgh", "unread/text = 'benutzer eve'"},
        {"user eve password 0 abcdefgh", "not(unread)"},
        {"benutzer eve H-12345678", "unread/text = 'benutzer eve'"},
    };
    fixture_check("syntax: { cli: { shape: indented } }\naccount-words: [benutzer]\n"
                  "secret-words: [kennwort]\nhash-looks: '^H-\\d+$'\n" RULES,
        cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_that_no_rule_takes_is_reported),
        cmocka_unit_test(a_platform_may_have_other_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
