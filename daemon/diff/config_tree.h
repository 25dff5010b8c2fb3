/* A config as trees of lines, with a hash of each subtree. Private to this room. */
#ifndef ROLLCALL_DIFF_CONFIG_TREE_H
#define ROLLCALL_DIFF_CONFIG_TREE_H

#include "diff/diff.h"
#include "drivers/syntax/syntax.h"

#define HASH_BYTES 32
#define NO_LINE UINT32_MAX

struct hash {
    unsigned char bytes[HASH_BYTES];
};

struct config_line {
    struct hash own;     /* of its words */
    struct hash subtree; /* of it and all that is in it */
    struct str raw;
    uint32_t number;
    uint32_t parent, first_child, last_child, next; /* places in config_part.lines, or NO_LINE */
    uint32_t child_count;
    unsigned depth; /* of the reader; the root has none */
    bool ordered;
};

/* lines[0] is the root, which is no line of the text. Children stand behind their parents. */
struct config_part {
    const char *name;
    struct config_line *lines;
    size_t count, room;
};

struct config {
    struct config_part *parts; /* those with lines, sorted by name */
    size_t part_count;
};

static inline int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_BYTES);
}

/* Filling a part: begin, a line each in the order of the text, end. */
int config_part_begin(struct config_part *p, const char *name, struct error *err);
int config_part_line(
    struct config_part *p, struct buf *scratch, const struct syntax_line *line, struct error *err);
int config_part_end(struct config_part *p, struct buf *scratch, struct error *err);

/* Hash of all that is in a line, without its own words. */
int config_contents(const struct config_part *p, uint32_t line, struct buf *scratch,
    struct hash *out, struct error *err);

#endif
