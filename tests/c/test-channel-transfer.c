/*
 * The helpers that transfer everything or fail, over a class written in C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scripted-channel.h"
#include "qemu/module.h"
#include "failures.h"
#include "testing.h"

#define BLOCKS { .result = QIO_CHANNEL_ERR_BLOCK }
#define MOVES(n) { .result = (n) }
#define FAILS(e) { .result = -1, .error = (e) }

/* A channel that follows the script given as the arguments. */
#define SCRIPT(...)                                              \
    static const Step steps_[] = { __VA_ARGS__ };                \
    ScriptedChannel *channel =                                   \
        scripted_channel_new(steps_, G_N_ELEMENTS(steps_));      \
    QIOChannel *ioc = scripted_base(channel)

/* How often a slot was called. */
static size_t calls_of(ScriptedChannel *channel, const char *slot)
{
    size_t count = 0;

    for (size_t i = 0; i < channel->n_calls; i++) {
        count += g_str_equal(channel->calls[i].slot, slot);
    }
    return count;
}

static void allow_fds(QIOChannel *ioc)
{
    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_FD_PASS);
}

static void test_short_reads_cross_elements(void)
{
    SCRIPT(MOVES(1), MOVES(4), BLOCKS, MOVES(3), MOVES(ALL_BYTES));
    uint8_t data[11];
    struct iovec iov[] = {
        { data, 0 }, { data, 3 }, { NULL, 0 }, { data + 3, 4 }, { data + 7, 4 },
    };
    struct iovec copy[G_N_ELEMENTS(iov)];
    Error *err = NULL;

    memcpy(copy, iov, sizeof(iov));
    g_assert_cmpint(qio_channel_readv_all(ioc, iov, G_N_ELEMENTS(iov), &err),
                    ==, 0);
    g_assert_null(err);
    for (size_t i = 0; i < sizeof(data); i++) {
        g_assert_cmpuint(data[i], ==, i);
    }
    /* The caller's array is constant; empty elements are not passed on. */
    g_assert_cmpmem(copy, sizeof(copy), iov, sizeof(iov));
    g_assert_true(channel->calls[0].iov != iov);
    g_assert_cmpuint(channel->calls[0].niov, ==, 3);
    g_assert_cmpuint(channel->calls[1].niov, ==, 3);
    g_assert_true(channel->calls[1].elements[0].iov_base == data + 1);
    g_assert_cmpuint(channel->calls[1].elements[0].iov_len, ==, 2);
    g_assert_cmpuint(channel->calls[2].niov, ==, 2);
    g_assert_true(channel->calls[2].elements[0].iov_base == data + 5);
    g_assert_cmpuint(calls_of(channel, "readv"), ==, 5);
    g_assert_cmpuint(calls_of(channel, "create_watch"), ==, 1);
    scripted_channel_done(channel);
}

static void test_short_writes_cross_elements(void)
{
    SCRIPT(MOVES(2), BLOCKS, BLOCKS, MOVES(5), MOVES(1), MOVES(ALL_BYTES));
    struct iovec iov[] = {
        { (char *)"ab", 2 }, { (char *)"", 0 }, { (char *)"cdefgh", 6 },
        { (char *)"ijk", 3 },
    };
    struct iovec copy[G_N_ELEMENTS(iov)];
    Error *err = NULL;

    memcpy(copy, iov, sizeof(iov));
    g_assert_cmpint(qio_channel_writev_all(ioc, iov, G_N_ELEMENTS(iov), &err),
                    ==, 0);
    g_assert_null(err);
    g_assert_cmpmem(channel->written->data, channel->written->len,
                    "abcdefghijk", 11);
    g_assert_cmpmem(copy, sizeof(copy), iov, sizeof(iov));
    g_assert_cmpuint(channel->calls[0].niov, ==, 3);
    g_assert_cmpuint(calls_of(channel, "create_watch"), ==, 2);
    scripted_channel_done(channel);
}

static void test_a_wait_asks_for_exactly_its_direction(void)
{
    SCRIPT(BLOCKS, BLOCKS, MOVES(1), BLOCKS, MOVES(1));
    char byte = 'x';

    g_assert_cmpint(qio_channel_read_all(ioc, &byte, 1, NULL), ==, 0);
    g_assert_cmpint(qio_channel_write_all(ioc, &byte, 1, NULL), ==, 0);
    g_assert_cmpstr(channel->calls[1].slot, ==, "create_watch");
    g_assert_cmpint(channel->calls[1].argument, ==, G_IO_IN);
    g_assert_cmpint(channel->calls[3].argument, ==, G_IO_IN);
    g_assert_cmpint(channel->calls[6].argument, ==, G_IO_OUT);
    scripted_channel_done(channel);
}

