/* A platform from YAML in a test, and configs read by it. */
#ifndef ROLLCALL_TESTS_ACCESS_FIXTURE_H
#define ROLLCALL_TESTS_ACCESS_FIXTURE_H

#include "test.h"

#include "access/access.h"
#include "base/embed.h"
#include "base/yaml.h"
#include "base/yang.h"

struct fixture {
    struct ly_ctx *ctx;
    struct platforms *all;
    struct lyd_node *profile; /* of fixture_profile() */
    struct lyd_node *maps[4]; /* of fixture_mapped() */
    const struct lyd_node *mappings[4];
    struct platform platform;
    struct reader *reader;
};

static const unsigned char fixture_key[FINGERPRINT_KEY_BYTES] = {7};

static inline void fixture_fail(const char *what, const struct error *err)
{
    char line[1200];
    fail_msg("%s: %s\n%s", what, error_line(err, line, sizeof line), err->show);
}

static inline void fixture_context(struct fixture *f)
{
    static const char *const modules[] = {"rollcall-access", "rollcall-platform", NULL};
    struct error err = ERROR_INIT;
    *f = (struct fixture){0};
    if (yang_context(modules, &f->ctx, &err))
        fixture_fail("models", &err);
}

/* A profile of `rules` alone: what every profile must have is put in front. */
static inline int fixture_try(struct fixture *f, const char *rules, struct error *err)
{
    struct buf yaml = {0};
    buf_format(&yaml,
        "platform: test\ntitle: Test\nsession: { kind: exec }\n"
        "parts: { running: { command: show } }\n%s",
        rules);
    int rc = yaml_parse(
        f->ctx, "rollcall-platform:profile", "test.yaml", buf_str(&yaml), &f->profile, err);
    buf_free(&yaml);
    if (rc)
        return rc;
    f->platform = (struct platform){.name = "test",
        .title = "Test",
        .file = "test.yaml",
        .data = f->profile,
        .mappings = f->mappings};
    return reader_new(&f->platform, &f->reader, err);
}

static inline void fixture_profile(struct fixture *f, const char *rules)
{
    struct error err = ERROR_INIT;
    fixture_context(f);
    if (fixture_try(f, rules, &err))
        fixture_fail("profile", &err);
}

/* A mapping for the profiles that are made behind it. */
static inline int fixture_try_mapping(struct fixture *f, const char *yaml, struct error *err)
{
    size_t i = 0;
    while (f->maps[i])
        i++;
    assert_true(i + 1 < COUNT(f->maps));
    int rc =
        yaml_parse(f->ctx, "rollcall-platform:mapping", "map.yaml", str_of(yaml), &f->maps[i], err);
    f->mappings[i] = f->maps[i];
    return rc;
}

/* A compiled-in profile. */
static inline void fixture_platform(struct fixture *f, const char *name)
{
    struct error err = ERROR_INIT;
    fixture_context(f);
    if (platforms_load(f->ctx, NULL, &f->all, &err))
        fixture_fail("platforms", &err);
    f->platform = *platforms_find(f->all, name);
    if (reader_new(&f->platform, &f->reader, &err))
        fixture_fail(name, &err);
}

static inline void fixture_free(struct fixture *f)
{
    reader_free(f->reader);
    platforms_free(f->all);
    yaml_free(f->profile);
    for (size_t i = 0; i < COUNT(f->maps); i++)
        yaml_free(f->maps[i]);
    ly_ctx_destroy(f->ctx);
}

static inline struct draft *fixture_draft(struct fixture *f, struct str text)
{
    struct part part = {.name = (char[]){"running"}};
    struct draft *draft = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(buf_add_str(&part.text, text), 0);
    if (draft_read(f->reader, &part, 1, &draft, &err))
        fixture_fail("draft_read", &err);
    buf_free(&part.text);
    return draft;
}

static inline struct lyd_node *fixture_tree(struct fixture *f, struct str text)
{
    struct draft *draft = fixture_draft(f, text);
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    if (access_build(f->ctx, &f->platform, draft, fixture_key, &tree, &err))
        fixture_fail("access_build", &err);
    draft_free(draft);
    return tree;
}

/* The tree as JSON, malloc'd. */
static inline char *fixture_json(struct fixture *f, struct str text, bool lines)
{
    struct lyd_node *tree = fixture_tree(f, text);
    struct buf out = {0};
    struct error err = ERROR_INIT;
    if (access_print(tree, lines, &out, &err))
        fixture_fail("access_print", &err);
    lyd_free_all(tree);
    return out.data;
}

static inline bool fixture_holds(struct fixture *f, const char *config, const char *xpath)
{
    struct lyd_node *tree = fixture_tree(f, str_of(config));
    ly_bool holds = 0;
    if (lyd_eval_xpath(tree, xpath, &holds))
        fail_msg("bad XPath %s", xpath);
    if (!holds) {
        struct buf out = {0};
        access_print(tree, false, &out, NULL);
        print_error("of\n%s\ncame %s\n", config, buf_text(&out));
        buf_free(&out);
    }
    lyd_free_all(tree);
    return holds;
}

/* What must hold of the tree that a config gives. */
struct fixture_case {
    const char *config, *xpath;
};

static inline void fixture_check(
    const char *profile, const struct fixture_case *cases, size_t count)
{
    struct fixture f;
    size_t failed = 0;
    fixture_profile(&f, profile);
    for (size_t i = 0; i < count; i++)
        if (!fixture_holds(&f, cases[i].config, cases[i].xpath)) {
            print_error("does not hold: %s\nfor: %s\n", cases[i].xpath, cases[i].config);
            failed++;
        }
    fixture_free(&f);
    assert_int_equal(failed, 0);
}

#endif
