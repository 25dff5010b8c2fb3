/* rooms: netconf ssh drivers base */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "drivers/netconf/cache.h"

#define SET "module a 2024-01-01 urn:a\nmodule b - urn:b\n"
#define A "module a { namespace \"urn:a\"; prefix a; revision 2024-01-01; }"
#define B "module b { namespace \"urn:b\"; prefix b; }"
#define SCHEMA "/a:x leaf string\nmodule a urn:a\n"

struct fixture {
    char folder[64], cache_folder[96], operators[96];
    struct schema_cache *cache;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/rollcall-cache-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->cache_folder, sizeof f->cache_folder, "%s/cache", f->folder);
    snprintf(f->operators, sizeof f->operators, "%s/own", f->folder);
    assert_int_equal(mkdir(f->operators, 0700), 0);
    assert_int_equal(schema_cache_open(f->cache_folder, f->operators, &f->cache, NULL), 0);
    *state = f;
    return 0;
}

static void remove_all(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0 &&
            unlink(path))
            remove_all(path);
        free(entries[i]);
    }
    free(entries);
    rmdir(folder);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    schema_cache_close(f->cache);
    remove_all(f->folder);
    free(f);
    return 0;
}

/* Name and text, name and text, NULL. */
static size_t make_parts(struct part *parts, const char *const *texts)
{
    size_t count = 0;
    for (; *texts; texts += 2) {
        parts[count] = (struct part){.name = strdup(texts[0])};
        assert_int_equal(buf_add(&parts[count++].text, texts[1]), 0);
    }
    return count;
}

static void free_parts(struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(parts[i].name);
        buf_free(&parts[i].text);
    }
}

static void keep(const struct fixture *f, const char *const *texts)
{
    struct part parts[8] = {0};
    struct error err = ERROR_INIT;
    size_t count = make_parts(parts, texts);
    if (schema_cache_keep(f->cache, STR("# announced 1\n" SET), parts, count, &err))
        fail_msg("%s", err.text);
    free_parts(parts, count);
}

static const char *const lesson[] = {"schema", SCHEMA, "notes", "b: odd\n", "a@2024-01-01.yang", A,
    "b.yang", B, "../../evil.yang", A, NULL};

static int find(const struct fixture *f, struct buf *schema, struct buf *notes)
{
    return schema_cache_find(f->cache, STR("# announced 2\n" SET), schema, notes, NULL);
}

/* What schema_cache_have() gives under a name, or NULL; malloc'd. */
static char *have(const struct fixture *f, const char *name)
{
    struct part *parts = NULL;
    size_t count = 0;
    char *found = NULL;
    assert_int_equal(schema_cache_have(f->cache, STR(SET), &parts, &count, NULL), 0);
    for (size_t i = 0; i < count; i++)
        if (strcmp(parts[i].name, name) == 0) {
            assert_null(found);
            found = strdup(buf_text(&parts[i].text));
        }
    free_parts(parts, count);
    free(parts);
    return found;
}

static void put(const char *folder, const char *file, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_int_equal(io_write_file(path, 0600, false, str_of(text), NULL), 0);
}

static void expect_have(const struct fixture *f, const char *name, const char *text)
{
    char *found = have(f, name);
    if ((found == NULL) != (text == NULL) || (text && strcmp(found, text) != 0))
        fail_msg(
            "%s: expected %s, got %s", name, text ? text : "nothing", found ? found : "nothing");
    free(found);
}

static void what_was_learned_is_found_again(void **state)
{
    const struct fixture *f = *state;
    struct buf schema = {0}, notes = {0};
    assert_false(schema_cache_has(f->cache, STR(SET)));
    assert_int_equal(find(f, &schema, &notes), RC_NOT_FOUND);
    keep(f, lesson);
    assert_true(schema_cache_has(f->cache, STR(SET)));
    assert_int_equal(find(f, &schema, &notes), RC_OK);
    assert_string_equal(buf_text(&schema), SCHEMA);
    assert_string_equal(buf_text(&notes), "b: odd\n");
    assert_false(schema_cache_has(f->cache, STR("module c - -\n")));
    expect_have(f, "a@2024-01-01.yang", A);
    buf_free(&schema);
    buf_free(&notes);
}

static void modules_without_revision_are_each_device_s_own(void **state)
{
    const struct fixture *f = *state;
    keep(f, lesson);
    expect_have(f, "b.yang", NULL);
}

static void nothing_is_written_outside(void **state)
{
    const struct fixture *f = *state;
    char path[300];
    keep(f, lesson);
    snprintf(path, sizeof path, "%s/evil.yang", f->folder);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_damaged_schema_is_learned_again(void **state)
{
    const struct fixture *f = *state;
    char sets[200], file[MODULES_ID_SIZE + 16], id[MODULES_ID_SIZE];
    struct buf schema = {0};
    keep(f, lesson);
    modules_id(STR(SET), id);
    snprintf(sets, sizeof sets, "%s/sets", f->cache_folder);
    snprintf(file, sizeof file, "%s.schema", id);
    put(sets, file, "/a:x leaf number\nmodule a urn:a\n");
    assert_int_equal(find(f, &schema, NULL), RC_NOT_FOUND);
    assert_false(schema_cache_has(f->cache, STR(SET)));
    keep(f, lesson);
    put(sets, file, "/a:x");
    assert_false(schema_cache_has(f->cache, STR(SET)));
    keep(f, lesson);
    assert_int_equal(find(f, &schema, NULL), RC_OK);
    snprintf(file, sizeof file, "%s.modules", id);
    put(sets, file, "module other - -\n");
    assert_false(schema_cache_has(f->cache, STR(SET)));
    buf_free(&schema);
}

static void another_text_of_a_revision_stands_beside_it(void **state)
{
    const struct fixture *f = *state;
    char modules[200];
    struct dirent **entries = NULL;
    keep(f, lesson);
    keep(f, (const char *const[]){"schema", SCHEMA, "a@2024-01-01.yang", A "// mine", NULL});
    keep(f, (const char *const[]){"schema", SCHEMA, "a@2024-01-01.yang", A "// mine", NULL});
    expect_have(f, "a@2024-01-01.yang", A);
    snprintf(modules, sizeof modules, "%s/modules", f->cache_folder);
    int count = scandir(modules, &entries, NULL, alphasort);
    assert_int_equal(count, 5); /* both, b, and two dots */
    assert_non_null(strstr(entries[2]->d_name, "a@2024-01-01+"));
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

static void a_broken_module_gives_way(void **state)
{
    const struct fixture *f = *state;
    char modules[200];
    keep(f, lesson);
    snprintf(modules, sizeof modules, "%s/modules", f->cache_folder);
    put(modules, "a@2024-01-01.yang", "module a { name");
    expect_have(f, "a@2024-01-01.yang", NULL);
    keep(f, lesson);
    expect_have(f, "a@2024-01-01.yang", A);
}

static void an_operator_adds_modules(void **state)
{
    const struct fixture *f = *state;
    keep(f, lesson);
    put(f->operators, "extra.yang", "module extra { prefix e; revision 2025-05-05; }");
    put(f->operators, "a@2024-01-01.yang", A "// the operator's");
    put(f->operators, "broken.yang", "module broken {");
    put(f->operators, "README", "no module");
    expect_have(f, "extra@2025-05-05.yang", "module extra { prefix e; revision 2025-05-05; }");
    expect_have(f, "a@2024-01-01.yang", A);
    expect_have(f, "broken.yang", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_learned_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            modules_without_revision_are_each_device_s_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_written_outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_schema_is_learned_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            another_text_of_a_revision_stands_beside_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_module_gives_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_operator_adds_modules, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
