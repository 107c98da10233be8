/*
 * What QEMU got after 7.2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <glib-unix.h>
#include <sys/mman.h>
#include "io/channel-buffer.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-socket.h"
#include "io/net-listener.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "aborts.h"
#include "testing.h"

static void expect_error(Error **err, int cause)
{
    g_assert_nonnull(*err);
    if (cause) {
        g_assert_cmpint(errno, ==, cause);
    }
    error_free(*err);
    *err = NULL;
}

static QIOChannel *temporary_file(int *fd)
{
    *fd = memfd_create("file", MFD_CLOEXEC);
    g_assert_cmpint(*fd, >=, 0);
    return QIO_CHANNEL(qio_channel_file_new_fd(*fd));
}

static void test_positioned(void)
{
    int fd;
    QIOChannel *ioc = temporary_file(&fd);
    char text[8] = "";
    struct iovec two[2] = { { text, 2 }, { text + 2, 3 } };
    struct iovec none = { text, 0 };
    Error *err = NULL;

    g_assert_true(qio_channel_has_feature(ioc, QIO_CHANNEL_FEATURE_SEEKABLE));
    g_assert_cmpuint(ioc->features, ==, 0);
    g_assert_cmpint(qio_channel_pwrite(ioc, (char *)"world", 5, 6, &error_abort),
                    ==, 5);
    g_assert_cmpint(qio_channel_pwrite_all(ioc, "hello ", 6, 0, &error_abort),
                    ==, 0);
    g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, 0);
    g_assert_cmpint(qio_channel_preadv(ioc, two, 2, 6, &error_abort), ==, 5);
    g_assert_cmpmem(text, 5, "world", 5);
    g_assert_cmpint(qio_channel_pread(ioc, text, 3, 1, &error_abort), ==, 3);
    g_assert_cmpmem(text, 3, "ell", 3);
    g_assert_cmpint(qio_channel_pread(ioc, text, 3, 11, &error_abort), ==, 0);
    g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, 0);
    g_assert_cmpint(qio_channel_pwritev(ioc, &none, 1, 0, &error_abort), ==, 0);

    g_assert_cmpint(qio_channel_preadv_all_eof(ioc, two, 2, 3, &error_abort), ==, 1);
    g_assert_cmpmem(text, 5, "lo wo", 5);
    g_assert_cmpint(qio_channel_pread_all_eof(ioc, text, 5, 11, &err), ==, 0);
    g_assert_null(err);
    g_assert_cmpint(qio_channel_pread_all_eof(ioc, text, 5, 8, &err), ==, -1);
    expect_error(&err, 0);
    g_assert_cmpint(qio_channel_pread_all(ioc, text, 5, 11, &err), ==, -1);
    expect_error(&err, 0);
    g_assert_cmpint(qio_channel_preadv_all(ioc, two, 2, 0, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_pwritev_all(ioc, two, 2, 20, &error_abort), ==, 0);
    g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, 25);

    qio_channel_close(ioc, &error_abort);
    g_assert_false(qio_channel_has_feature(ioc, QIO_CHANNEL_FEATURE_SEEKABLE));
    g_assert_cmpint(qio_channel_pread(ioc, text, 1, 0, &err), ==, -1);
    expect_error(&err, EBADF);
    object_unref(OBJECT(ioc));
}

static void test_not_seekable(void)
{
    int fds[2];
    char byte = 0;
    QIOChannel *ioc, *buffer = QIO_CHANNEL(qio_channel_buffer_new(0));
    Error *err = NULL;

    testing_pipe(fds);
    ioc = QIO_CHANNEL(qio_channel_file_new_fd(fds[0]));
    g_assert_false(qio_channel_has_feature(ioc, QIO_CHANNEL_FEATURE_SEEKABLE));
    g_assert_cmpint(qio_channel_pread(ioc, &byte, 1, 0, &err), ==, -1);
    expect_error(&err, EINVAL);
    object_unref(OBJECT(ioc));
    ioc = QIO_CHANNEL(qio_channel_file_new_fd(fds[1]));
    g_assert_cmpint(qio_channel_pwrite(ioc, &byte, 1, 0, &err), ==, -1);
    expect_error(&err, EINVAL);
    g_assert_cmpint(qio_channel_pwrite_all(ioc, &byte, 0, 0, &error_abort), ==, 0);
    object_unref(OBJECT(ioc));

    g_assert_cmpint(qio_channel_pread(buffer, &byte, 1, 0, &err), ==, -1);
    expect_error(&err, 0);
    g_assert_cmpint(qio_channel_pread_all_eof(buffer, &byte, 0, 0, &error_abort),
                    ==, 1);
    object_unref(OBJECT(buffer));
}

/* A filter: it must not be bypassed. */
static ssize_t filter_readv(QIOChannel *ioc, const struct iovec *iov,
                            size_t niov, int **fds, size_t *nfds, Error **errp)
{
    memset(iov[0].iov_base, 'f', 1);
    return 1;
}

