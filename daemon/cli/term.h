/* The terminal: colours, width, pager, progress, questions. */
#ifndef ROLLCALL_TERM_H
#define ROLLCALL_TERM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/secret.h"

bool term_colour(FILE *stream);    /* a terminal, no NO_COLOR, TERM is not dumb */
unsigned term_width(FILE *stream); /* columns; 0 when it is no terminal */

/* Ask for a password on /dev/tty with echo off. NULL without a terminal. */
struct secret *term_password(const char *prompt);

/* Ask a yes/no question on /dev/tty; false without a terminal. Only a whole "yes" counts. */
bool term_yes(const char *question);
bool term_present(void); /* there is a terminal to ask on */

/* Send stdout through $PAGER (less -FRX) when it is a terminal; term_pager_end() waits for it. */
void term_pager(void);
void term_pager_end(void);

/* From now on SIGINT and SIGTERM only set this: what runs comes to a whole end by itself. */
const volatile sig_atomic_t *term_stop(void);

/* A progress line on stderr: "collecting  [#####     ]  412/1000  3 failed  eta 0:12". Nothing when
 * stderr is no terminal. */
struct progress {
    const char *what;
    size_t done, total, failed;
    int64_t started_mono_us, shown_mono_us;
};

void progress_start(struct progress *p, const char *what, size_t total);
void progress_step(struct progress *p, bool failed);
void progress_clear(struct progress *p); /* wipe the line: something else is to be printed */
void progress_end(struct progress *p);

#endif
