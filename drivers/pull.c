#include "drivers/driver.h"

int driver_run(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    switch (job->protocol) {
    case DRIVER_EXEC:
        return exec_pull(job, result, err);
    case DRIVER_FILE:
        return file_pull(job, result, err);
    case DRIVER_NETCONF:
        return job->task == DRIVER_LEARN ? netconf_learn(job, result, err)
                                         : netconf_pull(job, result, err);
    default:
        return ssh_pull(job, result, err);
    }
}
