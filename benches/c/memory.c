/*
 * Memory of things that wait, and have worked before where that matters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-pair.h"
#include "websock-server.h"

#include <sys/socket.h>

#include "block/aio.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qemu/coroutine.h"
#include "qemu/main-loop.h"

enum { MANY = 1000, SESSIONS = 100 };

static gboolean never(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    return G_SOURCE_CONTINUE;
}

/* A descriptor of a connection on which nothing happens. */
static int idle_fd(void)
{
    static int fds[2];
    int fd;

    if (!fds[1]) {
        bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    }
    fd = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    bench_require(fd >= 0);
    return fd;
}

static void measure_watched_sockets(void)
{
    static QIOChannel *channels[MANY];
    static GSource *sources[MANY];
    GMainContext *context = g_main_context_new();
    size_t before, bytes;
    int i;

    before = bench_heap();
    for (i = 0; i < MANY; i++) {
        channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(idle_fd(), &error_abort));
        sources[i] = qio_channel_add_watch_source(channels[i], G_IO_IN, never, NULL, NULL,
                                                  context);
    }
    bytes = bench_heap() - before;
    bench_report("memory", "socket channel with a watch", "B", (double)bytes / MANY, 0, 900);
    for (i = 0; i < MANY; i++) {
        g_source_destroy(sources[i]);
        g_source_unref(sources[i]);
        object_unref(OBJECT(channels[i]));
    }
    g_main_context_unref(context);
}

/* Heap of the sessions of GnuTLS alone, for each end. */
static double raw_session_bytes(void)
{
    static RawTlsPair pairs[SESSIONS];
    size_t before = bench_heap();
    double bytes;
    int i;

    for (i = 0; i < SESSIONS; i++) {
        raw_tls_pair_open(&pairs[i], TLS_1_3);
    }
    bytes = (double)(bench_heap() - before) / (2 * SESSIONS);
    for (i = 0; i < SESSIONS; i++) {
        raw_tls_pair_close(&pairs[i]);
    }
    return bytes;
}

/* Heap of TLS channels without their masters, for each end. */
static double tls_channel_bytes(void)
{
    static TlsPair pairs[SESSIONS];
    static QIOChannel *masters[SESSIONS][2];
    size_t before;
    double bytes;
    int i;

    for (i = 0; i < SESSIONS; i++) {
        tls_masters(masters[i]);
    }
    before = bench_heap();
    for (i = 0; i < SESSIONS; i++) {
        tls_pair_open(&pairs[i], masters[i], TLS_1_3);
    }
    bytes = (double)(bench_heap() - before) / (2 * SESSIONS);
    for (i = 0; i < SESSIONS; i++) {
        tls_pair_close(&pairs[i]);
    }
    return bytes;
}

static void measure_tls(void)
{
    double ours, raw;

    /* What is allocated once is no session's. */
    raw_session_bytes();
    tls_channel_bytes();
    raw = raw_session_bytes();
    ours = tls_channel_bytes();
    bench_report("memory", "TLS channel, above GnuTLS's session", "B", ours - raw, 0, 512);
}

static void measure_websock(void)
{
    static QIOChannel *channels[MANY];
    static int peers[MANY];
    size_t before, bytes;
    double master;
    int i;

    before = bench_heap();
    for (i = 0; i < MANY; i++) {
        channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(idle_fd(), &error_abort));
    }
    master = (double)(bench_heap() - before) / MANY;
    for (i = 0; i < MANY; i++) {
        object_unref(OBJECT(channels[i]));
    }

    before = bench_heap();
    for (i = 0; i < MANY; i++) {
        channels[i] = websock_server_new(&peers[i]);
        websock_exchange(channels[i], peers[i]);
    }
    bytes = bench_heap() - before;
    bench_report("memory", "WebSocket channel, idle, above its master", "B",
                 (double)bytes / MANY - master, 0, 1024);
    for (i = 0; i < MANY; i++) {
        object_unref(OBJECT(channels[i]));
        close(peers[i]);
    }
}

static void coroutine_fn wait_for_byte(void *opaque)
{
    char byte;

    bench_require(qio_channel_read_all_eof(opaque, &byte, 1, &error_abort) == 0);
    object_unref(OBJECT(opaque));
}

/* What the process has more of when coroutines wait: touched stack, heap and all. */
static void measure_coroutines(void)
{
    static QIOChannel *channels[MANY];
    size_t before, bytes;
    int fds[2], i;

    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    for (i = 0; i < MANY; i++) {
        int fd = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);

        channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
        qio_channel_set_blocking(channels[i], false, &error_abort);
        qio_channel_attach_aio_context(channels[i], qemu_get_aio_context());
    }
    before = bench_resident();
    for (i = 0; i < MANY; i++) {
        qemu_coroutine_enter(qemu_coroutine_create(wait_for_byte, channels[i]));
    }
    bytes = bench_resident() - before;
    bench_report("memory", "coroutine that waits for a channel, resident", "B",
                 (double)bytes / MANY, 0, 8192);
    close(fds[1]);
    close(fds[0]);
    while (aio_poll(qemu_get_aio_context(), false)) {
    }
}

void bench_memory(void)
{
    if (!bench_wanted("memory")) {
        return;
    }
    measure_watched_sockets();
    measure_tls();
    measure_websock();
    measure_coroutines();
}
