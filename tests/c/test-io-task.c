/*
 * Tasks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <dlfcn.h>
#include <pthread.h>

#include "io/channel-null.h"
#include "io/task.h"
#include "qapi/error.h"
#include "sockets-helpers.h"
#include "testing.h"

/* What happened, in order: one letter each. */
static GString *events;
static GMutex events_lock;

static void note(char event)
{
    g_mutex_lock(&events_lock);
    g_string_append_c(events, event);
    g_mutex_unlock(&events_lock);
}

static void assert_events(const char *expected)
{
    g_mutex_lock(&events_lock);
    g_assert_cmpstr(events->str, ==, expected);
    g_string_truncate(events, 0);
    g_mutex_unlock(&events_lock);
}

static void wait_for_event(void)
{
    bool is_there = false;

    while (!is_there) {
        g_usleep(1000);
        g_mutex_lock(&events_lock);
        is_there = events->len > 0;
        g_mutex_unlock(&events_lock);
    }
}

static GThread *completer;
static int done;
static Error *moved;

static void on_complete(QIOTask *task, gpointer opaque)
{
    completer = g_thread_self();
    note('c');
    qio_task_propagate_error(task, &moved);
    g_atomic_int_inc(&done);
}

static void destroy_opaque(gpointer opaque)
{
    note('o');
}

static void destroy_result(gpointer opaque)
{
    note('r');
}

static void destroy_work(gpointer opaque)
{
    note('w');
}

static void work(QIOTask *task, gpointer opaque)
{
    g_assert_true(g_thread_self() != opaque);
    note('W');
}

static Object *new_source(void)
{
    return OBJECT(qio_channel_null_new());
}

static void test_complete(void)
{
    Object *source = new_source();
    QIOTask *task = qio_task_new(source, on_complete, &done, destroy_opaque);

    g_assert_cmpint(source->ref, ==, 2);
    g_assert_true(qio_task_get_source(task) == source);
    g_assert_cmpint(source->ref, ==, 2);
    g_assert_null(qio_task_get_result_pointer(task));
    qio_task_set_result_pointer(task, NULL, destroy_result);
    qio_task_complete(task);
    g_assert_true(completer == g_thread_self());
    assert_events("cor");
    g_assert_cmpint(source->ref, ==, 1);
    object_unref(source);

    task = qio_task_new(NULL, on_complete, NULL, NULL);
    g_assert_null(qio_task_get_source(task));
    qio_task_complete(task);
    assert_events("c");
}

static void check_result(QIOTask *task, gpointer opaque)
{
    g_assert_true(qio_task_get_result_pointer(task) == opaque);
    g_assert_true(qio_task_get_result_pointer(task) == opaque);
    note('c');
}

static void test_result(void)
{
    QIOTask *task = qio_task_new(NULL, check_result, events, NULL);

    qio_task_set_result_pointer(task, &done, destroy_result);
    qio_task_set_result_pointer(task, events, NULL);
    qio_task_complete(task);
    assert_events("c");
}

static Error *new_error(const char *text)
{
    Error *err = NULL;

    error_setg(&err, "%s", text);
    return err;
}

static void test_errors(void)
{
    QIOTask *task = qio_task_new(NULL, on_complete, NULL, NULL);
    Error *first = new_error("first"), *err = NULL, *other;

    g_assert_false(qio_task_propagate_error(task, &err));
    g_assert_null(err);
    g_assert_false(qio_task_propagate_error(task, &error_abort));
    qio_task_set_error(task, NULL);
    qio_task_set_error(task, first);
    qio_task_set_error(task, new_error("second"));
    g_assert_true(qio_task_propagate_error(task, &err));
    g_assert_true(err == first);
    error_free(err);
    err = NULL;
    g_assert_false(qio_task_propagate_error(task, &err));

    qio_task_set_error(task, new_error("third"));
    g_assert_true(qio_task_propagate_error(task, NULL));
    g_assert_false(qio_task_propagate_error(task, NULL));

    other = new_error("mine");
    err = other;
    qio_task_set_error(task, new_error("fourth"));
    g_assert_true(qio_task_propagate_error(task, &err));
    g_assert_true(err == other);
    error_free(err);

    qio_task_set_error(task, first = new_error("fifth"));
    qio_task_complete(task);
    g_assert_true(moved == first);
    error_free(moved);
    moved = NULL;
    assert_events("c");

    /* Nobody claims this one. */
    task = qio_task_new(NULL, check_result, NULL, NULL);
    qio_task_set_error(task, new_error("lost"));
    qio_task_complete(task);
    assert_events("c");
}

