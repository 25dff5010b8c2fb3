/* rooms: judge base */
#include "test.h"

#include <stdio.h>

#include "base/embed.h"
#include "base/yang.h"
#include "judge/judge.h"

static struct ly_ctx *ctx;
static struct checks *checks;

static int open_checks(void **state)
{
    (void)state;
    static const char *const modules[] = {"rollcall-access", "rollcall-checks", NULL};
    struct error err = ERROR_INIT;
    const struct embedded *file = embedded_find("models/checks.yaml");
    int rc = yang_context(modules, &ctx, &err);
    if (rc == 0)
        rc = checks_new(ctx, file->name, (struct str){file->data, file->len}, &checks, &err);
    if (rc)
        print_error("%s: %s\n", err.place, err.text);
    return rc;
}

static int close_checks(void **state)
{
    (void)state;
    checks_free(checks);
    ly_ctx_destroy(ctx);
    return 0;
}

/* Ids of what is found, in order, joined by blanks. */
static const char *found(const char *platform, const char *json, char *out, size_t size)
{
    struct lyd_node *tree = NULL;
    char text[2048];
    snprintf(text, sizeof text, "{\"rollcall-access:access\":%s}", json);
    assert_int_equal(
        lyd_parse_data_mem(ctx, text, LYD_JSON, LYD_PARSE_STRICT, LYD_VALIDATE_PRESENT, &tree), 0);
    struct findings findings;
    struct error err = ERROR_INIT;
    int rc = checks_run(checks, (const char *const[]){platform, NULL}, tree, &findings, &err);
    if (rc)
        print_error("%s\n", err.text);
    assert_int_equal(rc, 0);
    out[0] = '\0';
    for (size_t i = 0; i < findings.count; i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s", i ? " " : "", findings.at[i].check);
    }
    findings_free(&findings);
    lyd_free_all(tree);
    return out;
}

/* What keeps the checks on absence quiet. */
#define GOOD                                                                                       \
    "\"logging\":{\"host\":[{\"address\":\"192.0.2.1\"}],\"archive\":true},"                       \
    "\"aaa\":{\"server\":[{\"protocol\":\"tacacs+\",\"address\":\"a\"},"                           \
    "{\"protocol\":\"tacacs+\",\"address\":\"b\"}]}"

static void each_state_has_the_findings_it_deserves(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {"{" GOOD "}", ""},
        {"{" GOOD ",\"account\":[{\"realm\":\"local\",\"name\":\"a\",\"kind\":\"local\","
         "\"secret\":{\"scheme\":\"empty\",\"strength\":\"none\"}}]}",
            "credential-empty"},
        {"{" GOOD ",\"account\":[{\"realm\":\"local\",\"name\":\"a\",\"kind\":\"local\","
         "\"secret\":{\"scheme\":\"cisco-7\",\"strength\":\"reversible\"}}]}",
            "secret-type-weak"},
        {"{" GOOD ",\"account\":[{\"realm\":\"local\",\"name\":\"a\",\"kind\":\"local\","
         "\"secret\":{\"scheme\":\"scrypt\",\"strength\":\"strong\"}}]}",
            ""},
        {"{" GOOD ",\"account\":[{\"realm\":\"local\",\"name\":\"admin\",\"kind\":\"local\","
         "\"enabled\":true,\"vendor-default\":true},{\"realm\":\"local\",\"name\":\"root\","
         "\"kind\":\"local\",\"enabled\":false,\"vendor-default\":true}]}",
            "default-account"},
        {"{" GOOD ",\"line\":[{\"name\":\"vty 0 4\",\"transport\":[\"ssh\",\"telnet\"],"
         "\"authentication\":\"none\"}]}",
            "line-unauthenticated telnet mgmt-acl-absent"},
        {"{" GOOD ",\"snmp\":{\"community\":[{\"fingerprint\":\"k1:x\",\"access\":\"rw\","
         "\"default\":true}]}}",
            "snmp-default-community snmp-rw snmp-acl-absent"},
        {"{" GOOD ",\"service\":[{\"name\":\"http\",\"enabled\":true},"
         "{\"name\":\"https\",\"enabled\":true}]}",
            "http"},
        {"{\"logging\":{\"host\":[{\"address\":\"x\"}],\"archive\":true},\"aaa\":{"
         "\"authentication\":[{\"service\":\"login\",\"list\":\"default\","
         "\"method\":[\"group tacacs+\",\"none\"]}]}}",
            "aaa-method-none"},
        {"{}", "aaa-absent log-host-absent"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[512];
        assert_string_equal(found("ios", cases[i].json, out, sizeof out), cases[i].expected);
    }
}

static void a_check_says_nothing_about_the_platforms_it_excepts(void **state)
{
    (void)state;
    char out[512];
    assert_string_equal(found("host", "{}", out, sizeof out), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_the_findings_it_deserves),
        cmocka_unit_test(a_check_says_nothing_about_the_platforms_it_excepts),
    };
    return cmocka_run_group_tests(tests, open_checks, close_checks);
}
