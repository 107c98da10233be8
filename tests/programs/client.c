/*
 * The smallest program that uses the library: for checks that it can be linked,
 * statically, installed or as a subproject.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/channel-buffer.h"
#include "qapi/error.h"
#include "qom/object.h"

int main(void)
{
    g_autoptr(QIOChannelBuffer) buffer = NULL;
    char text[6] = "";

    module_call_init(MODULE_INIT_QOM);
    buffer = qio_channel_buffer_new(0);
    qio_channel_write_all(QIO_CHANNEL(buffer), "hello", 6, &error_abort);
    buffer->offset = 0;
    qio_channel_read_all(QIO_CHANNEL(buffer), text, 6, &error_abort);
    puts(text);
    return strcmp(text, "hello") != 0;
}
