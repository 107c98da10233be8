/*
 * WebSocket: frames in both directions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/socket.h>
#include "websock.h"
#include "testing.h"

static void test_vectors(void)
{
    static const uint8_t masked[] = {
        0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    };
    Pair pair;

    pair_open(&pair, FALSE);
    peer_send(&pair, masked, sizeof(masked));
    expect_read(&pair, "Hello", 5);
    expect_block(&pair);
    pair_done(&pair);
}

static void test_lengths(void)
{
    static const size_t lengths[] = { 0, 1, 125, 126, 127, 4096, 8192, 65535, 65536, 1 << 20 };
    g_autofree char *data = pattern_new(1 << 20);
    Pair pair;
    size_t i;

    pair_open(&pair, FALSE);
    for (i = 0; i < G_N_ELEMENTS(lengths); i++) {
        GByteArray *frame = frame_new(0x82, data, lengths[i]);
        g_autofree char *received = g_malloc(lengths[i] + 1);
        size_t sent = 0, have = 0;

        while (sent < frame->len || have < lengths[i]) {
            ssize_t count = send(pair.peer, frame->data + sent, frame->len - sent,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);

            sent += count > 0 ? count : 0;
            count = qio_channel_read(pair.ioc, received + have, lengths[i] + 1 - have,
                                     &error_abort);
            g_assert_cmpint(count, !=, 0);
            have += count > 0 ? count : 0;
        }
        g_assert_cmpmem(received, have, data, lengths[i]);
        expect_block(&pair);
        g_byte_array_unref(frame);
    }
    pair_done(&pair);
}

/* A ping inside a fragmented message, an empty frame, a pong: cut anywhere. */
static void test_split_anywhere(void)
{
    GByteArray *stream = g_byte_array_new(), *frame;
    static const uint8_t pong[] = { 0x8a, 0x02, 'h', 'i' };
    Pair pair;
    size_t cut;
    char byte;

    struct { uint8_t first; const char *payload; } frames[] = {
        { 0x02, "frag" }, { 0x89, "hi" }, { 0x00, "" }, { 0x8a, "unasked" }, { 0x80, "ment" },
        { 0x82, "" }, { 0x82, "end" },
    };

    for (cut = 0; cut < G_N_ELEMENTS(frames); cut++) {
        frame = frame_new(frames[cut].first, frames[cut].payload, strlen(frames[cut].payload));
        g_byte_array_append(stream, frame->data, frame->len);
        g_byte_array_unref(frame);
    }
    for (cut = 1; cut < stream->len; cut++) {
        char received[16];
        ssize_t have = 0, count;

        pair_open(&pair, FALSE);
        peer_send(&pair, stream->data, cut);
        while ((count = qio_channel_read(pair.ioc, received + have, sizeof(received) - have,
                                         &error_abort)) > 0) {
            have += count;
        }
        g_assert_cmpint(count, ==, QIO_CHANNEL_ERR_BLOCK);
        peer_send(&pair, stream->data + cut, stream->len - cut);
        while ((count = qio_channel_read(pair.ioc, received + have, sizeof(received) - have,
                                         &error_abort)) > 0) {
            have += count;
        }
        g_assert_cmpmem(received, have, "fragmentend", 11);
        peer_expect(&pair, pong, sizeof(pong));
        shutdown(pair.peer, SHUT_WR);
        g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, &error_abort), ==, 0);
        assert_idle();
        pair_done(&pair);
    }
    g_byte_array_unref(stream);
}

/* The end of the connection is an end only between messages. */
static void test_end_of_file(void)
{
    GByteArray *frame = frame_new(0x82, "Hello", 5);
    Pair pair;
    size_t end;
    char byte;

    for (end = 0; end <= frame->len; end++) {
        pair_open(&pair, FALSE);
        peer_send(&pair, frame->data, end);
        shutdown(pair.peer, SHUT_WR);
        if (end > 6) {
            expect_read(&pair, "Hello", end - 6);
        }
        if (end == 0 || end == frame->len) {
            g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, &error_abort), ==, 0);
            g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, &error_abort), ==, 0);
        } else {
            g_autofree char *first = expect_error(&pair);
            g_autofree char *second = expect_error(&pair);

            g_assert_cmpstr(first, ==, second);
        }
        assert_idle();
        pair_done(&pair);
    }
    g_byte_array_unref(frame);
}

