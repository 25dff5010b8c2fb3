/* Acknowledgements of events, as the log has them. */
#ifndef ROLLCALL_CLI_ACKS_H
#define ROLLCALL_CLI_ACKS_H

#include <jansson.h>

#include "cli/cli.h"

struct acks;

/* All there are. 0, or an error of the store. */
int acks_load(struct cli *cli, struct acks **out, struct error *err);
void acks_free(struct acks *acks);

/* The first one of an event: {"user":{...},"at":TIME,"note"?}; NULL: none. Owned by `acks`. */
json_t *acks_find(const struct acks *acks, const char *event);

#endif
