/* Ways through jump hosts.
 *
 * A device's `jump` names the hops before it. The first of them may itself be reached through
 * others; the later ones are reached through the hop in front of them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

enum mark { UNSEEN, OPEN, DONE };

struct ways {
    struct loader *l;
    struct device *devices;
    unsigned char *marks;
    size_t depth;
};

static size_t index_of(const struct ways *w, const struct device *d)
{
    return (size_t)(d - w->devices);
}

static bool has_jump(const struct lyd_node *level)
{
    return level && yang_child(level, "jump");
}

/* The level whose jumps count for this device: its own, its group's or the defaults'. A bastion
 * takes only its own, and nobody jumps through himself because a default says so. */
static const struct lyd_node *jump_level(const struct ways *w, const struct device *d)
{
    const struct found *f = &w->l->found.at[index_of(w, d)];
    const struct lyd_node *level = w->l->defaults;
    if (driver_is_local(d->protocol))
        return NULL;
    if (has_jump(f->node))
        return f->node;
    if (d->jump_only)
        return NULL;
    if (has_jump(f->group_node))
        level = f->group_node;
    for (const struct lyd_node *n = lyd_child(level); n; n = n->next)
        if (strcmp(LYD_NAME(n), "jump") == 0 && strcmp(lyd_get_value(n), d->name) == 0)
            return NULL;
    return level;
}

static int unknown_jump(const struct ways *w, const struct lyd_node *leaf, const char *name)
{
    const char *nearest = settings_nearest(w->l->s, name);
    return yaml_complain(leaf, w->l->err, "unknown jump host \"%.100s\"; %s%s%s", name,
        nearest ? "did you mean \"" : "it needs an entry in devices", nearest ? nearest : "",
        nearest ? "\"?" : "");
}

static int find_way(struct ways *w, struct device *d);

/* The first hop, with what comes before it. */
static int expand_first(struct ways *w, const struct lyd_node *leaf, const struct device *hop,
    const struct device **way, size_t *count)
{
    if (w->marks[index_of(w, hop)] == OPEN)
        return yaml_complain(
            leaf, w->l->err, "jumps go in a circle: %s is reached through itself", hop->name);
    if (w->depth == SETTINGS_MAX_HOPS)
        return yaml_complain(leaf, w->l->err, "more than %d jumps", SETTINGS_MAX_HOPS);
    w->depth++;
    int rc = find_way(w, &w->devices[index_of(w, hop)]);
    w->depth--;
    for (size_t i = 0; rc == RC_OK && i < hop->jump_count; i++) {
        if (*count == SETTINGS_MAX_HOPS)
            return yaml_complain(leaf, w->l->err, "more than %d jumps", SETTINGS_MAX_HOPS);
        way[(*count)++] = hop->jumps[i];
    }
    return rc;
}

static int add_hop(struct ways *w, const struct lyd_node *leaf, struct device *d,
    const struct device **way, size_t *count)
{
    const char *name = lyd_get_value(leaf);
    const struct device *hop = settings_device(w->l->s, name);
    if (!hop)
        return unknown_jump(w, leaf, name);
    if (hop == d)
        return yaml_complain(leaf, w->l->err, "%s cannot jump through itself", d->name);
    if (hop->protocol != DRIVER_SSH)
        return yaml_complain(leaf, w->l->err,
            "a jump host speaks SSH, and %s is read %s; give its SSH server an entry of its own",
            name,
            hop->protocol == DRIVER_NETCONF ? "over NETCONF"
            : hop->protocol == DRIVER_FILE  ? "from files"
                                            : "by a command");
    int rc = *count == 0 ? expand_first(w, leaf, hop, way, count) : RC_OK;
    if (rc)
        return rc;
    for (size_t i = 0; i < *count; i++)
        if (way[i] == hop)
            return yaml_complain(leaf, w->l->err, "%s is on the way twice", name);
    if (*count == SETTINGS_MAX_HOPS)
        return yaml_complain(leaf, w->l->err, "more than %d jumps", SETTINGS_MAX_HOPS);
    way[(*count)++] = hop;
    return RC_OK;
}

/* Recursion ends at a circle, and at the longest way. */
static int find_way(struct ways *w, struct device *d)
{
    const struct device *way[SETTINGS_MAX_HOPS];
    size_t count = 0;
    int rc = RC_OK;
    if (w->marks[index_of(w, d)] == DONE)
        return RC_OK;
    w->marks[index_of(w, d)] = OPEN;
    const struct lyd_node *level = jump_level(w, d);
    for (const struct lyd_node *n = lyd_child(level); n && rc == RC_OK; n = n->next)
        if (strcmp(LYD_NAME(n), "jump") == 0 && strcmp(lyd_get_value(n), "none") != 0)
            rc = add_hop(w, n, d, way, &count);
    if (rc)
        return rc;
    if (count) {
        const struct device **kept = arena_take(&w->l->memory->arena, count * sizeof *kept);
        if (!kept)
            return settings_no_memory(w->l->err);
        memcpy(kept, way, count * sizeof(*kept));
        d->jumps = kept;
        d->jump_count = count;
    }
    w->marks[index_of(w, d)] = DONE;
    return RC_OK;
}

int load_jumps(struct loader *l, struct device *devices)
{
    struct ways w = {.l = l, .devices = devices, .marks = calloc(l->s->device_count + 1, 1)};
    int rc = w.marks ? RC_OK : settings_no_memory(l->err);
    for (size_t i = 0; i < l->s->device_count && rc == RC_OK; i++)
        rc = find_way(&w, &devices[i]);
    free(w.marks);
    return rc;
}
