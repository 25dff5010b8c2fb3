/* Where the log's signed heads go. */
#include <stdlib.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

static bool has_sink(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->sink_count; i++)
        if (strcmp(s->sinks[i].name, name) == 0)
            return true;
    return false;
}

static int read_sinks(struct loader *l, const struct lyd_node *heads)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(heads); n; n = n->next)
        count += strcmp(LYD_NAME(n), "sink") == 0;
    const char **names = arena_take(&l->memory->arena, (count + 1) * sizeof *names);
    if (!names)
        return settings_no_memory(l->err);
    count = 0;
    for (const struct lyd_node *n = lyd_child(heads); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "sink") != 0)
            continue;
        names[count] = lyd_get_value(n);
        if (!has_sink(l->s, names[count]))
            return yaml_complain(n, l->err, "no sink \"%s\" in this file", names[count]);
        count++;
    }
    l->s->heads.sinks = names;
    return RC_OK;
}

static int read_path(
    struct loader *l, const struct lyd_node *parent, const char *leaf, const char **out)
{
    const char *path = yang_leaf(parent, leaf);
    *out = path ? path_resolve(l, path) : NULL;
    return path && !*out ? settings_no_memory(l->err) : RC_OK;
}

/* `*out` stays as it is for "never". */
static int read_schedule(struct loader *l, const struct lyd_node *node, const struct schedule **out)
{
    struct error why = ERROR_INIT;
    const char *text = node ? lyd_get_value(node) : "@hourly";
    if (strcasecmp(text, "never") == 0)
        return RC_OK;
    struct schedule_entry *e = arena_take(&l->memory->arena, sizeof *e);
    if (!e)
        return settings_no_memory(l->err);
    if (schedule_parse(text, &e->schedule, &why))
        return yaml_complain(node, l->err, "%s", why.text);
    e->text = text;
    e->splay_s = -1;
    e->next = l->memory->schedules;
    l->memory->schedules = e;
    *out = e->schedule;
    return RC_OK;
}

int load_heads(struct loader *l)
{
    const struct lyd_node *heads = yang_child(l->tree, "heads");
    const struct lyd_node *git = yang_child(heads, "git");
    struct heads_settings *h = &l->s->heads;
    h->push = yang_is_true(git, "push");
    int rc = read_path(l, heads, "file", &h->file);
    if (!rc)
        rc = read_path(l, git, "path", &h->git);
    if (!rc)
        rc = read_sinks(l, heads);
    return rc ? rc : read_schedule(l, yang_child(heads, "schedule"), &h->schedule);
}
