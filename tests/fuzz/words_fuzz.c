/* rooms: base syntax */
/* Words of files. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_WORDS,
    ("\"shape\":\"words\",\"comment\":[\"#\"],\"keep\":[\"#include\"],\"opens\":[\"match\"],"
     "\"lower\":true,\"assign\":\"=\",\"alone\":\"(),:\""),
};

#include "shape.h"
