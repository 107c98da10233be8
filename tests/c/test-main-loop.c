/*
 * The main loop: implicit and explicit start, timers, handlers, the global lock.
 * Each test is a process of its own, because a main loop is for ever.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/resource.h>
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/thread.h"
#include "block/aio-wait.h"
#include "aborts.h"
#include "fresh-process.h"
#include "testing.h"

static void count(void *opaque)
{
    ++*(int *)opaque;
}

static void note_context(void *opaque)
{
    g_assert_true(qemu_get_current_aio_context() == qemu_get_aio_context());
    g_assert_true(qemu_in_main_thread());
    ++*(int *)opaque;
}

static void sleep_twice(void *opaque)
{
    qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, SCALE_MS);
    g_assert_true(qemu_in_main_thread());
    qemu_co_sleep_ns(QEMU_CLOCK_HOST, SCALE_MS);
    ++*(int *)opaque;
}

static void quit(void *opaque)
{
    g_main_loop_quit(opaque);
}

static void test_implicit(void)
{
    int bh = 0, co = 0, timer = 0;
    GMainLoop *loop;
    QEMUTimer *t;
    QEMUBH *end;

    IN_A_FRESH_PROCESS();
    qemu_notify_event();
    g_assert_null(qemu_get_current_aio_context());
    g_assert_false(qemu_in_main_thread());
    qemu_coroutine_enter(qemu_coroutine_create(sleep_twice, &co));
    qemu_bh_schedule(qemu_bh_new(note_context, &bh));
    t = timer_new_ms(QEMU_CLOCK_REALTIME, note_context, &timer);
    timer_mod(t, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + 1);
    loop = g_main_loop_new(NULL, FALSE);
    while (!co || !bh || !timer) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_assert_null(qemu_get_current_aio_context());
    end = qemu_bh_new(quit, loop);
    qemu_bh_schedule(end);
    g_main_loop_run(loop);
    /* An explicit start later only binds the thread. */
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    g_assert_true(qemu_get_current_aio_context() == qemu_get_aio_context());
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    END_OF_PROCESS();
}

static void *init_elsewhere(void *opaque)
{
    Error *err = NULL;

    *(int *)opaque = qemu_init_main_loop(&err);
    g_assert_nonnull(err);
    error_free(err);
    return NULL;
}

static void test_explicit(void)
{
    QemuThread thread;
    Error *err = NULL;
    int result = 0;

    IN_A_FRESH_PROCESS();
    g_assert_cmpint(qemu_init_main_loop(&err), ==, 0);
    g_assert_null(err);
    qemu_thread_create(&thread, "other", init_elsewhere, &result,
                       QEMU_THREAD_JOINABLE);
    qemu_thread_join(&thread);
    g_assert_cmpint(result, ==, -EBUSY);
    END_OF_PROCESS();
}

static void test_bound_elsewhere(void)
{
    Error *err = NULL;

    IN_A_FRESH_PROCESS();
    qemu_set_current_aio_context(aio_context_new(&error_abort));
    g_assert_cmpint(qemu_init_main_loop(&err), ==, -EBUSY);
    g_assert_nonnull(err);
    END_OF_PROCESS();
}

static void test_no_descriptors(void)
{
    struct rlimit limit;
    Error *err = NULL;
    int next;

    IN_A_FRESH_PROCESS();
    next = dup(0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &limit);
    /* Enough for one of the two contexts. */
    limit.rlim_cur = next + 3;
    setrlimit(RLIMIT_NOFILE, &limit);
    g_assert_cmpint(qemu_init_main_loop(&err), ==, -EMFILE);
    g_assert_true(g_str_has_suffix(error_get_pretty(err), g_strerror(EMFILE)));
    error_free(err);
    g_assert_cmpint(dup(0), ==, next);
    END_OF_PROCESS();
}

static void test_nothing_else_changes(void)
{
    sigset_t before, after;

    IN_A_FRESH_PROCESS();
    sigprocmask(SIG_SETMASK, NULL, &before);
    qemu_init_main_loop(&error_abort);
    main_loop_wait(1);
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int i = 1; i < 32; i++) {
        g_assert_cmpint(sigismember(&before, i), ==, sigismember(&after, i));
    }
    END_OF_PROCESS();
}

