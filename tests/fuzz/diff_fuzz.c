/* rooms: base syntax drivers diff */
/* The differ: the input is two texts with a line "====" between. When both are access trees in JSON
 * they are compared as such, and as configs of the first platform in any case. */
#include <stdint.h>
#include <stdlib.h>

#include "base/embed.h"
#include "base/yang.h"
#include "diff/diff.h"
#include "drivers/platform.h"

static struct ly_ctx *ctx;
static struct meaning *meaning;
static struct config_reader *reader;

static void start(void)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-platform", NULL};
    static struct platforms *platforms;
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    struct error err = ERROR_INIT;
    if (yang_context(modules, &ctx, &err) ||
        meaning_new(ctx, file->name, (struct str){file->data, file->len}, &meaning, &err) ||
        platforms_load(ctx, NULL, &platforms, &err) ||
        config_reader_new(platforms_find(platforms, "ios"), &reader, &err))
        abort();
}

/* Comparing a tree with itself finds nothing; all that is found can be shown. */
static void compare_trees(const struct lyd_node *a, const struct lyd_node *b)
{
    struct events events = {0};
    if (diff_access(meaning, a, b, &events, NULL) || events_name_device(&events, "fuzz", NULL))
        abort();
    for (size_t i = 0; i < events.count; i++) {
        const struct event *e = &events.at[i];
        if (e->severity < 1 || e->severity > 100 || !e->says[0] || strstr(e->says, "{device}") ||
            (i && e->severity > events.at[i - 1].severity))
            abort();
    }
    events_free(&events);
    if (diff_access(meaning, a, a, &events, NULL) || events.count)
        abort();
    events_free(&events);
}

static struct lyd_node *parse(const char *json)
{
    struct lyd_node *tree = NULL;
    if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_STRICT,
            LYD_VALIDATE_PRESENT | LYD_VALIDATE_NO_STATE, &tree))
        ly_err_clean(ctx, NULL);
    return tree;
}

static void fuzz_trees(const char *before, const char *after)
{
    struct lyd_node *a = parse(before), *b = parse(after);
    compare_trees(a, b);
    compare_trees(b, a);
    lyd_free_all(a);
    lyd_free_all(b);
}

static void fuzz_configs(struct part *before, struct part *after)
{
    struct config *a = NULL, *b = NULL;
    struct line_changes changes = {0};
    unsigned char x[CONFIG_DIGEST_BYTES], y[CONFIG_DIGEST_BYTES];
    if (config_reader_read(reader, before, 1, &a, NULL) ||
        config_reader_read(reader, after, 1, &b, NULL))
        goto out;
    if (diff_config(a, b, &changes, NULL))
        abort();
    config_digest(a, x);
    config_digest(b, y);
    if ((memcmp(x, y, sizeof x) == 0) != (changes.count == 0))
        abort();
    for (size_t i = 0; i < changes.count; i++) {
        const struct line_change *c = &changes.at[i];
        for (size_t s = 0; s < c->section_depth; s++)
            if (c->section[s] > c->line)
                abort();
    }
out:
    line_changes_free(&changes);
    config_free(a);
    config_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "running";
    const char *middle = memmem(data, size, "\n====\n", 6);
    struct part before = {.name = name}, after = {.name = name};
    if (!ctx)
        start();
    if (!middle)
        return -1;
    size_t first = (size_t)(middle - (const char *)data) + 1;
    if (buf_append(&before.text, data, first) ||
        buf_append(&after.text, middle + 6, size - first - 5))
        abort();
    fuzz_trees(buf_text(&before.text), buf_text(&after.text));
    fuzz_configs(&before, &after);
    buf_free(&before.text);
    buf_free(&after.text);
    return 0;
}
