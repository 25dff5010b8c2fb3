/* What a collector may still see of the file system: what it takes to look up a name and load a
 * library. */
#ifndef ROLLCALL_LOCKDOWN_H
#define ROLLCALL_LOCKDOWN_H

#include <stdbool.h>

/* Give up all other files for good (Landlock, Linux 5.13; landlock(7)). Needs no privilege, but
 * PR_SET_NO_NEW_PRIVS. False where the kernel has none: then file modes alone protect them. With a
 * `folder`, what is below it can be read as well, by git too, which is then the one program that
 * can be run; NULL: no folder and no program. */
bool lockdown_files(const char *folder);

#endif
