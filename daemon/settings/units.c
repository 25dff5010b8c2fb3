/* Spans, sizes and paths as people write them. */
#include <stdlib.h>
#include <string.h>

#include "base/yang.h"
#include "settings_private.h"

int settings_no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory");
}

int64_t duration_ms(const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
    char *unit;
    long number = strtol(text, &unit, 10);
    if (unit == text || number < 0 || number > 999999)
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].unit) == 0)
            return number * units[i].ms;
    return -1;
}

int64_t size_bytes(const char *text)
{
    char *unit;
    int64_t number = strtol(text, &unit, 10);
    int shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0;
    return number << shift;
}

const char *path_resolve(struct loader *l, const char *path)
{
    const char *home = getenv("HOME");
    if (*path == '/')
        return arena_dup(&l->memory->arena, str_of(path));
    if (path[0] == '~' && path[1] == '/' && home)
        return arena_format(&l->memory->arena, "%s%s", home, path + 1);
    return arena_format(&l->memory->arena, "%s/%s", l->folder, path);
}

const char *leaf_of(const struct lyd_node *parent, const char *name, const struct lyd_node **leaf)
{
    const struct lyd_node *node = parent ? yang_child(parent, name) : NULL;
    if (leaf)
        *leaf = node;
    return node ? lyd_get_value(node) : NULL;
}
