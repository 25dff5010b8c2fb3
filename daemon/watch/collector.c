#include "watch/collector.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "watch/lockdown.h"
#include "watch/messages.h"

/* A job to learn brings all modules along that are known already. */
#define MOST_JOB_BYTES ((size_t)256 << 20)
#define MOST_DESCRIPTORS 64
/* Memory a collector may have besides a multiple of the bytes its job allows. */
#define BASE_MEMORY ((size_t)512 << 20)

int toolbox_new(
    const struct platforms *platforms, pull_function *pull, struct toolbox **out, struct error *err)
{
    struct toolbox *tools = calloc(1, sizeof *tools);
    if (!tools)
        return error_set(err, RC_NO_MEMORY, "no memory for the platforms' rules");
    tools->platforms = platforms;
    tools->pull = pull;
    while (platforms_at(platforms, tools->reader_count))
        tools->reader_count++;
    tools->readers = calloc(tools->reader_count + 1, sizeof(struct reader *));
    if (!tools->readers) {
        toolbox_free(tools);
        return error_set(err, RC_NO_MEMORY, "no memory for the platforms' rules");
    }
    for (size_t i = 0; i < tools->reader_count; i++) {
        /* one wrong profile must not stop the devices of all others */
        struct error wrong = ERROR_INIT;
        if (reader_new(platforms_at(platforms, i), &tools->readers[i], &wrong))
            log_error(&wrong);
    }
    *out = tools;
    return RC_OK;
}

void toolbox_free(struct toolbox *tools)
{
    if (!tools)
        return;
    for (size_t i = 0; tools->readers && i < tools->reader_count; i++)
        reader_free(tools->readers[i]);
    free(tools->readers);
    free(tools);
}

static const struct reader *find_reader(
    const struct toolbox *tools, const struct platform *platform)
{
    for (size_t i = 0; i < tools->reader_count; i++)
        if (platforms_at(tools->platforms, i) == platform)
            return tools->readers[i];
    return NULL;
}

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit limits = {most, most};
    setrlimit(what, &limits);
}

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

static void give_up_descriptors(int socket)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd < (UNDER_SANITIZER ? 2 : 3); fd++)
        dup2(null, fd);
    if (socket > 3)
        close_range(3, (unsigned)socket - 1, 0);
    close_range((unsigned)socket + 1, ~0U, 0);
}

static void give_up_rights(int socket)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "rollcall-pull");
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, MOST_DESCRIPTORS);
    give_up_descriptors(socket);
    if (!UNDER_SANITIZER) /* its reports read /proc */
        lockdown_files();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void do_job(const struct toolbox *tools, const struct driver_job *job, struct result *result)
{
    struct error *err = &result->failure;
    struct driver_result *driver = &result->driver;
    if (!UNDER_SANITIZER)
        limit(RLIMIT_DATA, BASE_MEMORY + 8 * (rlim_t)job->max_bytes);
    int rc = tools->pull(job, driver, err);
    if (rc == RC_OK && !driver->platform)
        rc = error_set(err, RC_NOT_FOUND, "platform not recognised");
    if (rc == RC_OK && job->task == DRIVER_PULL) {
        const struct reader *reader = find_reader(tools, driver->platform);
        rc = reader ? draft_read(reader, driver->parts, driver->part_count, &result->draft, err)
                    : error_set(err, RC_SETTINGS, "the rules of platform %s do not compile",
                          driver->platform->name);
    }
    if (rc && err->code == RC_OK)
        error_set(err, rc, "%s", rc_name(rc));
}

_Noreturn void collector_run(int socket, const struct toolbox *tools)
{
    struct buf message = {0}, answer = {0};
    struct error err = ERROR_INIT;
    struct job *job = NULL;
    struct result result = {0};
    give_up_rights(socket);
    if (message_receive(socket, MESSAGE_JOB, MOST_JOB_BYTES, &message, &err))
        _exit(0); /* a spare that nobody needed */
    int rc = job_unpack(buf_str(&message), tools->platforms, &job, &err);
    buf_wipe(&message);
    if (rc)
        result.failure = err;
    else
        do_job(tools, &job->driver, &result);
    answer.cap = (job ? job->driver.max_bytes : 0) + MESSAGE_MOST_OVERHEAD;
    if (result_pack(&result, &answer)) {
        buf_clear(&answer);
        error_set(&result.failure, RC_LIMIT, "the device's config is too large to pass on");
        result_pack(&result, &answer);
    }
    _exit(message_send(socket, MESSAGE_RESULT, &answer, &err) ? 1 : 0);
}
