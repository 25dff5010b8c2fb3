/* rooms: watch collect base */
#include "test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_clock.h"
#include "watch/doorman.h"
#include "watch/schedule.h"
#include "watch/zygote.h"
#include "watch_fakes.h"

int64_t schedule_next_us(
    const struct schedule *s, const char *device, unsigned splay_s, int64_t after_us)
{
    (void)s, (void)device, (void)splay_s;
    return after_us;
}

/* ---- whose call it is ---- */

static void a_caller_is_known_by_address_or_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *caller, *peer;
        bool known;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.8", false},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.8/29", "192.0.2.15", true},
        {"192.0.2.8/29", "192.0.2.16", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"2001:db8::1", "2001:db8:0:0::1", true},
        {"::/0", "2001:db8::1", true},
        {"192.0.2.7", "::ffff:192.0.2.7", true},
        {"192.0.2.0/33", "192.0.2.0", false},
        {"nonsense", "192.0.2.7", false},
        {"192.0.2.7", "nonsense", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const callers[] = {"198.51.100.1", cases[i].caller, NULL};
        if (call_home_matches(callers, cases[i].peer) != cases[i].known)
            fail_msg("%s in %s", cases[i].peer, cases[i].caller);
    }
    assert_false(call_home_matches(NULL, "192.0.2.7"));
}

static void one_address_may_try_a_few_times_and_holds_up_no_other(void **state)
{
    (void)state;
    static struct doorman_pace pace;
    int64_t now = 1000000;
    size_t admitted = 0;
    for (int i = 0; i < 1000; i++)
        admitted += doorman_admits(&pace, "192.0.2.7", now);
    assert_int_equal(admitted, DOORMAN_BURST);
    assert_true(doorman_admits(&pace, "192.0.2.8", now));
    assert_true(doorman_admits(&pace, "192.0.2.7", now + DOORMAN_PACE_US));
    assert_false(doorman_admits(&pace, "192.0.2.7", now + DOORMAN_PACE_US));
}

static void all_together_are_bounded_too(void **state)
{
    (void)state;
    static struct doorman_pace pace;
    size_t admitted = 0;
    for (int i = 0; i < 5000; i++) {
        char address[CALL_ADDRESS_SIZE];
        snprintf(address, sizeof address, "2001:db8::%x", i);
        admitted += doorman_admits(&pace, address, 1000000);
    }
    assert_int_equal(admitted, DOORMAN_ALL_BURST);
}

/* ---- messages ---- */

static void a_call_that_was_cut_or_damaged_is_refused_or_harmless(void **state)
{
    (void)state;
    static const struct call sample = {.tls = true, .address = "192.0.2.7"};
    struct buf message = {0};
    struct call got;
    assert_int_equal(call_pack(&sample, &message), 0);
    assert_int_equal(call_unpack(buf_str(&message), &got, NULL), 0);
    assert_true(got.tls);
    assert_string_equal(got.address, "192.0.2.7");
    for (size_t cut = 0; cut < message.len; cut++)
        assert_int_equal(call_unpack((struct str){message.data, cut}, &got, NULL), RC_FORMAT);
    for (size_t i = 0; i < message.len; i++)
        for (int value = 0; value < 256; value++) {
            char kept = message.data[i];
            unsigned char bytes[16];
            message.data[i] = (char)value;
            if (call_unpack(buf_str(&message), &got, NULL) == 0)
                assert_int_equal(inet_pton(AF_INET, got.address, bytes), 1);
            message.data[i] = kept;
        }
    buf_free(&message);
    /* neither a call nor a failure, or both at once */
    static const struct call nobody = {.tls = false},
                             both = {.address = "192.0.2.7", .failure = "x"};
    for (size_t i = 0; i < 2; i++) {
        call_pack(i ? &both : &nobody, &message);
        assert_int_equal(call_unpack(buf_str(&message), &got, NULL), RC_FORMAT);
        buf_free(&message);
    }
}

/* ---- the process ---- */

struct fixture {
    struct door *door;
    int zygote;
    pid_t pid;
    char where[40];
    int port;
    size_t calls;
    struct call last;
    int connection; /* the last one, kept */
};

