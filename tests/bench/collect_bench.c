/* rooms: base netconf ssh syntax data drivers settings access diff store collect */
/* What a collection costs behind the pull, in milliseconds of CPU: a config of 38 KB, unchanged,
 * with another account, and with another interface; the steps of it one by one; and the wall time
 * with the store's syncs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/yang.h"
#include "collect/collect.h"
#include "tests/unit/store_keys.h"

#define ROUNDS 200

static const unsigned char key[FINGERPRINT_KEY_BYTES] = {7};
static struct reader *reader;
static const struct platform *platform;
static struct buf config;

static double milliseconds(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void must(int rc, const struct error *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "%s: %s\n", err->place, err->text);
    exit(1);
}

static void write_config(int accounts, int interfaces)
{
    buf_clear(&config);
    buf_add(&config, "version 17.9\nhostname bench\naaa new-model\n"
                     "aaa authentication login default group tacacs+ local\n");
    for (int i = 0; i < accounts; i++)
        buf_format(
            &config, "username u%d privilege %d secret 9 $9$salt%d$hash%d\n", i, i % 16, i, i);
    for (int i = 0; i < interfaces; i++)
        buf_format(&config,
            "interface GigabitEthernet1/0/%d\n description customer %05d, circuit 47%04d\n"
            " switchport access vlan %d\n switchport mode access\n spanning-tree portfast\n"
            " storm-control broadcast level 1.00\n!\n",
            i, i * 7, i, 100 + i % 40);
    buf_add(&config, "logging host 192.0.2.9\nline vty 0 4\n transport input ssh\nend\n");
}

static void pull(void *ctx, const struct driver_job *job, struct result *result)
{
    struct error err = ERROR_INIT;
    struct driver_result *driver = &result->driver;
    double *reading = ctx, start = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    driver->platform = job->platform;
    driver->parts = calloc(1, sizeof *driver->parts);
    driver->part_count = 1;
    driver->parts[0].name = strdup("running");
    buf_add_str(&driver->parts[0].text, buf_str(&config));
    must(draft_read(reader, driver->parts, 1, &result->draft, &err), &err);
    *reading += milliseconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

/* Every second config has so many more. */
static void measure(struct collect *c, const struct device *device, const char *what,
    int more_accounts, int more_interfaces)
{
    struct collect_report report;
    struct error err = ERROR_INIT;
    double cpu = 0, wall = 0, reading = 0;
    for (int i = 0; i < ROUNDS; i++) {
        write_config(20 + (i % 2) * more_accounts, 190 + (i % 2) * more_interfaces);
        double cpu_start = milliseconds(CLOCK_PROCESS_CPUTIME_ID),
               wall_start = milliseconds(CLOCK_MONOTONIC);
        must(collect_device(c, device, pull, &reading, &report, &err), &err);
        must(report.failure.code, &report.failure);
        if (i == 0)
            reading = 0; /* the first one differs from what was measured before */
        else {
            cpu += milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
            wall += milliseconds(CLOCK_MONOTONIC) - wall_start;
        }
    }
    printf("%-28s %7.3f ms CPU (reading the draft %.3f), %7.3f ms in all\n", what,
        cpu / (ROUNDS - 1), reading / (ROUNDS - 1), wall / (ROUNDS - 1));
}

int main(void)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-settings", "rollcall-platform", NULL};
    const struct embedded *catalogue = embedded_find("models/catalogue.yaml");
    struct error err = ERROR_INIT;
    struct ly_ctx *ctx = NULL;
    struct platforms *platforms = NULL;
    struct meaning *meaning = NULL;
    struct store *store = NULL;
    struct collect *c = NULL;
    char folder[] = "/tmp/rollcall-bench-XXXXXX", path[64], command[64];
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/store", folder);
    must(yang_context(modules, &ctx, &err), &err);
    must(platforms_load(ctx, NULL, &platforms, &err), &err);
    must(meaning_new(
             ctx, "catalogue", (struct str){catalogue->data, catalogue->len}, &meaning, &err),
        &err);
    platform = platforms_find(platforms, "ios");
    must(reader_new(platform, &reader, &err), &err);
    must(store_open(path, STORE_WRITE, &test_keys, &clock_system, &store, &err), &err);
    const struct settings settings = {0};
    const struct collect_setup setup = {.ctx = ctx,
        .settings = &settings,
        .meaning = meaning,
        .key = key,
        .store = store,
        .clock = &clock_system};
    const struct device device = {.name = "bench",
        .address = "192.0.2.1",
        .platform = platform,
        .total_ms = 60000,
        .max_bytes = 1 << 20};
    must(collect_open(&setup, &c, &err), &err);
    write_config(20, 190);
    printf("config of %zu bytes\n", config.len);
    measure(c, &device, "unchanged", 0, 0);
    measure(c, &device, "an account more or less", 1, 0);
    measure(c, &device, "an interface more or less", 0, 1);
    collect_close(c);
    store_close(store);
    reader_free(reader);
    meaning_free(meaning);
    platforms_free(platforms);
    ly_ctx_destroy(ctx);
    buf_free(&config);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) != 0;
}
