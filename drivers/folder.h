/* Private to drivers: the YAML files of an operator's folder. */
#ifndef ROLLCALL_DRIVERS_FOLDER_H
#define ROLLCALL_DRIVERS_FOLDER_H

#include "base/error.h"
#include "base/text.h"

/* Hand the text of each NAME.yaml of `folder`, sorted by name, to `take`. A folder that is not
 * there has none; `what` is in it, for complaints. */
int folder_each(const char *folder, const char *what,
    int (*take)(void *ctx, const char *file, struct str text, struct error *err), void *ctx,
    struct error *err);

#endif
