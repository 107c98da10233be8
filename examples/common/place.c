/*
 * What is wrong with addresses that the library takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "place.h"
#include "qapi/error.h"

/* What connecting to a path says; 0 if somebody listens there. */
static int try_to_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd, result;

    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
        sizeof(address.sun_path)) {
        return ENAMETOOLONG;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1) {
        return errno;
    }
    result = connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ? errno : 0;
    close(fd);
    return result;
}

static bool is_abandoned(const char *path, Error **errp)
{
    int result = try_to_connect(path);

    if (result == ECONNREFUSED || result == ENOENT) {
        return true;
    }
    if (result == 0 || result == EAGAIN) {
        error_setg(errp, "somebody listens there");
    } else {
        error_setg_errno(errp, result, "cannot find out whether somebody listens there");
    }
    return false;
}

bool place_is_free(const SocketAddress *address, Error **errp)
{
    const UnixSocketAddress *place = &address->u.q_unix;
    struct stat status;

    if (address->type != SOCKET_ADDRESS_TYPE_UNIX ||
        (place->has_abstract && place->abstract) ||
        lstat(place->path, &status) == -1) {
        /* Listening itself tells the rest. */
        return true;
    }
    if (!S_ISSOCK(status.st_mode)) {
        error_setg(errp, "something else than a socket is there");
        return false;
    }
    return is_abandoned(place->path, errp);
}

bool place_has_port(const InetSocketAddress *inet, int least, Error **errp)
{
    const char *port = inet->port;

    if (port[0] == '\0') {
        error_setg(errp, "the port is missing");
        return false;
    }
    if (strspn(port, "0123456789") == strlen(port) &&
        !g_ascii_string_to_unsigned(port, 10, least, G_MAXUINT16, NULL, NULL)) {
        error_setg(errp, "the port is not between %d and %d", least, G_MAXUINT16);
        return false;
    }
    return true;
}
