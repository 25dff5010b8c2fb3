#include <stdlib.h>
#include <string.h>

#include "cli/action.h"
#include "cli/data_view.h"
#include "cli/render.h"
#include "cli/term.h"
#include "cli/version.h"

/* What of a version is to be seen, and how. */
struct showing {
    struct cli *cli;
    const struct version *version;
    const char *part; /* this one alone, or NULL */
    bool reveal;
    bool as_data; /* YANG data in `form`, instead of the text as it is */
    enum data_form form;
    size_t shown; /* parts */
};

static void show_text(struct showing *s, const char *part, struct str text, bool heading)
{
    struct writer *w = s->cli->out;
    struct str line;
    s->shown++;
    if (s->cli->format != WRITER_TEXT) {
        char *copy = strndup(text.len ? text.at : "", text.len);
        writer_object(w, NULL, NULL);
        writer_text(w, "part", part, STYLE_PLAIN);
        writer_text(w, "text", copy ? copy : "", STYLE_PLAIN);
        writer_close(w);
        free(copy);
        return;
    }
    if (heading)
        writer_line(w, STYLE_DIM, "==> %s <==", part);
    while (str_next_line(&text, &line))
        writer_line(w, STYLE_PLAIN, "%.*s", (int)line.len, line.at);
}

static bool is_wanted(const struct showing *s, const struct part *part)
{
    return !s->part || strcmp(s->part, part->name) == 0;
}

/* That the version has the part which is asked for. */
static int check_part(const struct showing *s, const char *device, struct error *err)
{
    const struct version *v = s->version;
    struct buf names = {.cap = 4000};
    bool found = !s->part;
    for (size_t i = 0; i < v->parts.count; i++) {
        found |= is_wanted(s, &v->parts.at[i]);
        buf_add(&names, i ? ", " : "");
        buf_add(&names, v->parts.at[i].name);
    }
    if (!found)
        error_set(err, RC_USAGE, "version %u of %s has no part \"%s\"; it has: %s", v->info.number,
            device, s->part, buf_text(&names));
    buf_free(&names);
    return found ? RC_OK : RC_USAGE;
}

static void show_config(struct showing *s)
{
    const struct version *v = s->version;
    for (size_t i = 0; i < v->parts.count; i++) {
        if (!is_wanted(s, &v->parts.at[i]))
            continue;
        struct str text = buf_str(s->reveal ? &v->parts.at[i].text : &v->redacted[i]);
        show_text(
            s, v->parts.at[i].name, data_without_annotation(text), v->parts.count > 1 && !s->part);
    }
}

static int parse_form(const char *text, enum data_form *form)
{
    static const char *const names[] = {
        [DATA_XML] = "xml", [DATA_JSON] = "json", [DATA_TREE] = "tree"};
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0) {
            *form = (enum data_form)i;
            return EXIT_CLEAN;
        }
    return text ? cli_usage("show", "no form \"%s\"; there are xml, json and tree", text)
                : EXIT_CLEAN;
}

static int show_part_as(struct showing *s, const struct part *part, struct error *err)
{
    struct data_view *view = NULL;
    struct buf text = {0};
    int rc =
        data_view_new(s->version->reader, s->reveal ? NULL : s->cli->key, part, NULL, &view, err);
    rc = rc ? rc : data_print(data_view_tree(view), s->form, &text, err);
    if (rc == RC_OK)
        show_text(s, part->name, buf_str(&text), false);
    buf_wipe(&text);
    data_view_free(view);
    return rc;
}

/* The parts that are YANG data, in another form. */
static int show_data(struct showing *s, struct error *err)
{
    struct config_reader *reader = NULL;
    const struct version *v = s->version;
    int rc = config_reader_new(v->platform, &reader, err);
    for (size_t i = 0; i < v->parts.count && rc == RC_OK; i++)
        if (is_wanted(s, &v->parts.at[i]) && config_part_is_data(reader, &v->parts.at[i]))
            rc = show_part_as(s, &v->parts.at[i], err);
    config_reader_free(reader);
    if (rc == RC_OK && s->shown == 0)
        rc = error_set(
            err, RC_USAGE, "--form is for YANG data; what was read of this device is text");
    return rc;
}

