/* rooms: access diff drivers syntax data base */
/* Every profile, the whole way: the first byte of the input picks the profile, the second the part;
 * the rest is its text, which is also compared with itself. */
#include "diff/diff.h"
#include "reading.h"

/* A profile's readers, made when it is first picked. */
struct picked {
    const struct platform *platform;
    struct reader *reader;
    struct config_reader *config_reader;
};

static const struct picked *pick(uint8_t number)
{
    static struct picked picked[256];
    static struct platforms *all;
    static size_t count;
    static const char *const modules[] = {"rollcall-access", "rollcall-platform", NULL};
    if (!all) {
        must(yang_context(modules, &ctx, &err));
        must(platforms_load(ctx, NULL, &all, &err));
        while (count < sizeof picked / sizeof *picked && platforms_at(all, count))
            count++;
    }
    struct picked *p = &picked[number % count];
    if (!p->platform) {
        const struct platform *chosen = platforms_at(all, number % count);
        must(platform_open(chosen, &err));
        must(reader_new(chosen, &p->reader, &err));
        must(config_reader_new(chosen, &p->config_reader, &err));
        p->platform = chosen;
    }
    return p;
}

static const char *part_name(const struct platform *of, uint8_t number)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(of->data); n; n = n->next)
        count += strcmp(LYD_NAME(n), "parts") == 0;
    size_t left = count ? number % count : 0;
    for (const struct lyd_node *n = lyd_child(of->data); n; n = n->next)
        if (strcmp(LYD_NAME(n), "parts") == 0 && left-- == 0)
            return yang_leaf(n, "name");
    return "config";
}

static void compare_with_itself(
    const struct config_reader *reader, const char *name, const uint8_t *data, size_t size)
{
    struct part part = {.name = (char *)name};
    struct config *one = NULL, *two = NULL;
    struct line_changes changes = {0};
    must(buf_append(&part.text, data, size));
    if (config_reader_read(reader, &part, 1, &one, NULL) == 0) {
        must(config_reader_read(reader, &part, 1, &two, &err));
        must(diff_config(one, two, &changes, &err));
        if (changes.count)
            abort();
    }
    line_changes_free(&changes);
    config_free(one);
    config_free(two);
    buf_free(&part.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return -1;
    const struct picked *p = pick(data[0]);
    const char *name = part_name(p->platform, data[1]);
    platform = p->platform;
    read_whole_way(p->reader, name, data + 2, size - 2);
    compare_with_itself(p->config_reader, name, data + 2, size - 2);
    return 0;
}
