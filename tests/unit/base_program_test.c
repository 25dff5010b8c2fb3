/* rooms: base */
/* Programs: what they print, how they end, and that nothing of them is left. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/program.h"

static int run(const struct program *p, size_t cap, struct buf *out, struct program_end *end,
    struct error *err)
{
    *out = (struct buf){.cap = cap};
    *err = (struct error)ERROR_INIT;
    return program_run(p, out, end, err);
}

static void a_program_is_told_from_how_it_ends(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int rc, status;
        const char *printed, *complaint, *text;
    } cases[] = {
        {"echo yes", RC_OK, 0, "yes\n", "", ""},
        {"printf 'a\\nb'; echo bad luck >&2; echo more >&2; exit 3", RC_OK, 3, "a\nb", "bad luck",
            ""},
        {"printf 'x\\033[31m' >&2", RC_OK, 0, "", "x\\x1b[31m", ""},
        {"cat", RC_OK, 0, "", "", ""},
        {"kill -9 $$", RC_IO, 0, NULL, "", "sh died by signal 9"},
        {"cat /dev/zero", RC_LIMIT, 0, NULL, NULL, "sh prints more than 1000 bytes"},
        {"cat /dev/zero >&2 & sleep 600", RC_TIMEOUT, 0, NULL, NULL, "did not finish within 1 s"},
        {"yes | head -c 100000 >&2; echo end", RC_OK, 0, "end\n", "y", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const words[] = {"sh", "-c", cases[i].script, NULL};
        const struct program p = {
            .words = words, .deadline_ms = cases[i].rc == RC_TIMEOUT ? 300 : 60000};
        struct program_end end;
        struct error err;
        struct buf out;
        int rc = run(&p, 1000, &out, &end, &err);
        if (rc != cases[i].rc || (rc == RC_OK && end.status != cases[i].status) ||
            !strstr(err.text, cases[i].text) ||
            (cases[i].printed && strcmp(buf_text(&out), cases[i].printed) != 0) ||
            (cases[i].complaint && strcmp(end.complaint, cases[i].complaint) != 0))
            fail_msg("%s: %d %d \"%s\" \"%s\" %s", cases[i].script, rc, end.status, buf_text(&out),
                end.complaint, err.text);
        buf_free(&out);
    }
}

static void what_it_gets_is_what_it_was_given(void **state)
{
    (void)state;
    const char *const words[] = {
        "sh", "-c", "read -r line; echo \"$line,$A,$ROLLCALL_OTHER\"; cat", NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", "A=b c", NULL};
    const struct program p = {.words = words,
        .environment = environment,
        .input = STR("s3cret\nrest"),
        .deadline_ms = 60000};
    struct program_end end;
    struct error err;
    struct buf out;
    setenv("ROLLCALL_OTHER", "leaked", 1);
    assert_int_equal(run(&p, 1000, &out, &end, &err), RC_OK);
    assert_string_equal(buf_text(&out), "s3cret,b c,\nrest");
    buf_free(&out);
}

/* Gone, or dead and not yet fetched by whoever has it now. */
static bool is_gone(pid_t pid)
{
    char path[64], stat[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY);
    ssize_t len = fd < 0 ? 0 : read(fd, stat, sizeof stat - 1);
    if (fd >= 0)
        close(fd);
    return len <= 0 || strstr(stat, ") Z ");
}

/* Two daemons: one in another session, whose parent is gone, and one that keeps the pipe. */
#define DAEMONS "setsid sh -c 'sleep 600 >/dev/null 2>&1 & echo $!' & sleep 600 & echo $!; "

static void assert_all_gone(const struct buf *out)
{
    struct str rest = buf_str(out), word;
    size_t count = 0;
    for (; str_next_word(&rest, &word); count++)
        assert_true(is_gone((pid_t)strtol(word.at, NULL, 10)));
    assert_int_equal(count, 2);
}

static void whoever_it_leaves_behind_is_killed(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int rc;
    } cases[] = {{DAEMONS "sleep 0.2", RC_OK}, {DAEMONS "wait", RC_TIMEOUT},
        {DAEMONS "sleep 0.2; yes", RC_LIMIT}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const words[] = {"sh", "-c", cases[i].script, NULL};
        struct program_end end;
        struct error err;
        struct buf out = {0};
        /* on a busy machine they may not have begun in time */
        for (unsigned ms = cases[i].rc == RC_TIMEOUT ? 500 : 60000; out.len < 4 && ms < 1000000;
             ms *= 4) {
            const struct program p = {.words = words, .deadline_ms = ms};
            buf_free(&out);
            assert_int_equal(run(&p, 1000, &out, &end, &err), cases[i].rc);
        }
        if (cases[i].rc == RC_LIMIT) /* the numbers and what flooded */
            out.data[out.len = strspn(out.data, "0123456789\n")] = '\0';
        assert_all_gone(&out);
        buf_free(&out);
    }
}

static void it_dies_with_whom_it_works_for(void **state)
{
    (void)state;
    int told[2];
    assert_int_equal(pipe(told), 0);
    pid_t worker = fork();
    if (worker == 0) {
        char script[300];
        /* its own pipes are read by program_run() */
        snprintf(script, sizeof script, "{ " DAEMONS "} >/proc/%d/fd/%d; exec sleep 600",
            (int)getpid(), told[1]);
        const char *const words[] = {"sh", "-c", script, NULL};
        const struct program p = {.words = words, .deadline_ms = 600000};
        struct program_end end;
        struct buf out = {.cap = 100};
        program_run(&p, &out, &end, NULL);
        _exit(0);
    }
    struct buf out = {.cap = 100};
    for (int lines = 0; lines < 2;) {
        char c;
        assert_int_equal(read(told[0], &c, 1), 1);
        buf_add_char(&out, c);
        lines += c == '\n';
    }
    kill(worker, SIGKILL);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    struct str rest = buf_str(&out), word;
    while (str_next_word(&rest, &word)) /* as soon as it is noticed */
        while (!is_gone((pid_t)strtol(word.at, NULL, 10)))
            ;
    close(told[0]);
    close(told[1]);
    buf_free(&out);
}

static void a_text_for_a_shell_is_known_by_its_signs(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sign;
    } cases[] = {{"cat /etc/passwd", NULL}, {"a; b", "; b"}, {"a 'b;c' \"d|e\"", NULL},
        {"a | b", "| b"}, {"a \"$HOME\"", "$HOME\""}, {"a '$HOME' \\$x", NULL},
        {"if [ -r x ]; then", "; then"}, {"a 2>/dev/null", ">/dev/null"},
        {"kubectl get a -o jsonpath={.items[*]}", NULL}, {"sh -c 'a | b > c'", NULL},
        {"a `b`", "`b`"}, {"", NULL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *sign = program_shell_sign(cases[i].text);
        if (cases[i].sign ? !sign || strcmp(sign, cases[i].sign) != 0 : sign != NULL)
            fail_msg("%s: %s", cases[i].text, sign ? sign : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_told_from_how_it_ends),
        cmocka_unit_test(what_it_gets_is_what_it_was_given),
        cmocka_unit_test(whoever_it_leaves_behind_is_killed),
        cmocka_unit_test(it_dies_with_whom_it_works_for),
        cmocka_unit_test(a_text_for_a_shell_is_known_by_its_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
