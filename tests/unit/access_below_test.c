/* rooms: access drivers syntax data base */
/* Rules behind a prefix, and entries that are found by another value than their key. */
#include "access_fixture.h"

#define SYNTAX "syntax: { cli: { shape: indented } }\n"

#define BELOW                                                                                      \
    SYNTAX "below:\n"                                                                              \
           "  'groups {$group}': { when: apply-groups, yield: true }\n"                            \
           "  'tenants|logical-systems {realm}':\n"                                                \
           "  'node {_}':\n"                                                                       \
           "access:\n"                                                                             \
           "  - entry: account\n"                                                                  \
           "    match: system login user {name}\n"                                                 \
           "    options:\n"                                                                        \
           "      'class {role}':\n"                                                               \
           "      'uid {uid}':\n"                                                                  \
           "  - { entry: account, match: 'system login remote {realm} {name}' }\n"                 \
           "  - { entry: service, match: 'system services {name}', set: enabled = true }\n"        \
           "suspicious: [system login]\n"

static void rules_are_read_again_behind_a_prefix(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        {"tenants T system login user bob class x", "account[realm='T' and name='bob']/role = 'x'"},
        {"tenants T\n system login\n  user bob\n   class x", "account[realm='T']/role = 'x'"},
        {"tenants\n T\n  system\n   login user bob class x", "account[realm='T']/role = 'x'"},
        {"logical-systems L system services telnet", "service/name = 'telnet'"},
        {"node 0 tenants T system login user bob", "account[realm='T']/name = 'bob'"},
        {"node 0\n tenants T\n  system login user bob", "account[realm='T']/name = 'bob'"},
        {"tenants T system login remote R bob", "account[realm='R' and name='bob']"},
        {"tenants T system login remote R bob", "count(account) = 1"},
        {"tenants T system login nobody x", "unread/text = 'system login'"},
        {"tenants T", "not(account) and not(unread)"},
        {"node 1 node 1 node 1 node 1 system services ssh", "service/name = 'ssh'"},
        {"node 1 node 1 node 1 node 1 node 1 system services ssh", "not(service)"},
    };
    fixture_check(BELOW, cases, COUNT(cases));
}

static void what_stands_in_a_group_counts_when_it_is_applied(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        {"groups g system login user bob", "not(account)"},
        {"groups g system login user bob\napply-groups g", "account[realm='local']/name = 'bob'"},
        {"apply-groups g\ngroups g system login user bob", "account/name = 'bob'"},
        {"groups g\n system login\n  user bob\nsystem\n apply-groups f g", "account/name = 'bob'"},
        {"groups g system login user bob\napply-groups f", "not(account)"},
        {"groups apply-groups system login user bob", "not(account)"},
        {"groups g system login user bob\nset apply-groups", "not(account)"},
        /* what is said outside of it counts more, wherever it stands */
        {"apply-groups g\nsystem login user bob class own uid 1\n"
         "groups g system login user bob class other uid 2",
            "account[role='own' and not(role='other') and uid=1]"},
        {"apply-groups g\nsystem login user bob uid 1\ngroups g system login user bob class other",
            "account[role='other' and uid=1]"},
        {"apply-groups g\ngroups g system services telnet", "service/name = 'telnet'"},
        {"apply-groups g\ngroups g tenants T system login user bob", "account/realm = 'T'"},
        {"groups g tenants T system login user bob", "not(account)"},
    };
    fixture_check(BELOW, cases, COUNT(cases));
}

