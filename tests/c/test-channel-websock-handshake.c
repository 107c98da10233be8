/*
 * WebSocket: the handshake of a server, byte for byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <locale.h>
#include <sys/socket.h>
#include "websock.h"
#include "io/channel-file.h"
#include "testing.h"

#define DATE_LENGTH 29

/* Reads a reply up to its empty line, and blanks the date. */
static char *read_reply(Pair *pair)
{
    GString *reply = g_string_new(NULL);
    char *date;

    while (!g_str_has_suffix(reply->str, "\r\n\r\n")) {
        char byte;

        g_assert_cmpint(recv(pair->peer, &byte, 1, 0), ==, 1);
        g_string_append_c(reply, byte);
    }
    date = strstr(reply->str, "Date: ");
    g_assert_nonnull(date);
    date += strlen("Date: ");
    g_assert_cmpmem(date + DATE_LENGTH, 2, "\r\n", 2);
    g_assert_cmpmem(date + DATE_LENGTH - 4, 4, " GMT", 4);
    g_string_erase(reply, date - reply->str, DATE_LENGTH);
    return g_string_free(reply, FALSE);
}

static void expect_reply(const char *request, const char *expected, bool accepted)
{
    Pair pair;
    g_autofree char *reply = NULL;

    pair_init(&pair, FALSE);
    pair_handshake(&pair);
    peer_send(&pair, request, strlen(request));
    run_until(&pair.outcome.called);
    reply = read_reply(&pair);
    g_assert_cmpstr(reply, ==, expected);
    g_assert_cmpint(pair.outcome.error, ==, !accepted);
    if (!accepted) {
        char byte = 0;

        g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, NULL), ==, -1);
        g_assert_cmpint(qio_channel_write(pair.ioc, &byte, 1, NULL), ==, -1);
        /* The master is the caller's to close. */
        g_assert_cmpint(send(pair.peer, &byte, 1, MSG_NOSIGNAL), ==, 1);
    }
    assert_idle();
    pair_done(&pair);
}

#define ACCEPTED(accept, more) \
    "HTTP/1.1 101 Switching Protocols\r\nServer: QEMU VNC\r\nDate: \r\n" \
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " accept "\r\n" more "\r\n"
#define BAD_REQUEST \
    "HTTP/1.1 400 Bad Request\r\nServer: QEMU VNC\r\nDate: \r\nConnection: close\r\n" \
    "Sec-WebSocket-Version: 13\r\n\r\n"
#define NOT_FOUND \
    "HTTP/1.1 404 Not Found\r\nServer: QEMU VNC\r\nDate: \r\nConnection: close\r\n\r\n"
#define TOO_LARGE \
    "HTTP/1.1 431 Request Header Fields Too Large\r\nServer: QEMU VNC\r\nDate: \r\n" \
    "Connection: close\r\n\r\n"

