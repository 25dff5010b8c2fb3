/* rooms: evidence base */
#include "test.h"

#include <stdio.h>

#include "evidence/head.h"

#define LOG "00112233445566778899aabbccddeeff"

/* RFC 8032, section 7.1, test 1 */
static const unsigned char seed[SIGN_SEED_BYTES] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60,
    0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19,
    0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
static const unsigned char public_key[SIGN_PUBLIC_BYTES] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1,
    0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
    0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

/* Computed with openssl and Python's hashlib. */
#define KEY_TEXT                                                                                   \
    "rollcall/"                                                                                    \
    "00112233445566778899aabbccddeeff+a832ced3+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
#define KEY_PEM                                                                                    \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"                               \
    "-----END PUBLIC KEY-----\n"
#define HEAD_TEXT                                                                                  \
    "rollcall/" LOG "\n"                                                                           \
    "8\n"                                                                                          \
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"                                               \
    "time 2026-03-01T00:00:00.250000Z\n"
#define HEAD_NOTE                                                                                  \
    HEAD_TEXT "\n"                                                                                 \
              "\xe2\x80\x94 rollcall/" LOG " "                                                     \
              "qDLO078zTPG15fOnuv5XN/noIGtIdDJeR9KastO75BWYVQQgUfQPraJNnkKuOIFH0CIFaMh3SHd6/"      \
              "4VFWd2ovCOxaAA=\n"

static struct head head_of_eight(void)
{
    struct head h = {.log = LOG, .size = 8, .time_us = 1772323200250000};
    assert_true(merkle_from_hex(
        STR("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"), &h.root));
    return h;
}

static struct log_key our_key(void)
{
    struct log_key key = {.log = LOG};
    sign_public(seed, key.public_key);
    return key;
}

static void the_public_key_has_the_forms_others_read(void **state)
{
    (void)state;
    struct log_key key = our_key();
    struct buf text = {0}, pem = {0};
    assert_memory_equal(key.public_key, public_key, sizeof public_key);
    assert_int_equal(key_text(&key, &text), 0);
    assert_string_equal(buf_text(&text), KEY_TEXT);
    assert_int_equal(key_pem(&key, &pem), 0);
    assert_string_equal(buf_text(&pem), KEY_PEM);
    buf_free(&text);
    buf_free(&pem);
}

static void a_public_key_is_read_from_either_form(void **state)
{
    (void)state;
    struct log_key key;
    struct error err;
    assert_int_equal(key_parse(STR(" " KEY_TEXT "\n"), &key, &err), 0);
    assert_string_equal(key.log, LOG);
    assert_memory_equal(key.public_key, public_key, sizeof public_key);
    assert_int_equal(key_parse(STR(KEY_PEM), &key, &err), 0);
    assert_string_equal(key.log, "");
    assert_memory_equal(key.public_key, public_key, sizeof public_key);
}

static void no_changed_letter_of_a_key_text_is_read(void **state)
{
    (void)state;
    struct log_key key;
    for (size_t i = 0; i < strlen(KEY_TEXT); i++) {
        char text[] = KEY_TEXT;
        text[i] = text[i] == 'a' ? 'b' : 'a';
        assert_int_equal(key_parse(str_of(text), &key, NULL), RC_FORMAT);
        assert_int_equal(key_parse((struct str){KEY_TEXT, i}, &key, NULL), RC_FORMAT);
    }
    static const char *const others[] = {"", "ssh-ed25519 AAAA",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
        "-----END PUBLIC KEY-----\n",
        KEY_PEM KEY_PEM, KEY_TEXT " " KEY_TEXT};
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_equal(key_parse(str_of(others[i]), &key, NULL), RC_FORMAT);
}

static void a_head_is_the_note_another_program_signs(void **state)
{
    (void)state;
    struct head h = head_of_eight();
    struct buf note = {0};
    assert_int_equal(head_sign(&h, seed, &note), 0);
    assert_string_equal(buf_text(&note), HEAD_NOTE);
    buf_free(&note);
}

