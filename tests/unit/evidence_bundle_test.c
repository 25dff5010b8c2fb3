/* rooms: evidence base */
#include "test.h"

#include "evidence_bundle.h"

static void make(struct buf *file, const char *more, bool reveal)
{
    struct fixture f;
    struct error err = ERROR_INIT;
    fixture_make(&f, more);
    if (reveal)
        f.parts[0].shown = NULL;
    assert_int_equal(bundle_write(&f.bundle, file, &err), 0);
    fixture_free(&f);
}

static bool says(const struct bundle_report *r, enum bundle_state state, const char *text)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->findings[i].state == state &&
            (strstr(r->findings[i].text, text) || strcmp(r->findings[i].about, text) == 0))
            return true;
    return false;
}

static void print(const struct bundle_report *r)
{
    for (size_t i = 0; i < r->count; i++)
        print_message(
            "%d %s: %s\n", r->findings[i].state, r->findings[i].about, r->findings[i].text);
}

static struct log_key our_key(void)
{
    struct log_key key = {.log = FIXTURE_LOG};
    sign_public(fixture_seed, key.public_key);
    return key;
}

static void a_bundle_proves_what_it_shows(void **state)
{
    (void)state;
    struct buf file = {0};
    struct bundle_report r;
    struct log_key key = our_key();
    make(&file, "", false);
    assert_int_equal(bundle_check(buf_str(&file), "file", &key, &r, NULL), 0);
    if (!r.good)
        print(&r);
    assert_true(r.good);
    assert_string_equal(r.device, "edge-1");
    assert_int_equal(r.version, 2);
    assert_int_equal(r.head.size, 9);
    static const char *const proven[] = {"the one you gave", "the log had 9 entries",
        "5 entries about it", "1 of them an event", "version 2 of edge-1", "part running",
        "part boot", "access", "accounts", "statement", "it shows what is proven here",
        "last seen unchanged at 2026-03-01T05:00:00.000000Z; version 3",
        "at 2026-03-01T01:00:00.000000Z this version was in force"};
    for (size_t i = 0; i < COUNT(proven); i++)
        assert_true(says(&r, BUNDLE_PROVEN, proven[i]));
    assert_true(says(&r, BUNDLE_OPEN, "2 hidden lines"));
    assert_true(says(&r, BUNDLE_OPEN, "clock"));
    bundle_report_free(&r);
    buf_free(&file);
}

static void a_redacted_bundle_holds_no_secret_and_a_full_one_all(void **state)
{
    (void)state;
    struct buf hidden = {0}, full = {0};
    struct bundle_report r;
    make(&hidden, "", false);
    make(&full, "", true);
    assert_null(strstr(buf_text(&hidden), "s3cret"));
    assert_null(strstr(buf_text(&hidden), "t0psecret"));
    assert_non_null(strstr(buf_text(&hidden), "&lt;secret:abcdef&gt;"));
    assert_non_null(strstr(buf_text(&full), "$9$s3cret"));
    assert_int_equal(bundle_check(buf_str(&full), "file", NULL, &r, NULL), 0);
    assert_true(r.good);
    assert_false(says(&r, BUNDLE_OPEN, "hidden"));
    bundle_report_free(&r);
    buf_free(&hidden);
    buf_free(&full);
}

static void a_config_cannot_write_into_the_page(void **state)
{
    (void)state;
    struct buf file = {0};
    make(&file, "", true);
    const char *page = buf_text(&file);
    size_t scripts = 0;
    for (const char *p = page; (p = strstr(p, "<script")); p++)
        scripts++;
    assert_int_equal(scripts, 2);
    scripts = 0;
    for (const char *p = page; (p = strstr(p, "</script")); p++)
        scripts++;
    assert_int_equal(scripts, 2);
    assert_null(strstr(page, "<b>"));
    assert_non_null(strstr(page, "&lt;/script&gt;&lt;b&gt;&amp;&quot;"));
    buf_free(&file);
}

