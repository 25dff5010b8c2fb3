#include "cli/parts.h"
#include "cli/render.h"

static int inspect(struct cli *cli, const struct platform *platform, const struct part_list *parts,
    bool with_lines, size_t *findings, struct error *err)
{
    struct reader *reader = NULL;
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL;
    int rc = reader_new(platform, &reader, err);
    if (rc == 0)
        rc = draft_read(reader, parts->at, parts->count, &draft, err);
    if (rc == 0)
        rc = access_build(cli->ctx, platform, draft, cli->key, &tree, err);
    if (rc == 0 && !cli_writer(cli, "access"))
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc == 0)
        rc = render_access(cli->out, tree, with_lines, err);
    if (rc == 0)
        rc = render_findings(cli, platform->name, tree, findings, err);
    lyd_free_all(tree);
    draft_free(draft);
    reader_free(reader);
    return rc;
}

int command_inspect(struct cli *cli, int argc, char **argv)
{
    const char *name = NULL;
    bool lines = false;
    const struct option_row rows[] = {
        {"platform", 'p', OPTION_TEXT, &name, "P", "what wrote the file; see: rollcall platforms"},
        {"lines", 0, OPTION_FLAG, &lines, NULL, "with --json: line numbers as annotations"}, {0}};
    int rc = cli_options(cli, "inspect", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc < 1)
        return cli_operands("inspect");
    if (!name)
        return cli_usage("inspect", "--platform is missing");
    const struct platform *platform;
    rc = cli_platform(cli, name, &platform);
    if (rc == 0)
        rc = cli_open_key_or_random(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct part_list parts;
    if (parts_from_files(platform, argv, (size_t)argc, &parts, &err))
        return cli_fail(&err);
    size_t findings = 0;
    rc = inspect(cli, platform, &parts, lines, &findings, &err);
    part_list_free(&parts);
    return rc ? cli_fail(&err) : findings ? EXIT_FINDINGS : EXIT_CLEAN;
}
