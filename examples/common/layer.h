/*
 * What can be around a connection: TLS, WebSocket, or WebSocket over TLS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EXAMPLES_LAYER_H
#define EXAMPLES_LAYER_H

#include "crypto/tlscreds.h"
#include "io/channel.h"
#include "io/task.h"

/*
 * TLS over a connection, which becomes non-blocking. `name` is whose certificate a
 * client wants to see, and for a server the id of the object that decides which
 * clients may enter; it may be NULL.
 */
QIOChannel *layer_new_tls(QIOChannel *connection, QCryptoTLSCreds *creds,
                          bool is_server, const char *name, Error **errp);

/*
 * WebSocket over a connection, which becomes non-blocking. A client says that it
 * wants `host`.
 */
QIOChannel *layer_new_websock(QIOChannel *connection, bool is_server,
                              const char *host, Error **errp);

/* What kind of layer the channel is, if any. */
bool layer_is_tls(QIOChannel *ioc);
bool layer_is_websock(QIOChannel *ioc);

/*
 * Starts the handshake of a layer. `func` is called when it is over, for TLS
 * possibly before this returns.
 */
void layer_handshake(QIOChannel *layer, QIOTaskFunc func, void *opaque,
                     GDestroyNotify destroy);

/*
 * Reads like qio_channel_read(), also from what is no layer. The end of WebSocket is
 * that the peer has said so; a connection that ends without that is an error.
 */
ssize_t layer_read(QIOChannel *ioc, char *buffer, size_t size, Error **errp);

#endif
