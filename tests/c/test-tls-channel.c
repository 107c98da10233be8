/*
 * TLS channels: construction, handshakes, watches, ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TEST_IN_HOST
#define QIO_CHANNEL_EXTENSIONS
#endif
#include "tls-link.h"
#include "testing.h"

#include "io/channel-null.h"
#include "io/channel-socket.h"

#define ABORTED "Cannot read from TLS channel: Software caused connection abort"

static void test_type(void)
{
    Object *bare = object_new(TYPE_QIO_CHANNEL_TLS);
    char byte;

    g_assert_cmpuint(sizeof(QIOChannelTLS), ==, 104);
    /* Nobody has given it a master; it must not crash. */
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(bare), &byte, 1, NULL), ==, -1);
    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(bare), "x", 1, NULL), ==, -1);
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(bare), NULL), ==, -1);
    object_unref(bare);
}

static void test_constructors(void)
{
    QIOChannel *master = QIO_CHANNEL(qio_channel_null_new());
    QCryptoTLSCreds *creds = tls_creds("anon", "server", &error_abort, NULL);
    QCryptoTLSCreds *bad = tls_creds("anon", "client", &error_abort, "priority", "X", NULL);
    Error *err = NULL;

    g_assert_null(qio_channel_tls_new_client(master, creds, "x", &err));
    tls_expect_error(err, "does not match");
    err = NULL;
    g_assert_null(qio_channel_tls_new_client(master, bad, NULL, &err));
    tls_expect_error(err, "priority 'X:+ANON-DH'");
    g_assert_null(qio_channel_tls_new_server(master, bad, NULL, NULL));
    g_assert_cmpuint(OBJECT(master)->ref, ==, 1);
    tls_drop(creds);
    tls_drop(bad);
    object_unref(master);
}

static void test_features(void)
{
    QIOChannel *null = QIO_CHANNEL(qio_channel_null_new());
    QIOChannel *over_null;
    Error *err = NULL;
    Link link;

    link_open(&link, true);
    g_assert_true(qio_channel_has_feature(link.server, QIO_CHANNEL_FEATURE_SHUTDOWN));
    g_assert_true(qio_channel_has_feature(link.client, QIO_CHANNEL_FEATURE_SHUTDOWN));
    g_assert_false(qio_channel_has_feature(link.client, QIO_CHANNEL_FEATURE_FD_PASS));
    over_null = QIO_CHANNEL(qio_channel_tls_new_client(null, link.client_creds, "x",
                                                       &error_abort));
    g_assert_false(qio_channel_has_feature(over_null, QIO_CHANNEL_FEATURE_SHUTDOWN));
    g_assert_cmpint(qio_channel_shutdown(over_null, QIO_CHANNEL_SHUTDOWN_READ, &err), ==, -1);
    error_free(err);
    g_assert_cmpint(QIO_CHANNEL_TLS(over_null)->shutdown, ==, QIO_CHANNEL_SHUTDOWN_READ);
    object_unref(over_null);
    object_unref(null);
    link_close(&link);
}

/* The handshake of a blocking master, in a thread. */
static gpointer handshake_thread(gpointer channel)
{
    Ending *ending = g_new0(Ending, 1);

    qio_channel_tls_handshake(channel, ending_func, ending, ending_destroy, NULL);
    /* It blocks, so it is over. */
    g_assert_cmpuint(ending->calls, ==, 1);
    g_assert_true(ending->thread == g_thread_self());
    return ending;
}

static void test_blocking_handshake(void)
{
    GThread *thread;
    Ending *other, *own;
    Link link;

    link_prepare(&link, true);
    link_set_blocking(&link, true);
    thread = g_thread_new("server", handshake_thread, link.server);
    own = handshake_thread(link.client);
    other = g_thread_join(thread);
    tls_no_error(own->err);
    tls_no_error(other->err);
    g_assert_cmpuint(own->destroyed + other->destroyed, ==, 2);
    g_free(own);
    g_free(other);
    link_close(&link);
}

