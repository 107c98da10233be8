/*
 * qio-bridge: what an ADDRESS of the command line means.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_ENDPOINT_H
#define QIO_BRIDGE_ENDPOINT_H

#include "qapi/qapi-types-sockets.h"

/* A place to listen at or to connect to, and how to talk there. */
typedef struct {
    char *text;             /* as on the command line */
    SocketAddress *address; /* NULL for a command, and for an inherited socket */
    char *command;          /* of a target; NULL for a socket */
    bool has_tls;
    bool has_frames;        /* WebSocket */
    char *host;             /* of a TCP address without brackets, or NULL */
    char *authority;        /* HOST:PORT as in a URL, or NULL */
} Endpoint;

/* Reads an ADDRESS. The caller frees it. */
Endpoint *endpoint_parse(const char *text, bool is_target, Error **errp);

/* Reads the kind of an inherited socket: tcp, tls, ws or wss. */
Endpoint *endpoint_parse_inherited(const char *scheme, Error **errp);

void endpoint_free(Endpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)

/* An ADDRESS for a socket with this address and the layers of `endpoint`. */
char *endpoint_describe(const Endpoint *endpoint, const SocketAddress *address);

/* HOST:PORT as in a URL. */
char *endpoint_authority(const InetSocketAddress *inet);

#endif
