/* rooms: collect access diff settings store netconf ssh syntax data drivers base */
#include "collect_fixture.h"

#define TOP "version 17.9\nhostname edge-1\naaa new-model\n"
#define BOB "username bob privilege 1 secret 9 $9$salt$hashhashhash\n"
#define EVE "username eve privilege 15 secret 9 $9$evil$evilevilevil\n"
#define COLLECTOR "username rollcall privilege 15 secret 9 $9$ours$oursoursours\n"
#define AAA "aaa authentication login default group tacacs+ local\n"
#define REST                                                                                       \
    "interface Gi1\n description uplink\n ip address 192.0.2.1 255.255.255.0\n"                    \
    "access-list 10 permit 192.0.2.0 0.0.0.255\n"                                                  \
    "logging host 192.0.2.9\n"                                                                     \
    "line vty 0 4\n access-class 10 in\n transport input ssh\n"                                    \
    "end\n"
#define BASE TOP AAA BOB COLLECTOR REST

static int count_account(void *ctx, const struct store_account_row *row)
{
    struct buf *out = ctx;
    buf_format(out, "%s:%s:%d:%s ", row->device, row->account.name, row->account.admin,
        row->account.secret_scheme ? row->account.secret_scheme : "-");
    return 0;
}

static void the_first_version_is_stored_whole_and_is_no_news(void **state)
{
    struct fixture *f = *state;
    struct buf accounts = {0};
    read_config(f, BASE);
    assert_true(f->report.first && f->report.new_version);
    assert_int_equal(f->report.version, 1);
    assert_int_equal(f->report.accounts, 2);
    assert_int_equal(f->report.admins, 1);
    assert_string_equal(f->events, "");
    must(f, store_accounts(
                f->store, &(struct store_account_query){0}, count_account, &accounts, &f->err));
    assert_string_equal(buf_text(&accounts), "edge-1:bob:0:scrypt edge-1:rollcall:1:scrypt ");
    buf_free(&accounts);
}

static void an_unchanged_config_writes_no_version(void **state)
{
    struct fixture *f = *state;
    static const char *const same[] = {
        BASE, "! Last configuration change at 10:00 by al\n" BASE, TOP AAA COLLECTOR BOB REST};
    read_config(f, BASE);
    for (size_t i = 0; i < COUNT(same); i++) {
        read_config(f, same[i]);
        if (f->report.new_version)
            fail_msg("a new version of:\n%s", same[i]);
        assert_int_equal(f->report.version, 1);
        assert_int_equal(f->report.accounts, 2);
        assert_string_equal(f->events, "");
    }
}

static void whoever_is_told_of_is_the_actor_of_the_change_and_the_author(void **state)
{
    struct fixture *f = *state;
    struct store_version version;
    read_config(f, BASE);
    fail_pull(f, RC_TIMEOUT);
    f->actor = (struct actor){"bob", "192.0.2.7", "netconf"};
    read_config(f, TOP AAA BOB EVE COLLECTOR REST);
    assert_string_equal(f->events, "account-created(eve) device-recovered(edge-1)");
    struct str rest = buf_str(&f->json), line;
    while (str_next_line(&rest, &line)) {
        json_t *event = json_loadb(line.at, line.len, 0, NULL);
        const char *name = json_string_value(json_object_get(event, "event"));
        char *actor = json_dumps(
            json_object_get(event, "actor"), JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        /* that it answers again is nobody's doing */
        if (strcmp(name, "account-created") == 0)
            assert_string_equal(
                actor, "{\"address\":\"192.0.2.7\",\"source\":\"netconf\",\"user\":\"bob\"}");
        else
            assert_null(strstr(actor, "netconf"));
        free(actor);
        json_decref(event);
    }
    must(f, store_version(f->store, "edge-1", 0, 0, &version, &f->err));
    assert_string_equal(version.author, "bob");
    store_version_clear(&version);
}

static void each_change_is_the_right_event_once(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what, *before, *after, *events;
    } cases[] = {
        {"new account", BASE, TOP AAA BOB COLLECTOR EVE REST, "account-created(eve)"},
        {"account gone", BASE, TOP AAA COLLECTOR REST, "account-deleted(bob)"},
        {"promoted", BASE,
            TOP AAA "username bob privilege 15 secret 9 $9$salt$hashhashhash\n" COLLECTOR REST,
            "privilege-raised(bob)"},
        {"another password", BASE,
            TOP AAA "username bob privilege 1 secret 9 $9$salt$otherotherot\n" COLLECTOR REST,
            "credential-changed(bob)"},
        {"an interface", BASE, TOP AAA BOB COLLECTOR "interface Gi2\n shutdown\n" REST,
            "config-changed()"},
        {"account and interface", BASE, TOP AAA BOB EVE COLLECTOR "interface Gi2\n shutdown\n" REST,
            "account-created(eve) config-changed()"},
        {"log host gone", TOP AAA BOB COLLECTOR "logging host 192.0.2.8\n" REST, BASE,
            "log-host-removed(192.0.2.8)"},
        {"our own account", BASE,
            TOP AAA BOB "username rollcall privilege 1 secret 9 $9$ours$oursoursours\n" REST,
            "collector-account-changed(rollcall) privilege-lowered(rollcall)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        read_config(f, cases[i].before);
        read_config(f, cases[i].after);
        if (strcmp(f->events, cases[i].events) != 0)
            fail_msg("%s: %s, not %s", cases[i].what, f->events, cases[i].events);
        read_config(f, cases[i].after);
        assert_string_equal(f->events, "");
    }
}

static void an_event_is_a_whole_document_without_secrets(void **state)
{
    struct fixture *f = *state;
    read_config(f, BASE);
    read_config(f,
        "! Last configuration change at 10:00:00 UTC Mon Jun 16 2025 by mallory\n" TOP AAA BOB
            COLLECTOR EVE REST);
    assert_string_equal(f->events, "account-created(eve)");
    json_t *json = json_loads(buf_text(&f->json), 0, NULL);
    static const struct {
        const char *name, *value;
    } texts[] = {{"kind", "event"}, {"event", "account-created"}, {"device", "edge-1"},
        {"subject", "eve"}, {"verdict", "unreviewed"}, {"says", "account eve created on edge-1"}};
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_string_equal(
            json_string_value(json_object_get(json, texts[i].name)), texts[i].value);
    assert_int_equal(json_integer_value(json_object_get(json, "rollcall")), 1);
    assert_int_equal(json_integer_value(json_object_get(json, "severity")), 95);
    assert_int_equal(json_integer_value(json_object_get(json, "version")), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "previous")), 1);
    assert_true(json_is_null(json_object_get(json, "before")));
    assert_true(json_is_object(json_object_get(json, "after")));
    json_t *actor = json_object_get(json, "actor");
    assert_string_equal(json_string_value(json_object_get(actor, "user")), "mallory");
    assert_string_equal(json_string_value(json_object_get(actor, "source")), "config");
    json_t *line = json_array_get(json_object_get(json, "evidence"), 0);
    assert_string_equal(json_string_value(json_object_get(line, "part")), "running");
    assert_int_equal(json_integer_value(json_object_get(line, "line")), 8);
    const char *text = json_string_value(json_object_get(line, "text"));
    assert_memory_equal(text, "username eve privilege 15 secret 9 <secret:", 43);
    assert_null(strstr(buf_text(&f->json), "evil"));
    json_decref(json);
}

