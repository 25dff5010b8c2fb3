/* Which platform is this? Private to the driver. */
#ifndef ROLLCALL_SSH_RECOGNISE_H
#define ROLLCALL_SSH_RECOGNISE_H

#include "drivers/ssh/channel.h"

/* Ask the device, at its prompt (`d`) or, where it gives no shell, by exec (`d` NULL). Each
 * command runs once at most. RC_NOT_FOUND when no platform or more than one fits. */
int recognise(struct route *r, struct dialogue *d, const struct platform **out, struct error *err);

#endif
