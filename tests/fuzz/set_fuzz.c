/* rooms: base syntax */
/* A path a line. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_SET,
    "\"shape\":\"set\",\"quote\":\"\x27\",\"ends\":[\"exit\"]",
};

#include "shape.h"
