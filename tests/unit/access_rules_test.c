/* rooms: access drivers syntax data base */
/* The rule language, on the shapes of configs that there are. */
#include "access_fixture.h"

#define INDENTED                                                                                   \
    "syntax: { cli: { shape: indented, comment: ['!'], ends: [exit] } }\n"                         \
    "schemes:\n"                                                                                   \
    "  '5': { name: md5-crypt, strength: weak }\n"                                                 \
    "  six: { name: sha512-crypt, strength: strong, looks: '^\\$6\\$' }\n"                         \
    "  enc: { name: enc, strength: reversible, volatile: true }\n"

static void a_pattern_takes_what_it_says(void **state)
{
    (void)state;
    static const char profile[] =
        INDENTED "access:\n"
                 "  - entry: account\n"
                 "    match: user|username {name}\n"
                 "    options:\n"
                 "      'privilege {privilege:\\d+}':\n"
                 "      'privilege {role}':\n"
                 "      'roles {role+}':\n"
                 "      'groups {role,}':\n"
                 "      'shell {shell...}':\n"
                 "      'acl? in {source-acl}':\n"
                 "      'home {$h} {$rest?}': { set: 'shell = at {$h} {$rest}' }\n"
                 "      'say a\\|b\\? {role}':\n"
                 "      'skip {_} {_}':\n"
                 "  - entry: line\n"
                 "    match: line {name...}\n"
                 "    options:\n"
                 "      'timeout {timeout-s*60} {timeout-s*1?}':\n"
                 "      'transport {transport+?}':\n"
                 "  - entry: role\n"
                 "    match: role {name} {permission...?}\n";
    static const struct fixture_case cases[] = {
        {"user bob", "account/name = 'bob'"},
        {"username bob", "account/name = 'bob'"},
        {"users bob", "not(account)"},
        {"user", "not(account)"},
        {"user bob privilege 15", "account/privilege = 15"},
        {"user bob privilege high", "account[role='high' and not(privilege)]"},
        {"user bob roles a b", "account[role='a' and role='b']"},
        {"user bob groups a,b,,c", "count(account/role) = 3"},
        {"user bob shell /bin/sh -l", "account/shell = '/bin/sh -l'"},
        {"user bob acl in 10", "account/source-acl = '10'"},
        {"user bob in 10", "account/source-acl = '10'"},
        {"user bob home x y", "account/shell = 'at x y'"},
        {"user bob home x", "account/shell = 'at x'"},
        {"user bob say a|b? c", "account/role = 'c'"},
        {"user bob skip privilege 3 privilege 4", "account/privilege = 4"},
        {"line vty 0 4\n timeout 5 30", "line[name='vty 0 4']/timeout-s = 330"},
        {"line vty\n timeout 5", "line/timeout-s = 300"},
        {"line vty\n timeout x", "line[not(timeout-s)]"},
        {"line vty\n transport", "line[not(transport)]"},
        {"line vty\n transport a b", "count(line/transport) = 2"},
        {"role a", "role[name='a' and not(permission)]"},
        {"role a may do all", "role/permission = 'may do all'"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void options_stand_in_any_order_on_any_line(void **state)
{
    (void)state;
    static const char profile[] = INDENTED "access:\n"
                                           "  - entry: account\n"
                                           "    match: system login user {name}\n"
                                           "    options:\n"
                                           "      'class {role}':\n"
                                           "      'uid {uid}':\n"
                                           "      'authentication password {secret}':\n"
                                           "      'authentication key {key}': { into: ssh-key }\n";
    static const char all[] = "account[name='bob' and role='ops' and uid=7]/secret/scheme = "
                              "'sha512-crypt' and count(account) = 1 and not(unread)";
    static const struct fixture_case cases[] = {
        {"system login user bob class ops uid 7 authentication password $6$x", all},
        {"system login user bob authentication password $6$x uid 7 class ops", all},
        {"system login user bob class ops\nsystem login user bob uid 7\n"
         "system login user bob authentication password $6$x",
            all},
        {"system\n login\n  user bob\n   class ops\n   uid 7\n   authentication\n    password $6$x",
            all},
        {"system\n login\n  user bob class ops\n   uid 7\n   authentication password\n    $6$x",
            all},
        {"system login\n user bob\n  uid 7 class ops authentication\n   password $6$x", all},
        {"system\n login user bob\n  class ops\n!\nsystem login user bob uid 7 authentication "
         "password $6$x",
            all},
        /* what stands deeper than an option's own words is not the account's */
        {"system login user bob\n menu\n  class super", "account[not(role)]"},
        {"system login user bob\n menu\n  class super",
            "unread/text = 'system login user bob menu'"},
        {"system\n other\n  user bob\n   class ops", "not(account)"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void the_last_word_on_a_value_counts_and_lists_collect(void **state)
{
    (void)state;
    static const char profile[] = INDENTED
        "access:\n"
        "  - entry: account\n"
        "    match: user {name}\n"
        "    default: privilege = 1\n"
        "    options:\n"
        "      'privilege {privilege}':\n"
        "      'weak {scheme} {secret}': { yield: true }\n"
        "      'strong {scheme} {secret}':\n"
        "      'strong {secret}':\n"
        "      'role {role}':\n"
        "  - { entry: account, match: 'no user {name}', delete: true }\n"
        "  - { entry: account, match: 'keys {name}', attach: true,\n"
        "      options: { 'role {role}': } }\n"
        "  - { entry: account, match: 'members {role} {name,}', attach: true }\n"
        "  - { entry: service, match: 'web acl {acl}', set: [name = http, name = https] }\n"
        "  - { entry: service, match: web, set: [name = http, enabled = true] }\n";
    static const struct fixture_case cases[] = {
        {"user bob", "account/privilege = 1"},
        {"user bob privilege 3 privilege 5", "account/privilege = 5"},
        {"user bob privilege 3\nuser bob privilege 5", "account/privilege = 5"},
        {"user bob role a\nuser bob role b role a", "count(account/role) = 2"},
        {"user bob strong six x weak 5 y", "account/secret/scheme = 'sha512-crypt'"},
        {"user bob weak 5 y\nuser bob strong six x", "account/secret/scheme = 'sha512-crypt'"},
        {"user bob weak 5 y", "account/secret/scheme = 'md5-crypt'"},
        /* scheme and value of one statement go together */
        {"user bob strong 5 x\nuser bob strong plain", "account/secret[not(scheme)]/fingerprint"},
        {"user bob\nno user bob", "not(account)"},
        {"no user bob\nuser bob", "account"},
        {"user bob role a\nno user bob\nuser bob", "account[not(role)]"},
        {"keys bob role x", "not(account)"},
        {"keys bob role x\nuser bob", "account/role = 'x'"},
        {"user bob\nuser eve\nmembers wheel bob,eve,mallory", "count(account[role='wheel']) = 2"},
        {"web acl 10", "service[name='http']/acl = '10' and service[name='https']/acl = '10'"},
        {"web\nweb acl 10", "service[name='http' and enabled='true']/acl = '10'"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void secrets_are_named_by_word_or_by_look(void **state)
{
    (void)state;
    static const char profile[] =
        INDENTED "masked: ['X{4,}']\n"
                 "access:\n"
                 "  - entry: account\n"
                 "    match: user {name}\n"
                 "    options:\n"
                 "      'password {scheme:[a-z0-9]{1,3}} {secret...}':\n"
                 "      'password {secret...}':\n"
                 "      'key {key...}': { into: ssh-key }\n"
                 "      'open': { set: scheme = empty }\n"
                 "  - entry: account\n"
                 "    match: block\n"
                 "    options:\n"
                 "      'name {name}':\n"
                 "      pass: { options: { 'secret {secret}':, 'scheme {scheme}': } }\n";
#define BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIIhpq0JYJvWbDfOUAqgOgHGKVeDxVgNTkwVmjRNmJR+y"
    static const struct fixture_case cases[] = {
        {"user bob password 5 abc", "account/secret[scheme='md5-crypt' and strength='weak']"},
        {"user bob password enc abc", "account/secret/volatile = 'true'"},
        {"user bob password odd abc", "account/secret[scheme='odd' and not(strength)]"},
        {"user bob password $6$abc", "account/secret/scheme = 'sha512-crypt'"},
        {"user bob password hello $words", "account/secret[not(scheme)]/fingerprint"},
        {"user bob password 5 ****", "account/secret[scheme='hidden' and not(fingerprint)]"},
        {"user bob password <removed>", "account/secret/scheme = 'hidden'"},
        {"user bob password XXXXXX", "account/secret/scheme = 'hidden'"},
        {"user bob password\n hello world",
            "account[not(secret)]"}, /* the rest of a line is of that line */
        {"user bob open", "account/secret[scheme='empty' and strength='none']"},
        {"user bob password 5 abc\nuser bob password 5 abc", "count(account/secret/scheme) = 1"},
        {"block\n name bob\n name eve\n pass\n  secret abc\n  secret def\n  scheme 5\n  scheme 5",
            "account[name='eve']/secret[scheme='md5-crypt']/fingerprint and count(account) = 1"},
        {"user bob key ssh-ed25519 " BLOB " bob@laptop at home",
            "account/ssh-key[algorithm='ssh-ed25519']/comment = 'bob@laptop at home'"},
        {"user bob key " BLOB, "account/ssh-key[algorithm='ssh-ed25519' and not(comment)]"},
        {"user bob key " BLOB "\nuser bob key ssh-ed25519 " BLOB " x",
            "count(account/ssh-key) = 1"},
        {"user bob key ssh-rsa AB:CD", "account/ssh-key/fingerprint = 'ssh-rsa AB:CD'"},
        {"user bob key "
         "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUlocHEwSllKdldiRGZPVUFxZ09nSEdLVmVEeFZnT"
         "l"
         "Rrd1ZtalJObUpSK3kgYm9i",
            "account/ssh-key[starts-with(fingerprint, 'SHA256:')]/comment = 'bob'"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void lost_coverage_is_reported_without_secrets(void **state)
{
    (void)state;
    static const char profile[] =
        INDENTED "access:\n"
                 "  - entry: account\n"
                 "    match: user {name}\n"
                 "    options: { 'privilege {privilege}':, 'password {secret}': }\n"
                 "  - { entry: line, match: 'line {name}', options: { 'acl {acl}': } }\n"
                 "suspicious: ['local-user {_}', 'user {_}']\n";
    static const struct fixture_case cases[] = {
        {"user bob quantum 7 privilege 3", "unread/text = 'user bob quantum'"},
        {"user bob quantum 7 privilege 3", "account/privilege = 3"},
        {"user bob Sesame0pen", "unread/text = 'user bob'"},
        {"user bob privilege", "not(unread)"},
        {"user bob privilege high", "unread/text = 'account bob privilege'"},
        {"user bob\n quantum x", "unread/text = 'user bob quantum'"},
        {"line 1\n quantum", "not(unread)"},
        {"local-user bob password x", "unread/text = 'local-user'"},
        {"user bob privilege 1", "not(unread)"},
    };
    fixture_check(profile, cases, COUNT(cases));
}

static void every_shape_of_config_fits_the_same_rules(void **state)
{
    (void)state;
    static const char junos[] =
        "syntax:\n"
        "  set: { shape: set, detect: '^set ', verbs: [set] }\n"
        "  xml: { shape: xml, detect: '^<', keys: [user name],\n"
        "    drop: [configuration] }\n"
        "  braces: { shape: braces, comment: ['#'] }\n"
        "access:\n"
        "  - entry: account\n"
        "    match: system login user {name}\n"
        "    options:\n"
        "      'class {role}':\n"
        "      'authentication encrypted-password {secret}':\n"
        "      'authentication ssh-ed25519 {key} {_...?}': { into: ssh-key }\n"
        "conclusions:\n"
        "  account[not(secret) and not(ssh-key)]:\n"
        "    { set: kind = template, replace: true }\n"
        "admin: role = 'super-user'\n";
    static const char bob[] = "account[name='bob' and role='super-user' and admin='true' and "
                              "kind='local']/secret/fingerprint and count(account) = 1";
    static const struct fixture_case junos_cases[] = {
        {"set system login user bob class super-user\n"
         "set system login user bob authentication encrypted-password \"$6$x\"\n",
            bob},
        {"system {\n login {\n  user bob {\n   class super-user;\n   authentication {\n"
         "    encrypted-password \"$6$x\"; ## SECRET-DATA\n   }\n  }\n }\n}\n",
            bob},
        {"<configuration><system><login><user><name>bob</name><class>super-user</class>"
         "<authentication><encrypted-password>$6$x</encrypted-password></authentication>"
         "</user></login></system></configuration>",
            bob},
        {"set system login user remote class super-user\n", "account[kind='template']"},
        {"system { login { inactive: user bob { class super-user; } } }", "not(account)"},
        {"set system login user bob class super-user\ndeactivate system login user bob\n",
            "not(account)"},
    };
    fixture_check(junos, junos_cases, COUNT(junos_cases));

    static const char fortios[] =
        "syntax: { cli: { shape: edit, comment: ['#'] } }\n"
        "access:\n"
        "  - entry: account\n"
        "    match: system admin {name}\n"
        "    strict: false\n"
        "    options: { 'accprofile {role}':, 'password ENC {secret}': { set: scheme = enc } }\n";
    static const struct fixture_case fortios_cases[] = {
        {"config system admin\n edit \"bob\"\n  set accprofile \"super_admin\"\n"
         "  config gui-dashboard\n   edit 1\n    set accprofile \"no\"\n   next\n  end\n"
         "  set password ENC SH2abc\n next\nend\n",
            "account[name='bob' and role='super_admin' and count(role)=1]/secret/scheme = 'enc'"},
        {"config user local\n edit \"vpn\"\n  set accprofile x\n next\nend\n", "not(account)"},
    };
    fixture_check(fortios, fortios_cases, COUNT(fortios_cases));

    static const char routeros[] = "syntax: { export: { shape: keyvalue, comment: ['#'],\n"
                                   "  verbs: [add, set] } }\n"
                                   "access:\n"
                                   "  - entry: account\n"
                                   "    match: user >\n"
                                   "    strict: false\n"
                                   "    options: { 'name {name}':, 'group {role}': }\n"
                                   "admin: role = 'full'\n";
    static const struct fixture_case routeros_cases[] = {
        {"/user\nadd name=bob group=full\nadd group=read name=eve\n",
            "account[name='bob' and admin='true'] and account[name='eve' and admin='false'] and "
            "count(account) = 2"},
        {"/user add name=bob group=full\n", "account[name='bob' and role='full']"},
        {"/user\nadd group=full\n", "not(account)"},
    };
    fixture_check(routeros, routeros_cases, COUNT(routeros_cases));

    static const char json[] = "syntax: { json: { shape: json, keys: [user username] } }\n"
                               "access:\n"
                               "  - entry: account\n"
                               "    match: system aaa user {name}\n"
                               "    options: { 'role {role}':, 'password {secret}': }\n";
    static const struct fixture_case json_cases[] = {
        {"{\"m:system\":{\"aaa\":{\"user\":[{\"username\":\"bob\",\"role\":\"admin\","
         "\"password\":\"$6$x\"},{\"username\":\"eve\"}]}}}",
            "account[name='bob' and role='admin']/secret/fingerprint and account[name='eve']"},
    };
    fixture_check(json, json_cases, COUNT(json_cases));

    static const char passwd[] = "syntax: { passwd: { shape: fields, under: passwd } }\n"
                                 "access:\n"
                                 "  - entry: account\n"
                                 "    match: passwd {name} {_} {uid:\\d+} {_} {_} {_} {shell}\n"
                                 "    set: realm = linux\n"
                                 "admin: uid = 0\n";
    static const struct fixture_case passwd_cases[] = {
        {"root:x:0:0::/root:/bin/sh\neve:x:0:1:,,,:/:/bin/sh\nbob:x:7:7::/h:/bin/sh\n",
            "count(account[admin='true' and realm='linux']) = 2 and "
            "account[name='bob']/shell = '/bin/sh'"},
    };
    fixture_check(passwd, passwd_cases, COUNT(passwd_cases));
}

static void a_wrong_rule_is_found_when_it_is_compiled(void **state)
{
    (void)state;
#define RULE INDENTED "access:\n  - entry: "
    static const struct {
        const char *rules, *says;
    } cases[] = {
        {RULE "accounts\n    match: user {name}\n", "there is no entry \"accounts\""},
        {RULE "account\n    match: user {nme}\n", "there is no node \"nme\" in account"},
        {RULE "account\n    match: 'user {name'\n", "unbalanced braces"},
        {RULE "account\n    match: 'user {name}x'\n", "unbalanced braces"},
        {RULE "account\n    match: 'user {name%}'\n", "there is no node \"name%\""},
        {RULE "account\n    match: 'user {name:[}'\n", "missing terminating ]"},
        {RULE "account\n    match: 'user {name...%}'\n", "unknown form of {...}"},
        {RULE "account\n    match: 'a||b'\n", "empty or too many alternatives"},
        {RULE "account\n    match: 'a?'\n", "may be empty"},
        {RULE
            "account\n    match: 'a'\n    set: role = x\n    options: { 'b {uid}': { into: x } }\n",
            "\"x\" is no list of account"},
        {RULE "account\n    match: 'a'\n    set: rle = x\n", "there is no node \"rle\""},
        {INDENTED "values: { logging/lvl: { map: [a = b] } }\n",
            "there is no node \"logging/lvl\""},
        {INDENTED "masked: ['(']\n", "missing closing parenthesis"},
    };
    size_t failed = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct error err = ERROR_INIT;
        fixture_context(&f);
        int rc = fixture_try(&f, cases[i].rules, &err);
        if (rc != RC_SETTINGS || !strstr(err.text, cases[i].says) ||
            strncmp(err.place, "test.yaml:", 10) != 0) {
            print_error("expected %s; came %d %s: %s\n", cases[i].says, rc, err.place, err.text);
            failed++;
        }
        fixture_free(&f);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_takes_what_it_says),
        cmocka_unit_test(options_stand_in_any_order_on_any_line),
        cmocka_unit_test(the_last_word_on_a_value_counts_and_lists_collect),
        cmocka_unit_test(secrets_are_named_by_word_or_by_look),
        cmocka_unit_test(lost_coverage_is_reported_without_secrets),
        cmocka_unit_test(every_shape_of_config_fits_the_same_rules),
        cmocka_unit_test(a_wrong_rule_is_found_when_it_is_compiled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