static void test_instant_failure(void)
{
    QIOChannel *null = QIO_CHANNEL(qio_channel_null_new());
    QCryptoTLSCreds *creds = tls_creds("anon", "server", &error_abort, NULL);
    QIOChannel *tls = QIO_CHANNEL(qio_channel_tls_new_server(null, creds, NULL, &error_abort));
    Ending ending = { 0 };

    qio_channel_tls_handshake(QIO_CHANNEL_TLS(tls), ending_func, &ending, ending_destroy, NULL);
    g_assert_cmpuint(ending.calls, ==, 1);
    g_assert_cmpuint(ending.destroyed, ==, 1);
    tls_expect_error(ending.err, "TLS handshake failed: "
                     "The TLS connection was non-properly terminated.");
    g_assert_cmpuint(OBJECT(tls)->ref, ==, 1);
    object_unref(tls);
    object_unref(null);
    tls_drop(creds);
}

static void test_own_context(void)
{
    GMainContext *context = g_main_context_new();
    Ending server = { 0 }, client = { 0 };
    Link link;

    link_prepare(&link, true);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.server), ending_func, &server, NULL, context);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.client), ending_func, &client, NULL, context);
    g_assert_false(g_main_context_pending(NULL));
    while (!server.calls || !client.calls) {
        g_main_context_iteration(context, TRUE);
        g_assert_false(g_main_context_pending(NULL));
    }
    tls_no_error(server.err);
    tls_no_error(client.err);
    g_main_context_unref(context);
    link_close(&link);
}

static void check_cancel(GMainContext *context)
{
    Ending ending = { 0 };
    Link link;

    link_prepare(&link, true);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.server), ending_func, &ending,
                              ending_destroy, context);
    g_assert_cmpuint(OBJECT(link.server)->ref, ==, 2);
    g_assert_cmpuint(ending.calls, ==, 0);
    g_assert_cmpint(qio_channel_close(link.server, &error_abort), ==, 0);
    g_assert_cmpuint(ending.calls, ==, 0);
    g_assert_cmpuint(ending.destroyed, ==, 1);
    while (g_main_context_iteration(context, FALSE)) {
    }
    g_assert_cmpuint(ending.calls, ==, 0);
    link_close(&link);
}

static void test_cancel(void)
{
    GMainContext *context = g_main_context_new();

    check_cancel(NULL);
    check_cancel(context);
    g_main_context_unref(context);
}

static void test_context_dies(void)
{
    GMainContext *context = g_main_context_new();
    Ending ending = { 0 };
    GSource *source;
    Link link;

    link_prepare(&link, true);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.server), ending_func, &ending,
                              ending_destroy, context);
    /* The first id of a new context. */
    source = g_main_context_find_source_by_id(context, 1);
    g_assert_nonnull(source);
    g_source_destroy(source);
    g_assert_cmpuint(ending.calls, ==, 0);
    g_assert_cmpuint(ending.destroyed, ==, 1);
    g_main_context_unref(context);
    link_close(&link);
}

/* The first message waits for room that never comes. */
static void test_end_while_sending(void)
{
    Ending ending = { 0 };
    Link link;

    link_prepare(&link, true);
    testing_fill(QIO_CHANNEL_SOCKET(link.client_master)->fd);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.client), ending_func, &ending,
                              ending_destroy, NULL);
    g_assert_cmpuint(ending.calls, ==, 0);
    qio_channel_shutdown(link.client_master, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
    while (!ending.calls) {
        g_main_context_iteration(NULL, TRUE);
    }
    tls_expect_error(ending.err, "TLS handshake failed: ");
    link_close(&link);
}

/* Dropping the last reference does not cancel: the task has one. */
static void test_release_while_waiting(void)
{
    Ending ending = { 0 };
    Link link;

    link_prepare(&link, true);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.server), ending_func, &ending,
                              ending_destroy, NULL);
    object_unref(link.server);
    qio_channel_close(link.client, &error_abort);
    while (!ending.calls) {
        g_main_context_iteration(NULL, TRUE);
    }
    tls_expect_error(ending.err, "TLS handshake failed: ");
    g_assert_cmpuint(ending.destroyed, ==, 1);
    g_assert_cmpuint(OBJECT(link.server_master)->ref, ==, 1);
    object_unref(link.client);
    object_unref(link.server_master);
    object_unref(link.client_master);
    tls_drop(link.server_creds);
    tls_drop(link.client_creds);
}

