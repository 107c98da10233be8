/*
 * qio-bridge: the table of connections, for those who ask a running bridge.
 *
 * Who connects to the control socket gets the table as it is then, and the end of the
 * stream: a line that names the format, a line with tabs for each connection, and a line
 * that says that this was all.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/place.h"
#include "io/channel-socket.h"
#include "io/net-listener.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "status.h"
#include "status-format.h"

/* How long somebody who has asked gets to read the answer. */
#define ANSWER_SECONDS 5

/* How many may ask at the same time; others are sent away. */
#define ANSWERS_MAX 16

struct StatusTable {
    GString *text;
};

struct StatusServer {
    QIONetListener *listener;
    StatusFill fill;
    void *opaque;
    GList *answers;
};

/* An answer on its way. */
typedef struct {
    StatusServer *server;
    QIOChannel *client;
    GString *text;
    size_t sent;
    GSource *watch;
    guint timer;
} Answer;

void status_add(StatusTable *table, const StatusRow *row)
{
    /* No tabs, line ends or other surprises. */
    g_autofree char *peer = g_strescape(row->peer, NULL);
    g_autofree char *listener = g_strescape(row->listener, NULL);
    g_autofree char *state = g_strescape(row->state, NULL);

    g_string_append_printf(table->text,
                           "%" G_GUINT64_FORMAT "\t%s\t%s\t%s\t%" G_GUINT64_FORMAT
                           "\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\n",
                           row->id, peer, listener, state, row->received, row->sent,
                           row->age);
}

static void answer_free(Answer *answer)
{
    answer->server->answers = g_list_remove(answer->server->answers, answer);
    g_source_destroy(answer->watch);
    g_source_unref(answer->watch);
    g_source_remove(answer->timer);
    g_string_free(answer->text, TRUE);
    /* The last reference: this closes it. */
    object_unref(OBJECT(answer->client));
    g_free(answer);
}

static gboolean on_answer_timeout(gpointer opaque)
{
    answer_free(opaque);
    /* The source is gone already. */
    return G_SOURCE_REMOVE;
}

static gboolean send_answer(QIOChannel *client, G_GNUC_UNUSED GIOCondition condition,
                            gpointer opaque)
{
    Answer *answer = opaque;
    ssize_t written = qio_channel_write(client, answer->text->str + answer->sent,
                                        answer->text->len - answer->sent, NULL);

    if (written == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    answer->sent += MAX(written, 0);
    if (written < 0 || answer->sent == answer->text->len) {
        answer_free(answer);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static GString *make_text(StatusServer *server)
{
    StatusTable table = { .text = g_string_new(STATUS_FIRST_LINE "\n") };

    server->fill(&table, server->opaque);
    g_string_append(table.text, STATUS_LAST_LINE "\n");
    return table.text;
}

static void on_client(G_GNUC_UNUSED QIONetListener *listener, QIOChannelSocket *socket,
                      gpointer opaque)
{
    StatusServer *server = opaque;
    QIOChannel *client = QIO_CHANNEL(socket);
    Answer *answer;

    if (g_list_length(server->answers) >= ANSWERS_MAX ||
        qio_channel_set_blocking(client, false, NULL) == -1) {
        return;
    }
    answer = g_new0(Answer, 1);
    answer->server = server;
    answer->client = QIO_CHANNEL(object_ref(OBJECT(client)));
    answer->text = make_text(server);
    answer->watch = qio_channel_add_watch_source(
        client, G_IO_OUT | G_IO_HUP | G_IO_ERR, send_answer, answer, NULL, NULL);
    answer->timer = g_timeout_add_seconds(ANSWER_SECONDS, on_answer_timeout, answer);
    server->answers = g_list_prepend(server->answers, answer);
}

/* Listens where nobody else may connect. */
static bool listen_privately(QIONetListener *listener, const char *path, Error **errp)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_UNIX,
        .u.q_unix.path = (char *)path,
    };
    mode_t mask;
    int result;

    if (!place_is_free(&address, errp)) {
        return false;
    }
    mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
    result = qio_net_listener_open_sync(listener, &address, ANSWERS_MAX, errp);
    umask(mask);
    return result == 0;
}

StatusServer *status_serve(const char *path, StatusFill fill, void *opaque,
                           Error **errp)
{
    g_autoptr(QIONetListener) listener = qio_net_listener_new();
    StatusServer *server;

    if (!listen_privately(listener, path, errp)) {
        return NULL;
    }
    server = g_new(StatusServer, 1);
    *server = (StatusServer){
        .listener = g_steal_pointer(&listener),
        .fill = fill,
        .opaque = opaque,
    };
    qio_net_listener_set_client_func(server->listener, on_client, server, NULL);
    return server;
}

void status_stop(StatusServer *server)
{
    qio_net_listener_set_client_func(server->listener, NULL, NULL, NULL);
    qio_net_listener_disconnect(server->listener);
    object_unref(OBJECT(server->listener));
    while (server->answers) {
        answer_free(server->answers->data);
    }
    g_free(server);
}
