/* A NETCONF session (RFC 6241) by libnetconf2, over a stream.
 *
 * libnetconf2 never sees the device: between the two stands a guard (guard.h) in a thread of its
 * own, which moves the bytes, undoes the framing (RFC 6242), bounds size, nesting and time, refuses
 * document types and entities, shows the library a hello with base capabilities only (so that it
 * asks for no schema), and keeps each message as the device sent it. What a caller gets is that
 * text; to libyang device data stays unknown. */
#ifndef ROLLCALL_NETCONF_SESSION_H
#define ROLLCALL_NETCONF_SESSION_H

#include "base/buf.h"
#include "drivers/driver.h"

struct netconf;

/* What the device said of itself. */
struct netconf_hello {
    char *
        *capabilities; /* as sent, sorted, without duplicates; valid UTF-8, no control characters */
    size_t count;
    uint32_t session_id;
};

/* Parse a <hello>. Ours, because it comes from the device: RC_FORMAT, RC_LIMIT. */
int hello_parse(struct str message, struct netconf_hello *out, struct error *err);
void hello_free(struct netconf_hello *hello);
/* The capability that begins with `uri` (up to its parameters), or NULL. */
const char *hello_find(const struct netconf_hello *hello, const char *uri);
/* Value of a parameter of a capability: module, revision, features, ... Malloc'd, or NULL. */
char *capability_parameter(const char *capability, const char *name);

/* Connect, log in, exchange hellos. Errors: those of ssh_stream_open(), RC_FORMAT, RC_LIMIT. */
int netconf_open(const struct driver_job *job, struct driver_result *result, struct netconf **out,
    struct error *err);
const struct netconf_hello *netconf_hello(const struct netconf *session);

/* One operation: `operation` is the XML inside <rpc>. `reply` gets the whole <rpc-reply>. Errors:
 * RC_TIMEOUT, RC_DIALOGUE (an rpc-error, with its message, escaped), RC_FORMAT, RC_LIMIT,
 * RC_INCOMPLETE (the device closed in the middle), RC_CONNECT. After any but RC_DIALOGUE the
 * session is of no more use. */
int netconf_rpc(struct netconf *session, struct str operation, unsigned timeout_ms,
    struct buf *reply, struct error *err);

/* Wait for a notification (RFC 5277). 1: `message` has it; 0: none within timeout_ms; negative: an
 * error as above. */
int netconf_notification(
    struct netconf *session, unsigned timeout_ms, struct buf *message, struct error *err);

/* Says <close-session> if there is time, and frees. NULL is fine. */
void netconf_close(struct netconf *session);

#endif
