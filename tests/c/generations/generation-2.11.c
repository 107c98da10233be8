/*
 * A caller and a class as they were written for QEMU 2.11.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "io/channel-tls.h"
#include "io/dns-resolver.h"
#include "io/task.h"
#include "qapi/error.h"
#include "qemu/sockets.h"
#include "generations.h"
#include "testing.h"

const size_t generation_2_11_layout[] = GENERATION_LAYOUT;

/* Names that the API did not have yet were free. */
static int qio_channel_flush(int n) { return n + 1; }
static int qio_task_wait_thread(int n) { return n + 2; }
static int qio_channel_readv_full_all(int n) { return n + 3; }
static int qio_channel_writev_full_all(int n) { return n + 4; }
static int qio_channel_add_watch_full(int n) { return n + 5; }
static int qio_net_listener_new(int n) { return n + 6; }

static void test_hidden_names(void)
{
    g_assert_cmpint(qio_channel_flush(0), ==, 1);
    g_assert_cmpint(qio_task_wait_thread(0), ==, 2);
    g_assert_cmpint(qio_channel_readv_full_all(0), ==, 3);
    g_assert_cmpint(qio_channel_writev_full_all(0), ==, 4);
    g_assert_cmpint(qio_channel_add_watch_full(0), ==, 5);
    g_assert_cmpint(qio_net_listener_new(0), ==, 6);
}

/* The class. */

#define SWAP_CASE(obj) OBJECT_CHECK(SwapCase, (obj), TYPE_SWAP_CASE)
#define SWAP_CASE_CLASS(klass) \
    OBJECT_CLASS_CHECK(SwapCaseClass, (klass), TYPE_SWAP_CASE)
#define SWAP_CASE_GET_CLASS(obj) \
    OBJECT_GET_CLASS(SwapCaseClass, (obj), TYPE_SWAP_CASE)

typedef struct SwapCase {
    QIOChannelBuffer parent;
    bool blocked;
    bool broken;
} SwapCase;

typedef struct SwapCaseClass {
    QIOChannelClass parent_class;
    /* Where the flush function of later classes would be, were they larger. */
    int own_field;
    ssize_t (*parent_writev)(QIOChannel *ioc, const struct iovec *iov,
                             size_t niov, int *fds, size_t nfds, Error **errp);
} SwapCaseClass;

static ssize_t swap_case_writev(QIOChannel *ioc, const struct iovec *iov,
                                size_t niov, int *fds, size_t nfds,
                                Error **errp)
{
    SwapCase *self = SWAP_CASE(ioc);
    char *text;
    struct iovec swapped;
    ssize_t result;
    size_t i;

    if (self->broken) {
        error_setg(errp, "the case is broken");
        return -1;
    }
    if (self->blocked) {
        self->blocked = false;
        return QIO_CHANNEL_ERR_BLOCK;
    }
    text = g_malloc(iov[0].iov_len + 1);
    for (i = 0; i < iov[0].iov_len; i++) {
        text[i] = ((const char *)iov[0].iov_base)[i] ^ 0x20;
    }
    swapped.iov_base = text;
    swapped.iov_len = iov[0].iov_len;
    result = SWAP_CASE_GET_CLASS(ioc)->parent_writev(ioc, &swapped, 1, fds,
                                                     nfds, errp);
    g_free(text);
    return result;
}

static void *given_class_data = (void *)"class data";

static void swap_case_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *ioc_klass = QIO_CHANNEL_CLASS(klass);

    g_assert_true(data == given_class_data);
    SWAP_CASE_CLASS(klass)->own_field = 42;
    SWAP_CASE_CLASS(klass)->parent_writev = ioc_klass->io_writev;
    ioc_klass->io_writev = swap_case_writev;
}

static const TypeInfo swap_case_info = {
    .parent = TYPE_QIO_CHANNEL_BUFFER,
    .name = TYPE_SWAP_CASE,
    .instance_size = sizeof(SwapCase),
    .class_size = sizeof(SwapCaseClass),
    .class_init = swap_case_class_init,
    .class_data = (void *)"class data",
};

static void swap_case_register_types(void)
{
    given_class_data = swap_case_info.class_data;
    type_register_static(&swap_case_info);
}

type_init(swap_case_register_types);

QIOChannel *generation_2_11_new_channel(void)
{
    return QIO_CHANNEL(object_new(TYPE_SWAP_CASE));
}

