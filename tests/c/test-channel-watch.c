/*
 * What descriptor watches report.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-null.h"
#include "io/channel-watch.h"
#include "testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* Reported by a watch that does not fire. */
#define NEVER (~0u)

#define ALL_BITS \
    (G_IO_IN | G_IO_PRI | G_IO_OUT | G_IO_ERR | G_IO_HUP | G_IO_NVAL)

static gboolean note(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    guint *reported = data;

    (void)ioc;
    *reported = condition;
    return G_SOURCE_REMOVE;
}

/* What the source reports within a few turns of a loop. Drops the source. */
static guint outcome(GSource *source)
{
    GMainContext *context = g_main_context_new();
    guint reported = NEVER;

    g_source_set_callback(source, (GSourceFunc)(void (*)(void))note, &reported,
                          NULL);
    g_source_attach(source, context);
    for (int i = 0; i < 3 && reported == NEVER; i++) {
        g_main_context_iteration(context, FALSE);
    }
    g_source_destroy(source);
    g_source_unref(source);
    g_main_context_unref(context);
    return reported;
}

static guint fd_outcome(int fd, GIOCondition condition)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    guint reported = outcome(
        qio_channel_create_fd_watch(QIO_CHANNEL(null), fd, condition));

    /* For POSIX the socket watch is the same. */
    g_assert_cmpuint(outcome(qio_channel_create_socket_watch(
                         QIO_CHANNEL(null), fd, condition)), ==, reported);
    g_assert_cmpuint(OBJECT(null)->ref, ==, 1);
    return reported;
}

static guint pair_outcome(int fdread, int fdwrite, GIOCondition condition)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();

    return outcome(qio_channel_create_fd_pair_watch(QIO_CHANNEL(null), fdread,
                                                    fdwrite, condition));
}

static void put(int fd)
{
    g_assert_cmpint(write(fd, "x", 1), ==, 1);
}

static void fill(int fd)
{
    char block[4096] = "";

    g_assert_cmpint(fcntl(fd, F_SETFL, O_NONBLOCK), ==, 0);
    while (write(fd, block, sizeof(block)) > 0) {
        continue;
    }
    g_assert_cmpint(errno, ==, EAGAIN);
}

static void test_pipe_that_is_read(void)
{
    int fds[2];

    testing_pipe(fds);
    g_assert_cmpuint(fd_outcome(fds[0], ALL_BITS), ==, NEVER);
    put(fds[1]);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN), ==, G_IO_IN);
    g_assert_cmpuint(fd_outcome(fds[0], ALL_BITS), ==, G_IO_IN);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_HUP), ==, NEVER);
    close(fds[1]);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN), ==, G_IO_IN);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN | G_IO_HUP),
                     ==, G_IO_IN | G_IO_HUP);
    close(fds[0]);
}

static void test_empty_pipe_whose_writer_closed(void)
{
    int fds[2];

    testing_pipe(fds);
    close(fds[1]);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN), ==, NEVER);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN | G_IO_HUP), ==, G_IO_HUP);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_HUP), ==, G_IO_HUP);
    g_assert_cmpuint(fd_outcome(fds[0], 0), ==, NEVER);
    close(fds[0]);
}

static void test_pipe_that_is_written(void)
{
    int fds[2];

    testing_pipe(fds);
    g_assert_cmpuint(fd_outcome(fds[1], ALL_BITS), ==, G_IO_OUT);
    fill(fds[1]);
    g_assert_cmpuint(fd_outcome(fds[1], ALL_BITS), ==, NEVER);
    close(fds[0]);
    g_assert_cmpuint(fd_outcome(fds[1], G_IO_OUT), ==, NEVER);
    g_assert_cmpuint(fd_outcome(fds[1], G_IO_OUT | G_IO_ERR), ==, G_IO_ERR);
    close(fds[1]);
}

static void test_socket_whose_peer_closed(void)
{
    int fds[2];

    testing_socket_pair(fds);
    g_assert_cmpuint(fd_outcome(fds[0], ALL_BITS), ==, G_IO_OUT);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN), ==, NEVER);
    close(fds[1]);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN), ==, G_IO_IN);
    g_assert_cmpuint(fd_outcome(fds[0], G_IO_IN | G_IO_HUP),
                     ==, G_IO_IN | G_IO_HUP);
    close(fds[0]);
}

