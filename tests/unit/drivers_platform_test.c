/* rooms: drivers base */
/* Profiles: those compiled in, those of an operator's folder, and how they are found. */
#include "test.h"

#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
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

/* Load with the folders `platforms` and `mappings` of one file each (NULL: none); they are gone
 * afterwards. */
static int load_both(
    const char *profile, const char *mapping, struct platforms **all, struct error *err)
{
    const struct {
        const char *folder, *text;
    } files[] = {{"platforms", profile}, {"mappings", mapping}};
    char top[] = "/tmp/rollcall-test-XXXXXX", folder[64], file[80];
    assert_non_null(mkdtemp(top));
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(folder, sizeof folder, "%s/%s", top, files[i].folder);
        snprintf(file, sizeof file, "%s/own.yaml", folder);
        assert_int_equal(mkdir(folder, 0700), 0);
        if (files[i].text)
            assert_int_equal(io_write_file(file, 0600, true, str_of(files[i].text), NULL), 0);
    }
    snprintf(folder, sizeof folder, "%s/platforms", top);
    int rc = platforms_load(ctx, folder, all, err);
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(folder, sizeof folder, "%s/%s", top, files[i].folder);
        snprintf(file, sizeof file, "%s/own.yaml", folder);
        unlink(file);
        rmdir(folder);
    }
    rmdir(top);
    return rc;
}

static int load_with(const char *yaml, struct platforms **all, struct error *err)
{
    return load_both(yaml, NULL, all, err);
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

/* Whether anything but `own` is called so. */
static bool is_taken(const struct platforms *all, const struct platform *own, const char *name)
{
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(all, i)); i++) {
        if (p != own && strcasecmp(p->name, name) == 0)
            return true;
        for (const struct lyd_node *n = p != own ? lyd_child(p->data) : NULL; n; n = n->next)
            if (strcmp(LYD_NAME(n), "aliases") == 0 && strcasecmp(lyd_get_value(n), name) == 0)
                return true;
    }
    return false;
}

static void no_name_means_two_platforms(void **state)
{
    (void)state;
    struct platforms *all = NULL;
    const struct platform *p;
    size_t twice = 0;
    assert_int_equal(platforms_load(ctx, NULL, &all, NULL), 0);
    for (size_t i = 0; (p = platforms_at(all, i)); i++)
        for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next) {
            if (strcmp(LYD_NAME(n), "aliases") != 0 || !is_taken(all, p, lyd_get_value(n)))
                continue;
            print_error("%s of %s is another's name too\n", lyd_get_value(n), p->name);
            twice++;
        }
    platforms_free(all);
    assert_int_equal(twice, 0);
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

#define OWN "platform: own\ntitle: Own\n"

static size_t count_of(const struct platform *p, const char *list, const char *name)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next)
        count += strcmp(LYD_NAME(n), list) == 0 && strcmp(yang_leaf(n, "name"), name) == 0;
    return count;
}

static void a_platform_is_all_that_it_extends(void **state)
{
    (void)state;
    struct platforms *all = NULL;
    assert_int_equal(load_both(OWN "extends: [netconf, linux]\nparts: { running: { file: x } }\n",
                         NULL, &all, NULL),
        0);
    const struct platform *own = platforms_find(all, "own");
    static const char *const parts[] = {"running", "modules", "passwd", "sshd"};
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_int_equal(count_of(own, "parts", parts[i]), 1);
    assert_int_equal(count_of(own, "syntax", "netconf"), 1);
    assert_int_equal(count_of(own, "syntax", "passwd"), 1);
    assert_string_equal(yang_leaf(yang_child(own->data, "parts"), "file"), "x");
    assert_false(platform_part_in_force(own, "modules"));
    assert_null(yang_child(own->data, "netconf"));
    assert_null(own->mappings[0]);
    platforms_free(all);
}

static void mappings_come_by_name_and_in_order(void **state)
{
    (void)state;
    struct platforms *all = NULL;
    struct error err = ERROR_INIT;
    int rc = load_both(OWN "netconf: { mappings: [toy] }\nparts: { running: }\n",
        "mapping: toy\ntitle: Toy\nmodules: { toy: { namespace: 'urn:toy' } }\n", &all, &err);
    if (rc)
        fail_msg("%s: %s", err.place, err.text);
    const struct platform *own = platforms_find(all, "own");
    assert_string_equal(yang_leaf(own->mappings[0], "mapping"), "toy");
    assert_null(own->mappings[1]);
    assert_null(platforms_find(all, "linux")->mappings[0]);
    platforms_free(all);
}

