/* Private to schedule*.c. */
#ifndef ROLLCALL_SETTINGS_SCHEDULE_H
#define ROLLCALL_SETTINGS_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    int64_t interval_s; /* 0: the cron fields below */
    uint64_t minutes;
    uint32_t hours, days; /* days: bit 1 to 31 */
    uint16_t months;      /* bit 1 to 12 */
    uint8_t weekdays;     /* bit 0: Sunday */
    bool any_day, any_weekday;
};

#define ALL_HOURS ((UINT32_C(1) << 24) - 1)

#endif
