/*
 * Once included by most of QEMU, and by some headers of the API before 4.1. What
 * is left of it is what these headers need.
 */
#include "qemu/osdep.h"
