/*
 * qio-bridge: one side of a connection, with the layers around its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"

#include "../common/layer.h"
#include "io/channel-tls.h"
#include "io/channel-websock.h"
#include "link.h"
#include "qapi/error.h"
#include "qom/object.h"

/* How long a peer gets to close its side when everything is on its way. */
#define LINGER_SECONDS 10

bool link_start(Link *link, QIOChannelSocket *socket, Error **errp)
{
    link->socket = socket;
    link->ioc = QIO_CHANNEL(socket);
    object_ref(OBJECT(socket));
    qio_channel_set_delay(link->ioc, false);
    return qio_channel_set_blocking(link->ioc, false, errp) == 0;
}

void link_add_layer(Link *link, QIOChannel *layer)
{
    /* The layer has a reference of its own to what is below it. */
    object_unref(OBJECT(link->ioc));
    link->ioc = layer;
    link->has_tls |= layer_is_tls(layer);
    link->has_frames |= layer_is_websock(layer);
}

void link_end_output(Link *link)
{
    link->is_output_over = true;
    if (link->has_tls) {
        /* What does not fit is sent later. */
        qio_channel_tls_bye(QIO_CHANNEL_TLS(link->ioc), NULL);
    } else {
        qio_channel_shutdown(link->ioc, QIO_CHANNEL_SHUTDOWN_WRITE, NULL);
    }
}

static void clear_sources(Link *link)
{
    g_clear_handle_id(&link->watch, g_source_remove);
    g_clear_handle_id(&link->timer, g_source_remove);
}

void link_drop(Link *link)
{
    clear_sources(link);
    g_clear_pointer(&link->lingering, object_unref);
    if (!link->ioc) {
        return;
    }
    /* First, so that WebSocket cannot say that this is an ordinary end. */
    qio_channel_shutdown(QIO_CHANNEL(link->socket), QIO_CHANNEL_SHUTDOWN_BOTH,
                         NULL);
    qio_channel_close(link->ioc, NULL);
    object_unref(OBJECT(link->ioc));
    object_unref(OBJECT(link->socket));
    link->ioc = NULL;
    link->socket = NULL;
}

static void finish(Link *link)
{
    link_drop(link);
    link->on_closed(link->opaque);
}

static gboolean on_timeout(gpointer opaque)
{
    Link *link = opaque;

    link->timer = 0;
    finish(link);
    return G_SOURCE_REMOVE;
}

/*
 * Waits for the peer to go. A connection that is closed before it is reset by what
 * the peer still sends, and what is on its way to the peer may then be lost.
 */
static gboolean on_lingering(QIOChannel *ioc, G_GNUC_UNUSED GIOCondition condition,
                             gpointer opaque)
{
    Link *link = opaque;
    char buffer[4096];
    ssize_t got = qio_channel_read(ioc, buffer, sizeof(buffer), NULL);

    if (got == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (got > 0) {
        /* The answer to a Close frame, as a rule: now the peer waits for this. */
        qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_WRITE, NULL);
        return G_SOURCE_CONTINUE;
    }
    link->watch = 0;
    finish(link);
    return G_SOURCE_REMOVE;
}

static void linger(Link *link, QIOChannelSocket *socket)
{
    link->timer = g_timeout_add_seconds(LINGER_SECONDS, on_timeout, link);
    link->watch = qio_channel_add_watch(QIO_CHANNEL(socket),
                                        G_IO_IN | G_IO_HUP | G_IO_ERR, on_lingering,
                                        link, NULL);
}

/*
 * Closing a WebSocket channel is what sends its Close frame. A copy of the socket stays
 * open, both ways: the peer is to answer before the connection ends.
 */
static QIOChannelSocket *say_closed(Link *link)
{
    int fd = fcntl(link->socket->fd, F_DUPFD_CLOEXEC, 3);
    QIOChannelSocket *copy = fd == -1 ? NULL : qio_channel_socket_new_fd(fd, NULL);

    if (fd != -1 && !copy) {
        close(fd);
    }
    qio_channel_close(link->ioc, NULL);
    return copy;
}

static void say_goodbye(Link *link)
{
    if (!link->has_frames || !link->is_complete) {
        qio_channel_shutdown(QIO_CHANNEL(link->socket), QIO_CHANNEL_SHUTDOWN_WRITE,
                             NULL);
        linger(link, link->socket);
        return;
    }
    link->lingering = say_closed(link);
    if (link->lingering) {
        linger(link, link->lingering);
    } else {
        finish(link);
    }
}

/* Whether everything is out that WebSocket has taken; or nothing can be any more. */
static bool flush(Link *link)
{
    if (!link->has_frames) {
        return true;
    }
    /* Writing nothing sends what waits. */
    return qio_channel_write(link->ioc, "", 0, NULL) < 0 ||
           qio_channel_websock_get_pending(QIO_CHANNEL_WEBSOCK(link->ioc)) == 0;
}

static gboolean on_writable(G_GNUC_UNUSED QIOChannel *ioc,
                            G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Link *link = opaque;

    if (!link->is_flushed) {
        /* When it is writable again after that, there is room for the goodbye. */
        link->is_flushed = flush(link);
        return G_SOURCE_CONTINUE;
    }
    link->watch = 0;
    say_goodbye(link);
    return G_SOURCE_REMOVE;
}

void link_close(Link *link, bool is_complete, void (*on_closed)(void *opaque),
                void *opaque)
{
    link->is_complete = is_complete;
    link->on_closed = on_closed;
    link->opaque = opaque;
    if (is_complete && !link->has_frames && !link->is_output_over) {
        link_end_output(link);
    }
    /* Also for TLS alone: its goodbye may still wait. */
    link->watch = qio_channel_add_watch(QIO_CHANNEL(link->socket),
                                        G_IO_OUT | G_IO_HUP | G_IO_ERR,
                                        on_writable, link, NULL);
}
