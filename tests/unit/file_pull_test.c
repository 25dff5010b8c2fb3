/* rooms: file drivers base */
/* Saved configs: when a look is enough, and what their tools did to them. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/yang.h"
#include "drivers/driver.h"
#include "drivers/file/saved.h"
#include "drivers/platform.h"

static struct ly_ctx *ctx;
static struct platforms *all;
static char folder[64];

static int load(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/rollcall-test-XXXXXX");
    return !mkdtemp(folder) ||
           yang_context((const char *const[]){"rollcall-platform", NULL}, &ctx, NULL) ||
           platforms_load(ctx, NULL, &all, NULL);
}

static int unload(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/r1", folder);
    unlink(path);
    rmdir(folder);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return 0;
}

static void save(const char *text)
{
    char path[100];
    snprintf(path, sizeof path, "%s/r1", folder);
    assert_int_equal(io_write_file(path, 0600, false, str_of(text), NULL), 0);
}

static int pull(const char *mark, struct driver_result *result, struct error *err)
{
    static const char *const names[] = {"r1", NULL};
    const struct driver_hop hop = {.name = "r1", .address = "r1"};
    const struct driver_job job = {.protocol = DRIVER_FILE,
        .file = {.path = folder, .names = names, .mark = mark},
        .hops = &hop,
        .hop_count = 1,
        .platform = platforms_find(all, "ios"),
        .total_ms = 60000,
        .max_bytes = 1000};
    return file_pull(&job, result, err);
}

static void what_has_not_changed_is_only_looked_at(void **state)
{
    (void)state;
    struct driver_result first, second, third;
    save("hostname r1\nend\n");
    assert_int_equal(pull(NULL, &first, NULL), 0);
    assert_non_null(first.mark);
    assert_int_equal(first.part_count, 1);
    assert_true(first.changed_us > 0 && !first.unchanged);
    assert_int_equal(pull(first.mark, &second, NULL), 0);
    assert_true(second.unchanged);
    assert_int_equal(second.part_count, 0);
    assert_string_equal(second.mark, first.mark);
    save("hostname r2\nend\n");
    assert_int_equal(pull(first.mark, &third, NULL), 0);
    assert_false(third.unchanged);
    assert_string_equal(buf_text(&third.parts[0].text), "hostname r2\nend\n");
    driver_result_free(&first);
    driver_result_free(&second);
    driver_result_free(&third);
}

static void a_config_without_its_end_is_not_believed(void **state)
{
    (void)state;
    struct driver_result result;
    struct error err = ERROR_INIT;
    save("hostname r1\nusername bob\n");
    assert_int_equal(pull(NULL, &result, &err), RC_INCOMPLETE);
    assert_non_null(strstr(err.text, "r1 has not the end of a whole config"));
    assert_int_equal(result.part_count, 0);
    driver_result_free(&result);
    save("!RANCID-CONTENT-TYPE: cisco\nhostname r1\n");
    assert_int_equal(pull(NULL, &result, NULL), 0);
    driver_result_free(&result);
}

static void lines_that_rancid_made_comments_are_lines_again(void **state)
{
    (void)state;
    static const struct {
        const char *saved, *restored;
    } cases[] = {
        {"", ""},
        {"!\nhostname r1\n", "!\nhostname r1\n"},
        {"!username bob password <removed>\n! done\n", "username bob password <removed>\n! done\n"},
        {"line con 0\n! password 7 <removed>", "line con 0\n password 7 <removed>"},
        {"#    secret <removed>;\r\nx\r\n", "    secret <removed>;\r\nx\r\n"},
        {"a <removed>\n!b <removed>\n!<removed>\n", "a <removed>\nb <removed>\n<removed>\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {0};
        buf_add(&text, cases[i].saved);
        saved_restore(&text);
        assert_string_equal(buf_text(&text), cases[i].restored);
        assert_int_equal(text.len, strlen(cases[i].restored));
        buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_not_changed_is_only_looked_at),
        cmocka_unit_test(a_config_without_its_end_is_not_believed),
        cmocka_unit_test(lines_that_rancid_made_comments_are_lines_again),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
