/* The doorman: the process that listens for devices that call home (RFC 8071). It accepts, and
 * passes each connection with its peer's address to the engine. It holds no secret, no file and,
 * once it is passed on, no connection; it reads not one byte of any.
 *
 * Whoever calls is a stranger until his key or certificate was checked, by who talks to him: a
 * collector or a listener. The doorman bounds how often anybody may try. */
#ifndef ROLLCALL_DOORMAN_H
#define ROLLCALL_DOORMAN_H

#include <poll.h>

#include "base/clock.h"
#include "watch/messages.h"

/* Connections of one address, and of all, at once and then one in so long; those beyond are closed
 * at once. */
#define DOORMAN_BURST 4
#define DOORMAN_PACE_US ((int64_t)2 * 1000000)
#define DOORMAN_ALL_BURST 64
#define DOORMAN_ALL_PACE_US ((int64_t)50000)

/* In a freshly forked child of the zygote: give up every right but the network, take the doors from
 * `socket`, serve until it closes. */
_Noreturn void doorman_run(int socket);

/* Who may call how often; `peers` are the latest. Zeroed it is ready. */
struct doorman_pace {
    struct {
        char address[CALL_ADDRESS_SIZE];
        int64_t paid_us;
    } peers[256];
    int64_t paid_us;
};

/* Whether one more connection of `address` is served at `mono_us`. */
bool doorman_admits(struct doorman_pace *pace, const char *address, int64_t mono_us);

/* ---- the engine's side ---- */

struct door;

/* `zygote` and `clock` are borrowed. */
int door_new(int zygote, const struct clock *clock, struct door **out, struct error *err);
void door_free(struct door *door); /* ends the doorman */

/* Where to listen (NULL: not); others than before, and the doorman is started anew. */
int door_set(struct door *door, const char *ssh, const char *tls, struct error *err);

/* Somebody calls. `*connection` is the callee's when it sets it to 0, else it is closed. */
typedef void door_called(void *ctx, const struct call *call, int *connection);

/* For a loop that polls. A doorman that died or cannot listen is started again after a pause. */
size_t door_watch(const struct door *door, struct pollfd *fds, size_t room);
int door_patience_ms(const struct door *door);
void door_step(struct door *door, door_called *called, void *ctx);

/* Whether `peer` (numeric) is one of these addresses and prefixes, NULL-terminated. */
bool call_home_matches(const char *const *callers, const char *peer);

#endif
