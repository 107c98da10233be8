/*
 * What can be around a connection: TLS, WebSocket, or WebSocket over TLS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"

#include "io/channel-tls.h"
#include "io/channel-websock.h"
#include "layer.h"
#include "qapi/error.h"
#include "qom/object.h"

/* How the library words the end that a peer has announced. */
#define CLOSED "WebSocket closed by peer"
#define CLOSED_NORMALLY CLOSED " with code 1000"

QIOChannel *layer_new_tls(QIOChannel *connection, QCryptoTLSCreds *creds,
                          bool is_server, const char *name, Error **errp)
{
    QIOChannelTLS *tls;

    if (qio_channel_set_blocking(connection, false, errp) == -1) {
        return NULL;
    }
    tls = is_server ?
        qio_channel_tls_new_server(connection, creds, name, errp) :
        qio_channel_tls_new_client(connection, creds, name, errp);
    return tls ? QIO_CHANNEL(tls) : NULL;
}

QIOChannel *layer_new_websock(QIOChannel *connection, bool is_server,
                              const char *host, Error **errp)
{
    QIOChannelWebsock *websock;

    if (qio_channel_set_blocking(connection, false, errp) == -1) {
        return NULL;
    }
    websock = is_server ?
        qio_channel_websock_new_server(connection) :
        qio_channel_websock_new_client(connection, host, NULL, NULL, errp);
    return websock ? QIO_CHANNEL(websock) : NULL;
}

bool layer_is_tls(QIOChannel *ioc)
{
    return object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_TLS);
}

bool layer_is_websock(QIOChannel *ioc)
{
    return object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_WEBSOCK);
}

void layer_handshake(QIOChannel *layer, QIOTaskFunc func, void *opaque,
                     GDestroyNotify destroy)
{
    if (layer_is_tls(layer)) {
        qio_channel_tls_handshake(QIO_CHANNEL_TLS(layer), func, opaque, destroy,
                                  NULL);
    } else {
        qio_channel_websock_handshake(QIO_CHANNEL_WEBSOCK(layer), func, opaque,
                                      destroy);
    }
}

/* Whether a read failed because the peer has nothing more to send, and no other. */
static bool is_proper_end(const Error *error)
{
    const char *text = error_get_pretty(error);

    return g_str_equal(text, CLOSED) || g_str_equal(text, CLOSED_NORMALLY) ||
           g_str_has_prefix(text, CLOSED_NORMALLY ": ");
}

static ssize_t read_websock(QIOChannel *ioc, char *buffer, size_t size,
                            Error **errp)
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

ssize_t layer_read(QIOChannel *ioc, char *buffer, size_t size, Error **errp)
{
    return layer_is_websock(ioc) ? read_websock(ioc, buffer, size, errp) :
                                   qio_channel_read(ioc, buffer, size, errp);
}
