#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "cli/diff_data.h"
#include "cli/render.h"
#include "cli/version.h"
#include "collect/event_json.h"

/* Everything that a difference consists of. */
struct comparison {
    struct cli *cli;
    const char *device; /* or the newer file's name */
    struct version before, after;
    struct config_reader *reader_before, *reader_after;
    struct config *config_before, *config_after;
    struct redactor *redactor;
    struct events events;
    struct line_changes changes;
};

static int read_both(struct comparison *c, struct error *err)
{
    struct config_side older = {.parts = c->before.parts.at, .part_count = c->before.parts.count};
    struct config_side newer = {.parts = c->after.parts.at, .part_count = c->after.parts.count};
    int rc = config_reader_new(c->before.platform, &c->reader_before, err);
    rc = rc ? rc : config_reader_new(c->after.platform, &c->reader_after, err);
    older.reader = c->reader_before;
    newer.reader = c->reader_after;
    return rc ? rc : config_read_pair(&older, &newer, &c->config_before, &c->config_after, err);
}

static int compare(struct comparison *c, struct error *err)
{
    const struct driver_result before = {.parts = c->before.parts.at,
                                   .part_count = c->before.parts.count},
                               after = {
                                   .parts = c->after.parts.at, .part_count = c->after.parts.count};
    int rc = read_both(c, err);
    if (rc == 0)
        rc = diff_config(c->config_before, c->config_after, &c->changes, err);
    if (rc == 0)
        rc = diff_access(c->cli->meaning, c->before.tree, c->after.tree, &c->events, err);
    if (rc == 0)
        rc = evidence_uncovered(c->cli->meaning, c->after.platform, &c->changes, &c->events, err);
    if (rc == 0)
        rc = events_name_device(&c->events, c->device, err);
    if (rc == 0)
        rc = redactor_new(c->after.reader, c->cli->key, &before, &after, &c->redactor, err);
    return rc;
}

static void comparison_free(struct comparison *c)
{
    redactor_free(c->redactor);
    line_changes_free(&c->changes);
    events_free(&c->events);
    config_free(c->config_before);
    config_free(c->config_after);
    config_reader_free(c->reader_before);
    config_reader_free(c->reader_after);
    version_free(&c->before);
    version_free(&c->after);
}

static int show_events(struct comparison *c, struct error *err)
{
    const struct event_origin origin = {.device = c->device,
        .version = c->after.info.number,
        .previous = c->before.info.number,
        .state = c->after.info.digest,
        .seen_us =
            c->after.info.created_us ? c->after.info.created_us : clock_now_us(&clock_system),
        .author = c->after.info.author,
        .redactor = c->redactor};
    struct writer *w = c->cli->out;
    if (c->events.count == 0)
        writer_line(w, STYLE_GOOD, "no events");
    writer_list(w, "events", "events");
    for (size_t i = 0; i < c->events.count; i++) {
        char *text = event_document(&c->events.at[i], &origin);
        json_t *document = text ? json_loads(text, 0, NULL) : NULL;
        free(text);
        if (!document)
            return error_set(err, RC_NO_MEMORY, "out of memory");
        render_event(w, document, false);
        json_decref(document);
    }
    writer_close(w);
    return RC_OK;
}

static struct str shown_line(
    struct comparison *c, const struct line_change *change, uint32_t number)
{
    struct evidence e = {.after = change->added, .part = (char *)change->part, .line = number};
    struct str line = {"", 0};
    redactor_line(c->redactor, &e, &line);
    return line;
}

/* Enclosing lines are printed once, above the first change of their section. */
static bool same_section(const struct line_change *a, const struct line_change *b)
{
    return a && a->added == b->added && strcmp(a->part, b->part) == 0 &&
           a->section_depth == b->section_depth &&
           memcmp(a->section, b->section, a->section_depth * sizeof *a->section) == 0;
}

/* The section's own line was printed just before: the whole section is new, or gone. */
static bool is_below(const struct line_change *last, const struct line_change *change)
{
    return last && last->added == change->added && strcmp(last->part, change->part) == 0 &&
           change->section_depth && change->section[change->section_depth - 1] == last->line;
}

static void show_section(struct comparison *c, const struct line_change *change)
{
    struct writer *w = c->cli->out;
    for (size_t i = 0; i < change->section_depth; i++) {
        struct str line = shown_line(c, change, change->section[i]);
        writer_line(w, STYLE_DIM, "  %.*s", (int)line.len, line.at);
    }
}

