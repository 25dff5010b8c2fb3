/* rooms: watch collect base */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "watch/lockdown.h"
#include "watch/pool.h"
#include "watch_fakes.h"

/* ---- a driver that does what the address says ---- */

static int the_socket(void)
{
    struct stat st;
    for (int fd = 3; fd < 1024; fd++)
        if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
            return fd;
    return -1;
}

static void add_part(struct driver_result *result, const char *text)
{
    result->platform = &fake_platforms[0];
    result->parts = calloc(1, sizeof *result->parts);
    result->part_count = 1;
    result->parts[0].name = strdup("running");
    buf_add(&result->parts[0].text, text);
}

static void say(uint32_t type, uint32_t length, const char *body, size_t len)
{
    uint32_t head[2] = {type, length};
    int fd = the_socket();
    if (write(fd, head, sizeof head) < 0 || (len && write(fd, body, len) < 0))
        _exit(2);
}

static void lie(const char *how)
{
    if (strcmp(how, "type") == 0)
        say(0x41414141, 4, "aaaa", 4);
    else if (strcmp(how, "length") == 0)
        say(MESSAGE_RESULT, 0xfffffff0, "aaaa", 4);
    else if (strcmp(how, "short") == 0)
        say(MESSAGE_RESULT, 400, "aaaa", 4);
    else
        say(MESSAGE_RESULT, 4, "aaaa", 4);
    _exit(0);
}

static void flood(void)
{
    static char block[65536];
    uint32_t head[2] = {MESSAGE_RESULT, 900};
    int fd = the_socket();
    while (write(fd, head, sizeof head) > 0 && write(fd, block, sizeof block) > 0)
        ;
    _exit(0);
}

/* Without the socket. */
static int count_descriptors(void)
{
    int count = -1;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Files that any process may read, or write. */
static const char *reachable_files(void)
{
    int passwd = open("/etc/passwd", O_RDONLY), hosts = open("/etc/hosts", O_RDONLY),
        fresh = open("/tmp/rollcall-watch-test", O_WRONLY | O_CREAT, 0600);
    const char *which = fresh >= 0 || passwd >= 0 ? "all" : hosts >= 0 ? "the resolver's" : "none";
    if (fresh >= 0)
        unlink("/tmp/rollcall-watch-test");
    for (int i = 0; i < 3; i++)
        close((int[]){passwd, hosts, fresh}[i]);
    return which;
}

static void report_rights(struct driver_result *result)
{
    char text[200];
    snprintf(text, sizeof text,
        "descriptors %d, dumpable %d, new privileges %d, secret %s, files %s", count_descriptors(),
        prctl(PR_GET_DUMPABLE), !prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
        getenv("WATCH_TEST_SECRET") ? "there" : "gone", reachable_files());
    add_part(result, text);
}

static int fake_pull(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    const char *what = job->hops[job->hop_count - 1].address;
    if (strcmp(what, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(what, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(what, "exit") == 0)
        _exit(0);
    if (strcmp(what, "flood") == 0)
        flood();
    if (strncmp(what, "lie-", 4) == 0)
        lie(what + 4);
    if (strcmp(what, "refuse") == 0)
        return error_set(err, RC_AUTH, "no such user");
    if (strcmp(what, "rights") == 0)
        report_rights(result);
    else if (strcmp(what, "large") == 0) {
        add_part(result, "");
        for (size_t i = 0; i < MESSAGE_MOST_OVERHEAD / 10 + 2000; i++)
            buf_add(&result->parts[0].text, "0123456789");
    } else
        add_part(result, what);
    if (strcmp(what, "stranger") == 0)
        result->platform = &fake_platforms[1];
    return RC_OK;
}

/* ---- */

struct fixture {
    struct pool *pool;
    struct result *result;
    size_t done;
};

static const struct zygote_plan plan = {.platforms = FAKE_PLATFORMS, .pull = fake_pull};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    setenv("WATCH_TEST_SECRET", "hunter2", 1);
    *state = f;
    return pool_open(&plan, &clock_system, &f->pool, NULL);
}

static int stop(void **state)
{
    struct fixture *f = *state;
    pool_close(f->pool);
    result_free(f->result);
    free(f);
    /* nothing is left behind */
    return waitpid(-1, NULL, WNOHANG) == -1 ? 0 : -1;
}

static void keep_result(void *ctx, void *tag, struct result *result)
{
    struct fixture *f = ctx;
    assert_string_equal(tag, "tag");
    result_free(f->result);
    f->result = result;
    f->done++;
}

static void start_job(struct fixture *f, const char *what, unsigned total_ms)
{
    static char tag[] = "tag";
    struct driver_hop hop = {.name = "edge-1", .address = what, .port = 22};
    struct driver_job job = {.hops = &hop,
        .hop_count = 1,
        .platform = &fake_platforms[0],
        .total_ms = total_ms,
        .max_bytes = 1000};
    struct error err = ERROR_INIT;
    if (pool_start(f->pool, "edge-1", &job, tag, &err))
        fail_msg("%s", err.text);
}

static enum rc outcome(struct fixture *f, const char *what, unsigned total_ms)
{
    start_job(f, what, total_ms);
    pool_wait(f->pool, -1, keep_result, f);
    assert_int_equal(pool_running(f->pool), 0);
    return f->result->failure.code;
}

static void a_job_comes_back_with_its_parts_and_draft(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(outcome(f, "hostname a", 60000), RC_OK);
    assert_string_equal(buf_text(&f->result->driver.parts[0].text), "hostname a");
    assert_string_equal(f->result->draft->text, "hostname a");
}

static void a_collector_that_misbehaves_costs_one_run_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what;
        enum rc rc;
    } cases[] = {{"crash", RC_CRASH}, {"exit", RC_CRASH}, {"flood", RC_FORMAT},
        {"lie-type", RC_FORMAT}, {"lie-length", RC_LIMIT}, {"lie-short", RC_CRASH},
        {"lie-body", RC_FORMAT}, {"stranger", RC_FORMAT}, {"refuse", RC_AUTH}, {"large", RC_LIMIT}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (outcome(f, cases[i].what, 60000) != cases[i].rc)
            fail_msg("%s: %s (%s)", cases[i].what, rc_name(f->result->failure.code),
                f->result->failure.text);
        assert_int_equal(outcome(f, "fine", 60000), RC_OK);
    }
}

