/* Which reader reads a part: an entry of `syntax` whose `detect` is found in the text, else the one
 * that the part names, else the first without `detect`. */
#ifndef ROLLCALL_SYNTAX_PARTS_H
#define ROLLCALL_SYNTAX_PARTS_H

#include "drivers/syntax/syntax.h"

/* All entries of a profile, compiled. `profile` (container of rollcall-platform) outlives it. */
struct part_syntaxes;

int part_syntaxes_new(
    const struct lyd_node *profile, struct part_syntaxes **out, struct error *err);
void part_syntaxes_free(struct part_syntaxes *all);

/* NULL only when the profile has no syntax at all. `name` (may be NULL) gets the entry's name. */
const struct syntax *part_syntax(
    const struct part_syntaxes *all, const char *part, struct str text, const char **name);

/* By the entry's name, or NULL. */
const struct syntax *part_syntax_named(const struct part_syntaxes *all, const char *name);

#endif
