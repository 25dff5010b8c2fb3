/* Private to drivers: mappings (models/mappings/, container `mapping` of rollcall-platform). */
#ifndef ROLLCALL_DRIVERS_MAPPING_H
#define ROLLCALL_DRIVERS_MAPPING_H

#include <libyang/libyang.h>

#include "base/error.h"
#include "drivers/platform.h"

struct mappings;

/* Those compiled in, then those of `folder` (NULL or not there: none), which replace one of the
 * same name. A wrong one of a folder is an error with file:line:column; those compiled in, which
 * are called like their file, are read when they are asked for. */
int mappings_load(
    const struct ly_ctx *ctx, const char *folder, struct mappings **out, struct error *err);
void mappings_free(struct mappings *all);

/* The one that the node `name` of a profile names. */
int mappings_find(struct mappings *all, const struct lyd_node *name, const struct lyd_node **out,
    struct error *err);

/* Compile every regular expression of a profile or mapping. */
int profile_check_regexes(const struct lyd_node *profile, struct error *err);

#endif
