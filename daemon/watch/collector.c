#include "watch/collector.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "watch/child.h"
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
    *out = tools;
    return RC_OK;
}

void toolbox_free(struct toolbox *tools)
{
    if (!tools)
        return;
    for (size_t i = 0; i < tools->reader_count; i++)
        reader_free(tools->readers[i]);
    free(tools->readers);
    free(tools->of);
    free(tools);
}

static int make_room(struct toolbox *tools, struct error *err)
{
    size_t room = tools->reader_count + 1;
    struct reader **readers = realloc(tools->readers, room * sizeof *readers);
    if (readers)
        tools->readers = readers;
    const struct platform **of = realloc(tools->of, room * sizeof *of);
    if (of)
        tools->of = of;
    return readers && of ? RC_OK
                         : error_set(err, RC_NO_MEMORY, "no memory for the platforms' rules");
}

int toolbox_reader(struct toolbox *tools, const struct platform *platform,
    const struct reader **out, struct error *err)
{
    size_t at = 0;
    while (at < tools->reader_count && tools->of[at] != platform)
        at++;
    int rc = RC_OK;
    if (at == tools->reader_count) {
        rc = make_room(tools, err);
        if (!rc)
            rc = reader_new(platform, &tools->readers[at], err);
        if (rc)
            return rc;
        tools->of[at] = platform;
        tools->reader_count++;
    }
    *out = tools->readers[at];
    return RC_OK;
}

static int pull(const struct toolbox *tools, const struct driver_job *job, struct result *result)
{
    struct error *err = &result->failure;
    if (job->protocol == DRIVER_FILE)
        child_give_up_files(job->file.path, MOST_DESCRIPTORS);
    if (job->protocol == DRIVER_EXEC) /* a command may need more memory, and inherits the limit */
        return tools->pull(job, &result->driver, err);
    child_limit_memory(BASE_MEMORY + 8 * job->max_bytes);
    return tools->pull(job, &result->driver, err);
}

static int parse(struct toolbox *tools, const struct driver_job *job, struct result *result)
{
    struct error *err = &result->failure;
    struct driver_result *driver = &result->driver;
    if (!driver->platform)
        return error_set(err, RC_NOT_FOUND, "platform not recognised");
    if (job->task != DRIVER_PULL || driver->unchanged)
        return RC_OK;
    const struct reader *reader = NULL;
    int rc = toolbox_reader(tools, driver->platform, &reader, err);
    return rc ? rc : draft_read(reader, driver->parts, driver->part_count, &result->draft, err);
}

static void do_job(struct toolbox *tools, const struct driver_job *job, struct result *result)
{
    struct error *err = &result->failure;
    int rc = pull(tools, job, result);
    if (job->protocol == DRIVER_EXEC) {
        child_give_up_files(NULL, MOST_DESCRIPTORS);
        child_limit_memory(BASE_MEMORY + 8 * job->max_bytes);
    }
    if (rc == RC_OK)
        rc = parse(tools, job, result);
    if (rc && err->code == RC_OK)
        error_set(err, (enum rc)rc, "%s", rc_name((enum rc)rc));
}

static _Noreturn void take_job(int socket, struct toolbox *tools, bool local)
{
    struct buf message = {0}, answer = {0};
    struct error err = ERROR_INIT;
    struct job *job = NULL;
    struct result result = {0};
    int call = -1;
    if (message_receive_with(socket, MESSAGE_JOB, MOST_JOB_BYTES, &message, &call, &err))
        _exit(0); /* a spare that nobody needed */
    int rc = job_unpack(buf_str(&message), tools->platforms, &job, &err);
    buf_wipe(&message);
    if (rc == RC_OK && driver_is_local(job->driver.protocol) != local)
        error_set(&err, RC_FORMAT, "this collector is for other jobs");
    if (err.code) {
        result.failure = err;
    } else {
        job_take_call(job, call);
        do_job(tools, &job->driver, &result);
    }
    answer.cap = (job ? job->driver.max_bytes : 0) + MESSAGE_MOST_OVERHEAD;
    if (result_pack(&result, &answer)) {
        buf_clear(&answer);
        error_set(&result.failure, RC_LIMIT, "the device's config is too large to pass on");
        result_pack(&result, &answer);
    }
    _exit(message_send(socket, MESSAGE_RESULT, &answer, &err) ? 1 : 0);
}

_Noreturn void collector_run(int socket, struct toolbox *tools)
{
    child_give_up_rights(socket, "rollcall-pull", MOST_DESCRIPTORS);
    take_job(socket, tools, false);
}

_Noreturn void collector_run_local(int socket, struct toolbox *tools)
{
    child_begin(socket, "rollcall-local");
    take_job(socket, tools, true);
}
