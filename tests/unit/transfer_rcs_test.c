/* rooms: transfer base */
/* RCS files, written by hand: what CVS keeps, and what somebody might put in its place. */
#include "test.h"

#include <stdio.h>

#include "transfer/rcs.h"

static int open_text(const char *text, struct rcs **rcs, struct error *err)
{
    struct buf file = {0};
    *rcs = NULL;
    assert_int_equal(buf_add(&file, text), 0);
    return rcs_open(&file, rcs, err);
}

static void expect_text(struct rcs *rcs, size_t index, const char *expected)
{
    struct buf text = {0};
    struct error err = ERROR_INIT;
    if (rcs_text(rcs, index, &text, &err))
        fail_msg("%s", err.text);
    assert_string_equal(buf_text(&text), expected);
    buf_free(&text);
}

/* Three revisions: the middle one replaces a line and adds one, the newest deletes the first. */
static const char three[] =
    "head\t1.3;\naccess;\nsymbols;\nlocks; strict;\ncomment\t@# @;\n\n"
    "1.3\ndate\t2026.03.01.10.00.00;\tauthor bob;\tstate Exp;\nbranches;\nnext\t1.2;\n\n"
    "1.2\ndate\t2026.02.01.00.00.00;\tauthor rancid;\tstate Exp;\nbranches;\nnext\t1.1;\n\n"
    "1.1\ndate\t99.12.31.23.59.59;\tauthor rancid;\tstate dead;\nbranches;\nnext\t;\n"
    "commitid\tabc;\n\n"
    "desc\n@@\n\n\n"
    "1.3\nlog\n@updates\n@\ntext\n@user carol@@example\nuser bob\nend\n@\n\n\n"
    "1.2\nlog\n@@\ntext\n@a0 1\nhostname x\n@\n\n\n"
    "1.1\nlog\n@@\ntext\n@d2 1\na2 1\nuser @@admin\nd3 1\n@\n";

static void revisions_come_oldest_first(void **state)
{
    (void)state;
    struct rcs *rcs;
    struct error err = ERROR_INIT;
    if (open_text(three, &rcs, &err))
        fail_msg("%s", err.text);
    assert_int_equal(rcs_count(rcs), 3);
    assert_string_equal(rcs_at(rcs, 0)->number, "1.1");
    assert_true(rcs_at(rcs, 0)->dead);
    assert_false(rcs_at(rcs, 2)->dead);
    assert_int_equal(rcs_at(rcs, 0)->time_us, 946684799 * 1000000LL);
    assert_int_equal(rcs_at(rcs, 2)->time_us, 1772359200 * 1000000LL);
    assert_string_equal(rcs_at(rcs, 2)->author, "bob");
    expect_text(rcs, 0, "hostname x\nuser @admin\nend\n");
    expect_text(rcs, 1, "hostname x\nuser carol@example\nuser bob\nend\n");
    expect_text(rcs, 2, "user carol@example\nuser bob\nend\n");
    expect_text(rcs, 0, "hostname x\nuser @admin\nend\n"); /* back again */
    expect_text(rcs, 2, "user carol@example\nuser bob\nend\n");
    rcs_close(rcs);
}

/* A random walk over texts; the file is written like `ci` would, the texts must come back. */
static void any_history_comes_back(void **state)
{
    enum { REVISIONS = 60, LINES = 30 };
    (void)state;
    static int have[REVISIONS][LINES];
    struct buf file = {0};
    unsigned seed = 7;
    for (int r = 0; r < REVISIONS; r++)
        for (int i = 0; i < LINES; i++) {
            seed = seed * 1103515245 + 12345;
            /* 0: the line is not there; else which text it has */
            have[r][i] = r && (seed >> 16) % 4 ? have[r - 1][i] : (int)((seed >> 18) % 3);
        }
    buf_format(&file, "head 1.%d; access; symbols; locks;\n", REVISIONS);
    for (int r = REVISIONS; r >= 1; r--)
        buf_format(&file, "1.%d date 2026.01.01.00.%02d.00; author a; state Exp; branches; next ",
            r, r - 1),
            r > 1 ? buf_format(&file, "1.%d;\n", r - 1) : buf_add(&file, ";\n");
    buf_add(&file, "desc @@\n");
    for (int r = REVISIONS - 1; r >= 0; r--) {
        buf_format(&file, "1.%d log @@ text @", r + 1);
        int at = 0; /* in the newer one */
        for (int i = 0; i < LINES; i++) {
            int newer = r + 1 < REVISIONS ? have[r + 1][i] : 0, older = have[r][i];
            if (r + 1 == REVISIONS && older)
                buf_format(&file, "line %d is %d@@\n", i, older);
            at += newer != 0;
            if (r + 1 < REVISIONS && newer && newer != older)
                buf_format(&file, "d%d 1\n", at);
            if (r + 1 < REVISIONS && older && newer != older)
                buf_format(&file, "a%d 1\nline %d is %d@@\n", at, i, older);
        }
        buf_add(&file, "@\n");
    }
    struct rcs *rcs = NULL;
    struct error err = ERROR_INIT;
    if (rcs_open(&file, &rcs, &err))
        fail_msg("%s", err.text);
    for (int r = 0; r < REVISIONS; r++) {
        struct buf text = {0};
        for (int i = 0; i < LINES; i++)
            if (have[r][i])
                buf_format(&text, "line %d is %d@\n", i, have[r][i]);
        expect_text(rcs, (size_t)r, buf_text(&text));
        buf_free(&text);
    }
    rcs_close(rcs);
}

