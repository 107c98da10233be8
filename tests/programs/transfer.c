/*
 * Does one thing with a channel again and again: transfer WHAT COUNT NIOV.
 *
 * "socket" writes to one end of a pair and reads it back from the other. It is for
 * tests/system-calls.py, which runs it under strace.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-socket.h"
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

static QIOChannel *socket_channel(int fd)
{
    return QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
}

static void echo(const struct iovec *elements, int niov, int count)
{
    int fds[2];
    QIOChannel *ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    ends[0] = socket_channel(fds[0]);
    ends[1] = socket_channel(fds[1]);
    for (int i = 0; i < count; i++) {
        qio_channel_writev(ends[0], elements, niov, &error_abort);
        qio_channel_readv(ends[1], elements, niov, &error_abort);
    }
    object_unref(OBJECT(ends[0]));
    object_unref(OBJECT(ends[1]));
}

static void transfer(const char *what, const struct iovec *elements, int niov, int count)
{
    QIOChannel *channel = open_channel(what);

    for (int i = 0; i < count; i++) {
        if (g_str_has_suffix(what, "read")) {
            qio_channel_readv(channel, elements, niov, &error_abort);
        } else {
            qio_channel_writev(channel, elements, niov, &error_abort);
        }
    }
    object_unref(OBJECT(channel));
}

int main(int argc, char **argv)
{
    static char storage[MAX_ELEMENTS][64];
    struct iovec elements[MAX_ELEMENTS];
    int count, niov;

    g_assert_cmpint(argc, ==, 4);
    count = atoi(argv[2]);
    niov = atoi(argv[3]);
    g_assert_cmpint(niov, <=, MAX_ELEMENTS);
    for (int i = 0; i < niov; i++) {
        elements[i] = (struct iovec){ storage[i], sizeof(storage[i]) };
    }
    module_call_init(MODULE_INIT_QOM);
    if (g_str_equal(argv[1], "socket")) {
        echo(elements, niov, count);
    } else {
        transfer(argv[1], elements, niov, count);
    }
    return 0;
}
