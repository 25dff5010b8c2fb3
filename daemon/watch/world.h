/* Everything that is read from files and read again at a reload: platforms, settings, what changes
 * mean. */
#ifndef ROLLCALL_WORLD_H
#define ROLLCALL_WORLD_H

#include "diff/diff.h"
#include "drivers/platform.h"
#include "settings/settings.h"

struct world {
    struct platforms *platforms;
    struct settings *settings;
    struct meaning *meaning;
    size_t users; /* collections under way that point into it; the engine counts */
};

/* The context of a daemon: all models. Made once, it outlives every world. */
int world_context(struct ly_ctx **ctx, struct error *err);

/* Read it all, or nothing: RC_SETTINGS with place and caret. malloc'd. */
int world_load(
    const struct ly_ctx *ctx, const char *settings_file, struct world **out, struct error *err);
void world_free(struct world *world);

#endif
