/* Private to drivers: mappings (models/mappings/, container `mapping` of rollcall-platform). */
#ifndef ROLLCALL_DRIVERS_MAPPING_H
#define ROLLCALL_DRIVERS_MAPPING_H

#include <libyang/libyang.h>

#include "base/error.h"
#include "drivers/platform.h"

struct mappings;

/* Those compiled in, then those of `folder` (NULL or not there: none), which replace one of the
 * same name. A wrong one is an error with file:line:column. */
int mappings_load(
    const struct ly_ctx *ctx, const char *folder, struct mappings **out, struct error *err);
void mappings_free(struct mappings *all);

/* NULL when there is none of that name. */
const struct lyd_node *mappings_find(const struct mappings *all, const char *name);
/* The name nearest to a mistyped one, or NULL. */
const char *mappings_nearest(const struct mappings *all, const char *name);

/* Compile every regular expression of a profile or mapping. */
int profile_check_regexes(const struct lyd_node *profile, struct error *err);

#endif
