/* The same history in git: one repository with a file a device, one commit a version, as Oxidized
 * keeps it. */
#ifndef ROLLCALL_HISTORY_GIT_H
#define ROLLCALL_HISTORY_GIT_H

#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history_configs.h"

static inline double history_cpu(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static inline void history_die(const char *what)
{
    fprintf(stderr, "history_bench: %s\n", what);
    exit(1);
}

/* The shell's is the child's CPU as well: `exec` keeps it small. Gives CPU seconds. */
static inline double git_run(const char *folder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline double git_run(const char *folder, const char *format, ...)
{
    char words[600], command[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    snprintf(command, sizeof command, "cd '%s' && %s", folder, words);
    double before = history_cpu(RUSAGE_CHILDREN);
    if (system(command) != 0)
        history_die(command);
    return history_cpu(RUSAGE_CHILDREN) - before;
}

static inline void git_create(const char *folder)
{
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
    if (mkdir(folder, 0700))
        history_die(folder);
    git_run(folder, "git init -q -b main . && git config user.name rollcall && "
                    "git config user.email rollcall@localhost && git config gc.auto 0");
}

/* All of it through `git fast-import`; gives its CPU seconds. */
static inline double git_import(const char *folder, uint32_t devices, uint32_t versions)
{
    char command[400];
    struct buf config = {0};
    double before = history_cpu(RUSAGE_CHILDREN);
    snprintf(command, sizeof command, "cd '%s' && exec git fast-import --quiet", folder);
    FILE *to = popen(command, "w");
    if (!to)
        history_die("git fast-import does not start");
    for (uint32_t v = 0; v < versions; v++)
        for (uint32_t d = 0; d < devices; d++) {
            buf_clear(&config);
            history_config(&config, d, v);
            fprintf(to,
                "commit refs/heads/main\ncommitter %s <%s@localhost> %lld +0000\n"
                "data 19\nupdate router-%05u\nM 100644 inline router-%05u\ndata %zu\n",
                history_names[v % HISTORY_ACCOUNTS], history_names[v % HISTORY_ACCOUNTS],
                (long long)history_time_s(v), d, d, config.len);
            fwrite(config.data, 1, config.len, to);
            fputc('\n', to);
        }
    if (pclose(to) != 0)
        history_die("git fast-import failed");
    buf_free(&config);
    return history_cpu(RUSAGE_CHILDREN) - before;
}

/* CPU seconds of one `git add` and `git commit`, the mean of `sample`. */
static inline double git_commits(
    const char *folder, uint32_t devices, uint32_t versions, uint32_t sample)
{
    struct buf config = {0};
    double sum = 0;
    for (uint32_t i = 0; i < sample; i++) {
        char path[400];
        uint32_t device = history_mix(i, 1, 2) % devices;
        buf_clear(&config);
        history_config(&config, device, versions + i);
        snprintf(path, sizeof path, "%s/router-%05u", folder, device);
        FILE *file = fopen(path, "w");
        if (!file || fwrite(config.data, 1, config.len, file) != config.len || fclose(file))
            history_die(path);
        sum += git_run(folder, "git add router-%05u && exec git commit -q -m 'update router-%05u'",
            device, device);
    }
    buf_free(&config);
    return sum / sample;
}

static double history_sum;

static inline int history_add_size(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)path, (void)at;
    history_sum += type == FTW_F ? (double)st->st_size : 0;
    return 0;
}

/* Packs and loose objects: without index, refs and work tree. */
static inline double git_bytes(const char *folder)
{
    char path[400];
    snprintf(path, sizeof path, "%s/.git/objects", folder);
    history_sum = 0;
    nftw(path, history_add_size, 16, FTW_PHYS);
    return history_sum;
}

#endif
