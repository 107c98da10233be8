/*
 * The replay channel of qio-bridge: what was read comes again, and everything else
 * passes through.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/channel-socket.h"
#include "io/channel-websock.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qom/object.h"
#include "replay.h"
#include "testing.h"

/* A replay channel over one end of a socket pair, and the other end. */
typedef struct {
    QIOChannel *ioc;
    QIOChannel *below;
    int peer;
} Link;

static void link_init(Link *link, const char *head, size_t size)
{
    int fds[2];

    testing_socket_pair(fds);
    link->below = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    link->peer = fds[1];
    qio_channel_set_blocking(link->below, false, &error_abort);
    link->ioc = QIO_CHANNEL(replay_channel_new(link->below, head, size));
    g_assert_cmpuint(OBJECT(link->below)->ref, ==, 2);
}

static void link_done(Link *link)
{
    g_assert_cmpuint(OBJECT(link->ioc)->ref, ==, 1);
    object_unref(OBJECT(link->ioc));
    g_assert_cmpuint(OBJECT(link->below)->ref, ==, 1);
    object_unref(OBJECT(link->below));
    if (link->peer != -1) {
        close(link->peer);
    }
}

static void peer_send(const Link *link, const char *text)
{
    g_assert_cmpint(write(link->peer, text, strlen(text)), ==, strlen(text));
}

static void peer_expect(const Link *link, const char *text)
{
    char buffer[64];
    ssize_t got = read(link->peer, buffer, sizeof(buffer));

    g_assert_cmpmem(buffer, got, text, strlen(text));
}

static void expect_read(const Link *link, size_t size, const char *text)
{
    char buffer[64];
    ssize_t got = qio_channel_read(link->ioc, buffer, size, &error_abort);

    g_assert_cmpmem(buffer, got, text, strlen(text));
}

static void expect_block(const Link *link)
{
    char byte;

    g_assert_cmpint(qio_channel_read(link->ioc, &byte, 1, &error_abort), ==,
                    QIO_CHANNEL_ERR_BLOCK);
}

static void test_the_head_comes_first(void)
{
    Link link;

    link_init(&link, "head", 4);
    peer_send(&link, "tail");
    expect_read(&link, 3, "hea");
    expect_read(&link, 3, "d");
    expect_read(&link, 3, "tai");
    expect_read(&link, 3, "l");
    expect_block(&link);
    close(link.peer);
    link.peer = -1;
    expect_read(&link, 3, "");
    link_done(&link);
}

static void test_an_empty_head_is_none(void)
{
    Link link;

    link_init(&link, "", 0);
    expect_block(&link);
    link_done(&link);
}

static void test_reads_scatter(void)
{
    Link link;
    char first[3], second[2], third[4];
    struct iovec iov[] = {
        { first, sizeof(first) }, { second, sizeof(second) }, { third, sizeof(third) },
    };

    link_init(&link, "abcdef", 6);
    g_assert_cmpint(qio_channel_readv(link.ioc, iov, 3, &error_abort), ==, 6);
    g_assert_cmpmem(first, 3, "abc", 3);
    g_assert_cmpmem(second, 2, "de", 2);
    g_assert_cmpmem(third, 1, "f", 1);
    link_done(&link);
}

static void test_reading_all_takes_from_both(void)
{
    Link link;
    char buffer[8];

    link_init(&link, "head", 4);
    peer_send(&link, "tail");
    g_assert_cmpint(qio_channel_read_all(link.ioc, buffer, 8, &error_abort), ==, 0);
    g_assert_cmpmem(buffer, 8, "headtail", 8);
    link_done(&link);
}

static void test_writes_pass(void)
{
    Link link;

    link_init(&link, "head", 4);
    g_assert_cmpint(qio_channel_write(link.ioc, "there", 5, &error_abort), ==, 5);
    peer_expect(&link, "there");
    expect_read(&link, 9, "head");
    link_done(&link);
}

