/*
 * Every entry point calls the slot of a class written in C with its caller's
 * own arguments, after the checks of the base class.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scripted-channel.h"
#include "qemu/module.h"
#include "failures.h"
#include "testing.h"

/* A channel that follows the script given as the arguments. */
#define SCRIPT(...)                                              \
    static const Step steps_[] = { __VA_ARGS__ };                \
    ScriptedChannel *channel =                                   \
        scripted_channel_new(steps_, G_N_ELEMENTS(steps_));      \
    QIOChannel *ioc = scripted_base(channel);                    \
    Error *err = NULL

/* A channel without a script, for the other slots. */
#define NO_SCRIPT                                                \
    ScriptedChannel *channel = scripted_channel_new(NULL, 0);    \
    QIOChannel *ioc = scripted_base(channel);                    \
    Error *err = NULL

static const Call *last_call(ScriptedChannel *channel)
{
    g_assert_cmpuint(channel->n_calls, >, 0);
    return &channel->calls[channel->n_calls - 1];
}

static void test_read(void)
{
    SCRIPT({ 3, 0, 0, false }, { 2, 0, 0, false }, { 1, 0, 0, false },
           { 0, 0, 0, false });
    char data[8];
    struct iovec iov[2] = { { data, 0 }, { data, 8 } };
    int *fds = NULL;
    size_t nfds = 0;
    const Call *call;

    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_FD_PASS);
    g_assert_cmpint(qio_channel_readv_full(ioc, iov, 2, &fds, &nfds, &err),
                    ==, 3);
    call = last_call(channel);
    g_assert_true(call->iov == iov);
    g_assert_cmpuint(call->niov, ==, 2);
    g_assert_true(call->fds == &fds);
    g_assert_cmpuint(call->nfds, ==, (uintptr_t)&nfds);
    g_assert_true(call->errp == &err);

    g_assert_cmpint(qio_channel_readv(ioc, iov, 1, &err), ==, 2);
    call = last_call(channel);
    g_assert_true(call->iov == iov);
    g_assert_cmpuint(call->niov, ==, 1);
    g_assert_null(call->fds);
    g_assert_cmpuint(call->nfds, ==, 0);

    g_assert_cmpint(qio_channel_read(ioc, data, 8, &err), ==, 1);
    call = last_call(channel);
    g_assert_cmpuint(call->niov, ==, 1);
    g_assert_true(call->elements[0].iov_base == data);
    g_assert_cmpuint(call->elements[0].iov_len, ==, 8);
    g_assert_true(call->errp == &err);

    g_assert_cmpint(qio_channel_readv(ioc, NULL, 0, NULL), ==, 0);
    call = last_call(channel);
    g_assert_null(call->iov);
    g_assert_cmpuint(call->niov, ==, 0);
    g_assert_null(call->errp);
    g_assert_null(err);
    scripted_channel_done(channel);
}

static void test_write(void)
{
    SCRIPT({ 3, 0, 0, false }, { 2, 0, 0, false }, { 1, 0, 0, false },
           { 0, 0, 0, false });
    char data[8] = "abcdefg";
    struct iovec iov[2] = { { data, 0 }, { data, 8 } };
    int fds[2] = { 5, 6 };
    const Call *call;

    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_FD_PASS);
    /* Flag bits that nobody knows are passed on. */
    g_assert_cmpint(qio_channel_writev_full(ioc, iov, 2, fds, 2, 0x7ffffffe,
                                            &err), ==, 3);
    call = last_call(channel);
    g_assert_true(call->iov == iov);
    g_assert_cmpuint(call->niov, ==, 2);
    g_assert_true(call->fds == fds);
    g_assert_cmpuint(call->nfds, ==, 2);
    g_assert_cmpint(call->flags, ==, 0x7ffffffe);
    g_assert_true(call->errp == &err);

    g_assert_cmpint(qio_channel_writev(ioc, iov + 1, 1, &err), ==, 2);
    call = last_call(channel);
    g_assert_true(call->iov == iov + 1);
    g_assert_null(call->fds);
    g_assert_cmpuint(call->nfds, ==, 0);
    g_assert_cmpint(call->flags, ==, 0);

    g_assert_cmpint(qio_channel_write(ioc, data, 8, &err), ==, 1);
    call = last_call(channel);
    g_assert_true(call->elements[0].iov_base == data);
    g_assert_cmpuint(call->elements[0].iov_len, ==, 8);

    g_assert_cmpint(qio_channel_writev(ioc, NULL, 0, NULL), ==, 0);
    g_assert_null(last_call(channel)->iov);
    g_assert_null(last_call(channel)->errp);
    g_assert_null(err);
    scripted_channel_done(channel);
}

