/*
 * qio-bridge: the listeners and all connections.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_SERVER_H
#define QIO_BRIDGE_SERVER_H

#include "connection.h"

typedef struct Server Server;

/* A server that does not listen yet. `config` outlives it. */
Server *server_new(const ConnectionConfig *config);

/* Listens at an address. */
bool server_listen(Server *server, const Endpoint *endpoint, Error **errp);

/* Takes over a socket that listens, with the layers of `endpoint`. */
bool server_adopt(Server *server, const Endpoint *endpoint, int fd, Error **errp);

/* Starts to serve clients, and says where. */
void server_start(Server *server);

/* The connections there are, oldest first: Connection. */
const GList *server_connections(const Server *server);

/*
 * Stops listening and calls `on_stopped`, from the main loop, when all connections have
 * ended. Those that have not when the time for that is up are cut.
 */
void server_stop(Server *server, void (*on_stopped)(void *opaque), void *opaque);

/* Cuts all connections. */
void server_cut(Server *server, const char *reason);

/* For a server without connections. */
void server_free(Server *server);

#endif
