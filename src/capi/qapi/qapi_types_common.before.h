#include "qapi/qapi-builtin-types.h"
