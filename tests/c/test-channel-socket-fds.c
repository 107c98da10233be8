/*
 * The socket channel: descriptors that travel with data.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/resource.h>

#include "failures.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "sockets-helpers.h"
#include "testing.h"

typedef struct {
    QIOChannelSocket *from, *to;
} Pair;

static Pair pair_new(void)
{
    int fds[2];
    Pair pair;

    testing_socket_pair(fds);
    pair.from = qio_channel_socket_new_fd(fds[0], &error_abort);
    pair.to = qio_channel_socket_new_fd(fds[1], &error_abort);
    return pair;
}

static void pair_free(Pair *pair)
{
    object_unref(OBJECT(pair->from));
    object_unref(OBJECT(pair->to));
}

static ssize_t send_fds(Pair *pair, const char *data, int *fds, size_t nfds,
                        Error **errp)
{
    struct iovec iov = { (void *)data, strlen(data) };

    return qio_channel_writev_full(QIO_CHANNEL(pair->from), &iov, 1, fds, nfds,
                                   0, errp);
}

static ssize_t receive(Pair *pair, char *data, size_t size, int **fds,
                       size_t *nfds, Error **errp)
{
    struct iovec iov = { data, size };

    return qio_channel_readv_full(QIO_CHANNEL(pair->to), &iov, 1, fds, nfds,
                                  errp);
}

static void close_all(int *fds, size_t nfds)
{
    for (size_t i = 0; i < nfds; i++) {
        g_assert_cmpint(close(fds[i]), ==, 0);
    }
    g_free(fds);
}

static bool same_file(int one, int other)
{
    struct stat a, b;

    g_assert_true(fstat(one, &a) == 0 && fstat(other, &b) == 0);
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void test_counts(void)
{
    static const size_t counts[] = { 1, 3, 16 };
    Pair pair = pair_new();

    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        int sent[16], *got = (int *)&pair;
        size_t ngot = 99;
        char data[8];

        for (size_t j = 0; j < counts[i]; j += 2) {
            testing_pipe(sent + j);
            fcntl(sent[j], F_SETFL, O_NONBLOCK);
        }
        if (counts[i] % 2) {
            /* The last pipe has one end too many. */
            close(sent[counts[i]]);
        }
        g_assert_cmpint(send_fds(&pair, "data", sent, counts[i], &error_abort),
                        ==, 4);
        g_assert_cmpint(receive(&pair, data, sizeof(data), &got, &ngot,
                                &error_abort), ==, 4);
        g_assert_cmpint(ngot, ==, counts[i]);
        for (size_t j = 0; j < ngot; j++) {
            g_assert_cmpint(got[j], !=, sent[j]);
            g_assert_true(same_file(got[j], sent[j]));
            g_assert_cmpint(fcntl(got[j], F_GETFD) & FD_CLOEXEC, !=, 0);
            g_assert_cmpint(fcntl(got[j], F_GETFL) & O_NONBLOCK, ==, 0);
            close(sent[j]);
        }
        close_all(got, ngot);
    }
    pair_free(&pair);
}

static void test_too_many(void)
{
    Pair pair = pair_new();
    int fds[17];
    char byte;
    Error *err = NULL;

    for (int i = 0; i < 17; i++) {
        fds[i] = STDIN_FILENO;
    }
    g_assert_cmpint(send_fds(&pair, "x", fds, 17, &err), ==, -1);
    g_assert_cmpint(errno, ==, EINVAL);
    g_assert_nonnull(strstr(error_get_pretty(err), "16"));
    g_assert_nonnull(strstr(error_get_pretty(err), "17"));
    error_free_or_abort(&err);
    qio_channel_set_blocking(QIO_CHANNEL(pair.to), false, &error_abort);
    assert_would_block(receive(&pair, &byte, 1, NULL, NULL, &err), err);
    pair_free(&pair);
}

