/* The engine's side of listeners: which devices are listened to, in which process, and when a
 * session that was lost is tried again.
 *
 * A device is let in once it has been read (then its host key is pinned and its login known to be
 * good). A session that ends is opened again after a pause, 1 s and doubling up to 5 min, with
 * jitter; one that was refused (login, host key) only when the device has been read again, so that
 * no account is locked by us; one whose device has no notifications (RC_NOT_FOUND) after 6 h. A
 * listener that dies, lies, or says too much is killed; its sessions
 * are lost like any others. */
#ifndef ROLLCALL_LISTENERS_H
#define ROLLCALL_LISTENERS_H

#include <poll.h>

#include "base/clock.h"
#include "watch/messages.h"

/* Sessions that are being opened at a time. */
#define LISTENERS_MOST_OPENING 8

struct listeners;

/* `zygote` (a socket of zygote_start()) and `clock` are borrowed. */
int listeners_open(
    int zygote, const struct clock *clock, struct listeners **out, struct error *err);
void listeners_close(struct listeners *l); /* kills them */

/* What is to be listened to. */
struct listened {
    const char *device;
    const char *credentials; /* sessions of different ones share no process */
    const char *way;         /* how it is reached, in any words: with others than last time, the
                                session is opened anew */
    bool calls;              /* it calls home, and is never due by itself */
};

/* Listen to a device from now on. Known already: nothing changes. Strings are copied. */
int listeners_add(struct listeners *l, const struct listened *what, struct error *err);
void listeners_remove(struct listeners *l, const char *device);
/* Remove every device for which `is_wanted` says no. */
void listeners_prune(
    struct listeners *l, bool (*is_wanted)(void *ctx, const char *device), void *ctx);

/* It has been read: it may be listened to. */
void listeners_let_in(struct listeners *l, const char *device);

/* A device whose session should be opened now; NULL: none. */
const char *listeners_due(const struct listeners *l);
/* Open it. The job's last hop may have a `socket` (Call Home), which stays ours. What goes wrong is
 * the device's next pause, and RC_CRASH: the zygote is gone. */
int listeners_start(
    struct listeners *l, const char *device, const struct driver_job *job, struct error *err);
/* There was no job to be had: try again after a pause. */
void listeners_postpone(struct listeners *l, const char *device, int rc);
/* Let its session go; false: there was none. */
bool listeners_hang_up(struct listeners *l, const char *device);
/* One that calls home may be listened to when it does: it was let in, and its pause is over. */
bool listeners_expects(const struct listeners *l, const char *device);

/* Sessions that are subscribed. */
size_t listeners_held(const struct listeners *l);
size_t listeners_processes(const struct listeners *l);

/* For a loop that polls: as pool_watch(), pool_patience_ms(), pool_step(). The callee may hang up,
 * but neither add nor remove devices. */
typedef void listeners_heard(void *ctx, const char *device, const struct notice *notice);

size_t listeners_watch(const struct listeners *l, struct pollfd *fds, size_t room);
int listeners_patience_ms(const struct listeners *l);
void listeners_step(struct listeners *l, listeners_heard *heard, void *ctx);

/* The pause after so many losses in a row (from 1), in milliseconds; `random` is any number. */
unsigned listeners_pause_ms(unsigned losses, uint32_t random);

#endif
