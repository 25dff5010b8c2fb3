/* rooms: base store */
/* What the store costs: collections per second, the fleet's accounts at some time, bytes a version.
 *
 *     store_bench [DEVICES [VERSIONS [FOLDER]]]
 *
 * The history is generated without waiting for the disk; what is measured afterwards does wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/sql.h"
#include "store/store.h"
#include "tests/unit/store_keys.h"

enum { ACCOUNTS = 6, CONFIG_BYTES = 26000 };

struct bench {
    uint32_t devices, versions;
    char path[256];
    int64_t now_us;
    struct store *store;
    char config[CONFIG_BYTES + 256];
    double wall, user, system; /* seconds spent in store_collect() */
};

static int64_t bench_now(void *ctx)
{
    return ((struct bench *)ctx)->now_us;
}

static double of_timeval(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, const struct error *err)
{
    if (!rc)
        return;
    fprintf(stderr, "store_bench: %s\n", err->text);
    exit(1);
}

/* A config much like a router's: interfaces, access lists, and a few lines that differ with device
 * and version. */
static struct str write_config(struct bench *b, uint32_t device, uint32_t version)
{
    size_t len = (size_t)snprintf(b->config, sizeof b->config, "hostname router-%05u\n", device);
    uint32_t seed = device * 2654435761u;
    for (uint32_t i = 0; len < CONFIG_BYTES - 200; i++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t change = i == version ? version : 0;
        len += (size_t)snprintf(b->config + len, sizeof b->config - len,
            "interface GigabitEthernet0/%u\n description link %08x\n"
            " ip address 10.%u.%u.%u 255.255.255.252\n ip ospf cost %u\n no shutdown\n!\n",
            i, seed, seed >> 24, (seed >> 16) & 255, (seed >> 8) & 255, 10 + change);
    }
    return (struct str){b->config, len};
}

static void collect(struct bench *b, uint32_t device, uint32_t previous, bool changed)
{
    char name[32], id[64];
    snprintf(name, sizeof name, "router-%05u", device);
    snprintf(id, sizeof id, "%s/%u", name, previous);
    static const char *const names[ACCOUNTS] = {
        "admin", "alice", "backup", "bob", "noc", "rollcall"};
    struct store_account accounts[ACCOUNTS];
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        accounts[i] = (struct store_account){.realm = "local",
            .name = names[i],
            .kind = "local",
            .roles = "",
            .has_privilege = true,
            .privilege = 15,
            .admin = true,
            .enabled = true,
            .secret_scheme = "scrypt",
            .key_count = i == previous % ACCOUNTS ? previous : 0};
    struct store_part part = {"running", {NULL, 0}};
    if (changed)
        part.text = write_config(b, device, previous);
    const struct store_event event = {id, "config-changed", 20, "", "",
        "{\"id\":\"0123456789abcdef\",\"event\":\"config-changed\",\"severity\":20}"};
    static const char *const sinks[] = {"noc"};
    static const int minimum[] = {50};
    const struct store_collection c = {.device = name,
        .address = "192.0.2.1",
        .platform = "ios",
        .started_us = b->now_us,
        .ended_us = b->now_us,
        .new_version = changed,
        .previous = previous,
        .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        .parts = &part,
        .part_count = 1,
        .access_json = "{\"rollcall-access:access\":{\"account\":[{\"name\":\"admin\"}]}}",
        .accounts = accounts,
        .account_count = ACCOUNTS,
        .events = &event,
        .event_count = changed,
        .sinks = sinks,
        .sink_minimum = minimum,
        .sink_count = 1};
    struct error err = ERROR_INIT;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double start = seconds();
    must(store_collect(b->store, &c, NULL, &err), &err);
    b->wall += seconds() - start;
    getrusage(RUSAGE_SELF, &after);
    b->user += of_timeval(after.ru_utime) - of_timeval(before.ru_utime);
    b->system += of_timeval(after.ru_stime) - of_timeval(before.ru_stime);
}

static void set(struct bench *b, const char *pragma)
{
    sqlite3_exec(b->store->db, pragma, NULL, NULL, NULL);
}

static void generate(struct bench *b)
{
    set(b, "PRAGMA synchronous = OFF");
    for (uint32_t v = 0; v < b->versions; v++)
        for (uint32_t d = 0; d < b->devices; d++, b->now_us += 1000)
            collect(b, d, v, true);
    set(b, "PRAGMA wal_checkpoint(TRUNCATE)");
    struct stat st;
    stat(b->path, &st);
    double count = (double)b->devices * b->versions;
    printf("%-44s %10.0f\n", "collections/s, changed, without sync", count / b->wall);
    printf("%-44s %10.0f\n", "bytes on disk a version of 26 KB", (double)st.st_size / count);
    set(b, "PRAGMA synchronous = FULL");
}

static void measure_collections(struct bench *b, bool changed, uint32_t previous)
{
    enum { TIMES = 500 };
    b->wall = b->user = b->system = 0;
    for (uint32_t i = 0; i < TIMES; i++, b->now_us += 1000)
        collect(b, i % b->devices, previous + (changed ? i / b->devices : 0), changed);
    printf("collections/s, %-9s, synchronous=FULL %16.0f\n", changed ? "changed" : "unchanged",
        TIMES / b->wall);
    printf("  CPU us each, user + system %17.0f + %.0f\n", b->user / TIMES * 1e6,
        b->system / TIMES * 1e6);
}

static int count_row(void *ctx, const struct store_account_row *row)
{
    *(size_t *)ctx += row->account.admin;
    return 0;
}

static void measure_accounts(
    struct bench *b, const char *label, const struct store_account_query *q)
{
    struct error err = ERROR_INIT;
    double best = 1e9;
    size_t rows = 0;
    for (int i = 0; i < 3; i++) {
        rows = 0;
        double start = seconds();
        must(store_accounts(b->store, q, count_row, &rows, &err), &err);
        double took = seconds() - start;
        best = took < best ? took : best;
    }
    printf("accounts %-26s %7zu rows %7.1f ms\n", label, rows, best * 1e3);
}

static void clean_up(const struct bench *b)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s%s", b->path, ends[i]);
        unlink(path);
    }
}

int main(int argc, char **argv)
{
    static struct bench b = {.now_us = 1700000000000000};
    b.devices = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    b.versions = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20;
    if (!b.devices || !b.versions)
        return 2;
    snprintf(b.path, sizeof b.path, "%s/rollcall-bench-%d", argc > 3 ? argv[3] : "/tmp", getpid());
    const struct clock clock_of_bench = {bench_now, bench_now, &b};
    struct error err = ERROR_INIT;
    int64_t first_us = b.now_us;
    must(store_open(b.path, STORE_WRITE, &test_keys, &clock_of_bench, &b.store, &err), &err);
    printf("%u devices x %u versions, %d accounts each\n", b.devices, b.versions, ACCOUNTS);
    generate(&b);
    int64_t middle_us = first_us + (b.now_us - first_us) / 2;
    measure_accounts(&b, "of all, now", &(struct store_account_query){0});
    measure_accounts(
        &b, "of all, half way back", &(struct store_account_query){.at_us = middle_us});
    measure_accounts(&b, "of one name, half way back",
        &(struct store_account_query){.at_us = middle_us, .name = "bob"});
    measure_accounts(
        &b, "of one device, now", &(struct store_account_query){.device = "router-00007"});
    measure_collections(&b, false, b.versions);
    measure_collections(&b, true, b.versions);
    store_close(b.store);
    clean_up(&b);
    return 0;
}