static void test_descriptors_pass(void)
{
    Link link;
    int pipe_fds[2], sent[1];
    int *received = NULL;
    size_t count = 7;
    char byte = 0;
    struct iovec iov = { &byte, 1 };
    QIOChannel *peer;

    link_init(&link, "h", 1);
    testing_pipe(pipe_fds);
    sent[0] = pipe_fds[0];
    peer = QIO_CHANNEL(qio_channel_socket_new_fd(link.peer, &error_abort));
    link.peer = -1;
    g_assert_cmpint(qio_channel_writev_full(peer, &iov, 1, sent, 1, 0, &error_abort),
                    ==, 1);
    g_assert_cmpint(qio_channel_readv_full(link.ioc, &iov, 1, &received, &count,
                                           &error_abort), ==, 1);
    g_assert_cmpint(byte, ==, 'h');
    g_assert_null(received);
    g_assert_cmpuint(count, ==, 0);
    g_assert_cmpint(qio_channel_readv_full(link.ioc, &iov, 1, &received, &count,
                                           &error_abort), ==, 1);
    g_assert_cmpuint(count, ==, 1);
    close(received[0]);
    g_free(received);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    object_unref(OBJECT(peer));
    link_done(&link);
}

static void test_features_are_those_below(void)
{
    QIOChannel *listening = QIO_CHANNEL(qio_channel_socket_new());
    QIOChannel *over_it;
    Link link;

    link_init(&link, "head", 4);
    for (int feature = 0; feature <= QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY; feature++) {
        g_assert_cmpint(qio_channel_has_feature(link.ioc, feature), ==,
                        qio_channel_has_feature(link.below, feature));
    }
    qio_channel_set_feature(listening, QIO_CHANNEL_FEATURE_LISTEN);
    over_it = QIO_CHANNEL(replay_channel_new(listening, "x", 1));
    g_assert_false(qio_channel_has_feature(over_it, QIO_CHANNEL_FEATURE_LISTEN));
    object_unref(OBJECT(over_it));
    object_unref(OBJECT(listening));
    link_done(&link);
}

static void test_modes_pass(void)
{
    Link link;
    int fd;

    link_init(&link, "head", 4);
    fd = QIO_CHANNEL_SOCKET(link.below)->fd;
    qio_channel_set_blocking(link.ioc, true, &error_abort);
    g_assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    qio_channel_set_blocking(link.ioc, false, &error_abort);
    g_assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    qio_channel_set_delay(link.ioc, false);
    qio_channel_set_cork(link.ioc, true);
    qio_channel_set_cork(link.ioc, false);
    link_done(&link);
}

static void test_one_direction_can_end(void)
{
    Link link;

    link_init(&link, "head", 4);
    qio_channel_shutdown(link.ioc, QIO_CHANNEL_SHUTDOWN_WRITE, &error_abort);
    peer_expect(&link, "");
    peer_send(&link, "tail");
    expect_read(&link, 9, "head");
    expect_read(&link, 9, "tail");
    link_done(&link);
}

static void test_closing_closes_below(void)
{
    Link link;
    char byte;

    link_init(&link, "head", 4);
    qio_channel_close(link.ioc, &error_abort);
    g_assert_cmpint(QIO_CHANNEL_SOCKET(link.below)->fd, ==, -1);
    peer_expect(&link, "");
    g_assert_cmpint(qio_channel_read(link.ioc, &byte, 1, NULL), ==, -1);
    link_done(&link);
}

/* Watches */

/* A watch that counts, and reads as much at a time as it is told. */
typedef struct {
    const Link *link;
    size_t read_size;
    int calls;
    GIOCondition condition;
} Watcher;

static gboolean on_ready(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    Watcher *watcher = opaque;
    char buffer[64];

    g_assert_true(ioc == watcher->link->ioc || ioc == watcher->link->below);
    watcher->calls++;
    watcher->condition = condition;
    if (watcher->read_size) {
        qio_channel_read(watcher->link->ioc, buffer, watcher->read_size, NULL);
    }
    return G_SOURCE_CONTINUE;
}

