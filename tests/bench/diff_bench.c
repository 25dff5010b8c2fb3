/* rooms: base syntax drivers diff */
/* What comparing costs, in milliseconds of CPU: access trees of many accounts, and configs of 1 MB
 * (or argv[1] MB), unchanged, changed, and made by somebody who wants it to be slow. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/embed.h"
#include "base/yang.h"
#include "diff/diff.h"
#include "drivers/platform.h"

static struct ly_ctx *ctx;
static struct meaning *meaning;
static const struct platform *platform;

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- access trees ---- */

struct shape {
    const char *name;
    unsigned from[2], count[2]; /* before, after */
    const char *entry[2];       /* JSON of one, %u a number */
    const char *head, *tail;
};

#define ACCOUNT(privilege)                                                                         \
    "{\"realm\":\"local\",\"name\":\"user%u\",\"kind\":\"local\",\"privilege\":" privilege         \
    ",\"enabled\":true,\"role\":[\"a\",\"b\"],\"secret\":{\"scheme\":\"scrypt\","                  \
    "\"strength\":\"strong\",\"fingerprint\":\"0123456789abcdef\"}}"
#define ACL                                                                                        \
    "\"line\":[{\"name\":\"vty 0 4\",\"acl\":\"MGMT\"}],\"acl\":[{\"name\":\"MGMT\",\"entry\":["

static const struct shape shapes[] = {
    {"accounts, unchanged", {0, 0}, {20000, 20000}, {ACCOUNT("1"), ACCOUNT("1")}, "\"account\":[",
        "]"},
    {"accounts, one new", {0, 0}, {20000, 20001}, {ACCOUNT("1"), ACCOUNT("1")}, "\"account\":[",
        "]"},
    {"accounts, all promoted", {0, 0}, {20000, 20000}, {ACCOUNT("1"), ACCOUNT("15")},
        "\"account\":[", "]"},
    {"accounts, all others", {0, 20000}, {20000, 20000}, {ACCOUNT("1"), ACCOUNT("1")},
        "\"account\":[", "]"},
    {"list in use, all entries others", {0, 20000}, {20000, 20000},
        {"\"permit host %u\"", "\"permit host %u\""}, ACL, "]}]"},
    {"methods, all others", {0, 20000}, {20000, 20000}, {"\"group g%u\"", "\"group g%u\""},
        "\"aaa\":{\"authentication\":[{\"service\":\"login\",\"list\":\"x\",\"method\":[", "]}]}"},
};

static struct lyd_node *tree_of(const struct shape *s, int side)
{
    struct buf json = {0};
    struct lyd_node *tree = NULL;
    char entry[512];
    buf_format(&json, "{\"rollcall-access:access\":{%s", s->head);
    for (unsigned i = 0; i < s->count[side]; i++) {
        const char *at = strstr(s->entry[side], "%u");
        snprintf(entry, sizeof entry, "%s%.*s%u%s", i ? "," : "", (int)(at - s->entry[side]),
            s->entry[side], s->from[side] + i, at + 2);
        buf_add(&json, entry);
    }
    buf_format(&json, "%s}}", s->tail);
    if (lyd_parse_data_mem(ctx, buf_text(&json), LYD_JSON, LYD_PARSE_STRICT,
            LYD_VALIDATE_PRESENT | LYD_VALIDATE_NO_STATE, &tree))
        fprintf(stderr, "%s\n", ly_errmsg(ctx));
    buf_free(&json);
    return tree;
}

static void time_access(const struct shape *s)
{
    struct lyd_node *before = tree_of(s, 0), *after = tree_of(s, 1);
    struct events events = {0};
    double start = milliseconds();
    int rc = diff_access(meaning, before, after, &events, NULL);
    printf("%-34s %8.1f ms  %6zu events%s\n", s->name, milliseconds() - start, events.count,
        rc ? "  failed" : "");
    events_free(&events);
    lyd_free_all(before);
    lyd_free_all(after);
}

