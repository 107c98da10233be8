/*
 * Coroutines, channels and contexts whose threads part with them: moved, shut down
 * and dropped from elsewhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <glib-unix.h>
#include "qapi/error.h"
#include "block/aio.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "qemu/main-loop.h"
#include "qemu/thread.h"
#include "iothread.h"
#include "patience.h"
#include "sockets-helpers.h"
#include "testing.h"

static QIOChannel *channel_over(int fd)
{
    g_assert_true(g_unix_set_fd_nonblocking(fd, true, NULL));
    return QIO_CHANNEL(qio_channel_file_new_fd(fd));
}

/* Three threads; each has a coroutine that stays, and one visits them in turn. */

enum { THREADS = 3 };

typedef struct Echo {
    QIOChannel *ioc;
    AioContext *ctx;
    Coroutine *co;
    QemuSemaphore done;
    int fd;
} Echo;

static void coroutine_fn echo(void *opaque)
{
    Echo *e = opaque;
    char byte;

    while (qio_channel_read_all_eof(e->ioc, &byte, 1, &error_abort) == 1) {
        g_assert_true(qemu_get_current_aio_context() == e->ctx);
        g_assert_true(qemu_coroutine_get_aio_context(e->co) == e->ctx);
        qio_channel_write_all(e->ioc, &byte, 1, &error_abort);
    }
    qemu_sem_post(&e->done);
}

static void echo_start(Echo *e, AioContext *ctx, bool attach)
{
    int fds[2];

    testing_socket_pair(fds);
    e->ioc = channel_over(fds[0]);
    e->fd = fds[1];
    e->ctx = ctx;
    qemu_sem_init(&e->done, 0);
    if (attach) {
        qio_channel_attach_aio_context(e->ioc, ctx);
    }
    e->co = qemu_coroutine_create(echo, e);
    aio_co_schedule(ctx, e->co);
}

static void echo_expect(Echo *e, char byte)
{
    char sent = byte;

    g_assert_cmpint(write(e->fd, &sent, 1), ==, 1);
    g_assert_cmpint(read(e->fd, &byte, 1), ==, 1);
    g_assert_cmpint(byte, ==, sent);
}

static void echo_stop(Echo *e)
{
    close(e->fd);
    qemu_sem_wait(&e->done);
    qemu_sem_destroy(&e->done);
    object_unref(OBJECT(e->ioc));
}

typedef struct Move {
    Echo *traveller;
    AioContext *to;
    QemuSemaphore left;
} Move;

/* In the thread that the coroutine is about to leave, while it waits. */
static void move(void *opaque)
{
    Move *m = opaque;
    Echo *traveller = m->traveller;

    qio_channel_detach_aio_context(traveller->ioc);
    qio_channel_attach_aio_context(traveller->ioc, m->to);
    traveller->ctx = m->to;
    aio_co_schedule(m->to, traveller->co);
    qemu_sem_post(&m->left);
}

static void test_one_visits_three_threads(void)
{
    IOThread iothreads[THREADS];
    Echo resident[THREADS], traveller;
    Move m = { .traveller = &traveller };
    int n = rounds(6000);

    qemu_sem_init(&m.left, 0);
    for (int i = 0; i < THREADS; i++) {
        iothread_start(&iothreads[i], i % 2);
        echo_start(&resident[i], iothreads[i].ctx, i == 0);
    }
    echo_start(&traveller, iothreads[0].ctx, true);
    for (int i = 0; i < n; i++) {
        int here = i % THREADS;

        for (int j = 0; j < THREADS; j++) {
            echo_expect(&resident[j], (char)i);
        }
        echo_expect(&traveller, (char)i);
        m.to = iothreads[(here + 1) % THREADS].ctx;
        aio_bh_schedule_oneshot(iothreads[here].ctx, move, &m);
        if (i % 2) {
            qemu_sem_wait(&m.left);
        }
        /* Else it may be spoken to on its way, in either thread. */
        g_assert_cmpint(write(traveller.fd, "w", 1), ==, 1);
        if (i % 2 == 0) {
            qemu_sem_wait(&m.left);
        }
        char byte = 0;
        g_assert_cmpint(read(traveller.fd, &byte, 1), ==, 1);
        g_assert_cmpint(byte, ==, 'w');
    }
    echo_stop(&traveller);
    for (int i = 0; i < THREADS; i++) {
        echo_stop(&resident[i]);
        iothread_stop(&iothreads[i]);
    }
    qemu_sem_destroy(&m.left);
}

