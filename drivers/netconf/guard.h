/* What stands on the wire, before it is NETCONF to anybody: takes the framing off (RFC 6242),
 * bounds what a message may hold, and looks at each as a whole before anybody else does. Knows no
 * sockets. */
#ifndef ROLLCALL_NETCONF_GUARD_H
#define ROLLCALL_NETCONF_GUARD_H

#include <stdint.h>

#include "drivers/netconf/scan.h"

struct guard {
    bool chunked;       /* base:1.1; set it between messages */
    struct buf message; /* as far as it came; its cap bounds it */
    bool whole;         /* it is a message; guard_next() begins the next */
    int state;          /* inside, of chunked framing */
    uint64_t left;      /* inside: of the chunk, or its size as far as read */
    char header[24];    /* inside: what the chunk's header is so far */
    size_t header_len;
};

/* Take bytes up to the end of a message. `used`: how many. RC_FORMAT: broken framing, RC_LIMIT. */
int guard_take(struct guard *g, struct str bytes, size_t *used, struct error *err);
void guard_next(struct guard *g);
void guard_free(struct guard *g); /* wipes */

/* Frame `message` for the other side. */
int guard_frame(bool chunked, struct str message, struct buf *out);

enum guard_kind { GUARD_HELLO, GUARD_RPC, GUARD_REPLY, GUARD_NOTIFICATION };

struct guard_seen {
    enum guard_kind kind;
    struct str id; /* message-id as written; at NULL: there is none */
    bool ok;       /* a reply of <ok/>, or of nothing at all */
    bool failed;   /* it has an rpc-error that is no warning */
};

/* Look all of a message through. RC_FORMAT, RC_LIMIT. */
int guard_inspect(struct str message, struct guard_seen *out, struct error *err);

/* What the first rpc-error that is no warning says, for people: its message, its tag, its path. */
int guard_complaint(struct str reply, struct buf *out, struct error *err);

#endif
