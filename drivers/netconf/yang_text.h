/* A YANG module's text, looked at without compiling: what it is, what it needs, and a lean copy.
 *
 * The lean copy leaves out what says nothing about the shape of data: descriptions, restrictions of
 * values, conditions, and every extension but nacm:default-deny-all. It is what libyang gets: less
 * to do, and much less to fall over (devices serve modules with wrong patterns and XPaths, with
 * escapes that YANG 1.1 forbids, with extensions that nobody defines). Lines keep their numbers. */
#ifndef ROLLCALL_NETCONF_YANG_TEXT_H
#define ROLLCALL_NETCONF_YANG_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define YANG_MAX_DEPTH 100
#define YANG_MAX_BYTES ((size_t)16 << 20)

struct yang_need {
    const char *name;
    const char *revision; /* NULL: any */
    bool include;         /* a submodule */
    struct yang_need *next;
};

struct yang_name {
    const char *name;
    struct yang_name *next;
};

struct yang_outline {
    struct arena arena;
    bool submodule;
    const char *name;
    const char *version;    /* of YANG: "1" or "1.1" */
    const char *belongs_to; /* of a submodule */
    const char *revision;   /* the newest; NULL: none */
    struct yang_need *needs;
    struct yang_name *features;
};

/* RC_FORMAT with the line, RC_LIMIT. The outline is to be freed in any case. */
int yang_outline(struct str text, struct yang_outline *out, struct error *err);
void yang_outline_free(struct yang_outline *outline);

enum yang_flags {
    YANG_ANY_REVISION = 1, /* imports ask for no revision */
    YANG_NO_LEAFREFS = 2   /* what refers to other leaves is a string */
};

/* Append the lean copy. */
int yang_lean(struct str text, unsigned flags, struct buf *lean, struct error *err);

/* Names that may stand in file names and lists: YANG identifiers, dates. */
bool yang_is_identifier(struct str s);
bool yang_is_revision(struct str s);

#endif
