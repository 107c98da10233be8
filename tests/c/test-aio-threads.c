/*
 * Event contexts and several threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"
#include <glib-unix.h>
#include "qapi/error.h"
#include "block/aio.h"
#include "block/aio-wait.h"
#include "io/channel.h"
#include "io/channel-file.h"
#include "qemu/main-loop.h"
#include "qemu/thread.h"
#include "fresh-process.h"
#include "iothread.h"
#include "patience.h"
#include "testing.h"

/* Wake-ups. */

typedef struct {
    IOThread iothread;
    QemuEvent done;
    int n;
    int rounds;
    QEMUBH *bh;
    QEMUTimer timer;
    Coroutine *co;
} Pingpong;

static void answer(void *opaque)
{
    Pingpong *p = opaque;

    p->n++;
    qemu_event_set(&p->done);
}

static void answer_for_ever(void *opaque)
{
    Pingpong *p = opaque;

    while (p->n < p->rounds) {
        p->n++;
        qemu_event_set(&p->done);
        qemu_coroutine_yield();
    }
}

typedef void Ask(Pingpong *p);

static void ask_bh(Pingpong *p)
{
    qemu_bh_schedule(p->bh);
}

static void ask_timer(Pingpong *p)
{
    timer_mod(&p->timer, 0);
}

static void ask_oneshot(Pingpong *p)
{
    aio_bh_schedule_oneshot(p->iothread.ctx, answer, p);
}

static void pingpong(Ask *ask, bool by_glib, int usual)
{
    Pingpong p = { .rounds = rounds(usual) };

    g_test_message("%d wake-ups", p.rounds);
    iothread_start(&p.iothread, by_glib);
    qemu_event_init(&p.done, false);
    p.bh = aio_bh_new(p.iothread.ctx, answer, &p);
    aio_timer_init(p.iothread.ctx, &p.timer, QEMU_CLOCK_REALTIME, 1, answer,
                   &p);
    for (int i = 1; i <= p.rounds; i++) {
        qemu_event_reset(&p.done);
        ask(&p);
        qemu_event_wait(&p.done);
        g_assert_cmpint(p.n, ==, i);
    }
    qemu_bh_delete(p.bh);
    iothread_stop(&p.iothread);
    qemu_event_destroy(&p.done);
}

/* With those below, a million wake-ups in all. */
static void test_bh_wakes(void)
{
    pingpong(ask_bh, false, 200000);
    pingpong(ask_bh, true, 200000);
}

static void test_oneshot_wakes(void)
{
    pingpong(ask_oneshot, false, 100000);
    pingpong(ask_oneshot, true, 100000);
}

static void test_timer_wakes(void)
{
    pingpong(ask_timer, false, 100000);
    pingpong(ask_timer, true, 100000);
}

static void schedule_rounds(bool by_glib)
{
    Pingpong p = { .rounds = rounds(100000) };

    iothread_start(&p.iothread, by_glib);
    qemu_event_init(&p.done, false);
    p.co = qemu_coroutine_create(answer_for_ever, &p);
    for (int i = 1; i <= p.rounds; i++) {
        qemu_event_reset(&p.done);
        if (i == 1) {
            aio_co_schedule(p.iothread.ctx, p.co);
        } else {
            /* It says that it is done just before it yields. */
            aio_co_wake(p.co);
        }
        qemu_event_wait(&p.done);
        g_assert_cmpint(p.n, ==, i);
    }
    aio_co_wake(p.co);
    iothread_stop(&p.iothread);
    qemu_event_destroy(&p.done);
}

static void test_coroutine_wakes(void)
{
    schedule_rounds(false);
    schedule_rounds(true);
}

typedef struct {
    IOThread iothread;
    EventNotifier e;
    int n;
    QemuEvent done;
} Handled;

static void handled(EventNotifier *e)
{
    Handled *h = container_of(e, Handled, e);

    event_notifier_test_and_clear(e);
    h->n++;
    aio_set_event_notifier(h->iothread.ctx, e, false, NULL, NULL, NULL);
    qemu_event_set(&h->done);
}

static void handler_rounds(bool by_glib)
{
    Handled h = { 0 };
    int n = rounds(50000);

    iothread_start(&h.iothread, by_glib);
    event_notifier_init(&h.e, false);
    qemu_event_init(&h.done, false);
    for (int i = 1; i <= n; i++) {
        qemu_event_reset(&h.done);
        event_notifier_set(&h.e);
        /* Registered by another thread, while the context may sleep. */
        aio_set_event_notifier(h.iothread.ctx, &h.e, false, handled, NULL,
                               NULL);
        qemu_event_wait(&h.done);
        g_assert_cmpint(h.n, ==, i);
    }
    iothread_stop(&h.iothread);
    event_notifier_cleanup(&h.e);
    qemu_event_destroy(&h.done);
}

