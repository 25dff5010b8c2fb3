/* rooms: watch collect base */
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_clock.h"
#include "watch/listeners.h"
#include "watch/schedule.h"
#include "watch/zygote.h"
#include "watch_fakes.h"

int64_t schedule_next_us(
    const struct schedule *s, const char *device, unsigned splay_s, int64_t after_us)
{
    (void)s, (void)device, (void)splay_s;
    return after_us;
}

/* ---- sessions that follow the script in their address: words, divided by blanks ---- */

struct script {
    char text[200];
    char *rest;
};

static int script_open(const struct driver_job *job, void (*logged_in)(void *ctx), void *ctx,
    void **session, struct error *err)
{
    const struct driver_hop *hop = &job->hops[job->hop_count - 1];
    if (strcmp(hop->address, "refuse") == 0)
        return error_set(err, RC_AUTH, "no such user");
    if (strcmp(hop->address, "hang") == 0)
        for (;;)
            pause();
    struct script *s = calloc(1, sizeof *s);
    snprintf(s->text, sizeof s->text, "%s", hop->address);
    s->rest = s->text;
    *session = s;
    if (strcmp(hop->address, "login") == 0 &&
        !str_equal(secret_value(hop->login.password), STR("s3cret")))
        return error_set(err, RC_AUTH, "no password came");
    logged_in(ctx);
    if (strcmp(hop->address, "login") == 0 && hop->login.password)
        return error_set(err, RC_AUTH, "the password is still there");
    char byte = 'k';
    if (strcmp(hop->address, "call") == 0 && write(hop->socket, &byte, 1) != 1)
        return error_set(err, RC_CONNECT, "no connection came");
    return RC_OK;
}

static int the_socket(void)
{
    struct stat st;
    for (int fd = 3; fd < 1024; fd++)
        if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
            return fd;
    return -1;
}

static void lie(const char *how)
{
    uint32_t head[2] = {MESSAGE_NOTICE, 8};
    if (strcmp(how, "type") == 0)
        head[0] = 0x41414141;
    if (strcmp(how, "length") == 0)
        head[1] = 0xfffffff0;
    if (write(the_socket(), head, sizeof head) < 0 || write(the_socket(), "aaaaaaaa", 8) < 0)
        _exit(2);
}

static void flood(void)
{
    struct notice notice = {.watch = 1, .kind = NOTICE_CHANGED};
    struct buf body = {0};
    notice_pack(&notice, &body);
    while (message_send(the_socket(), MESSAGE_NOTICE, &body, NULL) == RC_OK)
        ;
    _exit(0);
}

static int script_next(
    void *session, int wake, unsigned timeout_ms, struct notice *out, struct error *err)
{
    struct script *s = session;
    char *word = strsep(&s->rest, " ");
    if (!word) {
        poll(&(struct pollfd){.fd = wake, .events = POLLIN}, 1, (int)timeout_ms);
        return 0;
    }
    if (strcmp(word, "lost") == 0)
        return error_set(err, RC_CONNECT, "closed\x1b[2J");
    if (strcmp(word, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(word, "flood") == 0)
        flood();
    if (strncmp(word, "lie-", 4) == 0)
        lie(word + 4);
    if (strncmp(word, "pending-", 8) == 0) {
        out->kind = NOTICE_PENDING;
        out->wait_s = (uint32_t)atoi(word + 8);
        return 1;
    }
    if (strcmp(word, "settled") == 0) {
        out->kind = NOTICE_SETTLED;
        return 1;
    }
    if (strncmp(word, "by-", 3) != 0)
        return 0;
    out->kind = NOTICE_CHANGED;
    notice_say(out->user, sizeof out->user, word + 3);
    notice_say(out->address, sizeof out->address, "192.0.2.7");
    return 1;
}

static const struct hold script_hold = {script_open, script_next, free};

/* ---- */

struct fixture {
    struct listeners *l;
    int zygote;
    pid_t pid;
    char story[2000]; /* what was heard */
    size_t lost, subscribed;
    int call; /* our end of a connection that called; 0: none */
};

static const struct zygote_plan plan = {.platforms = FAKE_PLATFORMS, .hold = &script_hold};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    test_mono_us = 1000000;
    if (zygote_start(&plan, &f->zygote, &f->pid, NULL))
        return -1;
    return listeners_open(f->zygote, &test_clock, &f->l, NULL);
}

static int stop(void **state)
{
    struct fixture *f = *state;
    listeners_close(f->l);
    close(f->zygote);
    int gone = waitpid(f->pid, NULL, 0) == f->pid;
    free(f);
    return gone ? 0 : -1;
}

