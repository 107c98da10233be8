/*
 * What channels stand on: contexts, coroutines, tasks, credentials, while something
 * fails.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "sweep.h"

#include "block/aio.h"
#include "io/task.h"
#include "qemu/coroutine.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "testing.h"
#include "tls-fixture.h"

/* With certificates, keys for PSK and rules, for all processes. */
static char *directory;

/*
 * Contexts. More descriptors than are listed to a poll.
 */

#define PIPES 6

typedef struct Pipe {
    AioContext *ctx;
    int fds[2];
    unsigned *served;
} Pipe;

static void on_readable(void *opaque)
{
    Pipe *pipe = opaque;
    char byte;

    g_assert_cmpint(read(pipe->fds[0], &byte, 1), ==, 1);
    aio_set_fd_handler(pipe->ctx, pipe->fds[0], false, NULL, NULL, NULL, NULL, NULL);
    ++*pipe->served;
}

static void count_up(void *opaque)
{
    ++*(unsigned *)opaque;
}

/* Everything a context serves: descriptors, a timer, a bottom half. */
typedef struct Duties {
    Pipe pipes[PIPES];
    QEMUTimer *timer;
    unsigned served;
} Duties;

#define ALL_SERVED (PIPES + 2)

static void give_duties(Duties *duties, AioContext *ctx)
{
    for (int i = 0; i < PIPES; i++) {
        Pipe *pipe = &duties->pipes[i];

        *pipe = (Pipe){ .ctx = ctx, .served = &duties->served };
        testing_pipe(pipe->fds);
        g_assert_cmpint(write(pipe->fds[1], "x", 1), ==, 1);
        aio_set_fd_handler(ctx, pipe->fds[0], false, on_readable, NULL, NULL, NULL, pipe);
    }
    duties->timer = aio_timer_new(ctx, QEMU_CLOCK_REALTIME, SCALE_NS, count_up, &duties->served);
    timer_mod(duties->timer, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + 300 * 1000);
    aio_bh_schedule_oneshot(ctx, count_up, &duties->served);
}

static void end_duties(Duties *duties)
{
    timer_free(duties->timer);
    for (int i = 0; i < PIPES; i++) {
        close(duties->pipes[i].fds[0]);
        close(duties->pipes[i].fds[1]);
    }
}

static void context_by_poll(Outcome *outcome)
{
    Error *err = NULL;
    AioContext *ctx = aio_context_new(&err);
    Duties duties = { .served = 0 };

    if (!ctx) {
        outcome_error(outcome, err);
        return;
    }
    give_duties(&duties, ctx);
    while (duties.served < ALL_SERVED) {
        aio_poll(ctx, true);
    }
    end_duties(&duties);
    aio_context_unref(ctx);
}

static void context_by_glib(Outcome *outcome)
{
    Error *err = NULL;
    AioContext *ctx = aio_context_new(&err);
    Duties duties = { .served = 0 };
    GSource *source;

    if (!ctx) {
        outcome_error(outcome, err);
        return;
    }
    source = aio_get_g_source(ctx);
    g_source_attach(source, NULL);
    give_duties(&duties, ctx);
    while (duties.served < ALL_SERVED) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_destroy(source);
    g_source_unref(source);
    end_duties(&duties);
    aio_context_unref(ctx);
}

static void main_loop(Outcome *outcome)
{
    Error *err = NULL;
    unsigned served = 0;

    if (qemu_init_main_loop(&err) < 0) {
        outcome_error(outcome, err);
        return;
    }
    aio_bh_schedule_oneshot(qemu_get_aio_context(), count_up, &served);
    while (!served) {
        main_loop_wait(false);
    }
}

/*
 * Coroutines and tasks.
 */

static void coroutine_fn yield_once(void *opaque)
{
    qemu_coroutine_yield();
    count_up(opaque);
}

#define COROUTINES 5

