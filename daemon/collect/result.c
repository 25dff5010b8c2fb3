#include "collect/result.h"

#include <stdlib.h>

void result_free(struct result *result)
{
    if (!result)
        return;
    driver_result_free(&result->driver);
    draft_free(result->draft);
    free(result);
}
