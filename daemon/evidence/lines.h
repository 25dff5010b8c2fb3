/* Texts as trees of salted lines: one line is shown, or hidden, without touching the others.
 *
 * A line ends behind its \n; the last may lack it; an empty text has no line. Each line has a salt
 * of its own, made from the text's: who is shown one line's salt can guess no other line. Leaf i is
 * the line's salt and the line's bytes; the root is that of evidence/merkle.h over them. */
#ifndef ROLLCALL_EVIDENCE_LINES_H
#define ROLLCALL_EVIDENCE_LINES_H

#include "evidence/merkle.h"

#define LINES_SALT_BYTES 16
#define LINES_ACCOUNTS_FIRST 0x80000000u /* number of the first account's line, for its salt */

/* The salt of line `number` (from 0): the first bytes of SHA-256(salt || number, 4 bytes, the
 * highest first). */
void lines_salt(const unsigned char salt[LINES_SALT_BYTES], uint32_t number,
    unsigned char out[LINES_SALT_BYTES]);
/* The leaf of a line with its own salt. */
void lines_leaf(
    const unsigned char line_salt[LINES_SALT_BYTES], struct str line, struct merkle_hash *out);

/* The next line of `*rest`, its \n included; false when nothing is left. */
bool lines_next(struct str *rest, struct str *line);

/* Root over a text; returns the number of lines. */
size_t lines_root(
    const unsigned char salt[LINES_SALT_BYTES], struct str text, struct merkle_hash *root);

/* The same, line by line. The number of lines is tree.size. */
struct lines {
    struct merkle_tree tree;
    unsigned char salt[LINES_SALT_BYTES];
    uint32_t first;
};

void lines_start(struct lines *l, const unsigned char salt[LINES_SALT_BYTES], uint32_t first);
void lines_add(struct lines *l, struct str line);
void lines_end(const struct lines *l, struct merkle_hash *root);

#endif
