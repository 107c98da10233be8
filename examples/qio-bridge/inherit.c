/*
 * qio-bridge: sockets that a service manager has opened.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/socket.h>

#include "inherit.h"

/* Where they start: sd_listen_fds(3). */
#define FIRST 3

/* Whether the variables are for this process, and not for its parent. */
static bool is_addressed(void)
{
    const char *text = g_getenv("LISTEN_PID");
    guint64 pid;

    return text &&
           g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &pid, NULL) &&
           (pid_t)pid == getpid();
}

static bool read_count(int *count, Error **errp)
{
    const char *text = g_getenv("LISTEN_FDS");
    guint64 number = 0;

    if (text && is_addressed() &&
        !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT - FIRST, &number, NULL)) {
        error_setg(errp, "LISTEN_FDS '%s' is not a number of descriptors", text);
        return false;
    }
    *count = number;
    return true;
}

static bool check(int fd, Error **errp)
{
    int type = 0, listens = 0;
    socklen_t size = sizeof(int);

    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == -1 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == -1) {
        error_setg_errno(errp, errno, "inherited descriptor %d", fd);
        return false;
    }
    if (type != SOCK_STREAM || !listens) {
        error_setg(errp, "inherited descriptor %d: not a stream socket that listens",
                   fd);
        return false;
    }
    return true;
}

int inherit_sockets(int *first, Error **errp)
{
    int count;

    *first = FIRST;
    if (!read_count(&count, errp)) {
        return -1;
    }
    g_unsetenv("LISTEN_PID");
    g_unsetenv("LISTEN_FDS");
    g_unsetenv("LISTEN_FDNAMES");
    for (int i = 0; i < count; i++) {
        if (!check(FIRST + i, errp)) {
            return -1;
        }
    }
    return count;
}
