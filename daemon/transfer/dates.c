/* Dates in the names of files. */
#include <time.h>

#include "transfer/plan.h"

struct reading {
    struct str text;
    size_t at;
};

static bool take_digits(struct reading *r, size_t count, int *number)
{
    *number = 0;
    if (r->text.len - r->at < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = r->text.at[r->at + i];
        if (c < '0' || c > '9')
            return false;
        *number = *number * 10 + (c - '0');
    }
    r->at += count;
    return true;
}

/* One of these signs, taken over into `sign`; or none. */
static char take_sign(struct reading *r, const char *signs)
{
    char c = r->at < r->text.len ? r->text.at[r->at] : '\0';
    if (!c || !strchr(signs, c))
        return '\0';
    r->at++;
    return c;
}

static bool is_digit_at(const struct reading *r, size_t at)
{
    return at < r->text.len && r->text.at[at] >= '0' && r->text.at[at] <= '9';
}

/* ".123456" behind seconds, at most microseconds. */
static int64_t take_fraction(struct reading *r)
{
    struct reading ahead = *r;
    int64_t fraction_us = 0, unit_us = 100000;
    if (take_sign(&ahead, ".") == '\0' || !is_digit_at(&ahead, ahead.at))
        return 0;
    for (; is_digit_at(&ahead, ahead.at) && unit_us; ahead.at++, unit_us /= 10)
        fraction_us += (ahead.text.at[ahead.at] - '0') * unit_us;
    if (is_digit_at(&ahead, ahead.at))
        return 0;
    *r = ahead;
    return fraction_us;
}

static bool take_date(struct reading *r, struct tm *tm)
{
    int year, month, day;
    if (!take_digits(r, 4, &year))
        return false;
    char sign = take_sign(r, "-._");
    if (!take_digits(r, 2, &month) || (sign && take_sign(r, "-._") != sign) ||
        !take_digits(r, 2, &day))
        return false;
    *tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    struct tm same = *tm;
    timegm(&same); /* 31 February is another day */
    return year >= 1980 && year < 2200 && same.tm_mon == month - 1 && same.tm_mday == day;
}

/* "T1000", "-100000", "_10-00-00Z"; what is no time is no part of the date. Gives the fraction of
 * its second. */
static int64_t take_time(struct reading *r, struct tm *tm)
{
    struct reading ahead = *r;
    int hour, minute, second = 0;
    int64_t fraction_us = 0;
    if (!take_sign(&ahead, "T_- .@t") || !take_digits(&ahead, 2, &hour))
        return 0;
    char sign = take_sign(&ahead, "-:._h");
    if (!take_digits(&ahead, 2, &minute))
        return 0;
    struct reading seconds = ahead;
    if ((!sign || take_sign(&seconds, "-:._m")) && take_digits(&seconds, 2, &second)) {
        fraction_us = take_fraction(&seconds);
        ahead = seconds;
    } else {
        second = 0;
    }
    if (is_digit_at(&ahead, ahead.at) || hour > 23 || minute > 59 || second > 60)
        return 0;
    take_sign(&ahead, "Zz");
    *r = ahead;
    tm->tm_hour = hour;
    tm->tm_min = minute;
    tm->tm_sec = second;
    return fraction_us;
}

bool date_find(struct str name, int64_t *time_us, size_t *begin, size_t *end)
{
    struct reading r = {.text = name};
    struct tm tm;
    for (size_t at = 0; at + 8 <= name.len; at++) {
        r.at = at;
        if ((at && is_digit_at(&r, at - 1)) || !take_date(&r, &tm))
            continue;
        /* "20260301100000": the time follows at once */
        struct reading joined = r;
        int hour, minute, second;
        int64_t fraction_us = 0;
        if (take_digits(&joined, 2, &hour) && take_digits(&joined, 2, &minute) && hour < 24 &&
            minute < 60) {
            bool exact = take_digits(&joined, 2, &second) && second <= 60;
            tm.tm_hour = hour;
            tm.tm_min = minute;
            tm.tm_sec = exact ? second : 0;
            r = joined;
        } else {
            fraction_us = take_time(&r, &tm);
        }
        if (is_digit_at(&r, r.at))
            continue;
        *time_us = (int64_t)timegm(&tm) * 1000000 + fraction_us;
        *begin = at;
        *end = r.at;
        return true;
    }
    return false;
}
