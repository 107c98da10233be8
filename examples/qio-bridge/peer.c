/*
 * qio-bridge: who the client is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"

#include "endpoint.h"
#include "peer.h"
#include "qapi/error.h"

char *peer_describe(QIOChannelSocket *socket)
{
    g_autoptr(SocketAddress) address =
        qio_channel_socket_get_remote_address(socket, NULL);
    unsigned int pid;

    if (address && address->type == SOCKET_ADDRESS_TYPE_INET) {
        return endpoint_authority(&address->u.inet);
    }
    if (qio_channel_get_peerpid(QIO_CHANNEL(socket), &pid, NULL) == 0) {
        return g_strdup_printf("pid:%u", pid);
    }
    return g_strdup("unknown");
}
