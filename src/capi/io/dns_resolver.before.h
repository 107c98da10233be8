#if QIO_API_BEFORE(4, 1)
#include "qemu-common.h"
#endif
#include "io/task.h"
#include "qapi/qapi-types-sockets.h"
#include "qom/object.h"

#define TYPE_QIO_DNS_RESOLVER "qio-dns-resolver"
OBJECT_DECLARE_SIMPLE_TYPE(QIODNSResolver, QIO_DNS_RESOLVER)