/* Another program may send more than the channel has room for. */
static void test_more_than_fit(void)
{
    Pair pair = pair_new();
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(20 * sizeof(int))];
    } control = { 0 };
    struct iovec iov = { (void *)"x", 1 };
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof(control),
    };
    int *got = NULL;
    size_t ngot = 0;
    char byte;

    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(20 * sizeof(int));
    for (int i = 0; i < 20; i++) {
        ((int *)CMSG_DATA(&control.header))[i] = STDIN_FILENO;
    }
    g_assert_cmpint(sendmsg(pair.from->fd, &message, 0), ==, 1);
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 1);
    g_assert_cmpint(ngot, ==, 16);
    close_all(got, ngot);
    pair_free(&pair);
}

static void test_credentials_take_room(void)
{
    Pair pair = pair_new();
    int one = 1, fds[16], *got = NULL;
    size_t ngot = 0;
    char byte;

    setsockopt(pair.to->fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
    for (int i = 0; i < 16; i++) {
        fds[i] = STDIN_FILENO;
    }
    send_fds(&pair, "x", fds, 3, &error_abort);
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 1);
    g_assert_cmpint(ngot, ==, 3);
    close_all(got, ngot);
    send_fds(&pair, "x", fds, 16, &error_abort);
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 1);
    g_assert_cmpint(ngot, >=, 8);
    g_assert_cmpint(ngot, <, 16);
    close_all(got, ngot);
    pair_free(&pair);
}

static void test_path_descriptor(void)
{
    Pair pair = pair_new();
    int fd = open("/", O_PATH | O_CLOEXEC), *got = NULL;
    size_t ngot = 0;
    char byte;

    send_fds(&pair, "x", &fd, 1, &error_abort);
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 1);
    g_assert_cmpint(ngot, ==, 1);
    g_assert_true(same_file(fd, got[0]));
    close_all(got, ngot);
    close(fd);
    pair_free(&pair);
}

static void test_unwanted(void)
{
    Pair pair = pair_new();
    int fd = STDIN_FILENO, *got = (int *)&fd;
    size_t ngot = 5;
    char byte;

    /* Whoever asks for nothing, or for half of it, gets data alone. */
    for (int i = 0; i < 3; i++) {
        send_fds(&pair, "x", &fd, 1, &error_abort);
        g_assert_cmpint(receive(&pair, &byte, 1, i == 1 ? &got : NULL,
                                i == 2 ? &ngot : NULL, &error_abort), ==, 1);
    }
    g_assert_true(got == (int *)&fd && ngot == 5);
    pair_free(&pair);
}

static void test_partial_reads(void)
{
    Pair pair = pair_new();
    int fd = STDIN_FILENO, *got = NULL;
    size_t ngot = 0;
    char data[8];

    send_fds(&pair, "ab", NULL, 0, &error_abort);
    send_fds(&pair, "cdef", &fd, 1, &error_abort);
    send_fds(&pair, "gh", NULL, 0, &error_abort);
    /* Plain bytes before the message come along, those behind it do not. */
    g_assert_cmpint(receive(&pair, data, 3, &got, &ngot, &error_abort), ==, 3);
    g_assert_cmpint(ngot, ==, 1);
    close_all(got, ngot);
    g_assert_cmpint(receive(&pair, data, 8, &got, &ngot, &error_abort), >, 0);
    g_assert_cmpint(ngot, ==, 0);
    g_assert_null(got);
    pair_free(&pair);
}

static void test_end_of_file(void)
{
    Pair pair = pair_new();
    int *got = (int *)&pair;
    size_t ngot = 5;
    char byte;

    qio_channel_close(QIO_CHANNEL(pair.from), &error_abort);
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 0);
    g_assert_null(got);
    g_assert_cmpint(ngot, ==, 0);
    pair_free(&pair);
}

static void test_empty_read_takes_descriptors(void)
{
    Pair pair = pair_new();
    int fd = STDIN_FILENO, *got = NULL;
    size_t ngot = 0;
    char byte;

    send_fds(&pair, "x", &fd, 1, &error_abort);
    g_assert_cmpint(receive(&pair, &byte, 0, &got, &ngot, &error_abort), ==, 0);
    g_assert_cmpint(ngot, ==, 1);
    close_all(got, ngot);
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 1);
    g_assert_cmpint(ngot, ==, 0);
    pair_free(&pair);
}