/* Shutting down wakes who waits, whoever does it. */

typedef struct Waiter {
    QIOChannel *ioc;
    Coroutine *co;
    QemuSemaphore waits;
    int result;
    bool failed;
    QemuSemaphore done;
} Waiter;

static void coroutine_fn read_until_eof(void *opaque)
{
    Waiter *waiter = opaque;
    char byte;

    waiter->result = qio_channel_read(waiter->ioc, &byte, 1, &error_abort);
    while (waiter->result == QIO_CHANNEL_ERR_BLOCK) {
        qio_channel_yield(waiter->ioc, G_IO_IN);
        waiter->result = qio_channel_read(waiter->ioc, &byte, 1, &error_abort);
    }
    qemu_sem_post(&waiter->done);
}

static void coroutine_fn write_until_error(void *opaque)
{
    Waiter *waiter = opaque;
    static char block[65536];
    Error *err = NULL;

    do {
        waiter->result = qio_channel_write_all(waiter->ioc, block, sizeof(block), &err);
    } while (waiter->result == 0);
    waiter->failed = err;
    error_free(err);
    qemu_sem_post(&waiter->done);
}

/* The coroutine is back when it waits for its channel. */
static void waiter_enter(void *opaque)
{
    Waiter *waiter = opaque;

    qemu_coroutine_enter(waiter->co);
    qemu_sem_post(&waiter->waits);
}

static void waiter_start(Waiter *waiter, IOThread *iothread, CoroutineEntry *entry)
{
    qemu_sem_init(&waiter->done, 0);
    qemu_sem_init(&waiter->waits, 0);
    waiter->co = qemu_coroutine_create(entry, waiter);
    aio_bh_schedule_oneshot(iothread->ctx, waiter_enter, waiter);
    qemu_sem_wait(&waiter->waits);
}

static void waiter_stop(Waiter *waiter)
{
    qemu_sem_wait(&waiter->done);
    qemu_sem_destroy(&waiter->done);
    qemu_sem_destroy(&waiter->waits);
}

