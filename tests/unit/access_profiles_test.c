/* rooms: access diff drivers syntax data base */
/* Every profile that is compiled in means what its own examples say, events included. */
#include "test.h"

#include "access/check.h"
#include "base/embed.h"
#include "base/yang.h"
#include "diff/diff.h"

struct counts {
    const char *platform;
    size_t examples, failed;
};

static void count(void *ctx, const char *example, const struct error *why)
{
    struct counts *c = ctx;
    char line[1200];
    c->examples++;
    if (!why)
        return;
    c->failed++;
    print_error("%s: %s: %s\n", c->platform, example, error_line(why, line, sizeof line));
}

/* An event for each thing that matters, or why the platform has no such thing; and on what it was
 * tried. */
static void count_missing(void *ctx, const char *what)
{
    struct counts *c = ctx;
    c->failed++;
    print_error("%s does not prove: %s (manual/lacks can say why)\n", c->platform, what);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_events(void *ctx, const struct lyd_node *before, const struct lyd_node *after,
    struct buf *ids, struct error *err)
{
    struct events events = {0};
    const char *names[64];
    int rc = diff_access(ctx, before, after, &events, err);
    size_t count = events.count < COUNT(names) ? events.count : COUNT(names);
    for (size_t i = 0; i < count; i++)
        names[i] = events.at[i].event;
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
            buf_format(ids, "%s%s", i ? " " : "", names[i]);
    events_free(&events);
    return rc;
}

static int compare(void *ctx, const struct platform *platform, const struct part *before,
    size_t before_count, const struct part *after, size_t after_count, bool *same,
    struct error *err)
{
    struct config *a = NULL, *b = NULL;
    (void)ctx;
    int rc = config_read(platform, before, before_count, &a, err);
    if (!rc)
        rc = config_read(platform, after, after_count, &b, err);
    if (!rc) {
        unsigned char x[CONFIG_DIGEST_BYTES], y[CONFIG_DIGEST_BYTES];
        config_digest(a, x);
        config_digest(b, y);
        *same = memcmp(x, y, sizeof x) == 0;
    }
    config_free(a);
    config_free(b);
    return rc;
}

static void profiles_mean_what_their_examples_say(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-platform", NULL};
    struct error err = ERROR_INIT;
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    struct meaning *meaning = NULL;
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    char line[1200];
    int rc = yang_context(modules, &ctx, &err);
    rc = rc ? rc : platforms_load(ctx, NULL, &all, &err);
    rc =
        rc ? rc : meaning_new(ctx, file->name, (struct str){file->data, file->len}, &meaning, &err);
    if (rc)
        fail_msg("%s", error_line(&err, line, sizeof line));
    const struct check_hooks hooks = {meaning, list_events, compare};
    size_t failed = 0;
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(all, i)); i++) {
        struct counts c = {.platform = p->name};
        if (platform_check_with(ctx, p, &hooks, count, &c, &err))
            fail_msg("%s: %s", p->name, error_line(&err, line, sizeof line));
        if (platform_proofs(p, count_missing, &c, &err))
            fail_msg("%s: %s", p->name, error_line(&err, line, sizeof line));
        failed += c.failed;
    }
    meaning_free(meaning);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_mean_what_their_examples_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