static void test_numbers_without_a_descriptor(void)
{
    /* High enough not to be used again by the contexts made here. */
    int stale = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 500);

    g_assert_cmpint(stale, >=, 500);
    close(stale);
    g_assert_cmpuint(fd_outcome(-1, ALL_BITS), ==, NEVER);
    g_assert_cmpuint(fd_outcome(stale, G_IO_IN | G_IO_OUT), ==, NEVER);
    g_assert_cmpuint(fd_outcome(stale, ALL_BITS), ==, G_IO_NVAL);
    g_assert_cmpuint(pair_outcome(-1, -1, ALL_BITS), ==, NEVER);
    g_assert_cmpuint(pair_outcome(-1, stale, ALL_BITS), ==, G_IO_NVAL);
}

static void test_regular_file(void)
{
    char path[] = "/tmp/qiochannel-test-XXXXXX";
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

    g_assert_cmpint(fd, >=, 0);
    unlink(path);
    g_assert_cmpuint(fd_outcome(fd, G_IO_IN), ==, G_IO_IN);
    g_assert_cmpuint(fd_outcome(fd, ALL_BITS), ==, G_IO_IN | G_IO_OUT);
    g_assert_cmpuint(pair_outcome(fd, fd, ALL_BITS), ==, G_IO_IN | G_IO_OUT);
    close(fd);
}

static void tcp_pair(int fds[2])
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(listener, (struct sockaddr *)&address, length), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    getsockname(listener, (struct sockaddr *)&address, &length);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fds[0], (struct sockaddr *)&address, length),
                    ==, 0);
    fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(fds[1], >=, 0);
    close(listener);
}

static void test_urgent_data(void)
{
    struct pollfd poll_fd;
    int fds[2];

    tcp_pair(fds);
    g_assert_cmpint(send(fds[0], "!", 1, MSG_OOB), ==, 1);
    poll_fd = (struct pollfd){ .fd = fds[1], .events = POLLPRI };
    g_assert_cmpint(poll(&poll_fd, 1, -1), ==, 1);
    g_assert_cmpuint(fd_outcome(fds[1], G_IO_PRI), ==, G_IO_PRI);
    g_assert_cmpuint(fd_outcome(fds[1], G_IO_PRI | G_IO_OUT),
                     ==, G_IO_PRI | G_IO_OUT);
    /* A pair does not poll for it. */
    g_assert_cmpuint(pair_outcome(fds[1], -1, G_IO_PRI), ==, NEVER);
    g_assert_cmpuint(pair_outcome(fds[1], fds[1], G_IO_PRI | G_IO_OUT),
                     ==, G_IO_OUT);
    close(fds[0]);
    close(fds[1]);
}

static void test_pair_of_pipes(void)
{
    int in[2], out[2];

    testing_pipe(in);
    testing_pipe(out);
    g_assert_cmpuint(pair_outcome(in[0], out[1], ALL_BITS), ==, G_IO_OUT);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_IN), ==, NEVER);
    put(in[1]);
    g_assert_cmpuint(pair_outcome(in[0], out[1], ALL_BITS),
                     ==, G_IO_IN | G_IO_OUT);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_IN), ==, G_IO_IN);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_OUT), ==, G_IO_OUT);
    /* Each side is polled for its own bit only. */
    g_assert_cmpuint(pair_outcome(out[1], in[0], G_IO_IN | G_IO_OUT),
                     ==, NEVER);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    close(out[1]);
}

static void test_pair_with_one_side_gone(void)
{
    int in[2], out[2];

    testing_pipe(in);
    testing_pipe(out);
    close(in[1]);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_OUT | G_IO_HUP | G_IO_IN),
                     ==, G_IO_HUP | G_IO_OUT);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_OUT), ==, G_IO_OUT);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_IN), ==, NEVER);
    /* Of the side that was not asked about as well. */
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_HUP), ==, G_IO_HUP);
    fill(out[1]);
    close(out[0]);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_OUT), ==, NEVER);
    g_assert_cmpuint(pair_outcome(in[0], out[1], G_IO_IN | G_IO_ERR),
                     ==, G_IO_ERR);
    g_assert_cmpuint(pair_outcome(in[0], out[1], ALL_BITS),
                     ==, G_IO_HUP | G_IO_ERR);
    close(in[0]);
    close(out[1]);
}