static void test_registration_wakes(void)
{
    handler_rounds(false);
    handler_rounds(true);
}

/* One mutex, five contexts. */

enum { THREADS = 5 };
static IOThread iothreads[THREADS];
static CoMutex shared_mutex;
static int counter;
static int finished;

static void count_locked(void *opaque)
{
    for (int i = 0; i < *(int *)opaque; i++) {
        qemu_co_mutex_lock(&shared_mutex);
        counter++;
        qemu_co_mutex_unlock(&shared_mutex);
    }
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

static void move_and_count(void *opaque)
{
    for (int i = 0; i < *(int *)opaque; i++) {
        aio_co_reschedule_self(iothreads[i % THREADS].ctx);
        g_assert_true(qemu_get_current_aio_context() ==
                      iothreads[i % THREADS].ctx);
        qemu_co_mutex_lock(&shared_mutex);
        counter++;
        qemu_co_mutex_unlock(&shared_mutex);
    }
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

static void run_on_all(CoroutineEntry *entry, int usual)
{
    int each = rounds(usual);

    counter = 0;
    finished = 0;
    qemu_co_mutex_init(&shared_mutex);
    for (int i = 0; i < THREADS; i++) {
        iothread_start(&iothreads[i], i % 2);
    }
    for (int i = 0; i < 2 * THREADS; i++) {
        aio_co_schedule(iothreads[i % THREADS].ctx,
                        qemu_coroutine_create(entry, &each));
    }
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < 2 * THREADS) {
        g_usleep(1000);
    }
    g_assert_cmpint(counter, ==, 2 * THREADS * each);
    for (int i = 0; i < THREADS; i++) {
        iothread_stop(&iothreads[i]);
    }
}

static void test_mutex_between_contexts(void)
{
    run_on_all(count_locked, 50000);
}

static void test_moving_between_contexts(void)
{
    run_on_all(move_and_count, 5000);
}

/* Channels. */

typedef struct {
    QIOChannel *ioc;
    AioContext *ctx;
    QemuEvent done;
    int n;
    int rounds;
    int other_thread;
} Job;

static QIOChannel *channel_over(int fd)
{
    g_assert_true(g_unix_set_fd_nonblocking(fd, true, NULL));
    return QIO_CHANNEL(qio_channel_file_new_fd(fd));
}

static void echo(void *opaque)
{
    Job *job = opaque;
    char byte;

    while (qio_channel_read_all_eof(job->ioc, &byte, 1, &error_abort) == 1) {
        if (job->ctx && qemu_get_current_aio_context() != job->ctx) {
            job->other_thread++;
        }
        qio_channel_write_all(job->ioc, &byte, 1, &error_abort);
        job->n++;
    }
    qemu_event_set(&job->done);
}

static void expect_echoes(int fd, int n)
{
    for (int i = 0; i < n; i++) {
        char byte = (char)i;

        g_assert_cmpint(write(fd, &byte, 1), ==, 1);
        byte = ~byte;
        g_assert_cmpint(read(fd, &byte, 1), ==, 1);
        g_assert_cmpint(byte, ==, (char)i);
    }
}

static void echo_rounds(bool by_glib, bool attach)
{
    IOThread iothread;
    Job job = { 0 };
    int fds[2];

    iothread_start(&iothread, by_glib);
    testing_socket_pair(fds);
    job.ioc = channel_over(fds[0]);
    job.ctx = iothread.ctx;
    qemu_event_init(&job.done, false);
    if (attach) {
        qio_channel_attach_aio_context(job.ioc, iothread.ctx);
    }
    aio_co_schedule(iothread.ctx, qemu_coroutine_create(echo, &job));
    expect_echoes(fds[1], rounds(20000));
    close(fds[1]);
    qemu_event_wait(&job.done);
    g_assert_cmpint(job.other_thread, ==, 0);
    object_unref(OBJECT(job.ioc));
    iothread_stop(&iothread);
    qemu_event_destroy(&job.done);
}

static void test_channel_stays_in_its_thread(void)
{
    echo_rounds(false, false);
    echo_rounds(true, false);
    echo_rounds(false, true);
    echo_rounds(true, true);
}

static void read_bytes(void *opaque)
{
    Job *job = opaque;
    char byte;

    for (int i = 0; i < job->rounds; i++) {
        qio_channel_read_all(job->ioc, &byte, 1, &error_abort);
        g_assert_true(qemu_get_current_aio_context() == job->ctx);
    }
    qemu_event_set(&job->done);
}

static void write_bytes(void *opaque)
{
    Job *job = opaque;
    char block[64] = { 0 };

    for (int i = 0; i < job->rounds; i++) {
        qio_channel_write_all(job->ioc, block, sizeof(block), &error_abort);
        g_assert_true(qemu_get_current_aio_context() == job->ctx);
    }
    qemu_event_set(&job->done);
}

static void test_reader_and_writer_in_two_threads(void)
{
    IOThread reading, writing;
    Job reader = { .rounds = rounds(20000) };
    Job writer = { .rounds = rounds(20000) };
    int fds[2];
    size_t expected;

    iothread_start(&reading, false);
    iothread_start(&writing, true);
    testing_socket_pair(fds);
    reader.ioc = writer.ioc = channel_over(fds[0]);
    reader.ctx = reading.ctx;
    writer.ctx = writing.ctx;
    qemu_event_init(&reader.done, false);
    qemu_event_init(&writer.done, false);
    aio_co_schedule(reading.ctx, qemu_coroutine_create(read_bytes, &reader));
    aio_co_schedule(writing.ctx, qemu_coroutine_create(write_bytes, &writer));
    expected = (size_t)writer.rounds * 64;
    for (int i = 0; i < reader.rounds; i++) {
        char block[100];
        ssize_t got;

        g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
        if (expected) {
            got = read(fds[1], block, sizeof(block));
            g_assert_cmpint(got, >, 0);
            expected -= got;
        }
    }
    while (expected) {
        char block[4096];
        ssize_t got = read(fds[1], block, sizeof(block));

        g_assert_cmpint(got, >, 0);
        expected -= got;
    }
    qemu_event_wait(&reader.done);
    qemu_event_wait(&writer.done);
    object_unref(OBJECT(reader.ioc));
    close(fds[1]);
    iothread_stop(&reading);
    iothread_stop(&writing);
    qemu_event_destroy(&reader.done);
    qemu_event_destroy(&writer.done);
}

/* A reader that others wake all the time. */

static bool waking;

static void *keep_waking(void *opaque)
{
    while (__atomic_load_n(&waking, __ATOMIC_ACQUIRE)) {
        qio_channel_wake_read(opaque);
    }
    return NULL;
}

static void test_wake_read_by_many(void)
{
    IOThread iothread;
    QemuThread wakers[4];
    Job job = { 0 };
    int fds[2];

    iothread_start(&iothread, false);
    testing_socket_pair(fds);
    job.ioc = channel_over(fds[0]);
    job.ctx = iothread.ctx;
    qemu_event_init(&job.done, false);
    aio_co_schedule(iothread.ctx, qemu_coroutine_create(echo, &job));
    waking = true;
    for (int i = 0; i < 4; i++) {
        qemu_thread_create(&wakers[i], "waker", keep_waking, job.ioc,
                           QEMU_THREAD_JOINABLE);
    }
    expect_echoes(fds[1], rounds(2000));
    __atomic_store_n(&waking, false, __ATOMIC_RELEASE);
    for (int i = 0; i < 4; i++) {
        qemu_thread_join(&wakers[i]);
    }
    close(fds[1]);
    qemu_event_wait(&job.done);
    g_assert_cmpint(job.other_thread, ==, 0);
    object_unref(OBJECT(job.ioc));
    iothread_stop(&iothread);
    qemu_event_destroy(&job.done);
}

/* Coroutines without a context, while another thread runs the main loop. */

static bool main_loop_stopping;

static void *run_main_loop(void *opaque)
{
    (void)opaque;
    while (!__atomic_load_n(&main_loop_stopping, __ATOMIC_ACQUIRE)) {
        g_main_context_iteration(NULL, TRUE);
    }
    return NULL;
}

static void wait_for_ready(void *opaque)
{
    Job *job = opaque;

    /* Ready already: the other thread is as fast as it can be. */
    qio_channel_yield(job->ioc, G_IO_OUT);
    g_assert_true(qemu_get_current_aio_context() == qemu_get_aio_context());
    qemu_event_set(&job->done);
}

static void sleep_a_little(void *opaque)
{
    Job *job = opaque;

    qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, 0);
    g_assert_true(qemu_get_current_aio_context() == qemu_get_aio_context());
    qemu_event_set(&job->done);
}

