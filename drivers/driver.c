#include "drivers/driver.h"

#include <stdlib.h>

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
    *result = (struct driver_result){.platform = NULL};
}
