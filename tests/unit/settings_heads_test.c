/* rooms: base settings */
#include "settings_fixture.h"

static void heads_go_nowhere_unless_told(void **state)
{
    (void)state;
    struct settings *s = loaded("devices: {}\n");
    assert_null(s->heads.file);
    assert_null(s->heads.git);
    assert_null(*s->heads.sinks);
    assert_non_null(s->heads.schedule);
    settings_free(s);
}

static void heads_go_where_the_settings_say(void **state)
{
    (void)state;
    struct settings *s =
        loaded("sinks: {noc: {syslog: {host: h}}, chat: {webhook: {url: 'http://h/'}}}\n"
               "heads:\n"
               "  schedule: never\n"
               "  file: /mnt/worm/heads\n"
               "  git: {path: /srv/heads, push: true}\n"
               "  sink: [chat, noc]\n");
    assert_string_equal(s->heads.file, "/mnt/worm/heads");
    assert_string_equal(s->heads.git, "/srv/heads");
    assert_true(s->heads.push);
    assert_string_equal(s->heads.sinks[0], "chat");
    assert_string_equal(s->heads.sinks[1], "noc");
    assert_null(s->heads.sinks[2]);
    assert_null(s->heads.schedule);
    settings_free(s);
}

static void mistakes_come_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *place, *says;
    } cases[] = {
        {"heads: {sink: noc}\n", ":1:15", "no sink \"noc\""},
        {"heads: {schedule: now and then}\n", ":1:19", "now and then"},
        {"heads: {git: {push: true}}\n", ":1:21", "push needs the path"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct settings *s = NULL;
        struct error err = ERROR_INIT;
        if (load(cases[i].yaml, &s, &err) != RC_SETTINGS)
            fail_msg("taken: %s", cases[i].yaml);
        if (!strstr(err.place, cases[i].place) || !strstr(err.text, cases[i].says))
            fail_msg("%s\n%s: %s\n%s", cases[i].yaml, err.place, err.text, err.show);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_go_nowhere_unless_told),
        cmocka_unit_test(heads_go_where_the_settings_say),
        cmocka_unit_test(mistakes_come_with_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
