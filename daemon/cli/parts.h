/* Saved configs as parts of a platform. */
#ifndef ROLLCALL_CLI_PARTS_H
#define ROLLCALL_CLI_PARTS_H

#include "base/error.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

struct part_list {
    struct part *at;
    size_t count;
};

/* Read FILE or PART=FILE operands. A bare file is the part whose `file` pattern its base name fits,
 * else the first part of the platform. Two files of one part are an error. */
int parts_from_files(const struct platform *platform, char **operands, size_t count,
    struct part_list *out, struct error *err);
void part_list_free(struct part_list *list); /* wipes */

#endif
