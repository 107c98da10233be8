/*
 * qio-copy: WebSocket over a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <poll.h>
#include <sys/socket.h>

#include "../common/layer.h"
#include "handshake.h"
#include "io/channel-socket.h"
#include "io/channel-tls.h"
#include "io/channel-websock.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "websock.h"

/* How long a peer that was told the end gets to read everything and to answer. */
#define LINGER_MS (10 * 1000)

QIOChannel *websock_start(QIOChannel *connection, bool is_server,
                          const char *host, Error **errp)
{
    QIOChannel *websock = layer_new_websock(connection, is_server, host, errp);

    return websock && handshake_run(websock, errp) ? websock : NULL;
}

/* Sends what the channel has taken and not sent yet. */
static bool flush(QIOChannel *ioc, Error **errp)
{
    /* Writing nothing sends what waits. */
    return qio_channel_set_blocking(ioc, true, errp) == 0 &&
           qio_channel_write(ioc, "", 0, errp) == 0;
}

/* The descriptor that everything ends up in, for the caller to close; or -1. */
static int duplicate_socket(QIOChannel *ioc)
{
    while (!object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_SOCKET)) {
        ioc = layer_is_websock(ioc) ? QIO_CHANNEL_WEBSOCK(ioc)->master :
                                QIO_CHANNEL_TLS(ioc)->master;
    }
    return fcntl(QIO_CHANNEL_SOCKET(ioc)->fd, F_DUPFD_CLOEXEC, 3);
}

/*
 * Waits for the peer to go. A connection that is closed before it is reset by what
 * the peer still sends, be it a ping or its answer to the Close frame, and what is
 * on its way to the peer may then be lost.
 */
static void linger(int fd)
{
    char buffer[1024];
    struct pollfd waiting = { .fd = fd, .events = POLLIN };

    shutdown(fd, SHUT_WR);
    while (poll(&waiting, 1, LINGER_MS) == 1 &&
           recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0) {
        /* Nobody wants to know. */
    }
    close(fd);
}

bool websock_close(QIOChannel *ioc, bool is_complete, Error **errp)
{
    QIOChannel *connection = QIO_CHANNEL_WEBSOCK(ioc)->master;
    bool good;
    int fd;

    if (!flush(ioc, errp)) {
        return false;
    }
    if (!is_complete) {
        /* Behind the back of the channel, which would send a Close frame. */
        return qio_channel_close(connection, errp) == 0;
    }
    /* There is room for that frame when the connection takes something again. */
    qio_channel_wait(connection, G_IO_OUT);
    fd = duplicate_socket(ioc);
    good = qio_channel_close(ioc, errp) == 0;
    if (fd != -1) {
        linger(fd);
    }
    return good;
}
