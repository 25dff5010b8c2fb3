/* What the sample stores in stores/ hold: three devices that were made up. */
#ifndef ROLLCALL_STORE_SAMPLE_H
#define ROLLCALL_STORE_SAMPLE_H

#include "store_fixture.h"

/* Every kind of row there is; no version has the same text as another one of its device. */
static inline void sample_fill(struct fixture *f)
{
    static const char *const configs[] = {
        "hostname edge-7\nusername carol privilege 15 secret 9 $9$sampleONE\nend\n",
        ("hostname edge-7\nusername carol privilege 15 secret 9 $9$sampleTWO\n"
         "username dave privilege 1 secret 9 $9$sampleDAVE\nend\n"),
        "hostname edge-7\nusername dave privilege 15 secret 9 $9$sampleDAVE\nend\n"};
    const struct store_account carol = local_account("carol", 15);
    const struct store_account both[] = {carol, local_account("dave", 1)};
    const struct store_account dave = local_account("dave", 15);
    static const struct store_event created = {"sample-1", "account-created", 85, "dave",
        "/rollcall-access:access/account", "{\"id\":\"sample-1\",\"severity\":85}"};
    static const struct store_event raised = {"sample-2", "privilege-raised", 90, "dave",
        "/rollcall-access:access/account", "{\"id\":\"sample-2\",\"severity\":90}"};
    static const struct store_event down = {
        "sample-3", "device-unreachable", 50, "", "", "{\"id\":\"sample-3\",\"severity\":50}"};
    const struct sample samples[] = {{.config = configs[0], .accounts = &carol, .account_count = 1},
        {.config = configs[1],
            .previous = 1,
            .accounts = both,
            .account_count = 2,
            .events = &created,
            .event_count = 1},
        {.unchanged = true, .previous = 2},
        {.failure = "timeout", .events = &down, .event_count = 1},
        {.config = configs[2],
            .previous = 2,
            .accounts = &dave,
            .account_count = 1,
            .events = &raised,
            .event_count = 1},
        {.device = "core-1", .config = "hostname core-1\nend\n"},
        {.device = "new-9", .failure = "connect"}};
    for (size_t i = 0; i < COUNT(samples); i++, f->now_us += 100 * SECOND)
        fixture_must(f, fixture_collect(f, &samples[i], NULL));
    fixture_must(f, store_outbox_done(f->store, 1, &f->err));
    fixture_must(f, store_outbox_retry(f->store, 2, f->now_us + SECOND, "no route", &f->err));
    fixture_must(f, store_pin_host_key(f->store, "edge-7", "ssh-ed25519", "AAAAsample", false,
                        "first-use", &f->err));
}

#endif
