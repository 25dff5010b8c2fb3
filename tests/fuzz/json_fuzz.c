/* rooms: base syntax */
/* Members. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_JSON,
    "\"shape\":\"json\",\"keys\":[\"metadata/name\",\"a b/c/d\"],\"drop\":[\"data\"]",
};

#include "shape.h"
