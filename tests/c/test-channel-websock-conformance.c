/*
 * WebSocket: a table of what peers may and may not send, after the sections of the
 * Autobahn test suite (1 to 7 and 10) by meaning. The channel carries bytes, so text
 * is refused with 1003 wherever that suite echoes it, and its cases are repeated with
 * binary messages.
 *
 * The program under test echoes what it reads. Each case prints whether it passed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/socket.h>
#include "websock.h"
#include "testing.h"

enum { MAX_FRAMES = 12 };

typedef struct Frame {
    uint8_t first;          /* 0: no more frames */
    const char *payload;    /* NULL: a pattern */
    size_t size;
    int count;              /* so many times; 0 is once */
} Frame;

typedef struct Case {
    const char *name;
    int chop;               /* bytes per write; 0: all at once */
    Frame frames[MAX_FRAMES];
    size_t echoed;          /* bytes of payload that reach the program */
    int pongs;              /* pongs at least; the last one answers the last ping */
    int code;               /* of the close frame that comes back; 0: none */
} Case;

#define TEXT 0x81
#define BINARY 0x82
#define CLOSE 0x88
#define PING 0x89
#define PONG 0x8a
#define TEXT_START 0x01
#define START 0x02
#define LAST 0x80
#define S(text) text, sizeof(text) - 1
#define P(size) NULL, size

/* The continuation that is not the last: stands for the byte 0. */
#define MIDDLE 0x70

