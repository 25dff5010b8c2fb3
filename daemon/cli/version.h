/* One version of a device, out of the store or out of files: what show and diff work on. */
#ifndef ROLLCALL_CLI_VERSION_H
#define ROLLCALL_CLI_VERSION_H

#include "cli/cli.h"
#include "cli/parts.h"

struct version {
    struct store_version info; /* number 0: from files */
    const struct platform *platform;
    struct reader *reader;
    struct part_list parts;
    struct buf *redacted; /* of each part, once version_redact() made it */
    struct lyd_node *tree;
};

/* From the store; `number` 0: the newest, or the one in force at `at_us`. Parts only when wanted.
 */
int version_load(struct cli *cli, const char *device, uint32_t number, int64_t at_us,
    struct version *v, struct error *err);
int version_from_files(struct cli *cli, const struct platform *platform, char **operands,
    size_t count, struct version *v, struct error *err);
/* The parts as they may be shown. It costs more than reading them: only for what is shown whole. */
int version_redact(struct cli *cli, struct version *v, struct error *err);
void version_free(struct version *v);

#endif
