/* rooms: netconf ssh drivers base */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "drivers/netconf/learn.h"
#include "netconf_device.h"

#define HEAD(name) "module " name " { namespace \"urn:" name "\"; prefix " name "; "
#define SCHEMA(id, text)                                                                           \
    REPLY(id, "<data xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">" text "</"     \
              "data>")
#define REFUSED(id) REPLY(id, RPC_ERROR("error", "operation-not-supported", "no such operation"))

struct lesson_case {
    const char *modules;
    const struct part *have;
    size_t have_count, max_bytes;
    const char *says; /* what the device answers */
};

struct school {
    struct device device;
    struct driver_result result;
    size_t sessions;
    struct error err;
    int rc;
};

static int open_scripted(void *ctx, const struct driver_job *job, struct driver_result *result,
    struct netconf **out, struct error *err)
{
    struct school *s = ctx;
    (void)job, (void)result;
    s->sessions++;
    return open_device(&s->device, LONG_MS, out, err);
}

static struct school learn(const struct lesson_case *t)
{
    struct school s = {.device = {.says = t->says}};
    const struct driver_hop hop = {.name = "edge-7"};
    const struct learn_opener opener = {open_scripted, &s};
    const struct driver_job job = {.task = DRIVER_LEARN,
        .hops = &hop,
        .hop_count = 1,
        .command_ms = LONG_MS,
        .max_bytes = t->max_bytes,
        .netconf = {.modules = t->modules, .have = t->have, .have_count = t->have_count}};
    s.rc = learn_modules(&job, &opener, &s.result, &s.err);
    return s;
}

static const char *part_text(const struct school *s, const char *name)
{
    for (size_t i = 0; i < s->result.part_count; i++)
        if (strcmp(s->result.parts[i].name, name) == 0)
            return buf_text(&s->result.parts[i].text);
    return NULL;
}

static size_t times(const struct school *s, const char *word)
{
    size_t count = 0;
    for (const char *at = buf_text(&s->device.heard); (at = strstr(at, word)); at++)
        count++;
    return count;
}

static void dismiss(struct school *s)
{
    driver_result_free(&s->result);
    buf_free(&s->device.heard);
}

static void missing_modules_and_what_they_import_are_fetched(void **state)
{
    (void)state;
    struct part have = {.name = (char[]){"known@2023-01-01.yang"}};
    assert_int_equal(
        buf_add(&have.text, HEAD("known") "revision 2023-01-01; leaf k { type string; } }"), 0);
    struct school s = learn(&(struct lesson_case){
        .modules = "# announced x\nmodule a 2024-01-01 urn:a\nmodule known 2023-01-01 urn:known\n",
        .have = &have,
        .have_count = 1,
        .says = HELLO_10 SCHEMA("1",
            HEAD("a") "import t { prefix t; } revision 2024-01-01; leaf x { type t:t; default "
                      "&quot;&lt;&quot;; } }")
            END SCHEMA("2", "<![CDATA[" HEAD("t") "typedef t { type string; } }]]>") END});
    if (s.rc)
        fail_msg("%s", s.err.text);
    assert_string_equal(part_text(&s, "schema"),
        "/a:x leaf string default <\n/known:k leaf string\nmodule a urn:a\nmodule known "
        "urn:known\n");
    assert_string_equal(part_text(&s, "notes"), "");
    assert_non_null(part_text(&s, "a@2024-01-01.yang"));
    assert_non_null(part_text(&s, "t.yang"));
    assert_int_equal(s.result.part_count, 4);
    assert_int_equal(times(&s, "<identifier>a</identifier><version>2024-01-01</version>"), 1);
    assert_int_equal(times(&s, "<get-schema"), 2);
    dismiss(&s);
    buf_free(&have.text);
}

static void nothing_missing_needs_no_session(void **state)
{
    (void)state;
    struct part have = {.name = (char[]){"a@2024-01-01.yang"}};
    assert_int_equal(
        buf_add(&have.text, HEAD("a") "revision 2024-01-01; leaf x { type string; } }"), 0);
    struct school s = learn(&(struct lesson_case){
        .modules = "module a 2024-01-01 urn:a\n", .have = &have, .have_count = 1});
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(s.sessions, 0);
    assert_string_equal(part_text(&s, "schema"), "/a:x leaf string\nmodule a urn:a\n");
    assert_int_equal(s.result.part_count, 2);
    dismiss(&s);
    buf_free(&have.text);
}

static void a_device_without_get_schema_is_asked_a_few_times(void **state)
{
    (void)state;
    struct school s = learn(&(struct lesson_case){
        .modules = "module a - -\nmodule b - -\nmodule c - -\nmodule d - -\nmodule e - -\nmodule f "
                   "- -\nmodule g - -\n",
        .says = HELLO_10 REFUSED("1") END REFUSED("2") END REFUSED("3") END REFUSED("4")
            END REFUSED("5") END});
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(times(&s, "<get-schema"), 5);
    assert_string_equal(part_text(&s, "schema"), "");
    assert_non_null(strstr(part_text(&s, "notes"), "no such operation"));
    assert_non_null(strstr(part_text(&s, "notes"), "g: not there"));
    dismiss(&s);
}

static void what_is_not_the_module_asked_for_is_not_kept(void **state)
{
    (void)state;
    struct school s =
        learn(&(struct lesson_case){.modules = "module a - -\nmodule b - -\nmodule c - -\n",
            .says = HELLO_10 SCHEMA("1", HEAD("other") "}") END SCHEMA("2", "not found")
                END SCHEMA("3", HEAD("c") "leaf x { type string; } }") END});
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(s.result.part_count, 3);
    assert_string_equal(part_text(&s, "schema"), "/c:x leaf string\nmodule c urn:c\n");
    assert_non_null(strstr(part_text(&s, "notes"), "a: the device gave other instead"));
    assert_non_null(strstr(part_text(&s, "notes"), "b: line 1"));
    dismiss(&s);
}

static void modules_end_at_the_job_s_bytes(void **state)
{
    (void)state;
    struct school s = learn(&(struct lesson_case){.modules = "module a - -\nmodule b - -\n",
        .max_bytes = 10,
        .says = HELLO_10 SCHEMA("1", HEAD("a") "leaf x { type string; } }") END});
    assert_int_equal(s.rc, RC_OK);
    assert_string_equal(part_text(&s, "schema"), "/a:x leaf string\nmodule a urn:a\n");
    assert_non_null(strstr(part_text(&s, "notes"), "more than 10 bytes"));
    dismiss(&s);
}

static void a_session_that_breaks_teaches_nothing(void **state)
{
    (void)state;
    struct school s = learn(&(struct lesson_case){.modules = "module a - -\nmodule b - -\n",
        .says = HELLO_10 SCHEMA("1", HEAD("a") "}") END "<rpc-reply"});
    assert_int_not_equal(s.rc, RC_OK);
    assert_int_equal(s.result.part_count, 0);
    assert_true(strlen(s.err.text) > 0);
    dismiss(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_modules_and_what_they_import_are_fetched),
        cmocka_unit_test(nothing_missing_needs_no_session),
        cmocka_unit_test(a_device_without_get_schema_is_asked_a_few_times),
        cmocka_unit_test(what_is_not_the_module_asked_for_is_not_kept),
        cmocka_unit_test(modules_end_at_the_job_s_bytes),
        cmocka_unit_test(a_session_that_breaks_teaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