static void hear(void *ctx, const char *device, const struct notice *n)
{
    static const char *const kinds[] = {"subscribed", "changed", "pending", "settled", "lost"};
    struct fixture *f = ctx;
    size_t used = strlen(f->story);
    f->lost += n->kind == NOTICE_LOST;
    f->subscribed += n->kind == NOTICE_SUBSCRIBED;
    used +=
        (size_t)snprintf(f->story + used, sizeof f->story - used, "%s %s", device, kinds[n->kind]);
    if (n->kind == NOTICE_CHANGED)
        used += (size_t)snprintf(
            f->story + used, sizeof f->story - used, " %s@%s", n->user, n->address);
    if (n->kind == NOTICE_PENDING)
        used +=
            (size_t)snprintf(f->story + used, sizeof f->story - used, " %u", (unsigned)n->wait_s);
    if (n->kind == NOTICE_LOST)
        used += (size_t)snprintf(f->story + used, sizeof f->story - used, " %s", rc_name(n->code));
    snprintf(f->story + used, sizeof f->story - used, "\n");
}

static int open_session(struct fixture *f, const char *device, const char *script)
{
    struct secret *password = secret_from(STR("s3cret"));
    struct driver_hop hop = {.name = device,
        .address = script,
        .port = 830,
        .socket = f->call,
        .login = {.user = "bob", .password = password}};
    struct driver_job job = {.hops = &hop,
        .hop_count = 1,
        .platform = &fake_platforms[1],
        .total_ms = 1000,
        .max_bytes = 1000};
    int rc = listeners_start(f->l, device, &job, NULL);
    secret_free(password);
    return rc;
}

static void add_device(struct fixture *f, const char *device, const char *credential, bool calls)
{
    const struct listened what = {device, credential, "direct", calls};
    assert_int_equal(listeners_add(f->l, &what, NULL), 0);
}

/* Add a device and open its session at once. */
static void listen_to(struct fixture *f, const char *device, const char *script)
{
    add_device(f, device, "lab", false);
    listeners_let_in(f->l, device);
    assert_int_equal(open_session(f, device, script), 0);
}

static void step(struct fixture *f)
{
    struct pollfd fds[16];
    poll(fds, (nfds_t)listeners_watch(f->l, fds, 16), 60000);
    listeners_step(f->l, hear, f);
}

static void await_story(struct fixture *f, const char *end)
{
    while (!strstr(f->story, end) && strlen(f->story) < sizeof f->story - 200)
        step(f);
    if (!strstr(f->story, end))
        fail_msg("%s", f->story);
}

static void changes_are_heard_with_who_made_them(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "by-bob by-eve\x1b pending-30 settled lost");
    await_story(f, "lost");
    assert_string_equal(f->story, "edge-1 subscribed\n"
                                  "edge-1 changed bob@192.0.2.7\n"
                                  "edge-1 changed eve\\x1b@192.0.2.7\n"
                                  "edge-1 pending 30\n"
                                  "edge-1 settled\n"
                                  "edge-1 lost connect\n");
    assert_int_equal(listeners_held(f->l), 0);
    assert_int_equal(listeners_processes(f->l), 0);
}

static void many_changes_by_one_user_are_told_together(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1",
        "by-bob by-bob by-bob by-bob by-bob by-bob by-bob by-bob by-bob by-bob by-bob lost");
    await_story(f, "lost");
    size_t told = 0;
    for (const char *at = f->story; (at = strstr(at, "changed bob")); at++)
        told++;
    assert_in_range(told, 2, 10); /* usually 2: the first at once, the last at the end */
}

static void the_login_is_wiped_before_the_subscription(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "login");
    await_story(f, "\n");
    assert_string_equal(f->story, "edge-1 subscribed\n");
}

static void a_device_that_called_is_talked_to_over_its_own_connection(void **state)
{
    struct fixture *f = *state;
    int pair[2];
    char byte = 0;
    assert_int_equal(pipe(pair), 0);
    f->call = pair[1];
    listen_to(f, "edge-1", "call");
    await_story(f, "\n");
    assert_string_equal(f->story, "edge-1 subscribed\n");
    assert_int_equal(read(pair[0], &byte, 1), 1);
    assert_int_equal(byte, 'k');
    close(pair[0]), close(pair[1]);
}

