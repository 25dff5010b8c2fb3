/* rooms: base syntax */
/* Fields, and tables with a header. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_FIELDS,
    ("\"shape\":\"fields\",\"separator\":\",\",\"quote\":\"\\\"\",\"header\":true,"
     "\"keys\":[\"user\",\"id\"],\"under\":\"x\""),
};

#include "shape.h"
