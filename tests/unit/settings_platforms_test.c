/* rooms: base syntax drivers settings */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/yang.h"
#include "settings/settings.h"

static int load(const struct ly_ctx *ctx, const struct platforms *all, const char *word,
    struct settings **s, struct error *err)
{
    char path[] = "/tmp/rollcall-test-XXXXXX", text[300];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    int len = snprintf(text, sizeof text,
        "credentials: {c: {user: u, agent: true}}\n"
        "devices: {r1: {credential: c, platform: %s}}\n",
        word);
    assert_int_equal(write(fd, text, (size_t)len), len);
    close(fd);
    int rc = settings_load(ctx, path, all, s, err);
    unlink(path);
    return rc;
}

static void a_device_takes_any_name_of_a_platform(void **state)
{
    (void)state;
    static const char *const modules[] = {"rollcall-platform", "rollcall-settings", NULL};
    static const char *const words[] = {"ios", "IOS", "cisco_ios", "cisco_xe"};
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    struct settings *s = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(yang_context(modules, &ctx, &err), RC_OK);
    if (platforms_load(ctx, NULL, &all, &err))
        fail_msg("%s: %s", err.place, err.text);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (load(ctx, all, words[i], &s, &err))
            fail_msg("%s: %s", err.place, err.text);
        assert_ptr_equal(settings_device(s, "r1")->platform, platforms_find(all, "ios"));
        settings_free(s);
    }
    assert_int_equal(load(ctx, all, "auto", &s, &err), RC_OK);
    assert_null(settings_device(s, "r1")->platform);
    settings_free(s);
    assert_int_equal(load(ctx, all, "iosx", &s, &err), RC_SETTINGS);
    assert_string_equal(err.text, "unknown platform \"iosx\"; did you mean \"ios\"?");
    platforms_free(all);
    ly_ctx_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_device_takes_any_name_of_a_platform)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
