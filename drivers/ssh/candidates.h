/* Which platforms fit what is seen of a device, and what it answers. Knows nothing of SSH. Private
 * to the driver. */
#ifndef ROLLCALL_SSH_CANDIDATES_H
#define ROLLCALL_SSH_CANDIDATES_H

#include "drivers/platform.h"

/* Most different commands that are asked: what command lines of network devices share (`show
 * version`), what hosts share, and, where neither tells, a vendor's own. */
#define CANDIDATES_MOST_COMMANDS 3

struct sight {
    struct str greeting; /* identification string and banner, a line each */
    const char *prompt;  /* NULL: no shell, only commands by exec */
    /* What the device answers to a command; a refusal is an answer. Asked once a command. The view
     * is valid until the next call. */
    int (*ask)(void *ctx, const char *command, struct str *answer, struct error *err);
    void *ctx;
};

/* Those that fit, but none that gives way to another one that fits (`recognise/before`). All hints
 * of a platform must hold, and its prompt must look like the device's. The command that most of
 * those left share is asked first; of two, that of the platform with more hints that fitted. As
 * soon as one fits, only those are asked after that would have precedence over it. `*fitting` is
 * malloc'd. */
int candidates_find(const struct platforms *all, const struct sight *sight,
    const struct platform *const **fitting, size_t *count, struct error *err);

#endif
