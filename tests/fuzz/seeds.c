/* rooms: drivers syntax data evidence base */
/* seeds FOLDER: what fuzzers start from, made of the examples that the profiles carry: into
 * FOLDER/SHAPE what each shape's fuzzer reads, into FOLDER/profile what that of all profiles does.
 * And, into FOLDER/evidence, evidence that is good.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/yang.h"
#include "drivers/platform.h"
#include "drivers/syntax/parts.h"
#include "tests/unit/evidence_bundle.h"

static const char *folder;
static unsigned long made;

static void stop(const char *what, const struct error *err)
{
    fprintf(stderr, "seeds: %s: %s\n", what, err ? err->text : strerror(errno));
    exit(1);
}

static void write_seed(
    const char *name, const unsigned char *head, size_t head_len, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (mkdir(path, 0777) && errno != EEXIST)
        stop(path, NULL);
    snprintf(path, sizeof path, "%s/%s/example-%lu", folder, name, made++);
    FILE *file = fopen(path, "w");
    if (!file)
        stop(path, NULL);
    fwrite(head, 1, head_len, file);
    fputs(text, file);
    if (fclose(file))
        stop(path, NULL);
}

static const char *shape_of(const struct platform *p, const char *syntax)
{
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next)
        if (strcmp(LYD_NAME(n), "syntax") == 0 && strcmp(yang_leaf(n, "name"), syntax) == 0)
            return yang_leaf(n, "shape");
    return NULL;
}

struct seeding {
    const struct platform *platform;
    const struct part_syntaxes *syntaxes;
    unsigned char number; /* of the platform */
};

static unsigned char part_number(const struct platform *p, const char *part)
{
    unsigned char number = 0;
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "parts") != 0)
            continue;
        if (strcmp(yang_leaf(n, "name"), part) == 0)
            return number;
        number++;
    }
    return 0;
}

static void add_text(const struct seeding *s, const char *part, const char *text)
{
    const char *syntax = NULL;
    const unsigned char head[] = {s->number, part_number(s->platform, part)};
    const unsigned char kind[] = {(unsigned char)('0' + made % 4)};
    write_seed("profile", head, sizeof head, text);
    if (!part_syntax(s->syntaxes, part, str_of(text), &syntax))
        return;
    const char *shape = shape_of(s->platform, syntax);
    write_seed(shape && strcmp(shape, "data") == 0 ? "yangdata" : shape, kind, sizeof kind, text);
}

static void add_version(const struct seeding *s, const struct lyd_node *version)
{
    const struct lyd_node *first = yang_child(s->platform->data, "parts");
    if (yang_leaf(version, "config"))
        add_text(s, first ? yang_leaf(first, "name") : "config", yang_leaf(version, "config"));
    for (const struct lyd_node *n = lyd_child(version); n; n = n->next)
        if (strcmp(LYD_NAME(n), "parts") == 0)
            add_text(s, yang_leaf(n, "name"), yang_leaf(n, "text"));
}

static void add_platform(const struct platform *platform, size_t number)
{
    struct part_syntaxes *syntaxes = NULL;
    const struct lyd_node *whole = NULL;
    struct error err = ERROR_INIT;
    if (platform_open(platform, &err) || platform_whole(platform, &whole, &err) ||
        part_syntaxes_new(platform->data, &syntaxes, &err))
        stop(platform->name, &err);
    const struct seeding s = {platform, syntaxes, (unsigned char)number};
    for (const struct lyd_node *n = lyd_child(whole); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "examples") != 0)
            continue;
        add_version(&s, n);
        if (yang_child(n, "then"))
            add_version(&s, yang_child(n, "then"));
    }
    part_syntaxes_free(syntaxes);
}

static void add_evidence(void)
{
    struct fixture f;
    struct buf bundle = {0}, key = {0}, pem = {0};
    fixture_make(&f, ",\"imported\":{}");
    if (bundle_write(&f.bundle, &bundle, NULL) || key_text(&f.key, &key) || key_pem(&f.key, &pem))
        stop("evidence", NULL);
    for (const char *kind = "ab"; *kind; kind++)
        write_seed("evidence", (const unsigned char *)kind, 1, buf_text(&bundle));
    write_seed("evidence", (const unsigned char *)"n", 1, buf_text(&f.head));
    write_seed("evidence", (const unsigned char *)"k", 1, buf_text(&key));
    write_seed("evidence", (const unsigned char *)"k", 1, buf_text(&pem));
    buf_free(&bundle);
    buf_free(&key);
    buf_free(&pem);
    fixture_free(&f);
}

int main(int argc, char **argv)
{
    static const char *const modules[] = {"rollcall-access", "rollcall-platform", NULL};
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    struct error err = ERROR_INIT;
    const struct platform *p;
    if (argc != 2)
        return 2;
    folder = argv[1];
    if (yang_context(modules, &ctx, &err) || platforms_load(ctx, NULL, &all, &err))
        stop("profiles", &err);
    for (size_t i = 0; (p = platforms_at(all, i)); i++)
        add_platform(p, i);
    add_evidence();
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return 0;
}
