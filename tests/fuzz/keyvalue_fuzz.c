/* rooms: base syntax */
/* Paths and key=value. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_KEYVALUE,
    "\"shape\":\"keyvalue\",\"comment\":[\"#\"],\"verbs\":[\"add\",\"set\"],\"ends\":[\"print\"]",
    "\"shape\":\"keyvalue\",\"separator\":\".\",\"keys\":[\"name\",\"a uid\"]",
    "\"shape\":\"keyvalue\",\"under\":\"user\",\"ends\":[\"print\"]",
};

#include "shape.h"
