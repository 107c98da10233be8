/*
 * Reading everything together with descriptors, over a class written in C.
 * Every test is checked for descriptors left open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scripted-channel.h"
#include "qemu/module.h"
#include "failures.h"
#include "testing.h"

/* What the caller's variables hold before a call: not to be trusted. */
#define STALE_FDS ((int *)0x10)
#define STALE_NFDS 77

/* What is read is not looked at here. */
static char data[4];
static const struct iovec iov = { data, sizeof(data) };

static ScriptedChannel *channel_with_fds(const Step *steps, size_t n_steps)
{
    ScriptedChannel *channel = scripted_channel_new(steps, n_steps);

    qio_channel_set_feature(scripted_base(channel),
                            QIO_CHANNEL_FEATURE_FD_PASS);
    return channel;
}

/* A channel that follows the script given as the arguments, and variables. */
#define SCRIPT(...)                                              \
    static const Step steps_[] = { __VA_ARGS__ };                \
    ScriptedChannel *channel =                                   \
        channel_with_fds(steps_, G_N_ELEMENTS(steps_));          \
    QIOChannel *ioc = scripted_base(channel);                    \
    int *fds = STALE_FDS;                                        \
    size_t nfds = STALE_NFDS;                                    \
    Error *err = NULL

static void close_all(int *fds, size_t nfds)
{
    for (size_t i = 0; i < nfds; i++) {
        g_assert_cmpint(close(fds[i]), ==, 0);
    }
    g_free(fds);
}

static void assert_no_fds(const int *fds, size_t nfds)
{
    g_assert_null(fds);
    g_assert_cmpuint(nfds, ==, 0);
}

static void test_with_the_first_bytes(void)
{
    SCRIPT({ .result = 1, .nfds = 2 }, { .result = 1 }, { .result = 2 });

    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                   &err), ==, 1);
    g_assert_null(err);
    g_assert_cmpuint(nfds, ==, 2);
    close_all(fds, nfds);
    /* Both pointers as given on the first read, none later. */
    g_assert_true(channel->calls[0].fds == &fds);
    g_assert_cmpuint(channel->calls[0].nfds, ==, (uintptr_t)&nfds);
    g_assert_null(channel->calls[1].fds);
    g_assert_cmpuint(channel->calls[1].nfds, ==, 0);
    g_assert_null(channel->calls[2].fds);
    scripted_channel_done(channel);
}

static void test_still_asked_for_after_a_wait(void)
{
    SCRIPT({ .result = QIO_CHANNEL_ERR_BLOCK },
           { .result = QIO_CHANNEL_ERR_BLOCK },
           { .result = 1, .nfds = 1 },
           { .result = QIO_CHANNEL_ERR_BLOCK },
           { .result = 3, .nfds = 1 });

    g_assert_cmpint(qio_channel_readv_full_all(ioc, &iov, 1, &fds, &nfds, &err),
                    ==, 0);
    g_assert_null(err);
    g_assert_cmpuint(nfds, ==, 1);
    close_all(fds, nfds);
    g_assert_true(channel->calls[2].fds == &fds);
    g_assert_true(channel->calls[4].fds == &fds);
    g_assert_null(channel->calls[5].fds);
    g_assert_null(channel->calls[7].fds);
    scripted_channel_done(channel);
}

static void test_without_bytes_are_not_end_of_file(void)
{
    SCRIPT({ .result = 0, .nfds = 1 }, { .result = ALL_BYTES });

    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                   &err), ==, 1);
    g_assert_null(err);
    g_assert_cmpuint(nfds, ==, 1);
    close_all(fds, nfds);
    g_assert_null(channel->calls[1].fds);
    scripted_channel_done(channel);
}

static void test_none_come(void)
{
    SCRIPT({ .result = 4 }, { .result = 0 }, { .result = 0 });

    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                   &err), ==, 1);
    assert_no_fds(fds, nfds);
    fds = STALE_FDS;
    nfds = STALE_NFDS;
    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                   &err), ==, 0);
    assert_no_fds(fds, nfds);
    g_assert_null(err);
    assert_failed(qio_channel_readv_full_all(ioc, &iov, 1, &fds, &nfds, &err),
                  &err, 0);
    scripted_channel_done(channel);
}

static void test_are_closed_at_a_late_end_of_file(void)
{
    SCRIPT({ .result = 0, .nfds = 2 }, { .result = 0 },
           { .result = 1, .nfds = 3 }, { .result = 0 },
           { .result = 1, .nfds = 1 }, { .result = 0 });

    assert_failed(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                 &err), &err, 0);
    assert_no_fds(fds, nfds);
    assert_failed(qio_channel_readv_full_all(ioc, &iov, 1, &fds, &nfds, &err),
                  &err, 0);
    assert_no_fds(fds, nfds);
    g_assert_cmpint(qio_channel_readv_full_all(ioc, &iov, 1, &fds, &nfds, NULL),
                    ==, -1);
    assert_no_fds(fds, nfds);
    scripted_channel_done(channel);
}

