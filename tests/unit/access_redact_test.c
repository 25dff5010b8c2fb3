/* rooms: access drivers syntax data base */
/* A shown config holds no secret, and every line keeps its number. */
#include "access_fixture.h"

static char *redacted(struct fixture *f, struct str text)
{
    struct buf out = {0};
    struct error err = ERROR_INIT;
    if (access_redact(f->reader, "running", text, fixture_key, &out, &err))
        fixture_fail("access_redact", &err);
    return out.data ? out.data : strdup("");
}

static size_t count_lines(const char *text, size_t len)
{
    struct str rest = {text, len}, line;
    size_t count = 0;
    while (str_next_line(&rest, &line))
        count++;
    return count;
}

static const struct {
    const char *config, *secrets; /* separated by a bar */
} cases[] = {
    {"username bob privilege 15 secret 9 $9$abcdefgh$0123456789abcdef",
        "$9$abcdefgh|0123456789abcdef"},
    {"username bob password 0 correct horse battery", "correct|horse|battery"},
    {"username bob secret Vagrant", "Vagrant"},
    {"username bob quantum 7 0822455D0A16", "0822455D0A16"},
    {"enable secret level 5 5 $1$aaaa$bbbbbbbbbbbbbbbb", "bbbbbbbbbbbbbbbb"},
    {"enable password Letme1n", "Letme1n"},
    {"tacacs-server host 192.0.2.1 key 7 0822455D0A16", "0822455D0A16"},
    {"tacacs-server key Sesame0pen", "Sesame0pen"},
    {"tacacs server A\n address ipv4 192.0.2.1\n key Sesame0pen\n", "Sesame0pen"},
    {"radius server A\n pac key 7 0822455D0A16\n", "0822455D0A16"},
    {"aaa server radius dynamic-author\n client 192.0.2.1 server-key Sesame0pen", "Sesame0pen"},
    {"aaa group server radius A\n server-private 192.0.2.1 key Sesame0pen", "Sesame0pen"},
    {"line vty 0 4\n password Sesame0pen\n", "Sesame0pen"},
    {"snmp-server community s3ldomSeen RO 10", "s3ldomSeen"},
    {"snmp-server community a RO\nroute-map a permit 10", " a RO"},
    {"snmp-server host 192.0.2.1 version 2c s3ldomSeen bgp", "s3ldomSeen"},
    {"snmp-server host 192.0.2.1 s3ldomSeen", "s3ldomSeen"},
    {"snmp-server user m G v3 auth sha abcdefgh priv aes 128 ijklmnop", "abcdefgh|ijklmnop"},
    {"parser view A\n secret 5 $1$aaaa$bbbbbbbbbbbbbbbb\n", "bbbbbbbbbbbbbbbb"},
    {"ldap server A\n bind authenticate root-dn cn=x password Sesame0pen\n", "Sesame0pen"},
    {"key chain OSPF\n key 1\n  key-string 7 0822455D0A16\n", "0822455D0A16"},
    {"key chain OSPF\n key 1\n  key-string Sesame0pen\n", "Sesame0pen"},
    {"router bgp 1\n neighbor 192.0.2.1 password 7 0822455D0A16\n", "0822455D0A16"},
    {"router bgp 1\n neighbor 192.0.2.1 password Sesame0pen\n", "Sesame0pen"},
    {"interface G0\n ip ospf message-digest-key 1 md5 7 0822455D0A16\n", "0822455D0A16"},
    {"interface G0\n ip ospf authentication-key Sesame0pen\n", "Sesame0pen"},
    {"interface G0\n standby 1 authentication md5 key-string Sesame0pen\n", "Sesame0pen"},
    {"interface G0\n ppp chap password 7 0822455D0A16\n", "0822455D0A16"},
    {"interface G0\n ip nhrp authentication Sesame0p\n", "Sesame0p"},
    {"crypto isakmp key Sesame0pen address 192.0.2.1", "Sesame0pen"},
    {"crypto ikev2 keyring K\n peer A\n  pre-shared-key local Sesame0pen\n", "Sesame0pen"},
    {"ntp authentication-key 1 md5 Sesame0pen 7", "Sesame0pen"},
    {"ip ftp password Sesame0pen", "Sesame0pen"},
    {"dot1x credentials C\n username u\n password 0 Sesame0pen\n", "Sesame0pen"},
    {"wlan w\n security wpa psk set-key ascii 0 Sesame0pen\n", "Sesame0pen"},
    {"event manager applet x\n action 1 cli command \"username eve secret Sesame0pen\"\n",
        "Sesame0pen"},
    {"! was $9$abcdefgh$0123456789abcdef before", "0123456789abcdef"},
    {"enable password Sesame-0pen\n! the same: Sesame-0pen", "Sesame-0pen"},
    {"x\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAAAbb\n-----END RSA PRIVATE KEY-----\ny",
        "MIIEow|AAAAbb"},
    {"<native><username><name>bob</name><password><encryption>0</encryption>"
     "<password>bob&amp;alice</password></password></username></native>",
        "bob&amp;alice|bob&alice"},
    {"<native><username><name>b</name><secret><encryption>9</encryption><secret>a</secret></secret>"
     "</username></native>",
        ">a<"},
    {"<native><username><name>bob</name><secret>Sesame0pen", "Sesame0pen"}, /* cut off */
    {"{\"x\": {\"password\": \"Sesame\\\"0pen\"}}", "Sesame"},
};