static void test_replies(void)
{
    expect_reply(REQUEST, ACCEPTED("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""), true);
    expect_reply(REQUEST_LINE REQUEST_HEADERS "Sec-WebSocket-Protocol: base64, binary\r\n\r\n",
                 ACCEPTED("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: binary\r\n"),
                 true);
    expect_reply(REQUEST_LINE
                 "Host: a\r\nUpgrade: h2c, WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
                 "Sec-WebSocket-Key: o9JHNiS3/0/0zYE1wa3yIw==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                 ACCEPTED("b3DnPh7O8hyYE5sIjQxl/c1J+S8=", ""), true);
    expect_reply("GET / HTTP/1.1\r\n\r\n", BAD_REQUEST, false);
    expect_reply("GET\r\n\r\n", BAD_REQUEST, false);
    expect_reply("POST / HTTP/1.1\r\n" REQUEST_HEADERS "\r\n", BAD_REQUEST, false);
    expect_reply("GET / HTTP/1.0\r\n" REQUEST_HEADERS "\r\n", BAD_REQUEST, false);
    expect_reply(REQUEST_LINE REQUEST_HEADERS "Host: b\r\n\r\n", BAD_REQUEST, false);
    expect_reply(REQUEST_LINE REQUEST_HEADERS "Sec-WebSocket-Protocol: chat\r\n\r\n", BAD_REQUEST,
                 false);
    expect_reply("GET /x HTTP/1.1\r\n" REQUEST_HEADERS "\r\n", NOT_FOUND, false);
    expect_reply("GET / HTTP/1.1\n", BAD_REQUEST, false);
}

/* Text that is not HTTP is refused before its end. */
static void test_refused_at_once(void)
{
    Pair pair;
    g_autofree char *reply = NULL;

    pair_init(&pair, FALSE);
    pair_handshake(&pair);
    peer_send(&pair, "GET /\0", 6);
    run_until(&pair.outcome.called);
    reply = read_reply(&pair);
    g_assert_cmpstr(reply, ==, BAD_REQUEST);
    pair_done(&pair);
}

/* A request of exactly `size` bytes. */
static char *padded_request(size_t size)
{
    GString *request = g_string_new(REQUEST_LINE REQUEST_HEADERS "X-Padding: ");

    while (request->len + 4 < size) {
        g_string_append_c(request, 'x');
    }
    g_string_append(request, "\r\n\r\n");
    g_assert_cmpuint(request->len, ==, size);
    return g_string_free(request, FALSE);
}

static void test_limits(void)
{
    g_autofree char *fits = padded_request(4096);
    g_autofree char *too_long = padded_request(4097);
    GString *request = g_string_new(REQUEST_LINE REQUEST_HEADERS);
    int i;

    expect_reply(fits, ACCEPTED("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""), true);
    expect_reply(too_long, TOO_LARGE, false);
    for (i = 5; i < 32; i++) {
        g_string_append(request, "X: y\r\n");
    }
    g_string_append(request, "\r\n");
    expect_reply(request->str, ACCEPTED("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""), true);
    g_string_insert(request, request->len - 2, "X: y\r\n");
    expect_reply(request->str, BAD_REQUEST, false);
    g_string_free(request, TRUE);
}

/* Sends the pieces one by one, each after the last was looked at. */
static void test_byte_by_byte(void)
{
    Pair pair;
    const char *byte;
    g_autofree char *reply = NULL;

    pair_init(&pair, FALSE);
    pair_handshake(&pair);
    for (byte = REQUEST; *byte; byte++) {
        g_assert_false(pair.outcome.called);
        peer_send(&pair, byte, 1);
        run_pending();
    }
    run_until(&pair.outcome.called);
    g_assert_false(pair.outcome.error);
    reply = read_reply(&pair);
    pair_done(&pair);
}

/* Frames behind the head are not lost, however they arrive. */
static void test_early_frames(void)
{
    GByteArray *stream = g_byte_array_new();
    GByteArray *ping = frame_new(0x89, "p", 1), *data = frame_new(0x82, "early", 5);
    size_t cut;

    g_byte_array_append(stream, (const uint8_t *)REQUEST, strlen(REQUEST));
    g_byte_array_append(stream, ping->data, ping->len);
    g_byte_array_append(stream, data->data, data->len);
    for (cut = strlen(REQUEST) - 4; cut <= stream->len; cut++) {
        Pair pair;
        g_autofree char *reply = NULL;

        pair_init(&pair, FALSE);
        pair_handshake(&pair);
        peer_send(&pair, stream->data, cut);
        run_pending();
        peer_send(&pair, stream->data + cut, stream->len - cut);
        run_until(&pair.outcome.called);
        g_assert_false(pair.outcome.error);
        expect_read(&pair, "early", 5);
        reply = read_reply(&pair);
        peer_expect(&pair, "\x8a\x01p", 3);
        pair_done(&pair);
    }
    g_byte_array_unref(stream);
    g_byte_array_unref(ping);
    g_byte_array_unref(data);
}

static void test_peer_leaves(void)
{
    size_t sent;

    for (sent = 0; sent < strlen(REQUEST); sent += 50) {
        Pair pair;

        pair_init(&pair, FALSE);
        pair_handshake(&pair);
        peer_send(&pair, REQUEST, sent);
        run_pending();
        close(pair.peer);
        pair.peer = -1;
        run_until(&pair.outcome.called);
        g_assert_true(pair.outcome.error);
        g_assert_cmpint(pair.outcome.destroyed, ==, 1);
        assert_idle();
        pair_done(&pair);
    }
}

/* A pipe without a writer reports a hang-up and no input. */
static void test_pipe_hangs_up(void)
{
    Pair pair;
    int fds[2];

    testing_pipe(fds);
    close(fds[1]);
    pair_init_over(&pair, QIO_CHANNEL(qio_channel_file_new_fd(fds[0])));
    pair_handshake(&pair);
    run_until(&pair.outcome.called);
    g_assert_true(pair.outcome.error);
    pair_done(&pair);
}

static gboolean never(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    g_assert_not_reached();
}

static gboolean count(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    *(int *)opaque = condition;
    return G_SOURCE_REMOVE;
}

/* Before the handshake nothing can be read, written or waited for. */
static void test_not_open(void)
{
    Pair pair;
    guint tag;
    char byte;
    int fired = 0;

    pair_init(&pair, FALSE);
    tag = qio_channel_add_watch(pair.ioc, G_IO_IN | G_IO_OUT | G_IO_HUP | G_IO_ERR, never, NULL,
                                NULL);
    g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, NULL), ==, -1);
    g_assert_cmpint(errno, ==, ENOTCONN);
    g_assert_cmpint(qio_channel_write(pair.ioc, &byte, 1, NULL), ==, -1);
    pair_handshake(&pair);
    peer_send(&pair, REQUEST, strlen(REQUEST) - 1);
    run_pending();
    g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, NULL), ==, -1);
    g_source_remove(tag);
    /* One that is created early reports when the handshake has failed. */
    qio_channel_add_watch(pair.ioc, G_IO_ERR, count, &fired, NULL);
    shutdown(pair.peer, SHUT_RDWR);
    run_until(&pair.outcome.called);
    run_until(&fired);
    g_assert_cmpint(fired, ==, G_IO_ERR);
    pair_done(&pair);
}

static void test_second_handshake(void)
{
    Pair pair;
    Outcome first;

    pair_open(&pair, FALSE);
    first = pair.outcome;
    memset(&pair.outcome, 0, sizeof(pair.outcome));
    pair_handshake(&pair);
    g_assert_false(pair.outcome.called);
    run_until(&pair.outcome.called);
    g_assert_true(pair.outcome.error);
    g_assert_cmpint(pair.outcome.destroyed, ==, 1);
    g_assert_false(first.error);
    /* The connection is as good as before. */
    peer_frame(&pair, 0x82, "ok", 2);
    expect_read(&pair, "ok", 2);
    pair_done(&pair);
}

/* Closing ends a handshake without telling, whatever it waits for. */
static void test_cancelled(void)
{
    int round;

    for (round = 0; round < 200; round++) {
        Pair pair;

        pair_init(&pair, FALSE);
        pair_handshake(&pair);
        if (round % 4 > 0) {
            peer_send(&pair, REQUEST, round % 4 == 1 ? 20 : strlen(REQUEST));
        }
        if (round % 4 > 1) {
            /* Receives the request; the reply is not sent yet. */
            g_main_context_iteration(NULL, FALSE);
        }
        g_assert_false(pair.outcome.called);
        qio_channel_close(pair.ioc, &error_abort);
        g_assert_cmpint(pair.outcome.destroyed, ==, 1);
        run_pending();
        g_assert_false(pair.outcome.called);
        pair_done(&pair);
    }
}

static void close_from_callback(QIOTask *task, gpointer opaque)
{
    Pair *pair = opaque;

    g_assert_true(qio_task_get_source(task) == OBJECT(pair->ioc));
    pair->outcome.error = qio_task_propagate_error(task, NULL);
    qio_channel_close(pair->ioc, &error_abort);
    object_unref(OBJECT(pair->ioc));
    pair->outcome.called = 1;
}

static void test_closed_from_callback(void)
{
    static const char *const requests[] = { REQUEST, "nonsense\r\n\r\n" };
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(requests); i++) {
        Pair pair;

        pair_init(&pair, FALSE);
        qio_channel_websock_handshake(pair.websock, close_from_callback, &pair, NULL);
        peer_send(&pair, requests[i], strlen(requests[i]));
        run_until(&pair.outcome.called);
        assert_idle();
        g_assert_cmpint(pair.master->parent.ref, ==, 1);
        object_unref(OBJECT(pair.master));
        close(pair.peer);
    }
}

/* Dates are English whatever the program's locale. */
static void test_date(void)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    char buffer[512] = { 0 };
    const char *date;
    bool known = false;
    Pair pair;
    size_t i;

    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "C.UTF-8")) {
        g_test_message("no locale but C");
    }
    pair_init(&pair, FALSE);
    pair_handshake(&pair);
    peer_send(&pair, REQUEST, strlen(REQUEST));
    run_until(&pair.outcome.called);
    g_assert_cmpint(recv(pair.peer, buffer, sizeof(buffer) - 1, 0), ==, 184);
    date = strstr(buffer, "Date: ") + strlen("Date: ");
    for (i = 0; i < G_N_ELEMENTS(days); i++) {
        known |= !strncmp(date, days[i], 3);
    }
    g_assert_true(known);
    setlocale(LC_ALL, "C");
    pair_done(&pair);
}

