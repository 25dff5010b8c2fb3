/* What the daemon's long-lived processes have in common. */
#ifndef ROLLCALL_ROLE_H
#define ROLLCALL_ROLE_H

#include "base/error.h"

enum role_signal { ROLE_NONE, ROLE_RELOAD, ROLE_STOP };

/* Exit statuses: those of the command line, and one that asks the supervisor to start us again. */
enum { ROLE_EXIT_SETTINGS = 2, ROLE_EXIT_INTEGRITY = 5, ROLE_EXIT_AGAIN = 10 };

/* Block SIGHUP, SIGTERM and SIGINT and take them as a descriptor instead. Negative: cannot. */
int role_signals(void);
/* The weightiest signal that has come; never blocks. */
enum role_signal role_next_signal(int signals);

/* No core file, no ptrace: what we hold in memory stays there. */
void role_keep_secrets(void);

/* Log an error with the line it points at; `consequence` may be NULL. */
void role_complain(const struct error *err, const char *consequence);

int role_exit_status(int rc);

#endif
