/*
 * Types, the abstract base class, and dispatch to a class written in C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scripted-channel.h"
#include "qemu/module.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "failures.h"
#include "testing.h"

/* A class that has only what plain I/O needs. */
#define TYPE_BARE_CHANNEL "bare-channel"

static ssize_t bare_writev(QIOChannel *ioc, const struct iovec *iov,
                           size_t niov, int *fds, size_t nfds, int flags,
                           Error **errp)
{
    (void)ioc, (void)fds, (void)nfds, (void)flags, (void)errp;
    return niov ? iov[0].iov_len : 0;
}

static ssize_t bare_readv(QIOChannel *ioc, const struct iovec *iov,
                          size_t niov, int **fds, size_t *nfds, Error **errp)
{
    (void)ioc, (void)fds, (void)nfds, (void)errp;
    memset(iov[0].iov_base, 'b', iov[0].iov_len);
    return niov ? iov[0].iov_len : 0;
}

static GSource *no_watch(QIOChannel *ioc, GIOCondition condition)
{
    (void)ioc, (void)condition;
    return NULL;
}

static void bare_class_init(ObjectClass *klass, void *data)
{
    (void)data;
    QIO_CHANNEL_CLASS(klass)->io_writev = bare_writev;
    QIO_CHANNEL_CLASS(klass)->io_readv = bare_readv;
}

static void register_bare_channel(void)
{
    static const TypeInfo info = {
        .name = TYPE_BARE_CHANNEL,
        .parent = TYPE_QIO_CHANNEL,
        .instance_size = sizeof(QIOChannel),
        .class_init = bare_class_init,
    };

    type_register_static(&info);
}

static QIOChannel *new_bare_channel(void)
{
    return QIO_CHANNEL(object_new(TYPE_BARE_CHANNEL));
}

static QIOChannelClass *class_of(const char *type)
{
    return QIO_CHANNEL_CLASS(object_class_by_name(type));
}

static void test_base_class_is_abstract(void)
{
    QIOChannelClass *klass = class_of(TYPE_QIO_CHANNEL);

    g_assert_true(object_class_is_abstract(OBJECT_CLASS(klass)));
    g_assert_cmpstr(object_class_get_name(
                        object_class_get_parent(OBJECT_CLASS(klass))),
                    ==, TYPE_OBJECT);
    g_assert_null(klass->io_writev);
    g_assert_null(klass->io_readv);
    g_assert_null(klass->io_close);
    g_assert_null(klass->io_create_watch);
    g_assert_null(klass->io_set_blocking);
    g_assert_null(klass->io_shutdown);
    g_assert_null(klass->io_set_cork);
    g_assert_null(klass->io_set_delay);
    g_assert_null(klass->io_seek);
    g_assert_null(klass->io_set_aio_fd_handler);
    g_assert_null(klass->io_flush);
}