static ssize_t filter_preadv(QIOChannel *ioc, const struct iovec *iov,
                             size_t niov, off_t offset, Error **errp)
{
    memset(iov[0].iov_base, 'p', 1);
    return 1;
}

static void filter_class_init(ObjectClass *klass, void *data)
{
    QIO_CHANNEL_CLASS(klass)->io_readv = filter_readv;
}

static void extended_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClassExt ext = {
        .size = sizeof(ext),
        .io_preadv = filter_preadv,
    };

    g_assert_true(qio_channel_class_set_ext(QIO_CHANNEL_CLASS(klass), &ext));
}

static void test_override(void)
{
    static const TypeInfo infos[] = {
        { .name = "filter-socket", .parent = TYPE_QIO_CHANNEL_SOCKET,
          .class_init = filter_class_init },
        { .name = "filter-file", .parent = TYPE_QIO_CHANNEL_FILE,
          .class_init = filter_class_init },
        { .name = "plain-file", .parent = TYPE_QIO_CHANNEL_FILE },
        { .name = "extended", .parent = "filter-file",
          .class_init = extended_class_init },
        { .name = "extended-child", .parent = "extended" },
    };
    QIOChannel *ioc;
    char byte = 0;
    QIOChannelClassExt ext = { .size = 1 };
    Error *err = NULL;

    type_register_static_array(infos, ARRAY_SIZE(infos));
    ioc = QIO_CHANNEL(object_new("filter-socket"));
    g_assert_false(qio_channel_has_feature(ioc,
                                           QIO_CHANNEL_FEATURE_READ_MSG_PEEK));
    object_unref(OBJECT(ioc));

    ioc = QIO_CHANNEL(object_new("filter-file"));
    QIO_CHANNEL_FILE(ioc)->fd = memfd_create("file", MFD_CLOEXEC);
    g_assert_cmpint(qio_channel_pread(ioc, &byte, 1, 0, &err), ==, -1);
    expect_error(&err, 0);
    g_assert_cmpint(qio_channel_pwrite(ioc, &byte, 1, 0, &err), ==, 1);
    object_unref(OBJECT(ioc));

    ioc = QIO_CHANNEL(object_new("plain-file"));
    QIO_CHANNEL_FILE(ioc)->fd = memfd_create("file", MFD_CLOEXEC);
    g_assert_true(qio_channel_has_feature(ioc, QIO_CHANNEL_FEATURE_SEEKABLE));
    object_unref(OBJECT(ioc));

    ioc = QIO_CHANNEL(object_new("extended-child"));
    g_assert_cmpint(qio_channel_pread(ioc, &byte, 1, 0, &err), ==, -1);
    expect_error(&err, EINVAL);
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_SEEKABLE);
    g_assert_cmpint(qio_channel_pread(ioc, &byte, 1, 0, &error_abort), ==, 1);
    g_assert_cmpint(byte, ==, 'p');

    g_assert_false(qio_channel_class_set_ext(QIO_CHANNEL_GET_CLASS(ioc), NULL));
    g_assert_false(qio_channel_class_set_ext(QIO_CHANNEL_GET_CLASS(ioc), &ext));
    ext.size = sizeof(ext);
    g_assert_false(qio_channel_class_set_ext(
        (QIOChannelClass *)object_class_by_name(TYPE_QIO_NET_LISTENER), &ext));
    object_unref(OBJECT(ioc));
}