static void no_secret_is_shown_and_lines_keep_their_numbers(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    struct fixture f;
    size_t failed = 0;
    fixture_platform(&f, "ios");
    for (size_t i = 0; i < COUNT(cases) * COUNT(ends); i++) {
        struct buf text = {0};
        for (const char *c = cases[i / COUNT(ends)].config; *c; c++)
            *c == '\n' ? buf_add(&text, ends[i % COUNT(ends)]) : buf_add_char(&text, *c);
        char *shown = redacted(&f, buf_str(&text));
        bool leak = false;
        char *secrets = strdup(cases[i / COUNT(ends)].secrets), *rest = secrets, *secret;
        while ((secret = strsep(&rest, "|")))
            leak |= strstr(shown, secret) != NULL;
        if (leak || count_lines(shown, strlen(shown)) != count_lines(text.data, text.len) ||
            !strstr(shown, "<secret:")) {
            print_error("of\n%s\ncame\n%s\n", text.data, shown);
            failed++;
        }
        free(secrets);
        free(shown);
        buf_free(&text);
    }
    fixture_free(&f);
    assert_int_equal(failed, 0);
}

static void what_is_no_secret_stays(void **state)
{
    (void)state;
    static const char *const configs[] = {
        "hostname r1\n",
        "service password-encryption\n",
        "no service password-recovery\n",
        "security passwords min-length 12\n",
        "key chain OSPF\n key 1\n",
        "aaa authentication password-prompt Password:\n",
        "aaa authentication login default group tacacs+ local\n",
        "username bob privilege 15\n",
        "username bob nopassword\n",
        "ip ssh pubkey-chain\n username bob\n  key-hash ssh-rsa 0B7E19C4D82F6A35917C4E08B6D2F31A\n",
        "crypto key generate rsa\n",
        "set community 65000:1\n",
        "neighbor 192.0.2.1 send-community both\n",
        "line vty 0 4\n login\n no password\n",
        "snmp-server location Room 4\n",
        "",
    };
    struct fixture f;
    fixture_platform(&f, "ios");
    for (size_t i = 0; i < COUNT(configs); i++) {
        char *shown = redacted(&f, str_of(configs[i]));
        assert_string_equal(shown, configs[i]);
        free(shown);
    }
    fixture_free(&f);
}

static void a_changed_secret_shows_as_changed(void **state)
{
    (void)state;
    struct fixture f;
    fixture_platform(&f, "ios");
    char *one = redacted(&f, str_of("enable secret 5 $1$aaaa$bbbbbbbbbbbbbbbb\n"));
    char *same = redacted(&f, str_of("enable secret 5 $1$aaaa$bbbbbbbbbbbbbbbb\n"));
    char *other = redacted(&f, str_of("enable secret 5 $1$aaaa$cccccccccccccccc\n"));
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), strlen("enable secret 5 <secret:XXXXXX>\n"));
    free(one);
    free(same);
    free(other);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_is_shown_and_lines_keep_their_numbers),
        cmocka_unit_test(what_is_no_secret_stays),
        cmocka_unit_test(a_changed_secret_shows_as_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
