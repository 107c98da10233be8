/*
 * Programs of GLib that never initialise the main loop, or do so late: coroutines
 * that use a channel, sleep and wait for a mutex, wherever they were started.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <glib-unix.h>
#include "qapi/error.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "qemu/main-loop.h"
#include "qemu/thread.h"
#include "fresh-process.h"
#include "testing.h"

/* Two coroutines that need each other. */
typedef struct Program {
    QIOChannel *ends[2];
    CoMutex mutex;
    int finished;
    GMainLoop *loop;
} Program;

static void finish(Program *program)
{
    g_assert_true(qemu_get_current_aio_context() == qemu_get_aio_context());
    if (++program->finished == 2 && program->loop) {
        g_main_loop_quit(program->loop);
    }
}

/* Lets the other one go on, into a mutex that is held for a while. */
static void coroutine_fn hold_mutex(void *opaque)
{
    Program *program = opaque;

    qemu_co_mutex_lock(&program->mutex);
    qio_channel_write_all(program->ends[1], "x", 1, &error_abort);
    qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, 5 * SCALE_MS);
    qemu_co_mutex_unlock(&program->mutex);
    finish(program);
}

static void coroutine_fn read_and_lock(void *opaque)
{
    Program *program = opaque;
    char byte = 0;

    qio_channel_read_all(program->ends[0], &byte, 1, &error_abort);
    g_assert_cmpint(byte, ==, 'x');
    qemu_co_mutex_lock(&program->mutex);
    qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, SCALE_MS);
    qemu_co_mutex_unlock(&program->mutex);
    finish(program);
}

static gboolean start(gpointer opaque)
{
    g_assert_false(qemu_in_coroutine());
    qemu_coroutine_enter(qemu_coroutine_create(read_and_lock, opaque));
    qemu_coroutine_enter(qemu_coroutine_create(hold_mutex, opaque));
    return G_SOURCE_REMOVE;
}

static Program *new_program(void)
{
    Program *program = g_new0(Program, 1);
    int fds[2];

    testing_socket_pair(fds);
    for (int i = 0; i < 2; i++) {
        g_assert_true(g_unix_set_fd_nonblocking(fds[i], true, NULL));
        program->ends[i] = QIO_CHANNEL(qio_channel_file_new_fd(fds[i]));
    }
    qemu_co_mutex_init(&program->mutex);
    return program;
}

static void free_program(Program *program)
{
    g_assert_cmpint(program->finished, ==, 2);
    object_unref(OBJECT(program->ends[0]));
    object_unref(OBJECT(program->ends[1]));
    g_free(program);
}

static void run_loop(Program *program)
{
    program->loop = g_main_loop_new(NULL, FALSE);
    g_main_loop_run(program->loop);
    g_main_loop_unref(program->loop);
}

