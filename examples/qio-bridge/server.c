/*
 * qio-bridge: the listeners and all connections.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"

#include "../common/place.h"
#include "io/net-listener.h"
#include "log.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "server.h"

/* How many clients may wait at each socket. */
#define BACKLOG 128

/* How often to say that clients have to wait, in microseconds. */
#define FULL_INTERVAL (60 * G_USEC_PER_SEC)

/* One --listen option, or one inherited socket. */
typedef struct {
    Server *server;
    const Endpoint *endpoint;
    QIONetListener *listener;
} Listener;

struct Server {
    const ConnectionConfig *config;
    GPtrArray *listeners; /* of Listener */
    GQueue connections;
    guint clients; /* also those of whom something is left */
    guint64 last_id;
    bool is_full;
    gint64 last_full; /* when that was logged */
    void (*on_stopped)(void *opaque); /* NULL while the server listens */
    void *opaque;
    guint timer;
    guint end_source;
};

static void listener_free(gpointer opaque)
{
    Listener *listener = opaque;

    qio_net_listener_set_client_func(listener->listener, NULL, NULL, NULL);
    qio_net_listener_disconnect(listener->listener);
    object_unref(OBJECT(listener->listener));
    g_free(listener);
}

Server *server_new(const ConnectionConfig *config)
{
    Server *server = g_new0(Server, 1);

    server->config = config;
    server->listeners = g_ptr_array_new_with_free_func(listener_free);
    g_queue_init(&server->connections);
    return server;
}

/* Clients */

static gboolean on_stop_done(gpointer opaque)
{
    Server *server = opaque;

    server->end_source = 0;
    server->on_stopped(server->opaque);
    return G_SOURCE_REMOVE;
}

/* To be called when something that the end waits for is gone. */
static void check_stopped(void *opaque)
{
    Server *server = opaque;

    if (server->on_stopped && g_queue_is_empty(&server->connections) &&
        child_count_ending() == 0 && !server->end_source) {
        server->end_source = g_idle_add(on_stop_done, server);
    }
}

static void accept_clients(Server *server);

static void on_closed(Connection *connection, void *opaque)
{
    Server *server = opaque;

    g_queue_remove(&server->connections, connection);
    check_stopped(server);
}

static void on_freed(void *opaque)
{
    Server *server = opaque;

    server->clients--;
    if (server->is_full) {
        server->is_full = false;
        accept_clients(server);
    }
}

/* Lets clients wait; the kernel's queues hold them. */
static void refuse_clients(Server *server)
{
    for (guint i = 0; i < server->listeners->len; i++) {
        Listener *listener = server->listeners->pdata[i];

        qio_net_listener_set_client_func(listener->listener, NULL, NULL, NULL);
    }
}

static void log_full(Server *server)
{
    gint64 now = g_get_monotonic_time();

    if (!server->last_full || now - server->last_full >= FULL_INTERVAL) {
        server->last_full = now;
        log_problem("there are %d clients: further ones wait",
                    server->config->options->max_clients);
    }
}

static char *describe_listener(const Listener *listener, QIOChannelSocket *socket)
{
    g_autoptr(SocketAddress) address =
        qio_channel_socket_get_local_address(socket, NULL);

    /* The own end of a client's Unix socket has the path of the listener. */
    return address ? endpoint_describe(listener->endpoint, address) :
                     g_strdup(listener->endpoint->text);
}

static const ConnectionEvents events = {
    .on_closed = on_closed,
    .on_freed = on_freed,
};

static void on_client(G_GNUC_UNUSED QIONetListener *net_listener,
                      QIOChannelSocket *socket, gpointer opaque)
{
    Listener *listener = opaque;
    Server *server = listener->server;
    g_autofree char *name = describe_listener(listener, socket);
    Connection *connection = connection_new(server->config, ++server->last_id,
                                            listener->endpoint, name, &events,
                                            server);
    guint limit = server->config->options->max_clients;

    g_queue_push_tail(&server->connections, connection);
    if (++server->clients == limit) {
        server->is_full = true;
        refuse_clients(server);
        log_full(server);
    }
    connection_start(connection, socket);
}

