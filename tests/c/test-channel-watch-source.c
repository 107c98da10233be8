/*
 * Watches as GSources: names, references, contexts, callbacks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scripted-channel.h"
#include "qemu/module.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-watch.h"
#include "testing.h"

static guint refs(void *object)
{
    return OBJECT(object)->ref;
}

static QIOChannel *new_null(void)
{
    return QIO_CHANNEL(qio_channel_null_new());
}

static gboolean count_once(QIOChannel *ioc, GIOCondition condition,
                           gpointer data)
{
    (void)ioc, (void)condition;
    ++*(int *)data;
    return G_SOURCE_REMOVE;
}

static gboolean count_on(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    count_once(ioc, condition, data);
    return G_SOURCE_CONTINUE;
}

static void test_new_source(void)
{
    static const char *const types[] = {
        TYPE_QIO_CHANNEL_BUFFER, TYPE_QIO_CHANNEL_NULL, TYPE_QIO_CHANNEL_FILE,
        TYPE_QIO_CHANNEL_COMMAND, TYPE_SCRIPTED_CHANNEL,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        QIOChannel *ioc = QIO_CHANNEL(object_new(types[i]));
        GSource *source = qio_channel_create_watch(ioc, G_IO_IN);

        g_assert_cmpuint(source->ref_count, ==, 1);
        g_assert_cmpuint(refs(ioc), ==, 2);
        g_assert_cmpint(g_source_get_priority(source), ==, G_PRIORITY_DEFAULT);
        g_assert_false(g_source_get_can_recurse(source));
        g_assert_null(g_source_get_context(source));
        g_assert_null(g_source_get_name(source));
        g_source_unref(source);
        g_assert_cmpuint(refs(ioc), ==, 1);
        object_unref(OBJECT(ioc));
    }
}

static void check_name(QIOChannel *ioc)
{
    GSource *source;

    qio_channel_set_name(ioc, "migration");
    source = qio_channel_create_watch(ioc, G_IO_OUT);
    qio_channel_set_name(ioc, "other");
    g_assert_cmpstr(g_source_get_name(source), ==, "migration");
    g_source_unref(source);
    qio_channel_set_name(ioc, NULL);
    source = qio_channel_create_watch(ioc, G_IO_OUT);
    g_assert_null(g_source_get_name(source));
    g_source_unref(source);
    object_unref(OBJECT(ioc));
}

static void test_name(void)
{
    check_name(new_null());
    check_name(scripted_base(scripted_channel_new(NULL, 0)));
}

static void test_name_of_an_added_watch(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    int count = 0;
    guint id;

    qio_channel_set_name(ioc, "added");
    id = qio_channel_add_watch(ioc, G_IO_IN, count_once, &count, NULL);
    g_assert_cmpstr(g_source_get_name(
                        g_main_context_find_source_by_id(NULL, id)),
                    ==, "added");
    g_source_remove(id);
}

static void test_returning_false_removes(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    int count = 0;
    guint id = qio_channel_add_watch(ioc, G_IO_IN, count_once, &count, NULL);

    g_assert_cmpuint(refs(ioc), ==, 2);
    while (g_main_context_iteration(NULL, FALSE)) {
        continue;
    }
    g_assert_cmpint(count, ==, 1);
    g_assert_cmpuint(refs(ioc), ==, 1);
    g_assert_null(g_main_context_find_source_by_id(NULL, id));
}

static void test_returning_true_repeats(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    int count = 0;
    guint id = qio_channel_add_watch(ioc, G_IO_IN, count_on, &count, NULL);

    for (int i = 1; i <= 5; i++) {
        g_assert_true(g_main_context_iteration(NULL, FALSE));
        g_assert_cmpint(count, ==, i);
    }
    g_assert_true(g_source_remove(id));
    g_assert_cmpuint(refs(ioc), ==, 1);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
}

static void test_destroyed_and_orphaned_sources(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    GMainContext *context = g_main_context_new();
    int count = 0;
    GSource *source = qio_channel_add_watch_source(ioc, G_IO_IN, count_on,
                                                   &count, NULL, context);

    g_assert_cmpuint(refs(ioc), ==, 2);
    g_source_destroy(source);
    g_assert_cmpuint(refs(ioc), ==, 2);
    g_source_unref(source);
    g_assert_cmpuint(refs(ioc), ==, 1);

    qio_channel_add_watch_full(ioc, G_IO_IN, count_on, &count, NULL, context);
    g_assert_cmpuint(refs(ioc), ==, 2);
    g_main_context_unref(context);
    g_assert_cmpuint(refs(ioc), ==, 1);
    g_assert_cmpint(count, ==, 0);
}

static void check_still_referenced(gpointer data)
{
    g_assert_cmpuint(refs(data), ==, 2);
    qio_channel_set_name(QIO_CHANNEL(data), "notified");
}

static gboolean remove_now(QIOChannel *ioc, GIOCondition condition,
                           gpointer data)
{
    g_assert_true(ioc == data);
    g_assert_cmpint(condition, ==, G_IO_IN);
    return G_SOURCE_REMOVE;
}

/* `notify` runs while the watch still holds its reference on the channel. */
static void test_notify_runs_before_the_reference_is_dropped(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    guint id;

    qio_channel_add_watch(ioc, G_IO_IN, remove_now, ioc,
                          check_still_referenced);
    g_main_context_iteration(NULL, FALSE);
    g_assert_cmpstr(ioc->name, ==, "notified");
    g_assert_cmpuint(refs(ioc), ==, 1);

    qio_channel_set_name(ioc, NULL);
    id = qio_channel_add_watch(ioc, G_IO_IN, remove_now, ioc,
                               check_still_referenced);
    g_source_remove(id);
    g_assert_cmpstr(ioc->name, ==, "notified");
    g_assert_cmpuint(refs(ioc), ==, 1);
}