static void a_lost_session_is_due_again_after_a_pause_and_a_refused_one_when_it_was_read(
    void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "lost");
    await_story(f, "lost");
    assert_null(listeners_due(f->l));
    test_mono_us += 1000000;
    assert_string_equal(listeners_due(f->l), "edge-1");
    open_session(f, "edge-1", "refuse");
    await_story(f, "lost auth");
    test_mono_us += (int64_t)3600 * 1000000;
    assert_null(listeners_due(f->l));
    assert_int_equal(listeners_patience_ms(f->l), -1);
    listeners_let_in(f->l, "edge-1");
    assert_string_equal(listeners_due(f->l), "edge-1");
}

static void a_listener_that_misbehaves_is_ended_and_its_devices_are_told_as_lost(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[] = {"crash", "lie-type", "lie-length", "lie-body", "flood"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        f->story[0] = '\0';
        f->lost = f->subscribed = 0;
        listen_to(f, "edge-1", "quiet");
        listen_to(f, "edge-2", cases[i]);
        for (int steps = 0; f->lost < 2 && steps < 200000; steps++) {
            f->story[0] = '\0';
            step(f);
        }
        if (f->lost != 2)
            fail_msg("%s: %s", cases[i], f->story);
        assert_int_equal(listeners_processes(f->l), 0);
        assert_int_equal(listeners_held(f->l), 0);
    }
}

static void a_listener_that_hangs_at_the_login_is_ended_at_its_deadline(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "hang");
    listeners_step(f->l, hear, f);
    assert_string_equal(f->story, "");
    test_mono_us += 7000000;
    listeners_step(f->l, hear, f);
    assert_string_equal(f->story, "edge-1 lost crash\n");
}

static void devices_of_different_credentials_share_no_process(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "quiet");
    listen_to(f, "edge-2", "quiet");
    assert_int_equal(listeners_processes(f->l), 1);
    add_device(f, "core-1", "core", false);
    open_session(f, "core-1", "quiet");
    assert_int_equal(listeners_processes(f->l), 2);
}

static void more_sessions_than_one_process_holds_go_into_a_second(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < LISTENER_MOST_SESSIONS + 3; i++) {
        char device[20];
        snprintf(device, sizeof device, "edge-%d", i);
        listen_to(f, device, "quiet");
    }
    while (f->subscribed < LISTENER_MOST_SESSIONS + 3) {
        f->story[0] = '\0';
        step(f);
    }
    assert_int_equal(listeners_processes(f->l), 2);
    assert_int_equal(listeners_held(f->l), LISTENER_MOST_SESSIONS + 3);
}

static void no_more_than_a_few_are_opened_at_a_time(void **state)
{
    struct fixture *f = *state;
    size_t opened = 0;
    for (int i = 0; i < 2 * LISTENERS_MOST_OPENING; i++) {
        char device[20];
        snprintf(device, sizeof device, "edge-%d", i);
        add_device(f, device, "lab", false);
        listeners_let_in(f->l, device);
    }
    const char *device;
    for (; (device = listeners_due(f->l)); opened++)
        open_session(f, device, "quiet");
    assert_int_equal(opened, LISTENERS_MOST_OPENING);
    while (f->subscribed < opened)
        step(f);
    assert_non_null(listeners_due(f->l));
}

static void a_device_that_was_removed_is_heard_no_more(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "by-bob");
    await_story(f, "changed");
    listeners_remove(f->l, "edge-1");
    assert_int_equal(listeners_held(f->l), 0);
    listen_to(f, "edge-1", "by-eve");
    await_story(f, "eve");
    assert_string_equal(f->story, "edge-1 subscribed\nedge-1 changed bob@192.0.2.7\n"
                                  "edge-1 subscribed\nedge-1 changed eve@192.0.2.7\n");
}

static void a_device_that_is_reached_otherwise_is_opened_anew(void **state)
{
    struct fixture *f = *state;
    listen_to(f, "edge-1", "quiet");
    await_story(f, "subscribed");
    add_device(f, "edge-1", "lab", false);
    assert_int_equal(listeners_held(f->l), 1);
    assert_int_equal(
        listeners_add(f->l, &(struct listened){"edge-1", "lab", "by a jump", false}, NULL), 0);
    assert_int_equal(listeners_held(f->l), 0);
}

static void one_that_calls_home_is_never_due_by_itself(void **state)
{
    struct fixture *f = *state;
    add_device(f, "edge-1", "lab", true);
    listeners_let_in(f->l, "edge-1");
    assert_null(listeners_due(f->l));
}