static int iterate(Watcher *watcher)
{
    watcher->calls = 0;
    g_main_context_iteration(NULL, FALSE);
    return watcher->calls;
}

static guint add_watch(Watcher *watcher, GIOCondition condition)
{
    return qio_channel_add_watch(watcher->link->ioc, condition, on_ready, watcher, NULL);
}

static void test_a_watch_sees_the_head_and_then_what_comes(void)
{
    Link link;
    Watcher watcher = { .link = &link, .read_size = 3 };
    guint id;

    link_init(&link, "head", 4);
    id = add_watch(&watcher, G_IO_IN | G_IO_HUP);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(iterate(&watcher), ==, 1);
        g_assert_cmpint(watcher.condition, ==, G_IO_IN);
    }
    g_assert_cmpint(iterate(&watcher), ==, 0);
    peer_send(&link, "tai");
    g_assert_cmpint(iterate(&watcher), ==, 1);
    g_assert_cmpint(watcher.condition, ==, G_IO_IN);
    g_assert_cmpint(iterate(&watcher), ==, 0);
    close(link.peer);
    link.peer = -1;
    g_assert_cmpint(iterate(&watcher), ==, 1);
    g_assert_true(watcher.condition & G_IO_HUP);
    g_source_remove(id);
    link_done(&link);
}

static void test_a_watch_for_output_is_that_below(void)
{
    Link link;
    Watcher watcher = { .link = &link };
    guint id;

    link_init(&link, "head", 4);
    id = add_watch(&watcher, G_IO_OUT);
    g_assert_cmpint(iterate(&watcher), ==, 1);
    g_assert_cmpint(watcher.condition, ==, G_IO_OUT);
    g_source_remove(id);
    link_done(&link);
}

static void test_a_watch_can_be_for_both_directions(void)
{
    Link link;
    Watcher watcher = { .link = &link };
    GIOCondition all = 0;
    guint id;

    link_init(&link, "head", 4);
    id = add_watch(&watcher, G_IO_IN | G_IO_OUT);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(iterate(&watcher), >=, 1);
        all |= watcher.condition;
    }
    g_assert_cmpint(all, ==, G_IO_IN | G_IO_OUT);
    g_source_remove(id);
    link_done(&link);
}

static void test_of_two_watches_one_takes_the_head(void)
{
    Link link;
    Watcher reader = { .link = &link, .read_size = 9 };
    Watcher other = { .link = &link };
    guint ids[2];

    link_init(&link, "head", 4);
    ids[0] = add_watch(&reader, G_IO_IN);
    ids[1] = add_watch(&other, G_IO_IN);
    iterate(&reader);
    g_assert_cmpint(reader.calls, ==, 1);
    other.calls = 0;
    g_assert_cmpint(iterate(&reader), ==, 0);
    g_assert_cmpint(other.calls, ==, 0);
    g_source_remove(ids[0]);
    g_source_remove(ids[1]);
    link_done(&link);
}

static void test_a_thread_that_waits_sees_the_head(void)
{
    Link link;

    link_init(&link, "head", 4);
    qio_channel_wait(link.ioc, G_IO_IN);
    expect_read(&link, 9, "head");
    link_done(&link);
}

/* Coroutines */

typedef struct {
    Link *link;
    int wakes;
} Waiter;

static void wait_twice(void *opaque)
{
    Waiter *waiter = opaque;

    qio_channel_yield(waiter->link->ioc, G_IO_IN);
    waiter->wakes++;
    expect_read(waiter->link, 9, "head");
    qio_channel_yield(waiter->link->ioc, G_IO_IN);
    waiter->wakes++;
    expect_read(waiter->link, 9, "tail");
}

