/* What is said of a statement that nobody understands: its recognised words, never a secret.
 * Private to access. */
#ifndef ROLLCALL_ACCESS_SAID_H
#define ROLLCALL_ACCESS_SAID_H

#include "access/gather.h"

/* The words on the way to `node`, with what was captured where that is no secret. */
const char *said_words(struct arena *arena, const struct trie_node *node,
    const struct caught *caught, const struct action *action);

/* `said`, the option words on the way to `node`, and `word` if it is a plain one. */
void said_with(
    const char *said, const struct trie_node *node, struct str word, char *out, size_t size);

#endif
