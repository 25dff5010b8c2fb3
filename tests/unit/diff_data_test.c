/* rooms: base drivers syntax diff */
#include <stdio.h>

#include "base/yang.h"
#include "diff/diff.h"
#include "drivers/data/data.h"
#include "test.h"

static struct ly_ctx *ctx;
static struct lyd_node *profile;
static struct platform platform = {.name = "toy", .title = "Toy", .file = "toy.yaml"};
static struct config_reader *reader;

static int set_up(void **state)
{
    static const char json[] =
        "{\"rollcall-platform:profile\":{\"syntax\":["
        "{\"name\":\"data\",\"shape\":\"data\",\"detect\":\"\\\\A\\\\s*[<{]\"},"
        "{\"name\":\"cli\",\"shape\":\"indented\",\"comment\":[\"!\"]}]}}";
    static const char *const modules[] = {"rollcall-platform", NULL};
    (void)state;
    struct error err = ERROR_INIT;
    if (yang_context(modules, &ctx, &err) ||
        lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &profile))
        return -1;
    platform.data = profile;
    return config_reader_new(&platform, &reader, &err);
}

static int tear_down(void **state)
{
    (void)state;
    config_reader_free(reader);
    lyd_free_all(profile);
    ly_ctx_destroy(ctx);
    return 0;
}

#define SYS(inside) "<sys xmlns=\"urn:m\">\n" inside "</sys>\n"

static const char schema_text[] = "/m:sys container\n"
                                  "/m:sys/dns list key name ordered\n"
                                  "/m:sys/dns/name leaf string\n"
                                  "/m:sys/dns/port leaf number default 53\n"
                                  "/m:sys/ntp container\n"
                                  "/m:sys/ntp/on leaf boolean default true\n"
                                  "/m:sys/order leaf-list string ordered\n"
                                  "/m:sys/ssh container presence\n"
                                  "/m:sys/user list key id\n"
                                  "/m:sys/user/id leaf string\n"
                                  "module m urn:m\n";

/* The text with the schema in `schema` behind it; NULL: without. */
static struct part part_of(const char *text, const char *schema)
{
    struct part part = {.name = strdup("running")};
    struct data_schema *full = NULL;
    if (schema)
        assert_int_equal(data_schema_parse(str_of(schema), &full, NULL), 0);
    assert_int_equal(
        full ? data_annotate(str_of(text), full, &part.text, NULL) : buf_add(&part.text, text), 0);
    data_schema_free(full);
    return part;
}

/* "-LINE TEXT", a line each; only the first line of a text. */
static char *changes_between(struct part before, struct part after)
{
    const struct config_side older = {reader, &before, 1}, newer = {reader, &after, 1};
    struct config *first = NULL, *second = NULL;
    struct line_changes changes = {0};
    struct buf out = {0};
    struct error err = ERROR_INIT;
    if (config_read_pair(&older, &newer, &first, &second, &err) ||
        diff_config(first, second, &changes, &err))
        fail_msg("%s %s", err.place, err.text);
    for (size_t i = 0; i < changes.count; i++) {
        struct str text = changes.at[i].text, line = {"", 0};
        str_next_line(&text, &line);
        buf_format(&out, "%c%u %.*s\n", changes.at[i].added ? '+' : '-', changes.at[i].line,
            (int)line.len, line.at);
    }
    if (config_incomparable(second))
        buf_format(&out, "not %s\n", config_incomparable(second));
    line_changes_free(&changes);
    config_free(first);
    config_free(second);
    free(before.name);
    free(after.name);
    buf_free(&before.text);
    buf_free(&after.text);
    return out.data ? out.data : calloc(1, 1);
}

