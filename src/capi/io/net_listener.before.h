#include "io/channel-socket.h"
#include "qom/object.h"

/* Listeners are as old as QEMU 2.12. */
#if !QIO_API_BEFORE(2, 12)

#define TYPE_QIO_NET_LISTENER "qio-net-listener"
OBJECT_DECLARE_SIMPLE_TYPE(QIONetListener, QIO_NET_LISTENER)