/* What peers may do instead of a handshake. */
typedef enum Peer { CLOSES, GARBAGE, HALF_A_RECORD, SHUT_DOWN, HUGE_RECORD, N_PEERS } Peer;

static void test_hostile_handshakes(void)
{
    static const char half[] = { 0x16, 3, 1, 2, 0, 1, 0, 1 };
    static const unsigned char huge[] = { 0x16, 3, 1, 0xff, 0xff, 1 };

    for (Peer peer = CLOSES; peer < N_PEERS; peer++) {
        Ending ending = { 0 };
        Link link;

        link_prepare(&link, true);
        qio_channel_tls_handshake(QIO_CHANNEL_TLS(link.server), ending_func, &ending,
                                  ending_destroy, NULL);
        switch (peer) {
        case GARBAGE:
            qio_channel_write(link.client_master, "GET / HTTP/1.1\r\n\r\n", 18, &error_abort);
            break;
        case HALF_A_RECORD:
            qio_channel_write(link.client_master, half, sizeof(half), &error_abort);
            qio_channel_close(link.client_master, &error_abort);
            break;
        case HUGE_RECORD:
            qio_channel_write(link.client_master, (char *)huge, sizeof(huge), &error_abort);
            break;
        case SHUT_DOWN:
            qio_channel_shutdown(link.server, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
            break;
        default:
            qio_channel_close(link.client_master, &error_abort);
            break;
        }
        while (!ending.calls) {
            g_main_context_iteration(NULL, TRUE);
        }
        g_test_message("%d: %s", peer, error_get_pretty(ending.err));
        tls_expect_error(ending.err, "TLS handshake failed: ");
        g_assert_cmpuint(ending.destroyed, ==, 1);
        link_close(&link);
    }
}

/* What a watch has seen. */
typedef struct Seen {
    unsigned calls;
    GIOCondition condition;
    QIOChannel *channel;
} Seen;

static gboolean note(QIOChannel *channel, GIOCondition condition, gpointer data)
{
    Seen *seen = data;

    seen->calls++;
    seen->condition = condition;
    seen->channel = channel;
    return TRUE;
}

/* Runs the loop until it has nothing to do, or `calls` were made. */
static void iterate(Seen *seen, unsigned calls)
{
    while (seen->calls < calls && g_main_context_iteration(NULL, FALSE)) {
    }
}

static void test_watch_sees_plaintext(void)
{
    Seen seen = { 0 };
    char buffer[16];
    guint id;
    Link link;

    link_open(&link, true);
    link_drain(link.server);
    g_assert_cmpint(qio_channel_write(link.client, "0123456789", 10, &error_abort), ==, 10);
    g_assert_cmpint(qio_channel_read(link.server, buffer, 3, &error_abort), ==, 3);
    id = qio_channel_add_watch(link.server, G_IO_IN, note, &seen, NULL);
    iterate(&seen, 3);
    g_assert_cmpuint(seen.calls, ==, 3);
    g_assert_cmpint(seen.condition, ==, G_IO_IN);
    g_assert_true(seen.channel == link.server_master);
    /* The byte that was looked at comes first. */
    g_assert_cmpint(qio_channel_read(link.server, buffer, 1, &error_abort), ==, 1);
    g_assert_cmpint(buffer[0], ==, '3');
    qio_channel_wait(link.server, G_IO_IN);
    g_assert_cmpint(qio_channel_read(link.server, buffer, sizeof(buffer), &error_abort), ==, 6);
    g_assert_cmpmem(buffer, 6, "456789", 6);
    seen.calls = 0;
    iterate(&seen, 1);
    g_assert_cmpuint(seen.calls, ==, 0);
    g_assert_cmpint(qio_channel_write(link.client, "x", 1, &error_abort), ==, 1);
    iterate(&seen, 1);
    g_assert_cmpuint(seen.calls, ==, 1);
    g_source_remove(id);
    link_close(&link);
}

static void test_watch_exact_read(void)
{
    Seen seen = { 0 };
    char buffer[4];
    guint id;
    Link link;

    link_open(&link, true);
    link_drain(link.server);
    g_assert_cmpint(qio_channel_write(link.client, "abcd", 4, &error_abort), ==, 4);
    g_assert_cmpint(qio_channel_read(link.server, buffer, 4, &error_abort), ==, 4);
    id = qio_channel_add_watch(link.server, G_IO_IN, note, &seen, NULL);
    iterate(&seen, 1);
    g_assert_cmpuint(seen.calls, ==, 0);
    g_source_remove(id);
    id = qio_channel_add_watch(link.server, G_IO_OUT, note, &seen, NULL);
    iterate(&seen, 1);
    g_assert_cmpint(seen.condition, ==, G_IO_OUT);
    g_source_remove(id);
    link_close(&link);
}

static void test_unattached_watch(void)
{
    Link link;
    GSource *source;

    link_open(&link, true);
    source = qio_channel_create_watch(link.server, G_IO_IN);
    g_assert_cmpuint(OBJECT(link.server)->ref, ==, 2);
    g_source_unref(source);
    link_close(&link);
}

static gpointer read_one(gpointer channel)
{
    char buffer[100];

    return GINT_TO_POINTER(qio_channel_read(channel, buffer, sizeof(buffer), NULL));
}

/* A watch is polled while another thread is inside a blocking read. */
static void test_watch_beside_reader(void)
{
    Seen seen = { 0 };
    GThread *reader;
    guint id;
    Link link;

    link_open(&link, true);
    link_set_blocking(&link, true);
    id = qio_channel_add_watch(link.server, G_IO_IN, note, &seen, NULL);
    reader = g_thread_new("reader", read_one, link.server);
    for (int i = 0; i < 1000; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpint(qio_channel_write(link.client, "x", 1, &error_abort), ==, 1);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(reader)), ==, 1);
    g_source_remove(id);
    link_close(&link);
}