static void test_two_contexts(void)
{
    int io = 0, main = 0, fds[2];
    AioContext *ctx;
    QEMUTimer *timer;

    IN_A_FRESH_PROCESS();
    qemu_init_main_loop(&error_abort);
    ctx = qemu_get_aio_context();
    testing_pipe(fds);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    qemu_set_fd_handler(fds[0], note_context, NULL, &io);
    aio_bh_schedule_oneshot(ctx, count, &main);
    timer = timer_new_ns(QEMU_CLOCK_REALTIME, count, &io);
    timer_mod(timer, 0);
    /* The main context alone. */
    while (aio_poll(ctx, false)) {
    }
    g_assert_cmpint(main, ==, 1);
    g_assert_cmpint(io, ==, 0);
    /* The timer and the handler, and never again once cleared. */
    main_loop_wait(0);
    g_assert_cmpint(io, ==, 2);
    qemu_set_fd_handler(fds[0], NULL, NULL, NULL);
    main_loop_wait(1);
    g_assert_cmpint(io, ==, 2);
    /* Legal here, too. */
    aio_poll(iohandler_get_aio_context(), false);
    g_assert_true((void *)iohandler_get_g_source() ==
                  (void *)iohandler_get_aio_context());
    END_OF_PROCESS();
}

static void test_event_notifier(void)
{
    EventNotifier e;

    IN_A_FRESH_PROCESS();
    g_assert_cmpint(event_notifier_init(&e, 1), ==, 0);
    event_notifier_set_handler(&e, NULL);
    g_assert_cmpint(event_notifier_get_fd(&e), ==, event_notifier_get_wfd(&e));
    event_notifier_cleanup(&e);
    END_OF_PROCESS();
}

/* The global lock. */

static bool held_by_other;

static void *take_lock(void *opaque)
{
    qemu_mutex_lock_iothread();
    held_by_other = true;
    g_assert_true(qemu_in_main_thread());
    qemu_mutex_unlock_iothread();
    qemu_bh_schedule(opaque);
    return NULL;
}

static void test_lock_is_free_while_waiting(void)
{
    QemuThread thread;
    QEMUBH *bh;
    int n = 0;

    IN_A_FRESH_PROCESS();
    qemu_init_main_loop(&error_abort);
    bh = qemu_bh_new(count, &n);
    g_assert_false(qemu_mutex_iothread_locked());
    qemu_mutex_lock_iothread();
    g_assert_true(qemu_mutex_iothread_locked());
    qemu_thread_create(&thread, "locker", take_lock, bh, QEMU_THREAD_JOINABLE);
    while (!n) {
        main_loop_wait(0);
        g_assert_true(qemu_mutex_iothread_locked());
    }
    g_assert_true(held_by_other);
    qemu_mutex_unlock_iothread();
    qemu_thread_join(&thread);
    END_OF_PROCESS();
}

static QemuCond cond;

static void *signal_condition(void *opaque)
{
    qemu_mutex_lock_iothread();
    *(bool *)opaque = true;
    qemu_cond_broadcast(&cond);
    qemu_mutex_unlock_iothread();
    return NULL;
}

static void test_condition_with_the_lock(void)
{
    QemuThread thread;
    bool reached = false;

    IN_A_FRESH_PROCESS();
    qemu_cond_init(&cond);
    qemu_mutex_lock_iothread();
    qemu_cond_timedwait_iothread(&cond, 1);
    g_assert_true(qemu_mutex_iothread_locked());
    qemu_thread_create(&thread, "signal", signal_condition, &reached,
                       QEMU_THREAD_JOINABLE);
    while (!reached) {
        qemu_cond_wait_iothread(&cond);
    }
    qemu_mutex_unlock_iothread();
    qemu_thread_join(&thread);
    qemu_cond_destroy(&cond);
    END_OF_PROCESS();
}

static void test_locking_twice_aborts(void)
{
    ABORTS_SAYING("qemu_mutex_lock_iothread*already");
    qemu_mutex_lock_iothread();
    qemu_mutex_lock_iothread();
}

static void test_unlocking_unheld_aborts(void)
{
    ABORTS_SAYING("qemu_mutex_unlock_iothread*does not hold");
    qemu_mutex_unlock_iothread();
}

static void test_oneshot_elsewhere_aborts(void)
{
    ABORTS_SAYING("aio_wait_bh_oneshot*main thread");
    aio_wait_bh_oneshot(aio_context_new(&error_abort), count, NULL);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/main-loop/implicit", test_implicit);
    testing_add("/main-loop/explicit", test_explicit);
    testing_add("/main-loop/bound-elsewhere", test_bound_elsewhere);
    testing_add("/main-loop/no-descriptors", test_no_descriptors);
    testing_add("/main-loop/nothing-else", test_nothing_else_changes);
    testing_add("/main-loop/two-contexts", test_two_contexts);
    testing_add("/main-loop/event-notifier", test_event_notifier);
    testing_add("/main-loop/lock/waiting", test_lock_is_free_while_waiting);
    testing_add("/main-loop/lock/condition", test_condition_with_the_lock);
    testing_add("/main-loop/misuse/lock-twice", test_locking_twice_aborts);
    testing_add("/main-loop/misuse/unlock", test_unlocking_unheld_aborts);
    testing_add("/main-loop/misuse/oneshot", test_oneshot_elsewhere_aborts);
    return g_test_run();
}
