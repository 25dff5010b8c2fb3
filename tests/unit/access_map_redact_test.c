/* rooms: access drivers syntax data base */
/* Shown data holds no secret, whatever form it has, and every line keeps its number. */
#include "access_map_fixture.h"

static char *redacted(struct fixture *f, struct str text)
{
    struct buf out = {0};
    struct error err = ERROR_INIT;
    if (access_redact(f->reader, "running", text, fixture_key, &out, &err))
        fixture_fail("access_redact", &err);
    return out.data ? out.data : strdup("");
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

#define SCHEMA(lines) "<?rollcall-schema\nmodule urn urn:x\n" lines "?>\n"

static const struct {
    const char *text, *secrets, *kept; /* separated by a bar */
} cases[] = {
    {BOX("<user>\n<name>bob</name>\n<hash>Sesame0</hash>\n</user>"), "Sesame0",
        "<name>bob<|<hash>"},
    {BOX("<user><name>bob</name><hash>Sesame0</hash></user>"), "Sesame0", "<name>bob<"},
    {BOX("<user><name>bob</name><clear>0:Sesame0</clear></user>"), "Sesame0", "<name>bob<"},
    {BOX("<user><name>bob</name><hash>one1</hash><clear>0:two2</clear></user>"), "one1|two2",
        "<name>bob<"},
    {BOX("<user><name>bob</name>\n<hash>a&lt;b&amp;c&gt;</hash></user>"), "a&lt;b|a<b|b&amp;c",
        "<name>bob<|<hash>"},
    {BOX("<user><name>bob</name>\n<hash>a&#60;b</hash>\n</user>"), "a&#60;b", "<name>bob<"},
    {BOX("<user><name>bob</name>\n<hash>\n Sesame0\n open\n</hash></user>"), "Sesame0|open", "bob"},
    {BOX("<user><name>bob</name><quantum>Sesame0</quantum></user>"), "Sesame0", "<name>bob<"},
    {BOX("<user inactive='inactive'><name>bob</name><hash>Sesame0</hash></user>"), "Sesame0",
        "<name>bob<"},
    {BOX("<tunnel><psk>Sesame0</psk><name>t1</name></tunnel>"), "Sesame0", "<name>t1<"},
    {BOX("<tunnel><psk><a>Sesame0</a><b>Sesame1</b></psk></tunnel>"), "Sesame0|Sesame1", "tunnel"},
    {BOX("<community>\n<name>b</name>\n<mode>ro</mode></community>"), ">b<", "<mode>ro<"},
    {BOX("<x><password>Sesame0</password></x>"), "Sesame0", "<password>"},
    {BOX("<x>$6$abcdefgh$0123456789abcdef</x>"), "0123456789abcdef", "<x>"},
    {"{\"acme-system:box\":{\"user\":[{\"name\":\"bob\",\"hash\":\"Sesame0\"}]}}", "Sesame0",
        "\"name\":\"bob\""},
    {"{\"acme-system:box\":{\"user\":[{\"name\":\"bob\",\n\"hash\":\"a\\\"b\\\\c\"}]}}",
        "a\\\"b|b\\\\c", "\"name\":\"bob\"|\"hash\""},
    {"{\"acme-system:box\":{\"user\":[{\"name\":\"bob\",\n\"hash\":\"a/b\\/c\"}]}}", "a/b|\\/c",
        "\"name\":\"bob\""},
    {"{\"box\":{\"user\":[{\"name\":\"bob\",\"hash\":\"Sesame0\"}]}}", "Sesame0", "bob"},
    {"<other xmlns='urn:x'>\n<q>Sesame0</q>\n</other>\n" SCHEMA(
         "/urn:other container\n"
         "/urn:other/q leaf string secret\n"),
        "Sesame0", "<q>"},
    {"<x xmlns='urn:x'><cli-text>\nhostname a\nusername bob secret Sesame0\n</cli-text></x>",
        "Sesame0", "username bob"},
    {"<x xmlns='urn:x'><password>Sesame0</password>", "Sesame0", "<x xmlns"}, /* no data */
};

static void no_secret_is_left_and_nothing_else_is_lost(void **state)
{
    (void)state;
    struct fixture f;
    map_with(&f, VENDOR, STANDARD);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = redacted(&f, str_of(cases[i].text)), word[80];
        const char *at = cases[i].secrets;
        for (size_t len; *at; at += len + (at[len] == '|')) {
            len = strcspn(at, "|");
            snprintf(word, sizeof word, "%.*s", (int)len, at);
            if (strstr(text, word))
                fail_msg("%s\nshows %s:\n%s", cases[i].text, word, text);
        }
        at = cases[i].kept;
        for (size_t len; *at; at += len + (at[len] == '|')) {
            len = strcspn(at, "|");
            snprintf(word, sizeof word, "%.*s", (int)len, at);
            if (!strstr(text, word))
                fail_msg("%s\nlacks %s:\n%s", cases[i].text, word, text);
        }
        assert_non_null(strstr(text, "<secret:"));
        assert_int_equal(count_lines(text), count_lines(cases[i].text));
        free(text);
    }
    fixture_free(&f);
}

static void drafts_and_trees_hold_no_secret(void **state)
{
    (void)state;
    struct fixture f;
    map_with(&f, VENDOR, STANDARD);
    char *json = fixture_json(&f,
        STR(BOX("<user><name>bob</name><hash>Sesame0</hash><foo>Sesame1</foo></user>"
                "<community><name>Sesame2</name></community><tunnel><psk>Sesame3</psk></tunnel>"
                "<group><name>Sesame4</name></group><door>Sesame5</door>") "<z "
                                                                           "xmlns='urn:z'><name>"
                                                                           "Sesame6</name></z>"),
        true);
    assert_null(strstr(json, "Sesame"));
    assert_non_null(strstr(json, "/acme-system:box/door"));
    free(json);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_is_left_and_nothing_else_is_lost),
        cmocka_unit_test(drafts_and_trees_hold_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
