#include "qemu/osdep.h"
#include "qemu/thread.h"

/*
 * Locks of any kind: code that is given a QemuLockable can lock and unlock it
 * without knowing what it is.
 */