/* ---- configs ---- */

enum variant { PLAIN, ONE_CHANGED, EACH_CHANGED, BLOCKS_REVERSED, VARIANTS };

static const char *const variant_names[VARIANTS] = {"config, unchanged", "config, one line changed",
    "config, each section changed", "config, sections in reverse"};

static void write_config(struct buf *out, size_t size, enum variant variant)
{
    unsigned count = (unsigned)(size / 96);
    for (unsigned i = 0; i < count; i++) {
        unsigned n = variant == BLOCKS_REVERSED ? count - 1 - i : i;
        bool other = variant == EACH_CHANGED || (variant == ONE_CHANGED && n == count / 2);
        buf_format(out,
            "interface GigabitEthernet%u\n description to somewhere\n"
            " ip address 192.0.2.%u 255.255.255.0\n!\n",
            n, other ? 1 : 2);
    }
}

/* Entries of a list, nearly the same in a wild order. */
static void write_hostile(struct buf *out, size_t size, unsigned step)
{
    unsigned count = (unsigned)(size / 24);
    buf_add(out, "ip access-list extended X\n");
    for (unsigned i = 0; i < count; i++)
        buf_format(out, " permit ip host %u any\n", (unsigned)((uint64_t)i * step % 1000003));
}

static void time_configs(const char *name, struct buf *before, struct buf *after)
{
    struct part old = {.name = (char[]){"running"}, .text = *before};
    struct part new = {.name = (char[]){"running"}, .text = *after};
    struct config_reader *reader = NULL;
    struct config *a = NULL, *b = NULL;
    struct line_changes changes = {0};
    double start = milliseconds();
    int rc = config_reader_new(platform, &reader, NULL);
    double ready = milliseconds();
    rc = rc ? rc : config_reader_read(reader, &old, 1, &a, NULL);
    double read = milliseconds();
    rc = rc ? rc : config_reader_read(reader, &new, 1, &b, NULL);
    double both = milliseconds();
    rc = rc ? rc : diff_config(a, b, &changes, NULL);
    printf("%-34s %8.1f ms  to compare, %.1f to read, %.2f to make the reader, %zu lines%s\n", name,
        milliseconds() - both, read - ready, ready - start, changes.count, rc ? "  failed" : "");
    line_changes_free(&changes);
    config_free(a);
    config_free(b);
    config_reader_free(reader);
    buf_free(before);
    buf_free(after);
}

int main(int argc, char **argv)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-platform", NULL};
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 1) << 20;
    const struct embedded *catalogue = embedded_find("models/catalogue.yaml");
    struct platforms *platforms = NULL;
    struct error err = ERROR_INIT;
    int rc = yang_context(modules, &ctx, &err);
    double start = milliseconds();
    if (!rc)
        rc = meaning_new(
            ctx, catalogue->name, (struct str){catalogue->data, catalogue->len}, &meaning, &err);
    double made = milliseconds();
    if (!rc)
        rc = platforms_load(ctx, NULL, &platforms, &err);
    platform = rc ? NULL : platforms_find(platforms, "ios");
    if (!platform) {
        fprintf(stderr, "%s %s\n", err.place, err.text);
        return 1;
    }
    printf("%-34s %8.1f ms\n", "meaning and catalogue", made - start);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        time_access(&shapes[i]);
    for (int v = PLAIN; v < VARIANTS; v++) {
        struct buf before = {0}, after = {0};
        write_config(&before, size, PLAIN);
        write_config(&after, size, (enum variant)v);
        time_configs(variant_names[v], &before, &after);
    }
    struct buf before = {0}, after = {0};
    write_hostile(&before, size, 1);
    write_hostile(&after, size, 7919);
    time_configs("list in a wild order", &before, &after);
    platforms_free(platforms);
    meaning_free(meaning);
    ly_ctx_destroy(ctx);
    return 0;
}