static const struct {
    const char *what, *before, *schema_before, *after, *schema_after, *changes;
} cases[] = {
    {"order that means nothing", SYS("<user><id>a</id></user><user><id>b</id></user>"), schema_text,
        SYS("<user><id>b</id></user><user><id>a</id></user>"), schema_text, ""},
    {"order that does", SYS("<order>a</order>\n<order>b</order>\n"), schema_text,
        SYS("<order>b</order>\n<order>a</order>\n"), schema_text,
        "-2 <order>a</order>\n+3 <order>a</order>\n"},
    {"order of entries", SYS("<dns><name>a</name></dns>\n<dns><name>b</name></dns>\n"), schema_text,
        SYS("<dns><name>b</name></dns>\n<dns><name>a</name></dns>\n"), schema_text,
        "-2 <dns><name>a</name>\n+3 <dns><name>a</name>\n"},
    {"a default said and not said", SYS("<dns><name>a</name></dns>"), schema_text,
        SYS("<dns><name>a</name><port>53</port></dns><ntp><on>true</on></ntp>"), schema_text, ""},
    {"a default said and gone", SYS("<ntp>\n<on>true</on></ntp>"), schema_text, SYS(""),
        schema_text, ""},
    {"another value than the default", SYS("<ntp>\n<on>true</on></ntp>"), schema_text,
        SYS("<ntp>\n<on>false</on>\n</ntp>"), schema_text,
        "+1 <sys xmlns=\"urn:m\">\n+2 <ntp>\n+3 <on>false</on>\n"},
    {"presence", SYS(""), schema_text, SYS("<ntp/>\n<ssh/>\n"), schema_text,
        "+1 <sys xmlns=\"urn:m\">\n+3 <ssh/>\n"},
    {"the schema is learned", SYS("<user>\n<id>b</id>\n</user>\n<order>a</order><order>b</order>"),
        NULL, SYS("<user>\n<id>b</id>\n</user>\n<order>a</order><order>b</order>"), schema_text,
        ""},
    {"another release has another default that nobody wrote",
        SYS("<x>1</x><dns><name>a</name><port>54</port></dns>"),
        "/m:sys/dns list key name\n/m:sys/dns/port leaf number default 54\nmodule m urn:m\n",
        SYS("<x>1</x><dns><name>a</name><port>53</port></dns>"), schema_text, ""},
    {"another release, and a change", SYS("<x>1</x>\n"),
        "/m:sys container\n/m:sys/x leaf number default 7\nmodule m urn:m\n", SYS("<x>2</x>\n"),
        "/m:sys container\n/m:sys/x leaf string\nmodule m urn:m\n", "-2 <x>1</x>\n+2 <x>2</x>\n"},
    {"without a schema a second entry is one line more",
        SYS("<u>\n<name>a</name>\n</u>\n<s>1</s>\n"), NULL,
        SYS("<u>\n<name>a</name>\n</u>\n<u>\n<name>b</name>\n</u>\n<s>1</s>\n<s>2</s>\n"), NULL,
        "+5 <u>\n+9 <s>2</s>\n"},
    {"and one less", SYS("<s>1</s>\n<s>2</s>\n"), NULL, SYS("<s>2</s>\n"), NULL, "-2 <s>1</s>\n"},
    {"text became data", "user bob\n", NULL, SYS("<user><id>b</id></user>"), NULL, "not running\n"},
    {"data became text", SYS("<user><id>b</id></user>"), schema_text, "user bob\n", NULL,
        "not running\n"},
    {"XML became JSON", SYS("<x>1</x><order>a</order><order>b</order>"), schema_text,
        "{\"m:sys\": {\"order\": [\"a\", \"b\"], \"x\": 1}}", schema_text, ""},
};

static void only_what_somebody_changed_is_a_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *changes = changes_between(part_of(cases[i].before, cases[i].schema_before),
            part_of(cases[i].after, cases[i].schema_after));
        if (strcmp(changes, cases[i].changes) != 0)
            fail_msg("%s:\n%s\nexpected:\n%s", cases[i].what, changes, cases[i].changes);
        free(changes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_somebody_changed_is_a_change),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
