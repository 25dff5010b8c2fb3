/* Heads to files and git repositories. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/program.h"
#include "watch/heads.h"

/* ---- a file ---- */

static int cannot(const char *path, struct error *err)
{
    return error_set(err, RC_IO, "cannot write to %s: %s", path, strerror(errno));
}

/* What was cut off by a crash stays a line of its own. */
static int end_line(int fd, const char *path, off_t size, struct error *err)
{
    char last = '\n';
    if (size && pread(fd, &last, 1, size - 1) != 1)
        return cannot(path, err);
    return last == '\n' || io_write_all(fd, "\n", 1) == RC_OK ? RC_OK : cannot(path, err);
}

static int append(int fd, const char *path, struct str note, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return cannot(path, err);
    if (!S_ISREG(st.st_mode))
        return error_set(err, RC_IO, "%s is no regular file", path);
    int rc = end_line(fd, path, st.st_size, err);
    if (rc)
        return rc;
    if (io_write_all(fd, note.at, note.len) || fsync(fd))
        return cannot(path, err);
    return RC_OK;
}

int heads_to_file(const char *path, struct str note, struct error *err)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0)
        return cannot(path, err);
    int rc = append(fd, path, note, err);
    return close(fd) && !rc ? cannot(path, err) : rc;
}

/* ---- a git repository ---- */

#define GIT_MS 60000

#define MOST_WORDS 24
#define MOST_VARIABLES 16

/* Nobody is asked anything, no hook of the repository runs, and what is committed has our name;
 * the keys to push with are the user's own. */
static int run_git(const char *folder, const char *const *words, struct error *err)
{
    static const char *const fixed[] = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
        "GIT_ASKPASS=/bin/false", "GIT_SSH_COMMAND=ssh -o BatchMode=yes",
        "GIT_AUTHOR_NAME=rollcall", "GIT_AUTHOR_EMAIL=rollcall@localhost",
        "GIT_COMMITTER_NAME=rollcall", "GIT_COMMITTER_EMAIL=rollcall@localhost"};
    static const char *const taken[] = {"PATH", "HOME", "SSH_AUTH_SOCK"};
    const char *line[MOST_WORDS] = {"git", "-C", folder, "-c", "core.hooksPath=/dev/null", "-c",
        "commit.gpgSign=false", "-c", "gc.auto=0"};
    const char *environment[MOST_VARIABLES];
    char variables[3][4096];
    size_t count = 9, set = 0;
    for (size_t i = 0; words[i] && count < MOST_WORDS - 1; i++)
        line[count++] = words[i];
    for (; set < sizeof fixed / sizeof *fixed; set++)
        environment[set] = fixed[set];
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(taken[i]);
        if (value && (size_t)snprintf(variables[i], sizeof variables[i], "%s=%s", taken[i], value) <
                         sizeof variables[i])
            environment[set++] = variables[i];
    }
    environment[set] = NULL;
    struct buf out = {.cap = (size_t)1 << 20};
    struct program_end end = {.status = 0};
    const struct program program = {
        .words = line, .environment = environment, .deadline_ms = GIT_MS};
    int rc = program_run(&program, &out, &end, err);
    if (!rc && end.status)
        rc = error_set(err, RC_IO, "git %s in %s: %s", words[0], folder,
            *end.complaint ? end.complaint : "it does not say why it failed");
    buf_free(&out);
    return rc;
}

static int make_repository(const char *path, struct error *err)
{
    char inner[4096];
    struct stat st;
    if ((size_t)snprintf(inner, sizeof inner, "%s/.git", path) >= sizeof inner)
        return error_set(err, RC_SETTINGS, "the path of the repository for heads is too long");
    if (stat(inner, &st) == 0)
        return RC_OK;
    int rc = io_make_folders(path, err);
    return rc ? rc : run_git(path, (const char *const[]){"init", "-q", "-b", "main", NULL}, err);
}

/* The second line of a note is the size, the third the root. */
static void subject_of(struct str note, char *out, size_t size)
{
    struct str rest = note, line, entries = {"", 0}, root = {"", 0};
    str_next_line(&rest, &line);
    str_next_line(&rest, &entries);
    str_next_line(&rest, &root);
    snprintf(
        out, size, "%.*s entries, root %.*s", (int)entries.len, entries.at, (int)root.len, root.at);
}

/* The note is the end of the file: only the push had failed. */
static bool has_note(const char *path, struct str note)
{
    struct buf text = {.cap = (size_t)64 << 20};
    bool has = io_read_file(path, &text, NULL) == RC_OK && text.len >= note.len &&
               memcmp(text.data + text.len - note.len, note.at, note.len) == 0;
    buf_free(&text);
    return has;
}

int heads_to_git(const char *path, struct str note, int64_t time_us, bool push, struct error *err)
{
    char month[TIME_TEXT_SIZE], file[4096], subject[160];
    time_format(time_us, month);
    month[7] = '\0'; /* 2026-03 */
    subject_of(note, subject, sizeof subject);
    int rc = make_repository(path, err);
    if (!rc && (size_t)snprintf(file, sizeof file, "%s/%s", path, month) >= sizeof file)
        rc = error_set(err, RC_SETTINGS, "the path of the repository for heads is too long");
    if (!rc && !has_note(file, note))
        rc = heads_to_file(file, note, err);
    if (!rc)
        rc = run_git(path, (const char *const[]){"add", "--", month, NULL}, err);
    if (!rc && run_git(path, (const char *const[]){"diff", "--cached", "--quiet", NULL}, NULL))
        rc = run_git(
            path, (const char *const[]){"commit", "-q", "-m", subject, "--", month, NULL}, err);
    return rc || !push ? rc : run_git(path, (const char *const[]){"push", "-q", NULL}, err);
}