static void test_types(void)
{
    Object *bare = object_new(TYPE_QIO_CHANNEL_WEBSOCK);
    QIOChannel *ioc = QIO_CHANNEL(bare);
    QIOChannelClass *class = QIO_CHANNEL_GET_CLASS(ioc);
    char byte;

    G_STATIC_ASSERT(sizeof(QIOChannelWebsock) == 248);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, master) == 80);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, encinput) == 88);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, encoutput) == 128);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, rawinput) == 168);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, payload_remain) == 208);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, pong_remain) == 216);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, mask) == 224);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, io_tag) == 228);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, io_err) == 232);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, io_eof) == 240);
    G_STATIC_ASSERT(offsetof(QIOChannelWebsock, opcode) == 244);
    G_STATIC_ASSERT(sizeof(QIOChannelWebsockMask) == 4);
    g_assert_nonnull(class->io_writev);
    g_assert_nonnull(class->io_readv);
    g_assert_nonnull(class->io_close);
    g_assert_nonnull(class->io_create_watch);
    g_assert_nonnull(class->io_set_blocking);
    g_assert_nonnull(class->io_shutdown);
    g_assert_nonnull(class->io_set_cork);
    g_assert_nonnull(class->io_set_delay);
    g_assert_nonnull(class->io_set_aio_fd_handler);
    g_assert_null(class->io_seek);
    g_assert_null(class->io_flush);
    /* An object without a master is of no use, and does no harm. */
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, NULL), ==, -1);
    g_assert_cmpint(qio_channel_write(ioc, &byte, 1, NULL), ==, -1);
    g_assert_cmpint(qio_channel_set_blocking(ioc, true, NULL), ==, -1);
    qio_channel_set_cork(ioc, true);
    g_assert_cmpint(qio_channel_close(ioc, NULL), ==, 0);
    object_unref(bare);
}