static void a_dead_zygote_is_told(void **state)
{
    (void)state;
    struct fixture f = {0};
    void *its = &f;
    assert_int_equal(zygote_start(&plan, &f.zygote, &f.pid, NULL), 0);
    assert_int_equal(listeners_open(f.zygote, &test_clock, &f.l, NULL), 0);
    kill(f.pid, SIGKILL);
    waitpid(f.pid, NULL, 0);
    add_device(its, "edge-1", "lab", false);
    assert_int_equal(open_session(its, "edge-1", "quiet"), RC_CRASH);
    listeners_close(f.l);
    close(f.zygote);
}

static void pauses_double_up_to_five_minutes_and_differ(void **state)
{
    (void)state;
    static const struct {
        unsigned losses, most_ms;
    } cases[] = {{1, 1000}, {2, 2000}, {3, 4000}, {9, 256000}, {10, 300000}, {4000000000u, 300000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(listeners_pause_ms(cases[i].losses, 0), cases[i].most_ms);
        for (uint32_t random = 1; random < 4000000000u - 99999999u; random += 99999999u) {
            unsigned pause = listeners_pause_ms(cases[i].losses, random);
            assert_true(pause > cases[i].most_ms / 2 && pause <= cases[i].most_ms);
        }
    }
}

/* ---- messages ---- */

static const struct notice sample = {.watch = 7,
    .kind = NOTICE_LOST,
    .user = "b\xc3\xb6rn",
    .address = "2001:db8::1",
    .wait_s = 3,
    .code = RC_TIMEOUT,
    .reason = "edge-1: login: too slow"};

static void a_notice_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct buf message = {0};
    struct notice got;
    assert_int_equal(notice_pack(&sample, &message), 0);
    assert_int_equal(notice_unpack(buf_str(&message), &got, NULL), 0);
    assert_memory_equal(&got, &sample, sizeof got);
    buf_free(&message);
}

static void a_notice_that_was_cut_or_damaged_is_refused_or_harmless(void **state)
{
    (void)state;
    struct buf message = {0};
    struct notice got;
    assert_int_equal(notice_pack(&sample, &message), 0);
    for (size_t cut = 0; cut < message.len; cut++)
        assert_int_equal(notice_unpack((struct str){message.data, cut}, &got, NULL), RC_FORMAT);
    for (size_t i = 0; i < message.len; i++)
        for (int value = 0; value < 256; value++) {
            char kept = message.data[i], shown[1100];
            message.data[i] = (char)value;
            if (notice_unpack(buf_str(&message), &got, NULL) == 0) {
                assert_true(got.kind < NOTICE_KINDS);
                assert_int_equal(
                    text_escape(shown, sizeof shown, got.user, strlen(got.user)), strlen(got.user));
            }
            message.data[i] = kept;
        }
    buf_free(&message);
}

static void notices_that_no_listener_sends_are_refused(void **state)
{
    (void)state;
    struct notice cases[4] = {sample, sample, sample, sample}, got;
    cases[0].kind = NOTICE_KINDS;
    cases[1].code = RC_OK;                 /* lost for no reason */
    strcpy(cases[2].user, "eve\x1b[2J");   /* not escaped */
    strcpy(cases[3].address, "\xff\xfe:"); /* no UTF-8 */
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf message = {0};
        notice_pack(&cases[i], &message);
        assert_int_equal(notice_unpack(buf_str(&message), &got, NULL), RC_FORMAT);
        buf_free(&message);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(changes_are_heard_with_who_made_them),
        TEST(many_changes_by_one_user_are_told_together),
        TEST(the_login_is_wiped_before_the_subscription),
        TEST(a_device_that_called_is_talked_to_over_its_own_connection),
        TEST(a_lost_session_is_due_again_after_a_pause_and_a_refused_one_when_it_was_read),
        TEST(a_listener_that_misbehaves_is_ended_and_its_devices_are_told_as_lost),
        TEST(a_listener_that_hangs_at_the_login_is_ended_at_its_deadline),
        TEST(devices_of_different_credentials_share_no_process),
        TEST(more_sessions_than_one_process_holds_go_into_a_second),
        TEST(no_more_than_a_few_are_opened_at_a_time),
        TEST(a_device_that_was_removed_is_heard_no_more),
        TEST(a_device_that_is_reached_otherwise_is_opened_anew),
        TEST(one_that_calls_home_is_never_due_by_itself),
        cmocka_unit_test(a_dead_zygote_is_told),
        cmocka_unit_test(pauses_double_up_to_five_minutes_and_differ),
        cmocka_unit_test(a_notice_arrives_as_it_was_sent),
        cmocka_unit_test(a_notice_that_was_cut_or_damaged_is_refused_or_harmless),
        cmocka_unit_test(notices_that_no_listener_sends_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
