/* XML from a device, token by token, without building anything: for messages' envelopes, hellos,
 * errors and notifications. Strict where it matters: elements end as they began, at most
 * SCAN_MAX_DEPTH deep, no document type, no declaration, no entity but XML's own five. */
#ifndef ROLLCALL_NETCONF_SCAN_H
#define ROLLCALL_NETCONF_SCAN_H

#include "base/buf.h"
#include "base/error.h"

#define SCAN_MAX_DEPTH 256

enum scan_token { SCAN_END, SCAN_OPEN, SCAN_CLOSE, SCAN_TEXT };

struct scan {
    struct str text;
    size_t at;
    unsigned depth;        /* elements that are open; an element that OPENs counts itself, and one
                              that CLOSEs no longer */
    struct str name;       /* of OPEN and CLOSE, without its prefix */
    struct str attributes; /* of OPEN, as written */
    struct str value;      /* of TEXT, as written */
    bool cdata;            /* the text is literal */
    bool empty;            /* inside: <x/>, whose CLOSE comes next */
    bool begun;            /* inside: the root was seen */
    struct str open[SCAN_MAX_DEPTH]; /* inside: names with prefixes */
};

void scan_start(struct scan *s, struct str text);

/* RC_FORMAT, RC_LIMIT: with what is wrong. Every element gives OPEN and CLOSE. END comes only
 * behind the one root element. */
int scan_next(struct scan *s, enum scan_token *token, struct error *err);

/* Behind an OPEN: go on to behind its CLOSE. */
int scan_skip(struct scan *s, struct error *err);

/* Behind an OPEN: append the text directly in it, references undone, and go on to behind its CLOSE.
 * Elements in it are skipped. */
int scan_text(struct scan *s, struct buf *out, struct error *err);

/* An attribute of the last OPEN, as written; false: there is none. */
bool scan_attribute(const struct scan *s, const char *name, struct str *value);

/* Append with references undone. */
int scan_decode(struct str raw, struct buf *out);

#endif