static void test_are_closed_at_an_error(void)
{
    SCRIPT({ .result = 1, .nfds = 2 }, { .result = -1, .error = ECONNRESET },
           { .result = 1, .nfds = 2 }, { .result = -7 },
           { .result = -1, .error = EIO, .nfds = 1 });

    assert_failed(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                 &err), &err, ECONNRESET);
    assert_no_fds(fds, nfds);
    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                   &err), ==, -1);
    g_assert_null(err);
    assert_no_fds(fds, nfds);
    /* Even a class that hands them over and fails. */
    assert_failed(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                 &err), &err, EIO);
    assert_no_fds(fds, nfds);
    scripted_channel_done(channel);
}

/* errno stays the cause's although closing what came along fails as well. */
static void test_errno_survives_the_cleanup(void)
{
    SCRIPT({ .result = 1, .nfds = 1, .stale_fds = true },
           { .result = -1, .error = ECONNRESET });

    assert_failed(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                 &err), &err, ECONNRESET);
    assert_no_fds(fds, nfds);
    scripted_channel_done(channel);
}

static void test_a_request_of_zero_bytes_reads_once(void)
{
    SCRIPT({ .result = 0, .nfds = 1 }, { .result = 0 },
           { .result = QIO_CHANNEL_ERR_BLOCK }, { .result = 0, .nfds = 2 },
           { .result = 0 });
    struct iovec empty = { NULL, 0 };

    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &empty, 1, &fds, &nfds,
                                                   &err), ==, 1);
    g_assert_cmpuint(nfds, ==, 1);
    close_all(fds, nfds);
    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &empty, 1, &fds, &nfds,
                                                   &err), ==, 0);
    assert_no_fds(fds, nfds);
    g_assert_cmpint(qio_channel_readv_full_all(ioc, NULL, 0, &fds, &nfds, &err),
                    ==, 0);
    g_assert_cmpuint(nfds, ==, 2);
    close_all(fds, nfds);
    g_assert_null(err);
    assert_failed(qio_channel_readv_full_all(ioc, NULL, 0, &fds, &nfds, &err),
                  &err, 0);
    assert_no_fds(fds, nfds);
    scripted_channel_done(channel);
}

static void test_only_one_of_the_two_pointers(void)
{
    SCRIPT({ .result = 2 }, { .result = 2 }, { .result = 0 }, { .result = 2 },
           { .result = 2 });

    /* Handed down as given, and reset. */
    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, NULL,
                                                   &err), ==, 1);
    g_assert_null(fds);
    g_assert_true(channel->calls[0].fds == &fds);
    g_assert_cmpuint(channel->calls[0].nfds, ==, 0);
    g_assert_null(channel->calls[1].fds);

    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, NULL, &nfds,
                                                   &err), ==, 0);
    g_assert_cmpuint(nfds, ==, 0);
    g_assert_null(channel->calls[2].fds);
    g_assert_cmpuint(channel->calls[2].nfds, ==, (uintptr_t)&nfds);

    /* Without the array nobody asks: a request of zero bytes reads nothing. */
    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, NULL, 0, NULL, &nfds,
                                                   &err), ==, 1);
    g_assert_cmpint(qio_channel_readv_full_all_eof(ioc, &iov, 1, NULL, &nfds,
                                                   &err), ==, 1);
    g_assert_cmpuint(channel->calls[3].nfds, ==, (uintptr_t)&nfds);
    g_assert_cmpuint(channel->calls[4].nfds, ==, 0);
    g_assert_null(err);
    scripted_channel_done(channel);
}

static void test_are_refused_without_the_feature(void)
{
    ScriptedChannel *channel = scripted_channel_new(NULL, 0);
    QIOChannel *ioc = scripted_base(channel);
    int *fds = STALE_FDS;
    size_t nfds = STALE_NFDS;
    Error *err = NULL;

    assert_failed(qio_channel_readv_full_all_eof(ioc, &iov, 1, &fds, &nfds,
                                                 &err), &err, EINVAL);
    /* Reset before the refusal. */
    assert_no_fds(fds, nfds);
    g_assert_cmpuint(channel->n_calls, ==, 0);
    scripted_channel_done(channel);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    scripted_channel_register();
    testing_add("/transfer-fds/first-bytes", test_with_the_first_bytes);
    testing_add("/transfer-fds/wait", test_still_asked_for_after_a_wait);
    testing_add("/transfer-fds/no-bytes",
                test_without_bytes_are_not_end_of_file);
    testing_add("/transfer-fds/none", test_none_come);
    testing_add("/transfer-fds/eof", test_are_closed_at_a_late_end_of_file);
    testing_add("/transfer-fds/error", test_are_closed_at_an_error);
    testing_add("/transfer-fds/errno", test_errno_survives_the_cleanup);
    testing_add("/transfer-fds/zero-bytes",
                test_a_request_of_zero_bytes_reads_once);
    testing_add("/transfer-fds/one-pointer", test_only_one_of_the_two_pointers);
    testing_add("/transfer-fds/refused", test_are_refused_without_the_feature);
    return g_test_run();
}
