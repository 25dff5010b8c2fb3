/* What a collector found out about one device: the input of a collection. */
#ifndef ROLLCALL_COLLECT_RESULT_H
#define ROLLCALL_COLLECT_RESULT_H

#include "access/access.h"
#include "base/error.h"
#include "drivers/driver.h"

struct result {
    struct error failure;        /* code RC_OK: it worked */
    struct driver_result driver; /* parts, host keys, hostname, platform */
    struct draft *draft;         /* NULL when it failed */
};

void result_free(struct result *result); /* malloc'd; wipes: it holds secrets. NULL is fine */

#endif