static void test_features(void)
{
    Pair pair;

    pair_init(&pair, FALSE);
    g_assert_cmpuint(pair.ioc->features, ==, 1 << QIO_CHANNEL_FEATURE_SHUTDOWN);
    g_assert_cmpint(qio_channel_flush(pair.ioc, &error_abort), ==, 0);
    pair_done(&pair);
}

int main(int argc, char **argv)
{
    Pair pair;

    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    /* The first channel makes a context that is kept. */
    pair_init(&pair, TRUE);
    pair_done(&pair);
    testing_add("/websock/types", test_types);
    testing_add("/websock/features", test_features);
    testing_add("/websock/handshake/replies", test_replies);
    testing_add("/websock/handshake/refused-at-once", test_refused_at_once);
    testing_add("/websock/handshake/limits", test_limits);
    testing_add("/websock/handshake/byte-by-byte", test_byte_by_byte);
    testing_add("/websock/handshake/early-frames", test_early_frames);
    testing_add("/websock/handshake/peer-leaves", test_peer_leaves);
    testing_add("/websock/handshake/pipe-hangs-up", test_pipe_hangs_up);
    testing_add("/websock/handshake/not-open", test_not_open);
    testing_add("/websock/handshake/second", test_second_handshake);
    testing_add("/websock/handshake/cancelled", test_cancelled);
    testing_add("/websock/handshake/closed-from-callback", test_closed_from_callback);
    testing_add("/websock/handshake/date", test_date);
    return g_test_run();
}
