/*
 * WebSocket: the client's end, against scripted servers and our own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#define QIO_CHANNEL_EXTENSIONS
#include <sys/socket.h>
#include "websock.h"
#include "io/channel-socket.h"
#include "io/channel-util.h"
#include "testing.h"

/* A client whose server is a plain socket. */
static void client_init(Pair *pair, const char *protocol)
{
    int fds[2];

    memset(pair, 0, sizeof(*pair));
    testing_socket_pair(fds);
    pair->peer = fds[1];
    pair->master = qio_channel_new_fd(fds[0], &error_abort);
    qio_channel_set_blocking(pair->master, false, &error_abort);
    pair->websock = qio_channel_websock_new_client(pair->master, "localhost:80", "/chat", protocol,
                                                   &error_abort);
    pair->ioc = QIO_CHANNEL(pair->websock);
}

/* Reads the request; its key, to be freed. */
static char *read_request(Pair *pair, const char *protocol)
{
    GString *request = g_string_new(NULL);
    g_autofree char *expected = NULL;
    g_autofree char *last = NULL;
    char *key;

    run_pending();
    while (!g_str_has_suffix(request->str, "\r\n\r\n")) {
        char byte;

        g_assert_cmpint(recv(pair->peer, &byte, 1, 0), ==, 1);
        g_string_append_c(request, byte);
    }
    key = strstr(request->str, "Sec-WebSocket-Key: ");
    g_assert_nonnull(key);
    key = g_strndup(key + strlen("Sec-WebSocket-Key: "), 24);
    last = protocol ? g_strdup_printf("Sec-WebSocket-Protocol: %s\r\n", protocol) : g_strdup("");
    expected = g_strdup_printf("GET /chat HTTP/1.1\r\nHost: localhost:80\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                               "Sec-WebSocket-Version: 13\r\n%s\r\n", key, last);
    g_assert_cmpstr(request->str, ==, expected);
    g_string_free(request, TRUE);
    return key;
}

static char *answer_to(const char *key)
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA1);
    uint8_t digest[20];
    gsize size = sizeof(digest);

    g_checksum_update(checksum, (const uint8_t *)key, strlen(key));
    g_checksum_update(checksum, (const uint8_t *)"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
    g_checksum_get_digest(checksum, digest, &size);
    g_checksum_free(checksum);
    return g_base64_encode(digest, size);
}

#define RESPONSE \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Accept: %s\r\n"

/* Opens a client; `more` follows the response in the same segment. */
static char *client_open(Pair *pair, const char *more, size_t size)
{
    g_autofree char *answer = NULL;
    g_autofree char *response = NULL;
    GByteArray *bytes = g_byte_array_new();
    char *key;

    client_init(pair, NULL);
    pair_handshake(pair);
    key = read_request(pair, NULL);
    answer = answer_to(key);
    response = g_strdup_printf(RESPONSE "\r\n", answer);
    g_byte_array_append(bytes, (uint8_t *)response, strlen(response));
    g_byte_array_append(bytes, (const uint8_t *)more, size);
    peer_send(pair, bytes->data, bytes->len);
    g_byte_array_unref(bytes);
    run_until(&pair->outcome.called);
    g_assert_cmpstr(pair->outcome.message, ==, NULL);
    return key;
}

static void test_request(void)
{
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    Pair pair;

    first = client_open(&pair, "", 0);
    pair_done(&pair);
    /* The greeting of a server often comes with the response. */
    second = client_open(&pair, "\x82\x05hello", 7);
    g_assert_cmpstr(first, !=, second);
    expect_read(&pair, "hello", 5);
    expect_block(&pair);
    pair_done(&pair);
}

/* Reads one masked frame and returns its mask. */
static uint32_t expect_masked(Pair *pair, uint8_t first, const char *payload, size_t size)
{
    uint8_t header[6], data[125];
    uint32_t mask;
    size_t i;

    g_assert_cmpint(recv(pair->peer, header, 6, MSG_WAITALL), ==, 6);
    g_assert_cmphex(header[0], ==, first);
    g_assert_cmphex(header[1], ==, 0x80 | size);
    g_assert_cmpint(recv(pair->peer, data, size, size ? MSG_WAITALL : 0), ==, size);
    for (i = 0; i < size; i++) {
        data[i] ^= header[2 + i % 4];
    }
    g_assert_cmpmem(data, size, payload, size);
    memcpy(&mask, header + 2, 4);
    return mask;
}