static const Case cases[] = {
    { "1.1.1 text, empty", 0, { { TEXT, P(0) } }, 0, 0, 1003 },
    { "1.1.2 text, 125 bytes", 0, { { TEXT, P(125) } }, 0, 0, 1003 },
    { "1.1.5 text, 128 bytes", 0, { { TEXT, P(128) } }, 0, 0, 1003 },
    { "1.1.7 text, 65536 bytes", 0, { { TEXT, P(65536) } }, 0, 0, 1003 },
    { "1.1.8 text, in pieces", 997, { { TEXT, P(65536) } }, 0, 0, 1003 },
    { "1.2.1 binary, empty", 0, { { BINARY, P(0) } }, 0, 0, 0 },
    { "1.2.2 binary, 125 bytes", 0, { { BINARY, P(125) } }, 125, 0, 0 },
    { "1.2.3 binary, 126 bytes", 0, { { BINARY, P(126) } }, 126, 0, 0 },
    { "1.2.4 binary, 127 bytes", 0, { { BINARY, P(127) } }, 127, 0, 0 },
    { "1.2.5 binary, 128 bytes", 0, { { BINARY, P(128) } }, 128, 0, 0 },
    { "1.2.6 binary, 65535 bytes", 0, { { BINARY, P(65535) } }, 65535, 0, 0 },
    { "1.2.7 binary, 65536 bytes", 0, { { BINARY, P(65536) } }, 65536, 0, 0 },
    { "1.2.8 binary, in pieces", 997, { { BINARY, P(65536) } }, 65536, 0, 0 },

    { "2.1 ping, empty", 0, { { PING, P(0) } }, 0, 1, 0 },
    { "2.2 ping with text", 0, { { PING, S("Hello, world!") } }, 0, 1, 0 },
    { "2.3 ping with bytes", 0, { { PING, S("\x00\xff\xfe\xfd\xfc\xfb\x00\xff") } }, 0, 1, 0 },
    { "2.4 ping, 125 bytes", 0, { { PING, P(125) } }, 0, 1, 0 },
    { "2.5 ping, 126 bytes", 0, { { PING, P(126) } }, 0, 0, 1002 },
    { "2.6 ping, byte by byte", 1, { { PING, P(125) } }, 0, 1, 0 },
    { "2.7 unasked pong, empty", 0, { { PONG, P(0) } }, 0, 0, 0 },
    { "2.8 unasked pong", 0, { { PONG, S("unasked") } }, 0, 0, 0 },
    { "2.9 unasked pong, ping", 0, { { PONG, S("unasked") }, { PING, S("ping") } }, 0, 1, 0 },
    { "2.10 ten pings", 0, { { PING, S("p"), 10 } }, 0, 1, 0 },
    { "2.11 ten pings, byte by byte", 1, { { PING, S("p"), 10 } }, 0, 1, 0 },

    { "3.1 RSV 1", 0, { { BINARY | 0x10, P(5) } }, 0, 0, 1002 },
    { "3.2 data, RSV 2, ping", 0,
      { { BINARY, P(5) }, { BINARY | 0x20, P(5) }, { PING, P(0) } }, 5, 0, 1002 },
    { "3.3 data, RSV 3, ping, frame by frame", 11,
      { { BINARY, P(5) }, { BINARY | 0x30, P(5) }, { PING, P(0) } }, 5, 0, 1002 },
    { "3.4 data, RSV 4, ping, byte by byte", 1,
      { { BINARY, P(5) }, { BINARY | 0x40, P(5) }, { PING, P(0) } }, 5, 0, 1002 },
    { "3.5 RSV 5", 0, { { BINARY | 0x50, P(8) } }, 0, 0, 1002 },
    { "3.6 ping with RSV 6", 0, { { PING | 0x60, P(8) } }, 0, 0, 1002 },
    { "3.7 close with RSV 7", 0, { { CLOSE | 0x70, P(0) } }, 0, 0, 1002 },

    { "4.1.1 opcode 3", 0, { { 0x83, P(0) } }, 0, 0, 1002 },
    { "4.1.2 opcode 4 with payload", 0, { { 0x84, P(13) } }, 0, 0, 1002 },
    { "4.1.3 data, opcode 5, ping", 0,
      { { BINARY, P(5) }, { 0x85, P(0) }, { PING, P(0) } }, 5, 0, 1002 },
    { "4.1.4 data, opcode 6, ping", 0,
      { { BINARY, P(5) }, { 0x86, P(5) }, { PING, P(0) } }, 5, 0, 1002 },
    { "4.1.5 data, opcode 7, byte by byte", 1,
      { { BINARY, P(5) }, { 0x87, P(5) }, { PING, P(0) } }, 5, 0, 1002 },
    { "4.2.1 opcode 11", 0, { { 0x8b, P(0) } }, 0, 0, 1002 },
    { "4.2.2 opcode 12 with payload", 0, { { 0x8c, P(13) } }, 0, 0, 1002 },
    { "4.2.3 data, opcode 13, ping", 0,
      { { BINARY, P(5) }, { 0x8d, P(0) }, { PING, P(0) } }, 5, 0, 1002 },
    { "4.2.4 data, opcode 14, ping", 0,
      { { BINARY, P(5) }, { 0x8e, P(5) }, { PING, P(0) } }, 5, 0, 1002 },
    { "4.2.5 data, opcode 15, byte by byte", 1,
      { { BINARY, P(5) }, { 0x8f, P(5) }, { PING, P(0) } }, 5, 0, 1002 },

    { "5.1 ping in fragments", 0, { { PING & 0x7f, S("a") }, { LAST, S("b") } }, 0, 0, 1002 },
    { "5.2 pong in fragments", 0, { { PONG & 0x7f, S("a") }, { LAST, S("b") } }, 0, 0, 1002 },
    { "5.3 two fragments", 0, { { START, P(9) }, { LAST, P(9) } }, 18, 0, 0 },
    { "5.4 two fragments, frame by frame", 15, { { START, P(9) }, { LAST, P(9) } }, 18, 0, 0 },
    { "5.5 two fragments, byte by byte", 1, { { START, P(9) }, { LAST, P(9) } }, 18, 0, 0 },
    { "5.6 ping between fragments", 0,
      { { START, P(9) }, { PING, S("ping") }, { LAST, P(9) } }, 18, 1, 0 },
    { "5.7 ping between fragments, frame by frame", 15,
      { { START, P(9) }, { PING, S("ping") }, { LAST, P(9) } }, 18, 1, 0 },
    { "5.8 ping between fragments, byte by byte", 1,
      { { START, P(9) }, { PING, S("ping") }, { LAST, P(9) } }, 18, 1, 0 },
    { "5.9 last fragment of nothing", 0, { { LAST, P(9) }, { BINARY, P(5) } }, 0, 0, 1002 },
    { "5.10 the same, frame by frame", 15, { { LAST, P(9) }, { BINARY, P(5) } }, 0, 0, 1002 },
    { "5.11 the same, byte by byte", 1, { { LAST, P(9) }, { BINARY, P(5) } }, 0, 0, 1002 },
    { "5.12 fragment of nothing", 0, { { MIDDLE, P(9) }, { BINARY, P(5) } }, 0, 0, 1002 },
    { "5.13 the same, frame by frame", 15, { { MIDDLE, P(9) }, { BINARY, P(5) } }, 0, 0, 1002 },
    { "5.14 the same, byte by byte", 1, { { MIDDLE, P(9) }, { BINARY, P(5) } }, 0, 0, 1002 },
    { "5.15 fragments, then one of nothing", 0,
      { { START, P(9) }, { LAST, P(9) }, { MIDDLE, P(9) }, { BINARY, P(5) } }, 18, 0, 1002 },
    { "5.16 fragment of nothing, then a message", 0,
      { { MIDDLE, P(9) }, { START, P(9) }, { LAST, P(9) } }, 0, 0, 1002 },
    { "5.17 last fragment of nothing, then a message", 0,
      { { LAST, P(9) }, { START, P(9) }, { LAST, P(9) } }, 0, 0, 1002 },
    { "5.18 a message inside a message", 0, { { START, P(9) }, { BINARY, P(9) } }, 9, 0, 1002 },
    { "5.19 five fragments with pings", 0,
      { { START, P(9) }, { MIDDLE, P(9) }, { PING, S("1") }, { MIDDLE, P(9) }, { MIDDLE, P(9) },
        { PING, S("2") }, { LAST, P(9) } }, 45, 1, 0 },
    { "5.20 five fragments with pings, frame by frame", 15,
      { { START, P(9) }, { MIDDLE, P(9) }, { PING, S("1") }, { MIDDLE, P(9) }, { MIDDLE, P(9) },
        { PING, S("2") }, { LAST, P(9) } }, 45, 1, 0 },

    { "6.1.1 text, empty", 0, { { TEXT, P(0) } }, 0, 0, 1003 },
    { "6.1.2 text in empty fragments", 0,
      { { TEXT_START, P(0) }, { MIDDLE, P(0) }, { LAST, P(0) } }, 0, 0, 1003 },
    { "6.1.3 binary in fragments, some empty", 0,
      { { START, P(0) }, { MIDDLE, P(9) }, { LAST, P(0) } }, 9, 0, 0 },
    { "6.2.1 text, valid UTF-8", 0, { { TEXT, S("Hello-\xc2\xb5@\xc3\x9f") } }, 0, 0, 1003 },
    { "6.2.1 the same as binary", 0, { { BINARY, S("Hello-\xc2\xb5@\xc3\x9f") } }, 11, 0, 0 },
    { "6.3.1 text, invalid UTF-8", 0, { { TEXT, S("\xce\xba\xed\xa0\x80") } }, 0, 0, 1003 },
    { "6.3.1 the same as binary", 0, { { BINARY, S("\xce\xba\xed\xa0\x80") } }, 5, 0, 0 },
    { "6.4.1 text, invalid in the middle", 0,
      { { TEXT_START, S("\xce\xba\xe1") }, { MIDDLE, S("\xf4\x90\x80\x80") }, { LAST, S("x") } },
      0, 0, 1003 },

    { "7.1.1 message, close", 0, { { BINARY, P(9) }, { CLOSE, P(0) } }, 9, 0, 1000 },
    { "7.1.2 two closes", 0, { { CLOSE, P(0) }, { CLOSE, P(0) } }, 0, 0, 1000 },
    { "7.1.3 ping behind close", 0, { { CLOSE, P(0) }, { PING, P(0) } }, 0, 0, 1000 },
    { "7.1.4 message behind close", 0, { { CLOSE, P(0) }, { BINARY, P(9) } }, 0, 0, 1000 },
    { "7.1.5 close between fragments", 0,
      { { START, P(9) }, { CLOSE, P(0) }, { LAST, P(9) } }, 9, 0, 1000 },
    { "7.1.6 256 KiB, close, ping", 0,
      { { BINARY, P(262144) }, { CLOSE, P(0) }, { PING, P(0) } }, 262144, 0, 1000 },
    { "7.3.1 close, empty", 0, { { CLOSE, P(0) } }, 0, 0, 1000 },
    { "7.3.2 close, one byte", 0, { { CLOSE, S("a") } }, 0, 0, 1002 },
    { "7.3.3 close, a code", 0, { { CLOSE, S("\x03\xe8") } }, 0, 0, 1000 },
    { "7.3.4 close, a code and a reason", 0, { { CLOSE, S("\x03\xe8why") } }, 0, 0, 1000 },
    { "7.3.5 close, 125 bytes", 0,
      { { CLOSE, S("\x03\xe8***************************************************************"
                   "************************************************************") } },
      0, 0, 1000 },
    { "7.3.6 close, 126 bytes", 0,
      { { CLOSE, S("\x03\xe8***************************************************************"
                   "*************************************************************") } },
      0, 0, 1002 },
    { "7.5.1 close, reason not UTF-8", 0, { { CLOSE, S("\x03\xe8\xce\xba\xed\xa0\x80") } },
      0, 0, 1007 },
    { "7.7.1 close 1000", 0, { { CLOSE, S("\x03\xe8") } }, 0, 0, 1000 },
    { "7.7.2 close 1001", 0, { { CLOSE, S("\x03\xe9") } }, 0, 0, 1001 },
    { "7.7.3 close 1002", 0, { { CLOSE, S("\x03\xea") } }, 0, 0, 1002 },
    { "7.7.4 close 1003", 0, { { CLOSE, S("\x03\xeb") } }, 0, 0, 1003 },
    { "7.7.5 close 1007", 0, { { CLOSE, S("\x03\xef") } }, 0, 0, 1007 },
    { "7.7.6 close 1008", 0, { { CLOSE, S("\x03\xf0") } }, 0, 0, 1008 },
    { "7.7.7 close 1009", 0, { { CLOSE, S("\x03\xf1") } }, 0, 0, 1009 },
    { "7.7.8 close 1010", 0, { { CLOSE, S("\x03\xf2") } }, 0, 0, 1010 },
    { "7.7.9 close 1011", 0, { { CLOSE, S("\x03\xf3") } }, 0, 0, 1011 },
    { "7.7.10 close 3000", 0, { { CLOSE, S("\x0b\xb8") } }, 0, 0, 3000 },
    { "7.7.11 close 3999", 0, { { CLOSE, S("\x0f\x9f") } }, 0, 0, 3999 },
    { "7.7.12 close 4000", 0, { { CLOSE, S("\x0f\xa0") } }, 0, 0, 4000 },
    { "7.7.13 close 4999", 0, { { CLOSE, S("\x13\x87") } }, 0, 0, 4999 },
    { "7.9.1 close 0", 0, { { CLOSE, S("\x00\x00") } }, 0, 0, 1002 },
    { "7.9.2 close 999", 0, { { CLOSE, S("\x03\xe7") } }, 0, 0, 1002 },
    { "7.9.3 close 1004", 0, { { CLOSE, S("\x03\xec") } }, 0, 0, 1002 },
    { "7.9.4 close 1005", 0, { { CLOSE, S("\x03\xed") } }, 0, 0, 1002 },
    { "7.9.5 close 1006", 0, { { CLOSE, S("\x03\xee") } }, 0, 0, 1002 },
    { "7.9.6 close 1016", 0, { { CLOSE, S("\x03\xf8") } }, 0, 0, 1002 },
    { "7.9.7 close 1100", 0, { { CLOSE, S("\x04\x4c") } }, 0, 0, 1002 },
    { "7.9.8 close 2000", 0, { { CLOSE, S("\x07\xd0") } }, 0, 0, 1002 },
    { "7.9.9 close 2999", 0, { { CLOSE, S("\x0b\xb7") } }, 0, 0, 1002 },
    { "7.13.1 close 5000", 0, { { CLOSE, S("\x13\x88") } }, 0, 0, 1002 },
    { "7.13.2 close 65535", 0, { { CLOSE, S("\xff\xff") } }, 0, 0, 1002 },

    { "10.1.1 64 KiB in pieces of 1300 bytes", 1300, { { BINARY, P(65536) } }, 65536, 0, 0 },
    { "10.1.1 64 KiB in fragments of 1300 bytes", 0,
      { { START, P(1300) }, { MIDDLE, P(1300), 49 }, { LAST, P(536) } }, 65536, 0, 0 },
};

