/*
 * The carrier of property values, QAPI's visitor, is private to this library:
 * C code only passes pointers on.
 */
#include "qapi/qapi-builtin-types.h"
