/*
 * Does one thing with a channel again and again: transfer WHAT COUNT NIOV.
 *
 * tests/system-calls.py runs it under strace.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel.h"
#include "qapi/error.h"
#include "qom/object.h"

#define MAX_ELEMENTS 64

static QIOChannel *open_channel(const char *what)
{
    if (g_str_has_prefix(what, "null")) {
        return QIO_CHANNEL(qio_channel_null_new());
    }
    if (g_str_equal(what, "file-read")) {
        return QIO_CHANNEL(qio_channel_file_new_path("/dev/zero", O_RDONLY, 0,
                                                     &error_abort));
    }
    return QIO_CHANNEL(qio_channel_file_new_path("/dev/null", O_WRONLY, 0,
                                                 &error_abort));
}

int main(int argc, char **argv)
{
    static char storage[MAX_ELEMENTS][64];
    struct iovec elements[MAX_ELEMENTS];
    QIOChannel *channel;
    int count, niov;

    g_assert_cmpint(argc, ==, 4);
    count = atoi(argv[2]);
    niov = atoi(argv[3]);
    g_assert_cmpint(niov, <=, MAX_ELEMENTS);
    for (int i = 0; i < niov; i++) {
        elements[i] = (struct iovec){ storage[i], sizeof(storage[i]) };
    }
    module_call_init(MODULE_INIT_QOM);
    channel = open_channel(argv[1]);
    for (int i = 0; i < count; i++) {
        if (g_str_has_suffix(argv[1], "read")) {
            qio_channel_readv(channel, elements, niov, &error_abort);
        } else {
            qio_channel_writev(channel, elements, niov, &error_abort);
        }
    }
    object_unref(OBJECT(channel));
    return 0;
}
