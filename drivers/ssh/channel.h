/* Channels of the device's session: a shell to talk to, and commands by exec. */
#ifndef ROLLCALL_SSH_CHANNEL_H
#define ROLLCALL_SSH_CHANNEL_H

#include "drivers/ssh/dialogue.h"
#include "drivers/ssh/route.h"

struct shell {
    struct route *route;
    ssh_channel channel;
};

/* A terminal and a shell. `wire` talks to it. RC_DIALOGUE when the server gives none. */
int shell_open(struct shell *s, struct route *r, struct wire *wire, struct error *err);
void shell_close(struct shell *s);

struct exec_reply {
    struct buf out;      /* cap set by the caller */
    int status;          /* exit status */
    char complaint[160]; /* what came on stderr, shortened and escaped */
};

/* Run one command to its end. RC_INCOMPLETE when the channel closed without an exit status,
 * RC_DIALOGUE when the server refuses to run it or it died of a signal, RC_LIMIT, RC_TIMEOUT. */
int exec_run(
    struct route *r, unsigned ms, const char *command, struct exec_reply *reply, struct error *err);

/* Pull one part. RC_NOT_FOUND: an optional part that is not there. */
int exec_part(struct route *r, unsigned ms, const struct script_part *part, struct buf *out,
    struct error *err);

#endif