static void test_end_of_file_at_the_start(void)
{
    SCRIPT(MOVES(0), BLOCKS, MOVES(0), MOVES(0), MOVES(0));
    char data[4];
    Error *err = NULL;

    g_assert_cmpint(qio_channel_read_all_eof(ioc, data, 4, &err), ==, 0);
    g_assert_null(err);
    g_assert_cmpint(qio_channel_read_all_eof(ioc, data, 4, &err), ==, 0);
    g_assert_null(err);
    assert_failed(qio_channel_read_all(ioc, data, 4, &err), &err, 0);
    g_assert_cmpint(qio_channel_read_all(ioc, data, 4, NULL), ==, -1);
    scripted_channel_done(channel);
}

static void test_end_of_file_in_the_middle(void)
{
    SCRIPT(MOVES(1), MOVES(0), MOVES(3), BLOCKS, MOVES(0), MOVES(1), MOVES(0));
    char data[4];
    Error *err = NULL;

    assert_failed(qio_channel_read_all_eof(ioc, data, 4, &err), &err, 0);
    assert_failed(qio_channel_read_all(ioc, data, 4, &err), &err, 0);
    g_assert_cmpint(qio_channel_read_all_eof(ioc, data, 4, NULL), ==, -1);
    scripted_channel_done(channel);
}

static void test_an_error_in_the_middle(void)
{
    SCRIPT(MOVES(1), FAILS(ECONNRESET), MOVES(2), FAILS(EPIPE),
           MOVES(1), FAILS(EIO), FAILS(EBADMSG));
    char data[4] = "abcd";
    Error *err = NULL;

    assert_failed(qio_channel_read_all(ioc, data, 4, &err), &err, ECONNRESET);
    assert_failed(qio_channel_write_all(ioc, data, 4, &err), &err, EPIPE);
    g_assert_cmpint(qio_channel_read_all_eof(ioc, data, 4, NULL), ==, -1);
    g_assert_cmpint(errno, ==, EIO);
    g_assert_cmpint(qio_channel_write_all(ioc, data, 4, NULL), ==, -1);
    g_assert_cmpint(errno, ==, EBADMSG);
    scripted_channel_done(channel);
}

/* A foreign class may return any negative number and set no Error. */
static void test_odd_negative_results_become_minus_one(void)
{
    SCRIPT({ .result = -5 }, { .result = -5 }, { .result = -1 },
           { .result = -EAGAIN });
    char byte = 0;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_read_all(ioc, &byte, 1, &err), ==, -1);
    g_assert_cmpint(qio_channel_write_all(ioc, &byte, 1, &err), ==, -1);
    g_assert_cmpint(qio_channel_read_all_eof(ioc, &byte, 1, &err), ==, -1);
    g_assert_cmpint(qio_channel_write_all(ioc, &byte, 1, &err), ==, -1);
    g_assert_null(err);
    scripted_channel_done(channel);
}

static void test_the_callers_errp_reaches_the_class(void)
{
    SCRIPT(MOVES(1), MOVES(1));
    char byte = 0;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_read_all(ioc, &byte, 1, &err), ==, 0);
    g_assert_true(channel->calls[0].errp == &err);
    g_assert_cmpint(qio_channel_write_all(ioc, &byte, 1, NULL), ==, 0);
    g_assert_null(channel->calls[1].errp);
    scripted_channel_done(channel);
}

static void test_requests_of_zero_bytes(void)
{
    ScriptedChannel *channel = scripted_channel_new(NULL, 0);
    QIOChannel *ioc = scripted_base(channel);
    struct iovec empty[] = { { NULL, 0 }, { NULL, 0 } };
    int fd = 0;

    g_assert_cmpint(qio_channel_readv_all_eof(ioc, empty, 2, NULL), ==, 1);
    g_assert_cmpint(qio_channel_readv_all(ioc, empty, 2, NULL), ==, 0);
    g_assert_cmpint(qio_channel_readv_all_eof(ioc, NULL, 0, NULL), ==, 1);
    g_assert_cmpint(qio_channel_read_all(ioc, NULL, 0, NULL), ==, 0);
    g_assert_cmpint(qio_channel_writev_all(ioc, empty, 2, NULL), ==, 0);
    g_assert_cmpint(qio_channel_writev_all(ioc, NULL, 0, NULL), ==, 0);
    g_assert_cmpint(qio_channel_write_all(ioc, NULL, 0, NULL), ==, 0);
    /* Nothing is looked at, not even whether descriptors could be sent. */
    g_assert_cmpint(qio_channel_writev_full_all(ioc, empty, 2, &fd, 1,
                        QIO_CHANNEL_WRITE_FLAG_ZERO_COPY, NULL), ==, 0);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    scripted_channel_done(channel);
}

