#include "transfer/export.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/plan.h"

static const struct {
    const char *name;
    const struct export_target *target;
} targets[] = {[EXPORT_GIT] = {"git", &export_git},
    [EXPORT_FOLDER] = {"folder", &export_folder},
    [EXPORT_LINES] = {"jsonl", &export_lines}};

bool export_to_name(const char *name, enum export_to *to)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (strcmp(targets[i].name, name) == 0) {
            *to = (enum export_to)i;
            return true;
        }
    return false;
}

int export_quote(struct buf *out, const char *name)
{
    int rc = RC_OK;
    for (const char *at = name; rc == RC_OK && *at; at++) {
        unsigned char c = (unsigned char)*at;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || (c == '.' && at > name);
        rc = plain ? buf_add_char(out, *at) : buf_format(out, "%%%02X", c);
    }
    return rc;
}

/* ---- what there is ---- */

static int add_device(void *ctx, const struct store_device *d)
{
    struct exporting *e = ctx;
    if (e->export->device && fnmatch(e->export->device, d->device, 0) != 0)
        return 0;
    if (e->device_count == e->device_room) {
        size_t room = e->device_room ? e->device_room * 2 : 64;
        struct export_device *more = realloc(e->devices, room * sizeof *more);
        if (!more)
            return 1;
        e->devices = more;
        e->device_room = room;
    }
    struct export_device *made = &e->devices[e->device_count];
    *made = (struct export_device){
        .name = arena_dup(&e->memory, str_of(d->device)), .newest = d->version};
    e->device_count += made->name != NULL;
    return made->name == NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct export_device *x = a, *y = b;
    return strcmp(x->name, y->name);
}

struct export_device *export_device_named(const struct exporting *e, const char *name)
{
    const struct export_device key = {.name = name};
    return e->device_count ? bsearch(&key, e->devices, e->device_count, sizeof *e->devices, by_name)
                           : NULL;
}

struct listing {
    struct exporting *e;
    uint32_t device;
    bool failed;
};

static bool is_wanted(const struct export *export, const struct store_version *v)
{
    return (!export->since_us || v->created_us >= export->since_us) &&
           (!export->until_us || v->created_us < export->until_us);
}

static int add_item(void *ctx, const struct store_version *v)
{
    struct listing *l = ctx;
    struct exporting *e = l->e;
    if (!is_wanted(e->export, v))
        return 0;
    if (e->item_count == e->item_room) {
        size_t room = e->item_room ? e->item_room * 2 : 1024;
        struct export_item *more = realloc(e->items, room * sizeof *more);
        if (!more) {
            l->failed = true;
            return 1;
        }
        e->items = more;
        e->item_room = room;
    }
    e->items[e->item_count++] = (struct export_item){l->device, v->number, v->created_us};
    /* newest first: of a folder without --all only that one is wanted */
    return e->export->to == EXPORT_FOLDER && !e->export->all;
}

