/*
 * A WebSocket server with a client that is a bare socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WEBSOCK_SERVER_H
#define WEBSOCK_SERVER_H

#include "bench.h"

#include "io/channel.h"

/* A server over a new socket pair, after the handshake; *peer is the client's end. */
QIOChannel *websock_server_new(int *peer);

/*
 * Frames with payloads of `length` zeros, masked, `count` of them; free with
 * g_byte_array_unref().
 */
GByteArray *websock_masked_frames(size_t length, size_t count);

/* Room for `size` bytes in flight to the end that `fd` sends to. */
void websock_make_room(int fd, int size);

/* Has the server receive a message and a ping, and answer both. */
void websock_exchange(QIOChannel *server, int peer);

#endif
