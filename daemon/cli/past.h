/* Of what the store has nothing: why, and what it has instead. */
#ifndef ROLLCALL_CLI_PAST_H
#define ROLLCALL_CLI_PAST_H

#include "cli/cli.h"

/* `rc` is what the store said when it was asked for version `number` (0: any) of a device, or the
 * one in force at `at_us` (0: now). RC_NOT_FOUND gets another text: the nearest name of a device,
 * also of one that is gone from the settings; when the device was first read; which versions there
 * are. Gives `rc`, or another error of the store. */
int past_explain(
    struct cli *cli, int rc, const char *device, uint32_t number, int64_t at_us, struct error *err);

/* Since when something is so, for people. */
struct since {
    int64_t at_us;
    bool at_least; /* it was so before rollcall first looked: "<" */
    bool doubtful; /* by a clock that could not be trusted: "~" */
};

#define SINCE_SIZE (TIME_TEXT_SIZE + 2)
const char *since_text(const struct since *since, char out[SINCE_SIZE]);

/* What else there is to know of a version: "pruned", "time doubtful", both, or NULL. */
const char *version_note(const struct store_version *v);

#endif
