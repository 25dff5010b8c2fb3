#include "transfer/transfer.h"

#include <stdio.h>
#include <string.h>

#include "transfer/plan.h"

static const struct {
    const char *name;
    int (*fill)(struct plan *plan, struct error *err);
} sources[] = {[IMPORT_OXIDIZED] = {"oxidized", plan_git},
    [IMPORT_RANCID] = {"rancid", plan_rancid},
    [IMPORT_FOLDER] = {"folder", plan_folder},
    [IMPORT_ROLLCALL] = {"rollcall", plan_git}};

bool import_from_name(const char *name, enum import_from *from)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(sources[i].name, name) == 0) {
            *from = (enum import_from)i;
            return true;
        }
    return false;
}

int import_run(const struct import *import, const struct import_listener *listener,
    struct import_report *report, struct error *err)
{
    struct plan plan = {.import = import, .listener = listener};
    *report = (struct import_report){0};
    int rc = sources[import->from].fill(&plan, err);
    if (plan.scheme)
        snprintf(report->scheme, sizeof report->scheme, "%s", plan.scheme);
    if (rc == RC_OK && plan.count == 0)
        rc = error_at(err, RC_NOT_FOUND, import->path, "no device's config in it%s",
            import->device || import->group ? " that --device and --group let through" : "");
    if (rc == RC_OK)
        rc = replay(&plan, report, err);
    plan_free(&plan);
    return rc;
}