static void expect_end(QIOChannel *channel, const char *error)
{
    for (int i = 0; i < 2; i++) {
        Error *err = NULL;
        char byte;
        ssize_t count = qio_channel_read(channel, &byte, 1, &err);

        if (error) {
            g_assert_cmpint(count, ==, -1);
            g_assert_cmpint(errno, ==, ECONNABORTED);
            g_assert_cmpstr(error_get_pretty(err), ==, error);
            error_free(err);
        } else {
            tls_no_error(err);
            g_assert_cmpint(count, ==, 0);
        }
    }
}

static void test_abrupt_end(void)
{
    char buffer[16];
    Link link;

    link_open(&link, true);
    g_assert_cmpint(qio_channel_write(link.client, "last", 4, &error_abort), ==, 4);
    qio_channel_close(link.client, &error_abort);
    g_assert_cmpint(qio_channel_read(link.server, buffer, sizeof(buffer), &error_abort), ==, 4);
    expect_end(link.server, ABORTED);
    link_close(&link);
}

static void test_end_after_shutdown(void)
{
    Link link;

    link_open(&link, true);
    qio_channel_shutdown(link.server, QIO_CHANNEL_SHUTDOWN_READ, &error_abort);
    expect_end(link.server, NULL);
    link_close(&link);
}

/* The transport ends in the middle of a record. */
static void test_end_inside_a_record(bool shut_down)
{
    static char data[1000];
    char record[2000], buffer[1000];
    Error *err = NULL;
    ssize_t count;
    Link link;

    link_open(&link, true);
    link_drain(link.server);
    g_assert_cmpint(qio_channel_write(link.client, data, 1000, &error_abort), ==, 1000);
    count = qio_channel_read(link.server_master, record, sizeof(record), &error_abort);
    g_assert_cmpint(count, >, 1000);
    g_assert_cmpint(qio_channel_write(link.client_master, record, 500, &error_abort), ==, 500);
    g_assert_cmpint(qio_channel_read(link.server, buffer, sizeof(buffer), &error_abort), ==,
                    QIO_CHANNEL_ERR_BLOCK);
    if (shut_down) {
        qio_channel_shutdown(link.server, QIO_CHANNEL_SHUTDOWN_READ, &error_abort);
    } else {
        qio_channel_close(link.client, &error_abort);
    }
    count = qio_channel_read(link.server, buffer, sizeof(buffer), &err);
    g_assert_cmpint(count, ==, shut_down ? 0 : -1);
    if (!shut_down) {
        tls_expect_error(err, "Cannot read from TLS channel: ");
    }
    expect_end(link.server, shut_down ? NULL : ABORTED);
    link_close(&link);
}