static void iterate(Program *program)
{
    while (program->finished < 2) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void test_idle_callback_of_a_loop(void)
{
    Program *program;

    IN_A_FRESH_PROCESS();
    program = new_program();
    g_idle_add(start, program);
    run_loop(program);
    g_assert_null(qemu_get_current_aio_context());
    free_program(program);
    END_OF_PROCESS();
}

static void test_idle_callback_of_iterations(void)
{
    Program *program;

    IN_A_FRESH_PROCESS();
    program = new_program();
    g_idle_add(start, program);
    iterate(program);
    free_program(program);
    END_OF_PROCESS();
}

static void test_before_the_loop(void)
{
    Program *program;

    IN_A_FRESH_PROCESS();
    program = new_program();
    start(program);
    g_assert_cmpint(program->finished, ==, 0);
    run_loop(program);
    free_program(program);
    END_OF_PROCESS();
}

static void test_main_loop_wait(void)
{
    Program *program;

    IN_A_FRESH_PROCESS();
    program = new_program();
    start(program);
    while (program->finished < 2) {
        main_loop_wait(false);
    }
    free_program(program);
    END_OF_PROCESS();
}

static void *own_loop(void *opaque)
{
    Program *program = opaque;

    g_idle_add(start, program);
    run_loop(program);
    return NULL;
}

/* The default context is whose thread runs it. */
static void test_loop_of_another_thread(void)
{
    Program *program;
    QemuThread thread;

    IN_A_FRESH_PROCESS();
    program = new_program();
    qemu_thread_create(&thread, "loop", own_loop, program, QEMU_THREAD_JOINABLE);
    qemu_thread_join(&thread);
    free_program(program);
    END_OF_PROCESS();
}

static void *only_start(void *opaque)
{
    start(opaque);
    return NULL;
}

static void test_started_by_another_thread(void)
{
    Program *program;
    QemuThread thread;

    IN_A_FRESH_PROCESS();
    program = new_program();
    qemu_thread_create(&thread, "start", only_start, program, QEMU_THREAD_JOINABLE);
    iterate(program);
    qemu_thread_join(&thread);
    free_program(program);
    END_OF_PROCESS();
}

static void test_initialised_meanwhile(void)
{
    Program *program;

    IN_A_FRESH_PROCESS();
    program = new_program();
    start(program);
    /* They wait already. */
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    iterate(program);
    free_program(program);
    program = new_program();
    g_idle_add(start, program);
    run_loop(program);
    free_program(program);
    END_OF_PROCESS();
}

/* A context of its own that the default main context runs. */
static void test_context_of_the_program(void)
{
    Program *program;
    AioContext *ctx;
    GSource *source;
    Coroutine *co;

    IN_A_FRESH_PROCESS();
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    program = new_program();
    ctx = aio_context_new(&error_abort);
    source = aio_get_g_source(ctx);
    g_source_attach(source, NULL);
    qio_channel_attach_aio_context(program->ends[0], ctx);
    qio_channel_attach_aio_context(program->ends[1], iohandler_get_aio_context());
    start(program);
    co = program->ends[0]->read_coroutine;
    g_assert_true(qemu_coroutine_get_aio_context(co) == qemu_get_aio_context());
    iterate(program);
    free_program(program);
    g_source_destroy(source);
    g_source_unref(source);
    aio_context_unref(ctx);
    END_OF_PROCESS();
}

/* Channels that are used without coroutines leave the process as it is. */

typedef struct Surroundings {
    struct sigaction actions[NSIG];
    sigset_t mask;
    unsigned threads, descriptors;
} Surroundings;

static Surroundings *look_around(void)
{
    Surroundings *around = g_new0(Surroundings, 1);

    for (int i = 1; i < NSIG; i++) {
        sigaction(i, NULL, &around->actions[i]);
    }
    sigprocmask(SIG_SETMASK, NULL, &around->mask);
    around->threads = testing_count_entries("/proc/self/task");
    around->descriptors = testing_count_entries("/proc/self/fd");
    return around;
}

static void use_blocking_channels(void)
{
    QIOChannel *ends[2];
    char byte = 0;
    int fds[2];

    testing_socket_pair(fds);
    ends[0] = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    ends[1] = QIO_CHANNEL(qio_channel_socket_new_fd(fds[1], &error_abort));
    qio_channel_write_all(ends[0], "x", 1, &error_abort);
    qio_channel_wait(ends[1], G_IO_IN);
    qio_channel_read_all(ends[1], &byte, 1, &error_abort);
    object_unref(OBJECT(ends[0]));
    g_assert_cmpint(qio_channel_read_all_eof(ends[1], &byte, 1, &error_abort), ==, 0);
    object_unref(OBJECT(ends[1]));
}

static void test_plain_use_changes_nothing(void)
{
    Surroundings *before, *after;

    IN_A_FRESH_PROCESS();
    before = look_around();
    use_blocking_channels();
    after = look_around();
    for (int i = 1; i < NSIG; i++) {
        g_assert_true(before->actions[i].sa_handler == after->actions[i].sa_handler);
        g_assert_cmpint(sigismember(&before->mask, i), ==, sigismember(&after->mask, i));
    }
    g_assert_cmpuint(before->threads, ==, after->threads);
    g_assert_cmpuint(before->descriptors, ==, after->descriptors);
    END_OF_PROCESS();
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/main-loop-implicit/idle/loop", test_idle_callback_of_a_loop);
    testing_add("/main-loop-implicit/idle/iteration",
                test_idle_callback_of_iterations);
    testing_add("/main-loop-implicit/before", test_before_the_loop);
    testing_add("/main-loop-implicit/main-loop-wait", test_main_loop_wait);
    testing_add("/main-loop-implicit/thread/loop", test_loop_of_another_thread);
    testing_add("/main-loop-implicit/thread/start",
                test_started_by_another_thread);
    testing_add("/main-loop-implicit/init-later", test_initialised_meanwhile);
    testing_add("/main-loop-implicit/own-context", test_context_of_the_program);
    testing_add("/main-loop-implicit/plain", test_plain_use_changes_nothing);
    return g_test_run();
}