static void entries_are_found_by_another_value(void **state)
{
    (void)state;
    static const char profile[] =
        SYNTAX "access:\n"
               "  - entry: account\n"
               "    match: user {name}\n"
               "    options:\n"
               "      'uid {uid}':\n"
               "      'key {comment}': { into: ssh-key, set: 'fingerprint = {comment}' }\n"
               "  - { entry: account, match: 'group {role} {uid,}', attach: true, by: uid }\n"
               "  - entry: account\n"
               "    match: public-key {ssh-key/comment}\n"
               "    attach: true\n"
               "    by: ssh-key/comment\n"
               "    options: { code: { into: ssh-key, options: { '{key~}': } } }\n";
    static const char ed25519[] = "AAAAC3NzaC1lZDI1NTE5AAAAIGuQkhK0cnHlJLxXeyPWMoEWbM7k8cpq3S0MrY2"
                                  "Zzb9x";
    static const char prints[] =
        "starts-with(account/ssh-key[comment='K1']/fingerprint, 'SHA256:')";
    char before[400], behind[400], split[400];
    snprintf(before, sizeof before, "public-key K1\n code %s\nuser bob\n key K1", ed25519);
    snprintf(behind, sizeof behind, "user bob\n key K1\n key K2\npublic-key K1\n code %s", ed25519);
    snprintf(split, sizeof split, "user bob\n key K1\npublic-key K1\n code\n  %.30s\n  %s", ed25519,
        ed25519 + 30);
    const struct fixture_case cases[] = {
        {"group ops 7\nuser bob uid 7", "account/role = 'ops'"},
        {"group ops 6,7\nuser bob uid 7\nuser eve uid 6", "count(account[role='ops']) = 2"},
        {"group ops 7\nuser bob uid 7\nuser eve uid 7", "count(account[role='ops']) = 2"},
        {"group ops 7\ngroup top 7\nuser bob uid 7", "account[role='ops' and role='top']/uid = 7"},
        {"group ops 8\nuser bob uid 7", "account[not(role)] and count(account) = 1"},
        {before, prints},
        {behind, prints},
        {behind, "account/ssh-key[comment='K2']/fingerprint = 'K2'"},
        {behind, "count(account/ssh-key) = 2"},
        {split, prints},
        {"user bob key K1", "account/ssh-key[comment='K1']/fingerprint = 'K1'"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void accounts_that_the_vendor_ships_are_marked(void **state)
{
    (void)state;
    static const char profile[] =
        SYNTAX "default-accounts: [admin, root]\n"
               "access:\n"
               "  - { entry: account, match: 'user {name}' }\n"
               "  - { entry: account, match: 'remote {name}', set: kind = remote-mapping }\n";
    static const struct fixture_case cases[] = {
        {"user admin\nuser bob", "account[name='admin']/vendor-default = 'true'"},
        {"user admin\nuser bob", "not(account[name='bob']/vendor-default)"},
        {"remote admin", "not(account/vendor-default)"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *rules, *place, *says;
    } cases[] = {
        {"below: { groups: { when: apply-groups } }\n", "test.yaml:5:10", "needs a capture"},
        {"below:\n  'tenants {realms}':\naccess: [{ entry: account, match: 'user {name}' }]\n",
            "test.yaml:6:3", "no rule's entry has a node \"realms\""},
        {"access: [{ entry: account, match: 'group {role} {uid}', by: uid }]\n",
            "test.yaml:5:", "needs `attach: true`"},
        {"access: [{ entry: account, match: 'group {role}', attach: true, by: uid }]\n",
            "test.yaml:5:10", "needs a {uid} in the match"},
        {"access: [{ entry: account, match: 'group {role}', attach: true, by: ui }]\n",
            "test.yaml:5:10", "no node \"ui\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct error err = ERROR_INIT;
        fixture_context(&f);
        assert_int_equal(fixture_try(&f, cases[i].rules, &err), RC_SETTINGS);
        if (!strstr(err.place, cases[i].place) || !strstr(err.text, cases[i].says))
            fail_msg(
                "expected %s: %s; came %s: %s", cases[i].place, cases[i].says, err.place, err.text);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_read_again_behind_a_prefix),
        cmocka_unit_test(what_stands_in_a_group_counts_when_it_is_applied),
        cmocka_unit_test(entries_are_found_by_another_value),
        cmocka_unit_test(accounts_that_the_vendor_ships_are_marked),
        cmocka_unit_test(mistakes_are_told_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