static void a_signed_head_opens_with_its_key(void **state)
{
    (void)state;
    struct log_key key = our_key(), any = our_key();
    struct head want = head_of_eight(), got;
    any.log[0] = '\0'; /* as from PEM */
    assert_int_equal(head_open(STR(HEAD_NOTE), &key, &got, NULL), 0);
    assert_int_equal(head_open(STR(HEAD_NOTE), &any, &got, NULL), 0);
    assert_int_equal(head_parse(STR(HEAD_NOTE), &got, NULL), 0);
    assert_string_equal(got.log, want.log);
    assert_int_equal(got.size, want.size);
    assert_int_equal(got.time_us, want.time_us);
    assert_true(merkle_equal(&got.root, &want.root));
}

static void each_changed_byte_of_a_head_is_refused(void **state)
{
    (void)state;
    struct log_key key = our_key();
    struct head head;
    for (size_t i = 0; i < strlen(HEAD_NOTE); i++) {
        for (int bit = 0; bit < 8; bit++) {
            char note[] = HEAD_NOTE;
            note[i] = (char)(note[i] ^ 1 << bit);
            assert_int_not_equal(
                head_open((struct str){note, strlen(HEAD_NOTE)}, &key, &head, NULL), 0);
        }
        assert_int_not_equal(head_open((struct str){HEAD_NOTE, i}, &key, &head, NULL), 0);
    }
}

static void what_is_wrong_with_a_head_is_said(void **state)
{
    (void)state;
    struct log_key key = our_key(), other = our_key(), elsewhere = our_key();
    other.public_key[0] ^= 1;
    elsewhere.log[0] = 'f';
    struct head head;
    struct error err;
    char note[] = HEAD_NOTE;
    assert_int_equal(head_open(STR(HEAD_NOTE), &other, &head, &err), RC_NOT_FOUND);
    assert_int_equal(head_open(STR(HEAD_NOTE), &elsewhere, &head, &err), RC_NOT_FOUND);
    *strchr(note, '8') = '9'; /* in the log's name */
    assert_int_equal(head_open(str_of(note), &key, &head, &err), RC_INTEGRITY);
    assert_non_null(strstr(err.text, "was changed"));
}

static int open_text(const char *text, const char *log)
{
    struct log_key key = our_key();
    struct buf note = {0};
    struct head head;
    snprintf(key.log, sizeof key.log, "%s", log);
    assert_int_equal(note_sign(key.log, seed, str_of(text), &note), 0);
    int rc = head_open(buf_str(&note), &key, &head, NULL);
    buf_free(&note);
    return rc;
}

#define ROOT "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
#define TIME "time 2026-03-01T00:00:00Z\n"

static void a_signed_text_is_a_head_only_in_its_one_form(void **state)
{
    (void)state;
    static const char *const texts[] = {"rollcall/" LOG "\n8\n" ROOT "\n",
        "rollcall/" LOG "\n08\n" ROOT "\n" TIME, "rollcall/" LOG "\n+8\n" ROOT "\n" TIME,
        "rollcall/" LOG "\n\n" ROOT "\n" TIME, "rollcall/" LOG "\n8\n" ROOT "\n" TIME "more\n",
        "rollcall/" LOG "\n99999999999999999999\n" ROOT "\n" TIME,
        "rollcall/" LOG "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n" TIME,
        "rollcall/" LOG "\n8\nXcna\n" TIME, "rollcall/" LOG "\n8\n" ROOT "\ntime now\n",
        "rollcall/" LOG "\n8\n" ROOT "\ntime 2026-03-01\n",
        "rollcall/" LOG "\n8\n" ROOT "\ntime 2026-03-01T01:00:00+01:00\n",
        "rollcall/" LOG "\n8\n" ROOT "\ntime 2026-03-01T00:00:00Z                        \n",
        "rollcall/0\n8\n" ROOT "\n" TIME, "other\n8\n" ROOT "\n" TIME};
    assert_int_equal(open_text("rollcall/" LOG "\n8\n" ROOT "\n" TIME, LOG), 0);
    assert_int_equal(open_text("rollcall/" LOG "\n0\n" ROOT "\n" TIME, LOG), 0);
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(open_text(texts[i], LOG), RC_FORMAT);
    assert_int_equal(
        open_text("rollcall/" LOG "\n8\n" ROOT "\n" TIME, "ff112233445566778899aabbccddeeff"),
        RC_INTEGRITY);
}

