/* A profile's rules and mappings, compiled: what struct reader is. Private to access. */
#ifndef ROLLCALL_ACCESS_RULES_H
#define ROLLCALL_ACCESS_RULES_H

#include "access/access.h"
#include "access/trie.h"
#include "base/arena.h"
#include "drivers/data/data.h"
#include "drivers/syntax/parts.h"

/* A kind of entry: a list or container below /access. */
struct section {
    const char *path; /* aaa/server */
    const struct lysc_node *schema;
    const char *keys[3]; /* names of its keys in order */
    size_t key_count;
    unsigned order; /* of the schema */
    struct section *next;
    struct target *targets;
};

enum target_kind {
    TARGET_LEAF,
    TARGET_LEAF_LIST,
    TARGET_SECRET, /* the value itself: becomes a fingerprint */
    TARGET_BLOB    /* a public key in any form */
};

struct value_map {
    const char *from, *to;
    unsigned rank; /* of the mapping it belongs to; 0: it counts everywhere */
    struct value_map *next;
};

/* Where a value goes. One for each path of a section. */
struct target {
    const char *path; /* below the entry: privilege, secret/scheme, ssh-key/algorithm */
    enum target_kind kind;
    const char *unit; /* first component, interned: what one statement overrides as a whole */
    bool in_list;     /* below a list of the entry */
    bool key;         /* of the section */
    bool ordered;     /* a leaf-list ordered by the config */
    bool commands;    /* commands as they were typed: a secret may be among the words */
    struct value_map *map;
    struct target *next;
};

struct binding {
    const char *name; /* of a capture, interned */
    struct target *target;
    bool prefix; /* a capture of a `below`, which gives way to the rule's own */
};

/* A prefix behind which all rules are looked up again. */
struct below {
    struct capture mark; /* what the walk puts into the chain of captures where it passes */
    const char *when;    /* counts only if this word stands before what was captured; or NULL */
    bool yields;
    struct below *next;
};

/* VALUE of "NODE = VALUE": text and names of captures in turn. */
struct template_piece {
    struct str text;
    const char *name; /* NULL: text; else interned, "$v" or a node */
    struct template_piece *next;
};

struct assignment {
    struct target *target;
    struct template_piece *pieces;
    struct assignment *next;
};

enum priority { PRIORITY_DEFAULT, PRIORITY_YIELDING, PRIORITY_NORMAL };

/* What a match means. */
struct action {
    const char *match;
    struct binding *bindings;
    size_t binding_count, binding_room;
    struct assignment *sets;
    enum priority priority;
    const char *into;     /* list below the entry, or NULL */
    struct trie *options; /* what may follow, or NULL */
};

struct rule {
    struct action action;
    struct section *section; /* NULL: a prefix, or suspicious: nothing takes it */
    const struct below *below;
    struct target *by; /* what tells the entries it adds to; NULL: the key */
    struct assignment *defaults;
    bool attach, delete, strict, pass;
    const char **in; /* NULL-terminated names of parts or syntaxes, or NULL */
};

struct scheme {
    const char *written, *name, *strength;
    unsigned rank; /* as in value_map */
    struct regex *looks;
    bool is_volatile;
    struct scheme *next;
};

struct regex_list {
    struct regex *regex;
    struct regex_list *next;
};

struct mapping;        /* map.h */
struct map_expression; /* map.h */

struct reader {
    struct arena arena;
    const struct platform *platform;
    struct ly_ctx *own_ctx; /* when the platform's context lacks rollcall-access */
    const struct lysc_node *access;
    struct interned *names;
    struct trie rules;
    struct trie *option_tries[1024];
    size_t option_trie_count;
    struct section *sections;
    struct section *unread;
    struct scheme *schemes;
    struct regex_list *masked, *secrets; /* the profile's, then those of every platform */
    struct regex *author;
    const char **communities; /* NULL-terminated: those that everybody tries first */
    struct part_syntaxes *syntaxes;
    const char *ignored, *hidden, *marked; /* interned "_", "!", and what no capture is called */
    struct below *belows;
    const char **below_names; /* interned nodes that their prefixes capture */
    size_t below_name_count;
    struct lost *lost;        /* lost.c */
    bool conditional;         /* some `below` has `when` */
    struct mapping *mappings; /* the platform's, in order */
    size_t mapping_count;
    struct data_names names_of_data;
    struct map_expression *expressions;
};

/* Find or make. NULL when the model has no such node; err says so. */
struct section *section_get(struct reader *r, const char *path, struct error *err);
struct target *target_get(struct reader *r, struct section *section, const char *into,
    const char *name, struct error *err);

/* Compile what `tables` of a mapping (rank from 1) or of the profile (0) say. */
int tables_compile(
    struct reader *r, const struct lyd_node *tables, unsigned rank, struct error *err);

/* Put the place of `node` in front of an error. */
int complain_at(const struct lyd_node *node, struct error *err);

/* The scheme of a secret as written (NULL: not), by its name or else its look; NULL: unknown.
 * `rank` is that of the mapping which read it. */
const struct scheme *scheme_find(
    const struct reader *r, unsigned rank, const char *written, struct str value);
bool secret_is_masked(const struct reader *r, struct str value);

/* `value` with *** for what looks like one. */
int secrets_hide(const struct reader *r, struct str value, struct buf *out);

#endif
