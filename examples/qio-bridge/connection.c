/*
 * qio-bridge: a client, the target, and what is between them.
 *
 * A connection is a chain of steps on the default main context. Each step starts
 * something and names the function that goes on when it is done; a timer ends the
 * connection if that takes too long. Steps that cannot be cancelled hold a reference, and
 * find the connection closed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/layer.h"
#include "connection.h"
#include "log.h"
#include "peer.h"
#include "qapi/error.h"
#include "qom/object.h"

/* A reference. The last one frees the memory, when both links are closed. */

static Connection *hold(Connection *connection)
{
    return g_rc_box_acquire(connection);
}

static void free_contents(gpointer data)
{
    Connection *connection = data;

    g_free(connection->peer);
    g_free(connection->listener);
    g_free(connection->abort_reason);
}

static void let_go(gpointer connection)
{
    g_rc_box_release_full(connection, free_contents);
}

/* The end */

static void log_end(const Connection *connection, const char *reason)
{
    double seconds = (g_get_monotonic_time() - connection->start_time) / 1e6;

    log_info("connection %" G_GUINT64_FORMAT " closed: peer=%s"
             " to-target=%" G_GUINT64_FORMAT " to-client=%" G_GUINT64_FORMAT
             " duration=%.3fs reason=%s", connection->id, connection->peer,
             connection->to_target, connection->to_client, seconds, reason);
}

static void close_child(Connection *connection, bool may_finish)
{
    if (connection->child) {
        child_end(g_steal_pointer(&connection->child), may_finish);
    }
}

static void finish(Connection *connection)
{
    connection->state = CONNECTION_CLOSED;
    close_child(connection, true);
    connection->on_closed(connection, connection->opaque);
    let_go(connection);
}

/* Ends everything but the links. */
static void stop(Connection *connection, const char *reason)
{
    log_end(connection, reason);
    connection->state = CONNECTION_CLOSING;
    g_clear_handle_id(&connection->timer, g_source_remove);
    pump_stop(&connection->pump);
}

/* Ends everything at once. */
static void cut(Connection *connection, const char *reason)
{
    if (connection->state != CONNECTION_CLOSING) {
        stop(connection, reason);
    }
    link_drop(&connection->client);
    link_drop(&connection->target);
    close_child(connection, false);
    finish(connection);
}

void connection_abort(Connection *connection, const char *reason)
{
    if (connection->state == CONNECTION_WEB) {
        /* That ends the request, which then calls back. */
        g_free(connection->abort_reason);
        connection->abort_reason = g_strdup(reason);
        qio_channel_shutdown(QIO_CHANNEL(connection->client.socket),
                             QIO_CHANNEL_SHUTDOWN_BOTH, NULL);
    } else if (connection->state != CONNECTION_CLOSED) {
        cut(connection, reason);
    }
}

static void abort_with(Connection *connection, const char *what, Error *error)
{
    g_autofree char *reason = g_strdup_printf("%s: %s", what,
                                              error_get_pretty(error));

    error_free(error);
    connection_abort(connection, reason);
}

static void on_link_closed(void *opaque)
{
    Connection *connection = opaque;

    if (--connection->open_links == 0) {
        finish(connection);
    }
}

/* Lets both sides have what they are still to get. */
static void close_links(Connection *connection)
{
    bool target_has_all = connection->pump.to_target.is_complete;
    bool client_has_all = connection->pump.to_client.is_complete;

    connection->open_links = 2;
    link_close(&connection->target, target_has_all, on_link_closed, connection);
    link_close(&connection->client, client_has_all, on_link_closed, connection);
}

/* Time */

static gboolean on_step_timeout(gpointer opaque)
{
    Connection *connection = opaque;
    g_autofree char *reason =
        g_strdup_printf("no %s within %d s", connection_state_name(connection),
                        connection->config->options->handshake_timeout);

    connection->timer = 0;
    connection_abort(connection, reason);
    return G_SOURCE_REMOVE;
}

/* Enters a state in which the connection must not stay for long. */
static void start_step(Connection *connection, ConnectionState state)
{
    connection->state = state;
    g_clear_handle_id(&connection->timer, g_source_remove);
    connection->timer = g_timeout_add_seconds(
        connection->config->options->handshake_timeout, on_step_timeout,
        connection);
}

/* Microseconds. */
static gint64 idle_limit(const Connection *connection)
{
    return (gint64)connection->config->options->idle_timeout * G_USEC_PER_SEC;
}

static gboolean on_idle_timeout(gpointer opaque);

/* Looks again when the connection can have been idle for long enough. */
static void start_idle_timer(Connection *connection)
{
    gint64 limit = idle_limit(connection);
    gint64 idle = g_get_monotonic_time() - connection->pump.last_activity;
    guint left = MIN((limit - idle) / 1000 + 1, G_MAXINT);

    connection->timer = g_timeout_add(left, on_idle_timeout, connection);
}

static gboolean on_idle_timeout(gpointer opaque)
{
    Connection *connection = opaque;
    gint64 idle = g_get_monotonic_time() - connection->pump.last_activity;
    g_autofree char *reason =
        g_strdup_printf("idle for %d s", connection->config->options->idle_timeout);

    connection->timer = 0;
    if (idle >= idle_limit(connection)) {
        connection_abort(connection, reason);
    } else {
        start_idle_timer(connection);
    }
    return G_SOURCE_REMOVE;
}

