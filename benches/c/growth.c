/*
 * How cost grows with the number of channels that are watched while one is active.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <glib-unix.h>
#include <sys/socket.h>

#include "block/aio.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"

static const unsigned SIZES[] = { 1, 10, 100, 1000, 10000 };

enum { LARGEST = 10000 };

/* Channels over one connection each, of which the first is readable. */
typedef struct Crowd {
    unsigned size;
    QIOChannel *channels[LARGEST];
    GSource *sources[LARGEST];
    GMainContext *context;
    AioContext *aio;
    unsigned calls;
} Crowd;

static int idle_pair[2];
static int active_pair[2];

static void add_channels(Crowd *crowd)
{
    unsigned i;

    for (i = 0; i < crowd->size; i++) {
        int fd = fcntl(i ? idle_pair[0] : active_pair[0], F_DUPFD_CLOEXEC, 0);

        bench_require(fd >= 0);
        crowd->channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
    }
}

static void drop_channels(Crowd *crowd)
{
    unsigned i;

    for (i = 0; i < crowd->size; i++) {
        object_unref(OBJECT(crowd->channels[i]));
    }
}

static gboolean channel_ready(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    ((Crowd *)data)->calls++;
    return G_SOURCE_CONTINUE;
}

static gboolean fd_ready(gint fd, GIOCondition condition, gpointer data)
{
    ((Crowd *)data)->calls++;
    return G_SOURCE_CONTINUE;
}

static void handler(void *opaque)
{
    ((Crowd *)opaque)->calls++;
}

static void dispatch_main_context(void *state, unsigned count)
{
    Crowd *crowd = state;

    crowd->calls = 0;
    while (crowd->calls < count) {
        g_main_context_iteration(crowd->context, FALSE);
    }
}

static void dispatch_aio(void *state, unsigned count)
{
    Crowd *crowd = state;

    crowd->calls = 0;
    while (crowd->calls < count) {
        aio_poll(crowd->aio, false);
    }
}

static void drop_sources(Crowd *crowd)
{
    unsigned i;

    for (i = 0; i < crowd->size; i++) {
        g_source_destroy(crowd->sources[i]);
        g_source_unref(crowd->sources[i]);
    }
}

/* Nanoseconds for an event in a context with our watches, or with GLib's sources. */
static double main_context_cost(Crowd *crowd, bool ours)
{
    static const BenchSide side = { .run = dispatch_main_context };
    double cost;
    unsigned i;

    crowd->context = g_main_context_new();
    for (i = 0; i < crowd->size; i++) {
        if (ours) {
            crowd->sources[i] = qio_channel_add_watch_source(
                crowd->channels[i], G_IO_IN, channel_ready, crowd, NULL, crowd->context);
        } else {
            crowd->sources[i] = g_unix_fd_source_new(
                QIO_CHANNEL_SOCKET(crowd->channels[i])->fd, G_IO_IN);
            g_source_set_callback(crowd->sources[i], G_SOURCE_FUNC(fd_ready), crowd, NULL);
            g_source_attach(crowd->sources[i], crowd->context);
        }
    }
    cost = bench_cost(&side, crowd, 0);
    drop_sources(crowd);
    g_main_context_unref(crowd->context);
    return cost;
}

static double aio_cost(Crowd *crowd)
{
    static const BenchSide side = { .run = dispatch_aio };
    double cost;
    unsigned i;

    for (i = 0; i < crowd->size; i++) {
        qio_channel_set_aio_fd_handler(crowd->channels[i], crowd->aio, handler, NULL, crowd);
    }
    cost = bench_cost(&side, crowd, 0);
    for (i = 0; i < crowd->size; i++) {
        qio_channel_set_aio_fd_handler(crowd->channels[i], crowd->aio, NULL, NULL, NULL);
    }
    return cost;
}

static void create_many(void *state, unsigned count)
{
    Crowd *crowd = state;
    unsigned i;

    for (i = 0; i < crowd->size; i++) {
        crowd->channels[i] = QIO_CHANNEL(qio_channel_socket_new());
    }
}

static void drop_many(void *state, unsigned count)
{
    drop_channels(state);
}

/* Nanoseconds for making one channel when as many are alive. */
static double creation_cost(Crowd *crowd)
{
    static const BenchSide side = { .run = create_many, .clean = drop_many };

    return bench_cost(&side, crowd, 1) / crowd->size;
}

static void report(const char *what, unsigned size, double ours, double reference, double target)
{
    g_autofree char *name = g_strdup_printf("%s, %u channels", what, size);

    bench_report("growth", name, "ns", ours, reference, target);
}

void bench_growth(void)
{
    g_autofree Crowd *crowd = NULL;
    double aio_at_10 = 0;
    size_t i;

    if (!bench_wanted("growth")) {
        return;
    }
    crowd = g_new0(Crowd, 1);
    /* A thread polls no other context than its own. */
    crowd->aio = qemu_get_aio_context();
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, idle_pair) == 0);
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, active_pair) == 0);
    bench_require(write(active_pair[1], "x", 1) == 1);
    for (i = 0; i < G_N_ELEMENTS(SIZES); i++) {
        double ours, reference, aio;

        crowd->size = SIZES[i];
        report("make a socket channel", crowd->size, creation_cost(crowd), 0, 0);
        add_channels(crowd);
        ours = main_context_cost(crowd, true);
        reference = main_context_cost(crowd, false);
        report("event in a GMainContext, against GLib's sources", crowd->size, ours, reference,
               0);
        aio = aio_cost(crowd);
        if (crowd->size == 10) {
            aio_at_10 = aio;
        }
        /* Against itself with ten: it must not grow. */
        report("event in an AioContext, against 10 channels", crowd->size, aio, aio_at_10,
               crowd->size > 10 ? 1.2 : 0);
        drop_channels(crowd);
    }
}
