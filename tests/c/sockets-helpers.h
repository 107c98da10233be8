/*
 * What the tests of sockets share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOCKETS_HELPERS_H
#define SOCKETS_HELPERS_H

#include "qemu/osdep.h"

#include "io/channel-socket.h"

/* Makes the C library open what its resolver keeps open. */
void sockets_warm_up(void);

/* Whether IPv6 works here. */
bool sockets_have_ipv6(void);

/*
 * Whether limits on descriptors work: valgrind keeps them to itself, and the
 * kernel does not know. Skips the test if not.
 */
bool sockets_can_limit_descriptors(void);

/* The port that the socket is bound to. */
int sockets_port(int fd);

/* A UDP socket on IPv4's loopback, with a port of its own. */
int sockets_udp_server(void);

/* Fails unless the function ends its process by abort(), with a message. */
void sockets_assert_aborts(void (*function)(gpointer), gpointer opaque);

/*
 * A listening channel, on `text` for socket_parse(). *address becomes its own
 * address, which the caller frees.
 */
QIOChannelSocket *sockets_listener(const char *text, SocketAddress **address);

/* A channel connected to the address. */
QIOChannelSocket *sockets_client(SocketAddress *address);

/* A connected pair of channels, on a socket of the listener's kind (see above). */
void sockets_pair(const char *text, QIOChannelSocket **client,
                  QIOChannelSocket **server);

/* The number of references to an object. */
unsigned int sockets_references(void *object);

/* Iterates the context (NULL: the default one) until *done. */
void sockets_iterate_until(GMainContext *context, const int *done);

#endif