static int show_version(struct showing *s, const char *device, bool access, struct error *err)
{
    const struct version *v = s->version;
    struct writer *w = cli_writer(s->cli, access ? "access" : "config");
    int rc = w ? RC_OK : error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc)
        return rc;
    term_pager();
    writer_text(w, "device", device, STYLE_MACHINE);
    writer_number(w, "version", v->info.number, STYLE_MACHINE);
    writer_text(w, "platform", v->platform->name, STYLE_MACHINE);
    writer_time(w, "created", v->info.created_us, STYLE_MACHINE);
    writer_flag(w, "doubtful", v->info.doubtful, STYLE_MACHINE);
    if (v->info.doubtful)
        cli_note(s->cli, "version %u: its time is doubtful, the clock was not to be trusted then",
            v->info.number);
    if (access)
        return render_access(w, v->tree, true, err);
    writer_list(w, "parts", NULL);
    if (s->as_data)
        rc = show_data(s, err);
    else
        show_config(s);
    writer_close(w);
    return rc;
}

/* Who looks at secrets stands in the log before he sees them. */
static int record_reveal(const struct showing *s, const char *device)
{
    return cli_record_action(s->cli, "reveal", device,
        json_pack("{s:I,s:s*}", "version", (json_int_t)s->version->info.number, "part", s->part));
}

int command_show(struct cli *cli, int argc, char **argv)
{
    long number = 0;
    const char *at = NULL, *form = NULL, *part = NULL;
    enum data_form parsed = DATA_XML;
    bool access = false, reveal = false;
    int64_t at_us;
    const struct option_row rows[] = {
        {"version", 'v', OPTION_NUMBER, &number, "N", "this version instead of the newest"},
        {"at", 0, OPTION_TEXT, &at, "TIME", "the version in force then"},
        {"part", 0, OPTION_TEXT, &part, "P", "this part alone: running, startup, ..."},
        {"access", 'a', OPTION_FLAG, &access, NULL, "accounts and access instead of the config"},
        {"form", 'f', OPTION_TEXT, &form, "FORM", "YANG data as xml, json or tree"},
        {"reveal", 0, OPTION_FLAG, &reveal, NULL, "secrets as the device sent them"}, {0}};
    int rc = cli_options(cli, "show", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("show");
    if (number && at)
        return cli_usage("show", "--version and --at exclude each other");
    if (number < 0 || number > UINT32_MAX)
        return cli_usage("show", "no version %ld", number);
    if (access && (form || part))
        return cli_usage("show", "--access and --%s exclude each other", form ? "form" : "part");
    rc = parse_form(form, &parsed);
    if (rc == 0)
        rc = cli_time("--at", at, 0, &at_us);
    if (rc == 0)
        rc = reveal && !access ? cli_open_store_to_record(cli) : cli_open_store(cli, STORE_READ);
    if (rc == 0)
        rc = cli_open_key(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct version v;
    rc = version_load(cli, argv[0], (uint32_t)number, at_us, &v, &err);
    struct showing showing = {.cli = cli,
        .version = &v,
        .part = part,
        .reveal = reveal,
        .as_data = form != NULL,
        .form = parsed};
    if (rc == 0 && !access)
        rc = check_part(&showing, argv[0], &err);
    if (rc == 0 && !access && !reveal && !form)
        rc = version_redact(cli, &v, &err);
    int code = rc ? cli_fail(&err) : EXIT_CLEAN;
    if (code == 0 && reveal && !access)
        code = record_reveal(&showing, argv[0]);
    if (code == 0 && show_version(&showing, argv[0], access, &err))
        code = cli_fail(&err);
    version_free(&v);
    return code;
}
