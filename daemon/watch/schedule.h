/* When a device is read next. */
#ifndef ROLLCALL_WATCH_SCHEDULE_H
#define ROLLCALL_WATCH_SCHEDULE_H

#include "settings/settings.h"

/* How its last collection ended. */
struct attempt {
    int64_t at_us;     /* 0: there was none yet */
    enum rc code;      /* RC_OK: it was read */
    unsigned failures; /* in a row */
    bool soon;         /* what came is believed only when it is seen again */
};

/* The next time, INT64_MAX for a device that is only read when asked for. A device never read is
 * due at once. A failure that may pass (no answer, cut off, a crash) is tried again after 15 s,
 * doubling, but never later than its schedule says; one that will not (a rejected login, another
 * host key) waits for its schedule, so that no account is locked by us. Another process at the
 * device (RC_BUSY) is waited for 5 s. */
int64_t attempt_next_us(const struct device *device, const struct attempt *last);
/* The same of the failure alone, whatever the schedule; INT64_MAX: not by itself. */
int64_t attempt_retry_us(const struct attempt *last);
/* A failure that may pass. */
bool attempt_may_pass(enum rc code);

#endif
