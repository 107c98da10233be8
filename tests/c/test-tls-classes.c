/*
 * Classes of C around TLS channels: a master that fails as it is told, and a
 * subclass of the TLS channel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#include "aborts.h"
#include "testing.h"

#include "crypto/tlssession.h"

/* A channel over another one whose transfers can be made to fail. */
#define TYPE_FAILING_CHANNEL "failing-channel"
OBJECT_DECLARE_SIMPLE_TYPE(FailingChannel, FAILING_CHANNEL)

struct FailingChannel {
    QIOChannel parent;
    QIOChannel *inner;
    /* The errno of every transfer from now on; 0: they work. */
    int error;
};

static ssize_t fail(int error, Error **errp)
{
    error_setg_errno(errp, error, "the cable is cut");
    errno = error;
    return -1;
}

static ssize_t failing_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds,
                             size_t *nfds, Error **errp)
{
    FailingChannel *self = FAILING_CHANNEL(ioc);

    return self->error ? fail(self->error, errp)
                       : qio_channel_readv(self->inner, iov, niov, errp);
}

static ssize_t failing_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds,
                              size_t nfds, int flags, Error **errp)
{
    FailingChannel *self = FAILING_CHANNEL(ioc);

    return self->error ? fail(self->error, errp)
                       : qio_channel_writev(self->inner, iov, niov, errp);
}

static GSource *failing_watch(QIOChannel *ioc, GIOCondition condition)
{
    return qio_channel_create_watch(FAILING_CHANNEL(ioc)->inner, condition);
}

static void failing_finalize(Object *object)
{
    object_unref(FAILING_CHANNEL(object)->inner);
}

static void failing_class_init(ObjectClass *class, void *data)
{
    QIOChannelClass *channel = QIO_CHANNEL_CLASS(class);

    channel->io_readv = failing_readv;
    channel->io_writev = failing_writev;
    channel->io_create_watch = failing_watch;
}

static const TypeInfo failing_info = {
    .name = TYPE_FAILING_CHANNEL,
    .parent = TYPE_QIO_CHANNEL,
    .instance_size = sizeof(FailingChannel),
    .instance_finalize = failing_finalize,
    .class_init = failing_class_init,
};

/* Puts a failing channel between the server's end and its socket. */
static FailingChannel *make_server_fail(Link *link)
{
    FailingChannel *self = FAILING_CHANNEL(object_new(TYPE_FAILING_CHANNEL));

    object_ref(link->server_master);
    self->inner = link->server_master;
    object_unref(link->server);
    link->server = QIO_CHANNEL(qio_channel_tls_new_server(QIO_CHANNEL(self), link->server_creds,
                                                          NULL, &error_abort));
    object_unref(self);
    return self;
}

/* Drops the server's end first, as that drops a reference to its socket. */
static void close_link(Link *link)
{
    object_unref(link->server);
    link->server = QIO_CHANNEL(object_new(TYPE_QIO_CHANNEL_TLS));
    link_close(link);
}

static const int errors[] = { ECONNRESET, EPIPE, ENETDOWN, ETIMEDOUT, EIO, ENOSPC };

static void expect_failure(ssize_t result, Error **err, int error, const char *text)
{
    /* First of all: the calls below may change it. */
    int seen = errno;

    g_assert_cmpint(result, ==, -1);
    g_assert_cmpint(seen, ==, error);
    g_assert_nonnull(*err);
    g_assert_cmpstr(error_get_pretty(*err), ==, text);
    error_free(*err);
    *err = NULL;
}

