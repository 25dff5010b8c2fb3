/* rooms: base drivers */
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/yang.h"
#include "drivers/platform.h"

static struct ly_ctx *ctx;

static int setup(void **state)
{
    static const char *const modules[] = {"rollcall-platform", NULL};
    struct error err = ERROR_INIT;
    (void)state;
    return yang_context(modules, &ctx, &err);
}

static int teardown(void **state)
{
    (void)state;
    ly_ctx_destroy(ctx);
    return 0;
}

/* Load profiles from texts, each "NAME.yaml" in a folder of its own. */
static int load(
    const char *const (*files)[2], size_t count, struct platforms **out, struct error *err)
{
    char folder[] = "/tmp/rollcall-platforms-XXXXXX", path[100];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(files[i][1], f);
        fclose(f);
    }
    int rc = platforms_load(ctx, folder, out, err);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
        unlink(path);
    }
    rmdir(folder);
    return rc;
}

/* Keys or values of the children named `name`, a blank between. */
static void names(const struct platform *p, const char *name, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next)
        if (strcmp(LYD_NAME(n), name) == 0 && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
                lyd_child(n) ? lyd_get_value(lyd_child(n)) : lyd_get_value(n));
}

#define HEAD(name) "platform: " name "\ntitle: T\nsession: { kind: exec }\n"

static void a_platform_has_what_it_extends_beside_its_own(void **state)
{
    static const char *const files[][2] = {
        {"a.yaml", HEAD("test-a") "extends: test-b\nparts: { run: { command: own } }\n"
                                  "volatile: [x]\naliases: [alias-a]\n"},
        {"b.yaml",
            HEAD("test-b") "extends: test-c\nparts: { run: { command: base }, b: { command: b } }\n"
                           "volatile: [x, y]\naliases: [alias-b]\n"},
        {"c.yaml", HEAD("test-c") "parts: { c: { command: c } }\nadmin: uid = 0\n"}};
    struct platforms *all = NULL;
    struct error err = ERROR_INIT;
    char text[200];
    (void)state;
    if (load(files, COUNT(files), &all, &err))
        fail_msg("%s: %s", err.place, err.text);
    const struct platform *a = platforms_find(all, "test-a");
    names(a, "parts", text, sizeof text);
    assert_string_equal(text, "run b c");
    assert_string_equal(yang_leaf(yang_child(a->data, "parts"), "command"), "own");
    names(a, "volatile", text, sizeof text);
    assert_string_equal(text, "x y");
    names(a, "aliases", text, sizeof text);
    assert_string_equal(text, "alias-a");
    assert_string_equal(yang_leaf(a->data, "admin"), "uid = 0");
    assert_string_equal(platforms_find(all, "alias-b")->name, "test-b");
    platforms_free(all);
}

static void circles_and_unknown_names_are_errors_with_their_place(void **state)
{
    static const char *const circle[][2] = {
        {"a.yaml", HEAD("test-a") "extends: test-b\nparts: { a: { command: a } }\n"},
        {"b.yaml", HEAD("test-b") "extends: test-a\nparts: { b: { command: b } }\n"}};
    static const char *const unknown[][2] = {
        {"a.yaml", HEAD("test-a") "extends: nobody\nparts: { a: { command: a } }\n"}};
    struct platforms *all = NULL;
    struct error err = ERROR_INIT;
    (void)state;
    assert_int_equal(load(circle, COUNT(circle), &all, &err), RC_SETTINGS);
    assert_non_null(strstr(err.text, "extends itself"));
    assert_int_equal(load(unknown, COUNT(unknown), &all, &err), RC_SETTINGS);
    assert_non_null(strstr(err.text, "there is no platform nobody"));
    assert_non_null(strstr(err.place, "a.yaml:4:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_platform_has_what_it_extends_beside_its_own),
        cmocka_unit_test(circles_and_unknown_names_are_errors_with_their_place),
    };
    return cmocka_run_group_tests_name("drivers_platform", tests, setup, teardown);
}