static void list_change(struct comparison *c, const struct line_change *change)
{
    struct writer *w = c->cli->out;
    struct str line = shown_line(c, change, change->line);
    char *text = strndup(line.at, line.len);
    json_t *section = json_array();
    for (size_t d = 0; d < change->section_depth; d++) {
        struct str outer = str_trim(shown_line(c, change, change->section[d]));
        json_array_append_new(section, json_stringn(outer.at, outer.len));
    }
    writer_object(w, NULL, NULL);
    writer_text(w, "part", change->part, STYLE_PLAIN);
    writer_text(w, "change", change->added ? "added" : "removed", STYLE_PLAIN);
    writer_number(w, "line", change->line, STYLE_PLAIN);
    writer_json(w, "section", section, STYLE_PLAIN);
    writer_text(w, "text", text, STYLE_PLAIN);
    writer_close(w);
    free(text);
}

static void print_change(
    struct comparison *c, const struct line_change *last, const struct line_change *change)
{
    struct writer *w = c->cli->out;
    struct str line = shown_line(c, change, change->line);
    if (!same_section(last, change) && !is_below(last, change))
        show_section(c, change);
    writer_line(w, change->added ? STYLE_GOOD : STYLE_BAD, "%c %.*s", change->added ? '+' : '-',
        (int)line.len, line.at);
}

/* The changes of one part: those from number `from` on that are of the same. */
struct part_changes {
    const char *name;
    size_t from, to;
    struct data_changes *data; /* NULL: text */
};

static bool is_data(const struct comparison *c, const char *part)
{
    for (size_t i = 0; i < c->after.parts.count; i++)
        if (strcmp(c->after.parts.at[i].name, part) == 0)
            return config_part_is_data(c->reader_after, &c->after.parts.at[i]);
    for (size_t i = 0; i < c->before.parts.count; i++)
        if (strcmp(c->before.parts.at[i].name, part) == 0)
            return config_part_is_data(c->reader_before, &c->before.parts.at[i]);
    return false;
}

static int next_part(struct comparison *c, struct part_changes *p, struct error *err)
{
    const struct line_changes *all = &c->changes;
    const struct data_comparison of = {&c->before, &c->after, c->cli->key, c->redactor};
    data_changes_free(p->data);
    *p = (struct part_changes){.name = all->at[p->to].part, .from = p->to, .to = p->to};
    while (p->to < all->count && strcmp(all->at[p->to].part, p->name) == 0)
        p->to++;
    return is_data(c, p->name) ? data_changes_new(&of, p->name, all, &p->data, err) : RC_OK;
}

static void show_part(struct comparison *c, const struct part_changes *p)
{
    struct writer *w = c->cli->out;
    bool for_people = c->cli->format == WRITER_TEXT;
    if (for_people)
        writer_line(w, STYLE_PLAIN, "%s", p->name);
    if (p->data && for_people)
        data_changes_print(p->data, w);
    else if (p->data)
        data_changes_list(p->data, w);
    for (size_t i = p->from; i < p->to && !p->data; i++) {
        if (for_people)
            print_change(c, i > p->from ? &c->changes.at[i - 1] : NULL, &c->changes.at[i]);
        else if (c->cli->format == WRITER_JSON)
            list_change(c, &c->changes.at[i]);
    }
}

static int show_changes(struct comparison *c, struct error *err)
{
    struct writer *w = c->cli->out;
    struct part_changes part = {0};
    const char *incomparable = config_incomparable(c->config_after);
    int rc = RC_OK;
    writer_gap(w);
    if (incomparable)
        writer_line(w, STYLE_WARN,
            "%s is data in one of them and text in the other: nothing to compare line by line",
            incomparable);
    else
        writer_line(w, c->changes.count ? STYLE_PLAIN : STYLE_GOOD, "%s",
            c->changes.count ? "changed lines" : "no changed lines");
    writer_list(w, "changes", NULL);
    if (c->cli->format == WRITER_TEXT)
        writer_close(w); /* lines, no table */
    while (rc == RC_OK && part.to < c->changes.count) {
        rc = next_part(c, &part, err);
        if (rc == RC_OK)
            show_part(c, &part);
    }
    if (c->cli->format != WRITER_TEXT)
        writer_close(w);
    data_changes_free(part.data);
    return rc;
}

