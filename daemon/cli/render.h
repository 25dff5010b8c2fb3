/* How results of several commands look. */
#ifndef ROLLCALL_RENDER_H
#define ROLLCALL_RENDER_H

#include "cli/cli.h"
#include "judge/judge.h"

/* The access tree: tables for people, {"rollcall-access:access":{...}} for programs. */
int render_access(
    struct writer *w, const struct lyd_node *tree, bool with_lines, struct error *err);

/* Run the checks on a tree and show what they find. Gives the number of findings. */
int render_findings(struct cli *cli, const char *platform, const struct lyd_node *tree,
    size_t *count, struct error *err);

/* One event document (models/rollcall-events.yang) as a row of the open list. Without its origin,
 * time and device are left to programs. */
void render_event(struct writer *w, json_t *document, bool with_origin);

/* Style of a severity of the catalogue. */
enum style style_of_severity(int severity);

#endif
