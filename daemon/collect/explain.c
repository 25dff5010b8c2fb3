/* What a device's data means, written beside the data. */
#include <sodium.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/yang.h"
#include "collect/run.h"
#include "drivers/data/data.h"

/* ---- schemas of sets of modules ---- */

void schemas_open(struct collect *c)
{
    const struct settings *settings = c->setup.settings;
    struct error err = ERROR_INIT;
    if (settings->schemas &&
        schema_cache_open(settings->schemas, settings->modules, &c->cache, &err))
        log_error(&err); /* it only saves work and explains */
}

void schemas_forget(struct collect *c)
{
    for (size_t i = 0; i < MOST_SCHEMAS; i++)
        data_schema_free(c->schemas[i].schema);
    memset(c->schemas, 0, sizeof c->schemas);
}

void schemas_close(struct collect *c)
{
    schemas_forget(c);
    schema_cache_close(c->cache);
    c->cache = NULL;
}

/* The place of a set, else the one that was not needed for longest, emptied. */
static struct set_schema *find_place(struct collect *c, const char *set)
{
    struct set_schema *oldest = &c->schemas[0];
    for (size_t i = 0; i < MOST_SCHEMAS; i++) {
        struct set_schema *place = &c->schemas[i];
        if (place->schema && strcmp(place->set, set) == 0)
            return place;
        if (place->used < oldest->used)
            oldest = place;
    }
    data_schema_free(oldest->schema);
    *oldest = (struct set_schema){.used = oldest->used};
    snprintf(oldest->set, sizeof oldest->set, "%s", set);
    return oldest;
}

/* NULL: not learned yet. Devices of one kind come one after another: the last few are kept. */
static const struct data_schema *schema_of_set(struct collect *c, struct str modules)
{
    char set[MODULES_ID_SIZE];
    struct buf text = {0};
    struct error err = ERROR_INIT;
    if (!c->cache || modules.len == 0)
        return NULL;
    modules_id(modules, set);
    struct set_schema *place = find_place(c, set);
    place->used = ++c->schema_uses;
    int rc = place->schema ? RC_OK : schema_cache_find(c->cache, modules, &text, NULL, &err);
    if (rc == RC_OK && !place->schema)
        rc = data_schema_parse(buf_str(&text), &place->schema, &err);
    if (rc && rc != RC_NOT_FOUND)
        log_error(&err);
    buf_free(&text);
    return rc ? NULL : place->schema;
}

/* ---- parts ---- */

static const struct lyd_node *find_entry(
    const struct lyd_node *profile, const char *list, const char *name)
{
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next)
        if (strcmp(LYD_NAME(n), list) == 0 && strcmp(yang_leaf(n, "name"), name) == 0)
            return n;
    return NULL;
}

/* Whether a part's syntax has the shape `data`. */
static bool is_data(const struct platform *platform, const char *name)
{
    const struct lyd_node *part = find_entry(platform->data, "parts", name);
    const char *syntax = part ? yang_leaf(part, "syntax") : NULL;
    const struct lyd_node *entry = syntax ? find_entry(platform->data, "syntax", syntax) : NULL;
    const char *shape = entry ? yang_leaf(entry, "shape") : NULL;
    return shape && strcmp(shape, "data") == 0;
}

/* The usual case: the very text of last time, and it was explained then. */
static bool explained_before(
    const struct collection *collection, struct str modules, struct str text, struct str before)
{
    return data_annotation(before).len > 0 &&
           str_equal(modules, buf_str(&collection->job.modules)) &&
           str_equal(text, data_without_annotation(before));
}

/* A set that is not learned yet is most like the one before. */
static int explain_anew(struct collect *c, struct str modules, struct str text, struct str before,
    struct buf *out, struct error *err)
{
    struct data_schema *last = NULL;
    const struct data_schema *schema = schema_of_set(c, modules);
    int rc = schema ? RC_OK : data_common_schema(before, (struct str){"", 0}, &last, err);
    if (rc == RC_OK)
        rc = data_annotate(text, schema ? schema : last, out, err);
    data_schema_free(last);
    return rc;
}

static int explain_part(
    struct collection *collection, struct str modules, struct part *part, struct error *err)
{
    struct collect *c = collection->c;
    struct buf before = {0}, after = {0};
    const char *device = collection->device->name;
    struct str text = data_without_annotation(buf_str(&part->text));
    int rc = store_read_part(c->setup.store, device, 0, part->name, &before, NULL);
    if (rc == RC_OK && explained_before(collection, modules, text, buf_str(&before))) {
        after = before;
        before = (struct buf){0};
    } else {
        rc = explain_anew(c, modules, text, buf_str(&before), &after, err);
    }
    if (rc == RC_OK) {
        buf_wipe(&part->text);
        part->text = after;
    } else {
        buf_wipe(&after);
    }
    buf_wipe(&before);
    return rc;
}

int explain_data(struct collection *collection, struct driver_result *driver, struct error *err)
{
    const struct part *modules = modules_part(driver);
    struct str set = modules ? buf_str(&modules->text) : (struct str){"", 0};
    int rc = RC_OK;
    if (collection->device->protocol != DRIVER_NETCONF || !driver->platform)
        return RC_OK;
    for (size_t i = 0; rc == RC_OK && i < driver->part_count; i++)
        if (is_data(driver->platform, driver->parts[i].name))
            rc = explain_part(collection, set, &driver->parts[i], err);
    return rc;
}
