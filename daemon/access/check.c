#include "access/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/regex.h"
#include "base/yaml.h"
#include "base/yang.h"

struct checking {
    const struct ly_ctx *ctx;
    const struct platform *platform;
    const struct check_hooks *hooks;
    struct reader *reader;
};

/* One version of an example, as far as it came. */
struct version {
    struct part *parts;
    size_t count;
    struct lyd_node *tree;
};

static const unsigned char example_key[FINGERPRINT_KEY_BYTES] = "examples hold no real secret";

static void free_version(struct version *v)
{
    for (size_t i = 0; i < v->count; i++) {
        free(v->parts[i].name);
        buf_free(&v->parts[i].text);
    }
    free(v->parts);
    lyd_free_all(v->tree);
    *v = (struct version){0};
}

static const char *first_part(const struct platform *platform)
{
    const struct lyd_node *part = yang_child(platform->data, "parts");
    return part ? yang_leaf(part, "name") : "config";
}

static int add_part(struct version *v, const char *name, const char *text)
{
    struct part *p = &v->parts[v->count];
    p->name = strdup(name);
    v->count++;
    return p->name ? buf_add(&p->text, text) : RC_NO_MEMORY;
}

static int take_parts(struct checking *c, const struct lyd_node *example, struct version *v)
{
    size_t room = 1;
    for (const struct lyd_node *n = lyd_child(example); n; n = n->next)
        room++;
    v->parts = calloc(room, sizeof *v->parts);
    const char *config = yang_leaf(example, "config");
    int rc = v->parts ? RC_OK : RC_NO_MEMORY;
    if (!rc && config)
        rc = add_part(v, first_part(c->platform), config);
    for (const struct lyd_node *n = lyd_child(example); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "parts") == 0)
            rc = add_part(v, yang_leaf(n, "name"), yang_leaf(n, "text"));
    return rc;
}

/* The long way, as between a collector and the engine. */
static int read_version(
    struct checking *c, const struct lyd_node *example, struct version *v, struct error *err)
{
    struct draft *read = NULL, *passed = NULL;
    struct buf message = {0};
    int rc = take_parts(c, example, v);
    if (rc)
        return error_set(err, rc, "no memory for an example");
    if ((rc = draft_read(c->reader, v->parts, v->count, &read, err)))
        return rc;
    rc = draft_pack(read, &message);
    rc = rc ? error_set(err, rc, "no memory for an example")
            : draft_unpack(buf_str(&message), &passed, err);
    if (!rc)
        rc = access_build(c->ctx, c->platform, passed, example_key, &v->tree, err);
    draft_free(read);
    draft_free(passed);
    buf_wipe(&message);
    return rc;
}

static int add_words(struct buf *out, char **words, size_t count, const char *between)
{
    int rc = RC_OK;
    for (size_t i = 0; i < count && !rc; i++)
        rc = buf_format(out, "%s%s", i ? between : "", words[i]);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Texts of the leaf-list `list`, or of the tree's entries by `name_of`, sorted. */
static int list_texts(const struct lyd_node *parent, const char *list,
    char *(*name_of)(const struct lyd_node *node), const char *between, struct buf *out,
    size_t *count)
{
    size_t room = 1;
    *count = 0;
    for (const struct lyd_node *n = lyd_child(parent); n; n = n->next)
        room++;
    char **words = calloc(room, sizeof *words);
    int rc = words ? RC_OK : RC_NO_MEMORY;
    for (const struct lyd_node *n = lyd_child(parent); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), list) == 0 && !(words[(*count)++] = name_of(n)))
            rc = RC_NO_MEMORY;
    if (!rc) {
        qsort(words, *count, sizeof *words, by_text);
        rc = add_words(out, words, *count, between);
    }
    for (size_t i = 0; words && i < room; i++)
        free(words[i]);
    free(words);
    return rc;
}

static char *leaf_text(const struct lyd_node *node)
{
    return strdup(lyd_get_value(node));
}

static char *account_text(const struct lyd_node *node)
{
    struct buf name = {0};
    const char *realm = yang_leaf(node, "realm");
    if (strcmp(realm, "local") != 0)
        buf_format(&name, "%s/", realm);
    buf_add(&name, yang_leaf(node, "name"));
    return name.data;
}

static char *unread_text(const struct lyd_node *node)
{
    return strdup(yang_leaf(node, "text"));
}

/* The example's leaf-list names exactly the entries of the tree. */
static int check_names(const struct lyd_node *example, const struct lyd_node *tree,
    const char *list, const char *entries, char *(*name_of)(const struct lyd_node *node),
    struct error *err)
{
    struct buf wanted = {0}, found = {0};
    size_t wanted_count, found_count;
    int rc = list_texts(example, list, leaf_text, ", ", &wanted, &wanted_count);
    if (!rc && wanted_count)
        rc = list_texts(tree, entries, name_of, ", ", &found, &found_count);
    if (!rc && wanted_count && strcmp(buf_text(&wanted), buf_text(&found)) != 0)
        rc = error_set(err, RC_INVALID, "%s: expected %s; found %s", list, buf_text(&wanted),
            found.len ? found.data : "none");
    buf_free(&wanted);
    buf_free(&found);
    return rc;
}

