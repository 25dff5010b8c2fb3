/* Programs of this host: run without a shell, bounded in time and size, and nothing of them is left
 * behind, however they end.
 *
 * Between us and the program stands a process that does nothing but wait. Whatever the program
 * starts becomes a child of that process, even behind a daemon's double fork, and is killed with
 * it: when the program has ended, when its time or room is over, and when we die ourselves. */
#ifndef ROLLCALL_BASE_PROGRAM_H
#define ROLLCALL_BASE_PROGRAM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct program {
    const char *const *words;       /* the program and its arguments, NULL-terminated */
    const char *const *environment; /* NAME=VALUE, NULL-terminated; NULL: ours */
    struct str input;               /* for its stdin, at most a pipe's 64 KB; else /dev/null */
    unsigned deadline_ms;
    bool leaves_children; /* one that ends well may leave an agent running */
};

/* How it ended. */
struct program_end {
    int status;          /* its exit status */
    char complaint[160]; /* the first line of its stderr, shortened and escaped */
};

/* Run it to its end; what it prints is appended to `out`, whose cap is the limit. An exit status is
 * no error of ours. RC_NOT_FOUND (no such program), RC_IO (cannot be run, died of a signal),
 * RC_TIMEOUT, RC_LIMIT; then `end->complaint` may tell more. */
int program_run(
    const struct program *p, struct buf *out, struct program_end *end, struct error *err);

/* In a new process: signals do what they do by default, and none is blocked. */
void program_signals(void);

/* Split at blanks; ' and " keep blanks, \ keeps the next character (in "..." as well). The array
 * is NULL-terminated and in the arena. RC_SETTINGS with what is wrong. */
int program_words(
    struct arena *arena, const char *text, const char *const **words, struct error *err);

/* The first character outside of quotes that means something to a shell (a pipe, a redirection, a
 * variable), or NULL: that text is for one, and program_words() would not do it justice. */
const char *program_shell_sign(const char *text);

#endif
