/* Private to access: the steps of access_build(). */
#ifndef ROLLCALL_ACCESS_BUILD_H
#define ROLLCALL_ACCESS_BUILD_H

#include "access/draft.h"

struct building {
    const struct lys_module *module;
    const struct platform *platform;
    const struct draft *draft;
    const unsigned char *key;
    struct lyd_node *top;
    unsigned unread; /* values that no node took */
};

/* Add `PART:LINE` places to a node. */
int build_lines(
    struct building *b, struct lyd_node *node, const struct draft_line *lines, uint32_t count);

/* The profile's conclusions, the model's own (enabled, kind), and who is an administrator. */
int build_conclusions(struct building *b, struct error *err);

/* Take out the containers without content that validation puts in: no secret is not an empty one.
 */
void build_prune(struct lyd_node *top);

#endif
