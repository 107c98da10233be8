/*
 * qio-copy: WebSocket over a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"

#include <poll.h>
#include <sys/socket.h>

#include "io/channel-socket.h"
#include "io/channel-tls.h"
#include "io/channel-websock.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "websock.h"

/* How the library words the end that a peer has announced. */
#define CLOSED "WebSocket closed by peer"
#define CLOSED_NORMALLY CLOSED " with code 1000"

/* How long a peer that was told the end gets to read everything and to answer. */
#define LINGER_MS (10 * 1000)

/* A handshake in progress. */
typedef struct {
    bool is_over;
    Error *error;
} Handshake;

static void on_handshake(QIOTask *task, gpointer opaque)
{
    Handshake *handshake = opaque;

    qio_task_propagate_error(task, &handshake->error);
    handshake->is_over = true;
}

static bool shake_hands(QIOChannelWebsock *websock, Error **errp)
{
    Handshake handshake = { 0 };

    qio_channel_websock_handshake(websock, on_handshake, &handshake, NULL);
    while (!handshake.is_over) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (handshake.error) {
        error_propagate(errp, handshake.error);
        return false;
    }
    return true;
}

QIOChannel *websock_start(QIOChannel *connection, bool is_server,
                          const char *host, Error **errp)
{
    g_autoptr(QIOChannelWebsock) websock = NULL;

    if (qio_channel_set_blocking(connection, false, errp) == -1) {
        return NULL;
    }
    websock = is_server ?
        qio_channel_websock_new_server(connection) :
        qio_channel_websock_new_client(connection, host, NULL, NULL, errp);
    if (!websock || !shake_hands(websock, errp)) {
        return NULL;
    }
    return QIO_CHANNEL(g_steal_pointer(&websock));
}

bool websock_is(QIOChannel *ioc)
{
    return object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_WEBSOCK);
}

/* Whether a read failed because the peer has nothing more to send, and no other. */
static bool is_proper_end(const Error *error)
{
    const char *text = error_get_pretty(error);

    return g_str_equal(text, CLOSED) || g_str_equal(text, CLOSED_NORMALLY) ||
           g_str_has_prefix(text, CLOSED_NORMALLY ": ");
}

ssize_t websock_read(QIOChannel *ioc, char *buffer, size_t size, Error **errp)
{
    Error *error = NULL;
    ssize_t got = qio_channel_read(ioc, buffer, size, &error);

    if (got == 0) {
        error_setg(errp, "the connection ended without a Close frame");
        return -1;
    }
    if (got == -1 && is_proper_end(error)) {
        error_free(error);
        return 0;
    }
    error_propagate(errp, error);
    return got;
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
        ioc = websock_is(ioc) ? QIO_CHANNEL_WEBSOCK(ioc)->master :
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