static void test_null_is_the_global_default_context(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    GMainContext *context = g_main_context_new();
    GSource *source;
    int count = 0;

    g_main_context_push_thread_default(context);
    qio_channel_add_watch(ioc, G_IO_IN, count_once, &count, NULL);
    qio_channel_add_watch_full(ioc, G_IO_IN, count_once, &count, NULL, NULL);
    source = qio_channel_add_watch_source(ioc, G_IO_IN, count_once, &count,
                                          NULL, NULL);
    g_assert_true(g_source_get_context(source) == g_main_context_default());
    g_assert_false(g_main_context_iteration(context, FALSE));
    g_assert_cmpint(count, ==, 0);
    while (g_main_context_iteration(g_main_context_default(), FALSE)) {
        continue;
    }
    g_assert_cmpint(count, ==, 3);
    g_source_unref(source);
    g_main_context_pop_thread_default(context);
    g_main_context_unref(context);
}

static void test_explicit_context(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    GMainContext *context = g_main_context_new();
    int count = 0;

    qio_channel_add_watch_full(ioc, G_IO_IN, count_once, &count, NULL, context);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
    g_assert_cmpint(count, ==, 0);
    g_assert_true(g_main_context_iteration(context, FALSE));
    g_assert_cmpint(count, ==, 1);
    g_main_context_unref(context);
}

static void test_returned_source_outlives_its_firing(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    int count = 0;
    GSource *source = qio_channel_add_watch_source(ioc, G_IO_IN, count_once,
                                                   &count, NULL, NULL);

    g_assert_cmpuint(source->ref_count, ==, 2);
    g_assert_cmpuint(refs(ioc), ==, 2);
    g_main_context_iteration(NULL, FALSE);
    g_assert_cmpint(count, ==, 1);
    g_assert_true(g_source_is_destroyed(source));
    g_assert_cmpuint(source->ref_count, ==, 1);
    g_assert_cmpuint(refs(ioc), ==, 2);
    g_source_destroy(source);
    g_source_unref(source);
    g_assert_cmpuint(refs(ioc), ==, 1);
}

static gboolean drop_channel(QIOChannel *ioc, GIOCondition condition,
                             gpointer data)
{
    (void)condition, (void)data;
    object_unref(OBJECT(ioc));
    g_assert_cmpuint(refs(ioc), ==, 1);
    g_assert_true(testing_fd_is_open(QIO_CHANNEL_FILE(ioc)->fd));
    return G_SOURCE_REMOVE;
}

static void test_callback_may_drop_every_other_reference(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    QIOChannel *ioc = QIO_CHANNEL(qio_channel_file_new_fd(fd));

    qio_channel_add_watch(ioc, G_IO_OUT, drop_channel, NULL, NULL);
    g_main_context_iteration(NULL, FALSE);
    g_assert_false(testing_fd_is_open(fd));
}

static void test_source_may_hold_the_last_reference(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    QIOChannel *ioc = QIO_CHANNEL(qio_channel_file_new_fd(fd));
    GSource *source = qio_channel_create_watch(ioc, G_IO_OUT);

    object_unref(OBJECT(ioc));
    g_assert_true(testing_fd_is_open(fd));
    g_source_unref(source);
    g_assert_false(testing_fd_is_open(fd));
}

static void test_source_without_callback(void)
{
    g_autoptr(QIOChannel) ioc = new_null();
    GSource *source = qio_channel_create_watch(ioc, G_IO_IN);

    g_source_attach(source, NULL);
    g_test_expect_message("qiochannel", G_LOG_LEVEL_WARNING, "*callback*");
    g_main_context_iteration(NULL, FALSE);
    g_test_assert_expected_messages();
    g_assert_true(g_source_is_destroyed(source));
    g_source_unref(source);
    g_assert_cmpuint(refs(ioc), ==, 1);
}