static void test_odd_results_pass_through(void)
{
    SCRIPT({ .result = -5 }, { .result = -5 }, { .result = -4095 },
           { .result = QIO_CHANNEL_ERR_BLOCK }, { .result = -1 },
           { .result = 999 });
    char byte = 0;

    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, &err), ==, -5);
    g_assert_cmpint(qio_channel_write(ioc, &byte, 1, &err), ==, -5);
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, NULL), ==, -4095);
    g_assert_cmpint(qio_channel_write(ioc, &byte, 1, &err), ==, -2);
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, &err), ==, -1);
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, &err), ==, 999);

    channel->result = -7;
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, -7);
    g_assert_cmpint(qio_channel_set_blocking(ioc, true, &err), ==, -7);
    g_assert_cmpint(qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_READ, &err),
                    ==, -7);
    g_assert_cmpint(qio_channel_io_seek(ioc, 1, SEEK_SET, &err), ==, -7);
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, -7);
    g_assert_null(err);
    scripted_channel_done(channel);
}

static void test_receiving_descriptors_is_refused(void)
{
    NO_SCRIPT;
    int *fds = (int *)0x10;
    size_t nfds = 77;

    assert_failed(qio_channel_readv_full(ioc, NULL, 0, &fds, &nfds, &err),
                  &err, EINVAL);
    assert_failed(qio_channel_readv_full(ioc, NULL, 0, &fds, NULL, &err),
                  &err, EINVAL);
    assert_failed(qio_channel_readv_full(ioc, NULL, 0, NULL, &nfds, &err),
                  &err, EINVAL);
    g_assert_cmpint(qio_channel_readv_full(ioc, NULL, 0, &fds, &nfds, NULL),
                    ==, -1);
    g_assert_true(fds == (int *)0x10);
    g_assert_cmpuint(nfds, ==, 77);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    scripted_channel_done(channel);
}

/* The message of a write that is refused; to be freed. */
static char *refusal(QIOChannel *ioc, int *fds, size_t nfds, int flags)
{
    struct iovec iov = { (char *)"x", 1 };
    Error *err = NULL;
    char *message;
    ssize_t result;

    errno = 0;
    result = qio_channel_writev_full(ioc, &iov, 1, fds, nfds, flags, &err);
    g_assert_cmpint(errno, ==, EINVAL);
    g_assert_cmpint(result, ==, -1);
    g_assert_nonnull(err);
    message = g_strdup(error_get_pretty(err));
    error_free(err);
    return message;
}

static void test_writes_are_refused_in_order(void)
{
    NO_SCRIPT;
    const int zero_copy = QIO_CHANNEL_WRITE_FLAG_ZERO_COPY;
    int fd = 0;
    g_autofree char *no_fds = refusal(ioc, &fd, 1, 0);
    g_autofree char *no_fds_array = refusal(ioc, &fd, 0, 0);
    g_autofree char *no_fds_count = refusal(ioc, NULL, 1, 0);
    g_autofree char *no_fds_first = refusal(ioc, &fd, 1, zero_copy);
    g_autofree char *no_zero_copy = refusal(ioc, NULL, 0, zero_copy);
    g_autofree char *not_both = NULL;
    g_autofree char *not_both_first = NULL;

    g_assert_cmpstr(no_fds_array, ==, no_fds);
    g_assert_cmpstr(no_fds_count, ==, no_fds);
    g_assert_cmpstr(no_fds_first, ==, no_fds);
    g_assert_cmpstr(no_zero_copy, !=, no_fds);

    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_FD_PASS);
    not_both_first = refusal(ioc, &fd, 1, zero_copy);
    g_assert_cmpstr(not_both_first, !=, no_fds);
    g_assert_cmpstr(not_both_first, !=, no_zero_copy);
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
    not_both = refusal(ioc, NULL, 1, zero_copy);
    g_assert_cmpstr(not_both, ==, not_both_first);
    g_assert_null(err);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    scripted_channel_done(channel);
}

static void test_close_and_set_blocking(void)
{
    NO_SCRIPT;

    channel->result = 5;
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 5);
    g_assert_cmpstr(last_call(channel)->slot, ==, "close");
    g_assert_true(last_call(channel)->errp == &err);
    /* The base class does not remember it. */
    g_assert_cmpint(qio_channel_close(ioc, NULL), ==, 5);
    g_assert_null(last_call(channel)->errp);
    g_assert_cmpuint(OBJECT(ioc)->ref, ==, 1);

    g_assert_cmpint(qio_channel_set_blocking(ioc, false, &err), ==, 5);
    g_assert_cmpstr(last_call(channel)->slot, ==, "set_blocking");
    g_assert_cmpint(last_call(channel)->argument, ==, false);
    g_assert_true(last_call(channel)->errp == &err);
    g_assert_cmpint(qio_channel_set_blocking(ioc, true, &err), ==, 5);
    g_assert_cmpint(last_call(channel)->argument, ==, true);
    scripted_channel_done(channel);
}

