/* rooms: base syntax */
/* YANG data as lines. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_DATA,
};

#include "shape.h"
