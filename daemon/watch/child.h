/* How a child of the zygote gives up what it does not need. */
#ifndef ROLLCALL_CHILD_H
#define ROLLCALL_CHILD_H

#include <stddef.h>

/* Every right but the network, every descriptor but `socket`, for good; at most `descriptors` open
 * ones from now on. */
void child_give_up_rights(int socket, const char *name, size_t descriptors);

/* The same in two steps, for one that has to reach something of this host before or after: every
 * descriptor but `socket` and every way to more rights; then the files, but for what is below
 * `folder` (NULL: no such). */
void child_begin(int socket, const char *name);
void child_give_up_files(const char *folder, size_t descriptors);

/* Bytes of memory of its own (RLIMIT_DATA). Not under a sanitizer. */
void child_limit_memory(size_t most);

#endif
