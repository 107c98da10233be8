/*
 * qio-bridge: what web clients are answered.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_CHANNEL_NO_EXTENSIONS
#define QIO_CHANNEL_EXTENSIONS
#endif
#include "qemu/osdep.h"

#include "files.h"
#include "io/channel-file.h"
#include "io/channel-tls.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "reply.h"

/* How long a client may take nothing of a reply. */
#define STALL_SECONDS 30

/* How long a client that has got everything gets to close the connection. */
#define LINGER_SECONDS 5

static gboolean close_and_finish(Request *request)
{
    qio_channel_close(request->transport, NULL);
    request_finish(request, NULL, request->served);
    return G_SOURCE_REMOVE;
}

/*
 * Lingering: a connection that is closed while the client still sends is reset, and
 * then the client may lose the end of the reply.
 */

static gboolean on_linger_timeout(gpointer opaque)
{
    Request *request = opaque;

    request->timer = 0;
    return close_and_finish(request);
}

static gboolean linger(G_GNUC_UNUSED QIOChannel *ioc,
                       G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Request *request = opaque;
    ssize_t got = qio_channel_read(request->transport, request->buffer,
                                   REQUEST_BUFFER_SIZE, NULL);

    if (got > 0 || got == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    return close_and_finish(request);
}

/* The transport takes something again: there is room for the end of a TLS stream. */
static gboolean say_goodbye(G_GNUC_UNUSED QIOChannel *ioc,
                            G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Request *request = opaque;
    Object *transport = OBJECT(request->transport);

    if (object_dynamic_cast(transport, TYPE_QIO_CHANNEL_TLS)) {
        qio_channel_tls_bye(QIO_CHANNEL_TLS(transport), NULL);
    }
    qio_channel_shutdown(request->transport, QIO_CHANNEL_SHUTDOWN_WRITE, NULL);
    request_set_timer(request, LINGER_SECONDS, on_linger_timeout);
    request_watch(request, G_IO_IN | G_IO_HUP | G_IO_ERR, linger);
    return G_SOURCE_REMOVE;
}

/* Sending */

static gboolean on_stall(gpointer opaque)
{
    Request *request = opaque;

    if (!request->is_moving) {
        request->timer = 0;
        return request_give_up(request, "the client takes nothing");
    }
    request->is_moving = false;
    return G_SOURCE_CONTINUE;
}

/* Gets more of the file; false if that is not possible. */
static bool refill(Request *request, Error **errp)
{
    ssize_t got = qio_channel_read(request->file, request->buffer,
                                   MIN(REQUEST_BUFFER_SIZE, request->left), errp);

    if (got == 0) {
        error_setg(errp, "the file has become shorter");
    }
    if (got <= 0) {
        return false;
    }
    request->start = 0;
    request->end = got;
    request->left -= got;
    return true;
}

/* Sends one buffer at most: others want to be served, too. */
static gboolean send_reply(G_GNUC_UNUSED QIOChannel *ioc,
                           G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Request *request = opaque;
    Error *error = NULL;
    ssize_t written;

    if (request->start == request->end && request->left &&
        !refill(request, &error)) {
        return request_give_up_with(request, error);
    }
    written = qio_channel_write(request->transport, request->buffer + request->start,
                                request->end - request->start, &error);
    if (written == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (written < 0) {
        return request_give_up_with(request, error);
    }
    request->start += written;
    request->is_moving = true;
    if (request->web->progress) {
        request->web->progress(written, request->opaque);
    }
    if (request->start == request->end && !request->left) {
        request_watch(request, G_IO_OUT | G_IO_HUP | G_IO_ERR, say_goodbye);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

/* Starts sending the reply, of which `head` is the first part and the file the other. */
static void start_sending(Request *request, const GString *head)
{
    g_assert(head->len <= REQUEST_BUFFER_SIZE);
    memcpy(request->buffer, head->str, head->len);
    request->start = 0;
    request->end = head->len;
    request_set_timer(request, STALL_SECONDS, on_stall);
    request_watch(request, G_IO_OUT | G_IO_HUP | G_IO_ERR, send_reply);
}

/* Replies */

/* What the log is to say: the status and what was asked for, in printable characters. */
static void note_served(Request *request, HttpStatus status, const char *target)
{
    g_autofree char *printable = target ? g_strescape(target, NULL) : NULL;

    request->served = printable ? g_strdup_printf("%d %s", status, printable) :
                                  g_strdup_printf("%d", status);
}

/* A reply without a file. `more` is NULL or further header lines. */
static void reply_status(Request *request, const HttpRequest *http, HttpStatus status,
                         const char *more)
{
    g_autoptr(GString) head = g_string_new(NULL);
    g_autofree char *text = g_strdup_printf("%d %s\n", status, http_reason(status));
    bool has_body = status != HTTP_NOT_MODIFIED;

    http_reply_begin(head, status);
    g_string_append(head, more ? more : "");
    if (has_body) {
        g_string_append_printf(head,
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Length: %zu\r\n", strlen(text));
    }
    g_string_append(head, "\r\n");
    if (has_body && g_strcmp0(http->method, "HEAD") != 0) {
        g_string_append(head, text);
    }
    note_served(request, status, http->target);
    start_sending(request, head);
}

/* The path of a directory without the slash that relative links in its index need. */
static void reply_moved(Request *request, const HttpRequest *http, const char *path)
{
    g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);
    g_autofree char *more = g_strdup_printf("Location: /%s/\r\n", escaped);

    reply_status(request, http, HTTP_MOVED, more);
}

/* Takes the file's descriptor. */
static void reply_file(Request *request, const HttpRequest *http, const WebFile *file)
{
    g_autoptr(GString) head = g_string_new(NULL);
    g_autofree char *modified = http_date(file->modified);
    g_autofree char *validator = g_strdup_printf("Cache-Control: no-cache\r\n"
                                                 "Last-Modified: %s\r\n", modified);

    if (g_strcmp0(http->since, modified) == 0) {
        close(file->fd);
        reply_status(request, http, HTTP_NOT_MODIFIED, validator);
        return;
    }
    http_reply_begin(head, HTTP_OK);
    g_string_append_printf(head,
                           "%s"
                           "Content-Type: %s\r\n"
                           "Content-Length: %" G_GUINT64_FORMAT "\r\n"
                           "X-Content-Type-Options: nosniff\r\n\r\n",
                           validator, file->type, file->size);
    if (g_str_equal(http->method, "GET")) {
        request->left = file->size;
        request->file = QIO_CHANNEL(qio_channel_file_new_fd(file->fd));
    } else {
        close(file->fd);
    }
    note_served(request, HTTP_OK, http->target);
    start_sending(request, head);
}

void reply_to(Request *request, const HttpRequest *http)
{
    g_autofree char *path = http_path(http->target);
    HttpStatus status = HTTP_NOT_FOUND;
    WebFile file;

    if (!g_str_equal(http->method, "GET") && !g_str_equal(http->method, "HEAD")) {
        reply_status(request, http, HTTP_NOT_ALLOWED, "Allow: GET, HEAD\r\n");
        return;
    }
    if (!path) {
        reply_status(request, http, HTTP_BAD_REQUEST, NULL);
        return;
    }
    if (request->web->root != -1) {
        status = files_open(request->web->root, path, &file);
    }
    if (status == HTTP_OK) {
        reply_file(request, http, &file);
    } else if (status == HTTP_MOVED) {
        reply_moved(request, http, path);
    } else {
        reply_status(request, http, status, NULL);
    }
}

void reply_refuse(Request *request, HttpStatus status)
{
    const HttpRequest none = { 0 };

    reply_status(request, &none, status, NULL);
}