static void test_more_bytes_than_asked_for_end_the_loop(void)
{
    SCRIPT(MOVES(100), MOVES(100));
    char data[4] = "abcd";

    g_assert_cmpint(qio_channel_read_all(ioc, data, 4, NULL), ==, 0);
    g_assert_cmpint(qio_channel_write_all(ioc, data, 4, NULL), ==, 0);
    scripted_channel_done(channel);
}

static void test_a_write_that_accepts_nothing_fails(void)
{
    SCRIPT(MOVES(2), MOVES(0), MOVES(0));
    Error *err = NULL;

    assert_failed(qio_channel_write_all(ioc, "abcd", 4, &err), &err, EIO);
    g_assert_cmpint(qio_channel_write_all(ioc, "abcd", 4, NULL), ==, -1);
    scripted_channel_done(channel);
}

static void test_flags_are_used_on_every_round(void)
{
    SCRIPT(MOVES(1), BLOCKS, MOVES(1), MOVES(ALL_BYTES));
    struct iovec iov = { (char *)"abcd", 4 };
    const int flags = QIO_CHANNEL_WRITE_FLAG_ZERO_COPY | 0x40;

    qio_channel_set_feature(ioc, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
    g_assert_cmpint(qio_channel_writev_full_all(ioc, &iov, 1, NULL, 0, flags,
                                                NULL), ==, 0);
    for (size_t i = 0; i < channel->n_calls; i++) {
        if (g_str_equal(channel->calls[i].slot, "writev")) {
            g_assert_cmpint(channel->calls[i].flags, ==, flags);
        }
    }
    scripted_channel_done(channel);
}

static void test_descriptors_are_sent_once(void)
{
    SCRIPT(BLOCKS, MOVES(1), BLOCKS, MOVES(ALL_BYTES));
    struct iovec iov = { (char *)"abcd", 4 };
    int fds[2] = { 0, 1 };

    allow_fds(ioc);
    g_assert_cmpint(qio_channel_writev_full_all(ioc, &iov, 1, fds, 2, 0, NULL),
                    ==, 0);
    /* The attempt that would have blocked is repeated with descriptors. */
    g_assert_true(channel->calls[0].fds == fds);
    g_assert_cmpuint(channel->calls[0].nfds, ==, 2);
    g_assert_true(channel->calls[2].fds == fds);
    g_assert_cmpuint(channel->calls[2].nfds, ==, 2);
    g_assert_null(channel->calls[3].fds);
    g_assert_cmpuint(channel->calls[3].nfds, ==, 0);
    g_assert_null(channel->calls[5].fds);
    g_assert_cmpuint(channel->calls[5].nfds, ==, 0);
    scripted_channel_done(channel);
}

static void test_sending_descriptors_is_refused_without_the_feature(void)
{
    ScriptedChannel *channel = scripted_channel_new(NULL, 0);
    struct iovec iov = { (char *)"abcd", 4 };
    int fd = 0;
    Error *err = NULL;

    assert_failed(qio_channel_writev_full_all(scripted_base(channel), &iov, 1,
                                              &fd, 1, 0, &err), &err, EINVAL);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    scripted_channel_done(channel);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    scripted_channel_register();
    testing_add("/transfer/read/short", test_short_reads_cross_elements);
    testing_add("/transfer/write/short", test_short_writes_cross_elements);
    testing_add("/transfer/wait", test_a_wait_asks_for_exactly_its_direction);
    testing_add("/transfer/read/eof", test_end_of_file_at_the_start);
    testing_add("/transfer/read/eof-late", test_end_of_file_in_the_middle);
    testing_add("/transfer/error", test_an_error_in_the_middle);
    testing_add("/transfer/odd-results",
                test_odd_negative_results_become_minus_one);
    testing_add("/transfer/errp", test_the_callers_errp_reaches_the_class);
    testing_add("/transfer/zero-bytes", test_requests_of_zero_bytes);
    testing_add("/transfer/too-many-bytes",
                test_more_bytes_than_asked_for_end_the_loop);
    testing_add("/transfer/write/zero",
                test_a_write_that_accepts_nothing_fails);
    testing_add("/transfer/write/flags", test_flags_are_used_on_every_round);
    testing_add("/transfer/write/fds", test_descriptors_are_sent_once);
    testing_add("/transfer/write/fds-refused",
                test_sending_descriptors_is_refused_without_the_feature);
    return g_test_run();
}
