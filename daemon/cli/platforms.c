#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/check.h"
#include "base/yang.h"
#include "cli/cli.h"
#include "cli/page.h"

static void show_platform(struct writer *w, const struct platform *p)
{
    struct buf aliases = {0};
    yang_join(p->data, "aliases", &aliases);
    writer_object(w, NULL, NULL);
    writer_text(w, "platform", p->name, STYLE_PLAIN);
    writer_text(w, "title", p->title, STYLE_PLAIN);
    writer_text(w, "class", yang_leaf(p->data, "class"), STYLE_PLAIN);
    writer_text(w, "aliases", aliases.data, STYLE_PLAIN);
    writer_text(w, "file", p->file, STYLE_MACHINE);
    writer_close(w);
    buf_free(&aliases);
}

static int list_platforms(struct cli *cli)
{
    const struct platform *p;
    struct writer *w = cli_writer(cli, "platforms");
    writer_list(w, "platforms", NULL);
    for (size_t i = 0; (p = platforms_at(cli->platforms, i)); i++)
        show_platform(w, p);
    writer_close(w);
    return EXIT_CLEAN;
}

/* ---- pages ---- */

static int make_page(const struct platform *p, json_t **page, struct error *err)
{
    const struct lyd_node *whole = NULL;
    int rc = platform_open(p, err);
    if (rc == 0)
        rc = platform_whole(p, &whole, err);
    if (rc == 0 && !(*page = page_new(p, whole)))
        rc = error_set(err, RC_NO_MEMORY, "no memory for the page of %s", p->name);
    return rc;
}

static int show_page(struct cli *cli, const struct platform *p)
{
    struct error err = ERROR_INIT;
    json_t *page = NULL, *value;
    const char *name;
    if (make_page(p, &page, &err))
        return cli_fail(&err);
    struct writer *w = cli_writer(cli, "platform");
    if (cli->format == WRITER_TEXT) {
        page_show(stdout, &page_as_text, page);
    } else {
        json_object_foreach(page, name, value)
            writer_json(w, name, json_incref(value), STYLE_PLAIN);
    }
    json_decref(page);
    return EXIT_CLEAN;
}

static int show_manual(struct cli *cli)
{
    struct error err = ERROR_INIT;
    const struct platform *p;
    json_t *pages = json_array(), *page = NULL;
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && (p = platforms_at(cli->platforms, i)); i++)
        if ((rc = make_page(p, &page, &err)) == RC_OK)
            json_array_append_new(pages, page);
    if (rc == RC_OK)
        page_manual(stdout, pages);
    json_decref(pages);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}

/* ---- what an example is checked against ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct event *)a)->event, ((const struct event *)b)->event);
}

static int events_between(void *ctx, const struct lyd_node *before, const struct lyd_node *after,
    struct buf *ids, struct error *err)
{
    const struct cli *cli = ctx;
    struct events events = {0};
    int rc = diff_access(cli->meaning, before, after, &events, err);
    if (rc == 0 && events.count)
        qsort(events.at, events.count, sizeof *events.at, by_name);
    for (size_t i = 0; i < events.count && rc == 0; i++)
        if (i == 0 || strcmp(events.at[i].event, events.at[i - 1].event) != 0)
            rc = buf_format(ids, "%s%s", ids->len ? " " : "", events.at[i].event);
    events_free(&events);
    return rc;
}

static int is_same(void *ctx, const struct platform *platform, const struct part *before,
    size_t before_count, const struct part *after, size_t after_count, bool *same,
    struct error *err)
{
    (void)ctx;
    struct config *one = NULL, *two = NULL;
    int rc = config_read(platform, before, before_count, &one, err);
    if (rc == 0)
        rc = config_read(platform, after, after_count, &two, err);
    if (rc == 0) {
        unsigned char a[CONFIG_DIGEST_BYTES], b[CONFIG_DIGEST_BYTES];
        config_digest(one, a);
        config_digest(two, b);
        *same = memcmp(a, b, sizeof a) == 0;
    }
    config_free(one);
    config_free(two);
    return rc;
}

struct outcome {
    struct cli *cli;
    const char *platform;
    size_t passed, failed;
};

static void count_example(void *ctx, const char *example, const struct error *why)
{
    struct outcome *o = ctx;
    struct writer *w = o->cli->out;
    o->passed += why == NULL;
    o->failed += why != NULL;
    char line[1100] = "";
    writer_object(w, NULL, NULL);
    writer_text(w, "platform", o->platform, STYLE_PLAIN);
    writer_text(w, "example", example, STYLE_PLAIN);
    writer_text(w, "result", why ? "failed" : "ok", why ? STYLE_BAD : STYLE_GOOD);
    writer_text(w, "why", why ? error_line(why, line, sizeof line) : NULL, STYLE_PLAIN);
    writer_close(w);
}

static void add_missing(void *ctx, const char *what)
{
    struct buf *all = ctx;
    buf_format(all, "%s%s", all->len ? ", " : "", what);
}

/* What profiles that are compiled in have to show beside. */
static int note_missing(struct cli *cli, const struct platform *p, struct error *err)
{
    struct buf missing = {0};
    int rc = platform_proofs(p, add_missing, &missing, err);
    if (rc == 0 && missing.len)
        cli_note(cli, "%s does not prove: %s", p->name, missing.data);
    buf_free(&missing);
    return rc;
}

static int check_all(struct cli *cli, const struct platform *only)
{
    struct outcome outcome = {.cli = cli};
    struct error err = ERROR_INIT;
    const struct platform *p;
    const struct check_hooks hooks = {.ctx = cli, .events = events_between, .same = is_same};
    int rc = RC_OK;
    writer_list(cli->out, "examples", NULL);
    for (size_t i = 0; rc == 0 && (p = platforms_at(cli->platforms, i)); i++) {
        outcome.platform = p->name;
        if (!only || only == p)
            rc = platform_check_with(cli->ctx, p, &hooks, count_example, &outcome, &err);
        if (rc == 0 && (!only || only == p))
            rc = note_missing(cli, p, &err);
    }
    writer_close(cli->out);
    if (rc)
        return cli_fail(&err);
    writer_line(cli->out, outcome.failed ? STYLE_BAD : STYLE_GOOD, "%zu examples hold, %zu do not",
        outcome.passed, outcome.failed);
    return outcome.failed ? EXIT_FINDINGS : EXIT_CLEAN;
}

int command_platforms(struct cli *cli, int argc, char **argv)
{
    bool check = false, manual = false;
    const struct platform *only = NULL;
    const struct option_row rows[] = {
        {"check", 0, OPTION_FLAG, &check, NULL, "run the examples that each profile carries"},
        {"manual", 0, OPTION_FLAG, &manual, NULL, "print the manual page rollcall-platforms(7)"},
        {0}};
    int rc = cli_options(cli, "platforms", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc > 1)
        return cli_operands("platforms");
    rc = argc ? cli_platform(cli, argv[0], &only) : cli_open_platforms(cli);
    if (rc == 0 && check)
        rc = cli_open_meaning(cli);
    if (rc)
        return rc;
    if (check) {
        cli_writer(cli, "platforms");
        return check_all(cli, only);
    }
    return manual ? show_manual(cli) : only ? show_page(cli, only) : list_platforms(cli);
}