static void test_masks(void)
{
    char data[] = "payload";
    Pair pair;
    uint32_t first, second;

    g_free(client_open(&pair, "", 0));
    g_assert_cmpint(qio_channel_write(pair.ioc, data, 7, &error_abort), ==, 7);
    g_assert_cmpint(qio_channel_write(pair.ioc, data, 7, &error_abort), ==, 7);
    g_assert_cmpstr(data, ==, "payload");
    first = expect_masked(&pair, 0x82, "payload", 7);
    second = expect_masked(&pair, 0x82, "payload", 7);
    g_assert_cmpuint(first, !=, second);
    peer_send(&pair, "\x89\x02hi", 4);
    expect_block(&pair);
    expect_masked(&pair, 0x8a, "hi", 2);
    pair_done(&pair);
}

/* The server ends the connection below, after the client's answer. */
static void test_close_of_server(void)
{
    g_autofree char *message = NULL;
    Pair pair;

    g_free(client_open(&pair, "\x88\x02\x03\xe9", 4));
    message = expect_error(&pair);
    g_assert_nonnull(strstr(message, "1001"));
    expect_masked(&pair, 0x88, "\x03\xe9peer requested close", 22);
    peer_expect_end(&pair);
    /* Only the client's direction is shut down. */
    g_assert_cmpint(send(pair.peer, "x", 1, MSG_NOSIGNAL), ==, 1);
    assert_idle();
    pair_done(&pair);
}

static void test_masked_server_is_refused(void)
{
    g_autofree char *message = NULL;
    uint8_t header[6];
    Pair pair;

    g_free(client_open(&pair, "", 0));
    peer_frame(&pair, 0x82, "x", 1);
    message = expect_error(&pair);
    g_assert_cmpint(recv(pair.peer, header, 6, MSG_WAITALL), ==, 6);
    g_assert_cmphex(header[0], ==, 0x88);
    g_assert_cmphex(header[1] & 0x80, ==, 0x80);
    assert_idle();
    pair_done(&pair);
}

static void test_own_close(void)
{
    Pair pair;

    g_free(client_open(&pair, "", 0));
    g_assert_cmpint(qio_channel_close(pair.ioc, &error_abort), ==, 0);
    expect_masked(&pair, 0x88, "\x03\xe8", 2);
    peer_expect_end(&pair);
    pair_done(&pair);
}

static void test_bad_responses(void)
{
    static const struct {
        const char *format;     /* %s is the right answer */
        const char *protocol;
        const char *says;
    } cases[] = {
        { "HTTP/1.1 403 Forbidden\r\n\r\n", NULL, "403" },
        { "HTTP/1.0 101 x\r\n\r\n", NULL, "" },
        { "nonsense\r\n\r\n", NULL, "" },
        { "HTTP/1.1 101 x\n", NULL, "" },
        { "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", NULL, "key" },
        { "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", NULL, "" },
        { "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n", NULL, "" },
        { RESPONSE "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", NULL, "extension" },
        { RESPONSE "Sec-WebSocket-Protocol: binary\r\n\r\n", NULL, "subprotocol" },
        { RESPONSE "\r\n", "binary", "subprotocol" },
        { RESPONSE "Sec-WebSocket-Protocol: base64\r\n\r\n", "binary", "subprotocol" },
    };
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *key = NULL;
        g_autofree char *answer = NULL;
        g_autofree char *response = NULL;
        char byte;
        Pair pair;

        client_init(&pair, cases[i].protocol);
        pair_handshake(&pair);
        key = read_request(&pair, cases[i].protocol);
        answer = answer_to(key);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
        response = g_strdup_printf(cases[i].format, answer);
#pragma GCC diagnostic pop
        peer_send(&pair, response, strlen(response));
        run_until(&pair.outcome.called);
        g_assert_true(pair.outcome.error);
        g_assert_nonnull(strstr(pair.outcome.message, cases[i].says));
        g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, NULL), ==, -1);
        /* Nothing is sent, and the master stays open. */
        g_assert_cmpint(recv(pair.peer, &byte, 1, MSG_DONTWAIT), ==, -1);
        g_assert_cmpint(errno, ==, EAGAIN);
        assert_idle();
        pair_done(&pair);
    }
}