static void run_until(const int *number, int wanted)
{
    while (*number < wanted) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void run_idle(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

static void test_a_coroutine_that_waits_sees_the_head(void)
{
    Link link;
    Waiter waiter = { .link = &link };

    link_init(&link, "head", 4);
    qemu_coroutine_enter(qemu_coroutine_create(wait_twice, &waiter));
    g_assert_cmpint(waiter.wakes, ==, 0);
    run_until(&waiter.wakes, 1);
    run_idle();
    g_assert_cmpint(waiter.wakes, ==, 1);
    peer_send(&link, "tail");
    run_until(&waiter.wakes, 2);
    link_done(&link);
}

static void handler_that_must_not_be_called(void *opaque)
{
    g_assert_not_reached();
}

static void test_a_handler_can_be_removed(void)
{
    Link link;
    AioContext *context = qemu_get_aio_context();

    link_init(&link, "head", 4);
    qio_channel_set_aio_fd_handler(link.ioc, context, handler_that_must_not_be_called,
                                   NULL, NULL);
    qio_channel_set_aio_fd_handler(link.ioc, context, NULL, NULL, NULL);
    run_idle();
    qio_channel_set_aio_fd_handler(link.ioc, context, handler_that_must_not_be_called,
                                   NULL, NULL);
    qio_channel_set_aio_fd_handler(link.below, context, NULL, NULL, NULL);
    /* Gone with the channel. */
    link_done(&link);
    run_idle();
}

/* WebSocket above it, which is what it is for */

static void on_handshake(QIOTask *task, gpointer opaque)
{
    g_assert_false(qio_task_propagate_error(task, NULL));
    *(int *)opaque = 1;
}

static void test_a_handshake_and_a_frame_come_from_the_head(void)
{
    static const char head[] =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
        "\x82\x83\0\0\0\0abc";
    Link link;
    QIOChannelWebsock *websock;
    int done = 0;
    char buffer[512];
    ssize_t got;

    link_init(&link, head, sizeof(head) - 1);
    websock = qio_channel_websock_new_server(link.ioc);
    qio_channel_websock_handshake(websock, on_handshake, &done, NULL);
    run_until(&done, 1);
    got = qio_channel_read(QIO_CHANNEL(websock), buffer, sizeof(buffer), &error_abort);
    g_assert_cmpmem(buffer, got, "abc", 3);
    got = read(link.peer, buffer, sizeof(buffer));
    g_assert_nonnull(g_strstr_len(buffer, got, "101 Switching Protocols"));
    qio_channel_close(QIO_CHANNEL(websock), &error_abort);
    object_unref(OBJECT(websock));
    run_idle();
    link_done(&link);
}

/* What the library keeps from then on, and opens descriptors for. */
static void open_what_stays_open(void)
{
    QIOChannel *nothing = QIO_CHANNEL(qio_channel_socket_new());

    qemu_get_aio_context();
    object_unref(OBJECT(qio_channel_websock_new_server(nothing)));
    object_unref(OBJECT(nothing));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    open_what_stays_open();
    testing_add("/replay/head-first", test_the_head_comes_first);
    testing_add("/replay/empty", test_an_empty_head_is_none);
    testing_add("/replay/scatter", test_reads_scatter);
    testing_add("/replay/read-all", test_reading_all_takes_from_both);
    testing_add("/replay/write", test_writes_pass);
    testing_add("/replay/descriptors", test_descriptors_pass);
    testing_add("/replay/features", test_features_are_those_below);
    testing_add("/replay/modes", test_modes_pass);
    testing_add("/replay/shutdown", test_one_direction_can_end);
    testing_add("/replay/close", test_closing_closes_below);
    testing_add("/replay/watch", test_a_watch_sees_the_head_and_then_what_comes);
    testing_add("/replay/watch-output", test_a_watch_for_output_is_that_below);
    testing_add("/replay/watch-both", test_a_watch_can_be_for_both_directions);
    testing_add("/replay/two-watches", test_of_two_watches_one_takes_the_head);
    testing_add("/replay/wait", test_a_thread_that_waits_sees_the_head);
    testing_add("/replay/coroutine", test_a_coroutine_that_waits_sees_the_head);
    testing_add("/replay/remove-handler", test_a_handler_can_be_removed);
    testing_add("/replay/websock", test_a_handshake_and_a_frame_come_from_the_head);
    return g_test_run();
}