static void test_class(void)
{
    QIOChannel *ioc = generation_2_11_new_channel();
    QIOChannelBuffer *buffer = QIO_CHANNEL_BUFFER(ioc);
    Error *err = NULL;
    struct iovec iov = { .iov_base = (char *)"Hello", .iov_len = 5 };

    g_assert_cmpint(qio_channel_writev_full(ioc, &iov, 1, NULL, 0, &err), ==, 5);
    g_assert_null(err);
    SWAP_CASE(ioc)->blocked = true;
    g_assert_cmpint(qio_channel_write(ioc, "w", 1, &err), ==,
                    QIO_CHANNEL_ERR_BLOCK);
    g_assert_null(err);
    g_assert_cmpint(qio_channel_write_all(ioc, "World", 5, &err), ==, 0);
    g_assert_cmpmem(buffer->data, buffer->usage, "hELLOwORLD", 10);
    g_assert_cmpint(SWAP_CASE_GET_CLASS(ioc)->own_field, ==, 42);

    SWAP_CASE(ioc)->broken = true;
    g_assert_cmpint(qio_channel_writev_full(ioc, &iov, 1, NULL, 0, &err), ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==, "the case is broken");
    error_free(err);
    err = NULL;
    g_assert_cmpint(qio_channel_writev_all(ioc, &iov, 1, &err), ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==, "the case is broken");
    error_free(err);
    g_assert_cmpint(qio_channel_write(ioc, "x", 1, NULL), ==, -1);
    object_unref(OBJECT(ioc));
}

/* The caller. */

static ssize_t (*writev_full)(QIOChannel *, const struct iovec *, size_t, int *,
                              size_t, Error **) = qio_channel_writev_full;

