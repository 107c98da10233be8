#include "qapi/error.h"
#include "qom/object.h"

#define TYPE_QAUTHZ "authz"
OBJECT_DECLARE_TYPE(QAuthZ, QAuthZClass, QAUTHZ)
