#include "watch/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"
#include "watch/doorman.h"
#include "watch/messages.h"

#define ANSWER_SECONDS 60 /* it may still be compiling a platform's rules */
#define MOST_REQUEST 128

struct zygote {
    const struct zygote_plan *plan;
    struct platforms *own_platforms; /* read at a reload; NULL: those of the plan */
    struct toolbox *tools;
    struct spawned spare; /* socket -1: none */
    int signals;
};

/* ---- the zygote's side ---- */

/* Secrets may stand in the environment for the engine. Not only the pointers go: the strings are in
 * memory that collectors inherit. */
static void forget_environment(void)
{
    static const char *const kept[] = {"SSH_AUTH_SOCK=", "TZ=", "PATH=", "LD_LIBRARY_PATH="};
    size_t out = 0;
    for (char **each = environ; each && *each; each++) {
        bool keep = false;
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            keep = keep || strncmp(*each, kept[i], strlen(kept[i])) == 0;
        if (keep)
            environ[out++] = *each;
        else
            explicit_bzero(*each, strlen(*each));
    }
    if (environ)
        environ[out] = NULL;
}

/* The life of a child, to its end. */
static _Noreturn void be_child(const struct zygote *z, enum zygote_request what, int socket)
{
    if (what == ZYGOTE_LISTENER && z->plan->hold)
        listener_run(socket, z->plan->hold);
    if (what == ZYGOTE_DOORMAN)
        doorman_run(socket);
    if (what == ZYGOTE_SPAWN)
        collector_run(socket, z->tools);
    if (what == ZYGOTE_LOCAL)
        collector_run_local(socket, z->tools);
    _exit(1);
}

static int fork_child(const struct zygote *z, enum zygote_request what, struct spawned *out)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return RC_IO;
    pid_t zygote = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        program_signals();
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != zygote)
            _exit(0);
        be_child(z, what, pair[1]);
    }
    close(pair[1]);
    int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pidfd < 0) {
        /* without a handle it ends by itself: its socket closes */
        close(pair[0]);
        return RC_IO;
    }
    *out = (struct spawned){pair[0], pidfd};
    return RC_OK;
}

static void close_spawned(struct spawned *s)
{
    if (s->socket >= 0) {
        close(s->socket);
        close(s->pidfd);
    }
    s->socket = s->pidfd = -1;
}

static int send_spawned(int socket, const struct spawned *s)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    char byte = ZYGOTE_SPAWN;
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(head), (const int[]){s->socket, s->pidfd}, 2 * sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? RC_OK : RC_IO;
}

static void answer_no(int socket)
{
    char no = 0;
    log_line(LOG_ERROR, "cannot start a process: %s", strerror(errno));
    send(socket, &no, 1, MSG_NOSIGNAL);
}

static void answer_spawn(struct zygote *z, int socket)
{
    if (z->spare.socket < 0 && fork_child(z, ZYGOTE_SPAWN, &z->spare)) {
        answer_no(socket);
        return;
    }
    send_spawned(socket, &z->spare);
    close_spawned(&z->spare);
    fork_child(z, ZYGOTE_SPAWN, &z->spare);
}

static void answer_other(struct zygote *z, enum zygote_request what, int socket)
{
    struct spawned child;
    if (fork_child(z, what, &child)) {
        answer_no(socket);
        return;
    }
    send_spawned(socket, &child);
    close_spawned(&child);
}

static void read_platforms_again(struct zygote *z)
{
    struct error err = ERROR_INIT;
    struct platforms *platforms = NULL;
    struct toolbox *tools = NULL;
    if (platforms_load(z->plan->ctx, z->plan->folder, &platforms, &err) ||
        toolbox_new(platforms, z->plan->pull, &tools, &err)) {
        platforms_free(platforms);
        log_error(&err);
        return;
    }
    toolbox_free(z->tools);
    platforms_free(z->own_platforms);
    z->tools = tools;
    z->own_platforms = platforms;
    close_spawned(&z->spare); /* it knows the old ones */
}

static void prepare(struct zygote *z, const char *name)
{
    struct error err = ERROR_INIT;
    const struct reader *reader = NULL;
    const struct platform *platform = platforms_find(z->tools->platforms, name);
    size_t had = z->tools->reader_count;
    if (platform && toolbox_reader(z->tools, platform, &reader, &err))
        log_error(&err); /* and each job of it will fail with that */
    if (z->tools->reader_count > had)
        close_spawned(&z->spare); /* it lacks them */
}

