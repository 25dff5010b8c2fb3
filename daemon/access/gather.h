/* From statements that fit to a draft: values are kept with who said them, statements of one key
 * are merged, and what counts is picked at the end. Private to access. */
#ifndef ROLLCALL_ACCESS_GATHER_H
#define ROLLCALL_ACCESS_GATHER_H

#include "access/draft.h"
#include "access/rules.h"

/* What a branch of a trie took, a chain towards the pattern's start. On the stack while words are
 * matched; caught_keep() makes a copy for the lines inside. */
struct caught {
    const struct caught *before;
    const struct capture *capture;
    const struct str *words;
    size_t count;
    uint32_t line;
    bool kept;
};

struct field {
    struct target *target;
    char *value;
    size_t len, room;
    uint32_t line, part, seq, sub;
    uint32_t made; /* fields of its statement before it */
    uint32_t turn; /* place among the fields of its entry */
    unsigned rank; /* of the mapping it comes from; 0: from rules */
    enum priority priority;
    struct field *next;
};

/* The last field that an entry's statement gave to a target: there are few targets, and may be many
 * fields. */
struct latest {
    struct field *field;
    struct latest *next;
};

struct variable {
    const char *name; /* interned */
    const char *value;
    struct variable *next;
};

/* It was said behind a prefix that counts only when somebody refers to it by this name. */
struct condition {
    const struct below *below;
    struct str name;
    struct condition *next;
};

/* A statement, or block of statements, of one entry. Below it, one for each option with options of
 * its own; those hand their fields to the `owner`. */
struct instance {
    const struct rule *rule;
    const struct trie *options;
    struct instance *owner;
    struct field *first, **end;   /* the owner's */
    struct latest *latest;        /* the owner's */
    uint32_t made;                /* fields, of the owner */
    uint32_t start;               /* fields of the owner before ours */
    struct variable *variables;   /* the owner's, each name once */
    struct condition *conditions; /* the owner's */
    struct instance *held;        /* the next one that waits for the end */
    uint32_t part;
    uint32_t seq;     /* of all that one option's block says; 0: each option its own */
    uint32_t opening; /* of what the match itself said */
    uint32_t sub;
    uint32_t line;
    enum priority most;
    const char *said; /* its recognised words, for strict rules */
};

struct merged;
struct referred;
struct value_found;

struct draft_name {
    const char *from, *copy;
    struct draft_name *next;
};

struct gather {
    const struct reader *r;
    struct draft *d;
    struct arena scratch; /* holds secrets: wiped */
    struct merged *entries;
    struct draft_name *draft_names;
    uint32_t part, seq, sub;
    uint32_t last; /* line number where the statement at hand ends */
    unsigned rank; /* of the mapping that is at work; 0: rules are */
    size_t unread;
    /* What can be merged only when everything is read, in order (hold.c). */
    struct instance *conditional, **conditional_end;
    struct instance *by, **by_end;
    struct referred *referred;
    struct value_found *values;
    size_t given;
    /* Told about each secret as it stands in the text, when not NULL. */
    int (*secret)(void *ctx, const struct str *words, size_t count, uint32_t line);
    void *secret_ctx;
};

const struct caught *caught_keep(struct gather *g, const struct caught *c);

/* Begin an entry: a rule's match fits. NULL: no memory. */
struct instance *gather_open(
    struct gather *g, const struct rule *rule, const struct caught *c, uint32_t line);

/* An option fits. `*inside` becomes what its own options belong to, or NULL when it has none. */
int gather_option(struct gather *g, struct instance *i, const struct action *option,
    const struct caught *c, uint32_t line, struct instance **inside);

/* A value that no word of a line said: a mapping's. Those of one `sub` belong to one entry of a
 * list below the entry; 0: to the entry itself. */
struct gather_value {
    struct target *target;
    struct str text;
    uint32_t line, sub;
    enum priority priority;
};
int gather_add(struct gather *g, struct instance *i, const struct gather_value *value);

/* Give the entry what its rule sets, and the defaults. */
int gather_settle(struct gather *g, struct instance *i);

/* The entry's block is over: it becomes part of what was said of the same key. */
int gather_close(struct gather *g, struct instance *i);

/* The entry is out of force. */
int gather_drop(struct gather *g, const struct rule *rule, const struct caught *c, uint32_t line);

/* Make it part of the entries of its key: what gather_close() does with what need not wait. */
int gather_merge(struct gather *g, const struct instance *i);

/* ---- what waits until everything is read (hold.c) ---- */

/* Take `i` in, if it has to wait. */
bool hold(struct gather *g, struct instance *i);
/* Note whom the line refers to, for prefixes that count only then. */
int hold_words(struct gather *g, const struct syntax_line *line);
/* Merge what is held and counts. */
int hold_finish(struct gather *g);
void hold_free(struct gather *g);

#define GATHER_MOST_UNREAD 1000

/* A statement that nobody understands. */
int gather_unread(struct gather *g, const char *text, uint32_t line);

/* Everything is read: fill the draft. */
int gather_finish(struct gather *g);
void gather_free(struct gather *g);

/* ---- merged entries, for gather_finish() ---- */

/* Hand each field of `target`, of entries that exist, to `take`. */
int merged_each(struct gather *g, const struct target *target,
    int (*take)(struct gather *g, struct merged *m, const struct field *f));
/* Give an entry what `i` says. In the list below the entry to which `by` belongs, it is the entry
 * numbered `sub` that gets it. */
int merged_give(struct gather *g, struct merged *m, const struct instance *i, uint32_t sub);

struct merged_key {
    const char *value;
    size_t len;
    bool secret;
};

/* The draft's copy of the section's name. NULL: no memory. */
const char *pick_name(struct gather *g, const struct section *section);

/* Pick what counts of an entry's fields into `out`. */
int pick_fields(struct gather *g, const struct section *section, const struct merged_key *keys,
    struct field **fields, size_t count, struct draft_entry *out);

#endif