/* A source that makes a watch in its prepare function, as character devices do. */
typedef struct Outer {
    GSource parent;
    QIOChannel *ioc;
    int *count;
    GSource *child;
} Outer;

static gboolean outer_prepare(GSource *source, gint *timeout)
{
    Outer *outer = (Outer *)source;

    *timeout = -1;
    if (!outer->child) {
        outer->child = qio_channel_create_watch(outer->ioc, G_IO_IN);
        g_source_set_callback(outer->child,
                              (GSourceFunc)(void (*)(void))count_on,
                              outer->count, NULL);
        g_source_add_child_source(source, outer->child);
        g_source_unref(outer->child);
    }
    return FALSE;
}

static gboolean outer_check(GSource *source)
{
    (void)source;
    return FALSE;
}

static gboolean outer_dispatch(GSource *source, GSourceFunc callback,
                               gpointer data)
{
    (void)source, (void)callback, (void)data;
    return G_SOURCE_CONTINUE;
}

static void test_watch_as_a_child_source(void)
{
    static GSourceFuncs funcs = {
        .prepare = outer_prepare,
        .check = outer_check,
        .dispatch = outer_dispatch,
    };
    QIOChannelFile *file;
    GSource *source = g_source_new(&funcs, sizeof(Outer));
    Outer *outer = (Outer *)source;
    int count = 0, fds[2];

    testing_pipe(fds);
    file = qio_channel_file_new_fd(fds[0]);
    outer->ioc = QIO_CHANNEL(file);
    outer->count = &count;
    g_source_attach(source, NULL);
    g_main_context_iteration(NULL, FALSE);
    g_assert_nonnull(outer->child);
    g_assert_cmpint(count, ==, 0);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    for (int i = 0; i < 3 && !count; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpint(count, >, 0);
    g_source_destroy(source);
    g_source_unref(source);
    g_assert_cmpuint(refs(file), ==, 1);
    object_unref(OBJECT(file));
    close(fds[1]);
}

static gpointer run_loop(gpointer loop)
{
    g_main_loop_run(loop);
    return NULL;
}

static gboolean count_atomically(QIOChannel *ioc, GIOCondition condition,
                                 gpointer data)
{
    (void)ioc, (void)condition;
    g_atomic_int_inc((gint *)data);
    return G_SOURCE_REMOVE;
}

/* The source may have fired and died before add_watch_source() returns. */
static void test_source_added_to_another_threads_context(void)
{
    enum { ROUNDS = 500 };
    g_autoptr(QIOChannel) ioc = new_null();
    GMainContext *context = g_main_context_new();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    GThread *thread = g_thread_new("loop", run_loop, loop);
    gint count = 0;

    for (int i = 0; i < ROUNDS; i++) {
        GSource *source = qio_channel_add_watch_source(
            ioc, G_IO_IN, count_atomically, &count, NULL, context);

        g_assert_nonnull(source);
        g_assert_cmpuint(g_source_get_id(source), >, 0);
        g_source_unref(source);
    }
    while (g_atomic_int_get(&count) < ROUNDS) {
        g_thread_yield();
    }
    g_main_loop_quit(loop);
    g_thread_join(thread);
    g_main_loop_unref(loop);
    g_main_context_unref(context);
    g_assert_cmpuint(refs(ioc), ==, 1);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    scripted_channel_register();
    testing_add("/watch-source/new", test_new_source);
    testing_add("/watch-source/name", test_name);
    testing_add("/watch-source/name-added", test_name_of_an_added_watch);
    testing_add("/watch-source/once", test_returning_false_removes);
    testing_add("/watch-source/repeats", test_returning_true_repeats);
    testing_add("/watch-source/destroyed", test_destroyed_and_orphaned_sources);
    testing_add("/watch-source/notify",
                test_notify_runs_before_the_reference_is_dropped);
    testing_add("/watch-source/default-context",
                test_null_is_the_global_default_context);
    testing_add("/watch-source/context", test_explicit_context);
    testing_add("/watch-source/outlives",
                test_returned_source_outlives_its_firing);
    testing_add("/watch-source/drop",
                test_callback_may_drop_every_other_reference);
    testing_add("/watch-source/last-reference",
                test_source_may_hold_the_last_reference);
    testing_add("/watch-source/no-callback", test_source_without_callback);
    testing_add("/watch-source/child", test_watch_as_a_child_source);
    testing_add("/watch-source/other-thread",
                test_source_added_to_another_threads_context);
    return g_test_run();
}
