/* rooms: access drivers syntax data base */
/* What reading an IOS config costs: parts to draft, draft to tree, redaction. Generated text:
 * mostly interfaces, some accounts and management access, as on a router; then a router of nothing
 * but accounts. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "access/access.h"
#include "base/yang.h"

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void stop(const struct error *err)
{
    char line[1200];
    fprintf(stderr, "access_bench: %s\n", error_line(err, line, sizeof line));
    exit(1);
}

static void add_router(struct buf *out, int interfaces, int accounts)
{
    buf_add(out, "! Last configuration change at 10:00:00 UTC Mon Mar 2 2026 by bob\nversion 17.9\n"
                 "aaa new-model\naaa authentication login default group tacacs+ local\n"
                 "enable secret 9 $9$aaaaaaaaaaaaaa$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n");
    for (int i = 0; i < accounts; i++)
        buf_format(out,
            "username user%d privilege %d secret 9 "
            "$9$abcdefgh%06d$Hnn2aLMUCtOYiRxGvNvv9k8JEAxDCbZcRXVE"
            "GFXb7Kk\n",
            i, i % 16, i);
    for (int i = 0; i < interfaces; i++)
        buf_format(out,
            "interface GigabitEthernet0/%d\n description link %d to somewhere\n"
            " ip address 10.%d.%d.1 255.255.255.0\n ip ospf cost 10\n no shutdown\n!\n",
            i, i, i / 256 % 256, i % 256);
    buf_add(out, "ip access-list standard MGMT\n 10 permit 192.0.2.0 0.0.0.255\nline vty 0 4\n"
                 " access-class MGMT in\n transport input ssh\n!\nend\n");
}

static void measure(const char *name, const struct ly_ctx *ctx, const struct platform *platform,
    const struct reader *reader, struct buf *text, int rounds)
{
    const unsigned char key[FINGERPRINT_KEY_BYTES] = {0};
    struct error err = ERROR_INIT;
    double read = 0, build = 0, redact = 0;
    for (int i = 0; i < rounds; i++) {
        struct part part = {.name = (char[]){"running"}, .text = *text};
        struct draft *draft = NULL;
        struct lyd_node *tree = NULL;
        struct buf shown = {0};
        double start = cpu_ms();
        if (draft_read(reader, &part, 1, &draft, &err))
            stop(&err);
        double after_read = cpu_ms();
        if (access_build(ctx, platform, draft, key, &tree, &err))
            stop(&err);
        double after_build = cpu_ms();
        if (access_redact(reader, "running", buf_str(text), key, &shown, &err))
            stop(&err);
        read += after_read - start;
        build += after_build - after_read;
        redact += cpu_ms() - after_build;
        buf_free(&shown);
        draft_free(draft);
        lyd_free_all(tree);
    }
    double mb = (double)text->len / 1e6;
    printf("%-28s %7.2f MB  read %9.3f ms (%6.1f MB/s)  build %9.3f ms  redact %9.3f ms\n", name,
        mb, read / rounds, mb * 1e3 * rounds / read, build / rounds, redact / rounds);
}

int main(void)
{
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    struct reader *reader = NULL;
    struct error err = ERROR_INIT;
    double start = cpu_ms();
    if (yang_context(
            (const char *const[]){"rollcall-access", "rollcall-platform", NULL}, &ctx, &err) ||
        platforms_load(ctx, NULL, &all, &err))
        stop(&err);
    double loaded = cpu_ms();
    if (reader_new(platforms_find(all, "ios"), &reader, &err))
        stop(&err);
    printf(
        "models and profiles %.1f ms, rules of ios %.1f ms\n", loaded - start, cpu_ms() - loaded);
    static const struct {
        const char *name;
        int interfaces, accounts, rounds;
    } cases[] = {
        {"router, 38 KB", 260, 10, 300},
        {"router, 10 MB", 70000, 100, 2},
        {"20,000 accounts", 1, 20000, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {0};
        add_router(&text, cases[i].interfaces, cases[i].accounts);
        measure(cases[i].name, ctx, platforms_find(all, "ios"), reader, &text, cases[i].rounds);
        buf_free(&text);
    }
    reader_free(reader);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return 0;
}
