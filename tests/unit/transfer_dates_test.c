/* rooms: transfer base */
/* Dates in names of files. */
#include "test.h"

#include <stdio.h>

#include "transfer/plan.h"

static void dates_are_found_in_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *time, *without; /* time NULL: there is no date in it */
    } cases[] = {
        {"edge-7-2026-03-01.cfg", "2026-03-01T00:00:00Z", "edge-7-.cfg"},
        {"2026-03-01T1000.cfg", "2026-03-01T10:00:00Z", ".cfg"},
        {"2026-03-01T10:00:30Z", "2026-03-01T10:00:30Z", ""},
        {"2026-03-01_10-00-30.txt", "2026-03-01T10:00:30Z", ".txt"},
        {"edge.20260301.conf", "2026-03-01T00:00:00Z", "edge..conf"},
        {"edge-20260301-101530", "2026-03-01T10:15:30Z", "edge-"},
        {"edge-20260301101530", "2026-03-01T10:15:30Z", "edge-"},
        {"20260301T101530.250000Z.cfg", "2026-03-01T10:15:30.250000Z", ".cfg"},
        {"edge-2026-03-01-24.cfg", "2026-03-01T00:00:00Z", "edge--24.cfg"},
        {"edge-2024-02-29", "2024-02-29T00:00:00Z", "edge-"},
        {"edge-2026-02-29", NULL, NULL},
        {"edge-2026-13-01", NULL, NULL},
        {"edge-2026-0301", NULL, NULL},
        {"edge-120260301", NULL, NULL},
        {"edge-1026-03-01", NULL, NULL},
        {"10.20.30.40", NULL, NULL},
        {"sw-00000000", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t time_us = 0;
        size_t begin, end;
        char time[TIME_TEXT_SIZE], left[64];
        bool found = date_find(str_of(cases[i].name), &time_us, &begin, &end);
        if (found != (cases[i].time != NULL))
            fail_msg("%s: %s", cases[i].name, found ? "a date" : "no date");
        if (!found)
            continue;
        snprintf(left, sizeof left, "%.*s%s", (int)begin, cases[i].name, cases[i].name + end);
        assert_string_equal(time_format(time_us, time), cases[i].time);
        assert_string_equal(left, cases[i].without);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates_are_found_in_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