static void test_base_class_cannot_be_instantiated(void)
{
    if (g_test_subprocess()) {
        object_new(TYPE_QIO_CHANNEL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

/* What is NULL in a class struct is seen by C code that copies or wraps it. */
static void check_class(const char *type, bool seek, bool aio)
{
    QIOChannelClass *klass = class_of(type);

    g_assert_false(object_class_is_abstract(OBJECT_CLASS(klass)));
    g_assert_cmpstr(object_class_get_name(
                        object_class_get_parent(OBJECT_CLASS(klass))),
                    ==, TYPE_QIO_CHANNEL);
    g_assert_nonnull(klass->io_writev);
    g_assert_nonnull(klass->io_readv);
    g_assert_nonnull(klass->io_close);
    g_assert_nonnull(klass->io_create_watch);
    g_assert_nonnull(klass->io_set_blocking);
    g_assert_null(klass->io_shutdown);
    g_assert_null(klass->io_set_cork);
    g_assert_null(klass->io_set_delay);
    g_assert_cmpint(klass->io_seek != NULL, ==, seek);
    g_assert_cmpint(klass->io_set_aio_fd_handler != NULL, ==, aio);
    g_assert_null(klass->io_flush);
}

static void test_slots(void)
{
    check_class(TYPE_QIO_CHANNEL_BUFFER, true, false);
    check_class(TYPE_QIO_CHANNEL_NULL, true, true);
    check_class(TYPE_QIO_CHANNEL_FILE, true, true);
    check_class(TYPE_QIO_CHANNEL_COMMAND, false, true);
}

/* Code that embeds a channel in a struct of its own has exactly this room. */
static void test_instance_sizes(void)
{
    g_assert_cmpuint(sizeof(QIOChannel), ==, 80);
    g_assert_cmpuint(sizeof(QIOChannelClass), ==, 184);
    g_assert_cmpuint(object_type_get_instance_size(TYPE_QIO_CHANNEL), ==, 80);
    g_assert_cmpuint(object_type_get_instance_size(TYPE_QIO_CHANNEL_BUFFER),
                     ==, 112);
    g_assert_cmpuint(object_type_get_instance_size(TYPE_QIO_CHANNEL_NULL),
                     ==, 88);
    g_assert_cmpuint(object_type_get_instance_size(TYPE_QIO_CHANNEL_FILE),
                     ==, 88);
    g_assert_cmpuint(object_type_get_instance_size(TYPE_QIO_CHANNEL_COMMAND),
                     ==, 96);
}

static void test_fresh_instances(void)
{
    static const char *const types[] = {
        TYPE_QIO_CHANNEL_BUFFER, TYPE_QIO_CHANNEL_NULL, TYPE_QIO_CHANNEL_FILE,
        TYPE_QIO_CHANNEL_COMMAND, TYPE_BARE_CHANNEL,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        QIOChannel *ioc = QIO_CHANNEL(object_new(types[i]));

        g_assert_cmpstr(object_get_typename(OBJECT(ioc)), ==, types[i]);
        g_assert_cmpuint(OBJECT(ioc)->ref, ==, 1);
        g_assert_cmpuint(ioc->features, ==, 0);
        g_assert_null(ioc->name);
        g_assert_null(ioc->ctx);
        g_assert_null(ioc->read_coroutine);
        g_assert_null(ioc->write_coroutine);
        object_unref(OBJECT(ioc));
    }
}

static void test_fields_of_bare_objects(void)
{
    g_autoptr(QIOChannelFile) file =
        QIO_CHANNEL_FILE(object_new(TYPE_QIO_CHANNEL_FILE));
    g_autoptr(QIOChannelCommand) command =
        QIO_CHANNEL_COMMAND(object_new(TYPE_QIO_CHANNEL_COMMAND));
    g_autoptr(QIOChannelNull) null =
        QIO_CHANNEL_NULL(object_new(TYPE_QIO_CHANNEL_NULL));
    g_autoptr(QIOChannelBuffer) buffer =
        QIO_CHANNEL_BUFFER(object_new(TYPE_QIO_CHANNEL_BUFFER));

    g_assert_cmpint(file->fd, ==, -1);
    g_assert_cmpint(command->writefd, ==, -1);
    g_assert_cmpint(command->readfd, ==, -1);
    g_assert_cmpint(command->pid, ==, 0);
    g_assert_false(null->closed);
    g_assert_null(buffer->data);
    g_assert_cmpuint(buffer->capacity, ==, 0);
}

static void test_features_are_bit_numbers(void)
{
    static const QIOChannelFeature features[] = {
        QIO_CHANNEL_FEATURE_FD_PASS, QIO_CHANNEL_FEATURE_SHUTDOWN,
        QIO_CHANNEL_FEATURE_LISTEN, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        g_autoptr(QIOChannel) ioc = new_bare_channel();

        qio_channel_set_feature(ioc, features[i]);
        qio_channel_set_feature(ioc, features[i]);
        g_assert_cmpuint(ioc->features, ==, 1u << features[i]);
        for (size_t j = 0; j < G_N_ELEMENTS(features); j++) {
            g_assert_cmpint(qio_channel_has_feature(ioc, features[j]),
                            ==, i == j);
        }
        /* C code may set the field itself. */
        ioc->features = 0xf;
        g_assert_true(qio_channel_has_feature(ioc, features[i]));
    }
}

static void test_name(void)
{
    g_autoptr(QIOChannel) ioc = new_bare_channel();
    char name[] = "first";

    qio_channel_set_name(ioc, name);
    name[0] = 'F';
    g_assert_cmpstr(ioc->name, ==, "first");
    qio_channel_set_name(ioc, "second");
    g_assert_cmpstr(ioc->name, ==, "second");
    /* Part of the old name. */
    qio_channel_set_name(ioc, ioc->name + 3);
    g_assert_cmpstr(ioc->name, ==, "ond");
    qio_channel_set_name(ioc, NULL);
    g_assert_null(ioc->name);
    qio_channel_set_name(ioc, "freed with the channel");
}

static void test_a_class_with_few_slots_does_plain_io(void)
{
    g_autoptr(QIOChannel) ioc = new_bare_channel();
    char data[3] = "";
    Error *err = NULL;

    g_assert_cmpint(qio_channel_read(ioc, data, 2, &err), ==, 2);
    g_assert_cmpstr(data, ==, "bb");
    g_assert_cmpint(qio_channel_write_all(ioc, data, 2, &err), ==, 0);
    g_assert_null(err);
}

static void test_optional_slots_may_be_missing(void)
{
    g_autoptr(QIOChannel) ioc = new_bare_channel();
    Error *err = NULL;

    assert_failed(qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_BOTH, &err),
                  &err, 0);
    g_assert_cmpint(qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_READ, NULL),
                    ==, -1);
    assert_failed(qio_channel_io_seek(ioc, 0, SEEK_SET, &err), &err, 0);
    g_assert_cmpint(qio_channel_io_seek(ioc, 0, SEEK_SET, NULL), ==, -1);
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 0);
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 0);
    g_assert_null(err);
    qio_channel_set_cork(ioc, true);
    qio_channel_set_delay(ioc, true);
    /* No handlers is what such a class has. */
    qio_channel_set_aio_fd_handler(ioc, NULL, NULL, NULL, ioc);
}

