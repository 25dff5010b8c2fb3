/* What holds of every profile, tried on each of its examples: the example's texts, the tree they
 * give, and the lines of a text. */
#ifndef ROLLCALL_TESTS_ACCESS_EXAMPLES_H
#define ROLLCALL_TESTS_ACCESS_EXAMPLES_H

#include "test.h"

#include "access/access.h"
#include "base/embed.h"
#include "base/yang.h"
#include "drivers/syntax/parts.h"

static const unsigned char key[FINGERPRINT_KEY_BYTES] = {3};

static struct ly_ctx *ctx;
static struct platforms *all;
static uint64_t seed;

/* xorshift: the same numbers on every machine. */
static inline uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 33) % below);
}

/* ---- an example ---- */

#define MOST_PARTS 16

struct subject {
    const struct platform *platform;
    const struct reader *reader;
    const struct part_syntaxes *syntaxes;
    const char *example;
    struct part parts[MOST_PARTS];
    size_t count;
    struct lyd_node *tree;
    char *json; /* the tree, without lines */
    size_t *failed;
};

static inline int read_parts(
    const struct subject *s, const struct part *parts, struct lyd_node **tree)
{
    struct draft *draft = NULL;
    struct error err = ERROR_INIT;
    char line[1200];
    int rc = draft_read(s->reader, parts, s->count, &draft, &err);
    if (!rc && access_build(ctx, s->platform, draft, key, tree, &err))
        fail_msg("%s: %s: what was read cannot be built: %s", s->platform->name, s->example,
            error_line(&err, line, sizeof line));
    draft_free(draft);
    return rc;
}

static inline char *print(const struct lyd_node *tree)
{
    struct buf out = {0};
    struct error err = ERROR_INIT;
    assert_int_equal(access_print(tree, false, &out, &err), 0);
    return out.data;
}

static inline void complain(
    const struct subject *s, const char *what, struct str text, const char *got)
{
    if (++*s->failed <= 40) /* cmocka would cut it off */
        fprintf(stderr, "---- %s: %s: %s\n-- expected %s\n-- got %s\n-- of\n%.*s\n",
            s->platform->name, s->example, what, s->json, got,
            (int)(text.len < 3000 ? text.len : 3000), text.at);
}

/* The tree of the example with `text` for its part `which`, as JSON; NULL: refused. */
static inline char *read_with(const struct subject *s, size_t which, struct str text)
{
    struct part parts[MOST_PARTS];
    struct lyd_node *tree = NULL;
    memcpy(parts, s->parts, sizeof parts);
    parts[which].text = (struct buf){0};
    assert_int_equal(buf_add_str(&parts[which].text, text), 0);
    char *json = read_parts(s, parts, &tree) ? NULL : print(tree);
    buf_free(&parts[which].text);
    lyd_free_all(tree);
    return json;
}

static inline void expect_same(
    const struct subject *s, const char *what, size_t which, struct str text)
{
    char *json = read_with(s, which, text);
    if (!json || strcmp(json, s->json) != 0)
        complain(s, what, text, json ? json : "an error");
    free(json);
}

static inline bool is_shape(const struct lyd_node *entry, const char *shapes)
{
    return strstr(shapes, yang_leaf(entry, "shape")) != NULL;
}

/* ---- lines of a text ---- */

struct line {
    unsigned depth;
    uint32_t number, last;
    size_t start; /* where its first physical line starts */
    bool ordered;
};

struct lines {
    struct line *at;
    size_t count, room;
    size_t *starts; /* of each physical line, and the end behind the last */
    size_t start_count;
    struct str text;
    bool braces; /* a line starts where its words do */
};

static inline int take_line(void *user, const struct syntax_line *line)
{
    struct lines *l = user;
    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 64;
        l->at = realloc(l->at, l->room * sizeof *l->at);
        assert_non_null(l->at);
    }
    l->at[l->count++] = (struct line){
        line->depth, line->number, line->last, l->starts[line->number - 1], line->ordered};
    if (l->braces)
        l->at[l->count - 1].start = (size_t)(line->raw.at - l->text.at);
    return RC_OK;
}

static inline void find_starts(struct lines *l)
{
    struct str rest = l->text, line;
    size_t room = 2;
    for (size_t i = 0; i < l->text.len; i++)
        room += l->text.at[i] == '\n' || l->text.at[i] == '\r';
    l->starts = calloc(room, sizeof *l->starts);
    assert_non_null(l->starts);
    while (str_next_line(&rest, &line))
        l->starts[l->start_count++] = (size_t)(line.at - l->text.at);
    l->starts[l->start_count] = l->text.len;
}

