/* A listener: a process that holds sessions with devices and says what it hears: that a config was
 * changed, and by whom (RFC 5277, 6470, 8639).
 *
 * A session has a thread of its own, because its driver blocks; threads share the socket to the
 * engine and nothing else. A listener decides nothing: each session is opened once, with the login
 * that came for it, and told as lost when it ends. When to try again is the engine's business
 * (listeners.h), which then sends the login anew. So a login is in this process's memory only while
 * it is being used, and is wiped before the subscription is made.
 *
 * What this process exposes all the same: a device that takes it over has the other sessions that
 * it holds, each with the rights of its login, and the logins that pass through it from then on.
 * That is more than a collector has, which sees one device. It is accepted because a process a
 * session would cost some megabytes for each device; it is made small by keeping sessions of one
 * credential together and apart from all others (such devices know each other's password already),
 * and by a login that may only read, which is all that rollcall needs. Whoever accepts none of it
 * sets `notifications: false`. As a collector, a listener has no key, no store, no settings, no
 * file, and what it says is believed by nobody. */
#ifndef ROLLCALL_LISTENER_H
#define ROLLCALL_LISTENER_H

#include "drivers/driver.h"
#include "watch/messages.h"

/* Most sessions of one process: a thread and some descriptors each. */
#define LISTENER_MOST_SESSIONS 64
/* Most bytes of one message that a device may send us: its hello is the largest. */
#define LISTENER_MOST_MESSAGE ((size_t)4 << 20)
/* Changes of a device are told at most so often; those in between are told together. */
#define LISTENER_PAUSE_MS 250

/* How a session is held. Each is called in the thread of its session. */
struct hold {
    /* Log in and subscribe. `*session` is set also when it fails halfway, and closed then too.
     * `logged_in` is called as soon as the logins are no longer needed: they are wiped then.
     * Nothing of `job` stays once this has returned. */
    int (*open)(const struct driver_job *job, void (*logged_in)(void *ctx), void *ctx,
        void **session, struct error *err);
    /* Wait for news, or until `wake` is readable. 1: `out` has kind, user, address, wait_s; 0: none
     * within timeout_ms, or none that matter; negative: the session is lost. */
    int (*next)(
        void *session, int wake, unsigned timeout_ms, struct notice *out, struct error *err);
    void (*close)(void *session);
};

extern const struct hold hold_netconf;

/* In a freshly forked child of the zygote: give up every right but the network, take watches from
 * `socket` until it closes. */
_Noreturn void listener_run(int socket, const struct hold *hold);

#endif
