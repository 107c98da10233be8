/*
 * A class of channels written in C, which overrides slots of its parent and calls
 * them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "rot13.h"
#include "qapi/error.h"

static QIOChannelClass parent_class;

static char rotate(char c)
{
    return c >= 'a' && c <= 'z' ? 'a' + (c - 'a' + 13) % 26 : c;
}

static ssize_t rot13_writev(QIOChannel *ioc, const struct iovec *iov,
                            size_t niov, int *fds, size_t nfds, int flags,
                            Error **errp)
{
    Rot13 *rot13 = ROT13(ioc);
    Rot13Class *klass = (Rot13Class *)object_get_class(OBJECT(ioc));
    ssize_t done = 0;

    if (rot13->closed) {
        error_setg(errp, "%s channel is closed after %zu bytes", "rot13",
                   rot13->written);
        return -1;
    }
    for (size_t i = 0; i < niov; i++) {
        const char *from = iov[i].iov_base;

        for (size_t j = 0; j < iov[i].iov_len; j++) {
            char c = klass->rotate(from[j]);
            struct iovec one = { &c, 1 };

            done += parent_class.io_writev(ioc, &one, 1, fds, nfds, flags, errp);
        }
    }
    rot13->written += done;
    return done;
}

static int rot13_close(QIOChannel *ioc, Error **errp)
{
    ROT13(ioc)->closed = true;
    return 0;
}

static int rot13_flush(QIOChannel *ioc, Error **errp)
{
    return 1;
}

static void rot13_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *channel_class = QIO_CHANNEL_CLASS(klass);

    parent_class = *channel_class;
    channel_class->io_writev = rot13_writev;
    channel_class->io_close = rot13_close;
    channel_class->io_flush = rot13_flush;
    ((Rot13Class *)klass)->rotate = rotate;
}

Rot13 *rot13_new(void)
{
    static const TypeInfo info = {
        .name = TYPE_ROT13,
        .parent = TYPE_QIO_CHANNEL_BUFFER,
        .instance_size = sizeof(Rot13),
        .class_size = sizeof(Rot13Class),
        .class_init = rot13_class_init,
    };
    static gsize registered;

    if (g_once_init_enter(&registered)) {
        type_register_static(&info);
        g_once_init_leave(&registered, 1);
    }
    return ROT13(object_new(TYPE_ROT13));
}
