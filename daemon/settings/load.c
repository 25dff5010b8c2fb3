/* From a settings file to settings. */
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

#define MAX_FILE_BYTES ((size_t)32 << 20)

const char *in_state_folder(struct loader *l, const char *name)
{
    char *state = settings_default_state();
    const char *path = state ? arena_format(&l->memory->arena, "%s/%s", state, name) : NULL;
    free(state);
    return path;
}

static int read_globals(struct loader *l)
{
    struct settings *s = l->s;
    const char *store = yang_leaf(l->tree, "store");
    const char *stale = yang_leaf(l->tree, "stale-after");
    const char *catalogue = yang_leaf(l->tree, "event-catalogue");
    s->store = store ? path_resolve(l, store) : in_state_folder(l, "rollcall.db");
    s->collectors = (unsigned)strtoul(yang_leaf(l->tree, "collectors"), NULL, 10);
    s->catalogue_file = catalogue ? path_resolve(l, catalogue) : NULL;
    int64_t stale_ms = strcmp(stale, "never") == 0 ? 0 : duration_ms(stale);
    s->stale_after_s = (unsigned)(stale_ms / 1000 < UINT32_MAX ? stale_ms / 1000 : UINT32_MAX);
    const char *unsaved = yang_leaf(l->tree, "unsaved-after");
    s->unsaved_after_us = strcmp(unsaved, "never") == 0 ? -1 : duration_ms(unsaved) * 1000;
    l->defaults = yang_child(l->tree, "defaults");
    if (!s->store || (catalogue && !s->catalogue_file) || !l->defaults)
        return settings_no_memory(l->err);
    return RC_OK;
}

/* "." for a file without a folder. */
static const char *folder_of(struct arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    size_t len = slash == file ? 1 : slash ? (size_t)(slash - file) : 1;
    return arena_dup(arena, (struct str){slash ? file : ".", len});
}

static int read_tree(
    const struct ly_ctx *ctx, const char *file, struct lyd_node **tree, struct error *err)
{
    struct buf text = {.cap = MAX_FILE_BYTES};
    struct error why = ERROR_INIT;
    /* it may hold secrets: read in one piece, so that no copy is left behind */
    int rc = io_read_file(file, &text, &why);
    if (rc == RC_NOT_FOUND)
        rc = error_at(err, RC_SETTINGS, file, "there is no such file; `rollcall init` writes one");
    else if (rc)
        rc = error_at(err, RC_SETTINGS, file, "cannot be read: %s", why.text);
    else
        rc = yaml_parse(ctx, "rollcall-settings:settings", file, buf_str(&text), tree, err);
    buf_wipe(&text);
    return rc;
}

int settings_load(const struct ly_ctx *ctx, const char *file, const struct platforms *platforms,
    struct settings **out, struct error *err)
{
    *out = NULL;
    struct settings *s = calloc(1, sizeof *s);
    struct settings_memory *memory = calloc(1, sizeof *memory);
    if (!s || !memory) {
        free(s);
        free(memory);
        return settings_no_memory(err);
    }
    s->memory = memory;
    struct loader l = {.s = s, .memory = memory, .platforms = platforms, .err = err};
    s->file = arena_dup(&memory->arena, str_of(file));
    l.folder = folder_of(&memory->arena, file);
    int rc = s->file && l.folder ? read_tree(ctx, file, &s->tree, err) : settings_no_memory(err);
    l.tree = s->tree;
    if (rc == RC_OK)
        rc = read_globals(&l);
    if (rc == RC_OK)
        rc = load_master_key(&l);
    if (rc == RC_OK)
        rc = load_netconf_globals(&l);
    if (rc == RC_OK)
        rc = load_credentials(&l);
    if (rc == RC_OK)
        rc = load_inventory(&l);
    if (rc == RC_OK)
        rc = load_devices(&l);
    if (rc == RC_OK)
        rc = load_sinks(&l);
    if (rc == RC_OK)
        rc = load_retention(&l);
    if (rc == RC_OK)
        rc = load_heads(&l);
    free(l.found.at);
    if (rc) {
        settings_free(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    for (struct schedule_entry *e = s->memory->schedules; e; e = e->next)
        free(e->schedule);
    yaml_free(s->tree);
    arena_free(&s->memory->arena);
    free(s->memory);
    free(s);
}

static int compare_name(const void *name, const void *device)
{
    return strcmp(name, ((const struct device *)device)->name);
}

const struct device *settings_device(const struct settings *s, const char *name)
{
    return bsearch(name, s->devices, s->device_count, sizeof *s->devices, compare_name);
}

const char *settings_nearest(const struct settings *s, const char *name)
{
    const char *best = NULL;
    for (size_t i = 0; i < s->device_count; i++) {
        const char *pair[] = {best ? best : s->devices[i].name, s->devices[i].name};
        const char *nearer = text_nearest(name, pair, 2);
        best = nearer ? nearer : best;
    }
    return best;
}