/* After a failure of the master, errno is the master's. */
static void check_transfer(bool reading, int error, bool tls13)
{
    g_autofree char *cause = g_strdup_printf("Cannot %s TLS channel: the cable is cut: %s",
                                             reading ? "read from" : "write to",
                                             strerror(error));
    g_autofree char *later = g_strdup_printf("Cannot %s TLS channel: %s",
                                             reading ? "read from" : "write to", strerror(EIO));
    FailingChannel *master;
    Error *err = NULL;
    char byte = 'x';
    ssize_t result;
    Link link;

    link_prepare(&link, tls13);
    master = make_server_fail(&link);
    link_handshake(&link);
    link_drain(link.server);
    master->error = error;
    result = reading ? qio_channel_read(link.server, &byte, 1, &err)
                     : qio_channel_write(link.server, &byte, 1, &err);
    expect_failure(result, &err, error, cause);
    /* The session is dead, and nobody knows why any more. */
    master->error = 0;
    result = reading ? qio_channel_read(link.server, &byte, 1, &err)
                     : qio_channel_write(link.server, &byte, 1, &err);
    expect_failure(result, &err, EIO, later);
    /* Callers that want no error get its number. */
    errno = 0;
    result = reading ? qio_channel_read(link.server, &byte, 1, NULL)
                     : qio_channel_write(link.server, &byte, 1, NULL);
    g_assert_cmpint(errno, ==, EIO);
    g_assert_cmpint(result, ==, -1);
    close_link(&link);
}

static void test_errno(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        for (int variant = 0; variant < 4; variant++) {
            check_transfer(variant & 1, errors[i], variant & 2);
        }
    }
}

/* A handshake tells why as well. */
static void test_handshake(void)
{
    Ending ending = { 0 };
    FailingChannel *master;
    Link link;

    link_prepare(&link, true);
    master = make_server_fail(&link);
    master->error = ENETDOWN;
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.server), ending_func, &ending,
                              ending_destroy, NULL);
    g_assert_cmpuint(ending.calls, ==, 1);
    g_assert_cmpuint(ending.destroyed, ==, 1);
    tls_expect_error(ending.err, "the cable is cut: Network is down");
    close_link(&link);
}

/* A real one: the peer's end of the socket is gone. */
static void test_broken_pipe(void)
{
    Error *err = NULL;
    Link link;
    int error;

    link_open(&link, true);
    link_drain(link.server);
    qio_channel_close(link.client_master, &error_abort);
    g_assert_cmpint(qio_channel_write(link.server, "x", 1, &err), ==, -1);
    error = errno;
    g_assert_cmpint(error, ==, EPIPE);
    tls_expect_error(err, "Broken pipe");
    link_close(&link);
}

/*
 * A subclass that counts what is written, and makes master and session by itself:
 * the constructors make no other class than their own.
 */
#define TYPE_COUNTING_TLS "counting-tls"
OBJECT_DECLARE_SIMPLE_TYPE(CountingTLS, COUNTING_TLS)

struct CountingTLS {
    QIOChannelTLS parent;
    size_t written;
    unsigned closed;
};

static QIOChannelClass *tls_class(void)
{
    return QIO_CHANNEL_CLASS(object_class_by_name(TYPE_QIO_CHANNEL_TLS));
}

static ssize_t counting_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds,
                               size_t nfds, int flags, Error **errp)
{
    ssize_t count = tls_class()->io_writev(ioc, iov, niov, fds, nfds, flags, errp);

    COUNTING_TLS(ioc)->written += MAX(count, 0);
    return count;
}

static int counting_close(QIOChannel *ioc, Error **errp)
{
    COUNTING_TLS(ioc)->closed++;
    return tls_class()->io_close(ioc, errp);
}

static void counting_class_init(ObjectClass *class, void *data)
{
    QIOChannelClass *channel = QIO_CHANNEL_CLASS(class);

    /* All else is inherited. */
    g_assert_true(channel->io_readv == tls_class()->io_readv);
    g_assert_nonnull(channel->io_create_watch);
    channel->io_writev = counting_writev;
    channel->io_close = counting_close;
}

static const TypeInfo counting_info = {
    .name = TYPE_COUNTING_TLS,
    .parent = TYPE_QIO_CHANNEL_TLS,
    .instance_size = sizeof(CountingTLS),
    .class_init = counting_class_init,
};

