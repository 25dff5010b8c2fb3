/* The way to a device: one SSH session a hop, each inside a channel of the one before it.
 *
 * Everything runs in this one process and never blocks past a deadline: libssh is used in its
 * non-blocking mode, and whoever waits moves the bytes of the lower hops meanwhile. */
#ifndef ROLLCALL_SSH_ROUTE_H
#define ROLLCALL_SSH_ROUTE_H

#include <libssh/libssh.h>
#include <poll.h>

#include "drivers/driver.h"

#define ROUTE_MOST_HOPS 8

struct route_hop {
    ssh_session session;
    ssh_channel tunnel; /* to the next hop */
    int inner;          /* our end of the next session's socket; -1: none */
    struct buf pending; /* read from the tunnel, not yet taken by the next session */
};

struct route {
    const struct driver_job *job;
    struct driver_result *result;
    struct route_hop hops[ROUTE_MOST_HOPS];
    size_t count;        /* hops opened so far; the last one is what is talked to */
    int64_t total_us;    /* monotonic: the end of everything */
    int64_t deadline_us; /* monotonic: of the step under way */
    bool open_door;      /* the last hop asked for no login */
    char place[256];     /* "DEVICE: STEP", for errors */
};

/* Connect, check the host key of and log in to every hop. Errors: see ssh_pull(). */
int route_open(
    struct route *r, const struct driver_job *job, struct driver_result *result, struct error *err);
/* The same, but only as far as the last hop's door: through `r` when there are jump hosts. Then
 * route_knock() connects to it: `*fd` is a socket, or -1 and `*channel` leads there. */
int route_open_before(
    struct route *r, const struct driver_job *job, struct driver_result *result, struct error *err);
int route_knock(struct route *r, int *fd, ssh_channel *channel, struct error *err);
void route_close(struct route *r);

ssh_session route_session(const struct route *r); /* of the last hop */

/* Name the step, give it a deadline of `ms` (never past the total), tell the progress line. */
void route_step(struct route *r, unsigned ms, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Wait until the last hop's session has something to do; RC_TIMEOUT at `deadline_us`. May return
 * early. */
int route_wait(struct route *r);

/* The same for the output of one channel of the last hop. */
int route_wait_channel(struct route *r, ssh_channel channel);

/* For those who wait elsewhere: move what the hops below have to move, and say what to poll for,
 * the last hop's socket first. Returns how many were filled in. */
void route_pump(struct route *r);
size_t route_watch(const struct route *r, struct pollfd *fds, size_t room);

/* Call a libssh function until it no longer says `again`, or the deadline has passed. */
#define ROUTE_CALL(route, rc, again, call)                                                         \
    do                                                                                             \
        (rc) = (call);                                                                             \
    while ((rc) == (again) && route_wait(route) == RC_OK)

/* RC_TIMEOUT when the step's deadline has passed, else `code` with libssh's reason. */
int route_fail(struct route *r, enum rc code, struct error *err);

/* private to route.c, hostkey.c and auth.c */
int route_offer_algorithms(
    struct route *r, const struct driver_hop *hop, ssh_session session, struct error *err);
int route_check_host_key(
    struct route *r, const struct driver_hop *hop, ssh_session session, struct error *err);
int route_log_in(
    struct route *r, const struct driver_hop *hop, ssh_session session, struct error *err);

#endif
