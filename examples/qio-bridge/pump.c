/*
 * qio-bridge: moving the bytes, both ways.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/layer.h"
#include "pump.h"
#include "qapi/error.h"

#define BUFFER_SIZE (64 * 1024)

/*
 * A flow reads into one buffer that all of them share, as they do so one after the
 * other. Only what the destination does not take at once gets memory of its own.
 */
static char shared_buffer[BUFFER_SIZE];

static gboolean on_readable(QIOChannel *ioc, GIOCondition condition,
                            gpointer opaque);
static gboolean on_writable(QIOChannel *ioc, GIOCondition condition,
                            gpointer opaque);
static gboolean on_gone(QIOChannel *ioc, GIOCondition condition, gpointer opaque);

/* A closed socket shows as HUP or ERR alone, and reading or writing tells more. */

static void watch_source(Flow *flow)
{
    flow->watch = qio_channel_add_watch(flow->from->ioc,
                                        G_IO_IN | G_IO_HUP | G_IO_ERR,
                                        on_readable, flow, NULL);
}

static void watch_destination(Flow *flow)
{
    flow->watch = qio_channel_add_watch(flow->to->ioc,
                                        G_IO_OUT | G_IO_HUP | G_IO_ERR,
                                        on_writable, flow, NULL);
}

/* Nothing comes from there any more, but the peer may still go away. */
static void watch_for_loss(Flow *flow)
{
    flow->watch = qio_channel_add_watch(QIO_CHANNEL(flow->from->socket),
                                        G_IO_HUP | G_IO_ERR, on_gone, flow, NULL);
}

static const char *name_of(const Flow *flow, const Link *link)
{
    return link == flow->pump->to_target.from ? "client" : "target";
}

static Flow *opposite(Flow *flow)
{
    Pump *pump = flow->pump;

    return flow == &pump->to_target ? &pump->to_client : &pump->to_target;
}

/* Notes why it all ends; the first reason counts. */
static void note_reason(Pump *pump, char *reason)
{
    if (pump->reason) {
        g_free(reason);
    } else {
        pump->reason = reason;
    }
}

static void note_error(Flow *flow, const Link *link, Error *error)
{
    note_reason(flow->pump, g_strdup_printf("%s: %s", name_of(flow, link),
                                            error_get_pretty(error)));
    error_free(error);
}

static gboolean on_end(gpointer opaque)
{
    Pump *pump = opaque;

    pump->end_source = 0;
    pump->on_end(pump->opaque);
    return G_SOURCE_REMOVE;
}

/*
 * The end of a flow, of which what is pending is dropped. Its own watch callback
 * calls this with the watch's number cleared.
 */
static void end_flow(Flow *flow)
{
    Pump *pump = flow->pump;

    flow->is_over = true;
    g_clear_handle_id(&flow->watch, g_source_remove);
    g_clear_pointer(&flow->pending, g_free);
    if (opposite(flow)->is_over && !pump->end_source) {
        /* Not from here: callers still look at the pump. */
        pump->end_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_end, pump, NULL);
    }
}

/* Ends a flow whose source nobody needs, when it has delivered what it holds. */
static void wind_up(Flow *flow)
{
    if (flow->is_over) {
        return;
    }
    flow->is_winding_up = true;
    if (!flow->pending) {
        end_flow(flow);
    }
}

/* The source has ended, and the destination has taken everything. */
static void complete_flow(Flow *flow)
{
    Flow *other = opposite(flow);

    flow->is_complete = true;
    end_flow(flow);
    if (flow->from->has_frames) {
        /* Who closes WebSocket does not listen either. */
        end_flow(other);
    } else if (flow->to->has_frames) {
        /* Its end can only be told by closing it both ways. */
        wind_up(other);
    } else {
        link_end_output(flow->to);
        if (!other->is_over) {
            watch_for_loss(flow);
        }
    }
}

/* The source has broken. */
static void fail_reading(Flow *flow, Error *error)
{
    note_error(flow, flow->from, error);
    end_flow(flow);
    if (!opposite(flow)->is_over) {
        end_flow(opposite(flow));
    }
}

