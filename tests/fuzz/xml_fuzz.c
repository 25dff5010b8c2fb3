/* rooms: base syntax */
/* Elements. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_XML,
    ("\"shape\":\"xml\",\"keys\":[\"name\",\"member uid\",\"a/b\"],\"drop\":[\"entry\",\"data\"],"
     "\"embedded\":[{\"element\":\"cli\",\"syntax\":\"y\"}]"),
};

#include "shape.h"
