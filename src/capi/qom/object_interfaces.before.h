#include "qom/object.h"
#include "qapi/qapi-types-qom.h"
#include "qapi/visitor.h"

/** Name of the interface of objects that users can create. */
#define TYPE_USER_CREATABLE "user-creatable"

typedef struct UserCreatable UserCreatable;
typedef struct UserCreatableClass UserCreatableClass;
DECLARE_CLASS_CHECKERS(UserCreatableClass, USER_CREATABLE,
                       TYPE_USER_CREATABLE)
#define USER_CREATABLE(obj)                                                  \
    INTERFACE_CHECK(UserCreatable, (obj), TYPE_USER_CREATABLE)