static void test_floating_coroutines_are_adopted(void)
{
    QemuThread thread;
    Job job = { 0 };
    int fds[2], n = rounds(100000);

    testing_socket_pair(fds);
    job.ioc = channel_over(fds[0]);
    qemu_event_init(&job.done, false);
    main_loop_stopping = false;
    qemu_thread_create(&thread, "main-loop", run_main_loop, NULL,
                       QEMU_THREAD_JOINABLE);
    for (int i = 0; i < n; i++) {
        qemu_event_reset(&job.done);
        qemu_coroutine_enter(qemu_coroutine_create(
            i % 4 ? wait_for_ready : sleep_a_little, &job));
        qemu_event_wait(&job.done);
        g_assert_null(__atomic_load_n(&job.ioc->write_coroutine,
                                      __ATOMIC_SEQ_CST));
    }
    __atomic_store_n(&main_loop_stopping, true, __ATOMIC_RELEASE);
    qemu_notify_event();
    g_main_context_wakeup(NULL);
    qemu_thread_join(&thread);
    object_unref(OBJECT(job.ioc));
    close(fds[1]);
    qemu_event_destroy(&job.done);
}

/* First use by two threads at once; only a fresh process can tell. */

static void *first_use(void *opaque)
{
    *(AioContext **)opaque = iohandler_get_aio_context();
    return NULL;
}