static void a_key_of_the_file_alone_is_not_believed(void **state)
{
    (void)state;
    struct buf file = {0};
    struct bundle_report r;
    make(&file, "", false);
    assert_int_equal(bundle_check(buf_str(&file), "file", NULL, &r, NULL), 0);
    assert_true(r.good && !r.key_given);
    assert_true(says(&r, BUNDLE_OPEN, "taken from this file"));
    bundle_report_free(&r);
    struct log_key other = our_key(), elsewhere = our_key(), pem = our_key();
    other.public_key[3] ^= 4;
    elsewhere.log[5] = 'f';
    pem.log[0] = '\0';
    assert_int_equal(bundle_check(buf_str(&file), "file", &other, &r, NULL), 0);
    assert_false(r.good);
    assert_true(says(&r, BUNDLE_WRONG, "another public key than the one you gave"));
    assert_true(says(&r, BUNDLE_WRONG, "not signed with this key"));
    bundle_report_free(&r);
    assert_int_equal(bundle_check(buf_str(&file), "file", &elsewhere, &r, NULL), 0);
    assert_true(says(&r, BUNDLE_WRONG, "the key you gave is of log"));
    bundle_report_free(&r);
    assert_int_equal(bundle_check(buf_str(&file), "file", &pem, &r, NULL), 0);
    assert_true(r.good);
    bundle_report_free(&r);
    buf_free(&file);
}

static void a_changed_byte_of_a_bundle_is_found(void **state)
{
    (void)state;
    struct buf file = {0};
    struct log_key key = our_key();
    make(&file, "", false);
    for (size_t i = 0; i < file.len; i += 3) {
        struct bundle_report r;
        char was = file.data[i];
        file.data[i] = (char)(was ^ (was == '\n' ? 0x20 : 1));
        int rc = bundle_check(buf_str(&file), "file", &key, &r, NULL);
        if (rc == 0 && r.good)
            print_message("at %zu: %c\n", i, was);
        assert_true(rc == RC_FORMAT || (rc == 0 && !r.good));
        bundle_report_free(&r);
        file.data[i] = was;
    }
    for (size_t len = 0; len < file.len; len += 7) {
        struct bundle_report r;
        assert_int_equal(
            bundle_check((struct str){file.data, len}, "file", &key, &r, NULL), RC_FORMAT);
        bundle_report_free(&r);
    }
    buf_free(&file);
}

/* Replace the first `old` at or behind the JSON. */
static void edit(struct buf *file, const char *old, const char *new)
{
    struct buf edited = {0};
    char *json = strstr(file->data, "<script type=\"application/json\"");
    char *at = strstr(json, old);
    assert_non_null(at);
    assert_int_equal(buf_append(&edited, file->data, (size_t)(at - file->data)), 0);
    assert_int_equal(buf_add(&edited, new), 0);
    assert_int_equal(buf_add(&edited, at + strlen(old)), 0);
    buf_free(file);
    *file = edited;
}

