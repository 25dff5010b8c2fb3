/* rooms: cli base */
#include "test.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/target.h"

/* What is typed, and what it means: "PROTOCOL USER HOST PORT", or what is wrong with it. */
static const struct {
    const char *typed, *means;
} cases[] = {
    {"bob@edge-1", "ssh bob edge-1 22"},
    {"bob@edge-1:2022", "ssh bob edge-1 2022"},
    {"edge-1", "ssh me edge-1 22"},
    {"ssh://bob@edge-1", "ssh bob edge-1 22"},
    {"netconf://edge-1", "netconf me edge-1 830"},
    {"netconf://bob@192.0.2.1:2022/", "netconf bob 192.0.2.1 2022"},
    {"netconf://bob@[2001:db8::1]:830", "netconf bob 2001:db8::1 830"},
    {"netconf://2001:db8::1", "netconf me 2001:db8::1 830"},
    {"bob@mail@edge-1", "ssh bob@mail edge-1 22"},
    {"[::1]", "ssh me ::1 22"},
    {"telnet://edge-1", "is spoken by nobody here; ssh:// and netconf:// are"},
    {"netconf://", "\"netconf://\" is no [USER@]HOST[:PORT]"},
    {"netconf://bob@", "is no [USER@]HOST[:PORT]"},
    {"", "\"\" is no [USER@]HOST[:PORT]"},
    {"edge-1:", "\"\" is no port"},
    {"edge-1:0", "\"0\" is no port"},
    {"edge-1:65536", "\"65536\" is no port"},
    {"edge-1:-1", "\"-1\" is no port"},
    {"edge-1:22x", "\"22x\" is no port"},
    {"edge-1:123456789", "\"123456789\" is no port"},
    {"[::1", "is no host; write [ADDRESS]:PORT"},
    {"[::1]x", "is no host; write [ADDRESS]:PORT"},
    {"netconf://-oProxyCommand=x", "is no [USER@]HOST[:PORT]"},
    {"-l@edge-1", "is no [USER@]HOST[:PORT]"},
};

static void a_target_is_what_was_typed_or_says_what_is_wrong(void **state)
{
    (void)state;
    const struct passwd *pw = getpwuid(getuid());
    const char *me = pw ? pw->pw_name : "root";
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct target t;
        struct error err = ERROR_INIT;
        char means[600];
        int rc = target_parse(cases[i].typed, &t, &err);
        snprintf(means, sizeof means, "%s %s %s %u", t.protocol ? "netconf" : "ssh",
            strcmp(t.user, me) == 0 ? "me" : t.user, t.host, t.port);
        bool right = rc ? rc == RC_USAGE && strstr(err.text, cases[i].means)
                        : strcmp(means, cases[i].means) == 0;
        if (!right)
            fail_msg("%s: %s, not %s", cases[i].typed, rc ? err.text : means, cases[i].means);
    }
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    char text[600];
    struct target t;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(target_parse(text, &t, NULL), RC_USAGE);
    text[300] = '@';
    text[310] = '\0';
    assert_int_equal(target_parse(text, &t, NULL), RC_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_what_was_typed_or_says_what_is_wrong),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
