/* Coverage that was lost: statements that no rule took and that look like an account all the same,
 * whatever the profile calls suspicious. Private to access. */
#ifndef ROLLCALL_ACCESS_LOST_H
#define ROLLCALL_ACCESS_LOST_H

#include "access/gather.h"

/* Compile what the profile says of them (account-words, secret-words, hash-looks). */
int lost_compile(struct reader *r, const struct lyd_node *profile, struct error *err);
void lost_free(struct reader *r);

/* What a statement says of an account so far: its words up to the account's name, or NULL when no
 * account is spoken of. `above`: what the lines around it say. NULL with `*rc` set: no memory. */
const char *lost_account(
    struct gather *g, const struct syntax_line *line, const char *above, int *rc);

/* Whether the line gives the secret of such an account. */
bool lost_secret(const struct reader *r, const struct syntax_line *line);

#endif
