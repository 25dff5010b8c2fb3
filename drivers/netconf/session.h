/* A NETCONF session (RFC 6241) over a stream.
 *
 * The framing (RFC 6242), hellos and message ids are ours, because what stands on the wire is
 * hostile before it is NETCONF: the guard (guard.h) bounds size and nesting, refuses document types
 * and entities, and keeps each message as the device sent it. libnetconf2 would fetch and compile
 * every module of the device at each start, hold replies without bound, and wait past deadlines. To
 * libyang device data stays unknown.
 *
 * There is no thread: a session does something only inside these functions, none of which waits
 * past its time. Sessions of several threads do not disturb each other. */
#ifndef ROLLCALL_NETCONF_SESSION_H
#define ROLLCALL_NETCONF_SESSION_H

#include "base/buf.h"
#include "drivers/stream.h"

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

/* Connect, log in, exchange hellos. Errors: those of ssh_stream_open(), RC_FORMAT, RC_LIMIT.
 * Nothing of the job is needed afterwards. Its total_ms (0: no end) bounds all that follows but the
 * wait for notifications, max_bytes each message. */
int netconf_open(const struct driver_job *job, struct driver_result *result, struct netconf **out,
    struct error *err);
/* The same over a stream that stands already; it is taken over, also when this fails. */
int netconf_open_stream(const struct driver_job *job, const struct stream *stream,
    struct netconf **out, struct error *err);
const struct netconf_hello *netconf_hello(const struct netconf *session);

/* One operation: `operation` is the XML inside <rpc>. `reply` gets the whole <rpc-reply>. Errors:
 * RC_TIMEOUT, RC_DIALOGUE (an rpc-error, with its message, escaped), RC_FORMAT, RC_LIMIT,
 * RC_INCOMPLETE (the device closed in the middle), RC_CONNECT. After any but RC_DIALOGUE the
 * session is of no more use. */
int netconf_rpc(struct netconf *session, struct str operation, unsigned timeout_ms,
    struct buf *reply, struct error *err);

/* Wait for a notification (RFC 5277). 1: `message` has it; 0: none within timeout_ms; negative: an
 * error as above. `message` is emptied first. */
int netconf_notification(
    struct netconf *session, unsigned timeout_ms, struct buf *message, struct error *err);

/* For those who hold many sessions and wait for all of them in one poll(): what to wait for, at
 * most STREAM_MOST_FDS. When any is ready, netconf_notification() with no time until it gives 0. */
size_t netconf_watch(const struct netconf *session, struct pollfd *fds, size_t room);

/* Says <close-session> if there is time, and frees. NULL is fine. */
void netconf_close(struct netconf *session);

#endif