static void test_truncation(void)
{
    test_end_inside_a_record(false);
    test_end_inside_a_record(true);
}

#ifdef QIO_CHANNEL_EXTENSIONS
/* A peer that goes away without notice is an end for those who say so. */
static void test_relaxed_end(void)
{
    char buffer[16];
    struct iovec iov = { .iov_base = buffer, .iov_len = sizeof(buffer) };
    Error *err = NULL;
    Link link;

    link_open(&link, true);
    g_assert_false(qio_channel_has_feature(link.server, QIO_CHANNEL_FEATURE_READ_MSG_PEEK));
    g_assert_cmpint(qio_channel_readv_full_flags(link.server, &iov, 1, NULL, NULL,
                                                 QIO_CHANNEL_READ_FLAG_MSG_PEEK, &err), ==, -1);
    tls_expect_error(err, "peek");
    err = NULL;
    g_assert_cmpint(qio_channel_write(link.client, "last", 4, &error_abort), ==, 4);
    qio_channel_close(link.client, &error_abort);
    g_assert_cmpint(qio_channel_readv_full_flags(link.server, &iov, 1, NULL, NULL,
                                                 QIO_CHANNEL_READ_FLAG_RELAXED_EOF,
                                                 &error_abort), ==, 4);
    g_assert_cmpmem(buffer, 4, "last", 4);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(qio_channel_readv_full_flags(link.server, &iov, 1, NULL, NULL,
                                                     QIO_CHANNEL_READ_FLAG_RELAXED_EOF,
                                                     &error_abort), ==, 0);
    }
    g_assert_cmpint(qio_channel_readv_full_all_eof_flags(link.server, &iov, 1, NULL, NULL,
                                                         QIO_CHANNEL_READ_FLAG_RELAXED_EOF,
                                                         &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_read(link.server, buffer, 1, &err), ==, -1);
    tls_expect_error(err, "Cannot read from TLS channel: ");
    link_close(&link);
}
#endif

/* A shutdown wakes a reader up, for whom that is the end. */
static void test_shutdown_while_reading(void)
{
    GThread *reader;
    Link link;

    link_open(&link, true);
    link_set_blocking(&link, true);
    reader = g_thread_new("reader", read_one, link.server);
    g_usleep(10000);
    qio_channel_shutdown(link.server, QIO_CHANNEL_SHUTDOWN_READ, &error_abort);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(reader)), ==, 0);
    link_close(&link);
}

/* A failure of the master is told to the caller, with its text. */
static void test_master_error(void)
{
    Error *err = NULL;
    char byte = 0;
    Link link;

    link_open(&link, true);
    qio_channel_close(link.server_master, &error_abort);
    g_assert_cmpint(qio_channel_write(link.server, &byte, 1, &err), ==, -1);
    g_test_message("%s", error_get_pretty(err));
    tls_expect_error(err, "Cannot write to TLS channel: Unable to write");
    err = NULL;
    g_assert_cmpint(qio_channel_read(link.server, &byte, 1, &err), ==, -1);
    g_test_message("%s", error_get_pretty(err));
    tls_expect_error(err, "Cannot read from TLS channel: Unable to read");
    link_close(&link);
}

/* A record that fails its check ends the connection with an error. */
static void test_corrupt_record(void)
{
    char record[200], byte;
    Error *err = NULL;
    ssize_t count;
    Link link;

    link_open(&link, true);
    link_drain(link.server);
    g_assert_cmpint(qio_channel_write(link.client, "secret", 6, &error_abort), ==, 6);
    count = qio_channel_read(link.server_master, record, sizeof(record), &error_abort);
    record[count - 1] ^= 1;
    g_assert_cmpint(qio_channel_write(link.client_master, record, count, &error_abort), ==,
                    count);
    g_assert_cmpint(qio_channel_read(link.server, &byte, 1, &err), ==, -1);
    tls_expect_error(err, "Cannot read from TLS channel: ");
    link_close(&link);
}

