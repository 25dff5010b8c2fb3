/* What the store says of a device before this run. */
#include <stdlib.h>

#include "collect/run.h"

static int keep_device(void *ctx, const struct store_device *d)
{
    struct known *k = ctx;
    k->failures = d->failures;
    k->last_success_us = d->last_success_us;
    k->accounts = d->accounts;
    k->admins = d->admins;
    k->failure = d->failure ? strdup(d->failure) : NULL;
    k->message = d->message ? strdup(d->message) : NULL;
    return 1;
}

int known_load(struct known *k, struct store *s, const char *device, struct error *err)
{
    int rc = store_devices(s, device, keep_device, k, err);
    if (rc == RC_NOT_FOUND)
        return RC_OK;
    if (rc == RC_OK)
        rc = store_version(s, device, 0, 0, &k->version, err);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

struct part_walk {
    struct driver_result *parts;
    bool failed;
};

static int keep_part(void *ctx, const char *name, struct str text)
{
    struct part_walk *walk = ctx;
    size_t count = walk->parts->part_count;
    walk->failed = true;
    struct part *more = realloc(walk->parts->parts, (count + 1) * sizeof *more);
    if (!more)
        return 1;
    walk->parts->parts = more;
    more[count] = (struct part){.name = strdup(name)};
    walk->parts->part_count++;
    if (!more[count].name || buf_add_str(&more[count].text, text))
        return 1;
    walk->failed = false;
    return 0;
}

int known_load_parts(struct known *k, struct store *s, const char *device, struct error *err)
{
    struct part_walk walk = {.parts = &k->parts};
    if (!k->version.number || k->parts.part_count)
        return RC_OK;
    int rc = store_read_parts(s, device, k->version.number, keep_part, &walk, err);
    return rc == RC_OK && walk.failed
               ? error_set(err, RC_NO_MEMORY, "no memory for version %u", k->version.number)
               : rc;
}

/* Read the stored parts as if they had just come. */
static int read_tree_again(struct run *r, struct error *err)
{
    const struct collect_setup *setup = &r->c->setup;
    const struct platform *platform = r->result->driver.platform;
    const struct reader *reader = NULL;
    struct draft *draft = NULL;
    struct known *k = &r->known;
    int rc = known_load_parts(k, setup->store, r->device->name, err);
    if (rc == RC_OK)
        rc = rules_access(r->c, platform, &reader, err);
    if (rc == RC_OK)
        rc = draft_read(reader, k->parts.parts, k->parts.part_count, &draft, err);
    if (rc == RC_OK)
        rc = access_build(setup->ctx, platform, draft, setup->key, &k->tree, err);
    draft_free(draft);
    return rc;
}

int known_load_tree(struct run *r, struct error *err)
{
    const struct collect_setup *setup = &r->c->setup;
    struct known *k = &r->known;
    struct buf json = {0};
    if (!k->version.number)
        return RC_OK;
    int rc = store_read_access(setup->store, r->device->name, k->version.number, &json, err);
    if (rc == RC_OK && access_parse(setup->ctx, buf_text(&json), &k->tree, NULL))
        rc = read_tree_again(r, err);
    buf_free(&json);
    return rc;
}

void known_free(struct known *k)
{
    free(k->failure);
    free(k->message);
    store_version_clear(&k->version);
    driver_result_free(&k->parts);
    lyd_free_all(k->tree);
    *k = (struct known){0};
}