/* An editor who has the key can sign the file again, but not make the log say something else. */
static void each_kind_of_editing_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new, *wrong;
    } edits[] = {
        {"hostname edge-1", "hostname edge-2", "its lines are not those in the log"},
        {"\"text\": \"!\\n\"", "\"text\": \"!\"", "its lines are not those in the log"},
        {"\"text\": \"!\\n\"", "\"text\": \"!\\n!\\n\"", "line 2 is not written as a line"},
        {"{\n     \"salt\": \"", "{\n     \"salt\": \"X", "line 1 is not written as a line"},
        {"{\n     \"leaf\": \"", "{\n     \"leaf\": \"X", "line 3 is not written as a line"},
        {"\"base64\": \"", "\"base64\": \"?", "line 5 is not written as a line"},
        {"\"name\": \"boot\"", "\"name\": \"startup\"", "the log has no such part"},
        {"\"full\": false", "\"full\": true", "hides lines"},
        {"\"version\": 2", "\"version\": 3", "not of the version that the file is about"},
        {"\"device\": \"edge-1\"", "\"device\": \"edge-2\"", "not of the version that the file is"},
        {"\"seen\": \"2026-03-01T05", "\"seen\": \"2026-03-01T06", "by the log"},
        {"\"seen\": \"2026-03-01T05", "\"seen\": \"2026-02-01T05", "seen before it began"},
        {"\"at\": \"2026-03-01T01", "\"at\": \"2026-02-01T01", "about a later version"},
        {"\"at\": \"2026-03-01T01", "\"at\": \"2026-04-01T01", "about an earlier version"},
        {"\"seq\": 3", "\"seq\": 4", "entry 4: its text, its number or its proof"},
        {"\"seq\": 7", "\"seq\": 9", "no entry 9 in a log of 9"},
        {"\"seq\": 7", "\"seq\": 1", "entry 1 stands behind entry 6"},
        {"account \\u003cbob>", "account \\u003cbab>", "entry 3: its text"},
        {"CHG-1", "CHG-2", "entry 6: its text"},
        {"\"rollcall\": 1,", "\"rollcall\": 1, \"more\": 1,", "/more is not a member"},
        {"\"full\": false,", "", "/full is missing"},
        {"\"full\": false", "\"full\": 0", "/full is not of its type"},
        {"\"seq\": 3", "\"seq\": -3", "/entries/1/seq is negative"},
        {"\"seen\": \"2026", "\"seen\": \"20260", "/seen is no time"},
        {"\"log\": \"rollcall/0", "\"log\": \"rollcall/1", "its key is of rollcall/0"},
        {"\"key\": \"rollcall/0", "\"key\": \"rollcall/1", "public key was changed"},
        {"\"key\": \"rollcall", "\"key\": \" rollcall", "public key was changed"},
        {"\"seen\": \"2026-03-01", "\"seen\": \"1026-03-01", "/seen is no time"},
        {"9\\n", "8\\n", "was changed"},
    };
    struct log_key key = our_key();
    for (size_t i = 0; i < COUNT(edits); i++) {
        struct buf file = {0};
        struct bundle_report r;
        make(&file, "", false);
        edit(&file, edits[i].old, edits[i].new);
        assert_int_equal(bundle_check(buf_str(&file), "file", &key, &r, NULL), 0);
        if (!says(&r, BUNDLE_WRONG, edits[i].wrong)) {
            print_message("%s -> %s\n", edits[i].old, edits[i].new);
            print(&r);
        }
        assert_true(says(&r, BUNDLE_WRONG, edits[i].wrong));
        assert_false(r.good);
        bundle_report_free(&r);
        fixture_sign_again(&file);
        assert_int_equal(bundle_check(buf_str(&file), "file", &key, &r, NULL), 0);
        assert_true(says(&r, BUNDLE_WRONG, edits[i].wrong));
        bundle_report_free(&r);
        buf_free(&file);
    }
}

/* What is only signed is as good as who signs. */
static void what_is_shown_for_a_hidden_line_is_held_by_the_statement(void **state)
{
    (void)state;
    struct buf file = {0};
    struct bundle_report r;
    make(&file, "", false);
    edit(&file, "\\u003csecret:abcdef", "\\u003csecret:fedcba");
    assert_int_equal(bundle_check(buf_str(&file), "file", NULL, &r, NULL), 0);
    assert_true(says(&r, BUNDLE_WRONG, "statement"));
    assert_true(says(&r, BUNDLE_WRONG, "page"));
    bundle_report_free(&r);
    buf_free(&file);
}

static void a_page_that_says_something_else_is_found_though_it_is_signed(void **state)
{
    (void)state;
    struct buf file = {0};
    struct bundle_report r;
    make(&file, "", false);
    char *at = strstr(file.data, "<li>hostname edge-1");
    assert_non_null(at);
    at[strlen("<li>hostname edge-")] = '7';
    fixture_sign_again(&file);
    assert_int_equal(bundle_check(buf_str(&file), "file", NULL, &r, NULL), 0);
    assert_true(says(&r, BUNDLE_WRONG, "it shows something else"));
    bundle_report_free(&r);
    buf_free(&file);
}

