/* Programs that print a secret or an inventory: no shell, bounded in time and size. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "settings_private.h"

#define MAX_WORDS 128

/* Copy one word to `out`; moves `*text` past it. False: a quote is not closed. */
static bool take_word(const char **text, char *out)
{
    const char *at = *text;
    char quote = '\0';
    for (; *at; at++) {
        if (!quote && (*at == ' ' || *at == '\t' || *at == '\n'))
            break;
        if (*at == '\\' && quote != '\'' && at[1])
            *out++ = *++at;
        else if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? '\0' : *at;
        else
            *out++ = *at;
    }
    *out = '\0';
    *text = at;
    return !quote;
}

int command_split(
    struct arena *arena, const char *text, const char *const **words, struct error *err)
{
    const char **made = arena_take(arena, (MAX_WORDS + 1) * sizeof *made);
    size_t count = 0, len = strlen(text);
    if (!made)
        return settings_no_memory(err);
    for (;;) {
        text += strspn(text, " \t\n");
        if (!*text)
            break;
        char *word = arena_take(arena, len + 1);
        if (!word)
            return settings_no_memory(err);
        if (count == MAX_WORDS)
            return error_set(err, RC_SETTINGS, "a command has at most %d words", MAX_WORDS);
        if (!take_word(&text, word))
            return error_set(err, RC_SETTINGS, "a quote in the command is not closed");
        made[count++] = word;
    }
    if (count == 0)
        return error_set(err, RC_SETTINGS, "the command is empty");
    *words = made;
    return RC_OK;
}

static void run_child(const char *const *words, int output, int failure)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(nothing, STDERR_FILENO) >= 0) {
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        execvp(words[0], (char *const *)words);
    }
    int cause = errno;
    ssize_t told = write(failure, &cause, sizeof cause);
    _exit(told == sizeof cause ? 127 : 126);
}

/* Move what is there. 1: more may come, 0: end, negative: error. */
static int drain(int fd, struct buf *out)
{
    char piece[4096];
    ssize_t got = read(fd, piece, sizeof piece);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : RC_IO;
    int rc = got == 0 ? 0 : buf_append(out, piece, (size_t)got);
    explicit_bzero(piece, sizeof piece);
    return rc < 0 ? rc : got > 0;
}

/* Read until the output ends or the child does, then wait for the child. */
static int watch(int process, int output, unsigned deadline_ms, struct buf *out,
    const char *program, struct error *err)
{
    int64_t end = clock_mono_us(&clock_system) + (int64_t)deadline_ms * 1000;
    int state = 1;
    for (;;) {
        int64_t left = (end - clock_mono_us(&clock_system)) / 1000;
        struct pollfd fds[] = {
            {.fd = process, .events = POLLIN}, {.fd = state > 0 ? output : -1, .events = POLLIN}};
        if (left <= 0)
            return error_set(err, RC_TIMEOUT, "%s did not finish within %u s", program,
                (deadline_ms + 999) / 1000);
        if (poll(fds, 2, (int)left + 1) < 0 && errno != EINTR)
            return error_set(err, RC_IO, "%s: poll: %s", program, strerror(errno));
        if (fds[1].revents)
            state = drain(output, out);
        else if (fds[0].revents)
            return RC_OK; /* gone, and nothing left in the pipe */
        if (state == RC_LIMIT)
            return error_set(err, RC_LIMIT, "%s prints more than %zu bytes", program, out->cap);
        if (state < 0)
            return error_set(err, state, "%s: cannot read its output", program);
    }
}

static int judge(const char *program, int status, int failure, struct error *err)
{
    int cause = 0;
    if (read(failure, &cause, sizeof cause) == sizeof cause)
        return error_set(err, cause == ENOENT ? RC_NOT_FOUND : RC_IO, "cannot run %s: %s", program,
            strerror(cause));
    if (WIFSIGNALED(status))
        return error_set(err, RC_IO, "%s died by signal %d", program, WTERMSIG(status));
    if (WEXITSTATUS(status))
        return error_set(err, RC_IO, "%s failed with status %d; run it by hand to see why", program,
            WEXITSTATUS(status));
    return RC_OK;
}

int command_run(const char *const *words, unsigned deadline_ms, struct buf *out, struct error *err)
{
    int output[2] = {-1, -1}, failure[2] = {-1, -1}, process = -1, status = 0, rc = RC_IO;
    pid_t child = -1;
    if (pipe2(output, O_CLOEXEC) || pipe2(failure, O_CLOEXEC) || (child = fork()) < 0) {
        error_set(err, RC_IO, "cannot start %s: %s", words[0], strerror(errno));
        goto out;
    }
    if (child == 0)
        run_child(words, output[1], failure[1]);
    setpgid(child, child); /* here too: whoever comes first */
    close(output[1]);
    close(failure[1]);
    output[1] = failure[1] = -1;
    process = pidfd_open(child, 0);
    rc = process < 0 ? error_set(err, RC_IO, "pidfd_open: %s", strerror(errno))
                     : watch(process, output[0], deadline_ms, out, words[0], err);
    if (rc)
        kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == RC_OK)
        rc = judge(words[0], status, failure[0], err);
out:
    for (int i = 0; i < 2; i++) {
        if (output[i] >= 0)
            close(output[i]);
        if (failure[i] >= 0)
            close(failure[i]);
    }
    if (process >= 0)
        close(process);
    return rc;
}
