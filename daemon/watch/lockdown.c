#include "watch/lockdown.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All rights of the first version: the kernel knows at least these. */
#define ALL_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* glibc's resolver and its modules, TLS configuration of the SSH library, time zones. No folder
 * that may hold settings, keys, or a store. */
static const char *const readable[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share",
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/services", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/localtime",
    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager/resolv.conf", "/dev/null",
    "/dev/urandom"};

/* git, its loader, and the folder of its helpers, where all that it could run is its own. */
static const char *const runnable[] = {"/usr/bin/git", "/usr/local/bin/git", "/lib", "/lib64",
    "/usr/lib", "/usr/lib64", "/usr/libexec/git-core", "/usr/local/libexec/git-core"};

static void allow(int rules, const char *path, unsigned long long rights)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return; /* what is not there needs no permission */
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
}

static void allow_git(int rules)
{
    for (size_t i = 0; i < sizeof runnable / sizeof *runnable; i++)
        allow(rules, runnable[i], LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
    allow(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
}

bool lockdown_files(const char *folder)
{
    const struct landlock_ruleset_attr attributes = {.handled_access_fs = ALL_RIGHTS};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0)
        return false;
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++)
        allow(rules, readable[i], LANDLOCK_ACCESS_FS_READ_FILE);
    if (folder) {
        allow(rules, folder, LANDLOCK_ACCESS_FS_READ_FILE);
        allow_git(rules);
    }
    bool locked = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return locked;
}
