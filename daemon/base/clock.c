#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_now_us(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono_us(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_MONOTONIC);
}

const struct clock clock_system = {system_now_us, system_mono_us, NULL};

const char *time_format(int64_t time_us, char out[TIME_TEXT_SIZE])
{
    int64_t seconds = time_us / 1000000, rest = time_us % 1000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000;
    }
    time_t t = (time_t)seconds;
    struct tm tm;
    gmtime_r(&t, &tm);
    size_t used = strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    if (rest)
        snprintf(out + used, TIME_TEXT_SIZE - used, ".%06dZ", (int)rest);
    else
        snprintf(out + used, TIME_TEXT_SIZE - used, "Z");
    return out;
}

/* "2h" and the like: 0 when it was none. */
static int parse_span(const char *text, int64_t *span_us)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    char *end;
    long long count = strtoll(text, &end, 10);
    if (end == text || count < 0 || count > 1000000 || !*end || end[1])
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (*end == units[i].unit) {
            *span_us = count * units[i].seconds * 1000000;
            return 1;
        }
    return 0;
}

static int parse_offset(const char *at, long *seconds)
{
    if ((at[0] == 'Z' || at[0] == 'z') && !at[1])
        return 1;
    int hours, minutes, used = 0;
    if ((at[0] == '+' || at[0] == '-') &&
        sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 && used == 5 && !at[6] &&
        hours < 24 && minutes < 60) {
        *seconds = (hours * 60L + minutes) * 60 * (at[0] == '-' ? -1 : 1);
        return 1;
    }
    return 0;
}

int time_parse(const char *text, int64_t now_us, int64_t *time_us, struct error *err)
{
    int64_t span_us;
    if (strcmp(text, "now") == 0) {
        *time_us = now_us;
        return RC_OK;
    }
    if (parse_span(text, &span_us)) {
        *time_us = now_us - span_us;
        return RC_OK;
    }
    struct tm tm = {0};
    long offset = 0, micros = 0;
    const char *rest = strptime(text, "%Y-%m-%d", &tm);
    if (!rest)
        goto bad;
    if (*rest == 'T' || *rest == 't' || *rest == ' ') {
        const char *time = rest + 1;
        rest = strptime(time, "%H:%M:%S", &tm);
        if (!rest)
            rest = strptime(time, "%H:%M", &tm);
        if (!rest)
            goto bad;
        if (*rest == '.') {
            long scale = 100000;
            for (rest++; *rest >= '0' && *rest <= '9'; rest++, scale /= 10)
                micros += (*rest - '0') * scale;
        }
        if (*rest && !parse_offset(rest, &offset))
            goto bad;
    } else if (*rest) {
        goto bad;
    }
    *time_us = ((int64_t)timegm(&tm) - offset) * 1000000 + micros;
    return RC_OK;
bad:
    return error_set(err, RC_USAGE,
        "\"%s\" is not a time; write 2026-03-01, 2026-03-01T10:00:00Z, or 2h, 7d ago", text);
}