/* What the frames are on the wire, and what is expected back. */
typedef struct Streams {
    GByteArray *sent;
    GByteArray *data;       /* payload of data frames, in order */
    const Frame *ping;      /* the last one */
} Streams;

static void add_frame(Streams *streams, const Frame *frame)
{
    g_autofree char *pattern = pattern_new(frame->size);
    const char *payload = frame->payload ? frame->payload : pattern;
    uint8_t first = frame->first == MIDDLE ? 0 : frame->first;
    GByteArray *bytes = frame_new(first, payload, frame->size);

    g_byte_array_append(streams->sent, bytes->data, bytes->len);
    g_byte_array_unref(bytes);
    if (!(first & 8)) {
        g_byte_array_append(streams->data, (const uint8_t *)payload, frame->size);
    } else if (first == PING) {
        streams->ping = frame;
    }
}

/* What came back. */
typedef struct Answer {
    GByteArray *wire;
    GByteArray *data;       /* what the program read */
    GByteArray *echo;
    GByteArray *pong;
    int pongs;
    int code;
    bool is_odd;
} Answer;

/* Takes complete frames off the wire. */
static void parse(Answer *answer)
{
    for (;;) {
        uint8_t *wire = answer->wire->data;
        size_t header = 2, size;

        if (answer->wire->len < 10 && (answer->wire->len < 2 || wire[1] > 125)) {
            return;
        }
        size = wire[1];
        if (size == 126) {
            size = wire[2] << 8 | wire[3];
            header = 4;
        } else if (size == 127) {
            size = wire[7] << 16 | wire[8] << 8 | wire[9];
            header = 10;
        }
        if (answer->wire->len < header + size) {
            return;
        }
        answer->is_odd |= answer->code != 0;
        switch (wire[0]) {
        case BINARY:
            g_byte_array_append(answer->echo, wire + header, size);
            break;
        case PONG:
            g_byte_array_set_size(answer->pong, 0);
            g_byte_array_append(answer->pong, wire + header, size);
            answer->pongs++;
            break;
        case CLOSE:
            answer->code = wire[header] << 8 | wire[header + 1];
            break;
        default:
            answer->is_odd = true;
        }
        g_byte_array_remove_range(answer->wire, 0, header + size);
    }
}

