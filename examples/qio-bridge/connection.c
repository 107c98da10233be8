/*
 * qio-bridge: a client, the target, and what is between them.
 *
 * Its life and its end; steps.c has what lies between them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "connection.h"
#include "log.h"
#include "peer.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "steps.h"

/* A reference. The last one frees the memory, when both links are closed. */

Connection *connection_hold(Connection *connection)
{
    return g_rc_box_acquire(connection);
}

static void free_contents(gpointer data)
{
    Connection *connection = data;

    g_free(connection->peer);
    g_free(connection->listener);
    g_free(connection->abort_reason);
    connection->events->on_freed(connection->opaque);
}

void connection_let_go(gpointer connection)
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
    g_clear_handle_id(&connection->timer, g_source_remove);
    close_child(connection, true);
    connection->events->on_closed(connection, connection->opaque);
    connection_let_go(connection);
}

/* Ends everything but the links. */
static void stop(Connection *connection, const char *reason)
{
    log_end(connection, reason);
    connection->state = CONNECTION_CLOSING;
    g_clear_handle_id(&connection->timer, g_source_remove);
    pump_stop(&connection->pump);
}

void connection_cut(Connection *connection, const char *reason)
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
        connection_cut(connection, reason);
    }
}

void connection_fail(Connection *connection, const char *what, Error *error)
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

void connection_enter(Connection *connection, ConnectionState state)
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
    guint left = CLAMP((limit - idle) / 1000 + 1, 1, G_MAXINT);

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

/* Moving bytes */

static void on_pump_end(void *opaque)
{
    Connection *connection = opaque;
    g_autofree char *reason = g_strdup(connection->pump.reason);

    stop(connection, reason);
    close_links(connection);
    if (connection->config->options->idle_timeout) {
        /* Delivering the rest is not to last for ever either. */
        connection->pump.last_activity = g_get_monotonic_time();
        start_idle_timer(connection);
    }
}

void connection_open(Connection *connection)
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

/* The beginning */

Connection *connection_new(const ConnectionConfig *config, guint64 id,
                           const Endpoint *endpoint, const char *listener,
                           const ConnectionEvents *events, void *opaque)
{
    Connection *connection = g_rc_box_new0(Connection);

    connection->id = id;
    connection->listener = g_strdup(listener);
    connection->start_time = g_get_monotonic_time();
    connection->config = config;
    connection->endpoint = endpoint;
    connection->events = events;
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
        steps_start(connection);
    } else {
        connection_fail(connection, "client", error);
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