/* Other keys' signatures may stand beside ours, in front and behind, of other lengths as well. */
static void other_signatures_are_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int rc;
    } cases[] = {
        {"\xe2\x80\x94 witness.example/one AAAAAQID\n", 0},
        {"\xe2\x80\x94 rollcall/" LOG " AAAAAQID\n", 0},
        {"\xe2\x80\x94 witness.example/one AAAA\n", RC_FORMAT},
        {"\xe2\x80\x94 witness.example/one AAAAAQID", RC_FORMAT},
        {"\xe2\x80\x94 witness+one AAAAAQID\n", RC_FORMAT},
        {"\xe2\x80\x94  AAAAAQID\n", RC_FORMAT},
        {"\xe2\x80\x94 witness\n", RC_FORMAT},
        {"- witness.example/one AAAAAQID\n", RC_FORMAT},
        {"\xe2\x80\x94 witness.example/one AAA?\n", RC_FORMAT},
        {"\t\n", RC_FORMAT},
        {"\xff\n", RC_FORMAT},
    };
    struct log_key key = our_key();
    struct head head;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char note[1024];
        snprintf(note, sizeof note, "%s%s", HEAD_NOTE, cases[i].line);
        assert_int_equal(head_open(str_of(note), &key, &head, NULL), cases[i].rc);
        assert_int_equal(
            head_parse(str_of(note), &head, NULL), i < COUNT(cases) - 2 ? 0 : RC_FORMAT);
        snprintf(note, sizeof note, "%s\n%s%s", HEAD_TEXT, cases[i].line,
            &HEAD_NOTE[strlen(HEAD_TEXT) + 1]);
        assert_int_equal(head_open(str_of(note), &key, &head, NULL), cases[i].rc);
    }
}

static void a_note_without_end_is_refused(void **state)
{
    (void)state;
    struct log_key key = our_key();
    struct head head;
    struct buf note = {0};
    assert_int_equal(buf_add(&note, HEAD_NOTE), 0);
    for (int i = 0; i < NOTE_MOST_SIGNATURES; i++)
        assert_int_equal(buf_add(&note, "\xe2\x80\x94 w AAAAAQID\n"), 0);
    assert_int_equal(head_open(buf_str(&note), &key, &head, NULL), RC_FORMAT);
    while (note.len <= NOTE_MOST_BYTES)
        assert_int_equal(buf_add(&note, "\xe2\x80\x94 w AAAAAQID\n"), 0);
    assert_int_equal(head_open(buf_str(&note), &key, &head, NULL), RC_FORMAT);
    assert_int_equal(head_open(STR(HEAD_TEXT "\n"), &key, &head, NULL), RC_FORMAT);
    assert_int_equal(head_open(STR(HEAD_TEXT), &key, &head, NULL), RC_FORMAT);
    assert_int_equal(head_parse(STR(""), &head, NULL), RC_FORMAT);
    buf_free(&note);
}

static void a_full_buffer_is_said(void **state)
{
    (void)state;
    struct log_key key = our_key();
    struct head h = head_of_eight();
    for (size_t cap = 1; cap < strlen(KEY_PEM); cap++) {
        struct buf out = {.cap = cap};
        assert_int_equal(key_pem(&key, &out), RC_LIMIT);
        buf_free(&out);
    }
    for (size_t cap = 1; cap < strlen(KEY_TEXT); cap++) {
        struct buf out = {.cap = cap};
        assert_int_equal(key_text(&key, &out), RC_LIMIT);
        buf_free(&out);
    }
    for (size_t cap = 1; cap < strlen(HEAD_NOTE); cap++) {
        struct buf out = {.cap = cap};
        assert_int_equal(head_sign(&h, seed, &out), RC_LIMIT);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_public_key_has_the_forms_others_read),
        cmocka_unit_test(a_public_key_is_read_from_either_form),
        cmocka_unit_test(no_changed_letter_of_a_key_text_is_read),
        cmocka_unit_test(a_head_is_the_note_another_program_signs),
        cmocka_unit_test(a_signed_head_opens_with_its_key),
        cmocka_unit_test(each_changed_byte_of_a_head_is_refused),
        cmocka_unit_test(what_is_wrong_with_a_head_is_said),
        cmocka_unit_test(a_signed_text_is_a_head_only_in_its_one_form),
        cmocka_unit_test(other_signatures_are_passed_over),
        cmocka_unit_test(a_note_without_end_is_refused),
        cmocka_unit_test(a_full_buffer_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