static int check_version(
    const struct lyd_node *example, const struct lyd_node *tree, struct error *err)
{
    int rc = check_names(example, tree, "accounts", "account", account_text, err);
    if (!rc)
        rc = check_names(example, tree, "unread", "unread", unread_text, err);
    for (const struct lyd_node *n = lyd_child(example); n && !rc; n = n->next) {
        ly_bool holds = 0;
        if (strcmp(LYD_NAME(n), "holds") != 0)
            continue;
        if (lyd_eval_xpath(tree, lyd_get_value(n), &holds))
            rc = yang_error(LYD_CTX(tree), RC_SETTINGS, err);
        else if (!holds)
            rc = error_set(err, RC_INVALID, "does not hold: %s", lyd_get_value(n));
    }
    return rc;
}

static int check_events(struct checking *c, const struct lyd_node *then,
    const struct version *before, const struct version *after, struct error *err)
{
    struct buf wanted = {0}, found = {0};
    size_t count;
    int rc = list_texts(then, "events", leaf_text, " ", &wanted, &count);
    if (!rc && count && c->hooks && c->hooks->events) {
        rc = c->hooks->events(c->hooks->ctx, before->tree, after->tree, &found, err);
        if (!rc && strcmp(buf_text(&wanted), buf_text(&found)) != 0)
            rc = error_set(err, RC_INVALID, "events: expected %s; found %s", buf_text(&wanted),
                found.len ? found.data : "none");
    }
    buf_free(&wanted);
    buf_free(&found);
    return rc;
}

static int check_same(struct checking *c, const struct version *before, const struct version *after,
    struct error *err)
{
    struct buf one = {0}, two = {0};
    bool same = true;
    int rc = access_print(before->tree, false, &one, err);
    if (!rc)
        rc = access_print(after->tree, false, &two, err);
    if (!rc && strcmp(buf_text(&one), buf_text(&two)) != 0)
        rc = error_set(err, RC_INVALID, "access differs, and should be the same");
    if (!rc && c->hooks && c->hooks->same)
        rc = c->hooks->same(c->hooks->ctx, c->platform, before->parts, before->count, after->parts,
            after->count, &same, err);
    if (!rc && !same)
        rc = error_set(err, RC_INVALID, "the config differs, and should be the same");
    buf_free(&one);
    buf_free(&two);
    return rc;
}

static int check_example(struct checking *c, const struct lyd_node *example, struct error *err)
{
    struct version before = {0}, after = {0};
    const struct lyd_node *then = yang_child(example, "then");
    int rc = read_version(c, example, &before, err);
    if (!rc)
        rc = check_version(example, before.tree, err);
    if (!rc && then) {
        rc = read_version(c, then, &after, err);
        if (!rc)
            rc = check_version(then, after.tree, err);
        if (!rc)
            rc = check_events(c, then, &before, &after, err);
        if (!rc && yang_is_true(then, "same"))
            rc = check_same(c, &before, &after, err);
        if (rc)
            error_context(err, "then");
    }
    free_version(&before);
    free_version(&after);
    return rc;
}

/* ---- log messages ---- */

/* The group `name` of `pattern` finds in `line` what the profile says. */
static int check_group(const struct lyd_node *announces, const struct regex *pattern,
    const char *name, struct error *err)
{
    struct str line = str_of(yang_leaf(announces, "line")), found;
    const char *wanted = yang_leaf(announces, name);
    char group[32];
    size_t end;
    snprintf(group, sizeof group, "(?<%s>", name);
    if (!strstr(yang_leaf(announces, "match"), group))
        return wanted ? error_set(err, RC_INVALID, "there is no group `%s`", name) : RC_OK;
    if (!wanted)
        return error_set(err, RC_INVALID, "%s: what does the group find in the line?", name);
    if (regex_find(pattern, line, 0, name, &found, &end) != 1)
        return error_set(err, RC_INVALID, "it is not found in \"%.200s\"", line.at);
    if (!str_is(found, wanted))
        return error_set(err, RC_INVALID, "%s: expected %s; found %.*s", name, wanted,
            (int)(found.len < 200 ? found.len : 200), found.at);
    return RC_OK;
}

static int check_announces(const struct lyd_node *announces, struct error *err)
{
    struct regex *pattern = NULL;
    int rc = regex_new(yang_leaf(announces, "match"), 0, &pattern, err);
    if (!rc && !regex_matches(pattern, str_of(yang_leaf(announces, "line"))))
        rc = error_set(
            err, RC_INVALID, "it is not found in \"%.200s\"", yang_leaf(announces, "line"));
    rc = rc ? rc : check_group(announces, pattern, "user", err);
    rc = rc ? rc : check_group(announces, pattern, "address", err);
    regex_free(pattern);
    return rc;
}

int platform_check_with(const struct ly_ctx *ctx, const struct platform *platform,
    const struct check_hooks *hooks, check_report *report, void *report_ctx, struct error *err)
{
    struct checking c = {.ctx = ctx, .platform = platform, .hooks = hooks};
    const struct lyd_node *whole = NULL;
    int rc = platform_open(platform, err);
    if (!rc)
        rc = platform_whole(platform, &whole, err);
    if (!rc)
        rc = platform_check_regexes(platform, err);
    if (!rc)
        rc = reader_new(platform, &c.reader, err);
    if (rc)
        return rc;
    for (const struct lyd_node *n = lyd_child(whole); n; n = n->next) {
        struct error why = ERROR_INIT;
        bool example = strcmp(LYD_NAME(n), "examples") == 0;
        if (!example && strcmp(LYD_NAME(n), "announces") != 0)
            continue;
        bool failed = (example ? check_example(&c, n, &why) : check_announces(n, &why)) != RC_OK;
        if (failed && !why.place[0])
            yaml_place(n, why.place, sizeof why.place);
        report(report_ctx, example ? yang_leaf(n, "name") : "log message", failed ? &why : NULL);
    }
    reader_free(c.reader);
    return RC_OK;
}