static void test_first_use_by_two_threads(void)
{
    QemuThread threads[2];
    AioContext *found[2];

    IN_A_FRESH_PROCESS();
    for (int i = 0; i < 2; i++) {
        qemu_thread_create(&threads[i], "first", first_use, &found[i],
                           QEMU_THREAD_JOINABLE);
    }
    for (int i = 0; i < 2; i++) {
        qemu_thread_join(&threads[i]);
    }
    g_assert_true(found[0] && found[0] == found[1]);
    END_OF_PROCESS();
}

/* Waiting for another thread. */

static void note_context(void *opaque)
{
    *(AioContext **)opaque = qemu_get_current_aio_context();
}

static void kick_later(void *opaque)
{
    __atomic_store_n((bool *)opaque, true, __ATOMIC_RELEASE);
    aio_wait_kick();
}

static void test_waiting_for_a_context(void)
{
    IOThread iothread;

    IN_A_FRESH_PROCESS();
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    iothread_start(&iothread, false);
    for (int i = 0; i < 1000; i++) {
        AioContext *where = NULL;
        bool done = false;

        aio_wait_bh_oneshot(iothread.ctx, note_context, &where);
        g_assert_true(where == iothread.ctx);
        aio_wait_bh_oneshot(qemu_get_aio_context(), note_context, &where);
        g_assert_true(where == qemu_get_aio_context());
        aio_bh_schedule_oneshot(iothread.ctx, kick_later, &done);
        AIO_WAIT_WHILE_UNLOCKED(
            iothread.ctx, !__atomic_load_n(&done, __ATOMIC_ACQUIRE));
        done = false;
        aio_bh_schedule_oneshot(iothread.ctx, kick_later, &done);
        aio_context_acquire(iothread.ctx);
        AIO_WAIT_WHILE(iothread.ctx,
                       !__atomic_load_n(&done, __ATOMIC_ACQUIRE));
        aio_context_release(iothread.ctx);
    }
    g_assert_cmpuint(global_aio_wait.num_waiters, ==, 0);
    iothread_stop(&iothread);
    END_OF_PROCESS();
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/aio-threads/first-use", test_first_use_by_two_threads);
    testing_add("/aio-threads/wait-for", test_waiting_for_a_context);
    if (!g_test_subprocess()) {
        /* Opens descriptors that are never closed. */
        qemu_get_aio_context();
    }
    testing_add("/aio-threads/wake/bh", test_bh_wakes);
    testing_add("/aio-threads/wake/oneshot", test_oneshot_wakes);
    testing_add("/aio-threads/wake/timer", test_timer_wakes);
    testing_add("/aio-threads/wake/coroutine", test_coroutine_wakes);
    testing_add("/aio-threads/wake/registration", test_registration_wakes);
    testing_add("/aio-threads/mutex", test_mutex_between_contexts);
    testing_add("/aio-threads/move", test_moving_between_contexts);
    testing_add("/aio-threads/channel/stays", test_channel_stays_in_its_thread);
    testing_add("/aio-threads/channel/two-threads",
                test_reader_and_writer_in_two_threads);
    testing_add("/aio-threads/channel/wake-read", test_wake_read_by_many);
    testing_add("/aio-threads/floating", test_floating_coroutines_are_adopted);
    return g_test_run();
}