static void test_descriptors(void)
{
    int fds[2], pipe_fds[2], *received = NULL;
    size_t count = 0;
    char byte = 0;
    struct iovec out = { .iov_base = (char *)"x", .iov_len = 1 };
    struct iovec in = { .iov_base = &byte, .iov_len = 1 };
    QIOChannel *a, *b, *buffer;
    Error *err = NULL;

    testing_socket_pair(fds);
    testing_pipe(pipe_fds);
    a = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    b = QIO_CHANNEL(qio_channel_socket_new_fd(fds[1], &error_abort));
    g_assert_cmpint(writev_full(a, &out, 1, pipe_fds, 1, &error_abort), ==, 1);
    g_assert_cmpint(qio_channel_readv_full(b, &in, 1, &received, &count,
                                           &error_abort), ==, 1);
    g_assert_cmpint(byte, ==, 'x');
    g_assert_cmpuint(count, ==, 1);
    close(received[0]);
    g_free(received);

    buffer = QIO_CHANNEL(qio_channel_buffer_new(0));
    g_assert_cmpint((qio_channel_writev_full)(buffer, &out, 1, pipe_fds, 1, &err),
                    ==, -1);
    g_assert_nonnull(err);
    error_free(err);
    close(pipe_fds[0]);
    close(pipe_fds[1]);

    qio_channel_shutdown(a, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
    g_assert_cmpint(qio_channel_read(b, &byte, 1, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_read(a, &byte, 1, &error_abort), ==, 0);
    object_unref(OBJECT(a));
    object_unref(OBJECT(b));
    object_unref(OBJECT(buffer));
}

static void note_task(QIOTask *task, gpointer opaque)
{
    g_assert_false(qio_task_propagate_error(task, NULL));
    *(int *)opaque += 1;
}

static void no_work(QIOTask *task, gpointer opaque)
{
}

static void iterate_until(const int *count, int wanted)
{
    while (*count < wanted) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void test_without_contexts(void)
{
    char *directory = testing_make_dir();
    char *path = g_build_filename(directory, "socket", NULL);
    SocketAddress *addr = g_new0(SocketAddress, 1);
    QIOChannelSocket *listener = qio_channel_socket_new();
    QIOChannelSocket *other = qio_channel_socket_new();
    QIOChannelSocket *client = qio_channel_socket_new();
    QIOTask *task;
    int count = 0;

    addr->type = SOCKET_ADDRESS_TYPE_UNIX;
    addr->u.q_unix.path = g_strdup(path);
    g_assert_cmpint(qio_channel_socket_listen_sync(listener, addr, &error_abort),
                    ==, 0);
    qio_channel_socket_connect_async(client, addr, note_task, &count, NULL);
    iterate_until(&count, 1);

    g_free(addr->u.q_unix.path);
    addr->u.q_unix.path = g_strconcat(path, "-other", NULL);
    qio_channel_socket_listen_async(other, addr, note_task, &count, NULL);
    iterate_until(&count, 2);

    task = qio_task_new(OBJECT(client), note_task, &count, NULL);
    qio_task_run_in_thread(task, no_work, NULL, NULL);
    iterate_until(&count, 3);

    object_unref(OBJECT(client));
    object_unref(OBJECT(other));
    object_unref(OBJECT(listener));
    qapi_free_SocketAddress(addr);
    g_free(path);
    testing_remove_dir(directory);
}

static void set_name(Object *obj, const char *value, Error **errp)
{
    g_free(*(char **)(obj + 1));
    *(char **)(obj + 1) = g_strdup(value);
}

static char *get_name(Object *obj, Error **errp)
{
    return g_strdup(*(char **)(obj + 1));
}

/* The value came first, then the name. */
static void test_properties(void)
{
    static const TypeInfo info = {
        .name = "generation-2.11-named",
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(Object) + sizeof(char *),
    };
    Object *obj;
    char *value;

    type_register(&info);
    obj = object_new("generation-2.11-named");
    object_property_add_str(obj, "name", get_name, set_name);
    object_property_set_str(obj, "value", "name", &error_abort);
    value = object_property_get_str(obj, "name", &error_abort);
    g_assert_cmpstr(value, ==, "value");
    g_free(value);
    object_property_parse(obj, "text", "name", &error_abort);
    g_assert_cmpstr(*(char **)(obj + 1), ==, "text");
    g_free(*(char **)(obj + 1));
    object_unref(obj);
}

static void test_command(void)
{
    int in[2], out[2];
    pid_t pid;
    char text[5] = "";
    QIOChannel *ioc;

    testing_pipe(in);
    testing_pipe(out);
    pid = fork();
    if (pid == 0) {
        char c;

        close(in[1]);
        close(out[0]);
        while (read(in[0], &c, 1) == 1) {
            if (write(out[1], &c, 1) != 1) {
                _exit(1);
            }
        }
        _exit(0);
    }
    close(in[0]);
    close(out[1]);
    ioc = QIO_CHANNEL(qio_channel_command_new_pid(in[1], out[0], pid));
    qio_channel_write_all(ioc, "echo", 4, &error_abort);
    qio_channel_read_all(ioc, text, 4, &error_abort);
    g_assert_cmpstr(text, ==, "echo");
    qio_channel_close(ioc, &error_abort);
    g_assert_cmpint(kill(pid, 0), ==, -1);
    object_unref(OBJECT(ioc));
}

/* These have other arguments today. That they compile is the test. */
static void (*const handshake)(QIOChannelTLS *, QIOTaskFunc, gpointer,
                               GDestroyNotify) = qio_channel_tls_handshake;
static void (*const set_handler)(AioContext *, int, bool, IOHandler *,
                                 IOHandler *, AioPollFn *, void *) =
    aio_set_fd_handler;
static void (*const dgram)(QIOChannelSocket *, SocketAddress *, SocketAddress *,
                           QIOTaskFunc, gpointer, GDestroyNotify) =
    qio_channel_socket_dgram_async;
static int (*const listen_at)(SocketAddress *, Error **) = socket_listen;

static void test_neighbours(void)
{
    int fds[2];
    QIODNSResolver *resolver = qio_dns_resolver_get_instance();

    g_assert_nonnull(handshake);
    g_assert_nonnull(set_handler);
    g_assert_nonnull(dgram);
    g_assert_nonnull(listen_at);
    g_assert_nonnull(QIO_DNS_RESOLVER_GET_CLASS(resolver));
    testing_pipe(fds);
    qemu_set_nonblock(fds[0]);
    g_assert_cmpint(fcntl(fds[0], F_GETFL) & O_NONBLOCK, !=, 0);
    qemu_set_block(fds[0]);
    g_assert_cmpint(fcntl(fds[0], F_GETFL) & O_NONBLOCK, ==, 0);
    close(fds[0]);
    close(fds[1]);
}

void generation_2_11_add_tests(void)
{
    testing_add("/generations/2.11/hidden-names", test_hidden_names);
    testing_add("/generations/2.11/class", test_class);
    testing_add("/generations/2.11/descriptors", test_descriptors);
    testing_add("/generations/2.11/without-contexts", test_without_contexts);
    testing_add("/generations/2.11/properties", test_properties);
    testing_add("/generations/2.11/command", test_command);
    testing_add("/generations/2.11/neighbours", test_neighbours);
}