static void shut_down(QIOChannelShutdown how, bool by_glib)
{
    QIOChannelSocket *client, *server;
    IOThread iothread;
    Waiter reader = { 0 }, writer = { 0 };
    bool reads = how != QIO_CHANNEL_SHUTDOWN_WRITE;
    bool writes = how != QIO_CHANNEL_SHUTDOWN_READ;

    iothread_start(&iothread, by_glib);
    sockets_pair("127.0.0.1:0", &client, &server);
    qio_channel_set_blocking(QIO_CHANNEL(client), false, &error_abort);
    reader.ioc = writer.ioc = QIO_CHANNEL(client);
    if (reads) {
        waiter_start(&reader, &iothread, read_until_eof);
    }
    if (writes) {
        waiter_start(&writer, &iothread, write_until_error);
    }
    qio_channel_shutdown(QIO_CHANNEL(client), how, &error_abort);
    if (reads) {
        waiter_stop(&reader);
        g_assert_cmpint(reader.result, ==, 0);
    }
    if (writes) {
        waiter_stop(&writer);
        g_assert_cmpint(writer.result, ==, -1);
        g_assert_true(writer.failed);
    }
    iothread_stop(&iothread);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_shutdown_wakes_the_reader(void)
{
    shut_down(QIO_CHANNEL_SHUTDOWN_READ, false);
    shut_down(QIO_CHANNEL_SHUTDOWN_READ, true);
}

static void test_shutdown_wakes_the_writer(void)
{
    shut_down(QIO_CHANNEL_SHUTDOWN_WRITE, false);
    shut_down(QIO_CHANNEL_SHUTDOWN_WRITE, true);
}

static void test_shutdown_wakes_both(void)
{
    shut_down(QIO_CHANNEL_SHUTDOWN_BOTH, false);
    shut_down(QIO_CHANNEL_SHUTDOWN_BOTH, true);
}

/* Last references. */

static void coroutine_fn read_and_drop(void *opaque)
{
    Echo *e = opaque;
    char byte;

    qio_channel_read_all(e->ioc, &byte, 1, &error_abort);
    g_assert_true(qemu_get_current_aio_context() == e->ctx);
    object_unref(OBJECT(e->ioc));
    qemu_sem_post(&e->done);
}

static void test_channel_is_dropped_by_its_coroutine(void)
{
    IOThread iothread;

    iothread_start(&iothread, false);
    for (int i = 0; i < rounds(2000); i++) {
        Echo e = { .ctx = iothread.ctx };
        int fds[2];
        char byte;

        testing_socket_pair(fds);
        e.ioc = channel_over(fds[0]);
        qemu_sem_init(&e.done, 0);
        object_ref(OBJECT(e.ioc));
        aio_co_schedule(iothread.ctx, qemu_coroutine_create(read_and_drop, &e));
        object_unref(OBJECT(e.ioc));
        g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
        qemu_sem_wait(&e.done);
        /* Nobody else had it. */
        g_assert_cmpint(read(fds[1], &byte, 1), ==, 0);
        qemu_sem_destroy(&e.done);
        close(fds[1]);
    }
    iothread_stop(&iothread);
}

static void *drop_channel(void *opaque)
{
    object_unref(opaque);
    return NULL;
}

static void test_channel_is_dropped_by_another_thread(void)
{
    QemuThread thread;
    QIOChannel *ioc;
    int fds[2];
    char byte;

    testing_socket_pair(fds);
    ioc = channel_over(fds[0]);
    qemu_thread_create(&thread, "drop", drop_channel, ioc, QEMU_THREAD_JOINABLE);
    g_assert_cmpint(read(fds[1], &byte, 1), ==, 0);
    qemu_thread_join(&thread);
    close(fds[1]);
}

static void must_not_run(void *opaque)
{
    g_assert_not_reached();
}

static void *drop_context(void *opaque)
{
    aio_context_unref(opaque);
    return NULL;
}

/* Handlers that are left do not matter. */
static void test_context_is_dropped_by_another_thread(void)
{
    QemuThread thread;
    AioContext *ctx = aio_context_new(&error_abort);
    int fds[2];

    testing_pipe(fds);
    aio_set_fd_handler(ctx, fds[0], false, must_not_run, NULL, NULL, NULL, NULL);
    aio_context_ref(ctx);
    qemu_thread_create(&thread, "drop", drop_context, ctx, QEMU_THREAD_JOINABLE);
    aio_context_unref(ctx);
    qemu_thread_join(&thread);
    close(fds[0]);
    close(fds[1]);
}

static void *drop_main_context(void *opaque)
{
    g_main_context_unref(opaque);
    return NULL;
}

/* A GMainContext has the last reference, and goes on a third thread. */
static void test_context_goes_with_its_main_context(void)
{
    QemuThread thread;
    GMainContext *loop = g_main_context_new();
    AioContext *ctx = aio_context_new(&error_abort);
    GSource *source = aio_get_g_source(ctx);

    g_source_attach(source, loop);
    g_source_unref(source);
    aio_notify(ctx);
    g_main_context_iteration(loop, FALSE);
    aio_context_unref(ctx);
    qemu_thread_create(&thread, "drop", drop_main_context, loop,
                       QEMU_THREAD_JOINABLE);
    qemu_thread_join(&thread);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    sockets_warm_up();
    /* Opens descriptors that are never closed. */
    qemu_get_aio_context();
    testing_add("/coroutine-threads/visit", test_one_visits_three_threads);
    testing_add("/coroutine-threads/shutdown/reader",
                test_shutdown_wakes_the_reader);
    testing_add("/coroutine-threads/shutdown/writer",
                test_shutdown_wakes_the_writer);
    testing_add("/coroutine-threads/shutdown/both", test_shutdown_wakes_both);
    testing_add("/coroutine-threads/drop/own-channel",
                test_channel_is_dropped_by_its_coroutine);
    testing_add("/coroutine-threads/drop/channel",
                test_channel_is_dropped_by_another_thread);
    testing_add("/coroutine-threads/drop/context",
                test_context_is_dropped_by_another_thread);
    testing_add("/coroutine-threads/drop/main-context",
                test_context_goes_with_its_main_context);
    return g_test_run();
}
