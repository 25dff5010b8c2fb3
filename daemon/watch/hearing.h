/* What the engine does with what is heard of devices: which are listened to, and that one that was
 * changed is read at once.
 *
 * Listened to is every device that speaks NETCONF and has `notifications`. A session that was
 * subscribed, again or for the first time, makes its device due: what happened before is seen by
 * that pull. A session that is lost is a line in the log; that a device cannot be reached is told
 * by its schedule.
 *
 * A device that calls home (RFC 8071) has one connection at a time, which it makes. While it is
 * due, its next call is for the pull; else the listener holds the connection. So when such a device
 * becomes due, by schedule or because it was changed, the listener lets its connection go, the
 * device calls again, as RFC 8071 has it do, and that call is for the pull; the one after it is
 * held again. A session that follows such a pull makes it not due again, or there would be no end:
 * what was changed in the moment between the two is seen by the next pull. */
#ifndef ROLLCALL_HEARING_H
#define ROLLCALL_HEARING_H

#include <poll.h>

#include "settings/settings.h"
#include "store/store.h"
#include "watch/roster.h"

struct hearing;

/* What it works on; borrowed. */
struct hearing_setup {
    const struct settings *settings;
    struct roster *roster;
    struct store *store; /* host keys for a session's job */
};

int hearing_open(int zygote, struct hearing **out, struct error *err);
void hearing_close(struct hearing *h);

/* Settings were read (again): listen to the devices in them and to no others. */
int hearing_settle(struct hearing *h, const struct hearing_setup *setup, struct error *err);

/* A device was read: it may be listened to. */
void hearing_let_in(struct hearing *h, const struct device *device);

/* Open the sessions that are due. RC_CRASH: the zygote is gone. */
int hearing_start(struct hearing *h, struct error *err);

/* For a loop that polls, as pool_watch(), pool_patience_ms(), pool_step(). */
size_t hearing_watch(const struct hearing *h, struct pollfd *fds, size_t room);
size_t hearing_watch_room(const struct hearing *h);
int hearing_patience_ms(const struct hearing *h);
void hearing_step(struct hearing *h);

size_t hearing_held(const struct hearing *h); /* sessions */

#endif
