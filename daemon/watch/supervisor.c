#include "watch/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "watch/engine.h"
#include "watch/notifier.h"
#include "watch/role.h"

#define SECOND_US ((int64_t)1000000)
#define MOST_PAUSE_S 60
/* A role that lived so long starts again at once. */
#define STEADY_S 60
/* Roles have so long to stop before they are killed. */
#define STOP_S 15

enum role { ZYGOTE, ENGINE, NOTIFIER, ROLES };

static const char *const role_names[ROLES] = {"zygote", "engine", "notifier"};

struct child {
    pid_t pid; /* 0: does not run */
    int64_t started_us;
    int64_t not_before_us;
    unsigned pause_s;
};

struct supervisor {
    const struct supervisor_plan *plan;
    struct child children[ROLES];
    int wake[2];  /* pipe from engine to notifier; ours, so that either may be started again */
    int ready[2]; /* from the engine to us */
    int signals;
    int64_t watchdog_us;
    bool stopping, engine_ran;
    int status;
};

static int64_t mono_us(void)
{
    return clock_mono_us(&clock_system);
}

/* ---- starting ---- */

/* No role outlives the supervisor. Signals stay blocked until the role takes them: one that comes
 * in between is not lost and does not kill. */
static void become_child(pid_t supervisor, int death_signal)
{
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, death_signal);
    if (getppid() != supervisor)
        _exit(1);
}

static pid_t fork_role(struct supervisor *s, enum role role)
{
    pid_t pid = fork();
    if (pid > 0) {
        s->children[role].pid = pid;
        s->children[role].started_us = mono_us();
    } else if (pid < 0) {
        log_line(LOG_ERROR, "cannot start the %s: %s", role_names[role], strerror(errno));
    }
    return pid;
}

static _Noreturn void be_engine(struct supervisor *s, int zygote)
{
    const struct engine_plan plan = {.ctx = s->plan->ctx,
        .settings_file = s->plan->settings_file,
        .zygote = zygote,
        .notifier = s->wake[1],
        .ready = s->ready[1],
        .once = s->plan->once,
        .watchdog_us = s->watchdog_us};
    prctl(PR_SET_NAME, "rollcall-engine");
    exit(engine_run(&plan));
}

static void close_channels(const struct supervisor *s)
{
    close(s->signals);
    for (int end = 0; end < 2; end++) {
        close(s->wake[end]);
        close(s->ready[end]);
    }
}

/* The engine knows the zygote by one socket: one without the other is no use. */
static void start_pair(struct supervisor *s)
{
    int pair[2];
    pid_t self = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
        log_line(LOG_ERROR, "cannot make a socket: %s", strerror(errno));
        return;
    }
    if (fork_role(s, ZYGOTE) == 0) {
        close(pair[0]);
        become_child(self, SIGKILL);
        close_channels(s);
        zygote_run(pair[1], &s->plan->zygote);
    }
    close(pair[1]);
    if (s->children[ZYGOTE].pid && fork_role(s, ENGINE) == 0) {
        become_child(self, SIGTERM);
        be_engine(s, pair[0]);
    }
    close(pair[0]);
}

static void start_notifier(struct supervisor *s)
{
    pid_t self = getpid();
    if (fork_role(s, NOTIFIER))
        return;
    become_child(self, SIGTERM);
    prctl(PR_SET_NAME, "rollcall-notify");
    role_keep_secrets();
    exit(notifier_run(s->plan->ctx, s->plan->settings_file, s->wake[0]));
}

static void start_missing(struct supervisor *s)
{
    int64_t now = mono_us();
    const struct child *c = s->children;
    if (!c[ZYGOTE].pid && !c[ENGINE].pid && now >= c[ENGINE].not_before_us &&
        now >= c[ZYGOTE].not_before_us)
        start_pair(s);
    /* the notifier opens a store that the engine has made */
    if (!c[NOTIFIER].pid && s->engine_ran && now >= c[NOTIFIER].not_before_us)
        start_notifier(s);
}

/* ---- ending ---- */

static void signal_role(const struct supervisor *s, enum role role, int number)
{
    /* a child that nobody has waited for keeps its pid */
    if (s->children[role].pid)
        kill(s->children[role].pid, number);
}

static void plan_restart(struct supervisor *s, enum role role)
{
    struct child *c = &s->children[role];
    int64_t now = mono_us();
    if (now - c->started_us > STEADY_S * SECOND_US)
        c->pause_s = 0;
    c->not_before_us = now + c->pause_s * SECOND_US;
    c->pause_s = c->pause_s ? (c->pause_s < MOST_PAUSE_S / 2 ? c->pause_s * 2 : MOST_PAUSE_S) : 1;
}

