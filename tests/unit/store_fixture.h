/* A store in a folder of its own, a clock that tests turn, and collections in one line. */
#ifndef ROLLCALL_STORE_FIXTURE_H
#define ROLLCALL_STORE_FIXTURE_H

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sql.h"
#include "store/store.h"
#include "store_keys.h"

#define SECOND 1000000LL

struct fixture {
    char folder[64], path[96];
    int64_t now_us; /* the store's clock */
    struct clock clock;
    struct store *store;
    struct error err;
};

static inline int64_t fixture_now(void *ctx)
{
    return ((struct fixture *)ctx)->now_us;
}

static inline void fixture_open(struct fixture *f, enum store_mode mode)
{
    int rc = store_open(f->path, mode, &test_keys, &f->clock, &f->store, &f->err);
    if (rc)
        fail_msg("store_open: %s", f->err.text);
}

static inline int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder,
        access("/dev/shm", W_OK) ? "/tmp/rollcall-store-XXXXXX" : "/dev/shm/rollcall-store-XXXXXX");
    if (!f || !mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/store", f->folder);
    f->now_us = 1000 * SECOND;
    f->clock = (struct clock){fixture_now, fixture_now, f};
    fixture_open(f, STORE_WRITE);
    *state = f;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    DIR *folder = opendir(f->folder);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(f->folder);
    free(f);
    return 0;
}

#define STORE_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

/* What the tests say of a collection; the rest is made up. */
struct sample {
    const char *device;
    uint32_t previous;
    const char *config;
    const struct store_account *accounts;
    size_t account_count;
    const struct store_event *events;
    size_t event_count;
    const char *failure;
    bool unchanged;
};

static inline struct store_account local_account(const char *name, int64_t privilege)
{
    return (struct store_account){.realm = "local",
        .name = name,
        .kind = "local",
        .has_privilege = true,
        .privilege = privilege,
        .roles = "",
        .admin = privilege == 15,
        .enabled = true,
        .secret_scheme = "scrypt"};
}

static const char *const fixture_sinks[] = {"noc", "siem"};
static const int fixture_minimum[] = {50, 1};

static inline int fixture_collect(struct fixture *f, const struct sample *s, uint32_t *version)
{
    struct store_part part = {"running", str_of(s->config)};
    const struct store_collection c = {.device = s->device ? s->device : "edge-7",
        .address = "192.0.2.7",
        .platform = "ios",
        .started_us = f->now_us - 2 * SECOND,
        .ended_us = f->now_us,
        .failure = s->failure,
        .message = s->failure ? "it did not answer" : NULL,
        .new_version = !s->failure && !s->unchanged,
        .previous = s->previous,
        .digest = "d1",
        .author = "alice",
        .parts = &part,
        .part_count = s->failure || s->unchanged ? 0 : 1,
        .access_json = "{\"rollcall-access:access\":{}}",
        .accounts = s->accounts,
        .account_count = s->account_count,
        .events = s->events,
        .event_count = s->event_count,
        .sinks = fixture_sinks,
        .sink_minimum = fixture_minimum,
        .sink_count = 2};
    return store_collect(f->store, &c, version, &f->err);
}

static inline void fixture_must(struct fixture *f, int rc)
{
    if (rc)
        fail_msg("%s: %s", rc_name((enum rc)rc), f->err.text);
}

/* One number from the file itself, past the store's functions. */
static inline int64_t fixture_count(struct fixture *f, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(f->store->db, sql, -1, &statement, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->store->db));
    if (sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: no row", sql);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

#endif
