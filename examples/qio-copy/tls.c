/*
 * qio-copy: TLS around a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_CHANNEL_NO_EXTENSIONS
#define QIO_CHANNEL_EXTENSIONS
#endif
#include "qemu/osdep.h"

#include "tls.h"
#include "io/channel-tls.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "qom/object_interfaces.h"

/* How often to look whether the peer has sent something at the end. */
#define LEFTOVER_READS 16

/* Ending a stream is an addition to the API, which a build may leave out. */
#ifdef QIO_CHANNEL_EXTENSIONS
static bool check_build(G_GNUC_UNUSED Error **errp)
{
    return true;
}

static void send_goodbye(QIOChannel *ioc, Error **errp)
{
    qio_channel_tls_bye(QIO_CHANNEL_TLS(ioc), errp);
}
#else
static bool check_build(Error **errp)
{
    error_setg(errp, "built without what ends a TLS stream (backports)");
    return false;
}

static void send_goodbye(G_GNUC_UNUSED QIOChannel *ioc,
                         G_GNUC_UNUSED Error **errp)
{
    g_assert_not_reached();
}
#endif

/* Takes the object with this id out of the tree, if it is of use. */
static QCryptoTLSCreds *take_creds(const char *id, Error **errp)
{
    Object *object = object_resolve_path_component(object_get_objects_root(), id);

    if (!object || !object_dynamic_cast(object, TYPE_QCRYPTO_TLS_CREDS)) {
        error_setg(errp, "'%s' are no TLS credentials", id);
        return NULL;
    }
    object_ref(object);
    /* The next end may want credentials of the same name. */
    object_unparent(object);
    return QCRYPTO_TLS_CREDS(object);
}

QCryptoTLSCreds *tls_make_creds(const TlsOptions *options, const char *endpoint,
                                Error **errp)
{
    g_autofree char *description = NULL;
    g_autofree char *id = NULL;
    Error *error = NULL;

    if (!check_build(errp)) {
        return NULL;
    }
    if (!options->creds) {
        error_setg(errp, "TLS needs credentials: --tls-creds ID,dir=…");
        return NULL;
    }
    /* Of values for one name the last counts. */
    description = g_strdup_printf("qom-type=tls-creds-x509,id=%s,endpoint=%s",
                                  options->creds, endpoint);
    id = g_strndup(options->creds, strcspn(options->creds, ","));
    if (!user_creatable_add_from_str(description, &error)) {
        if (!error) {
            /* It was a question, and has been answered. */
            exit(EXIT_SUCCESS);
        }
        error_propagate_prepend(errp, error, "--tls-creds: ");
        return NULL;
    }
    return take_creds(id, errp);
}

/* A handshake in progress. */
typedef struct {
    GMainLoop *loop;
    bool is_over;
    Error *error;
} Handshake;

static void on_handshake(QIOTask *task, gpointer opaque)
{
    Handshake *handshake = opaque;

    qio_task_propagate_error(task, &handshake->error);
    handshake->is_over = true;
    g_main_loop_quit(handshake->loop);
}

static bool shake_hands(QIOChannelTLS *tls, Error **errp)
{
    Handshake handshake = { .loop = g_main_loop_new(NULL, FALSE) };
    bool good;

    qio_channel_tls_handshake(tls, on_handshake, &handshake, NULL, NULL);
    /* It may be over before there was anything to wait for. */
    if (!handshake.is_over) {
        g_main_loop_run(handshake.loop);
    }
    g_main_loop_unref(handshake.loop);
    good = !handshake.error;
    error_propagate(errp, handshake.error);
    return good;
}

QIOChannel *tls_start(QIOChannel *connection, QCryptoTLSCreds *creds,
                      bool is_server, const char *hostname, Error **errp)
{
    g_autoptr(QIOChannelTLS) tls = NULL;

    if (qio_channel_set_blocking(connection, false, errp) == -1) {
        return NULL;
    }
    tls = is_server ?
        qio_channel_tls_new_server(connection, creds, NULL, errp) :
        qio_channel_tls_new_client(connection, creds, hostname, errp);
    if (!tls || !shake_hands(tls, errp)) {
        return NULL;
    }
    return QIO_CHANNEL(g_steal_pointer(&tls));
}

bool tls_is(QIOChannel *ioc)
{
    return object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_TLS);
}

/*
 * A connection that is closed with something unread in it is reset, and then the
 * peer may lose what it has not read yet. Servers send session tickets unasked.
 */
static void read_leftovers(QIOChannel *ioc)
{
    char buffer[1024];

    if (qio_channel_set_blocking(ioc, false, NULL) == -1) {
        return;
    }
    for (int i = 0; i < LEFTOVER_READS; i++) {
        if (qio_channel_read(ioc, buffer, sizeof(buffer), NULL) <= 0) {
            return;
        }
    }
}

bool tls_say_goodbye(QIOChannel *ioc, Error **errp)
{
    Error *error = NULL;

    /* Blocking, so that it is sent when the call returns. */
    if (qio_channel_set_blocking(ioc, true, errp) == -1) {
        return false;
    }
    send_goodbye(ioc, &error);
    if (error) {
        error_propagate(errp, error);
        return false;
    }
    read_leftovers(ioc);
    return true;
}
