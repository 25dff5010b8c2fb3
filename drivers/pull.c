#include "drivers/driver.h"

int driver_run(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    if (job->protocol == DRIVER_SSH)
        return ssh_pull(job, result, err);
    return job->task == DRIVER_LEARN ? netconf_learn(job, result, err)
                                     : netconf_pull(job, result, err);
}
