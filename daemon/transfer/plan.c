#include "transfer/plan.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int plan_no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory for a history");
}

void plan_add_source(struct plan *plan, struct source *source)
{
    source->next = plan->sources;
    plan->sources = source;
}

void plan_note(const struct plan *plan, const char *device, const char *path, const char *commit,
    const char *format, ...)
{
    char raw[1024], text[1100];
    va_list args;
    if (!plan->listener->note)
        return;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    text_escape(text, sizeof text, raw, strlen(raw));
    plan->listener->note(plan->listener->ctx, device, path, commit, text);
}

/* ---- names ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* As the settings would let it be. */
static bool is_proper(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] <= ' ' || name.at[i] == ',' || name.at[i] == 0x7f)
            return false;
    return name.len >= 1 && name.len <= 128 && *name.at != '-' && *name.at != '.' &&
           utf8_valid(name.at, name.len);
}

static bool is_about(const char *name)
{
    static const char *const about[] = {"README*", "LICENSE*", "Makefile", "router.db*", "*.md"};
    for (size_t i = 0; i < sizeof about / sizeof *about; i++)
        if (fnmatch(about[i], name, 0) == 0)
            return true;
    return false;
}

const char *plan_name(struct plan *plan, const char *path)
{
    static const char *const ends[] = {".cfg", ".conf", ".config", ".txt", ".log", ".xml"};
    const char *name = base_name(path);
    struct str plain = str_of(name);
    if (is_about(name) || !is_proper(plain))
        return NULL;
    if (settings_device(plan->import->setup.settings, name))
        return arena_dup(&plan->memory, plain);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t len = strlen(ends[i]);
        if (plain.len > len && strcasecmp(plain.at + plain.len - len, ends[i]) == 0) {
            plain.len -= len;
            break;
        }
    }
    return arena_dup(&plan->memory, plain);
}

/* ---- devices ---- */

static size_t hash_name(const char *name)
{
    uint64_t hash = 14695981039346656037U;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211U;
    return (size_t)(hash ^ hash >> 32);
}

static struct planned **find_slot(struct planned **table, size_t slots, const char *name)
{
    size_t at = hash_name(name) & (slots - 1);
    while (table[at] && strcmp(table[at]->name, name) != 0)
        at = (at + 1) & (slots - 1);
    return &table[at];
}

/* Half of the table stays empty. */
static int make_slots(struct plan *plan, struct error *err)
{
    if (plan->slots > 2 * plan->count + 1)
        return RC_OK;
    size_t slots = plan->slots ? plan->slots * 2 : 64;
    struct planned **table = calloc(slots, sizeof *table);
    if (!table)
        return plan_no_memory(err);
    for (size_t i = 0; i < plan->count; i++)
        *find_slot(table, slots, plan->devices[i]->name) = plan->devices[i];
    free(plan->by_name);
    plan->by_name = table;
    plan->slots = slots;
    return RC_OK;
}

static int keep_device(struct plan *plan, struct planned *device, struct error *err)
{
    if (plan->count == plan->room) {
        size_t room = plan->room ? plan->room * 2 : 64;
        struct planned **more = realloc(plan->devices, room * sizeof *more);
        if (!more)
            return plan_no_memory(err);
        plan->devices = more;
        plan->room = room;
    }
    plan->devices[plan->count++] = device;
    return RC_OK;
}

static bool is_wanted(const struct plan *plan, const char *name, const char *group)
{
    const struct import *import = plan->import;
    const struct device *known = settings_device(import->setup.settings, name);
    if (known && known->group)
        group = known->group;
    return (!import->device || fnmatch(import->device, name, 0) == 0) &&
           (!import->group || (group && fnmatch(import->group, group, 0) == 0));
}

static int make_device(
    struct plan *plan, const struct planned *like, struct planned **slot, struct error *err)
{
    struct planned *device = arena_take(&plan->memory, sizeof *device);
    if (!device)
        return plan_no_memory(err);
    *device = *like;
    device->name = arena_dup(&plan->memory, str_of(like->name));
    device->path = arena_dup(&plan->memory, str_of(like->path));
    device->group = like->group ? arena_dup(&plan->memory, str_of(like->group)) : NULL;
    if (!device->name || !device->path || (like->group && !device->group))
        return plan_no_memory(err);
    *slot = device;
    return keep_device(plan, device, err);
}

int plan_device(struct plan *plan, struct source *source, const char *name, const char *group,
    const char *path, struct planned **out, struct error *err)
{
    const struct planned like = {.name = name, .group = group, .path = path, .source = source};
    *out = NULL;
    if (!is_wanted(plan, name, group))
        return RC_OK;
    int rc = make_slots(plan, err);
    if (rc)
        return rc;
    struct planned **slot = find_slot(plan->by_name, plan->slots, name);
    if (!*slot)
        rc = make_device(plan, &like, slot, err);
    if (rc)
        return rc;
    struct planned *device = *slot;
    if (device->source != source || (device->alive && strcmp(device->alive, path) != 0)) {
        plan_note(plan, name, path, NULL, "not read: %s is a device of the same name",
            device->alive ? device->alive : device->path);
        return RC_OK;
    }
    *out = device;
    return RC_OK;
}

/* History moves forward: two commits of one second, and clocks set back, are put in order. */
int plan_add(
    struct plan *plan, struct planned *device, const struct revision *revision, struct error *err)
{
    if (plan->revisions == PLAN_MOST_REVISIONS)
        return error_set(err, RC_LIMIT,
            "there are more than %zu revisions; import some devices at a time: --device GLOB",
            PLAN_MOST_REVISIONS);
    if (device->count == device->room) {
        size_t room = device->room ? device->room * 2 : 4;
        struct revision *more = realloc(device->revisions, room * sizeof *more);
        if (!more)
            return plan_no_memory(err);
        device->revisions = more;
        device->room = room;
    }
    const struct revision *last = device->count ? &device->revisions[device->count - 1] : NULL;
    struct revision *made = &device->revisions[device->count++];
    *made = *revision;
    made->joined =
        last && revision->commit && last->commit && strcmp(revision->commit, last->commit) == 0;
    if (made->joined)
        made->time_us = last->time_us;
    else if (last && made->time_us <= last->time_us)
        made->time_us = last->time_us + 1;
    plan->revisions++;
    return RC_OK;
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->devices[i]->revisions);
    while (plan->sources) {
        struct source *source = plan->sources;
        plan->sources = source->next;
        source->close(source);
    }
    free(plan->devices);
    free(plan->by_name);
    arena_free(&plan->memory);
    *plan = (struct plan){0};
}