/* True when the engine's end is the daemon's. */
static bool engine_decides(struct supervisor *s, int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) == ROLE_EXIT_AGAIN)
        return false;
    return s->plan->once || (!s->engine_ran && WEXITSTATUS(status) != 0);
}

static void child_ended(struct supervisor *s, enum role role, int status)
{
    s->children[role].pid = 0;
    if (s->stopping)
        return;
    if (role == ENGINE && engine_decides(s, status)) {
        s->status = WEXITSTATUS(status);
        s->stopping = true;
        return;
    }
    if (WIFSIGNALED(status))
        log_line(LOG_ERROR, "the %s died of signal %d (%s); starting it again", role_names[role],
            WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        log_line(LOG_WARN, "the %s ended with status %d; starting it again", role_names[role],
            WEXITSTATUS(status));
    plan_restart(s, role);
    /* the engine notices by itself that the zygote is gone */
    if (role == ENGINE)
        signal_role(s, ZYGOTE, SIGKILL);
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (enum role role = ZYGOTE; role < ROLES; role++)
            if (s->children[role].pid == pid)
                child_ended(s, role, status);
}

static size_t count_children(const struct supervisor *s)
{
    size_t count = 0;
    for (enum role role = ZYGOTE; role < ROLES; role++)
        count += s->children[role].pid != 0;
    return count;
}

/* The notifier last: it delivers what the engine has written. */
static void stop_all(struct supervisor *s)
{
    int64_t deadline = mono_us() + STOP_S * SECOND_US;
    signal_role(s, ENGINE, SIGTERM);
    while (count_children(s)) {
        struct pollfd watched = {.fd = s->signals, .events = POLLIN};
        struct signalfd_siginfo info;
        int64_t left_ms = (deadline - mono_us()) / 1000;
        if (!s->children[ENGINE].pid)
            signal_role(s, NOTIFIER, SIGTERM);
        reap(s);
        if (left_ms <= 0)
            for (enum role role = ZYGOTE; role < ROLES; role++)
                signal_role(s, role, SIGKILL);
        if (count_children(s))
            poll(&watched, 1, left_ms > 0 ? (int)left_ms : 1000);
        while (read(s->signals, &info, sizeof info) > 0)
            ;
        reap(s);
    }
}

/* ---- the loop ---- */

static void take_ready(struct supervisor *s)
{
    char bytes[16];
    if (read(s->ready[0], bytes, sizeof bytes) > 0)
        s->engine_ran = true;
}

static void take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            continue;
        if (info.ssi_signo == SIGHUP) {
            signal_role(s, ENGINE, SIGHUP);
            signal_role(s, NOTIFIER, SIGHUP);
        } else {
            s->stopping = true;
        }
    }
    reap(s);
}

static int pause_ms(const struct supervisor *s)
{
    int64_t now = mono_us(), first = INT64_MAX;
    for (enum role role = ZYGOTE; role < ROLES; role++) {
        const struct child *c = &s->children[role];
        if (!c->pid && (role != NOTIFIER || s->engine_ran) && c->not_before_us < first)
            first = c->not_before_us;
    }
    if (first == INT64_MAX)
        return -1;
    return first > now ? (int)((first - now) / 1000 + 1) : 1000;
}

static int open_channels(struct supervisor *s)
{
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGHUP);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGCHLD);
    sigprocmask(SIG_BLOCK, &taken, NULL);
    s->signals = signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
    if (s->signals < 0 || pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) ||
        pipe2(s->ready, O_CLOEXEC | O_NONBLOCK))
        return -1;
    return 0;
}

int supervisor_run(const struct supervisor_plan *plan)
{
    struct supervisor s = {.plan = plan};
    uint64_t watchdog_us = 0;
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        s.watchdog_us = (int64_t)watchdog_us;
    if (open_channels(&s)) {
        log_line(LOG_ERROR, "cannot start: %s", strerror(errno));
        return 1;
    }
    while (!s.stopping) {
        start_missing(&s);
        struct pollfd watched[2] = {
            {.fd = s.signals, .events = POLLIN}, {.fd = s.ready[0], .events = POLLIN}};
        poll(watched, 2, pause_ms(&s));
        take_ready(&s);
        take_signals(&s);
    }
    if (plan->once && s.engine_ran && !s.children[NOTIFIER].pid)
        start_notifier(&s); /* the round was over before it could start */
    stop_all(&s);
    close_channels(&s);
    return s.status;
}