static void test_peek(void)
{
    int fds[2], *received = NULL;
    size_t count = 0;
    char text[4] = "";
    struct iovec iov = { text, 3 };
    QIOChannel *a, *b, *file = QIO_CHANNEL(qio_channel_file_new_fd(-1));
    Error *err = NULL;
    int i;

    testing_socket_pair(fds);
    a = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    b = QIO_CHANNEL(qio_channel_socket_new_fd(fds[1], &error_abort));
    g_assert_true(qio_channel_has_feature(b, QIO_CHANNEL_FEATURE_READ_MSG_PEEK));
    g_assert_cmpuint(b->features >> 4, ==, 0);
    qio_channel_write_all(a, "abc", 3, &error_abort);
    for (i = 0; i < 2; i++) {
        memset(text, 0, sizeof(text));
        g_assert_cmpint(qio_channel_readv_full_flags(
                            b, &iov, 1, NULL, NULL,
                            QIO_CHANNEL_READ_FLAG_MSG_PEEK, &error_abort), ==, 3);
        g_assert_cmpstr(text, ==, "abc");
    }
    g_assert_cmpint(qio_channel_readv_full_all_eof_flags(
                        b, &iov, 1, NULL, NULL, QIO_CHANNEL_READ_FLAG_MSG_PEEK,
                        &err), ==, -1);
    expect_error(&err, EINVAL);
    g_assert_cmpint(qio_channel_readv_full_all_eof_flags(
                        b, &iov, 1, NULL, NULL,
                        QIO_CHANNEL_READ_FLAG_RELAXED_EOF, &error_abort), ==, 1);

    /* Each peek opens descriptors of its own. */
    g_assert_cmpint(qio_channel_writev_full(a, &iov, 1, &fds[0], 1, 0,
                                            &error_abort), ==, 3);
    for (i = 0; i < 2; i++) {
        g_assert_cmpint(qio_channel_readv_full_flags(
                            b, &iov, 1, &received, &count,
                            i == 0 ? QIO_CHANNEL_READ_FLAG_MSG_PEEK : 0,
                            &error_abort), ==, 3);
        g_assert_cmpuint(count, ==, 1);
        g_assert_cmpint(fcntl(received[0], F_GETFD) & FD_CLOEXEC, !=, 0);
        close(received[0]);
        g_free(received);
    }
    g_assert_cmpint(qio_channel_readv_full_flags(
                        file, &iov, 1, NULL, NULL,
                        QIO_CHANNEL_READ_FLAG_MSG_PEEK, &err), ==, -1);
    expect_error(&err, EINVAL);
    object_unref(OBJECT(a));
    object_unref(OBJECT(b));
    object_unref(OBJECT(file));
}

static void test_preserve_blocking(void)
{
    int fds[2], pipe_fds[2], *received, i;
    size_t count;
    char byte = 'x';
    struct iovec iov = { &byte, 1 };
    QIOChannel *a, *b;

    testing_socket_pair(fds);
    testing_pipe(pipe_fds);
    a = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    b = QIO_CHANNEL(qio_channel_socket_new_fd(fds[1], &error_abort));
    for (i = 0; i < 2; i++) {
        int flags = i ? 0 : QIO_CHANNEL_READ_FLAG_FD_PRESERVE_BLOCKING;

        g_unix_set_fd_nonblocking(pipe_fds[0], TRUE, NULL);
        qio_channel_writev_full(a, &iov, 1, pipe_fds, 1, 0, &error_abort);
        g_assert_cmpint(qio_channel_readv_full_flags(b, &iov, 1, &received, &count,
                                                     flags, &error_abort), ==, 1);
        g_assert_cmpint(!(fcntl(received[0], F_GETFL) & O_NONBLOCK), ==, !flags);
        g_assert_cmpint(fcntl(received[0], F_GETFD) & FD_CLOEXEC, !=, 0);
        close(received[0]);
        g_free(received);
    }
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    object_unref(OBJECT(a));
    object_unref(OBJECT(b));
}

static void test_peer(void)
{
    int fds[2], fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned int pid = 7;
    QIOChannel *ioc, *null = QIO_CHANNEL(qio_channel_null_new());
    Error *err = NULL;

    testing_socket_pair(fds);
    ioc = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    g_assert_cmpint(qio_channel_get_peerpid(ioc, &pid, &error_abort), ==, 0);
    g_assert_cmpuint(pid, ==, getpid());
    qio_channel_close(ioc, &error_abort);
    g_assert_cmpint(qio_channel_get_peerpid(ioc, &pid, &err), ==, -1);
    g_assert_cmpuint(pid, ==, UINT_MAX);
    expect_error(&err, EBADF);
    object_unref(OBJECT(ioc));
    close(fds[1]);

    ioc = QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
    g_assert_cmpint(qio_channel_get_peerpid(ioc, &pid, &error_abort), ==, 0);
    g_assert_cmpuint(pid, ==, 0);
    object_unref(OBJECT(ioc));

    pid = 7;
    g_assert_cmpint(qio_channel_get_peerpid(null, &pid, &err), ==, -1);
    g_assert_cmpuint(pid, ==, 7);
    expect_error(&err, 0);
    object_unref(OBJECT(null));
}

static void test_send_buffer(void)
{
    static const size_t sizes[] = { 0, 65536, (size_t)INT_MAX + 1 };
    int fds[2], value;
    socklen_t size = sizeof(value);
    QIOChannelSocket *ioc;
    Error *err = NULL;

    testing_socket_pair(fds);
    ioc = qio_channel_socket_new_fd(fds[0], &error_abort);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        int before;

        getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &before, &size);
        g_assert_cmpint(qio_channel_socket_set_send_buffer(ioc, sizes[i],
                                                           &error_abort), ==, 0);
        getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &value, &size);
        if (i > 0) {
            g_assert_cmpint(value, >, before);
        }
    }
    qio_channel_close(QIO_CHANNEL(ioc), &error_abort);
    g_assert_cmpint(qio_channel_socket_set_send_buffer(ioc, 1, &err), ==, -1);
    expect_error(&err, EBADF);
    object_unref(OBJECT(ioc));
    close(fds[1]);
}