static void coroutines(Outcome *outcome)
{
    Coroutine *all[COROUTINES];
    unsigned done = 0;

    for (int i = 0; i < COROUTINES; i++) {
        all[i] = qemu_coroutine_create(yield_once, &done);
        qemu_coroutine_enter(all[i]);
    }
    for (int i = 0; i < COROUTINES; i++) {
        qemu_coroutine_enter(all[i]);
    }
    g_assert_cmpuint(done, ==, COROUTINES);
}

typedef struct Job {
    Outcome *outcome;
    bool has_run, is_over;
} Job;

static void work(QIOTask *task, gpointer opaque)
{
    Job *job = opaque;

    job->has_run = true;
    qio_task_set_result_pointer(task, g_strdup("result"), g_free);
}

static void on_end(QIOTask *task, gpointer opaque)
{
    Job *job = opaque;
    Error *err = NULL;

    job->is_over = true;
    if (!qio_task_propagate_error(task, &err)) {
        g_assert_true(job->has_run);
        g_assert_cmpstr(qio_task_get_result_pointer(task), ==, "result");
    }
    outcome_error(job->outcome, err);
}

static void task(Outcome *outcome)
{
    Job job = { .outcome = outcome };

    qio_task_run_in_thread(qio_task_new(NULL, on_end, &job, NULL), work, &job, NULL, NULL);
    while (!job.is_over) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void task_that_is_waited_for(Outcome *outcome)
{
    Job job = { .outcome = outcome };
    QIOTask *task = qio_task_new(NULL, on_end, &job, NULL);

    qio_task_run_in_thread(task, work, &job, NULL, NULL);
    qio_task_wait_thread(task);
    g_assert_true(job.is_over);
}

/*
 * Objects with files.
 */

static void load(Outcome *outcome, const char *kind, const char *endpoint)
{
    Error *err = NULL;
    QCryptoTLSCreds *creds = tls_creds(kind, endpoint, &err, "dir", directory, NULL);

    if (creds) {
        tls_drop(creds);
    }
    outcome_error(outcome, err);
}

static void certificates(Outcome *outcome)
{
    load(outcome, "x509", "server");
    load(outcome, "x509", "client");
}

static void shared_keys(Outcome *outcome)
{
    load(outcome, "psk", "server");
    load(outcome, "psk", "client");
}

static void watched_list(Outcome *outcome)
{
    g_autofree char *path = g_build_filename(directory, "rules", NULL);
    Object *object = object_new("authz-list-file");
    Error *err = NULL;

    object_property_set_str(object, "filename", path, &error_abort);
    object_property_set_bool(object, "refresh", true, &error_abort);
    user_creatable_complete((UserCreatable *)object, &err);
    object_unref(object);
    outcome_error(outcome, err);
}

static void secret(Outcome *outcome)
{
    g_autofree char *path = g_build_filename(directory, "keys.psk", NULL);
    Object *object = object_new("secret");
    Error *err = NULL;

    object_property_set_str(object, "file", path, &error_abort);
    user_creatable_complete((UserCreatable *)object, &err);
    object_unref(object);
    outcome_error(outcome, err);
}

static const Scenario scenarios[] = {
    { "context-by-poll", context_by_poll, 0, NULL },
    { "context-by-glib", context_by_glib, 0, NULL },
    { "main-loop", main_loop, ONCE, NULL },
    { "coroutine-stacks", coroutines, MAY_ABORT, NULL },
    { "task", task, 0, NULL },
    { "task-waited-for", task_that_is_waited_for, 0, NULL },
    { "certificates", certificates, 0, NULL },
    { "shared-keys", shared_keys, 0, NULL },
    { "watched-list", watched_list, 0, NULL },
    { "secret", secret, 0, NULL },
    { 0 },
};

int main(int argc, char **argv)
{
    int result;

    sweep_init();
    directory = tls_make_x509_dir();
    tls_write_file(directory, "keys.psk", "qemu:0123456789abcdef\n");
    tls_write_file(directory, "rules", "{\"policy\": \"deny\", \"rules\": [{\"match\": \"me\", "
                                       "\"policy\": \"allow\", \"format\": \"exact\"}]}");
    result = sweep_main(argc, argv, scenarios);
    testing_remove_dir(directory);
    return result;
}