static int by_time(const void *a, const void *b)
{
    const struct export_item *x = a, *y = b;
    if (x->created_us != y->created_us)
        return x->created_us < y->created_us ? -1 : 1;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static int list_all(struct exporting *e, struct error *err)
{
    int rc = store_devices(e->export->store, NULL, add_device, e, err);
    if (rc == RC_OK && e->device_count)
        qsort(e->devices, e->device_count, sizeof *e->devices, by_name);
    for (uint32_t i = 0; rc == RC_OK && i < e->device_count; i++) {
        struct listing l = {.e = e, .device = i};
        if (e->devices[i].newest == 0)
            continue;
        rc = store_history(e->export->store, e->devices[i].name, add_item, &l, err);
        if (rc == RC_OK && l.failed)
            rc = plan_no_memory(err);
    }
    if (rc == RC_OK && e->device_count == 0)
        rc = error_set(err, RC_NOT_FOUND, "no device%s%s in the history; see: rollcall devices",
            e->export->device ? " is named " : "", e->export->device ? e->export->device : "");
    if (rc == RC_OK && e->item_count)
        qsort(e->items, e->item_count, sizeof *e->items, by_time);
    return rc;
}

/* ---- one version ---- */

static int keep_part(void *ctx, const char *name, struct str text)
{
    struct exported *v = ctx;
    struct part *more = realloc(v->parts, (v->part_count + 1) * sizeof *more);
    if (!more)
        return RC_NO_MEMORY;
    v->parts = more;
    more[v->part_count] = (struct part){.name = strdup(name)};
    struct part *made = &more[v->part_count++];
    return made->name ? buf_add_str(&made->text, text) : RC_NO_MEMORY;
}

static int find_reader(struct exporting *e, const char *name, struct error *err)
{
    const struct platform *platform = platforms_find(e->export->platforms, name);
    if (!platform)
        return error_set(err, RC_SETTINGS,
            "it was read as platform %s, which is not known here; with --reveal it is exported all "
            "the same",
            name);
    if (platform == e->platform)
        return RC_OK;
    reader_free(e->reader);
    e->reader = NULL;
    e->platform = platform;
    return reader_new(platform, &e->reader, err);
}

static int redact(struct exporting *e, struct exported *v, struct error *err)
{
    int rc = find_reader(e, v->info.platform, err);
    for (size_t i = 0; rc == RC_OK && i < v->part_count; i++) {
        struct buf shown = {0};
        struct part *part = &v->parts[i];
        rc =
            access_redact(e->reader, part->name, buf_str(&part->text), e->export->key, &shown, err);
        buf_wipe(&part->text);
        part->text = shown;
    }
    return rc;
}

static int load(
    struct exporting *e, const struct export_item *item, struct exported *v, struct error *err)
{
    struct store *store = e->export->store;
    *v = (struct exported){.device = e->devices[item->device].name};
    int rc = store_version(store, v->device, item->number, 0, &v->info, err);
    if (rc == RC_OK)
        rc = store_read_parts(store, v->device, item->number, keep_part, v, err);
    if (rc == RC_OK)
        rc = store_read_access(store, v->device, item->number, &v->access, err);
    return rc;
}

static void unload(struct exported *v)
{
    for (size_t i = 0; i < v->part_count; i++) {
        free(v->parts[i].name);
        buf_wipe(&v->parts[i].text);
    }
    free(v->parts);
    buf_free(&v->access);
    store_version_clear(&v->info);
}

/* ---- its events ---- */

struct gathering {
    uint32_t version;
    char **at;
    size_t count;
    bool failed;
};

static int gather(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct gathering *g = ctx;
    (void)seen_us;
    (void)device;
    json_t *event = json_loads(json, 0, NULL);
    bool is_its = json_integer_value(json_object_get(event, "version")) == g->version &&
                  json_integer_value(json_object_get(event, "previous")) > 0;
    json_decref(event);
    if (!is_its)
        return 0;
    char **more = realloc(g->at, (g->count + 1) * sizeof *more);
    g->failed = !more;
    if (more) {
        g->at = more;
        g->failed = (more[g->count] = strdup(json)) == NULL;
        g->count += !g->failed;
    }
    return g->failed;
}

int export_events(struct exporting *e, const struct exported *v,
    int (*each)(void *ctx, const char *json), void *ctx, struct error *err)
{
    struct gathering g = {.version = v->info.number};
    const struct store_event_query q = {
        .device = v->device, .since_us = v->info.created_us, .until_us = v->info.seen_us + 1};
    int rc = store_events(e->export->store, &q, gather, &g, err);
    if (rc == RC_OK && g.failed)
        rc = plan_no_memory(err);
    for (size_t i = g.count; rc == RC_OK && i > 0; i--)
        rc = each(ctx, g.at[i - 1]);
    for (size_t i = 0; i < g.count; i++)
        free(g.at[i]);
    free(g.at);
    return rc;
}

/* ---- all of them ---- */

static int write_item(struct exporting *e, const struct export_target *target, void *state,
    const struct export_item *item, struct error *err)
{
    struct exported v;
    struct error why = ERROR_INIT;
    if (item->number <= e->devices[item->device].there) {
        e->report->there++;
        return RC_OK;
    }
    int rc = load(e, item, &v, err);
    if (rc == RC_OK && !e->export->reveal && redact(e, &v, &why)) {
        e->report->skipped++;
        e->listener->note(e->listener->ctx, v.device, item->number, why.text);
    } else if (rc == RC_OK) {
        rc = target->write(e, state, &v, err);
    }
    unload(&v);
    return rc;
}

static bool is_stopped(struct exporting *e)
{
    e->report->stopped = e->export->stop && *e->export->stop;
    return e->report->stopped;
}

static int write_all(struct exporting *e, struct error *err)
{
    const struct export_target *target = targets[e->export->to].target;
    void *state = NULL;
    int rc = target->open(e, &state, err);
    if (rc == RC_OK && target->look)
        rc = target->look(e, state, err);
    if (rc == RC_OK)
        e->listener->begun(e->listener->ctx, e->item_count);
    for (size_t i = 0; rc == RC_OK && i < e->item_count && !is_stopped(e); i++) {
        rc = write_item(e, target, state, &e->items[i], err);
        e->listener->step(e->listener->ctx);
    }
    if (rc == RC_OK)
        rc = target->finish(e, state, err);
    target->close(state);
    return rc;
}

int export_run(const struct export *export, const struct export_listener *listener,
    struct export_report *report, struct error *err)
{
    struct exporting e = {.export = export, .listener = listener, .report = report};
    *report = (struct export_report){0};
    int rc = list_all(&e, err);
    report->devices = e.device_count;
    if (rc == RC_OK)
        rc = write_all(&e, err);
    reader_free(e.reader);
    free(e.devices);
    free(e.items);
    arena_free(&e.memory);
    return rc;
}