static void a_collector_that_hangs_is_killed_at_its_deadline(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(outcome(f, "hang", 10), RC_TIMEOUT);
    assert_int_equal(outcome(f, "fine", 60000), RC_OK);
}

static void many_jobs_run_at_once_and_a_hanging_one_holds_up_none(void **state)
{
    struct fixture *f = *state;
    start_job(f, "hang", 60000);
    for (size_t i = 0; i < 30; i++)
        start_job(f, i % 3 ? "fine" : "crash", 60000);
    while (pool_running(f->pool) > 1)
        pool_wait(f->pool, -1, keep_result, f);
    assert_int_equal(f->done, 30);
}

/* Old kernels have no Landlock, and a sanitizer wants /proc. */
static bool can_lock_down(void)
{
#ifdef __SANITIZE_ADDRESS__
    return false;
#else
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && lockdown_files(NULL) ? 1 : 0);
    return waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 1;
#endif
}

static void a_collector_holds_no_descriptor_no_environment_and_no_file_of_ours(void **state)
{
    struct fixture *f = *state;
    char expected[200];
    snprintf(expected, sizeof expected,
        "descriptors 3, dumpable 0, new privileges 0, secret gone, files %s",
        can_lock_down() ? "the resolver's" : "all");
    assert_int_equal(outcome(f, "rights", 60000), RC_OK);
    /* stdin, stdout and stderr, which lead nowhere */
    assert_string_equal(buf_text(&f->result->driver.parts[0].text), expected);
}

static void a_pool_whose_zygote_died_says_so(void **state)
{
    (void)state;
    int socket;
    pid_t pid;
    struct pool *pool = NULL;
    assert_int_equal(zygote_start(&plan, &socket, &pid, NULL), 0);
    assert_int_equal(pool_adopt(socket, FAKE_PLATFORMS, &clock_system, &pool, NULL), 0);
    struct fixture f = {.pool = pool};
    start_job(&f, "hang", 60000);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    struct driver_hop hop = {.name = "edge-1", .address = "fine", .port = 22};
    struct driver_job job = {.hops = &hop, .hop_count = 1, .total_ms = 1000, .max_bytes = 1000};
    assert_int_equal(pool_start(pool, "edge-1", &job, NULL, NULL), RC_CRASH);
    /* its collectors went with it */
    pool_wait(pool, -1, keep_result, &f);
    assert_int_equal(f.result->failure.code, RC_CRASH);
    result_free(f.result);
    pool_close(pool);
}

static void jobs_go_on_after_the_platforms_were_read_again(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(pool_reload(f->pool, FAKE_PLATFORMS, NULL), 0);
    assert_int_equal(outcome(f, "fine", 60000), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_job_comes_back_with_its_parts_and_draft, start, stop),
        cmocka_unit_test_setup_teardown(
            a_collector_that_misbehaves_costs_one_run_and_nothing_else, start, stop),
        cmocka_unit_test_setup_teardown(
            a_collector_that_hangs_is_killed_at_its_deadline, start, stop),
        cmocka_unit_test_setup_teardown(
            many_jobs_run_at_once_and_a_hanging_one_holds_up_none, start, stop),
        cmocka_unit_test_setup_teardown(
            a_collector_holds_no_descriptor_no_environment_and_no_file_of_ours, start, stop),
        cmocka_unit_test(a_pool_whose_zygote_died_says_so),
        cmocka_unit_test_setup_teardown(
            jobs_go_on_after_the_platforms_were_read_again, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
