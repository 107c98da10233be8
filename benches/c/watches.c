/*
 * Watches: against the sources that GLib makes for descriptors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <glib-unix.h>
#include <sys/socket.h>

#include "block/aio.h"
#include "io/channel-socket.h"
#include "qapi/error.h"

enum { IDLE = 10000 };

/* One context with watches of channels, one with GLib's sources, same descriptors. */
typedef struct Watched {
    GMainContext *ours;
    GMainContext *reference;
    QIOChannel *active;
    int fd;
    int peer;
    unsigned calls;
} Watched;

static gboolean channel_ready(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    ((Watched *)data)->calls++;
    return G_SOURCE_CONTINUE;
}

static gboolean fd_ready(gint fd, GIOCondition condition, gpointer data)
{
    ((Watched *)data)->calls++;
    return G_SOURCE_CONTINUE;
}

/* A connection whose one end is always readable. */
static void watched_open(Watched *watched)
{
    int fds[2];

    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    bench_require(write(fds[1], "x", 1) == 1);
    watched->fd = fds[0];
    watched->peer = fds[1];
    watched->active = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    watched->ours = g_main_context_new();
    watched->reference = g_main_context_new();
}

static void watched_close(Watched *watched)
{
    g_main_context_unref(watched->ours);
    g_main_context_unref(watched->reference);
    object_unref(OBJECT(watched->active));
    close(watched->peer);
}

static GSource *fd_source(Watched *watched, int fd)
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN);

    g_source_set_callback(source, G_SOURCE_FUNC(fd_ready), watched, NULL);
    g_source_attach(source, watched->reference);
    return source;
}

static void dispatch_ours(void *state, unsigned count)
{
    Watched *watched = state;

    watched->calls = 0;
    while (watched->calls < count) {
        g_main_context_iteration(watched->ours, FALSE);
    }
}

static void dispatch_reference(void *state, unsigned count)
{
    Watched *watched = state;

    watched->calls = 0;
    while (watched->calls < count) {
        g_main_context_iteration(watched->reference, FALSE);
    }
}

static void add_ours(void *state, unsigned count)
{
    Watched *watched = state;

    while (count--) {
        g_source_remove(qio_channel_add_watch(watched->active, G_IO_IN, channel_ready, watched,
                                              NULL));
    }
}

static void add_reference(void *state, unsigned count)
{
    Watched *watched = state;

    while (count--) {
        g_source_remove(g_unix_fd_add(watched->fd, G_IO_IN, fd_ready, watched));
    }
}

/* Watches in both contexts on connections where nothing happens. */
typedef struct Idle {
    int fds[2];
    QIOChannel *channels[IDLE];
    GSource *ours[IDLE];
    GSource *reference[IDLE];
} Idle;

static Idle *idle_new(Watched *watched)
{
    Idle *idle = g_new0(Idle, 1);
    int i;

    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, idle->fds) == 0);
    for (i = 0; i < IDLE; i++) {
        int fd = fcntl(idle->fds[0], F_DUPFD_CLOEXEC, 0);

        bench_require(fd >= 0);
        idle->channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
        idle->ours[i] = qio_channel_add_watch_source(idle->channels[i], G_IO_IN, channel_ready,
                                                     watched, NULL, watched->ours);
        idle->reference[i] = fd_source(watched, fd);
    }
    return idle;
}

static void idle_free(Idle *idle)
{
    int i;

    for (i = 0; i < IDLE; i++) {
        g_source_destroy(idle->ours[i]);
        g_source_unref(idle->ours[i]);
        g_source_destroy(idle->reference[i]);
        g_source_unref(idle->reference[i]);
        object_unref(OBJECT(idle->channels[i]));
    }
    close(idle->fds[0]);
    close(idle->fds[1]);
    g_free(idle);
}

static void measure_idle(Watched *watched)
{
    static const char name[] = "watch: dispatch beside 10,000 idle ones";
    Idle *idle;

    if (!bench_wanted(name)) {
        return;
    }
    idle = idle_new(watched);
    bench_compare(&(BenchRow) {
        .name = name, .target = 1.02, .state = watched,
        .ours.run = dispatch_ours, .reference.run = dispatch_reference,
    });
    idle_free(idle);
}

void bench_watches(void)
{
    Watched watched = { 0 };
    GSource *ours, *reference;

    watched_open(&watched);
    ours = qio_channel_add_watch_source(watched.active, G_IO_IN, channel_ready, &watched, NULL,
                                        watched.ours);
    reference = fd_source(&watched, watched.fd);
    bench_compare(&(BenchRow) {
        .name = "watch: dispatch", .target = 1.02, .state = &watched,
        .ours.run = dispatch_ours, .reference.run = dispatch_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "watch: add and remove", .target = 1.05, .state = &watched,
        .ours.run = add_ours, .reference.run = add_reference,
    });
    measure_idle(&watched);
    g_source_destroy(ours);
    g_source_unref(ours);
    g_source_destroy(reference);
    g_source_unref(reference);
    watched_close(&watched);
}
