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

/* 64 bytes: fresh memory is what reading a config costs most. Lines are named by their place in
 * config_part.lines. The first line inside a line is the one behind it. */
struct config_line {
    struct hash subtree; /* of it and all that is in it; until the end of the part, of its words */
    const char *raw;
    uint32_t raw_len;
    uint32_t number;
    uint32_t parent, next; /* NO_LINE: none */
    uint32_t inside;       /* its last child; after the end of the part, place of its words' hash in
                              config_part.owns */
    uint32_t child_count : 24;
    uint32_t depth : 7; /* of the reader; the root has none */
    uint32_t ordered : 1;
};

/* lines[0] is the root, which is no line of the text. */
struct config_part {
    const char *name;
    struct config_line *lines;
    size_t count, room;
    size_t parent_count;
    struct hash *owns; /* hashes of the words of lines that have others inside */
};

struct config {
    struct config_part *parts; /* those with lines, sorted by name */
    size_t part_count;
    const char *incomparable; /* see config_incomparable() */
};

/* The first line inside, or NO_LINE. */
static inline uint32_t config_first(const struct config_part *p, uint32_t line)
{
    return p->lines[line].child_count ? line + 1 : NO_LINE;
}

/* Hash of a line's words. */
static inline const struct hash *config_own(
    const struct config_part *p, const struct config_line *line)
{
    return line->child_count ? &p->owns[line->inside] : &line->subtree;
}

static inline struct str config_raw(const struct config_line *line)
{
    return (struct str){line->raw, line->raw_len};
}

static inline int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_BYTES);
}

/* Filling a part: begin, a line each in the order of the text, end. */
int config_part_begin(struct config_part *p, const char *name, size_t text_len, struct error *err);
int config_part_line(
    struct config_part *p, struct buf *scratch, const struct syntax_line *line, struct error *err);
int config_part_end(struct config_part *p, struct buf *scratch, struct error *err);
void config_part_free(struct config_part *p);

/* Hash of all that is in a line, without its own words. */
int config_contents(const struct config_part *p, uint32_t line, struct buf *scratch,
    struct hash *out, struct error *err);

#endif