static void reap(struct zygote *z)
{
    struct signalfd_siginfo info;
    while (read(z->signals, &info, sizeof info) > 0)
        ;
    int status;
    while (waitpid(-1, &status, WNOHANG) > 0)
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
            log_line(LOG_ERROR, "a process of the zygote died of signal %d (%s)", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
}

/* False when the engine is gone. */
static bool serve(struct zygote *z, int socket)
{
    char message[MOST_REQUEST + 1];
    ssize_t got = recv(socket, message, MOST_REQUEST, 0);
    if (got < 0 && errno == EINTR)
        return true;
    if (got < 1)
        return false;
    message[got] = '\0';
    char request = message[0];
    if (request == ZYGOTE_SPAWN)
        answer_spawn(z, socket);
    else if (request == ZYGOTE_LOCAL || request == ZYGOTE_LISTENER || request == ZYGOTE_DOORMAN)
        answer_other(z, (enum zygote_request)request, socket);
    else if (request == ZYGOTE_PREPARE)
        prepare(z, message + 1);
    else if (request == ZYGOTE_RELOAD)
        read_platforms_again(z);
    return true;
}

static int block_child_signal(void)
{
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_SETMASK, &children, NULL);
    return signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
}

_Noreturn void zygote_run(int socket, const struct zygote_plan *plan)
{
    struct error err = ERROR_INIT;
    struct zygote z = {.plan = plan, .spare = {-1, -1}};
    prctl(PR_SET_NAME, "rollcall-zygote");
    setsid(); /* Ctrl-C is for the engine, which closes our socket; and no terminal to prompt on */
    program_signals();
    forget_environment();
    z.signals = block_child_signal();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || z.signals < 0)
        _exit(1);
    close(null);
    if (toolbox_new(plan->platforms, plan->pull, &z.tools, &err)) {
        log_error(&err);
        _exit(1);
    }
    fork_child(&z, ZYGOTE_SPAWN, &z.spare);
    struct pollfd watched[2] = {
        {.fd = socket, .events = POLLIN}, {.fd = z.signals, .events = POLLIN}};
    for (bool go_on = true; go_on;) {
        if (poll(watched, 2, -1) < 0)
            continue;
        if (watched[1].revents)
            reap(&z);
        if (watched[0].revents)
            go_on = serve(&z, socket);
    }
    _exit(0);
}

int zygote_start(const struct zygote_plan *plan, int *socket, pid_t *pid, struct error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return error_set(err, RC_IO, "cannot make a socket: %s", strerror(errno));
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0) {
        close(pair[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(0);
        zygote_run(pair[1], plan);
    }
    close(pair[1]);
    if (*pid < 0) {
        close(pair[0]);
        return error_set(err, RC_IO, "cannot fork: %s", strerror(errno));
    }
    *socket = pair[0];
    return RC_OK;
}

/* ---- the engine's side ---- */

static int ask(int socket, enum zygote_request request, struct error *err)
{
    char byte = (char)request;
    if (send(socket, &byte, 1, MSG_NOSIGNAL) != 1)
        return error_set(err, RC_CRASH, "the process that starts collectors is gone");
    return RC_OK;
}

static void take_descriptors(struct msghdr *message, int *fds, size_t *count)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
            *count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(head), *count * sizeof(int));
        }
}

int zygote_spawn(int socket, enum zygote_request what, struct spawned *out, struct error *err)
{
    int rc = ask(socket, what, err);
    if (rc)
        return rc;
    struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    char byte = 0;
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control};
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    int fds[2] = {-1, -1};
    size_t count = 0;
    if (got == 1)
        take_descriptors(&message, fds, &count);
    if (count == 2) {
        *out = (struct spawned){fds[0], fds[1]};
        return RC_OK;
    }
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    if (got != 1)
        shutdown(socket, SHUT_RDWR); /* a late answer must not be taken for the next one */
    return error_set(err, RC_CRASH,
        got == 1 ? "no process could be started" : "the process that starts collectors is gone");
}

int zygote_reload(int socket, struct error *err)
{
    return ask(socket, ZYGOTE_RELOAD, err);
}

int zygote_prepare(int socket, const char *platform, struct error *err)
{
    char message[MOST_REQUEST];
    int len = snprintf(message, sizeof message, "%c%s", ZYGOTE_PREPARE, platform);
    if (len >= (int)sizeof message)
        return RC_OK; /* a name that long is worth a compilation each time */
    if (send(socket, message, (size_t)len, MSG_NOSIGNAL) != len)
        return error_set(err, RC_CRASH, "the process that starts collectors is gone");
    return RC_OK;
}
