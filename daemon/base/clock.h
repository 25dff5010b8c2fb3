/* Time, as a thing that tests can own.
 *
 * Wall times are microseconds since 1970 UTC (`_us`); intervals are measured on the monotonic
 * clock (`mono_us`). They are never mixed. */
#ifndef ROLLCALL_BASE_CLOCK_H
#define ROLLCALL_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct clock {
    int64_t (*now_us)(void *ctx);
    int64_t (*mono_us)(void *ctx);
    void *ctx;
};

extern const struct clock clock_system;

static inline int64_t clock_now_us(const struct clock *c)
{
    return c->now_us(c->ctx);
}

static inline int64_t clock_mono_us(const struct clock *c)
{
    return c->mono_us(c->ctx);
}

#define TIME_TEXT_SIZE 32

/* "2026-03-01T00:00:00Z", or with ".123456" when there is a fraction (RFC 3339, UTC). */
const char *time_format(int64_t time_us, char out[TIME_TEXT_SIZE]);

/* RFC 3339 ("2026-03-01T10:00:00Z", any offset), a date ("2026-03-01": its first moment in UTC), a
 * date and time without an offset (UTC), "now", or a span back from `now_us`: "2h", "30m", "7d"
 * (s, m, h, d, w). */
int time_parse(const char *text, int64_t now_us, int64_t *time_us, struct error *err);

#endif
