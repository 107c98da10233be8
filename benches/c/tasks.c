/*
 * Tasks that work in a thread: against a GThreadPool whose workers complete with an
 * idle source.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <sched.h>

#include "io/task.h"

/* So long an idle thread of a task may stay. */
#define IDLE_US 200000

typedef struct Work {
    GMainContext *context;
    GThreadPool *pool;
    unsigned done;
} Work;

static void work_ours(QIOTask *task, gpointer opaque)
{
}

static void done_ours(QIOTask *task, gpointer opaque)
{
    ((Work *)opaque)->done++;
}

static void task_ours(void *state, unsigned count)
{
    Work *work = state;

    while (count--) {
        QIOTask *task = qio_task_new(NULL, done_ours, work, NULL);

        work->done = 0;
        qio_task_run_in_thread(task, work_ours, NULL, NULL, work->context);
        while (!work->done) {
            g_main_context_iteration(work->context, TRUE);
        }
    }
}

static gboolean done_reference(gpointer opaque)
{
    ((Work *)opaque)->done++;
    return G_SOURCE_REMOVE;
}

static void work_reference(gpointer data, gpointer opaque)
{
    Work *work = data;
    GSource *source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, done_reference, work, NULL);
    g_source_attach(source, work->context);
    g_source_unref(source);
}

static void task_reference(void *state, unsigned count)
{
    Work *work = state;

    while (count--) {
        work->done = 0;
        g_thread_pool_push(work->pool, work, NULL);
        while (!work->done) {
            g_main_context_iteration(work->context, TRUE);
        }
    }
}

/*
 * Has the threads that are started from now on share this processor. Else it depends
 * on where the kernel put each of them once whether a wake-up goes to another one, which
 * on an idle machine takes longer than all the rest.
 */
static void stay_on_one_processor(cpu_set_t *before)
{
    cpu_set_t one;

    /* Threads of earlier tasks are elsewhere. */
    g_usleep(IDLE_US);
    sched_getaffinity(0, sizeof(*before), before);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
}

void bench_tasks(void)
{
    cpu_set_t before;
    Work work = {
        .context = g_main_context_new(),
        .pool = g_thread_pool_new(work_reference, NULL, 4, FALSE, NULL),
    };

    stay_on_one_processor(&before);
    bench_compare(&(BenchRow) {
        .name = "task: run in a thread", .target = 1.3, .state = &work, .count = 8,
        .ours.run = task_ours, .reference.run = task_reference,
    });
    g_thread_pool_free(work.pool, FALSE, TRUE);
    sched_setaffinity(0, sizeof(before), &before);
    g_main_context_unref(work.context);
}