static void what_is_no_bundle_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place;
    } cases[] = {
        {"", "f:1:1"},
        {"{\"rollcall\":1}", "f:1:1"},
        {"<p>\n<script type=\"application/json\" id=\"rollcall-evidence\">\n{}", "f:3:1"},
        {"<p>\n<script type=\"application/json\" id=\"rollcall-evidence\">\n{}\n</script>\nmore",
            "f:5:1"},
        {"<p>\n<script type=\"application/json\" id=\"rollcall-evidence\">\n{}\n</script>\n"
         "<script type=\"text/plain\" id=\"rollcall-statement\">\nx",
            "f:6:1"},
        {"<p>\n<script type=\"application/json\" id=\"rollcall-evidence\">\n{}\n</script>\n"
         "<script type=\"text/plain\" "
         "id=\"rollcall-statement\">\n</script>\n</body>\n</html>\nmore",
            "f:9:1"},
        {"<p>\n<script type=\"application/json\" id=\"rollcall-evidence\">\n{}\n</script>\n"
         "<script type=\"text/plain\" id=\"rollcall-statement\">\n</script>\n</body>\n</html>\n",
            "f:3:1"},
        {"<p>\n<script type=\"application/json\" id=\"rollcall-evidence\">\n"
         "{\"kind\":\"evidence\",\"rollcall\":2}\n</script>\n"
         "<script type=\"text/plain\" id=\"rollcall-statement\">\n</script>\n</body>\n</html>\n",
            "f:3:1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        struct bundle_report r;
        assert_int_equal(bundle_check(str_of(cases[i].text), "f", NULL, &r, &err), RC_FORMAT);
        assert_string_equal(err.place, cases[i].place);
        bundle_report_free(&r);
    }
    struct buf file = {0};
    struct error err = ERROR_INIT;
    struct bundle_report r;
    make(&file, "", false);
    edit(&file, "\"full\": false", "\"full\": fals");
    assert_int_equal(bundle_check(buf_str(&file), "f", NULL, &r, &err), RC_FORMAT);
    assert_non_null(strstr(err.place, "f:"));
    bundle_report_free(&r);
    buf_free(&file);
}

static void imported_and_doubtful_versions_are_said_to_be_so(void **state)
{
    (void)state;
    struct buf file = {0};
    struct bundle_report r;
    make(&file, ",\"doubtful\":true,\"imported\":{\"from\":\"rancid\"}", false);
    assert_int_equal(bundle_check(buf_str(&file), "f", NULL, &r, NULL), 0);
    assert_true(r.good);
    assert_true(says(&r, BUNDLE_OPEN, "it was imported"));
    assert_true(says(&r, BUNDLE_OPEN, "the clock of the host had jumped"));
    bundle_report_free(&r);
    buf_free(&file);
}

static void check_at(
    const char *more, int64_t at_us, bool newest, enum bundle_state state, const char *text)
{
    struct fixture f;
    struct buf file = {0};
    struct bundle_report r;
    fixture_make(&f, more);
    f.bundle.at_us = at_us;
    if (newest)
        f.bundle.entry_count--;
    assert_int_equal(bundle_write(&f.bundle, &file, NULL), 0);
    assert_int_equal(bundle_check(buf_str(&file), "f", NULL, &r, NULL), 0);
    assert_int_equal(r.good, state != BUNDLE_WRONG);
    assert_true(says(&r, state, text));
    bundle_report_free(&r);
    buf_free(&file);
    fixture_free(&f);
}

static void it_is_said_whether_the_version_was_there_at_the_time(void **state)
{
    (void)state;
    int64_t t = FIXTURE_CREATED_US, hour = FIXTURE_HOUR_US;
    check_at("", t, false, BUNDLE_PROVEN, "was in force");
    check_at("", t + 5 * hour, false, BUNDLE_PROVEN, "was in force");
    check_at("", t + 5 * hour + 1, false, BUNDLE_OPEN, "next seen changed");
    check_at("", t + 24 * hour, false, BUNDLE_WRONG, "about an earlier version");
    check_at("", t - 1, false, BUNDLE_WRONG, "about a later version");
    check_at("", t + hour, true, BUNDLE_PROVEN, "if the time when it was last seen is believed");
    check_at("", t + 6 * hour, true, BUNDLE_OPEN, "not read again until then");
    check_at(",\"changed\":\"2026-03-01T00:00:00.000000Z\"", t, false, BUNDLE_OPEN,
        "it was not read until later");
    check_at(",\"imported\":{}", t, false, BUNDLE_OPEN, "it was not read until later");
    check_at("", 0, true, BUNDLE_OPEN, "the log says so only once");
}