#define HEAD "head 1.2; access; symbols; locks;\n"
#define ONE(number, next)                                                                          \
    number " date 2026.01.01.00.00.00; author a; state Exp; branches; next " next ";\n"
#define BOTH HEAD ONE("1.2", "1.1") ONE("1.1", "") "desc @@\n"

static void what_is_no_rcs_file_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "begin with its head"},
        {"hostname x\n", "begin with its head"},
        {"head 1.1", "within a phrase"},
        {"head 1.1; access;", "no description"},
        {"head 1.1; access @x", "no end"},
        {"head 1.1; desc @@", "not there"},
        {"head ; 1.1 date 2026.13.01.00.00.00; desc @@", "proper date"},
        {"head ; 1.1 date x; desc @@", "proper date"},
        {HEAD ONE("1.2", "1.2") "desc @@", "circle"},
        {HEAD ONE("1.2", "1.1") ONE("1.1", "1.2") "desc @@", "circle"},
        {HEAD ONE("1.2", "1.1") "desc @@", "not there"},
        {HEAD ONE("1.2", "") ONE("1.2", "") "desc @@", "twice"},
        {BOTH "1.2 log @@ text @a\n@", "no text"},
        {BOTH "1.2 log @@ text @a\n@ 1.1 log @@ text @d2 1\n@", "not there"},
        {BOTH "1.2 log @@ text @a\n@ 1.1 log @@ text @d1 2\n@", "not there"},
        {BOTH "1.2 log @@ text @a\n@ 1.1 log @@ text @d0 1\n@", "not there"},
        {BOTH "1.2 log @@ text @a\n@ 1.1 log @@ text @d1 18446744073709551615\n@", "neither"},
        {BOTH "1.2 log @@ text @a\nb\n@ 1.1 log @@ text @d2 1\nd1 1\n@", "not there"},
        {BOTH "1.2 log @@ text @a\n@ 1.1 log @@ text @a1 2\nb\n@", "missing"},
        {BOTH "1.2 log @@ text @a\n@ 1.1 log @@ text @x1 2\n@", "neither"},
        {BOTH "1.2 log 5 text @a\n@", "no string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rcs *rcs;
        struct error err = ERROR_INIT;
        if (open_text(cases[i].text, &rcs, &err) != RC_FORMAT || !strstr(err.text, cases[i].says))
            fail_msg("%s: wanted \"%s\", got \"%s\"", cases[i].text, cases[i].says, err.text);
    }
}

/* Two million lines, moved by each of a thousand revisions. */
static void a_file_that_costs_too_much_is_given_up(void **state)
{
    (void)state;
    struct buf file = {0};
    struct rcs *rcs = NULL;
    struct error err = ERROR_INIT;
    buf_add(&file, "head 1.1000; access; symbols; locks;\n");
    for (int r = 1000; r >= 1; r--)
        buf_format(&file, "1.%d date 2026.01.01.00.00.00; author a; state Exp; branches; next ", r),
            r > 1 ? buf_format(&file, "1.%d;\n", r - 1) : buf_add(&file, ";\n");
    buf_add(&file, "desc @@\n1.1000 log @@ text @");
    for (int i = 0; i < 2000000; i++)
        buf_add_char(&file, '\n');
    buf_add(&file, "@\n");
    for (int r = 999; r >= 1; r--)
        buf_format(&file, "1.%d log @@ text @@\n", r);
    assert_int_equal(rcs_open(&file, &rcs, &err), RC_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revisions_come_oldest_first),
        cmocka_unit_test(any_history_comes_back),
        cmocka_unit_test(what_is_no_rcs_file_is_refused),
        cmocka_unit_test(a_file_that_costs_too_much_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