static void handler(void *opaque)
{
    (void)opaque;
}

static void set_read_handler(QIOChannel *ioc)
{
    qio_channel_set_aio_fd_handler(ioc, NULL, handler, NULL, ioc);
}

static void set_write_handler(QIOChannel *ioc)
{
    qio_channel_set_aio_fd_handler(ioc, NULL, NULL, handler, ioc);
}

static void create_watch(QIOChannel *ioc)
{
    qio_channel_create_watch(ioc, G_IO_IN);
}

static void close_channel(QIOChannel *ioc)
{
    qio_channel_close(ioc, NULL);
}

static void set_blocking(QIOChannel *ioc)
{
    qio_channel_set_blocking(ioc, true, NULL);
}

/* Ends with a message that names the class. */
static void check_abort(void (*call)(QIOChannel *ioc))
{
    if (g_test_subprocess()) {
        call(new_bare_channel());
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*" TYPE_BARE_CHANNEL "*");
}

static void test_missing_aio_slot_for_reading(void)
{
    check_abort(set_read_handler);
}

static void test_missing_aio_slot_for_writing(void)
{
    check_abort(set_write_handler);
}

static void test_missing_watch_slot(void)
{
    check_abort(create_watch);
}

static void test_missing_close_slot(void)
{
    check_abort(close_channel);
}

static void test_missing_blocking_slot(void)
{
    check_abort(set_blocking);
}

static void create_no_watch(QIOChannel *ioc)
{
    QIO_CHANNEL_GET_CLASS(ioc)->io_create_watch = no_watch;
    qio_channel_add_watch(ioc, G_IO_IN, NULL, NULL, NULL);
}

static void test_watch_slot_without_result(void)
{
    check_abort(create_no_watch);
}

static void test_finalize_with_a_waiter_aborts(void)
{
    if (g_test_subprocess()) {
        QIOChannel *ioc = new_bare_channel();

        ioc->read_coroutine = (Coroutine *)ioc;
        object_unref(OBJECT(ioc));
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*coroutine*");
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    register_bare_channel();
    testing_add("/base/abstract", test_base_class_is_abstract);
    testing_add("/base/abstract-new", test_base_class_cannot_be_instantiated);
    testing_add("/base/slots", test_slots);
    testing_add("/base/sizes", test_instance_sizes);
    testing_add("/base/fresh", test_fresh_instances);
    testing_add("/base/fields", test_fields_of_bare_objects);
    testing_add("/base/features", test_features_are_bit_numbers);
    testing_add("/base/name", test_name);
    testing_add("/base/few-slots", test_a_class_with_few_slots_does_plain_io);
    testing_add("/base/missing/optional", test_optional_slots_may_be_missing);
    testing_add("/base/missing/aio-read", test_missing_aio_slot_for_reading);
    testing_add("/base/missing/aio-write", test_missing_aio_slot_for_writing);
    testing_add("/base/missing/watch", test_missing_watch_slot);
    testing_add("/base/missing/source", test_watch_slot_without_result);
    testing_add("/base/missing/close", test_missing_close_slot);
    testing_add("/base/missing/blocking", test_missing_blocking_slot);
    testing_add("/base/finalize-waiter", test_finalize_with_a_waiter_aborts);
    return g_test_run();
}