/* What the last poll was about. */
static GPollFD polled[8];
static guint n_polled;

static gint record_poll(GPollFD *fds, guint nfds, gint timeout)
{
    g_assert_cmpuint(nfds, <=, G_N_ELEMENTS(polled));
    n_polled = nfds;
    (void)timeout;
    for (guint i = 0; i < nfds; i++) {
        polled[i] = fds[i];
        fds[i].revents = 0;
    }
    return 0;
}

/* The events a source polls a descriptor for; -1 if it does not. */
static int polled_events(int fd)
{
    for (guint i = 0; i < n_polled; i++) {
        if (polled[i].fd == fd) {
            return polled[i].events;
        }
    }
    return -1;
}

static void poll_pair(int fdread, int fdwrite, GIOCondition condition)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    GMainContext *context = g_main_context_new();
    GSource *source = qio_channel_create_fd_pair_watch(
        QIO_CHANNEL(null), fdread, fdwrite, condition);

    g_main_context_set_poll_func(context, record_poll);
    g_source_attach(source, context);
    g_source_unref(source);
    g_main_context_iteration(context, FALSE);
    g_main_context_unref(context);
}

/*
 * Poll reports HUP and ERR unasked. A side that nobody asked about would make
 * the loop spin when it is gone.
 */
static void test_pair_polls_only_what_was_asked_for(void)
{
    int in[2], out[2];

    testing_pipe(in);
    testing_pipe(out);
    poll_pair(in[0], out[1], G_IO_IN);
    g_assert_cmpint(polled_events(in[0]), ==, G_IO_IN);
    g_assert_cmpint(polled_events(out[1]), ==, -1);
    poll_pair(in[0], out[1], G_IO_OUT);
    g_assert_cmpint(polled_events(in[0]), ==, -1);
    g_assert_cmpint(polled_events(out[1]), ==, G_IO_OUT);
    poll_pair(in[0], out[1], G_IO_IN | G_IO_OUT);
    g_assert_cmpint(polled_events(in[0]), ==, G_IO_IN);
    g_assert_cmpint(polled_events(out[1]), ==, G_IO_OUT);
    for (int bit = G_IO_ERR; bit <= G_IO_NVAL; bit <<= 1) {
        poll_pair(in[0], out[1], G_IO_IN | bit);
        g_assert_cmpint(polled_events(in[0]), ==, G_IO_IN);
        g_assert_cmpint(polled_events(out[1]), ==, 0);
    }
    close(in[0]);
    close(in[1]);
    close(out[0]);
    close(out[1]);
}

/* The number counts, not what it stood for when the watch was made. */
static void test_descriptor_is_captured_by_number(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    GSource *source;
    int fds[2], other[2];

    testing_pipe(fds);
    testing_pipe(other);
    source = qio_channel_create_fd_watch(QIO_CHANNEL(null), fds[0], G_IO_IN);
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(null), NULL), ==, 0);
    g_assert_cmpint(dup3(other[0], fds[0], O_CLOEXEC), ==, fds[0]);
    put(other[1]);
    g_assert_cmpuint(outcome(source), ==, G_IO_IN);
    /* The watch owns no descriptor. */
    g_assert_true(testing_fd_is_open(fds[0]));
    close(fds[0]);
    close(fds[1]);
    close(other[0]);
    close(other[1]);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/watch/pipe/read", test_pipe_that_is_read);
    testing_add("/watch/pipe/hang-up", test_empty_pipe_whose_writer_closed);
    testing_add("/watch/pipe/write", test_pipe_that_is_written);
    testing_add("/watch/socket", test_socket_whose_peer_closed);
    testing_add("/watch/no-descriptor", test_numbers_without_a_descriptor);
    testing_add("/watch/file", test_regular_file);
    testing_add("/watch/urgent", test_urgent_data);
    testing_add("/watch/pair", test_pair_of_pipes);
    testing_add("/watch/pair/one-gone", test_pair_with_one_side_gone);
    testing_add("/watch/pair/polled", test_pair_polls_only_what_was_asked_for);
    testing_add("/watch/number", test_descriptor_is_captured_by_number);
    return g_test_run();
}