static int finish(struct comparison *c, int rc, struct error *err)
{
    if (rc == 0)
        rc = compare(c, err);
    struct writer *w = rc == 0 ? cli_writer(c->cli, "diff") : NULL;
    if (rc == 0 && !w)
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc == 0) {
        writer_text(w, "device", c->device, STYLE_MACHINE);
        if (c->after.info.number) {
            writer_number(w, "previous", c->before.info.number, STYLE_MACHINE);
            writer_number(w, "version", c->after.info.number, STYLE_MACHINE);
        }
        writer_text(w, "incomparable", config_incomparable(c->config_after), STYLE_MACHINE);
        rc = show_events(c, err);
    }
    if (rc == 0)
        rc = show_changes(c, err);
    bool different = c->events.count || c->changes.count;
    comparison_free(c);
    return rc ? cli_fail(err) : different ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int diff_files(struct cli *cli, const char *name, char **argv)
{
    const struct platform *platform;
    struct error err = ERROR_INIT;
    int rc = cli_platform(cli, name, &platform);
    if (rc == 0)
        rc = cli_open_key_or_random(cli);
    if (rc == 0)
        rc = cli_open_meaning(cli);
    if (rc)
        return rc;
    const char *slash = strrchr(argv[1], '/');
    struct comparison c = {.cli = cli, .device = slash ? slash + 1 : argv[1]};
    rc = version_from_files(cli, platform, argv, 1, &c.before, &err);
    if (rc == 0)
        rc = version_from_files(cli, platform, argv + 1, 1, &c.after, &err);
    return finish(&c, rc, &err);
}

static int parse_version(const char *text, uint32_t *number)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end || value == 0 || value > UINT32_MAX)
        return cli_usage("diff", "\"%s\" is no version; see: rollcall history DEVICE", text);
    *number = (uint32_t)value;
    return EXIT_CLEAN;
}

static int open_history(struct cli *cli)
{
    int rc = cli_open_store(cli, STORE_READ);
    if (rc == 0)
        rc = cli_open_key(cli);
    return rc ? rc : cli_open_meaning(cli);
}

/* The versions in force at two times; the second one now, when there is none. */
static int diff_times(struct cli *cli, const char *device, const struct option_list *at)
{
    int64_t from_us, to_us;
    struct error err = ERROR_INIT;
    int rc = cli_time("--at", at->at[0], 0, &from_us);
    if (rc == 0)
        rc = cli_time("--at", at->count > 1 ? at->at[1] : NULL, 0, &to_us);
    if (rc == 0 && to_us && to_us < from_us)
        return cli_usage("diff", "the second --at is the earlier one");
    if (rc == 0)
        rc = open_history(cli);
    if (rc)
        return rc;
    struct comparison c = {.cli = cli, .device = device};
    rc = version_load(cli, device, 0, from_us, &c.before, &err);
    if (rc == 0)
        rc = version_load(cli, device, 0, to_us, &c.after, &err);
    if (rc == 0 && c.before.info.number == c.after.info.number)
        cli_note(cli, "version %u of %s was in force all the time", c.after.info.number, device);
    return finish(&c, rc, &err);
}

static int diff_versions(struct cli *cli, int argc, char **argv)
{
    uint32_t a = 0, b = 0;
    struct error err = ERROR_INIT;
    int rc = argc > 1 ? parse_version(argv[1], &a) : EXIT_CLEAN;
    if (rc == 0 && argc > 2)
        rc = parse_version(argv[2], &b);
    if (rc == 0)
        rc = open_history(cli);
    if (rc)
        return rc;
    struct comparison c = {.cli = cli, .device = argv[0]};
    rc = version_load(cli, argv[0], b, 0, &c.after, &err);
    if (rc == 0 && a == 0 && c.after.info.number == 1) {
        version_free(&c.after);
        cli_note(cli, "%s has one version: there is nothing to compare it with", argv[0]);
        return EXIT_CLEAN;
    }
    if (rc == 0)
        rc = version_load(cli, argv[0], a ? a : c.after.info.number - 1, 0, &c.before, &err);
    return finish(&c, rc, &err);
}

int command_diff(struct cli *cli, int argc, char **argv)
{
    const char *platform = NULL;
    struct option_list at = {0};
    const struct option_row rows[] = {
        {"platform", 'p', OPTION_TEXT, &platform, "P", "compare two files of this platform"},
        {"at", 0, OPTION_LIST, &at, "TIME",
            "from the version in force then to the one now (or: at the second --at)"},
        {0}};
    int rc = cli_options(cli, "diff", rows, &argc, argv);
    if (rc)
        return rc;
    if (platform)
        return argc == 2 && !at.count ? diff_files(cli, platform, argv) : cli_operands("diff");
    if (at.count)
        return argc == 1 && at.count <= 2 ? diff_times(cli, argv[0], &at) : cli_operands("diff");
    return argc >= 1 && argc <= 3 ? diff_versions(cli, argc, argv) : cli_operands("diff");
}