static void fatal_error(gpointer opaque)
{
    QIOTask *task = qio_task_new(NULL, on_complete, NULL, NULL);

    qio_task_set_error(task, new_error("boom"));
    qio_task_propagate_error(task, &error_abort);
}

static void wait_without_thread(gpointer opaque)
{
    qio_task_wait_thread(qio_task_new(NULL, on_complete, NULL, NULL));
}

static void test_programming_errors_abort(void)
{
    sockets_assert_aborts(fatal_error, NULL);
    sockets_assert_aborts(wait_without_thread, NULL);
}

static void test_thread(void)
{
    GMainContext *context = g_main_context_new();
    Object *source = new_source();

    for (int private = 0; private < 2; private++) {
        GMainContext *thread_default = g_main_context_new();
        QIOTask *task = qio_task_new(source, on_complete, NULL, destroy_opaque);

        done = 0;
        qio_task_set_result_pointer(task, NULL, destroy_result);
        g_main_context_push_thread_default(thread_default);
        qio_task_run_in_thread(task, work, g_thread_self(), destroy_work,
                               private ? context : NULL);
        wait_for_event();
        g_usleep(20000);
        /* Neither by itself nor in a context that nobody named. */
        g_assert_false(g_main_context_pending(thread_default));
        assert_events("W");
        sockets_iterate_until(private ? context : NULL, &done);
        g_main_context_pop_thread_default(thread_default);
        g_main_context_unref(thread_default);
        assert_events("cwor");
        g_assert_true(completer == g_thread_self());
    }
    g_assert_cmpint(source->ref, ==, 1);
    object_unref(source);
    g_main_context_unref(context);
}

static gpointer iterate(gpointer context)
{
    sockets_iterate_until(context, &done);
    return NULL;
}

static void test_context_elsewhere(void)
{
    GMainContext *context = g_main_context_new();
    GThread *thread;

    done = 0;
    thread = g_thread_new("loop", iterate, context);
    qio_task_run_in_thread(qio_task_new(NULL, on_complete, NULL, NULL), work,
                           NULL, NULL, context);
    g_thread_join(thread);
    g_assert_true(completer == thread);
    assert_events("Wc");
    g_main_context_unref(context);
}

static gboolean busy(gpointer opaque)
{
    int *turns = opaque;

    note('b');
    return --*turns > 0;
}

static void test_idle_priority(void)
{
    GSource *source = g_timeout_source_new(0);
    int turns = 5;

    done = 0;
    qio_task_run_in_thread(qio_task_new(NULL, on_complete, NULL, NULL), work,
                           NULL, NULL, NULL);
    wait_for_event();
    assert_events("W");
    g_source_set_callback(source, busy, &turns, NULL);
    g_source_attach(source, NULL);
    sockets_iterate_until(NULL, &done);
    assert_events("bbbbbc");
    g_source_unref(source);
}

static void append(QIOTask *task, gpointer opaque)
{
    g_string_append_c(events, 'a' + GPOINTER_TO_INT(opaque));
    g_atomic_int_inc(&done);
}

static void idle_work(QIOTask *task, gpointer opaque)
{
}

static void test_order(void)
{
    done = 0;
    for (int i = 0; i < 5; i++) {
        qio_task_run_in_thread(qio_task_new(NULL, append, GINT_TO_POINTER(i),
                                            NULL),
                               idle_work, NULL, NULL, NULL);
        g_usleep(50000);
    }
    while (done < 5) {
        g_main_context_iteration(NULL, TRUE);
    }
    assert_events("abcde");
}

static void count_work(QIOTask *task, gpointer opaque)
{
    int *counter = g_new(int, 1);

    *counter = GPOINTER_TO_INT(opaque);
    qio_task_set_result_pointer(task, counter, g_free);
}

static void add_result(QIOTask *task, gpointer opaque)
{
    *(int *)opaque += *(int *)qio_task_get_result_pointer(task);
    g_atomic_int_inc(&done);
}

static void test_many(void)
{
    int sum = 0;

    done = 0;
    for (int i = 1; i <= 200; i++) {
        qio_task_run_in_thread(qio_task_new(NULL, add_result, &sum, NULL),
                               count_work, GINT_TO_POINTER(i), NULL, NULL);
    }
    while (done < 200) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_assert_cmpint(sum, ==, 200 * 201 / 2);
}

