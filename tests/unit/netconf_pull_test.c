/* rooms: base netconf ssh drivers data */
#include "test.h"

#include "base/yang.h"
#include "drivers/netconf/modules.h"
#include "drivers/netconf/pull.h"
#include "drivers/platform.h"
#include "netconf_device.h"

#define MODULE CAPABILITY("urn:example:clock?module=clock&amp;revision=2026-01-01")
#define HELLO_CLOCK HELLO(BASE_10 MODULE)
#define CLOCK "<clock xmlns=\"urn:example:clock\"><zone>UTC</zone></clock>"

static struct {
    struct ly_ctx *ctx;
    struct platforms *platforms;
} shared;

static int set_up(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const char *const modules[] = {"rollcall-platform", NULL};
    if (yang_context(modules, &shared.ctx, &err) ||
        platforms_load(shared.ctx, NULL, &shared.platforms, &err)) {
        print_error("%s %s\n%s\n", err.place, err.text, err.show);
        return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    platforms_free(shared.platforms);
    ly_ctx_destroy(shared.ctx);
    return 0;
}

static int pull_from(
    struct device *d, struct driver_job *job, struct driver_result *result, struct error *err)
{
    struct netconf *s = NULL;
    struct driver_hop hop = {.name = "edge-7"};
    assert_int_equal(open_device(d, LONG_MS, &s, err), RC_OK);
    job->hops = &hop;
    job->hop_count = 1;
    job->platforms = shared.platforms;
    job->command_ms = LONG_MS;
    *result = (struct driver_result){.platform = NULL};
    int rc = pull_session(job, s, result, err);
    part_from(d, s);
    return rc;
}

static void a_pull_gives_data_and_modules(void **state)
{
    (void)state;
    struct device d = {.says = HELLO_CLOCK REPLY(
                           "1", RPC_ERROR("warning", "x", "slow") "<data>" CLOCK "</data>") END,
        .ending = HANGS};
    struct driver_job job = {.task = DRIVER_PULL};
    struct driver_result result;
    struct error err;
    if (pull_from(&d, &job, &result, &err))
        fail_msg("%s: %s", err.place, err.text);
    assert_string_equal(result.platform->name, "netconf");
    assert_int_equal(result.part_count, 2);
    assert_string_equal(result.parts[0].name, "running");
    assert_string_equal(result.parts[0].text.data,
        "<clock xmlns=\"urn:example:clock\">\n  <zone>UTC</zone>\n</clock>\n");
    assert_string_equal(result.parts[1].name, "modules");
    assert_non_null(
        strstr(result.parts[1].text.data, "module clock 2026-01-01 urn:example:clock\n"));
    driver_result_free(&result);
}

static void modules_that_are_known_are_not_asked_for_again(void **state)
{
    (void)state;
    struct netconf_hello hello;
    struct error err = ERROR_INIT;
    struct buf modules = {0};
    char id[MODULES_ID_SIZE];
    static const char library[] =
        CAPABILITY("urn:ietf:params:netconf:capability:yang-library:1.0?revision=2016-06-21&amp;"
                   "module-set-id=7");
    struct buf says = {0};
    buf_format(&says,
        "<hello " NS "><capabilities>" BASE_10
        "%s</capabilities><session-id>4</session-id></hello>",
        library);
    assert_int_equal(hello_parse(buf_str(&says), &hello, &err), RC_OK);
    modules_announced(&hello, id);
    buf_format(&modules, "# announced %s\nmodule clock 2026-01-01 urn:example:clock\n", id);
    buf_add(&says, END REPLY("1", "<data>" CLOCK "</data>") END);
    struct device d = {.says = says.data, .ending = HANGS};
    struct driver_job job = {.task = DRIVER_PULL, .netconf = {.modules = modules.data}};
    struct driver_result result;
    if (pull_from(&d, &job, &result, &err))
        fail_msg("%s: %s", err.place, err.text);
    assert_string_equal(result.parts[1].text.data, modules.data);
    driver_result_free(&result);
    hello_free(&hello);
    buf_free(&modules);
    buf_free(&says);
}

static void what_is_not_whole_is_no_version(void **state)
{
    (void)state;
    static const struct {
        const char *reply, *filter, *platform;
        size_t max_bytes;
        int rc;
        const char *text;
    } cases[] = {
        {"<data/>", NULL, NULL, 0, RC_INCOMPLETE, "an empty configuration; may this user read it?"},
        {"<data> <!-- --> </data>", "<a/>", NULL, 0, RC_INCOMPLETE,
            "does the filter select anything?"},
        {"<ok/>", NULL, NULL, 0, RC_FORMAT, "without <data>"},
        {"", NULL, NULL, 0, RC_FORMAT, "without <data>"},
        {RPC_ERROR("error", "access-denied", "no"), NULL, NULL, 0, RC_DIALOGUE,
            "the device says: no (access-denied)"},
        {"<data>" CLOCK "</data>", NULL, NULL, 20, RC_LIMIT, "more config than allowed"},
        {"<data>" CLOCK "</data>", NULL, "linux", 0, RC_SETTINGS, "cannot be read over NETCONF"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf says = {0};
        buf_format(&says, "%s<rpc-reply " NS " message-id=\"1\">%s</rpc-reply>" END, HELLO_CLOCK,
            cases[i].reply);
        struct device d = {.says = says.data, .ending = HANGS};
        struct driver_job job = {.netconf = {.filter = cases[i].filter},
            .max_bytes = cases[i].max_bytes,
            .platform =
                cases[i].platform ? platforms_find(shared.platforms, cases[i].platform) : NULL};
        struct driver_result result;
        struct error err;
        int rc = pull_from(&d, &job, &result, &err);
        if (rc != cases[i].rc || !strstr(err.text, cases[i].text))
            fail_msg("case %zu: expected %d \"%s\", got %d \"%s\"", i, cases[i].rc, cases[i].text,
                rc, err.text);
        assert_true(strncmp(err.place, "edge-7: ", 8) == 0);
        assert_int_equal(result.part_count, 0);
        driver_result_free(&result);
        buf_free(&says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pull_gives_data_and_modules),
        cmocka_unit_test(modules_that_are_known_are_not_asked_for_again),
        cmocka_unit_test(what_is_not_whole_is_no_version),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