static int count_message(void *ctx, const struct store_message *m)
{
    buf_format(ctx, "%s ", m->sink);
    return 0;
}

static void a_sink_gets_what_is_grave_enough_for_it(void **state)
{
    struct fixture *f = *state;
    static const struct sink_settings sinks[] = {
        {.name = "siem", .minimum = 1}, {.name = "pager", .minimum = 90}};
    struct buf sent = {0};
    f->settings.sinks = sinks;
    f->settings.sink_count = COUNT(sinks);
    read_config(f, BASE);
    read_config(f, TOP AAA BOB COLLECTOR "interface Gi2\n shutdown\n" REST);
    must(f, store_outbox_due(f->store, NULL, 10, count_message, &sent, &f->err));
    assert_string_equal(buf_text(&sent), "siem ");
    read_config(f, TOP AAA BOB COLLECTOR EVE "interface Gi2\n shutdown\n" REST);
    buf_clear(&sent);
    must(f, store_outbox_due(f->store, NULL, 10, count_message, &sent, &f->err));
    assert_non_null(strstr(buf_text(&sent), "pager"));
    buf_free(&sent);
}

static void a_version_that_an_older_model_wrote_is_read_again(void **state)
{
    struct fixture *f = *state;
    static const struct store_part part = {"running", {BASE, sizeof BASE - 1}};
    const struct store_collection old = {.device = "edge-1",
        .address = "192.0.2.1",
        .platform = "ios",
        .started_us = f->now_us,
        .ended_us = f->now_us,
        .new_version = true,
        .digest = "from another time",
        .parts = &part,
        .part_count = 1,
        .access_json = "{\"rollcall-access:access\":{\"account\":[{\"gone\":1}]}}"};
    uint32_t version;
    must(f, store_collect(f->store, &old, &version, &f->err));
    read_config(f, TOP AAA BOB COLLECTOR EVE REST);
    assert_string_equal(f->events, "account-created(eve)");
    assert_int_equal(f->report.version, 2);
}

static void a_device_that_another_process_reads_is_left_alone(void **state)
{
    struct fixture *f = *state;
    must(f, store_lease_take(f->store, "edge-1", "another-host:1:x", 600, &f->err));
    f->config = BASE;
    assert_int_equal(
        collect_device(f->collect, &f->device, fixture_pull, f, &f->report, &f->err), RC_BUSY);
    assert_int_equal(f->report.failure.code, RC_BUSY);
    must(f, store_lease_drop(f->store, "edge-1", "another-host:1:x", &f->err));
    read_config(f, BASE);
    /* and our own lease is gone */
    must(f, store_lease_take(f->store, "edge-1", "another-host:1:x", 600, &f->err));
}

static void ten_thousand_new_accounts_are_ten_thousand_events(void **state)
{
    struct fixture *f = *state;
    struct buf config = {0};
    buf_add(&config, TOP BOB);
    for (int i = 0; i < 10000; i++)
        buf_format(&config, "username u%d privilege 1 secret 9 $9$s$%d\n", i, i);
    buf_add(&config, "end\n");
    read_config(f, TOP BOB "end\n");
    read_config(f, buf_text(&config));
    assert_int_equal(f->report.event_count, 10000);
    assert_int_equal(f->report.accounts, 10001);
    buf_free(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COLLECT_TEST(the_first_version_is_stored_whole_and_is_no_news),
        COLLECT_TEST(an_unchanged_config_writes_no_version),
        COLLECT_TEST(whoever_is_told_of_is_the_actor_of_the_change_and_the_author),
        COLLECT_TEST(each_change_is_the_right_event_once),
        COLLECT_TEST(an_event_is_a_whole_document_without_secrets),
        COLLECT_TEST(a_sink_gets_what_is_grave_enough_for_it),
        COLLECT_TEST(a_version_that_an_older_model_wrote_is_read_again),
        COLLECT_TEST(a_device_that_another_process_reads_is_left_alone),
        COLLECT_TEST(ten_thousand_new_accounts_are_ten_thousand_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
