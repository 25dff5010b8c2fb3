/* YANG data of one part as it may be shown: a tree in which secrets are <secret:XXXXXX>. */
#ifndef ROLLCALL_CLI_DATA_VIEW_H
#define ROLLCALL_CLI_DATA_VIEW_H

#include "access/access.h"
#include "drivers/data/data.h"

struct data_view;

/* `part` is borrowed and must outlive the view, as must `schema` (NULL: that of its annotation).
 * `key` NULL: secrets as they are. Errors: RC_FORMAT, RC_LIMIT. */
int data_view_new(const struct reader *reader, const unsigned char *key, const struct part *part,
    const struct data_schema *schema, struct data_view **out, struct error *err);
void data_view_free(struct data_view *v);

const struct data *data_view_tree(const struct data_view *v);
/* The element of the tree that stands at a byte of the part's text; NULL: none. `begins`: it begins
 * there, and is not only around it. */
const xmlNode *data_view_at(const struct data_view *v, size_t offset, bool *begins);

#endif
