/* rooms: base syntax */
/* config, edit, set, next, end. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_EDIT,
    "\"shape\":\"edit\",\"ordered\":[\"a * >\"],\"keep\":[\"#x\"]",
};

#include "shape.h"
