/* rooms: base syntax */
/* Blocks in braces. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_BRACES,
    ("\"shape\":\"braces\",\"comment\":[\"#\",\"//\"],\"quote\":\"\\\"\","
     "\"ordered\":[\"system authentication-order\"]"),
    TEXT_WRAPPED,
};

#include "shape.h"
