#include "cli/version.h"

#include <stdlib.h>
#include <string.h>

#include "cli/past.h"

static int add_part(void *ctx, const char *name, struct str text)
{
    struct part_list *list = ctx;
    struct part *more = realloc(list->at, (list->count + 1) * sizeof *more);
    if (!more)
        return RC_NO_MEMORY;
    list->at = more;
    more[list->count] = (struct part){.name = strdup(name)};
    return more[list->count++].name ? buf_add_str(&more[list->count - 1].text, text) : RC_NO_MEMORY;
}

int version_redact(struct cli *cli, struct version *v, struct error *err)
{
    int rc = RC_OK;
    v->redacted = calloc(v->parts.count ? v->parts.count : 1, sizeof *v->redacted);
    if (!v->redacted)
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < v->parts.count && rc == 0; i++)
        rc = access_redact(v->reader, v->parts.at[i].name, buf_str(&v->parts.at[i].text), cli->key,
            &v->redacted[i], err);
    return rc;
}

int version_load(struct cli *cli, const char *device, uint32_t number, int64_t at_us,
    struct version *v, struct error *err)
{
    struct buf json = {0};
    *v = (struct version){0};
    int rc = past_explain(cli, store_version(cli->store, device, number, at_us, &v->info, err),
        device, number, at_us, err);
    if (rc == 0 && v->info.pruned)
        rc = error_set(err, RC_NOT_FOUND,
            "version %u of %s was pruned: its config is gone, the log keeps its hash; see: "
            "rollcall "
            "history %s",
            v->info.number, device, device);
    if (rc == 0)
        v->platform = platforms_find(cli->platforms, v->info.platform);
    if (rc == 0 && !v->platform)
        rc = error_set(err, RC_SETTINGS,
            "%s: version %u was read as platform %s, which is not known here", device,
            v->info.number, v->info.platform);
    if (rc == 0)
        rc = store_read_parts(cli->store, device, v->info.number, add_part, &v->parts, err);
    if (rc == 0)
        rc = store_read_access(cli->store, device, v->info.number, &json, err);
    if (rc == 0)
        rc = access_parse(cli->ctx, buf_text(&json), &v->tree, err);
    if (rc == 0)
        rc = reader_new(v->platform, &v->reader, err);
    buf_free(&json);
    return rc;
}

int version_from_files(struct cli *cli, const struct platform *platform, char **operands,
    size_t count, struct version *v, struct error *err)
{
    struct draft *draft = NULL;
    *v = (struct version){.platform = platform};
    int rc = parts_from_files(platform, operands, count, &v->parts, err);
    if (rc == 0)
        rc = reader_new(platform, &v->reader, err);
    if (rc == 0)
        rc = draft_read(v->reader, v->parts.at, v->parts.count, &draft, err);
    if (rc == 0)
        rc = access_build(cli->ctx, platform, draft, cli->key, &v->tree, err);
    draft_free(draft);
    return rc;
}

void version_free(struct version *v)
{
    for (size_t i = 0; v->redacted && i < v->parts.count; i++)
        buf_free(&v->redacted[i]);
    free(v->redacted);
    part_list_free(&v->parts);
    lyd_free_all(v->tree);
    reader_free(v->reader);
    store_version_clear(&v->info);
    *v = (struct version){0};
}
