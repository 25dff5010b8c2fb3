/* libnetconf2's side of a session. The library keeps the session: hellos, message ids, its end.
 * What a request asks and a reply holds goes around it, byte for byte: libyang would have to know
 * the modules of each, and to take a config apart that is read anew anyway. So the library sends a
 * stand-in request and sees a stand-in reply, over a socket pair whose other end is ours. */
#ifndef ROLLCALL_NETCONF_CLIENT_H
#define ROLLCALL_NETCONF_CLIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct client;

/* The hello that goes to the device: what the library's says. */
#define CLIENT_HELLO                                                                               \
    "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"                      \
    "<capability>urn:ietf:params:netconf:base:1.0</capability>"                                    \
    "<capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>"

/* Once its hello was seen. */
int client_open(uint32_t session_id, struct client **out, struct error *err);

/* `rpc` gets the whole <rpc> to send for an operation. */
int client_request(struct client *c, struct str operation, struct buf *rpc, struct error *err);

/* A reply came, with this message-id (as written; at NULL: none). RC_FORMAT when it answers
 * something else than what was asked last. */
int client_reply(struct client *c, struct str id, struct error *err);

void client_close(struct client *c); /* NULL is fine */

#endif
