/*
 * What the WebSocket tests share: a channel, and a peer that is a plain socket
 * and says whatever bytes a test wants.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WEBSOCK_H
#define WEBSOCK_H

#include "io/channel-websock.h"
#include "qapi/error.h"

#define REQUEST_LINE "GET / HTTP/1.1\r\n"
#define REQUEST_HEADERS \
    "Host: localhost\r\n" \
    "Upgrade: websocket\r\n" \
    "Connection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
    "Sec-WebSocket-Version: 13\r\n"
#define REQUEST REQUEST_LINE REQUEST_HEADERS "\r\n"

/* What came of a handshake. */
typedef struct Outcome {
    int called;
    int destroyed;
    int error;      /* whether it failed */
    char *message;
} Outcome;

/* A channel under test and its peer. */
typedef struct Pair {
    QIOChannelWebsock *websock;
    QIOChannel *ioc;    /* the same as a QIOChannel */
    QIOChannel *master;
    int peer;           /* the other end of the master's connection */
    Outcome outcome;
} Pair;

/* A server over a socket, before the handshake; the peer's end blocks. */
void pair_init(Pair *pair, gboolean blocking);

/* A server over any channel; the peer is not used. Takes over the reference. */
void pair_init_over(Pair *pair, QIOChannel *master);

/* The same with the handshake done. */
void pair_open(Pair *pair, gboolean blocking);

/* Starts the handshake. */
void pair_handshake(Pair *pair);

/* Releases everything; fails if the channel is still referenced. */
void pair_done(Pair *pair);

/* Runs the default main context until the number is not 0; fails in the end. */
void run_until(const int *number);

/* Runs what is ready in the default main context. */
void run_pending(void);

/* Fails unless the default main context has nothing to do for a while. */
void assert_idle(void);

/* Writes all bytes to the peer's end. */
void peer_send(Pair *pair, const void *data, size_t size);

/* Sends a masked frame whose first byte is given. */
void peer_frame(Pair *pair, uint8_t first, const void *payload, size_t size);

/* A masked frame in memory. */
GByteArray *frame_new(uint8_t first, const void *payload, size_t size);

/* Fails unless exactly these bytes come from the channel next. */
void peer_expect(Pair *pair, const void *data, size_t size);

/* Fails unless the stream to the peer ends here. */
void peer_expect_end(Pair *pair);

/* Reads and fails unless exactly these bytes come, in one read or more. */
void expect_read(Pair *pair, const void *data, size_t size);

/* Fails unless a read would block. */
void expect_block(Pair *pair);

/* Fails unless a read fails; the message, to be freed. */
char *expect_error(Pair *pair);

/* Bytes that can be told apart. */
char *pattern_new(size_t size);

#endif
