#include "drivers/data/table.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"

struct table_entry {
    const void *a, *b;
    void *value; /* NULL: free */
};

static size_t place_of(const struct table *t, const void *a, const void *b)
{
    uint64_t hash = (uint64_t)(uintptr_t)a * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (hash >> 32) ^ (uint64_t)(uintptr_t)b) * 0xff51afd7ed558ccdu;
    size_t at = (size_t)(hash ^ (hash >> 32)) & (t->room - 1);
    while (t->at[at].value && (t->at[at].a != a || t->at[at].b != b))
        at = (at + 1) & (t->room - 1);
    return at;
}

void *table_find(const struct table *t, const void *a, const void *b)
{
    return t->room ? t->at[place_of(t, a, b)].value : NULL;
}

static int grow(struct table *t)
{
    struct table larger = {.room = t->room ? t->room * 2 : 64};
    if (!(larger.at = calloc(larger.room, sizeof *larger.at)))
        return RC_NO_MEMORY;
    for (size_t i = 0; i < t->room; i++)
        if (t->at[i].value)
            larger.at[place_of(&larger, t->at[i].a, t->at[i].b)] = t->at[i];
    larger.count = t->count;
    free(t->at);
    *t = larger;
    return RC_OK;
}

int table_put(struct table *t, const void *a, const void *b, void *value)
{
    if (t->count >= t->room / 2 && grow(t))
        return RC_NO_MEMORY;
    t->at[place_of(t, a, b)] = (struct table_entry){a, b, value};
    t->count++;
    return RC_OK;
}

void table_free(struct table *t)
{
    free(t->at);
    *t = (struct table){0};
}
