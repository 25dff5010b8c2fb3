/* rooms: base syntax */
/* Blocks by indentation, banners, and what stands as it is. */
#include "shapes.h"

static const char *const entries[] = {
    TEXT_INDENTED,
    TEXT_QUOTED,
    ("\"shape\":\"indented\",\"comment\":[\"!\"],\"ends\":[\"exit\"],\"banner\":[\"banner *\"],"
     "\"ordered\":[\"access-list\",\"ip access-list >\",\"* * a\"],\"paired\":[\"%^%#\"],"
     "\"verbatim\":[{\"opens\":\"certificate\",\"ends\":\"quit\"},"
     "{\"opens\":\"key-string\",\"ends\":\"exit\",\"join\":true},"
     "{\"opens\":\"macro\",\"ends\":\"@\",\"flat\":true}]"),
    ("\"shape\":\"indented\",\"comment\":[\"#\"],\"quote\":\"\\\"\x27\",\"alone\":\"=\","
     "\"opens\":[\"vlan\"],\"under\":\"a b\",\"verbs\":[\"nv\",\"set\"]"),
};

#include "shape.h"