#ifdef QIO_CHANNEL_EXTENSIONS
/* One end says that it is done; the other one can still send. */
static void test_bye(void)
{
    char buffer[8];
    Link link;

    link_prepare(&link, true);
    /* Nothing to end yet, and nothing is sent. */
    qio_channel_tls_bye(QIO_CHANNEL_TLS(link.client), &error_abort);
    g_assert_cmpint(qio_channel_read(link.server_master, buffer, 1, &error_abort), ==,
                    QIO_CHANNEL_ERR_BLOCK);
    link_handshake(&link);
    g_assert_cmpint(qio_channel_write(link.client, "last", 4, &error_abort), ==, 4);
    qio_channel_tls_bye(QIO_CHANNEL_TLS(link.client), &error_abort);
    g_assert_cmpint(qio_channel_read(link.server, buffer, sizeof(buffer), &error_abort), ==, 4);
    expect_end(link.server, NULL);
    g_assert_cmpint(qio_channel_write(link.server, "more", 4, &error_abort), ==, 4);
    g_assert_cmpint(qio_channel_read(link.client, buffer, sizeof(buffer), &error_abort), ==, 4);
    link_close(&link);
}

/* With a transport that takes no more, the end follows later, unless it is closed. */
static void test_late_bye(bool close_first)
{
    static char data[10000];
    Link link;

    link_open(&link, true);
    while (qio_channel_write(link.client, data, sizeof(data), &error_abort) > 0) {
    }
    qio_channel_tls_bye(QIO_CHANNEL_TLS(link.client), &error_abort);
    g_assert_cmpuint(OBJECT(link.client)->ref, ==, 2);
    if (close_first) {
        qio_channel_close(link.client, &error_abort);
    } else {
        ssize_t count;

        while ((count = qio_channel_read(link.server, data, sizeof(data), &error_abort)) != 0) {
            g_main_context_iteration(NULL, FALSE);
        }
        expect_end(link.server, NULL);
    }
    g_assert_cmpuint(OBJECT(link.client)->ref, ==, 1);
    link_close(&link);
}

static void test_blocked_bye(void)
{
    test_late_bye(false);
    test_late_bye(true);
}
#endif

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    testing_add("/tls/channel/type", test_type);
    testing_add("/tls/channel/constructors", test_constructors);
    testing_add("/tls/channel/features", test_features);
    testing_add("/tls/channel/handshake/blocking", test_blocking_handshake);
    testing_add("/tls/channel/handshake/instant-failure", test_instant_failure);
    testing_add("/tls/channel/handshake/own-context", test_own_context);
    testing_add("/tls/channel/handshake/cancel", test_cancel);
    testing_add("/tls/channel/handshake/context-dies", test_context_dies);
    testing_add("/tls/channel/handshake/release", test_release_while_waiting);
    testing_add("/tls/channel/handshake/end-while-sending", test_end_while_sending);
    testing_add("/tls/channel/handshake/hostile", test_hostile_handshakes);
    testing_add("/tls/channel/watch/plaintext", test_watch_sees_plaintext);
    testing_add("/tls/channel/watch/exact-read", test_watch_exact_read);
    testing_add("/tls/channel/watch/unattached", test_unattached_watch);
    testing_add("/tls/channel/watch/beside-reader", test_watch_beside_reader);
    testing_add("/tls/channel/end/abrupt", test_abrupt_end);
    testing_add("/tls/channel/end/after-shutdown", test_end_after_shutdown);
    testing_add("/tls/channel/end/truncation", test_truncation);
#ifdef QIO_CHANNEL_EXTENSIONS
    testing_add("/tls/channel/end/relaxed", test_relaxed_end);
#endif
    testing_add("/tls/channel/end/shutdown-while-reading", test_shutdown_while_reading);
    testing_add("/tls/channel/end/master-error", test_master_error);
    testing_add("/tls/channel/end/corrupt-record", test_corrupt_record);
#ifdef QIO_CHANNEL_EXTENSIONS
    testing_add("/tls/channel/bye", test_bye);
    testing_add("/tls/channel/bye/blocked", test_blocked_bye);
#endif
    return g_test_run();
}
