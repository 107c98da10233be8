#if QIO_API_BEFORE(4, 1)
#include "qemu-common.h"
#endif
#include "qom/object.h"
#include "qemu/coroutine.h"
#include "block/aio.h"

/*
 * When something runs out: functions that take an `Error **` report it if the kernel
 * has no descriptors, memory or threads to give. If the process itself cannot get
 * memory, it ends with a message that says so, as any program that uses g_malloc().
 */

#define TYPE_QIO_CHANNEL "qio-channel"
OBJECT_DECLARE_TYPE(QIOChannel, QIOChannelClass, QIO_CHANNEL)