static void a_mistake_about_mappings_is_shown_with_its_place(void **state)
{
    (void)state;
    static const char toy[] = "mapping: toy\ntitle: Toy\n";
    static const struct {
        const char *profile, *mapping, *place, *says;
    } cases[] = {
        {OWN "parts: { running: }\nnetconf: { mappings: [toy, tuy] }\n", toy, "/own.yaml:4:28",
            "there is no mapping tuy; did you mean \"toy\"?"},
        {OWN "parts: { running: }\nextends: [netconf, nothing]\n", NULL, "/own.yaml:4:20",
            "there is no platform nothing"},
        {OWN "parts: { running: }\nextends: [netconf, own]\n", NULL, "/own.yaml:4:20",
            "extends itself"},
        {NULL, "mapping: toy\ntitle: Toy\nmasked: ['(']\n", "/mappings/own.yaml:3:10",
            "missing closing parenthesis"},
        {NULL, "mapping: toy\ntitle: Toy\nmaps: []\n", "/mappings/own.yaml:3:1",
            "did you mean \"map\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct platforms *all = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(load_both(cases[i].profile, cases[i].mapping, &all, &err), RC_SETTINGS);
        if (!strstr(err.place, cases[i].place) || !strstr(err.text, cases[i].says))
            fail_msg(
                "expected %s: %s; came %s: %s", cases[i].place, cases[i].says, err.place, err.text);
    }
}

static void a_profile_is_read_when_it_is_opened(void **state)
{
    (void)state;
    struct platforms *all = NULL;
    assert_int_equal(platforms_load(ctx, NULL, &all, NULL), 0);
    const struct platform *ios = platforms_named(all, "cisco");
    const struct lyd_node *head = ios->data, *whole = NULL;
    assert_non_null(yang_child(head, "recognise"));
    assert_non_null(yang_child(head, "session"));
    assert_non_null(yang_child(head, "netconf"));
    assert_null(yang_child(head, "access"));
    assert_null(ios->mappings);
    assert_int_equal(platform_open(ios, NULL), 0);
    assert_ptr_not_equal(ios->data, head);
    assert_non_null(yang_child(ios->data, "access"));
    assert_null(yang_child(ios->data, "examples"));
    assert_string_equal(yang_leaf(ios->mappings[0], "mapping"), "Cisco-IOS-XE-native");
    assert_string_equal(yang_leaf(head, "platform"), "ios"); /* still there */
    assert_int_equal(platform_whole(ios, &whole, NULL), 0);
    assert_non_null(yang_child(whole, "examples"));
    assert_null(yang_child(platforms_named(all, "frr")->data, "access"));
    platforms_free(all);
}

/* Lines of values are no sections, whatever stands in them. */
static void sections_are_keys_at_the_beginning_of_a_line(void **state)
{
    (void)state;
    struct platforms *all = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(platforms_load(ctx, NULL, &all, NULL), 0);
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(all, i)); i++) {
        const struct lyd_node *whole = NULL, *head = p->data;
        if (platform_open(p, &err) || platform_whole(p, &whole, &err))
            fail_msg("%s: %s: %s", p->name, err.place, err.text);
        for (const struct lyd_node *n = lyd_child(head); n; n = n->next) {
            const struct lyd_node *same = NULL;
            if (n->flags & LYD_DEFAULT)
                continue; /* the whole may say it */
            assert_int_equal(
                lyd_find_sibling_first(lyd_child(whole), n, (struct lyd_node **)&same), 0);
            assert_int_equal(lyd_compare_single(n, same, LYD_COMPARE_FULL_RECURSION), 0);
        }
    }
    platforms_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_aliases_are_found_whatever_the_case),
        cmocka_unit_test(no_name_means_two_platforms),
        cmocka_unit_test(a_profile_of_the_folder_replaces_the_one_compiled_in),
        cmocka_unit_test(a_mistake_in_the_folder_is_shown_with_its_place),
        cmocka_unit_test(a_platform_is_all_that_it_extends),
        cmocka_unit_test(mappings_come_by_name_and_in_order),
        cmocka_unit_test(a_mistake_about_mappings_is_shown_with_its_place),
        cmocka_unit_test(a_profile_is_read_when_it_is_opened),
        cmocka_unit_test(sections_are_keys_at_the_beginning_of_a_line),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
