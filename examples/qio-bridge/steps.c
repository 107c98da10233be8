/*
 * qio-bridge: the way from a client that was accepted to an open connection.
 *
 * It is a chain of steps on the default main context. Each step starts something and
 * names the function that goes on when it is done; a timer ends the connection if that
 * takes too long. Steps that cannot be cancelled hold a reference, and find the
 * connection closed. The last step stands first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/layer.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "steps.h"

static void on_handshake(QIOTask *task, gpointer opaque);

static void shake_hands(Connection *connection, Link *link, QIOChannel *layer,
                        ConnectionState state)
{
    connection_enter(connection, state);
    link_add_layer(link, layer);
    layer_handshake(layer, on_handshake, connection_hold(connection),
                    connection_let_go);
}

static void start_target_websock(Connection *connection)
{
    const Endpoint *target = connection->config->options->target;
    const char *host = target->authority ? target->authority : "localhost";
    Error *error = NULL;
    QIOChannel *layer;

    if (!target->has_frames) {
        connection_open(connection);
        return;
    }
    layer = layer_new_websock(connection->target.ioc, false, host, &error);
    if (!layer) {
        connection_fail(connection, "target", error);
        return;
    }
    shake_hands(connection, &connection->target, layer, CONNECTION_TARGET_WEBSOCK);
}

static void start_target_tls(Connection *connection)
{
    const Options *options = connection->config->options;
    const char *hostname = options->target_tls_hostname ?
        options->target_tls_hostname : options->target->host;
    Error *error = NULL;
    QIOChannel *layer;

    if (!options->target->has_tls) {
        start_target_websock(connection);
        return;
    }
    layer = layer_new_tls(connection->target.ioc,
                          connection->config->security->client, false, hostname,
                          &error);
    if (!layer) {
        connection_fail(connection, "target", error);
        return;
    }
    shake_hands(connection, &connection->target, layer, CONNECTION_TARGET_TLS);
}

/* Takes the reference to the socket. */
static void use_target(Connection *connection, QIOChannelSocket *socket)
{
    Error *error = NULL;

    if (link_start(&connection->target, socket, &error)) {
        start_target_tls(connection);
    } else {
        connection_fail(connection, "target", error);
    }
}

static void on_connected(QIOTask *task, gpointer opaque)
{
    Connection *connection = opaque;
    Error *error = NULL;

    if (connection->state == CONNECTION_CLOSED) {
        return;
    }
    if (qio_task_propagate_error(task, &error)) {
        connection_fail(connection, "target", error);
        return;
    }
    use_target(connection, QIO_CHANNEL_SOCKET(object_ref(qio_task_get_source(task))));
}

static void start_command(Connection *connection)
{
    QIOChannelSocket *socket;
    Error *error = NULL;

    connection->child = child_start(connection->config->options->target->command,
                                    connection->id, &socket, &error);
    if (connection->child) {
        use_target(connection, socket);
    } else {
        connection_fail(connection, "target", error);
    }
}

static void connect_target(Connection *connection)
{
    const Endpoint *target = connection->config->options->target;
    g_autoptr(QIOChannelSocket) socket = NULL;

    connection_enter(connection, CONNECTION_CONNECTING);
    if (target->command) {
        start_command(connection);
        return;
    }
    socket = qio_channel_socket_new();
    qio_channel_socket_connect_async(socket, target->address, on_connected,
                                     connection_hold(connection),
                                     connection_let_go, NULL);
}

/* Takes the reference to what the request was read from, if it is for WebSocket. */
static void use_request(Connection *connection, QIOChannel *channel,
                        const char *served)
{
    Error *error = NULL;
    QIOChannel *layer;

    if (!channel) {
        connection_cut(connection, served);
        return;
    }
    link_add_layer(&connection->client, channel);
    if (connection->abort_reason) {
        connection_cut(connection, connection->abort_reason);
        return;
    }
    connection_enter(connection, CONNECTION_WEBSOCK);
    layer = layer_new_websock(channel, true, NULL, &error);
    if (!layer) {
        connection_fail(connection, "client", error);
        return;
    }
    shake_hands(connection, &connection->client, layer, CONNECTION_WEBSOCK);
}

static void on_request(QIOChannel *channel, const char *served, void *opaque)
{
    Connection *connection = opaque;
    const char *reason = connection->abort_reason;

    use_request(connection, channel, reason ? reason : served);
    connection_let_go(connection);
}

static void read_request(Connection *connection)
{
    if (!connection->endpoint->has_frames) {
        connect_target(connection);
        return;
    }
    /* This has time limits of its own. */
    g_clear_handle_id(&connection->timer, g_source_remove);
    connection->state = CONNECTION_WEB;
    web_accept(connection->config->web, connection->client.ioc, on_request,
               connection_hold(connection));
}

void steps_start(Connection *connection)
{
    const Security *security = connection->config->security;
    Error *error = NULL;
    QIOChannel *layer;

    if (!connection->endpoint->has_tls) {
        read_request(connection);
        return;
    }
    layer = layer_new_tls(connection->client.ioc, security->server, true,
                          security->authz, &error);
    if (!layer) {
        connection_fail(connection, "client", error);
        return;
    }
    shake_hands(connection, &connection->client, layer, CONNECTION_TLS);
}

/* What comes after each handshake. */
static void advance(Connection *connection)
{
    switch (connection->state) {
    case CONNECTION_TLS:
        read_request(connection);
        break;
    case CONNECTION_WEBSOCK:
        connect_target(connection);
        break;
    case CONNECTION_TARGET_TLS:
        start_target_websock(connection);
        break;
    case CONNECTION_TARGET_WEBSOCK:
        connection_open(connection);
        break;
    default:
        g_assert_not_reached();
    }
}

static void on_handshake(QIOTask *task, gpointer opaque)
{
    Connection *connection = opaque;
    Error *error = NULL;

    if (connection->state == CONNECTION_CLOSED) {
        return;
    }
    if (qio_task_propagate_error(task, &error)) {
        connection_fail(connection, connection_state_name(connection), error);
    } else {
        advance(connection);
    }
}
