/* rooms: access drivers syntax data base */
/* Log messages of a profile are held against their examples. */
#include "access/check.h"
#include "access_fixture.h"

static void keep_why(void *ctx, const char *example, const struct error *why)
{
    (void)example;
    if (why)
        *(struct error *)ctx = *why;
}

static void a_log_message_gives_what_its_example_says(void **state)
{
    (void)state;
    static const struct {
        const char *announces, *says;
    } cases[] = {
        {"{ 'by (?<user>\\w+)': { line: changed by bob, user: bob } }", NULL},
        {"{ changed: { line: it has changed } }", NULL},
        {"{ changed: { line: nothing } }", "it is not found in \"nothing\""},
        {"{ 'by (?<user>\\w+)': { line: changed by bob, user: eve } }", "expected eve; found bob"},
        {"{ 'by (?<user>\\w+)': { line: changed by bob } }", "what does the group find"},
        {"{ 'by \\w+': { line: changed by bob, user: bob } }", "there is no group `user`"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct buf rules = {0};
        struct error err = ERROR_INIT, why = ERROR_INIT;
        fixture_context(&f);
        buf_format(
            &rules, "syntax: { cli: { shape: indented } }\nannounces: %s\n", cases[i].announces);
        if (fixture_try(&f, rules.data, &err) ||
            platform_check_with(f.ctx, &f.platform, NULL, keep_why, &why, &err))
            fixture_fail(cases[i].announces, &err);
        if (cases[i].says ? !strstr(why.text, cases[i].says) : why.code != RC_OK)
            fail_msg("%s: expected %s; came %s", cases[i].announces,
                cases[i].says ? cases[i].says : "nothing", why.text);
        if (cases[i].says)
            assert_non_null(strstr(why.place, "test.yaml:6:"));
        buf_free(&rules);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_message_gives_what_its_example_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
