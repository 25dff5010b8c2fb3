/* rooms: base syntax drivers ssh */
/* What one pull costs: CPU and wall time of a dialogue, by a bare libssh client, by the SSH driver,
 * or by any program.
 *
 *   ssh_bench bare PORT COUNT COMMAND...   connect, log in, these commands, close; COUNT times
 *   ssh_bench pull PORT COUNT              the same by ssh_pull(), whose profile knows the commands
 *   ssh_bench run COUNT PROGRAM...         PROGRAM once, which makes COUNT collections
 *
 * Prints "MICROSECONDS-OF-CPU MICROSECONDS-OF-WALL BYTES", each for one collection. The device is
 * tests/lab's, for admin/s3cret. */
#include <libssh/libssh.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/yang.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

#define USER "admin"
#define PASSWORD "s3cret"

struct cost {
    int64_t cpu_us, wall_us;
    size_t bytes;
};

static int64_t cpu_us(int who)
{
    struct rusage used;
    getrusage(who, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/* Read until the prompt stands at the end; the bare client knows it ("bench#"). */
static bool read_reply(ssh_channel channel, struct buf *out)
{
    static const char prompt[] = "\nbench#";
    const size_t len = sizeof prompt - 1;
    char bytes[16384];

    while (out->len < len || memcmp(out->data + out->len - len, prompt, len) != 0) {
        int got = ssh_channel_read_timeout(channel, bytes, sizeof bytes, 0, 10000);
        if (got <= 0 || buf_append(out, bytes, (size_t)got) != 0) {
            return false;
        }
    }
    return true;
}

static ssh_session log_in(unsigned port)
{
    ssh_session ssh = ssh_new();
    int yes = 1, no = 0;

    ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(ssh, SSH_OPTIONS_PORT, &port);
    ssh_options_set(ssh, SSH_OPTIONS_USER, USER);
    ssh_options_set(ssh, SSH_OPTIONS_NODELAY, &yes);
    ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no);
    if (ssh_connect(ssh) != SSH_OK || ssh_userauth_password(ssh, NULL, PASSWORD) != SSH_OK) {
        fprintf(stderr, "bare: %s\n", ssh_get_error(ssh));
        ssh_free(ssh);
        return NULL;
    }
    return ssh;
}

static int bare(unsigned port, char **commands, size_t *bytes)
{
    struct buf reply = {0};
    ssh_session ssh = log_in(port);
    ssh_channel channel = ssh ? ssh_channel_new(ssh) : NULL;
    int rc = 1;

    *bytes = 0;
    if (!channel || ssh_channel_open_session(channel) != SSH_OK ||
        ssh_channel_request_pty(channel) != SSH_OK ||
        ssh_channel_request_shell(channel) != SSH_OK || !read_reply(channel, &reply)) {
        goto out;
    }
    for (; *commands; commands++) {
        char line[256];
        int len = snprintf(line, sizeof line, "%s\n", *commands);
        buf_clear(&reply);
        ssh_channel_write(channel, line, (uint32_t)len);
        if (strcmp(*commands, "exit") == 0) {
            break;
        }
        if (!read_reply(channel, &reply)) {
            goto out;
        }
        *bytes += reply.len;
    }
    rc = 0;
out:
    buf_free(&reply);
    if (channel) {
        ssh_channel_free(channel);
    }
    if (ssh) {
        ssh_disconnect(ssh);
        ssh_free(ssh);
    }
    return rc;
}

static int pull(unsigned port, const struct platform *platform, size_t *bytes)
{
    struct secret *password = secret_from(STR(PASSWORD));
    const struct driver_hop hop = {.name = "bench",
        .address = "127.0.0.1",
        .port = (uint16_t)port,
        .login = {.user = USER, .password = password}};
    const struct driver_job job = {.hops = &hop,
        .hop_count = 1,
        .host_key_policy = HOST_KEY_FIRST_USE,
        .platform = platform,
        .connect_ms = 20000,
        .command_ms = 20000,
        .total_ms = 60000,
        .max_bytes = 16 << 20};
    struct driver_result result = {.platform = NULL};
    struct error err = ERROR_INIT;
    char line[1200];
    int rc = ssh_pull(&job, &result, &err);

    *bytes = 0;
    for (size_t i = 0; i < result.part_count; i++) {
        *bytes += result.parts[i].text.len;
    }
    if (rc) {
        fprintf(stderr, "pull: %s\n", error_line(&err, line, sizeof line));
    }
    driver_result_free(&result);
    secret_free(password);
    return rc;
}

static int pulls(unsigned port, unsigned count, struct cost *cost)
{
    const char *const modules[] = {"rollcall-platform", NULL};
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    int rc = yang_context(modules, &ctx, NULL);

    rc = rc ? rc : platforms_load(ctx, NULL, &all, NULL);
    /* One before the clock starts: what a collector does once is not what a pull costs. */
    rc = rc ? rc : pull(port, platforms_find(all, "ios"), &cost->bytes);
    int64_t cpu = cpu_us(RUSAGE_SELF), wall = clock_mono_us(&clock_system);
    for (unsigned i = 0; i < count && rc == 0; i++) {
        rc = pull(port, platforms_find(all, "ios"), &cost->bytes);
    }
    cost->cpu_us = cpu_us(RUSAGE_SELF) - cpu;
    cost->wall_us = clock_mono_us(&clock_system) - wall;
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return rc;
}

static int bares(unsigned port, unsigned count, char **commands, struct cost *cost)
{
    int rc = bare(port, commands, &cost->bytes);
    int64_t cpu = cpu_us(RUSAGE_SELF), wall = clock_mono_us(&clock_system);
    for (unsigned i = 0; i < count && rc == 0; i++) {
        rc = bare(port, commands, &cost->bytes);
    }
    cost->cpu_us = cpu_us(RUSAGE_SELF) - cpu;
    cost->wall_us = clock_mono_us(&clock_system) - wall;
    return rc;
}

static int run(char **program, struct cost *cost)
{
    int status = 0;
    int64_t wall = clock_mono_us(&clock_system);
    pid_t child = fork();

    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO); /* ours carries the result only */
        execvp(program[0], program);
        _exit(127);
    }
    waitpid(child, &status, 0);
    cost->cpu_us = cpu_us(RUSAGE_CHILDREN); /* also of its own children, once it waited for them */
    cost->wall_us = clock_mono_us(&clock_system) - wall;
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct cost cost = {0};
    unsigned count = 0;
    int rc = 2;

    if (argc >= 4 && strcmp(argv[1], "bare") == 0) {
        count = (unsigned)atoi(argv[3]);
        rc = bares((unsigned)atoi(argv[2]), count, argv + 4, &cost);
    } else if (argc == 4 && strcmp(argv[1], "pull") == 0) {
        count = (unsigned)atoi(argv[3]);
        rc = pulls((unsigned)atoi(argv[2]), count, &cost);
    } else if (argc >= 4 && strcmp(argv[1], "run") == 0) {
        count = (unsigned)atoi(argv[2]);
        rc = run(argv + 3, &cost);
    }
    if (rc || !count) {
        return rc ? 1 : 2;
    }
    printf("%lld %lld %zu\n", (long long)(cost.cpu_us / count), (long long)(cost.wall_us / count),
        cost.bytes);
    return 0;
}
