/* rooms: base */
#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/pack.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/yang.h"

static void every_kind_of_line_end_ends_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t lines;
    } cases[] = {{"a\nb\n", 2}, {"a\r\nb\r\n", 2}, {"a\r\r\nb\r\r\n", 2}, {"a\rb\r", 2},
        {"a\r\r\rb", 2}, {"a\n\nb", 3}, {"", 0}, {"\n", 1}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str rest = str_of(cases[i].text), line;
        size_t lines = 0;
        while (str_next_line(&rest, &line))
            lines++;
        assert_int_equal(lines, cases[i].lines);
    }
}

static void escapes_and_invalid_bytes_cannot_reach_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *safe;
    } cases[] = {{"plain", "plain"}, {"\x1b[2J", "\\x1b[2J"}, {"a\nb", "a\\nb"}, {"\xff", "\\xff"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xe2\x80\xae"
         "evil",
            "\\u{202e}evil"},
        {"\xc2\x9b"
         "31m",
            "\\x9b31m"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[64];
        text_escape(out, sizeof out, cases[i].raw, strlen(cases[i].raw));
        assert_string_equal(out, cases[i].safe);
    }
    char small[8];
    text_escape(small, sizeof small, "0123456789", 10);
    assert_string_equal(small, "0123...");
}

static void a_buffer_stops_at_its_cap_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct buf b = {.cap = 5};
    assert_int_equal(buf_add(&b, "12345"), 0);
    assert_int_equal(buf_add(&b, "6"), RC_LIMIT);
    assert_string_equal(buf_text(&b), "12345");
    buf_free(&b);
}

static void times_survive_formatting_and_parsing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same;
    } cases[] = {{"2026-03-01", "2026-03-01T00:00:00Z"},
        {"2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00Z"},
        {"2026-03-01 10:00", "2026-03-01T10:00:00Z"},
        {"2026-03-01T10:00:00.25Z", "2026-03-01T10:00:00.250000Z"}, {"1h", "1970-01-01T23:00:00Z"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t t;
        char out[TIME_TEXT_SIZE];
        assert_int_equal(time_parse(cases[i].text, 86400000000, &t, NULL), 0);
        assert_string_equal(time_format(t, out), cases[i].same);
    }
    int64_t t;
    assert_int_equal(time_parse("yesterday", 0, &t, NULL), RC_USAGE);
    assert_int_equal(time_parse("2026-03-01x", 0, &t, NULL), RC_USAGE);
}

static void a_message_that_lies_about_lengths_is_bad(void **state)
{
    (void)state;
    struct buf b = {0};
    pack_u32(&b, 7);
    pack_text(&b, "bob");
    pack_text(&b, NULL);
    struct unpack good = {buf_str(&b), false};
    assert_int_equal(unpack_u32(&good), 7);
    char *text = unpack_text(&good);
    assert_string_equal(text, "bob");
    free(text);
    assert_null(unpack_text(&good));
    assert_true(unpack_done(&good));
    for (size_t cut = 0; cut < b.len; cut++) {
        struct unpack u = {{b.data, cut}, false};
        unpack_u32(&u);
        free(unpack_text(&u));
        free(unpack_text(&u));
        assert_false(unpack_done(&u));
    }
    buf_clear(&b);
    pack_u32(&b, 0x40000000);
    struct unpack liar = {buf_str(&b), false};
    assert_int_equal(unpack_count(&liar, 4), 0);
    assert_true(liar.bad);
    buf_free(&b);
}

static void fingerprints_differ_by_key_and_value(void **state)
{
    (void)state;
    unsigned char a[FINGERPRINT_KEY_BYTES] = {1}, b[FINGERPRINT_KEY_BYTES] = {2};
    char one[FINGERPRINT_TEXT_SIZE], two[FINGERPRINT_TEXT_SIZE];
    fingerprint_text(a, STR("x"), one);
    fingerprint_text(b, STR("x"), two);
    assert_string_not_equal(one, two);
    fingerprint_text(a, STR("x"), two);
    assert_string_equal(one, two);
}

static void an_openssh_key_has_the_fingerprint_ssh_keygen_prints(void **state)
{
    (void)state;
    char out[FINGERPRINT_TEXT_SIZE + 16];
    /* RFC 8709's test key as a blob */
    assert_int_equal(
        ssh_fingerprint(
            STR("AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"), out),
        0);
    assert_memory_equal(out, "SHA256:", 7);
    assert_int_equal(ssh_fingerprint(STR("not a key"), out), RC_FORMAT);
}

static void the_models_compile(void **state)
{
    (void)state;
    struct ly_ctx *ctx = NULL;
    struct error err = ERROR_INIT;
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-settings", "rollcall-platform", NULL};
    assert_int_equal(yang_context(modules, &ctx, &err), 0);
    ly_ctx_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_line_end_ends_one_line),
        cmocka_unit_test(escapes_and_invalid_bytes_cannot_reach_a_terminal),
        cmocka_unit_test(a_buffer_stops_at_its_cap_and_keeps_what_it_has),
        cmocka_unit_test(times_survive_formatting_and_parsing),
        cmocka_unit_test(a_message_that_lies_about_lengths_is_bad),
        cmocka_unit_test(fingerprints_differ_by_key_and_value),
        cmocka_unit_test(an_openssh_key_has_the_fingerprint_ssh_keygen_prints),
        cmocka_unit_test(the_models_compile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
