/* A clock that stands until a test moves it. */
#ifndef ROLLCALL_TEST_CLOCK_H
#define ROLLCALL_TEST_CLOCK_H

#include "base/clock.h"

static int64_t test_mono_us;

static int64_t read_mono(void *ctx)
{
    (void)ctx;
    return test_mono_us;
}

static const struct clock test_clock = {read_mono, read_mono, NULL};

#endif