static void test_would_block_takes_nothing(void)
{
    Pair pair = pair_new();
    int fd = STDIN_FILENO, *got = NULL;
    size_t ngot = 0, sent = 0, received = 0, descriptors = 0;
    g_autofree char *fill = g_strnfill(65536, 'x');
    g_autofree char *data = g_malloc(65536);
    ssize_t count;
    Error *err = NULL;

    qio_channel_set_blocking(QIO_CHANNEL(pair.from), false, &error_abort);
    qio_channel_set_blocking(QIO_CHANNEL(pair.to), false, &error_abort);
    while ((count = send_fds(&pair, fill, NULL, 0, &error_abort)) > 0) {
        sent += count;
    }
    assert_would_block(send_fds(&pair, "y", &fd, 1, &err), err);
    while ((count = receive(&pair, data, 65536, &got, &ngot, &error_abort)) > 0) {
        received += count;
        descriptors += ngot;
    }
    g_assert_cmpint(sent, ==, received);
    g_assert_cmpint(descriptors, ==, 0);
    pair_free(&pair);
}

/* A write of everything sends descriptors with its first part only. */
static gpointer write_much(gpointer opaque)
{
    Pair *pair = opaque;
    g_autofree char *data = g_strnfill(1024 * 1024, 'x');
    struct iovec iov[] = { { data, 10 }, { data, 1024 * 1024 } };
    int fd = STDIN_FILENO;

    qio_channel_writev_full_all(QIO_CHANNEL(pair->from), iov, 2, &fd, 1, 0,
                                &error_abort);
    return NULL;
}

static void test_short_writes(void)
{
    Pair pair = pair_new();
    g_autofree char *data = g_malloc(65536);
    size_t total = 0, descriptors = 0;
    GThread *writer;

    qio_channel_set_blocking(QIO_CHANNEL(pair.from), false, &error_abort);
    writer = g_thread_new("writer", write_much, &pair);
    while (total < 1024 * 1024 + 10) {
        int *got = NULL;
        size_t ngot = 0;

        total += receive(&pair, data, 65536, &got, &ngot, &error_abort);
        descriptors += ngot;
        close_all(got, ngot);
    }
    g_thread_join(writer);
    g_assert_cmpint(descriptors, ==, 1);
    pair_free(&pair);
}

static void test_no_room_for_descriptors(void)
{
    Pair pair;
    struct rlimit saved, low;
    int fds[2] = { STDIN_FILENO, STDIN_FILENO }, *got = (int *)&pair, next;
    size_t ngot = 5;
    char byte;

    if (!sockets_can_limit_descriptors()) {
        return;
    }
    pair = pair_new();
    next = dup(STDIN_FILENO);
    close(next);
    send_fds(&pair, "x", fds, 2, &error_abort);
    getrlimit(RLIMIT_NOFILE, &saved);
    low = saved;
    low.rlim_cur = next + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    /* The kernel gives as many as there is room for. */
    g_assert_cmpint(receive(&pair, &byte, 1, &got, &ngot, &error_abort), ==, 1);
    setrlimit(RLIMIT_NOFILE, &saved);
    g_assert_cmpint(ngot, ==, 1);
    close_all(got, ngot);
    pair_free(&pair);
}

static void test_bad_descriptor(void)
{
    Pair pair = pair_new();
    int fd = -1;
    Error *err = NULL;

    assert_failed(send_fds(&pair, "x", &fd, 1, &err), &err, EBADF);
    pair_free(&pair);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/socket-fds/counts", test_counts);
    testing_add("/socket-fds/too-many", test_too_many);
    testing_add("/socket-fds/more-than-fit", test_more_than_fit);
    testing_add("/socket-fds/credentials", test_credentials_take_room);
    testing_add("/socket-fds/path-descriptor", test_path_descriptor);
    testing_add("/socket-fds/unwanted", test_unwanted);
    testing_add("/socket-fds/partial-reads", test_partial_reads);
    testing_add("/socket-fds/end-of-file", test_end_of_file);
    testing_add("/socket-fds/empty-read", test_empty_read_takes_descriptors);
    testing_add("/socket-fds/would-block", test_would_block_takes_nothing);
    testing_add("/socket-fds/short-writes", test_short_writes);
    testing_add("/socket-fds/no-room", test_no_room_for_descriptors);
    testing_add("/socket-fds/bad-descriptor", test_bad_descriptor);
    return g_test_run();
}