/* Data comes out before the error behind it, which then stays. */
static void test_data_then_close(void)
{
    static const uint8_t reply[] = "\x88\x16\x03\xe8peer requested close";
    GByteArray *stream = frame_new(0x82, "last words", 10);
    GByteArray *close_frame = frame_new(0x88, "\x03\xe8 bye", 6);
    Pair pair;
    int background;

    g_byte_array_append(stream, close_frame->data, close_frame->len);
    for (background = 0; background < 2; background++) {
        g_autofree char *first = NULL;
        g_autofree char *second = NULL;

        pair_open(&pair, FALSE);
        if (background) {
            expect_block(&pair);
        }
        peer_send(&pair, stream->data, stream->len);
        if (background) {
            run_pending();
        }
        expect_read(&pair, "last words", 10);
        first = expect_error(&pair);
        second = expect_error(&pair);
        g_assert_cmpstr(first, ==, second);
        g_assert_nonnull(strstr(first, "bye"));
        g_assert_cmpint(qio_channel_write(pair.ioc, "x", 1, NULL), ==, -1);
        peer_expect(&pair, reply, sizeof(reply) - 1);
        peer_expect_end(&pair);
        assert_idle();
        pair_done(&pair);
    }
    g_byte_array_unref(stream);
    g_byte_array_unref(close_frame);
}

/* Only pings and empty frames: a read would block, it is not at end of file. */
static void test_nothing_is_not_the_end(void)
{
    static const uint8_t pong[] = { 0x8a, 0x04, 'p', 'i', 'n', 'g' };
    GByteArray *stream = frame_new(0x89, "ping", 4);
    GByteArray *data = frame_new(0x82, "data", 4);
    Pair pair;

    pair_open(&pair, FALSE);
    peer_frame(&pair, 0x82, "", 0);
    peer_frame(&pair, 0x8a, "pong", 4);
    expect_block(&pair);
    /* The pong has exactly the ping's payload although more follows. */
    g_byte_array_append(stream, data->data, data->len);
    peer_send(&pair, stream->data, stream->len);
    expect_read(&pair, "data", 4);
    peer_expect(&pair, pong, sizeof(pong));
    pair_done(&pair);
    g_byte_array_unref(stream);
    g_byte_array_unref(data);
}

/* A peer that pings and does not read costs no memory, and the last is answered. */
static void test_ping_flood(void)
{
    Pair pair;
    char byte;
    unsigned i, last = 0;
    uint8_t header[2];
    char payload[126];
    unsigned answered = 0;

    pair_open(&pair, FALSE);
    for (i = 0; i < 5000; i++) {
        char *text = g_strdup_printf("%-125u", i);
        GByteArray *frame = frame_new(0x89, text, 125);
        ssize_t count = send(pair.peer, frame->data, frame->len, MSG_NOSIGNAL);

        g_assert_cmpint(count, ==, frame->len);
        g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, &error_abort), ==,
                        QIO_CHANNEL_ERR_BLOCK);
        g_byte_array_unref(frame);
        g_free(text);
    }
    while (last != 4999) {
        peer_expect(&pair, "\x8a\x7d", 2);
        g_assert_cmpint(recv(pair.peer, payload, 125, MSG_WAITALL), ==, 125);
        payload[125] = 0;
        last = atoi(payload);
        answered++;
    }
    g_assert_cmpuint(answered, <, 5000);
    g_assert_cmpint(recv(pair.peer, header, 1, MSG_DONTWAIT), ==, -1);
    assert_idle();
    pair_done(&pair);
}

/* Bytes go to the caller as they arrive, never held back. */
static void test_every_byte_at_once(void)
{
    GByteArray *frame = frame_new(0x82, "0123456789", 10);
    char received[10];
    Pair pair;

    pair_open(&pair, FALSE);
    peer_send(&pair, frame->data, 6 + 7);
    g_assert_cmpint(qio_channel_read(pair.ioc, received, 10, &error_abort), ==, 7);
    peer_send(&pair, frame->data + 13, 3);
    g_assert_cmpint(qio_channel_read(pair.ioc, received + 7, 3, &error_abort), ==, 3);
    g_assert_cmpmem(received, 10, "0123456789", 10);
    pair_done(&pair);
    g_byte_array_unref(frame);
}

