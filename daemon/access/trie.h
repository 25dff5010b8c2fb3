/* Patterns of a profile (typedef pattern of rollcall-platform-rules), merged into a trie over
 * words.
 *
 * Private to access. All memory is the arena's, except the expressions, which trie_free() frees. */
#ifndef ROLLCALL_ACCESS_TRIE_H
#define ROLLCALL_ACCESS_TRIE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/regex.h"

enum capture_take { TAKE_WORD, TAKE_REST, TAKE_EACH, TAKE_JOIN };

struct capture {
    const char *name; /* interned: equal names are one pointer */
    enum capture_take take;
    bool split;       /* values between commas */
    long factor;      /* 0: the value is text */
    bool prefix;      /* of a `below` */
    const char *only; /* text of `expression`, or NULL */
    struct regex *expression;
    struct capture *next; /* all captures of a trie */
};

struct trie_node;

struct trie_word {
    struct str word; /* NULL: a free slot */
    struct trie_node *to;
};

struct trie_branch {
    const struct capture *capture;
    struct trie_node *to;
    struct trie_branch *next;
};

/* What ends at a node: rules of several kinds of entry may. */
struct trie_end {
    const void *what;
    struct trie_end *next;
};

struct trie_node {
    struct trie_word *words; /* open addressing */
    uint32_t word_count, word_room;
    struct trie_branch *branches; /* most specific first */
    struct trie_node *deeper;     /* behind `>` */
    struct trie_end *ends;
    const struct trie_node *parent;
    struct str label; /* the word or "" that leads here */
    bool fresh;       /* it is behind `>`: it may end before any word */
};

struct interned;

struct trie {
    struct arena *arena;
    struct trie_node *root;
    struct capture *captures;
    struct interned **names; /* shared between the tries of a reader */
};

int trie_init(struct trie *t, struct arena *arena, struct interned **names, struct error *err);
void trie_free(struct trie *t);

/* Add `pattern`. `what` ends at each of its variants. Names of captures are handed to `named`,
 * which may refuse them. */
struct trie_use {
    const void *what;
    bool prefix; /* its captures are marked so */
    int (*named)(void *ctx, const struct capture *capture, struct error *err);
    void *ctx;
};
int trie_add(struct trie *t, const char *pattern, const struct trie_use *use, struct error *err);

/* Child by word, or NULL. */
struct trie_node *trie_step(const struct trie_node *node, struct str word);

/* The one pointer of a name. */
const char *intern(struct arena *arena, struct interned **names, struct str name);

static inline bool trie_goes_on(const struct trie_node *node)
{
    return node->word_count || node->branches;
}

#endif