static void accept_clients(Server *server)
{
    for (guint i = 0; i < server->listeners->len; i++) {
        Listener *listener = server->listeners->pdata[i];

        qio_net_listener_set_client_func(listener->listener, on_client, listener,
                                         NULL);
    }
}

static void announce(const Listener *listener)
{
    size_t count = qio_net_listener_nsioc(listener->listener);

    for (size_t i = 0; i < count; i++) {
        QIOChannelSocket *socket = qio_net_listener_sioc(listener->listener, i);
        g_autofree char *name = describe_listener(listener, socket);

        log_info("listening on %s", name);
    }
}

void server_start(Server *server)
{
    for (guint i = 0; i < server->listeners->len; i++) {
        announce(server->listeners->pdata[i]);
    }
    accept_clients(server);
}

const GList *server_connections(const Server *server)
{
    return server->connections.head;
}

/* Listening */

static Listener *add_listener(Server *server, const Endpoint *endpoint)
{
    Listener *listener = g_new0(Listener, 1);

    listener->server = server;
    listener->endpoint = endpoint;
    listener->listener = qio_net_listener_new();
    g_ptr_array_add(server->listeners, listener);
    return listener;
}

/* A client may be gone before it is accepted: that must not block the loop. */
static bool make_non_blocking(const Listener *listener, Error **errp)
{
    size_t count = qio_net_listener_nsioc(listener->listener);

    for (size_t i = 0; i < count; i++) {
        QIOChannelSocket *socket = qio_net_listener_sioc(listener->listener, i);

        if (qio_channel_set_blocking(QIO_CHANNEL(socket), false, errp) == -1) {
            return false;
        }
    }
    return true;
}

bool server_listen(Server *server, const Endpoint *endpoint, Error **errp)
{
    Listener *listener = add_listener(server, endpoint);

    if (!place_is_free(endpoint->address, errp) ||
        qio_net_listener_open_sync(listener->listener, endpoint->address, BACKLOG,
                                   errp) == -1 ||
        !make_non_blocking(listener, errp)) {
        error_prepend(errp, "--listen '%s': ", endpoint->text);
        return false;
    }
    return true;
}

bool server_adopt(Server *server, const Endpoint *endpoint, int fd, Error **errp)
{
    Listener *listener = add_listener(server, endpoint);
    g_autoptr(QIOChannelSocket) socket = qio_channel_socket_new_fd(fd, errp);

    if (socket) {
        qio_net_listener_add(listener->listener, socket);
    }
    if (!socket || !make_non_blocking(listener, errp)) {
        error_prepend(errp, "inherited descriptor %d: ", fd);
        return false;
    }
    return true;
}

/* Stopping */

static gboolean on_drain_timeout(gpointer opaque)
{
    Server *server = opaque;

    server->timer = 0;
    server_cut(server, "the program stops");
    child_kill_ending();
    return G_SOURCE_REMOVE;
}

void server_stop(Server *server, void (*on_stopped)(void *opaque), void *opaque)
{
    server->on_stopped = on_stopped;
    server->opaque = opaque;
    server->is_full = false;
    g_ptr_array_set_size(server->listeners, 0);
    server->timer = g_timeout_add_seconds(server->config->options->drain_timeout,
                                          on_drain_timeout, server);
    child_on_gone(check_stopped, server);
    check_stopped(server);
}

void server_cut(Server *server, const char *reason)
{
    GList *item = server->connections.head;

    while (item) {
        /* It leaves the list meanwhile. */
        GList *next = item->next;

        connection_abort(item->data, reason);
        item = next;
    }
}

void server_free(Server *server)
{
    child_on_gone(NULL, NULL);
    g_clear_handle_id(&server->timer, g_source_remove);
    g_clear_handle_id(&server->end_source, g_source_remove);
    g_ptr_array_unref(server->listeners);
    g_free(server);
}
