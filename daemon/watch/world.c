#include "watch/world.h"

#include <stdlib.h>

#include "base/embed.h"
#include "base/io.h"
#include "base/yang.h"

#define CATALOGUE "models/catalogue.yaml"

int world_context(struct ly_ctx **ctx, struct error *err)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-settings", "rollcall-platform", NULL};
    return yang_context(modules, ctx, err);
}

static int load_meaning(
    const struct ly_ctx *ctx, const char *file, struct meaning **out, struct error *err)
{
    const struct embedded *own = embedded_find(CATALOGUE);
    struct buf text = {0};
    if (!file)
        return own ? meaning_new(ctx, CATALOGUE, (struct str){own->data, own->len}, out, err)
                   : error_set(err, RC_NOT_FOUND, "no catalogue of events is compiled in");
    int rc = io_read_file(file, &text, err);
    if (rc == RC_OK)
        rc = meaning_new(ctx, file, buf_str(&text), out, err);
    buf_free(&text);
    return rc;
}

int world_load(
    const struct ly_ctx *ctx, const char *settings_file, struct world **out, struct error *err)
{
    char *folder = settings_platforms_folder(settings_file);
    struct world *world = calloc(1, sizeof *world);
    int rc = world ? platforms_load(ctx, folder, &world->platforms, err)
                   : error_set(err, RC_NO_MEMORY, "no memory for the settings");
    free(folder);
    if (rc == RC_OK)
        rc = settings_load(ctx, settings_file, world->platforms, &world->settings, err);
    if (rc == RC_OK)
        rc = load_meaning(ctx, world->settings->catalogue_file, &world->meaning, err);
    if (rc)
        world_free(world);
    else
        *out = world;
    return rc;
}

void world_free(struct world *world)
{
    if (!world)
        return;
    meaning_free(world->meaning);
    settings_free(world->settings);
    platforms_free(world->platforms);
    free(world);
}
