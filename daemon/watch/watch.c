#include "watch/watch.h"

#include <stdlib.h>

#include "watch/role.h"
#include "watch/supervisor.h"
#include "watch/world.h"

int watch_run(const struct watch_options *options)
{
    struct error err = ERROR_INIT;
    struct ly_ctx *ctx = NULL;
    struct platforms *platforms = NULL;
    char *folder = settings_platforms_folder(options->settings_file);
    int status = ROLE_EXIT_SETTINGS, rc = world_context(&ctx, &err);
    if (rc == RC_OK)
        rc = platforms_load(ctx, folder, &platforms, &err);
    if (rc) {
        role_complain(&err, NULL);
    } else {
        const struct supervisor_plan plan = {.zygote = {.ctx = ctx,
                                                 .platforms = platforms,
                                                 .folder = folder,
                                                 .pull = driver_run,
                                                 .hold = &hold_netconf},
            .ctx = ctx,
            .settings_file = options->settings_file,
            .once = options->once};
        ssh_prepare(); /* for all that is forked from here */
        status = supervisor_run(&plan);
    }
    platforms_free(platforms);
    ly_ctx_destroy(ctx);
    free(folder);
    return status;
}