/* A large frame into small and scattered buffers. */
static void test_small_reads(void)
{
    enum { SIZE = 1 << 20 };
    g_autofree char *data = pattern_new(SIZE);
    g_autofree char *received = g_malloc(SIZE);
    GByteArray *frame = frame_new(0x82, data, SIZE);
    Pair pair;
    size_t sent = 0, have = 0;

    pair_open(&pair, FALSE);
    while (have < SIZE) {
        size_t room = MIN(100, SIZE - have);
        struct iovec iov[] = {
            { .iov_base = received + have, .iov_len = room / 3 },
            { .iov_base = NULL, .iov_len = 0 },
            { .iov_base = received + have + room / 3, .iov_len = room - room / 3 },
        };
        ssize_t count = send(pair.peer, frame->data + sent, frame->len - sent,
                             MSG_DONTWAIT | MSG_NOSIGNAL);

        sent += count > 0 ? count : 0;
        count = qio_channel_readv(pair.ioc, iov, G_N_ELEMENTS(iov), &error_abort);
        g_assert_cmpint(count, >, 0);
        have += count;
    }
    g_assert_cmpmem(received, SIZE, data, SIZE);
    pair_done(&pair);
    g_byte_array_unref(frame);
}

/* An application that does not read stops its peer. */
static void test_idle_reader_is_bounded(void)
{
    g_autofree char *data = pattern_new(65536);
    GByteArray *frame = frame_new(0x82, data, 65536);
    Pair pair;
    size_t total = 0;
    int turns;

    pair_open(&pair, FALSE);
    expect_block(&pair);
    for (turns = 0; turns < 200; turns++) {
        ssize_t count;

        while ((count = send(pair.peer, frame->data, frame->len, MSG_DONTWAIT | MSG_NOSIGNAL))
               > 0) {
            total += count;
        }
        run_pending();
    }
    /* What the socket holds, and not much more. */
    g_assert_cmpuint(total, <, 2 << 20);
    assert_idle();
    pair_done(&pair);
    g_byte_array_unref(frame);
}

static void test_frame_headers_out(void)
{
    static const struct {
        size_t size;
        const char *header;
        size_t length;
    } cases[] = {
        { 1, "\x82\x01", 2 },
        { 125, "\x82\x7d", 2 },
        { 126, "\x82\x7e\x00\x7e", 4 },
        { 127, "\x82\x7e\x00\x7f", 4 },
        { 65535, "\x82\x7e\xff\xff", 4 },
        { 65536, "\x82\x7f\0\0\0\0\0\1\0\0", 10 },
    };
    g_autofree char *data = pattern_new(65536);
    g_autofree char *copy = g_malloc(65536);
    Pair pair;
    size_t i;

    pair_open(&pair, FALSE);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        memcpy(copy, data, cases[i].size);
        g_assert_cmpint(qio_channel_write(pair.ioc, copy, cases[i].size, &error_abort), ==,
                        cases[i].size);
        /* The memory is the caller's again. */
        memset(copy, 0, 65536);
        peer_expect(&pair, cases[i].header, cases[i].length);
        peer_expect(&pair, data, cases[i].size);
    }
    g_assert_cmpint(qio_channel_write(pair.ioc, data, 0, &error_abort), ==, 0);
    assert_idle();
    pair_done(&pair);
}

/* More than one frame carries is cut; a peer that does not read bounds the rest. */
static void test_writes_are_bounded(void)
{
    enum { SIZE = 200000 };
    g_autofree char *data = pattern_new(SIZE);
    GByteArray *wire = g_byte_array_new();
    Pair pair;
    ssize_t count;
    size_t taken = 0, payload = 0, at = 0;
    char buffer[65536];

    pair_open(&pair, FALSE);
    for (;;) {
        count = qio_channel_write(pair.ioc, data + taken % 1000, SIZE / 2, &error_abort);
        if (count == QIO_CHANNEL_ERR_BLOCK) {
            break;
        }
        g_assert_cmpint(count, >, 0);
        g_assert_cmpint(count, <=, 65536);
        taken += count;
    }
    g_assert_cmpint(errno, ==, EAGAIN);
    g_assert_cmpint(qio_channel_write(pair.ioc, data, 1, &error_abort), ==,
                    QIO_CHANNEL_ERR_BLOCK);
    /* The background watch sends the rest without a call. */
    while (payload < taken) {
        count = recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (count > 0) {
            g_byte_array_append(wire, (uint8_t *)buffer, count);
        } else {
            g_main_context_iteration(NULL, FALSE);
        }
        while (at + 10 <= wire->len) {
            size_t length = wire->data[at + 1], header = 2;

            g_assert_cmphex(wire->data[at], ==, 0x82);
            if (length == 126) {
                length = wire->data[at + 2] << 8 | wire->data[at + 3];
                header = 4;
            } else if (length == 127) {
                length = 65536;
                header = 10;
            }
            if (at + header + length > wire->len) {
                break;
            }
            g_assert_cmpmem(wire->data + at + header, length, data + payload % 1000, length);
            payload += length;
            at += header + length;
        }
    }
    g_assert_cmpuint(payload, ==, taken);
    g_assert_cmpuint(at, ==, wire->len);
    assert_idle();
    pair_done(&pair);
    g_byte_array_unref(wire);
}