static void test_shutdown_needs_no_feature(void)
{
    NO_SCRIPT;
    /* What the class makes of a number that is no direction is its business. */
    static const int directions[] = { 1, 2, 3, 0, 77 };

    for (size_t i = 0; i < G_N_ELEMENTS(directions); i++) {
        g_assert_cmpint(qio_channel_shutdown(ioc, directions[i], &err), ==, 0);
        g_assert_cmpstr(last_call(channel)->slot, ==, "shutdown");
        g_assert_cmpint(last_call(channel)->argument, ==, directions[i]);
        g_assert_true(last_call(channel)->errp == &err);
    }
    scripted_channel_done(channel);
}

static void test_cork_and_delay(void)
{
    NO_SCRIPT;

    for (int enabled = 0; enabled < 2; enabled++) {
        qio_channel_set_cork(ioc, enabled);
        g_assert_cmpstr(last_call(channel)->slot, ==, "set_cork");
        g_assert_cmpint(last_call(channel)->argument, ==, enabled);
        qio_channel_set_delay(ioc, enabled);
        g_assert_cmpstr(last_call(channel)->slot, ==, "set_delay");
        g_assert_cmpint(last_call(channel)->argument, ==, enabled);
    }
    g_assert_null(err);
    scripted_channel_done(channel);
}

static void test_seek(void)
{
    NO_SCRIPT;
    const off_t offset = -(1LL << 40);

    channel->result = 1LL << 41;
    g_assert_cmpint(qio_channel_io_seek(ioc, offset, 42, &err), ==, 1LL << 41);
    g_assert_cmpint(last_call(channel)->argument, ==, offset);
    g_assert_cmpint(last_call(channel)->whence, ==, 42);
    g_assert_true(last_call(channel)->errp == &err);
    scripted_channel_done(channel);
}

static void test_flush_needs_the_feature(void)
{
    NO_SCRIPT;

    channel->result = 1;
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 0);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 1);
    g_assert_true(last_call(channel)->errp == &err);
    scripted_channel_done(channel);
}

static void handler(void *opaque)
{
    (void)opaque;
}

static void test_event_handlers(void)
{
    NO_SCRIPT;
    AioContext *ctx = (AioContext *)&handler;
    const Call *call;

    qio_channel_set_aio_fd_handler(ioc, ctx, handler, NULL, &err);
    call = last_call(channel);
    g_assert_cmpstr(call->slot, ==, "set_aio_fd_handler");
    g_assert_true(call->pointers[0] == ctx);
    g_assert_true(call->pointers[1] == (void *)handler);
    g_assert_null(call->pointers[2]);
    g_assert_true(call->pointers[3] == &err);
    qio_channel_set_aio_fd_handler(ioc, NULL, NULL, handler, NULL);
    call = last_call(channel);
    g_assert_null(call->pointers[0]);
    g_assert_null(call->pointers[1]);
    g_assert_true(call->pointers[2] == (void *)handler);
    g_assert_null(call->pointers[3]);
    scripted_channel_done(channel);
}

/* A class may be changed by C code: what counts is the object's own class. */
static void test_slots_are_looked_up_at_the_call(void)
{
    NO_SCRIPT;
    QIOChannelClass copy = *QIO_CHANNEL_GET_CLASS(ioc);
    ObjectClass *klass = OBJECT(ioc)->class;

    copy.io_flush = NULL;
    copy.io_set_cork = NULL;
    copy.io_shutdown = NULL;
    OBJECT(ioc)->class = (ObjectClass *)&copy;
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
    channel->result = 1;
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 0);
    qio_channel_set_cork(ioc, true);
    assert_failed(qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_BOTH, &err),
                  &err, 0);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    OBJECT(ioc)->class = klass;
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 1);
    scripted_channel_done(channel);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    scripted_channel_register();
    testing_add("/dispatch/read", test_read);
    testing_add("/dispatch/write", test_write);
    testing_add("/dispatch/odd-results", test_odd_results_pass_through);
    testing_add("/dispatch/read-refused",
                test_receiving_descriptors_is_refused);
    testing_add("/dispatch/write-refused", test_writes_are_refused_in_order);
    testing_add("/dispatch/close", test_close_and_set_blocking);
    testing_add("/dispatch/shutdown", test_shutdown_needs_no_feature);
    testing_add("/dispatch/cork", test_cork_and_delay);
    testing_add("/dispatch/seek", test_seek);
    testing_add("/dispatch/flush", test_flush_needs_the_feature);
    testing_add("/dispatch/aio", test_event_handlers);
    testing_add("/dispatch/late-lookup", test_slots_are_looked_up_at_the_call);
    return g_test_run();
}
