/* A collector: a process that talks to one device and reads what it gets.
 *
 * It holds one job's credential and nothing else: no store, no key, no settings, no descriptor but
 * its socket. What it sends back is believed by nobody.
 *
 * A local one reads saved configs or runs a command of this host, which the others cannot: they
 * have given up all files before they take a job. This one takes its job first. For files it gives
 * up all but the folder that the job names, and git. For a command it keeps what that may need, and
 * gives it up when the command and all it started are dead: before a byte of the output is parsed.
 */
#ifndef ROLLCALL_COLLECTOR_H
#define ROLLCALL_COLLECTOR_H

#include "access/access.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

typedef int pull_function(
    const struct driver_job *job, struct driver_result *result, struct error *err);

/* What every collector inherits: rules that were compiled before the fork. */
struct toolbox {
    const struct platforms *platforms;
    struct reader **readers;
    const struct platform **of; /* each reader's */
    size_t reader_count;
    pull_function *pull;
};

int toolbox_new(const struct platforms *platforms, pull_function *pull, struct toolbox **out,
    struct error *err);
void toolbox_free(struct toolbox *tools);

/* The rules of a platform, compiled now if they are not yet. Owned by the toolbox. */
int toolbox_reader(struct toolbox *tools, const struct platform *platform,
    const struct reader **out, struct error *err);

/* In a freshly forked child of the zygote: give up every right but the network, take one job from
 * `socket`, do it, answer, exit. */
_Noreturn void collector_run(int socket, struct toolbox *tools);

/* The same for one job with DRIVER_FILE or DRIVER_EXEC. */
_Noreturn void collector_run_local(int socket, struct toolbox *tools);

#endif
