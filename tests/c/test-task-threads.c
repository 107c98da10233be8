/*
 * The threads in which tasks work: as many as there is work, none that a worker has
 * left its traces in, and none without work for long.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <locale.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sched.h>
#include <sys/wait.h>

#include "io/task.h"
#include "qapi/error.h"
#include "patience.h"
#include "testing.h"

static void nothing(QIOTask *task, gpointer opaque)
{
}

/* Has the worker work, and waits for it. */
static void work(QIOTaskWorker worker, gpointer opaque)
{
    QIOTask *task = qio_task_new(NULL, nothing, NULL, NULL);

    qio_task_run_in_thread(task, worker, opaque, NULL, NULL);
    qio_task_wait_thread(task);
}

static int threads_without_tasks;

static void wait_until_threads_are_gone(void)
{
    while (testing_count_threads() != threads_without_tasks) {
        g_usleep(1000);
    }
}

typedef struct Crowd {
    pthread_barrier_t all_there;
    int done;
} Crowd;

static void meet(QIOTask *task, gpointer opaque)
{
    Crowd *crowd = opaque;

    pthread_barrier_wait(&crowd->all_there);
}

static void count_done(QIOTask *task, gpointer opaque)
{
    Crowd *crowd = opaque;

    crowd->done++;
}

/* None of them ends before all have started. */
static void all_work_at_once(void)
{
    enum { SIZE = 100 };
    Crowd crowd;

    pthread_barrier_init(&crowd.all_there, NULL, SIZE);
    for (int round = 0; round < 3; round++) {
        crowd.done = 0;
        for (int i = 0; i < SIZE; i++) {
            qio_task_run_in_thread(qio_task_new(NULL, count_done, &crowd, NULL),
                                   meet, &crowd, NULL, NULL);
        }
        while (crowd.done < SIZE) {
            g_main_context_iteration(NULL, TRUE);
        }
    }
    pthread_barrier_destroy(&crowd.all_there);
}

typedef struct Traces {
    pid_t thread;
    locale_t locale;
} Traces;

/* Changes all that a worker might by accident leave changed. */
static void leave_traces(QIOTask *task, gpointer opaque)
{
    Traces *traces = opaque;
    sigset_t mask;
    int old;

    traces->thread = syscall(SYS_gettid);
    sigemptyset(&mask);
    sigaddset(&mask, SIGSEGV);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    pthread_setname_np(pthread_self(), "somebody-else");
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    uselocale(traces->locale);
    errno = ENOTTY;
}

static void find_no_traces(QIOTask *task, gpointer opaque)
{
    Traces *traces = opaque;
    char name[16];
    sigset_t mask;
    int old;

    g_assert_cmpint(errno, ==, 0);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    g_assert_true(sigismember(&mask, SIGTERM));
    g_assert_true(sigismember(&mask, SIGCHLD));
    g_assert_false(sigismember(&mask, SIGSEGV));
    pthread_getname_np(pthread_self(), name, sizeof(name));
    g_assert_cmpstr(name, ==, "io-task-worker");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    g_assert_cmpint(old, ==, PTHREAD_CANCEL_ENABLE);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
    g_assert_cmpint(old, ==, PTHREAD_CANCEL_DEFERRED);
    g_assert_true(uselocale(NULL) == LC_GLOBAL_LOCALE);
    if (syscall(SYS_gettid) != traces->thread) {
        /* The other thread went before this one was needed. */
        traces->thread = 0;
    }
}

static void a_thread_that_worked_before_is_as_new(void)
{
    Traces traces = { .locale = newlocale(LC_ALL_MASK, "C", NULL) };

    do {
        work(leave_traces, &traces);
        work(find_no_traces, &traces);
    } while (!traces.thread);
    freelocale(traces.locale);
}

static void get_priority(QIOTask *task, gpointer opaque)
{
    *(int *)opaque = getpriority(PRIO_PROCESS, 0);
}

static gpointer work_nicely(gpointer opaque)
{
    int priority;

    g_assert_cmpint(setpriority(PRIO_PROCESS, 0, 19), ==, 0);
    for (int i = 0; i < 3; i++) {
        work(get_priority, &priority);
        g_assert_cmpint(priority, ==, 19);
    }
    return NULL;
}

static void a_worker_inherits_from_who_starts_the_task(void)
{
    int before = getpriority(PRIO_PROCESS, 0), priority;

    g_thread_join(g_thread_new("nice", work_nicely, NULL));
    work(get_priority, &priority);
    g_assert_cmpint(priority, ==, before);
}

static void remember_thread(QIOTask *task, gpointer opaque)
{
    *(pthread_t *)opaque = pthread_self();
}

static void a_child_process_has_threads_of_its_own(void)
{
    pthread_t thread;
    int status;
    pid_t child;

    /* Leaves an idle thread behind, which the child has not. */
    work(remember_thread, &thread);
    child = fork();
    if (child == 0) {
        work(remember_thread, &thread);
        work(remember_thread, &thread);
        /* What the lost threads had is no leak to be looked for at the exit. */
        raise(SIGKILL);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
    work(remember_thread, &thread);
}

/* Runs in the first process of a name space, and leaves an idle thread behind. */
static void fork_into_another_name_space(void)
{
    pthread_t thread;
    int status;
    pid_t child;

    work(remember_thread, &thread);
    g_assert_cmpint(unshare(CLONE_NEWPID), ==, 0);
    child = fork();
    if (child == 0) {
        g_assert_cmpint(getpid(), ==, 1);
        work(remember_thread, &thread);
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* The number of a process does not tell it from the one that made it. */
static void a_child_process_with_the_same_number(void)
{
    int status;
    pid_t child;

#ifdef TEST_IN_HOST
    g_test_skip("in a host, forks are none of the library's business");
    return;
#endif
    if (is_under_valgrind()) {
        g_test_skip("valgrind looks for leaks in children, whose threads are lost");
        return;
    }
    child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWPID) < 0) {
            _exit(77);
        }
        child = fork();
        if (child == 0) {
            fork_into_another_name_space();
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        g_test_skip("name spaces of process numbers are not permitted");
        return;
    }
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

static void threads_without_work_go(void)
{
    pthread_t thread;

    for (int i = 0; i < 2; i++) {
        work(remember_thread, &thread);
        wait_until_threads_are_gone();
    }
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    threads_without_tasks = testing_count_threads();
    testing_add("/task-threads/all-at-once", all_work_at_once);
    testing_add("/task-threads/traces", a_thread_that_worked_before_is_as_new);
    testing_add("/task-threads/inheritance", a_worker_inherits_from_who_starts_the_task);
    testing_add("/task-threads/fork", a_child_process_has_threads_of_its_own);
    testing_add("/task-threads/same-number", a_child_process_with_the_same_number);
    testing_add("/task-threads/idle", threads_without_work_go);
    return g_test_run();
}
