/* Paths of words that a profile singles out (`banner motd`, `ip access-list * *`), compiled into
 * one trie, so that asking about a line costs the same however many there are. */
#ifndef ROLLCALL_SYNTAX_PATTERN_H
#define ROLLCALL_SYNTAX_PATTERN_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum pattern_kind {
    PATTERN_ORDERED = 1, /* the line keeps its place among its sisters */
    PATTERN_INSIDE = 2,  /* the lines in its block do */
    PATTERN_BANNER = 4,
    PATTERN_VERBATIM = 8,
    PATTERN_OPENS = 16,
};

struct pattern_node {
    char *word; /* NULL: any one */
    size_t len;
    uint32_t child;    /* first child, 0: none (the root is nobody's child) */
    uint32_t sister;   /* next of the same parent */
    unsigned kinds;    /* patterns that end here */
    uint32_t verbatim; /* which, with PATTERN_VERBATIM */
};

struct patterns {
    struct pattern_node *nodes; /* [0] is the root */
    size_t count, room;
    uint32_t first[256]; /* children of the root by their first byte; `*` is among its children */
};

int patterns_add(struct patterns *p, struct str words, enum pattern_kind kind, uint32_t verbatim);
void patterns_free(struct patterns *p);

/* How far a path has come in the trie: the nodes that its words led to. More than these at once
 * would take as many asterisks; what is above them is not followed. */
struct pattern_state {
    uint32_t at[8];
    unsigned count;
};

/* What a line is, by its words and by the lines around it. */
struct pattern_match {
    unsigned kinds;
    uint32_t verbatim;
    size_t words; /* words of the line that the longest pattern took */
};

void pattern_start(struct pattern_state *state);

/* Follow one line's words from `state`, which becomes the state of the lines inside it. */
void pattern_follow(const struct patterns *p, struct pattern_state *state, const struct str *words,
    size_t count, struct pattern_match *match);

#endif
