#include "watch/schedule.h"

#define SECOND_US ((int64_t)1000000)
#define BUSY_S 5
#define SOON_S 30
#define FIRST_RETRY_S 15
#define MOST_DOUBLINGS 12

bool attempt_may_pass(enum rc code)
{
    switch (code) {
    case RC_AUTH:
    case RC_HOST_KEY:
    case RC_SETTINGS:
    case RC_NOT_FOUND:
    case RC_LIMIT:
    case RC_INVALID:
        return false;
    default:
        return true;
    }
}

int64_t attempt_retry_us(const struct attempt *last)
{
    if (last->code == RC_BUSY)
        return last->at_us + BUSY_S * SECOND_US;
    if (last->code == RC_OK || !attempt_may_pass(last->code))
        return INT64_MAX;
    unsigned doublings = last->failures > 1 ? last->failures - 1 : 0;
    if (doublings > MOST_DOUBLINGS)
        doublings = MOST_DOUBLINGS;
    return last->at_us + ((int64_t)FIRST_RETRY_S << doublings) * SECOND_US;
}

int64_t attempt_next_us(const struct device *device, const struct attempt *last)
{
    if (device->jump_only || !device->schedule)
        return INT64_MAX;
    if (!last->at_us)
        return 0;
    int64_t regular =
        schedule_next_us(device->schedule, device->name, device->splay_s, last->at_us);
    int64_t next = regular;
    if (last->soon)
        next = last->at_us + SOON_S * SECOND_US;
    else if (last->code != RC_OK)
        next = attempt_retry_us(last);
    return next < regular ? next : regular;
}