/* Steps, the last one first */

static void on_pump_end(void *opaque)
{
    Connection *connection = opaque;
    g_autofree char *reason = g_strdup(connection->pump.reason);

    stop(connection, reason);
    close_links(connection);
}

static void start_pump(Connection *connection)
{
    connection->state = CONNECTION_OPEN;
    g_clear_handle_id(&connection->timer, g_source_remove);
    pump_start(&connection->pump, &connection->client, &connection->to_client,
               &connection->target, &connection->to_target, on_pump_end,
               connection);
    if (connection->config->options->idle_timeout) {
        start_idle_timer(connection);
    }
}

static void on_handshake(QIOTask *task, gpointer opaque);

static void shake_hands(Connection *connection, Link *link, QIOChannel *layer,
                        ConnectionState state)
{
    start_step(connection, state);
    link_add_layer(link, layer);
    layer_handshake(layer, on_handshake, hold(connection), let_go);
}

static void start_target_websock(Connection *connection)
{
    const Endpoint *target = connection->config->options->target;
    const char *host = target->authority ? target->authority : "localhost";
    Error *error = NULL;
    QIOChannel *layer;

    if (!target->has_frames) {
        start_pump(connection);
        return;
    }
    layer = layer_new_websock(connection->target.ioc, false, host, &error);
    if (!layer) {
        abort_with(connection, "target", error);
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
        abort_with(connection, "target", error);
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
        abort_with(connection, "target", error);
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
        abort_with(connection, "target", error);
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
        abort_with(connection, "target", error);
    }
}

static void connect_target(Connection *connection)
{
    const Endpoint *target = connection->config->options->target;
    g_autoptr(QIOChannelSocket) socket = NULL;

    start_step(connection, CONNECTION_CONNECTING);
    if (target->command) {
        start_command(connection);
        return;
    }
    socket = qio_channel_socket_new();
    qio_channel_socket_connect_async(socket, target->address, on_connected,
                                     hold(connection), let_go, NULL);
}

/* Takes the reference to what the request was read from, if it is for WebSocket. */
static void use_request(Connection *connection, QIOChannel *channel,
                        const char *served)
{
    Error *error = NULL;
    QIOChannel *layer;

    if (!channel) {
        cut(connection, served);
        return;
    }
    link_add_layer(&connection->client, channel);
    if (connection->abort_reason) {
        cut(connection, connection->abort_reason);
        return;
    }
    layer = layer_new_websock(channel, true, NULL, &error);
    if (!layer) {
        abort_with(connection, "client", error);
        return;
    }
    shake_hands(connection, &connection->client, layer, CONNECTION_WEBSOCK);
}

static void on_request(QIOChannel *channel, const char *served, void *opaque)
{
    Connection *connection = opaque;
    const char *reason = connection->abort_reason;

    use_request(connection, channel, reason ? reason : served);
    let_go(connection);
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
               hold(connection));
}

static void start_client_tls(Connection *connection)
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
        abort_with(connection, "client", error);
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
        start_pump(connection);
        break;
    default:
        g_assert_not_reached();
    }
}

static void on_handshake(QIOTask *task, gpointer opaque)
{
    Connection *connection = opaque;
    Error *error = NULL;

    if (qio_task_propagate_error(task, &error)) {
        abort_with(connection, connection_state_name(connection), error);
    } else {
        advance(connection);
    }
}

Connection *connection_new(const ConnectionConfig *config, guint64 id,
                           const Endpoint *endpoint, const char *listener,
                           void (*on_closed)(Connection *connection, void *opaque),
                           void *opaque)
{
    Connection *connection = g_rc_box_new0(Connection);

    connection->id = id;
    connection->listener = g_strdup(listener);
    connection->start_time = g_get_monotonic_time();
    connection->config = config;
    connection->endpoint = endpoint;
    connection->on_closed = on_closed;
    connection->opaque = opaque;
    return connection;
}

void connection_start(Connection *connection, QIOChannelSocket *socket)
{
    Error *error = NULL;

    connection->peer = peer_describe(socket);
    log_info("connection %" G_GUINT64_FORMAT " accepted: peer=%s listener=%s",
             connection->id, connection->peer, connection->listener);
    object_ref(OBJECT(socket));
    if (link_start(&connection->client, socket, &error)) {
        start_client_tls(connection);
    } else {
        abort_with(connection, "client", error);
    }
}

void connection_count_reply(size_t size, void *opaque)
{
    Connection *connection = opaque;

    connection->to_client += size;
}

const char *connection_state_name(const Connection *connection)
{
    static const char *const names[] = {
        [CONNECTION_TLS] = "TLS",
        [CONNECTION_WEB] = "HTTP",
        [CONNECTION_WEBSOCK] = "WebSocket",
        [CONNECTION_CONNECTING] = "connecting",
        [CONNECTION_TARGET_TLS] = "target TLS",
        [CONNECTION_TARGET_WEBSOCK] = "target WebSocket",
        [CONNECTION_OPEN] = "open",
        [CONNECTION_CLOSING] = "closing",
        [CONNECTION_CLOSED] = "closed",
    };

    return names[connection->state];
}
