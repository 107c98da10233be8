/*
 * qio-copy: WebSocket over a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_COPY_WEBSOCK_H
#define QIO_COPY_WEBSOCK_H

#include "io/channel.h"

/*
 * Shakes hands over a connection and returns the channel for what goes into
 * frames, which does not block. A client says that it wants `host`.
 */
QIOChannel *websock_start(QIOChannel *connection, bool is_server,
                          const char *host, Error **errp);

/*
 * Sends what was not sent yet and closes the connection. A peer that has got
 * everything is told so, and gets time to read it; otherwise it is to notice that
 * there is something missing.
 */
bool websock_close(QIOChannel *ioc, bool is_complete, Error **errp);

#endif