/* The destination has broken; but what it has sent may not all have been read. */
static void fail_writing(Flow *flow, Error *error)
{
    note_error(flow, flow->to, error);
    end_flow(flow);
}

/* What the destination takes without blocking; -1 on failure. */
static ssize_t offer(Flow *flow, const char *data, size_t size, Error **errp)
{
    size_t taken = 0;

    while (taken < size) {
        ssize_t written = qio_channel_write(flow->to->ioc, data + taken,
                                            size - taken, errp);

        if (written == QIO_CHANNEL_ERR_BLOCK) {
            break;
        }
        if (written < 0) {
            return -1;
        }
        taken += written;
        *flow->count += written;
    }
    if (taken > 0) {
        flow->pump->last_activity = g_get_monotonic_time();
    }
    return taken;
}

/* Goes on after the destination has taken everything. */
static void resume(Flow *flow)
{
    g_clear_pointer(&flow->pending, g_free);
    if (flow->is_winding_up) {
        end_flow(flow);
    } else {
        watch_source(flow);
    }
}

static gboolean on_writable(G_GNUC_UNUSED QIOChannel *ioc,
                            G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Flow *flow = opaque;
    Error *error = NULL;
    ssize_t taken = offer(flow, flow->pending + flow->start,
                          flow->end - flow->start, &error);

    if (taken != -1) {
        flow->start += taken;
        if (flow->start < flow->end) {
            return G_SOURCE_CONTINUE;
        }
    }
    flow->watch = 0;
    if (taken == -1) {
        fail_writing(flow, error);
    } else {
        resume(flow);
    }
    return G_SOURCE_REMOVE;
}

static void keep(Flow *flow, const char *data, size_t size)
{
    flow->pending = g_memdup2(data, size);
    flow->start = 0;
    flow->end = size;
    watch_destination(flow);
}

/* The watch passes the channel that it polls: below TLS, that of the socket. */
static gboolean on_readable(G_GNUC_UNUSED QIOChannel *ioc,
                            G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Flow *flow = opaque;
    Error *error = NULL;
    ssize_t taken = -1;
    ssize_t got = layer_read(flow->from->ioc, shared_buffer, BUFFER_SIZE, &error);

    if (got == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (got > 0) {
        taken = offer(flow, shared_buffer, got, &error);
        if (taken == got) {
            return G_SOURCE_CONTINUE;
        }
    }
    flow->watch = 0;
    if (got < 0) {
        fail_reading(flow, error);
    } else if (got == 0) {
        note_reason(flow->pump, g_strdup_printf("%s has ended",
                                                name_of(flow, flow->from)));
        complete_flow(flow);
    } else if (taken < 0) {
        fail_writing(flow, error);
    } else {
        keep(flow, shared_buffer + taken, got - taken);
    }
    return G_SOURCE_REMOVE;
}

static gboolean on_gone(G_GNUC_UNUSED QIOChannel *ioc,
                        G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Flow *flow = opaque;

    flow->watch = 0;
    if (!opposite(flow)->is_over) {
        end_flow(opposite(flow));
    }
    return G_SOURCE_REMOVE;
}

void pump_start(Pump *pump, Link *client, guint64 *to_client, Link *target,
                guint64 *to_target, void (*end_func)(void *opaque), void *opaque)
{
    *pump = (Pump){
        .to_target = { .pump = pump, .from = client, .to = target },
        .to_client = { .pump = pump, .from = target, .to = client },
        .last_activity = g_get_monotonic_time(),
        .on_end = end_func,
        .opaque = opaque,
    };
    pump->to_target.count = to_target;
    pump->to_client.count = to_client;
    watch_source(&pump->to_target);
    watch_source(&pump->to_client);
}

static void stop_flow(Flow *flow)
{
    g_clear_handle_id(&flow->watch, g_source_remove);
    g_clear_pointer(&flow->pending, g_free);
}

void pump_stop(Pump *pump)
{
    stop_flow(&pump->to_target);
    stop_flow(&pump->to_client);
    g_clear_handle_id(&pump->end_source, g_source_remove);
    g_clear_pointer(&pump->reason, g_free);
}
