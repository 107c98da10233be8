/*
 * qio-bridge: a client, the target, and what is between them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_CONNECTION_H
#define QIO_BRIDGE_CONNECTION_H

#include "child.h"
#include "link.h"
#include "options.h"
#include "pump.h"
#include "security.h"
#include "web.h"

/* How far a connection is, in this order, some steps left out. */
typedef enum {
    CONNECTION_TLS,            /* shaking hands with the client */
    CONNECTION_WEB,            /* reading a request, and maybe answering it */
    CONNECTION_WEBSOCK,        /* shaking hands with the client */
    CONNECTION_CONNECTING,
    CONNECTION_TARGET_TLS,     /* shaking hands with the target */
    CONNECTION_TARGET_WEBSOCK,
    CONNECTION_OPEN,
    CONNECTION_CLOSING,        /* delivering the rest */
    CONNECTION_CLOSED,
} ConnectionState;

/* What all connections share. */
typedef struct {
    const Options *options;
    const Security *security;
    Web *web; /* NULL if no listener speaks WebSocket */
} ConnectionConfig;

typedef struct Connection Connection;

/* What is called in the middle of any function of this file. */
typedef struct {
    /* Everything is over: the caller gives the connection up. */
    void (*on_closed)(Connection *connection, void *opaque);
    /*
     * Nothing is left of a connection. That can be later: connecting to a target cannot
     * be interrupted, and costs a thread and a descriptor.
     */
    void (*on_freed)(void *opaque);
} ConnectionEvents;

struct Connection {
    /* For everybody to read. */
    guint64 id;
    char *peer;     /* who the client is */
    char *listener; /* the ADDRESS it came to */
    ConnectionState state;
    gint64 start_time; /* monotonic */
    guint64 to_target; /* bytes that the target has taken */
    guint64 to_client;
    /* Private. */
    const ConnectionConfig *config;
    const Endpoint *endpoint;
    Link client;
    Link target;
    Child *child;
    Pump pump;
    guint timer;
    guint open_links;
    char *abort_reason; /* of one that is to end when its request has ended */
    const ConnectionEvents *events;
    void *opaque;
};

/*
 * For a client that has come to a listener with the layers of `endpoint`, which outlives
 * the connection, as `events` do; `listener` is copied.
 */
Connection *connection_new(const ConnectionConfig *config, guint64 id,
                           const Endpoint *endpoint, const char *listener,
                           const ConnectionEvents *events, void *opaque);

/* Serves the client, of which it takes a reference. */
void connection_start(Connection *connection, QIOChannelSocket *socket);

/* Counts what was sent to a web client; for web_new(). */
void connection_count_reply(size_t size, void *opaque);

/* Ends the connection at once. */
void connection_abort(Connection *connection, const char *reason);

/* The state in a word or two. */
const char *connection_state_name(const Connection *connection);

#endif
