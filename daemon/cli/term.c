#include "cli/term.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

const volatile sig_atomic_t *term_stop(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop;
}

bool term_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(stream)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

unsigned term_width(FILE *stream)
{
    struct winsize size;
    if (!isatty(fileno(stream)))
        return 0;
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool term_present(void)
{
    int fd = open_terminal();
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        return; /* the read that follows fails too */
}

/* A line without its end; -1 when there was none. */
static ssize_t read_line(int fd, char *line, size_t size)
{
    size_t len = 0;
    char c;
    while (read(fd, &c, 1) == 1) {
        if (c == '\n')
            return (ssize_t)len;
        if (len + 1 < size)
            line[len++] = c;
    }
    return -1;
}

struct secret *term_password(const char *prompt)
{
    int fd = open_terminal();
    if (fd < 0)
        return NULL;
    struct termios saved, quiet;
    struct secret *password = NULL;
    if (tcgetattr(fd, &saved) == 0) {
        quiet = saved;
        quiet.c_lflag &= (tcflag_t) ~(unsigned)ECHO;
        tcsetattr(fd, TCSAFLUSH, &quiet);
        char safe[512], line[512];
        text_escape(safe, sizeof safe, prompt, strlen(prompt));
        say(fd, safe);
        ssize_t len = read_line(fd, line, sizeof line);
        tcsetattr(fd, TCSAFLUSH, &saved);
        say(fd, "\n");
        if (len >= 0)
            password = secret_from((struct str){line, (size_t)len});
        explicit_bzero(line, sizeof line);
    }
    close(fd);
    return password;
}

bool term_yes(const char *question)
{
    int fd = open_terminal();
    if (fd < 0)
        return false;
    char line[16];
    say(fd, question);
    ssize_t len = read_line(fd, line, sizeof line);
    close(fd);
    return len == 3 && memcmp(line, "yes", 3) == 0;
}

/* ---- pager ---- */

static pid_t pager = -1;

void term_pager(void)
{
    const char *program = getenv("PAGER");
    if (!isatty(STDOUT_FILENO) || (program && !*program))
        return;
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC))
        return;
    fflush(stdout);
    pager = fork();
    if (pager == 0) {
        dup2(pipe_fds[0], STDIN_FILENO);
        setenv("LESS", "FRX", 0);
        /* $PAGER may hold options: it is the user's own command, and the shell's business */
        execl("/bin/sh", "sh", "-c", program ? program : "less", (char *)NULL);
        _exit(127);
    }
    if (pager > 0)
        dup2(pipe_fds[1], STDOUT_FILENO);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

void term_pager_end(void)
{
    if (pager <= 0)
        return;
    fflush(stdout);
    close(STDOUT_FILENO);
    waitpid(pager, NULL, 0);
    pager = -1;
}

/* ---- progress ---- */

#define BAR 30
#define SHOW_EVERY_US 50000

static void show(struct progress *p)
{
    char bar[BAR + 1];
    size_t filled = p->total ? p->done * BAR / p->total : BAR;
    for (size_t i = 0; i < BAR; i++)
        bar[i] = i < filled ? '#' : ' ';
    bar[BAR] = '\0';
    int64_t passed = clock_mono_us(&clock_system) - p->started_mono_us;
    long long left =
        p->done ? passed / (long long)p->done * (long long)(p->total - p->done) / 1000000 : 0;
    fprintf(stderr, "\r%s  [%s]  %zu/%zu", p->what, bar, p->done, p->total);
    if (p->failed)
        fprintf(stderr, "  %zu failed", p->failed);
    fprintf(stderr, "  eta %lld:%02lld\x1b[K", left / 60, left % 60);
    fflush(stderr);
}

void progress_start(struct progress *p, const char *what, size_t total)
{
    *p = (struct progress){.what = what, .total = total};
    if (!isatty(STDERR_FILENO))
        return;
    p->started_mono_us = clock_mono_us(&clock_system);
    show(p);
}

void progress_step(struct progress *p, bool failed)
{
    p->done++;
    p->failed += failed;
    int64_t now = clock_mono_us(&clock_system);
    if (!p->started_mono_us || (now - p->shown_mono_us < SHOW_EVERY_US && p->done < p->total))
        return;
    p->shown_mono_us = now;
    show(p);
}

void progress_clear(struct progress *p)
{
    if (p->started_mono_us)
        fputs("\r\x1b[K", stderr);
}

void progress_end(struct progress *p)
{
    progress_clear(p);
    p->started_mono_us = 0;
}
