/* rooms: drivers base */
/* Profiles: those compiled in, those of an operator's folder, and how they are found. */
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/yang.h"
#include "drivers/platform.h"

static struct ly_ctx *ctx;

static int open_context(void **state)
{
    (void)state;
    return yang_context((const char *const[]){"rollcall-platform", NULL}, &ctx, NULL);
}

static int close_context(void **state)
{
    (void)state;
    ly_ctx_destroy(ctx);
    return 0;
}

/* Load with a folder of one file; the folder is gone afterwards. */
static int load_with(const char *yaml, struct platforms **all, struct error *err)
{
    char folder[] = "/tmp/rollcall-test-XXXXXX", file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/own.yaml", folder);
    assert_int_equal(io_write_file(file, 0600, true, str_of(yaml), NULL), 0);
    int rc = platforms_load(ctx, folder, all, err);
    unlink(file);
    rmdir(folder);
    return rc;
}

static void names_and_aliases_are_found_whatever_the_case(void **state)
{
    (void)state;
    static const char *const words[] = {"ios", "IOS", "cisco_ios", "Cisco_XE", "iosxe", "cisco"};
    struct platforms *all = NULL;
    assert_int_equal(platforms_load(ctx, NULL, &all, NULL), 0);
    for (size_t i = 0; i < COUNT(words); i++) {
        const struct platform *p = platforms_find(all, words[i]);
        assert_non_null(p);
        assert_string_equal(p->name, "ios");
    }
    assert_null(platforms_find(all, "iosx"));
    assert_string_equal(platforms_nearest(all, "iosx"), "ios");
    assert_null(platforms_nearest(all, "nothing-like-it"));
    const struct platform *last = NULL;
    for (size_t i = 0; platforms_at(all, i); i++) {
        assert_true(!last || strcmp(last->name, platforms_at(all, i)->name) < 0);
        last = platforms_at(all, i);
    }
    platforms_free(all);
}

static void a_profile_of_the_folder_replaces_the_one_compiled_in(void **state)
{
    (void)state;
    struct platforms *all = NULL;
    assert_int_equal(load_with("platform: ios\ntitle: Mine\naliases: [linux-box, cisco]\n"
                               "session: { kind: exec }\nparts: { running: { command: x } }\n",
                         &all, NULL),
        0);
    assert_string_equal(platforms_find(all, "ios")->title, "Mine");
    assert_string_equal(platforms_find(all, "linux-box")->name, "ios");
    platforms_free(all);
}

static void a_mistake_in_the_folder_is_shown_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *place, *says;
    } cases[] = {
        {"platform: own\ntitle: Own\nsession: { kind: exec }\n"
         "parts: { running: { command: x } }\nvolatile: ['ok', '(']\n",
            "/own.yaml:5:18", "missing closing parenthesis"},
        {"platform: own\ntitle: Own\nacces: []\n", "/own.yaml:3:1", "did you mean \"access\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct platforms *all = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(load_with(cases[i].yaml, &all, &err), RC_SETTINGS);
        if (!strstr(err.place, cases[i].place) || !strstr(err.text, cases[i].says))
            fail_msg(
                "expected %s: %s; came %s: %s", cases[i].place, cases[i].says, err.place, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_aliases_are_found_whatever_the_case),
        cmocka_unit_test(a_profile_of_the_folder_replaces_the_one_compiled_in),
        cmocka_unit_test(a_mistake_in_the_folder_is_shown_with_its_place),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
