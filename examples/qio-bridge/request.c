/*
 * qio-bridge: one connection of a web client.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "qapi/error.h"
#include "qom/object.h"
#include "request.h"

void request_watch(Request *request, GIOCondition condition,
                   QIOChannelFunc function)
{
    if (request->watch) {
        g_source_destroy(request->watch);
        g_source_unref(request->watch);
    }
    request->watch = function ?
        qio_channel_add_watch_source(request->transport, condition, function, request,
                                     NULL, NULL) :
        NULL;
}

void request_set_timer(Request *request, unsigned seconds, GSourceFunc function)
{
    g_clear_handle_id(&request->timer, g_source_remove);
    if (seconds) {
        request->timer = g_timeout_add_seconds(seconds, function, request);
    }
}

static void drop_file(Request *request)
{
    if (request->file) {
        object_unref(OBJECT(request->file));
        request->file = NULL;
    }
}

void request_finish(Request *request, QIOChannel *channel, const char *served)
{
    WebReady ready = request->ready;
    void *opaque = request->opaque;
    g_autofree char *kept = g_strdup(served);

    request_watch(request, 0, NULL);
    request_set_timer(request, 0, NULL);
    drop_file(request);
    object_unref(OBJECT(request->transport));
    g_free(request->served);
    g_free(request->buffer);
    g_free(request);
    ready(channel, kept, opaque);
}

gboolean request_give_up(Request *request, const char *reason)
{
    g_autofree char *text =
        request->served ? g_strdup_printf("%s (%s)", request->served, reason) :
                          g_strdup(reason);

    request_finish(request, NULL, text);
    return G_SOURCE_REMOVE;
}

gboolean request_give_up_with(Request *request, Error *error)
{
    gboolean result = request_give_up(request, error_get_pretty(error));

    error_free(error);
    return result;
}