static inline void free_lines(struct lines *l)
{
    free(l->at);
    free(l->starts);
}

/* How the part is written: the profile's entry. */
static inline const struct lyd_node *syntax_of(
    const struct subject *s, size_t which, const struct syntax **syntax)
{
    const char *name;
    struct str text = buf_str(&s->parts[which].text);
    *syntax = part_syntax(s->syntaxes, s->parts[which].name, text, &name);
    for (const struct lyd_node *n = lyd_child(s->platform->data); *syntax && n; n = n->next)
        if (strcmp(LYD_NAME(n), "syntax") == 0 && strcmp(yang_leaf(n, "name"), name) == 0)
            return n;
    return NULL;
}

/* ---- all of them ---- */

/* What is tried. Members may be NULL. */
struct trial {
    /* On each part that is text with a syntax. */
    void (*part)(const struct subject *s, size_t which, const struct lyd_node *entry,
        const struct syntax *syntax);
    void (*version)(const struct subject *s);
};

static inline const char *first_part(const struct platform *platform)
{
    const struct lyd_node *part = yang_child(platform->data, "parts");
    return part ? yang_leaf(part, "name") : "config";
}

static inline void add_part(struct subject *s, const char *name, const char *text)
{
    assert_true(s->count < MOST_PARTS);
    s->parts[s->count].name = strdup(name);
    assert_int_equal(buf_add(&s->parts[s->count++].text, text), 0);
}

static inline void try_version(
    struct subject *s, const struct lyd_node *version, const struct trial *trial)
{
    if (yang_leaf(version, "config"))
        add_part(s, first_part(s->platform), yang_leaf(version, "config"));
    for (const struct lyd_node *n = lyd_child(version); n; n = n->next)
        if (strcmp(LYD_NAME(n), "parts") == 0)
            add_part(s, yang_leaf(n, "name"), yang_leaf(n, "text"));
    if (read_parts(s, s->parts, &s->tree) == 0) {
        s->json = print(s->tree);
        for (size_t i = 0; trial->part && i < s->count; i++) {
            const struct syntax *syntax;
            const struct lyd_node *entry = syntax_of(s, i, &syntax);
            if (entry && s->parts[i].text.len > 0)
                trial->part(s, i, entry, syntax);
        }
        if (trial->version)
            trial->version(s);
    }
    free(s->json);
    lyd_free_all(s->tree);
    for (size_t i = 0; i < s->count; i++) {
        free(s->parts[i].name);
        buf_free(&s->parts[i].text);
    }
    memset(s->parts, 0, sizeof s->parts);
    s->count = 0;
    s->tree = NULL;
    s->json = NULL;
}

static inline size_t try_platform(const struct platform *platform, const struct trial *trial)
{
    struct reader *reader = NULL;
    struct part_syntaxes *syntaxes = NULL;
    const struct lyd_node *whole = NULL;
    struct error err = ERROR_INIT;
    size_t failed = 0;
    char line[1200];
    if (platform_open(platform, &err) || platform_whole(platform, &whole, &err) ||
        reader_new(platform, &reader, &err) || part_syntaxes_new(platform->data, &syntaxes, &err))
        fail_msg("%s: %s", platform->name, error_line(&err, line, sizeof line));
    struct subject s = {
        .platform = platform, .reader = reader, .syntaxes = syntaxes, .failed = &failed};
    seed = 88172645463325252u;
    for (const struct lyd_node *n = lyd_child(whole); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "examples") != 0)
            continue;
        s.example = yang_leaf(n, "name");
        try_version(&s, n, trial);
        if (yang_child(n, "then"))
            try_version(&s, yang_child(n, "then"), trial);
    }
    part_syntaxes_free(syntaxes);
    reader_free(reader);
    return failed;
}

/* Every profile, or the one that ROLLCALL_TEST_PLATFORM names. */
static inline void try_examples(const struct trial *trial)
{
    size_t failed = 0;
    const char *platform = getenv("ROLLCALL_TEST_PLATFORM");
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(all, i)); i++)
        if (!platform || strcmp(platform, p->name) == 0)
            failed += try_platform(p, trial);
    assert_int_equal(failed, 0);
}

static inline int examples_setup(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-platform", NULL};
    struct error err = ERROR_INIT;
    return yang_context(modules, &ctx, &err) || platforms_load(ctx, NULL, &all, &err);
}

static inline int examples_teardown(void **state)
{
    (void)state;
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return 0;
}

#endif
