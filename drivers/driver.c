#include "drivers/driver.h"

#include <stdlib.h>

const struct part *part_find(const struct part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    return NULL;
}

int driver_result_add_part(
    struct driver_result *result, const char *name, struct buf *text, struct error *err)
{
    struct part *more = realloc(result->parts, (result->part_count + 1) * sizeof *more);
    if (more)
        result->parts = more;
    char *copy = more ? strdup(name) : NULL;
    if (!copy)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    more[result->part_count++] = (struct part){.name = copy, .text = *text};
    *text = (struct buf){0};
    return RC_OK;
}

void driver_result_drop_parts(struct driver_result *result)
{
    while (result->part_count > 0) {
        struct part *part = &result->parts[--result->part_count];
        free(part->name);
        buf_wipe(&part->text);
    }
}

void driver_result_free(struct driver_result *result)
{
    if (!result)
        return;
    driver_result_drop_parts(result);
    free(result->parts);
    for (size_t i = 0; i < result->host_key_count; i++) {
        struct driver_host_key *key = &result->host_keys[i];
        free(key->hop);
        free(key->algorithm);
        free(key->base64);
        free(key->fingerprint);
    }
    free(result->host_keys);
    free(result->hostname);
    free(result->mark);
    free(result->author);
    *result = (struct driver_result){.platform = NULL};
}