/* Writing nothing sends what waits. */
static void test_writing_nothing(void)
{
    char buffer[65536] = { 0 };
    Pair pair;

    pair_open(&pair, FALSE);
    g_assert_cmpint(qio_channel_write(pair.ioc, "", 0, &error_abort), ==, 0);
    while (qio_channel_write(pair.ioc, buffer, sizeof(buffer), &error_abort) > 0) {
        /* Until nothing fits any more. */
    }
    g_assert_cmpint(qio_channel_write(pair.ioc, "", 0, &error_abort), ==, 0);
    while (recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT) > 0) {
        /* Makes room, without the background watch. */
    }
    g_assert_cmpint(qio_channel_write(pair.ioc, "", 0, &error_abort), ==, 0);
    pair_done(&pair);
}

/* The reader still gets what the peer sent before a write failed. */
static void test_failed_write_keeps_input(void)
{
    Pair pair;
    g_autofree char *message = NULL;
    int tries;

    pair_open(&pair, FALSE);
    peer_frame(&pair, 0x82, "farewell", 8);
    close(pair.peer);
    pair.peer = -1;
    for (tries = 0; tries < 3; tries++) {
        g_assert_cmpint(qio_channel_write(pair.ioc, "x", 1, NULL), ==, -1);
    }
    expect_read(&pair, "farewell", 8);
    message = expect_error(&pair);
    assert_idle();
    pair_done(&pair);
}

/* A blocking channel waits for data, not for frames. */
static gpointer send_slowly(gpointer opaque)
{
    Pair *pair = opaque;

    g_usleep(20000);
    peer_frame(pair, 0x89, "are you there", 13);
    g_usleep(20000);
    peer_frame(pair, 0x82, "yes", 3);
    return NULL;
}

static void test_blocking_read(void)
{
    static const uint8_t pong[] = "\x8a\x0d" "are you there";
    Pair pair;
    GThread *thread;
    char received[10];

    pair_open(&pair, TRUE);
    thread = g_thread_new("peer", send_slowly, &pair);
    g_assert_cmpint(qio_channel_read(pair.ioc, received, sizeof(received), &error_abort), ==, 3);
    g_assert_cmpmem(received, 3, "yes", 3);
    peer_expect(&pair, pong, sizeof(pong) - 1);
    g_thread_join(thread);
    pair_done(&pair);
}

/* A reader that sleeps in the master stops neither a writer nor a shutdown. */
static gpointer read_byte(gpointer opaque)
{
    Pair *pair = opaque;
    char byte;

    return GINT_TO_POINTER((int)qio_channel_read(pair->ioc, &byte, 1, NULL));
}

static void test_sleeping_reader(void)
{
    Pair pair;
    GThread *thread;

    pair_open(&pair, TRUE);
    thread = g_thread_new("reader", read_byte, &pair);
    g_usleep(20000);
    g_assert_cmpint(qio_channel_write(pair.ioc, "hello", 5, &error_abort), ==, 5);
    peer_expect(&pair, "\x82\x05hello", 7);
    g_assert_cmpint(qio_channel_shutdown(pair.ioc, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort), ==,
                    0);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, 0);
    pair_done(&pair);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    /* The first channel makes a context that is kept. */
    Pair pair;
    pair_init(&pair, TRUE);
    pair_done(&pair);
    testing_add("/websock/in/vectors", test_vectors);
    testing_add("/websock/in/lengths", test_lengths);
    testing_add("/websock/in/split-anywhere", test_split_anywhere);
    testing_add("/websock/in/end-of-file", test_end_of_file);
    testing_add("/websock/in/data-then-close", test_data_then_close);
    testing_add("/websock/in/nothing-is-not-the-end", test_nothing_is_not_the_end);
    testing_add("/websock/in/ping-flood", test_ping_flood);
    testing_add("/websock/in/every-byte-at-once", test_every_byte_at_once);
    testing_add("/websock/in/small-reads", test_small_reads);
    testing_add("/websock/in/idle-reader-is-bounded", test_idle_reader_is_bounded);
    testing_add("/websock/in/blocking", test_blocking_read);
    testing_add("/websock/in/sleeping-reader", test_sleeping_reader);
    testing_add("/websock/out/headers", test_frame_headers_out);
    testing_add("/websock/out/bounded", test_writes_are_bounded);
    testing_add("/websock/out/nothing", test_writing_nothing);
    testing_add("/websock/out/failed-write-keeps-input", test_failed_write_keeps_input);
    return g_test_run();
}
