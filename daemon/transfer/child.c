#include "transfer/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/program.h"
#include "drivers/file/repository.h"

#define PIECE ((size_t)64 << 10)
#define SILENCE_MS (120 * 1000)
#define MOST_WORDS 40
#define MOST_COMPLAINT ((rlim_t)1 << 20)

static _Noreturn void be_git(
    const struct child *child, const char *const *words, int input, int output, bool writes)
{
    const struct rlimit files = {MOST_COMPLAINT, MOST_COMPLAINT};
    setsid(); /* Ctrl-C is for us, and there is no terminal to ask on */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    program_signals();
    environ = (char **)(uintptr_t)git_environment;
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(child->complaint, STDERR_FILENO) >= 0 &&
        (writes || setrlimit(RLIMIT_FSIZE, &files) == 0)) {
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        execvp(words[0], (char *const *)(uintptr_t)words);
    }
    _exit(errno == ENOENT ? 127 : 126);
}

static bool list_words(
    struct arena *memory, const char *folder, const char *const *words, const char **list)
{
    size_t count = 0;
    list[count++] = "git";
    for (size_t i = 0; git_settings[i]; i++)
        list[count++] = git_settings[i];
    list[count] = arena_format(memory, "--git-dir=%s", folder);
    if (!list[count++])
        return false;
    for (; *words && count < MOST_WORDS - 1; words++)
        list[count++] = *words;
    list[count] = NULL;
    return *words == NULL;
}

static void close_end(int *fd)
{
    if (*fd > STDERR_FILENO)
        close(*fd);
    *fd = -1;
}

int child_start(struct child *child, const char *folder, const char *const *words, bool writes,
    struct error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    const char *list[MOST_WORDS];
    struct arena memory = {0};
    pid_t parent = getpid();
    *child = (struct child){
        .input = -1, .output = -1, .complaint = memfd_create("complaint", MFD_CLOEXEC)};
    child->piece = malloc(PIECE);
    bool ready = child->piece && child->complaint >= 0 &&
                 list_words(&memory, folder, words, list) && pipe2(in, O_CLOEXEC) == 0 &&
                 pipe2(out, O_CLOEXEC) == 0;
    child->pid = ready ? fork() : -1;
    if (child->pid == 0) {
        if (getppid() != parent)
            _exit(1);
        be_git(child, list, in[0], out[1], writes);
    }
    int cause = errno;
    close_end(&in[0]);
    close_end(&out[1]);
    child->input = in[1];
    child->output = out[0];
    arena_free(&memory);
    if (child->pid > 0)
        return RC_OK;
    child->pid = 0;
    child_stop(child);
    return error_set(err, RC_IO, "cannot run git: %s", strerror(cause));
}

static int wait_for(int fd, short events, struct error *err)
{
    struct pollfd pollfd = {.fd = fd, .events = events};
    int ready;
    while ((ready = poll(&pollfd, 1, SILENCE_MS)) < 0 && errno == EINTR)
        ;
    return ready > 0    ? RC_OK
           : ready == 0 ? error_set(err, RC_TIMEOUT, "git is silent for %d s", SILENCE_MS / 1000)
                        : error_set(err, RC_IO, "poll: %s", strerror(errno));
}

/* Its end, with what it said of it. */
static int reap(struct child *child, struct error *err)
{
    char text[512], shown[400];
    int status = 0;
    while (child->pid && waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    if (status == 0)
        return RC_OK;
    ssize_t got = pread(child->complaint, text, sizeof text, 0);
    struct str said = {text, got > 0 ? (size_t)got : 0}, line = said;
    said = str_trim(said);
    str_next_line(&said, &line);
    text_escape(shown, sizeof shown, line.at, line.len);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && !*shown)
        return error_set(err, RC_NOT_FOUND, "there is no program git; install it");
    return error_set(err, RC_IO, "git: %s", *shown ? shown : "it failed without a word");
}

/* The pipe is broken: what it complained of tells more. */
static int broken(struct child *child, const char *how, struct error *err)
{
    int rc = reap(child, err);
    return rc ? rc : error_set(err, RC_IO, "git %s too early", how);
}

int child_write(struct child *child, struct str bytes, struct error *err)
{
    while (bytes.len) {
        int rc = wait_for(child->input, POLLOUT, err);
        if (rc)
            return rc;
        ssize_t put = write(child->input, bytes.at, bytes.len < PIECE ? bytes.len : PIECE);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return broken(child, "ended", err);
        bytes.at += put;
        bytes.len -= (size_t)put;
    }
    return RC_OK;
}

/* More bytes into the piece, which is empty. At the end it stays so. */
static int fill(struct child *child, struct error *err)
{
    ssize_t got;
    int rc = wait_for(child->output, POLLIN, err);
    if (rc)
        return rc;
    while ((got = read(child->output, child->piece, PIECE)) < 0 && errno == EINTR)
        ;
    if (got < 0)
        return error_set(err, RC_IO, "cannot read from git: %s", strerror(errno));
    child->from = 0;
    child->until = (size_t)got;
    return RC_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int child_read_until(struct child *child, char end, struct buf *text, bool *more, struct error *err)
{
    size_t cap = text->cap ? text->cap : BUF_DEFAULT_CAP;
    bool found = false, begun = false;
    while (!found) {
        int rc = child->from == child->until ? fill(child, err) : RC_OK;
        if (rc)
            return rc;
        size_t there = child->until - child->from;
        if (there == 0)
            break;
        begun = true;
        const char *at = child->piece + child->from, *stop = memchr(at, end, there);
        found = stop != NULL;
        size_t len = found ? (size_t)(stop - at) : there;
        if (buf_append(text, at, least(len, cap - text->len)))
            return error_set(err, RC_NO_MEMORY, "no memory for what git says");
        child->from += len + found;
    }
    *more = begun;
    return RC_OK;
}

int child_read(struct child *child, size_t len, struct buf *text, struct error *err)
{
    int rc = buf_reserve(text, len);
    if (rc)
        return error_set(err, (enum rc)rc, "%zu bytes are too many", len);
    while (rc == RC_OK && len) {
        if (child->from == child->until)
            rc = fill(child, err);
        size_t piece = least(len, child->until - child->from);
        if (rc == RC_OK && piece == 0)
            return broken(child, "ended", err);
        if (rc == RC_OK)
            rc = buf_append(text, child->piece + child->from, piece);
        child->from += piece;
        len -= piece;
    }
    return rc;
}

int child_finish(struct child *child, struct error *err)
{
    close_end(&child->input);
    int rc = reap(child, err);
    child_stop(child);
    return rc;
}

void child_stop(struct child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        reap(child, NULL);
    }
    if (child->piece) {
        explicit_bzero(child->piece, PIECE);
        free(child->piece);
    }
    close_end(&child->input);
    close_end(&child->output);
    close_end(&child->complaint);
    *child = (struct child){0};
}
