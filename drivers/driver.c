#include "drivers/driver.h"

#include <stdlib.h>

void driver_result_free(struct driver_result *result)
{
    if (!result)
        return;
    for (size_t i = 0; i < result->part_count; i++) {
        free(result->parts[i].name);
        buf_wipe(&result->parts[i].text);
    }
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
