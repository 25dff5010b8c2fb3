#include "base/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define MOST_COMPLAINT 1024
#define MOST_HUNTS 1000

/* What the waiting process tells us at the end. */
struct verdict {
    int cause; /* errno of a program that could not be run; 0: it ran */
    int status;
};

struct pipes {
    int input[2], output[2], complaint[2], verdict[2];
};

/* ---- the program's side ---- */

void program_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < SIGRTMIN; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_program(const struct program *p, const struct pipes *pipes)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int input = pipes->input[0] >= 0 ? pipes->input[0] : nothing;
    struct verdict verdict = {0};
    setsid(); /* a group of its own, and no terminal to ask for passwords on */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    program_signals();
    if (p->environment)
        environ = (char **)(uintptr_t)p->environment;
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(pipes->output[1], STDOUT_FILENO) >= 0 &&
        dup2(pipes->complaint[1], STDERR_FILENO) >= 0) {
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        execvp(p->words[0], (char *const *)(uintptr_t)p->words);
    }
    verdict.cause = errno;
    _exit(write(pipes->verdict[1], &verdict, sizeof verdict) == sizeof verdict ? 127 : 126);
}

/* ---- the process between ---- */

/* Its parent, by /proc/PID/stat: "PID (NAME) STATE PARENT ...", where NAME may hold anything. */
static pid_t parent_of(const char *pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return -1;
    line[got] = '\0';
    const char *name_end = strrchr(line, ')');
    return name_end && strlen(name_end) > 4 ? (pid_t)strtol(name_end + 4, NULL, 10) : -1;
}

static void kill_children(void)
{
    DIR *processes = opendir("/proc");
    pid_t self = getpid();
    for (const struct dirent *entry; processes && (entry = readdir(processes));)
        if (*entry->d_name >= '1' && *entry->d_name <= '9' && parent_of(entry->d_name) == self)
            kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    if (processes)
        closedir(processes);
}

/* Each round kills our children; what those leave behind becomes ours. It ends when there are none,
 * or when one cannot be killed (it runs as somebody else). */
static void kill_all(pid_t group)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    kill(-group, SIGKILL);
    for (int hunt = 0; hunt < MOST_HUNTS; hunt++) {
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (ended < 0)
            return;
        kill_children();
        if (waitpid(-1, NULL, WNOHANG) == 0)
            nanosleep(&moment, NULL);
    }
}

/* The program's end, or a word from above (or that there is no above any more) that it is over. */
static bool wait_for_end(int signals, pid_t program, int *status)
{
    struct signalfd_siginfo info;
    for (;;) {
        if (read(signals, &info, sizeof info) != sizeof info)
            continue;
        if (info.ssi_signo != SIGCHLD)
            return false;
        if (waitpid(program, status, WNOHANG) == program)
            return true;
    }
}

static _Noreturn void be_between(const struct program *p, struct pipes *pipes, pid_t parent)
{
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGCHLD);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &heard, NULL);
    setpgid(0, 0); /* Ctrl-C is for whom we work for */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int signals = signalfd(-1, &heard, SFD_CLOEXEC);
    if (signals < 0 || getppid() != parent)
        _exit(1);
    pid_t program = fork();
    if (program == 0)
        be_program(p, pipes);
    struct verdict verdict = {.cause = program < 0 ? errno : 0};
    /* the ends of the pipes belong to the program alone: they close when it is gone */
    close(pipes->output[1]);
    close(pipes->complaint[1]);
    bool ended = program > 0 && wait_for_end(signals, program, &verdict.status);
    if (program > 0 && (!ended || !p->leaves_children))
        kill_all(program);
    if (ended || verdict.cause)
        _exit(write(pipes->verdict[1], &verdict, sizeof verdict) == sizeof verdict ? 0 : 1);
    _exit(1);
}

/* ---- our side ---- */

/* Move what is there. 1: more may come, 0: end, negative: error. */
static int drain(int fd, struct buf *out)
{
    char piece[16384];
    ssize_t got = read(fd, piece, sizeof piece);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : RC_IO;
    int rc = got == 0 ? 0 : buf_append(out, piece, (size_t)got);
    explicit_bzero(piece, sizeof piece);
    return rc < 0 ? rc : got > 0;
}

/* The beginning is kept, the rest read and forgotten: nobody waits for us with a full pipe. */
static bool drain_complaint(int fd, struct buf *out)
{
    char piece[1024];
    ssize_t got = read(fd, piece, sizeof piece);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    size_t room = MOST_COMPLAINT - out->len;
    if (got > 0 && buf_append(out, piece, (size_t)got < room ? (size_t)got : room))
        return false;
    return got > 0;
}

