#include "base/embed.h"

const struct embedded *embedded_find(const char *name)
{
    for (size_t i = 0; i < embedded_count; i++)
        if (strcmp(embedded_files[i].name, name) == 0)
            return &embedded_files[i];
    return NULL;
}

const struct embedded *embedded_next(const char *prefix, const struct embedded *last)
{
    size_t i = last ? (size_t)(last - embedded_files) + 1 : 0;
    for (; i < embedded_count; i++)
        if (strncmp(embedded_files[i].name, prefix, strlen(prefix)) == 0)
            return &embedded_files[i];
    return NULL;
}
