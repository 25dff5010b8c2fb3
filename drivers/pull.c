#include "drivers/driver.h"

int driver_run(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    if (job->protocol == DRIVER_SSH)
        return ssh_pull(job, result, err);
    if (job->task == DRIVER_LEARN)
        return error_set(err, RC_INVALID, "nothing can be learned from a device yet");
    return netconf_pull(job, result, err);
}
