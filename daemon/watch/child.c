#include "watch/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "watch/lockdown.h"

/* A sanitizer's shadow is larger than any limit, and its reports go to stderr. */
#ifdef __SANITIZE_ADDRESS__
#define UNDER_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER true
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER false
#endif

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit limits = {most, most};
    setrlimit(what, &limits);
}

static void give_up_descriptors(int socket)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd < (UNDER_SANITIZER ? 2 : 3); fd++)
        dup2(null, fd);
    if (socket > 3)
        close_range(3, (unsigned)socket - 1, 0);
    close_range((unsigned)socket + 1, ~0U, 0);
}

void child_begin(int socket, const char *name)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, name);
    limit(RLIMIT_CORE, 0);
    give_up_descriptors(socket);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void child_give_up_files(const char *folder, size_t descriptors)
{
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, descriptors);
    if (!UNDER_SANITIZER) /* its reports read /proc */
        lockdown_files(folder);
}

void child_give_up_rights(int socket, const char *name, size_t descriptors)
{
    child_begin(socket, name);
    child_give_up_files(NULL, descriptors);
}

void child_limit_memory(size_t most)
{
    if (!UNDER_SANITIZER)
        limit(RLIMIT_DATA, most);
}
