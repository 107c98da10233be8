#include "io/channel.h"
#include "qom/object.h"

/* Null channels are as old as QEMU 7.1. */
#if !QIO_API_BEFORE(7, 1)

#define TYPE_QIO_CHANNEL_NULL "qio-channel-null"
OBJECT_DECLARE_SIMPLE_TYPE(QIOChannelNull, QIO_CHANNEL_NULL)