static ssize_t to_errno(ssize_t count)
{
    if (count == QIO_CHANNEL_ERR_BLOCK) {
        errno = EAGAIN;
        return -1;
    }
    return count;
}

static ssize_t push(const char *data, size_t size, void *opaque)
{
    return to_errno(qio_channel_write(QIO_CHANNEL_TLS(opaque)->master, data, size, NULL));
}

static ssize_t pull(char *data, size_t size, void *opaque)
{
    return to_errno(qio_channel_read(QIO_CHANNEL_TLS(opaque)->master, data, size, NULL));
}

static CountingTLS *counting_client(Link *link)
{
    CountingTLS *self = COUNTING_TLS(object_new(TYPE_COUNTING_TLS));
    QIOChannelTLS *tls = QIO_CHANNEL_TLS(self);

    object_ref(link->client_master);
    tls->master = link->client_master;
    tls->session = qcrypto_tls_session_new(link->client_creds, "qemu.org", NULL,
                                           QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT, &error_abort);
    qcrypto_tls_session_set_callbacks(tls->session, push, pull, tls);
    return self;
}

static gboolean note_readable(QIOChannel *ioc, GIOCondition condition, gpointer loop)
{
    g_assert_true(condition & G_IO_IN);
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static void check_subclass(bool tls13)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    char buffer[16];
    CountingTLS *counting;
    Link link;

    link_prepare(&link, tls13);
    object_unref(link.client);
    counting = counting_client(&link);
    link.client = QIO_CHANNEL(counting);
    g_assert_true(qio_channel_tls_get_session(&counting->parent) == counting->parent.session);
    link_handshake(&link);
    g_assert_cmpint(qio_channel_write_all(link.client, "to the server", 13, &error_abort), ==, 0);
    g_assert_cmpuint(counting->written, ==, 13);
    g_assert_cmpint(qio_channel_read(link.server, buffer, 13, &error_abort), ==, 13);
    g_assert_cmpmem(buffer, 13, "to the server", 13);
    g_assert_cmpint(qio_channel_write_all(link.server, "to the client", 13, &error_abort), ==, 0);
    /* More is left than is read, and no poll sees it. */
    for (int i = 0; i < 2; i++) {
        qio_channel_add_watch(link.client, G_IO_IN, note_readable, loop, NULL);
        g_main_loop_run(loop);
        g_assert_cmpint(qio_channel_read(link.client, buffer + 3 * i, i ? 10 : 3, &error_abort),
                        ==, i ? 10 : 3);
    }
    g_assert_cmpmem(buffer, 13, "to the client", 13);
    g_assert_cmpint(qio_channel_read(link.client, buffer, 1, &error_abort), ==,
                    QIO_CHANNEL_ERR_BLOCK);
    g_assert_cmpint(qio_channel_close(link.client, &error_abort), ==, 0);
    g_assert_cmpuint(counting->closed, ==, 1);
    g_main_loop_unref(loop);
    /* The base class drops the master and the session. */
    link_close(&link);
}

static void test_subclass(void)
{
    check_subclass(false);
    check_subclass(true);
    /* Half-made ones go away as well. */
    object_unref(object_new(TYPE_COUNTING_TLS));
}

/* A struct that is too small for its parent is refused. */
static void test_small_subclass(void)
{
    static const TypeInfo dwarf = {
        .name = "dwarf-tls",
        .parent = TYPE_QIO_CHANNEL_TLS,
        .instance_size = sizeof(QIOChannel),
    };

    ABORTS_SAYING("'dwarf-tls'*instances")
    type_register_static(&dwarf);
    object_unref(object_new("dwarf-tls"));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    type_register_static(&failing_info);
    type_register_static(&counting_info);
    testing_add("/tls/classes/master/errno", test_errno);
    testing_add("/tls/classes/master/handshake", test_handshake);
    testing_add("/tls/classes/master/broken-pipe", test_broken_pipe);
    testing_add("/tls/classes/subclass", test_subclass);
    testing_add("/tls/classes/subclass/too-small", test_small_subclass);
    return g_test_run();
}