static void test_response_without_end(void)
{
    g_autofree char *padding = g_strnfill(9000, 'x');
    g_autofree char *key = NULL;
    Pair pair;

    client_init(&pair, NULL);
    pair_handshake(&pair);
    key = read_request(&pair, NULL);
    peer_send(&pair, "HTTP/1.1 101 ", 13);
    peer_send(&pair, padding, 9000);
    run_until(&pair.outcome.called);
    g_assert_true(pair.outcome.error);
    pair_done(&pair);

    g_free(key);
    client_init(&pair, NULL);
    pair_handshake(&pair);
    key = read_request(&pair, NULL);
    peer_send(&pair, "HTTP/1.1 101 x\r\n", 16);
    shutdown(pair.peer, SHUT_WR);
    run_until(&pair.outcome.called);
    g_assert_true(pair.outcome.error);
    pair_done(&pair);
}

static void test_bad_arguments(void)
{
    static const char *const cases[][3] = {
        { NULL, NULL, NULL }, { "", NULL, NULL }, { "a b", NULL, NULL }, { "a\r\nX: y", NULL, NULL },
        { "a/b", NULL, NULL }, { "a", "", NULL }, { "a", "x", NULL }, { "a", "/x y", NULL },
        { "a", "/#", NULL }, { "a", "/\n", NULL }, { "a", NULL, "" }, { "a", NULL, "x,y" },
        { "a", NULL, "x\r\n" }, { "\xc3\xa9", NULL, NULL },
    };
    Pair pair;
    size_t i;

    pair_init(&pair, FALSE);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;

        g_assert_null(qio_channel_websock_new_client(pair.master, cases[i][0], cases[i][1],
                                                     cases[i][2], &err));
        g_assert_nonnull(err);
        error_free(err);
    }
    g_assert_cmpint(pair.master->parent.ref, ==, 2);
    pair_done(&pair);
}

static void test_cancelled(void)
{
    int round;

    for (round = 0; round < 100; round++) {
        Pair pair;

        client_init(&pair, NULL);
        pair_handshake(&pair);
        if (round % 2) {
            g_free(read_request(&pair, NULL));
            peer_send(&pair, "HTTP/1.1 101", 12);
            run_pending();
        }
        qio_channel_close(pair.ioc, &error_abort);
        g_assert_cmpint(pair.outcome.destroyed, ==, 1);
        run_pending();
        g_assert_false(pair.outcome.called);
        pair_done(&pair);
    }
}

/* Our client and our server, both ways, with blocking in between. */
typedef struct Copy {
    QIOChannel *ioc;
    const char *data;
    size_t size;
} Copy;

static gpointer write_everything(gpointer opaque)
{
    Copy *copy = opaque;

    g_assert_cmpint(qio_channel_write_all(copy->ioc, copy->data, copy->size, &error_abort), ==, 0);
    return NULL;
}

static int readers_done;

static gpointer read_everything(gpointer opaque)
{
    Copy *copy = opaque;
    g_autofree char *received = g_malloc(copy->size);

    g_assert_cmpint(qio_channel_read_all(copy->ioc, received, copy->size, &error_abort), ==, 0);
    g_assert_cmpmem(received, copy->size, copy->data, copy->size);
    g_atomic_int_inc(&readers_done);
    g_main_context_wakeup(NULL);
    return NULL;
}