/* A redaction that loses a line must not show one secret too many. */
static void a_redaction_with_other_lines_hides_everything(void **state)
{
    (void)state;
    struct fixture f;
    struct buf file = {0};
    struct bundle_report r;
    struct str shown = STR("hostname edge-1\n!\n");
    fixture_make(&f, "");
    f.parts[0].shown = &shown;
    assert_int_equal(bundle_write(&f.bundle, &file, NULL), 0);
    assert_null(strstr(buf_text(&file), "s3cret"));
    assert_int_equal(bundle_check(buf_str(&file), "f", NULL, &r, NULL), 0);
    assert_true(r.good);
    assert_true(says(&r, BUNDLE_OPEN, "7 hidden lines"));
    bundle_report_free(&r);
    buf_free(&file);
    fixture_free(&f);
}

static void foreign_entries_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t seq;
        const char *wrong;
    } cases[] = {{0, "entry 0: it is of another device"}, {1, "entry 1: it is of another device"},
        {4, "entry 4: it is of another device"},
        {7, "entry 7: it is a version that does not follow"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct buf file = {0};
        struct bundle_report r;
        fixture_make(&f, "");
        fixture_take(&f, cases[i].seq);
        assert_int_equal(bundle_write(&f.bundle, &file, NULL), 0);
        assert_int_equal(bundle_check(buf_str(&file), "f", NULL, &r, NULL), 0);
        assert_true(says(&r, BUNDLE_WRONG, cases[i].wrong));
        bundle_report_free(&r);
        buf_free(&file);
        fixture_free(&f);
    }
}

static void an_event_left_out_is_missed(void **state)
{
    (void)state;
    struct fixture f;
    struct buf file = {0};
    struct bundle_report r;
    fixture_make(&f, "");
    memmove(f.entries + 1, f.entries + 2, 3 * sizeof *f.entries);
    f.bundle.entry_count--;
    assert_int_equal(bundle_write(&f.bundle, &file, NULL), 0);
    assert_int_equal(bundle_check(buf_str(&file), "f", NULL, &r, NULL), 0);
    assert_true(says(&r, BUNDLE_WRONG, "the log has 1 events of this version, the file has 0"));
    assert_true(says(&r, BUNDLE_WRONG, "it acknowledges an event that is not here"));
    bundle_report_free(&r);
    buf_free(&file);
    fixture_free(&f);
}

static void a_full_buffer_and_a_signature_refused_are_errors(void **state)
{
    (void)state;
    struct fixture f;
    struct buf whole = {0};
    fixture_make(&f, "");
    assert_int_equal(bundle_write(&f.bundle, &whole, NULL), 0);
    for (size_t cap = 1; cap < whole.len; cap += 97) {
        struct buf file = {.cap = cap};
        assert_int_equal(bundle_write(&f.bundle, &file, NULL), RC_LIMIT);
        buf_free(&file);
    }
    buf_free(&whole);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_proves_what_it_shows),
        cmocka_unit_test(a_redacted_bundle_holds_no_secret_and_a_full_one_all),
        cmocka_unit_test(a_config_cannot_write_into_the_page),
        cmocka_unit_test(a_key_of_the_file_alone_is_not_believed),
        cmocka_unit_test(a_changed_byte_of_a_bundle_is_found),
        cmocka_unit_test(each_kind_of_editing_is_named),
        cmocka_unit_test(what_is_shown_for_a_hidden_line_is_held_by_the_statement),
        cmocka_unit_test(a_page_that_says_something_else_is_found_though_it_is_signed),
        cmocka_unit_test(what_is_no_bundle_is_said_with_its_place),
        cmocka_unit_test(imported_and_doubtful_versions_are_said_to_be_so),
        cmocka_unit_test(it_is_said_whether_the_version_was_there_at_the_time),
        cmocka_unit_test(a_redaction_with_other_lines_hides_everything),
        cmocka_unit_test(foreign_entries_are_refused),
        cmocka_unit_test(an_event_left_out_is_missed),
        cmocka_unit_test(a_full_buffer_and_a_signature_refused_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
