/*
 * qio-bridge: HTTP at the listeners for WebSocket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "files.h"
#include "http.h"
#include "qom/object.h"
#include "reply.h"
#include "replay.h"
#include "request.h"
#include "web.h"

Web *web_new(const char *directory, unsigned patience, WebProgress progress,
             Error **errp)
{
    int root = directory ? files_open_root(directory, errp) : -1;
    Web *web;

    if (directory && root == -1) {
        return NULL;
    }
    web = g_new(Web, 1);
    *web = (Web){ .root = root, .patience = patience, .progress = progress };
    return web;
}

void web_free(Web *web)
{
    if (web->root != -1) {
        close(web->root);
    }
    g_free(web);
}

/* The head of a request */

static gboolean on_patience(gpointer opaque)
{
    Request *request = opaque;

    request->timer = 0;
    reply_refuse(request, HTTP_TIMEOUT);
    return G_SOURCE_REMOVE;
}

/*
 * Gives the connection to those who talk WebSocket. Pages ask for all kinds of paths;
 * the handshake of the library takes the root alone, so that is what it gets to read.
 */
static void hand_over(Request *request, const HttpRequest *http, size_t head_size)
{
    g_autoptr(GString) received = g_string_new(NULL);
    ReplayChannel *channel;

    g_string_append_printf(received, "%s /%s", http->method, http->rest);
    g_string_append_len(received, request->buffer + head_size,
                        request->end - head_size);
    channel = replay_channel_new(request->transport, received->str, received->len);
    request_finish(request, QIO_CHANNEL(channel), NULL);
}

static void act_on_head(Request *request, size_t head_size)
{
    HttpRequest http;

    if (!http_request_parse(&http, request->buffer, head_size)) {
        reply_refuse(request, HTTP_BAD_REQUEST);
    } else if (http.is_websocket) {
        hand_over(request, &http, head_size);
    } else {
        reply_to(request, &http);
    }
    http_request_clear(&http);
}

static gboolean receive_head(G_GNUC_UNUSED QIOChannel *ioc,
                             G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Request *request = opaque;
    Error *error = NULL;
    size_t head_size;
    ssize_t got = qio_channel_read(request->transport, request->buffer + request->end,
                                   HTTP_HEAD_MAX - request->end, &error);

    if (got == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (got < 0) {
        return request_give_up_with(request, error);
    }
    if (got == 0) {
        return request_give_up(request, "the connection ended before a request");
    }
    request->end += got;
    switch (http_scan(request->buffer, request->end, &head_size)) {
    case HTTP_COMPLETE:
        act_on_head(request, head_size);
        return G_SOURCE_REMOVE;
    case HTTP_MALFORMED:
        reply_refuse(request, HTTP_BAD_REQUEST);
        return G_SOURCE_REMOVE;
    case HTTP_INCOMPLETE:
        break;
    }
    if (request->end == HTTP_HEAD_MAX) {
        reply_refuse(request, HTTP_HEAD_TOO_LARGE);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

void web_accept(Web *web, QIOChannel *transport, WebReady ready, void *opaque)
{
    Request *request = g_new0(Request, 1);

    request->web = web;
    request->transport = QIO_CHANNEL(object_ref(OBJECT(transport)));
    request->ready = ready;
    request->opaque = opaque;
    request->buffer = g_malloc(REQUEST_BUFFER_SIZE);
    request_set_timer(request, web->patience, on_patience);
    request_watch(request, G_IO_IN | G_IO_HUP | G_IO_ERR, receive_head);
}
