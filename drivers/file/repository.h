/* How git is run on repositories that may be anybody's: it only looks, without a shell, a pager,
 * hooks, a network, or settings other than the repository's own, of which none can make it run
 * anything. */
#ifndef ROLLCALL_REPOSITORY_H
#define ROLLCALL_REPOSITORY_H

#include <stdbool.h>

/* NAME=VALUE, NULL-terminated: all that git gets. */
extern const char *const git_environment[];
/* Words of `git` in front of its command, NULL-terminated. */
extern const char *const git_settings[];

/* Names that tools commit by say nothing of who changed a config. */
bool git_is_tool(const char *author);

#endif