static void slow_work(QIOTask *task, gpointer opaque)
{
    g_usleep(GPOINTER_TO_INT(opaque));
    note('W');
}

static void on_waited(QIOTask *task, gpointer opaque)
{
    g_assert_cmpint(g_main_depth(), ==, 0);
    on_complete(task, opaque);
}

static void test_wait(void)
{
    static const struct {
        int work, pause;
    } cases[] = { { 20000, 0 }, { 10000, 10000 }, { 0, 20000 } };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GMainContext *context = g_main_context_new();
        QIOTask *task = qio_task_new(NULL, on_waited, NULL, destroy_opaque);

        qio_task_run_in_thread(task, slow_work,
                               GINT_TO_POINTER(cases[i].work), destroy_work,
                               context);
        g_usleep(cases[i].pause);
        completer = NULL;
        qio_task_wait_thread(task);
        g_assert_true(completer == g_thread_self());
        assert_events("Wcwo");
        g_assert_false(g_main_context_pending(context));
        g_main_context_unref(context);
    }
}

static void drop_source(QIOTask *task, gpointer opaque)
{
    Object *source = qio_task_get_source(task);

    object_unref(source);
    /* The task's own reference. */
    g_assert_cmpint(source->ref, ==, 1);
    note('c');
}

static void test_source_dropped_inside(void)
{
    Object *source = new_source();

    qio_task_complete(qio_task_new(source, drop_source, NULL, NULL));
    assert_events("c");
}

static void check_signals(QIOTask *task, gpointer opaque)
{
    volatile char stack[4 * 1024 * 1024];
    char name[16];
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int number = 1; number < 32; number++) {
        bool fault = number == SIGSEGV || number == SIGFPE || number == SIGILL;

        if (number != SIGKILL && number != SIGSTOP) {
            g_assert_cmpint(sigismember(&mask, number), ==, !fault);
        }
    }
    pthread_getname_np(pthread_self(), name, sizeof(name));
    g_assert_cmpstr(name, ==, "io-task-worker");
    for (size_t i = 0; i < sizeof(stack); i += 4096) {
        stack[i] = 1;
    }
    note('W');
}

static void test_signals_and_stack(void)
{
    sigset_t before, after;
    QIOTask *task = qio_task_new(NULL, on_complete, NULL, NULL);

    pthread_sigmask(SIG_BLOCK, NULL, &before);
    qio_task_run_in_thread(task, check_signals, NULL, NULL, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    g_assert_cmpmem(&before, sizeof(long), &after, sizeof(long));
    qio_task_wait_thread(task);
    assert_events("Wc");
}

/* No threads for this program's user: pthread_create() is this one. */
static bool no_threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*function)(void *), void *data)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                       void *);

    if (no_threads) {
        return EAGAIN;
    }
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    }
    return real(thread, attributes, function, data);
}

static int threads_without_tasks;

static void test_no_thread(void)
{
    /* One that has worked before would work again. */
    while (testing_count_threads() != threads_without_tasks) {
        g_usleep(1000);
    }
    for (int wait = 0; wait < 2; wait++) {
        QIOTask *task = qio_task_new(NULL, on_complete, NULL, destroy_opaque);

        done = 0;
        no_threads = true;
        qio_task_run_in_thread(task, work, NULL, destroy_work, NULL);
        no_threads = false;
        assert_events("");
        if (wait) {
            qio_task_wait_thread(task);
        } else {
            sockets_iterate_until(NULL, &done);
        }
        assert_events("cwo");
        error_free_or_abort(&moved);
    }
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    events = g_string_new(NULL);
    /* The default context has a descriptor of its own. */
    g_main_context_iteration(NULL, FALSE);
    threads_without_tasks = testing_count_threads();
    testing_add("/task/complete", test_complete);
    testing_add("/task/result", test_result);
    testing_add("/task/errors", test_errors);
    testing_add("/task/programming-errors", test_programming_errors_abort);
    testing_add("/task/thread", test_thread);
    testing_add("/task/context-elsewhere", test_context_elsewhere);
    testing_add("/task/idle-priority", test_idle_priority);
    testing_add("/task/order", test_order);
    testing_add("/task/many", test_many);
    testing_add("/task/wait", test_wait);
    testing_add("/task/source-dropped-inside", test_source_dropped_inside);
    testing_add("/task/signals-and-stack", test_signals_and_stack);
    testing_add("/task/no-thread", test_no_thread);
    return g_test_run();
}
