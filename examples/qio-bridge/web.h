/*
 * qio-bridge: HTTP at the listeners for WebSocket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_WEB_H
#define QIO_BRIDGE_WEB_H

#include "io/channel.h"

/* A server of static files. */
typedef struct Web Web;

/*
 * Called once for each connection, from the default main context. For a client that
 * asks for WebSocket, `channel` (transfer full) gives its request back to whoever
 * reads, with a path that the library's handshake takes. For any other one `channel`
 * is NULL, and `served` says what became of it, in words for a log; there is nothing
 * left to do but to close the transport.
 */
typedef void (*WebReady)(QIOChannel *channel, const char *served, void *opaque);

/*
 * Called as the reply goes out: `size` bytes more. The client is not one for
 * WebSocket then.
 */
typedef void (*WebProgress)(size_t size, void *opaque);

/*
 * Prepares to serve the files of `directory`; none at all if that is NULL. A client has
 * `patience` seconds to send its request; 0 is without limit. `progress` may be NULL.
 */
Web *web_new(const char *directory, unsigned patience, WebProgress progress,
             Error **errp);

/* To be called when no connection is left. */
void web_free(Web *web);

/*
 * Reads the head of a request and, unless it is for WebSocket, answers it. `transport`
 * is a connection that does not block; it is referenced until `ready` is called.
 * Shutting it down, in both directions, ends all this early.
 */
void web_accept(Web *web, QIOChannel *transport, WebReady ready, void *opaque);

#endif
