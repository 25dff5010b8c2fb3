/* When a device is due next.
 *
 * Cron fields speak of the clock on the wall, which jumps twice a year. A schedule of certain hours
 * is due once a day at each of them: at the first of two equal times, and, when its time does not
 * exist, at the moment the clock jumps. A schedule of every hour follows real time: what happens
 * each quarter of an hour goes on doing so. */
#include "schedule.h"

#include <string.h>
#include <time.h>

#include "settings_private.h"

#define DAY_S INT64_C(86400)

/* Minutes on the wall since 1970, as if it hung in Greenwich. */
typedef int64_t wall_min;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t offset_at(int64_t time_s)
{
    time_t t = (time_t)time_s;
    struct tm tm;
    return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

static wall_min wall_at(int64_t time_s)
{
    return floor_div(time_s + offset_at(time_s), 60);
}

/* ---- the wall's calendar ---- */

static bool day_is_due(const struct schedule *s, const struct tm *day)
{
    bool by_day = s->days >> day->tm_mday & 1;
    bool by_weekday = s->weekdays >> day->tm_wday & 1;
    if (!(s->months >> (day->tm_mon + 1) & 1))
        return false;
    /* crontab(5): when both are restricted, one of them is enough */
    return s->any_day || s->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* First due minute of a day from `minute` on, or -1. */
static int due_in_day(const struct schedule *s, int minute)
{
    for (int hour = minute / 60; hour < 24; hour++) {
        if (!(s->hours >> hour & 1))
            continue;
        for (int m = hour == minute / 60 ? minute % 60 : 0; m < 60; m++)
            if (s->minutes >> m & 1)
                return hour * 60 + m;
    }
    return -1;
}

/* First due minute on the wall strictly after `wall`. Days are tried for eight years: 29 February
 * can be so far away. */
static wall_min wall_next(const struct schedule *s, wall_min wall)
{
    wall++;
    int64_t day = floor_div(wall, 1440);
    int minute = (int)(wall - day * 1440);
    for (int tries = 0; tries < 8 * 366 + 2; tries++, day++, minute = 0) {
        time_t midnight = (time_t)(day * DAY_S);
        struct tm tm;
        if (!gmtime_r(&midnight, &tm) || !day_is_due(s, &tm))
            continue;
        int due = due_in_day(s, minute);
        if (due >= 0)
            return day * 1440 + due;
    }
    return INT64_MAX;
}

/* ---- from the wall to real time ---- */

/* First moment in (from, to] that has another offset than `from`; there is one. */
static int64_t find_jump(int64_t from, int64_t to)
{
    int64_t offset = offset_at(from);
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (offset_at(middle) == offset)
            from = middle;
        else
            to = middle;
    }
    return to;
}

/* When the wall first shows this minute, or when it jumps over it. */
static int64_t first_moment(wall_min wall)
{
    int64_t as_utc = wall * 60;
    int64_t before = offset_at(as_utc - DAY_S), behind = offset_at(as_utc + DAY_S);
    if (before == behind && offset_at(as_utc - before) == before)
        return as_utc - before;
    if (offset_at(as_utc - before) == before)
        return as_utc - before;
    if (offset_at(as_utc - behind) == behind)
        return as_utc - behind;
    return find_jump(as_utc - (before > behind ? before : behind) - 1,
        as_utc - (before < behind ? before : behind));
}

static int64_t next_of_certain_hours(const struct schedule *s, int64_t after_s)
{
    wall_min wall = wall_at(after_s);
    for (;;) {
        wall = wall_next(s, wall);
        if (wall == INT64_MAX)
            return INT64_MAX;
        int64_t moment = first_moment(wall);
        if (moment > after_s) /* not so in the second of two equal hours */
            return moment;
    }
}

static int64_t next_of_every_hour(const struct schedule *s, int64_t after_s)
{
    int64_t from = after_s + 1, step = DAY_S;
    for (;; step = 20 * DAY_S) {
        int64_t offset = offset_at(from);
        wall_min wall = wall_next(s, floor_div(from + offset + 59, 60) - 1);
        if (wall == INT64_MAX)
            return INT64_MAX;
        int64_t moment = wall * 60 - offset;
        int64_t seen = moment < from + step ? moment : from + step;
        if (offset_at(seen) != offset)
            from = find_jump(from, seen); /* the wall shows another time from here on */
        else if (seen == moment)
            return moment;
        else
            from = seen;
    }
}

/* ---- spread ---- */

/* FNV-1a, 64 bits, then mixed: names that differ in their last digit shall lie far apart. */
static uint64_t name_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 33;
}

int64_t schedule_next_us(
    const struct schedule *s, const char *device, unsigned splay_s, int64_t after_us)
{
    int64_t after_s = floor_div(after_us, 1000000), next;
    uint64_t window = splay_s;
    if (s->interval_s && (uint64_t)s->interval_s < window)
        window = (uint64_t)s->interval_s;
    int64_t shift = window ? (int64_t)(name_hash(device) % window) : 0;
    int64_t from = after_s - shift;
    if (s->interval_s)
        next = (floor_div(from, s->interval_s) + 1) * s->interval_s;
    else if (s->hours == ALL_HOURS)
        next = next_of_every_hour(s, from);
    else
        next = next_of_certain_hours(s, from);
    return next == INT64_MAX ? INT64_MAX : (next + shift) * 1000000;
}