/* The program under test: reads once and echoes it. */
static void echo(QIOChannel *ioc, GByteArray *data)
{
    char buffer[5000];
    ssize_t count = qio_channel_read(ioc, buffer, sizeof(buffer), NULL);

    if (count > 0) {
        g_byte_array_append(data, (uint8_t *)buffer, count);
        /* Fails if the connection was found to be over behind the data. */
        qio_channel_write(ioc, buffer, count, NULL);
    }
}

static bool is_over(const Case *test, const Answer *answer)
{
    /* A connection that stays open echoes everything. */
    return answer->data->len >= test->echoed && answer->pongs >= test->pongs
        && answer->code == test->code && (test->code || answer->echo->len >= test->echoed);
}

static bool run_case(const Case *test)
{
    Streams streams = { g_byte_array_new(), g_byte_array_new(), NULL };
    Answer answer = {
        g_byte_array_new(), g_byte_array_new(), g_byte_array_new(), g_byte_array_new(),
    };
    size_t at = 0, chop;
    int i, idle = 0;
    bool passed;
    Pair pair;

    for (i = 0; i < MAX_FRAMES && test->frames[i].first; i++) {
        int count = test->frames[i].count ? test->frames[i].count : 1;

        while (count--) {
            add_frame(&streams, &test->frames[i]);
        }
    }
    chop = test->chop ? (guint)test->chop : streams.sent->len;
    pair_open(&pair, FALSE);
    /* Some turns without news end it: to see what else comes, or to give up. */
    while (idle < (is_over(test, &answer) ? 20 : 2000)) {
        uint8_t buffer[65536];
        ssize_t count = send(pair.peer, streams.sent->data + at, MIN(chop, streams.sent->len - at),
                             MSG_DONTWAIT | MSG_NOSIGNAL);

        idle = count > 0 ? 0 : idle + 1;
        at += MAX(count, 0);
        /* Pongs and close frames are the main loop's business too. */
        echo(pair.ioc, answer.data);
        run_pending();
        while ((count = recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
            g_byte_array_append(answer.wire, buffer, count);
            parse(&answer);
            idle = 0;
        }
    }
    passed = !answer.is_odd && is_over(test, &answer) && answer.wire->len == 0
        && answer.data->len == test->echoed
        && (test->echoed == 0
            || !memcmp(answer.data->data, streams.data->data, test->echoed))
        && answer.echo->len <= test->echoed
        && (answer.echo->len == 0
            || !memcmp(answer.echo->data, streams.data->data, answer.echo->len))
        && (!test->pongs || (answer.pong->len == streams.ping->size
                             && (!streams.ping->payload
                                 || !memcmp(answer.pong->data, streams.ping->payload,
                                            answer.pong->len))));
    pair_done(&pair);
    g_byte_array_unref(streams.sent);
    g_byte_array_unref(streams.data);
    g_byte_array_unref(answer.wire);
    g_byte_array_unref(answer.data);
    g_byte_array_unref(answer.echo);
    g_byte_array_unref(answer.pong);
    return passed;
}

static void test_conformance(void)
{
    size_t i;
    int failed = 0;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool passed = run_case(&cases[i]);

        printf("# %s  %s\n", passed ? "pass" : "FAIL", cases[i].name);
        failed += !passed;
    }
    printf("# %zu cases, %d failed\n", G_N_ELEMENTS(cases), failed);
    g_assert_cmpint(failed, ==, 0);
}

int main(int argc, char **argv)
{
    Pair pair;

    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    /* The first channel makes a context that is kept. */
    pair_init(&pair, TRUE);
    pair_done(&pair);
    testing_add("/websock/conformance", test_conformance);
    return g_test_run();
}