static void test_duplicate(void)
{
    int fd;
    QIOChannel *original = temporary_file(&fd);
    QIOChannelFile *copy = qio_channel_file_new_dupfd(fd, &error_abort);
    Error *err = NULL;

    g_assert_cmpint(copy->fd, !=, fd);
    g_assert_cmpint(fcntl(copy->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    object_unref(OBJECT(copy));
    g_assert_true(testing_fd_is_open(fd));
    g_assert_null(qio_channel_file_new_dupfd(-1, &err));
    expect_error(&err, EBADF);
    object_unref(OBJECT(original));
}

static void test_wait_cond(void)
{
    int fds[2];
    QIOChannel *ioc;

    testing_pipe(fds);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    ioc = QIO_CHANNEL(qio_channel_file_new_fd(fds[0]));
    qio_channel_wait_cond(ioc, G_IO_IN);
    object_unref(OBJECT(ioc));
    close(fds[1]);
}

static void coroutine_fn wait_and_note(void *opaque)
{
    QIOChannel *ioc = *(QIOChannel **)opaque;

    qio_channel_wait_cond(ioc, G_IO_IN);
    *(QIOChannel **)opaque = NULL;
}

/* There it leaves the coroutine, and the thread goes on. */
static void test_wait_cond_in_a_coroutine(void)
{
    int fds[2];
    QIOChannel *ioc, *waiting;

    testing_pipe(fds);
    waiting = ioc = QIO_CHANNEL(qio_channel_file_new_fd(fds[0]));
    qemu_coroutine_enter(qemu_coroutine_create(wait_and_note, &waiting));
    g_assert_true(waiting == ioc);
    g_assert_nonnull(ioc->read_coroutine);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    while (waiting) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_assert_null(ioc->read_coroutine);
    object_unref(OBJECT(ioc));
    close(fds[1]);
}

static void coroutine_fn wait_for_both(void *opaque)
{
    qio_channel_wait_cond(opaque, G_IO_IN | G_IO_OUT);
}

static void test_wait_cond_for_both_aborts(void)
{
    ABORTS_SAYING("qio_channel_yield*G_IO_IN*G_IO_OUT");
    qemu_coroutine_enter(
        qemu_coroutine_create(wait_for_both, qio_channel_null_new()));
}

static void test_listener(void)
{
    QIONetListener *listener = qio_net_listener_new();
    SocketAddress *addr = socket_parse("127.0.0.1:0", &error_abort);
    SocketAddress *bound;
    Error *err = NULL;

    g_assert_cmpuint(qio_net_listener_nsioc(listener), ==, 0);
    g_assert_null(qio_net_listener_sioc(listener, 0));
    qio_net_listener_open_sync(listener, addr, 1, &error_abort);
    g_assert_cmpuint(qio_net_listener_nsioc(listener), ==, 1);
    g_assert_true(qio_net_listener_sioc(listener, 0) == listener->sioc[0]);
    g_assert_false(qio_channel_has_feature(QIO_CHANNEL(listener->sioc[0]),
                                           QIO_CHANNEL_FEATURE_READ_MSG_PEEK));
    bound = qio_net_listener_get_local_address(listener, 0, &error_abort);
    g_assert_cmpint(bound->type, ==, SOCKET_ADDRESS_TYPE_INET);
    g_assert_cmpstr(bound->u.inet.port, !=, "0");
    qapi_free_SocketAddress(bound);
    g_assert_null(qio_net_listener_get_local_address(listener, 1, &err));
    expect_error(&err, 0);
    qapi_free_SocketAddress(addr);
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    /* Opens descriptors that are never closed. */
    qemu_get_aio_context();
    testing_add("/extensions/positioned", test_positioned);
    testing_add("/extensions/not-seekable", test_not_seekable);
    testing_add("/extensions/override", test_override);
    testing_add("/extensions/peek", test_peek);
    testing_add("/extensions/preserve-blocking", test_preserve_blocking);
    testing_add("/extensions/peer", test_peer);
    testing_add("/extensions/send-buffer", test_send_buffer);
    testing_add("/extensions/duplicate", test_duplicate);
    testing_add("/extensions/wait-cond", test_wait_cond);
    testing_add("/extensions/wait-cond-coroutine", test_wait_cond_in_a_coroutine);
    testing_add("/extensions/wait-cond-both", test_wait_cond_for_both_aborts);
    testing_add("/extensions/listener", test_listener);
    return g_test_run();
}