static void test_own_server(void)
{
    enum { SIZE = 10 << 20 };
    g_autofree char *data = pattern_new(SIZE);
    GThread *threads[4];
    Pair server, client;
    int i;

    pair_init(&server, FALSE);
    memset(&client, 0, sizeof(client));
    client.peer = -1;
    client.master = qio_channel_new_fd(server.peer, &error_abort);
    server.peer = -1;
    qio_channel_set_blocking(client.master, false, &error_abort);
    client.websock = qio_channel_websock_new_client(client.master, "a", NULL, "binary",
                                                    &error_abort);
    client.ioc = QIO_CHANNEL(client.websock);
    pair_handshake(&server);
    pair_handshake(&client);
    run_until(&client.outcome.called);
    run_until(&server.outcome.called);
    g_assert_cmpstr(client.outcome.message, ==, NULL);
    g_assert_cmpstr(server.outcome.message, ==, NULL);

    threads[0] = g_thread_new("w", write_everything, &(Copy) { server.ioc, data, SIZE });
    threads[1] = g_thread_new("w", write_everything, &(Copy) { client.ioc, data, SIZE });
    threads[2] = g_thread_new("r", read_everything, &(Copy) { server.ioc, data, SIZE });
    threads[3] = g_thread_new("r", read_everything, &(Copy) { client.ioc, data, SIZE });
    for (i = 0; i < 2; i++) {
        g_thread_join(threads[i]);
    }
    /* The ends of what was written are sent by the main loop. */
    while (g_atomic_int_get(&readers_done) < 2) {
        g_main_context_iteration(NULL, TRUE);
    }
    for (i = 2; i < 4; i++) {
        g_thread_join(threads[i]);
    }
    qio_channel_close(client.ioc, &error_abort);
    g_free(expect_error(&server));
    pair_done(&client);
    pair_done(&server);
}

/* What the channel below has not taken is known. */
static void test_pending(void)
{
    char buffer[65536] = { 0 };
    Pair pair;

    pair_open(&pair, FALSE);
    g_assert_cmpuint(qio_channel_websock_get_pending(QIO_CHANNEL_WEBSOCK(pair.ioc)), ==, 0);
    while (qio_channel_write(pair.ioc, buffer, sizeof(buffer), &error_abort) > 0) {
        /* Until nothing fits any more. */
    }
    g_assert_cmpuint(qio_channel_websock_get_pending(QIO_CHANNEL_WEBSOCK(pair.ioc)), >=, 8192);
    while (recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT) > 0) {
        /* Makes room, without the background watch. */
    }
    g_assert_cmpint(qio_channel_write(pair.ioc, "", 0, &error_abort), ==, 0);
    g_assert_cmpuint(qio_channel_websock_get_pending(QIO_CHANNEL_WEBSOCK(pair.ioc)), ==, 0);
    pair_done(&pair);
}

/* The request waits for room that never comes. */
static void test_end_while_sending(void)
{
    Pair pair;

    client_init(&pair, NULL);
    testing_fill(QIO_CHANNEL_SOCKET(pair.master)->fd);
    pair_handshake(&pair);
    run_pending();
    g_assert_cmpint(pair.outcome.called, ==, 0);
    qio_channel_shutdown(pair.master, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
    run_until(&pair.outcome.called);
    g_assert_true(pair.outcome.error);
    run_pending();
    pair_done(&pair);
}

/* Frames that cannot leave any more do not keep the channel. */
static void test_end_with_pending_frames(void)
{
    g_autofree char *data = g_malloc0(65536);
    g_autofree char *key = NULL;
    Pair pair;

    key = client_open(&pair, "", 0);
    while (qio_channel_write(pair.ioc, data, 65536, &error_abort) > 0) {
        continue;
    }
    g_assert_cmpint(pair.ioc->parent.ref, ==, 2);
    qio_channel_shutdown(pair.master, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
    run_pending();
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
    testing_add("/websock/client/request", test_request);
    testing_add("/websock/client/masks", test_masks);
    testing_add("/websock/client/close-of-server", test_close_of_server);
    testing_add("/websock/client/masked-server", test_masked_server_is_refused);
    testing_add("/websock/client/own-close", test_own_close);
    testing_add("/websock/client/bad-responses", test_bad_responses);
    testing_add("/websock/client/response-without-end", test_response_without_end);
    testing_add("/websock/client/bad-arguments", test_bad_arguments);
    testing_add("/websock/client/cancelled", test_cancelled);
    testing_add("/websock/client/pending", test_pending);
    testing_add("/websock/client/end-while-sending", test_end_while_sending);
    testing_add("/websock/client/end-with-pending-frames", test_end_with_pending_frames);
    testing_add("/websock/client/own-server", test_own_server);
    return g_test_run();
}