static int start(void **state)
{
    static const struct zygote_plan plan = {.platforms = FAKE_PLATFORMS};
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    test_mono_us = 1000000;
    if (zygote_start(&plan, &f->zygote, &f->pid, NULL))
        return -1;
    return door_new(f->zygote, &test_clock, &f->door, NULL);
}

static int stop(void **state)
{
    struct fixture *f = *state;
    door_free(f->door);
    close(f->zygote);
    if (f->connection > 0)
        close(f->connection);
    int gone = waitpid(f->pid, NULL, 0) == f->pid;
    free(f);
    return gone ? 0 : -1;
}

static void keep_call(void *ctx, const struct call *call, int *connection)
{
    struct fixture *f = ctx;
    f->calls++;
    f->last = *call;
    if (f->connection > 0)
        close(f->connection);
    f->connection = *connection;
    *connection = 0;
}

static void step(struct fixture *f)
{
    struct pollfd fd;
    poll(&fd, (nfds_t)door_watch(f->door, &fd, 1), 100);
    door_step(f->door, keep_call, f);
}

/* A port that is free now; what takes it takes it away, so that we find one again. */
static int reserve_port(struct fixture *f, bool listening)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    f->port = ntohs(at.sin_port);
    snprintf(f->where, sizeof f->where, "127.0.0.1:%d", f->port);
    if (listening)
        assert_int_equal(listen(fd, 1), 0);
    else
        close(fd);
    return fd;
}

static int call_home(const struct fixture *f)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)f->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

static int call_until_answered(struct fixture *f)
{
    int fd;
    for (int tries = 0; (fd = call_home(f)) < 0 && tries < 600; tries++)
        step(f);
    for (int tries = 0; f->calls == 0 && tries < 600; tries++)
        step(f);
    return fd;
}

static void a_call_arrives_with_its_connection(void **state)
{
    struct fixture *f = *state;
    char byte = 0;
    reserve_port(f, false);
    assert_int_equal(door_set(f->door, NULL, f->where, NULL), 0);
    int fd = call_until_answered(f);
    assert_int_equal(f->calls, 1);
    assert_true(f->last.tls);
    assert_string_equal(f->last.address, "127.0.0.1");
    assert_int_equal(write(f->connection, "k", 1), 1);
    assert_int_equal(read(fd, &byte, 1), 1);
    assert_int_equal(byte, 'k');
    close(fd);
}

static void a_connection_that_nobody_takes_is_closed(void **state)
{
    struct fixture *f = *state;
    char byte;
    reserve_port(f, false);
    door_set(f->door, f->where, NULL, NULL);
    int fds[2 * DOORMAN_BURST];
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = i ? call_home(f) : call_until_answered(f);
    while (f->calls < DOORMAN_BURST)
        step(f);
    /* those over its pace never came to us */
    for (size_t i = DOORMAN_BURST; i < COUNT(fds); i++)
        assert_int_equal(read(fds[i], &byte, 1), 0);
    step(f);
    assert_int_equal(f->calls, DOORMAN_BURST);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
}

static void a_port_that_is_taken_is_tried_again_after_a_pause(void **state)
{
    struct fixture *f = *state;
    int taken = reserve_port(f, true);
    door_set(f->door, f->where, NULL, NULL);
    for (int tries = 0; door_patience_ms(f->door) <= 0 && tries < 600; tries++)
        step(f);
    assert_true(door_patience_ms(f->door) > 0);
    close(taken);
    test_mono_us += 1000000;
    int fd = call_until_answered(f);
    assert_int_equal(f->calls, 1);
    assert_false(f->last.tls);
    close(fd);
}

static void without_a_door_there_is_no_process(void **state)
{
    struct fixture *f = *state;
    struct pollfd fd;
    door_step(f->door, keep_call, f);
    assert_int_equal(door_watch(f->door, &fd, 1), 0);
    assert_int_equal(door_patience_ms(f->door), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caller_is_known_by_address_or_prefix),
        cmocka_unit_test(one_address_may_try_a_few_times_and_holds_up_no_other),
        cmocka_unit_test(all_together_are_bounded_too),
        cmocka_unit_test(a_call_that_was_cut_or_damaged_is_refused_or_harmless),
        TEST(a_call_arrives_with_its_connection),
        TEST(a_connection_that_nobody_takes_is_closed),
        TEST(a_port_that_is_taken_is_tried_again_after_a_pause),
        TEST(without_a_door_there_is_no_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
