#include <string.h>

#include "cli/render.h"
#include "cli/term.h"
#include "cli/version.h"

static void show_config(struct cli *cli, const struct version *v, bool reveal)
{
    struct writer *w = cli->out;
    writer_list(w, "parts", NULL);
    for (size_t i = 0; i < v->parts.count; i++) {
        struct str text = buf_str(reveal ? &v->parts.at[i].text : &v->redacted[i]), line;
        if (cli->format != WRITER_TEXT) {
            writer_object(w, NULL, NULL);
            writer_text(w, "part", v->parts.at[i].name, STYLE_PLAIN);
            writer_text(w, "text", text.at, STYLE_PLAIN);
            writer_close(w);
            continue;
        }
        if (v->parts.count > 1)
            writer_line(w, STYLE_DIM, "==> %s <==", v->parts.at[i].name);
        while (str_next_line(&text, &line))
            writer_line(w, STYLE_PLAIN, "%.*s", (int)line.len, line.at);
    }
    writer_close(w);
}

int command_show(struct cli *cli, int argc, char **argv)
{
    long number = 0;
    const char *at = NULL;
    bool access = false, reveal = false;
    int64_t at_us;
    const struct option_row rows[] = {
        {"version", 'v', OPTION_NUMBER, &number, "N", "this version instead of the newest"},
        {"at", 0, OPTION_TEXT, &at, "TIME", "the version in force then"},
        {"access", 'a', OPTION_FLAG, &access, NULL, "accounts and access instead of the config"},
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
    rc = cli_time("--at", at, 0, &at_us);
    if (rc == 0)
        rc = cli_open_store(cli, STORE_READ);
    if (rc == 0)
        rc = cli_open_key(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct version v;
    rc = version_load(cli, argv[0], (uint32_t)number, at_us, &v, &err);
    if (rc == 0 && !access && !reveal)
        rc = version_redact(cli, &v, &err);
    if (rc == 0) {
        struct writer *w = cli_writer(cli, access ? "access" : "config");
        term_pager();
        writer_text(w, "device", argv[0], STYLE_MACHINE);
        writer_number(w, "version", v.info.number, STYLE_MACHINE);
        writer_text(w, "platform", v.platform->name, STYLE_MACHINE);
        writer_time(w, "created", v.info.created_us, STYLE_MACHINE);
        if (access)
            rc = render_access(w, v.tree, true, &err);
        else
            show_config(cli, &v, reveal);
    }
    version_free(&v);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