/* Until the program has ended and nothing is left in its pipes. */
static int gather(const struct program *p, const struct pipes *pipes, struct buf *out,
    struct buf *complaint, struct verdict *verdict, struct error *err)
{
    int64_t end = clock_mono_us(&clock_system) + (int64_t)p->deadline_ms * 1000;
    int output = 1;
    bool complains = true, ended = false;
    for (;;) {
        int64_t left = (end - clock_mono_us(&clock_system)) / 1000;
        struct pollfd fds[] = {{.fd = output > 0 ? pipes->output[0] : -1, .events = POLLIN},
            {.fd = complains ? pipes->complaint[0] : -1, .events = POLLIN},
            {.fd = ended ? -1 : pipes->verdict[0], .events = POLLIN}};
        if (left <= 0)
            return error_set(err, RC_TIMEOUT, "%s did not finish within %u s", p->words[0],
                (p->deadline_ms + 999) / 1000);
        int ready = poll(fds, 3, ended ? 0 : (int)left + 1);
        if (ready < 0 && errno != EINTR)
            return error_set(err, RC_IO, "%s: poll: %s", p->words[0], strerror(errno));
        if (ended && ready == 0)
            return RC_OK;
        if (fds[0].revents)
            output = drain(pipes->output[0], out);
        if (fds[1].revents)
            complains = drain_complaint(pipes->complaint[0], complaint);
        if (output == RC_LIMIT)
            return error_set(err, RC_LIMIT, "%s prints more than %zu bytes", p->words[0], out->cap);
        if (output < 0)
            return error_set(err, output, "%s: cannot read its output", p->words[0]);
        if (fds[2].revents) {
            ended = true;
            if (read(pipes->verdict[0], verdict, sizeof *verdict) != sizeof *verdict)
                return error_set(err, RC_IO, "%s: nobody waited for it", p->words[0]);
        }
    }
}

static int judge(const struct program *p, const struct verdict *verdict, struct error *err)
{
    if (verdict->cause)
        return error_set(err, verdict->cause == ENOENT ? RC_NOT_FOUND : RC_IO, "cannot run %s: %s",
            p->words[0], strerror(verdict->cause));
    if (WIFSIGNALED(verdict->status))
        return error_set(
            err, RC_IO, "%s died by signal %d", p->words[0], WTERMSIG(verdict->status));
    return RC_OK;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* All its input is in the pipe before it starts: nobody has to feed it. */
static int fill_input(int pipe[2], struct str input)
{
    if (input.len == 0)
        return 0;
    if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK))
        return -1;
    ssize_t put = write(pipe[1], input.at, input.len);
    close_end(&pipe[1]);
    /* the program may expect to wait */
    if (put != (ssize_t)input.len || fcntl(pipe[0], F_SETFL, 0)) {
        errno = put < 0 ? errno : E2BIG;
        return -1;
    }
    return 0;
}

static void tell_complaint(struct program_end *end, const struct buf *complaint)
{
    struct str said = str_trim(buf_str(complaint)), line = said;
    str_next_line(&said, &line);
    text_escape(end->complaint, sizeof end->complaint, line.at, line.len);
}

int program_run(
    const struct program *p, struct buf *out, struct program_end *end, struct error *err)
{
    struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    struct buf complaint = {.cap = MOST_COMPLAINT};
    struct verdict verdict = {0};
    pid_t parent = getpid(), between = -1;
    int rc;
    *end = (struct program_end){0};
    if (fill_input(pipes.input, p->input) || pipe2(pipes.output, O_CLOEXEC) ||
        pipe2(pipes.complaint, O_CLOEXEC) || pipe2(pipes.verdict, O_CLOEXEC) ||
        (between = fork()) < 0) {
        rc = error_set(err, RC_IO, "cannot start %s: %s", p->words[0], strerror(errno));
        goto out;
    }
    if (between == 0)
        be_between(p, &pipes, parent);
    close_end(&pipes.output[1]);
    close_end(&pipes.complaint[1]);
    close_end(&pipes.verdict[1]);
    rc = gather(p, &pipes, out, &complaint, &verdict, err);
    if (rc)
        kill(between, SIGTERM);
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
        ;
    if (rc == RC_OK)
        rc = judge(p, &verdict, err);
    end->status = WEXITSTATUS(verdict.status);
    tell_complaint(end, &complaint);
out:
    for (int side = 0; side < 2; side++) {
        close_end(&pipes.input[side]);
        close_end(&pipes.output[side]);
        close_end(&pipes.complaint[side]);
        close_end(&pipes.verdict[side]);
    }
    buf_wipe(&complaint);
    return rc;
}
