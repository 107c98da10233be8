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

static const struct {
    unsigned size;
    const char *text;
} SIZES[] = { { 1, "1" }, { 10, "10" }, { 100, "100" }, { 1000, "1,000" }, { 10000, "10,000" } };

enum { FEW = 10, LARGEST = 10000 };

/* Channels over one connection each, of which the first is readable. */
typedef struct Crowd {
    unsigned size;
    QIOChannel *channels[LARGEST];
    void *memory[LARGEST];
    GSource *watches[LARGEST];
    GSource *sources[LARGEST];
    GMainContext *with_watches;
    GMainContext *with_sources;
    AioContext *aio;
    unsigned handlers;
    unsigned calls;
} Crowd;

static int idle_pair[2];
static int active_pair[2];

/* Makes channels of the first `count`. */
static void connect_channels(Crowd *crowd, unsigned count)
{
    while (count--) {
        int fd = fcntl(count ? idle_pair[0] : active_pair[0], F_DUPFD_CLOEXEC, 0);

        bench_require(fd >= 0);
        crowd->channels[count] = QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
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

static void dispatch(Crowd *crowd, GMainContext *context, unsigned count)
{
    crowd->calls = 0;
    while (crowd->calls < count) {
        g_main_context_iteration(context, FALSE);
    }
}

static void dispatch_watches(void *state, unsigned count)
{
    dispatch(state, ((Crowd *)state)->with_watches, count);
}

static void dispatch_sources(void *state, unsigned count)
{
    dispatch(state, ((Crowd *)state)->with_sources, count);
}

static void destroy(GSource *source)
{
    g_source_destroy(source);
    g_source_unref(source);
}

/* Against GLib's sources for the same descriptors, in a context of their own. */
static void measure_main_context(Crowd *crowd, const char *name)
{
    unsigned i;

    crowd->with_watches = g_main_context_new();
    crowd->with_sources = g_main_context_new();
    for (i = 0; i < crowd->size; i++) {
        crowd->watches[i] = qio_channel_add_watch_source(
            crowd->channels[i], G_IO_IN, channel_ready, crowd, NULL, crowd->with_watches);
        crowd->sources[i] = g_unix_fd_source_new(
            QIO_CHANNEL_SOCKET(crowd->channels[i])->fd, G_IO_IN);
        g_source_set_callback(crowd->sources[i], G_SOURCE_FUNC(fd_ready), crowd, NULL);
        g_source_attach(crowd->sources[i], crowd->with_sources);
    }
    bench_compare(&(BenchRow) {
        .section = "growth", .name = name, .state = crowd,
        .ours.run = dispatch_watches, .reference.run = dispatch_sources,
    });
    for (i = 0; i < crowd->size; i++) {
        destroy(crowd->watches[i]);
        destroy(crowd->sources[i]);
    }
    g_main_context_unref(crowd->with_watches);
    g_main_context_unref(crowd->with_sources);
}

static void dispatch_aio(void *state, unsigned count)
{
    Crowd *crowd = state;

    crowd->calls = 0;
    while (crowd->calls < count) {
        aio_poll(crowd->aio, false);
    }
}

/* Makes the first `count` channels have a handler, and no others. */
static void set_handlers(Crowd *crowd, unsigned count)
{
    for (; crowd->handlers < count; crowd->handlers++) {
        qio_channel_set_aio_fd_handler(crowd->channels[crowd->handlers], crowd->aio, handler,
                                       NULL, crowd);
    }
    for (; crowd->handlers > count; crowd->handlers--) {
        qio_channel_set_aio_fd_handler(crowd->channels[crowd->handlers - 1], crowd->aio, NULL,
                                       NULL, NULL);
    }
}

static void all_or_few_handlers(void *state, bool all)
{
    Crowd *crowd = state;

    set_handlers(crowd, all ? crowd->size : FEW);
}

/* Against itself with ten: it must not grow. */
static void measure_aio(Crowd *crowd, const char *name)
{
    bench_compare(&(BenchRow) {
        .section = "growth", .name = name, .state = crowd, .target = 1.2,
        .ours.run = dispatch_aio, .reference.run = dispatch_aio, .change = all_or_few_handlers,
    });
    set_handlers(crowd, 0);
}

static void make_channels(void *state, unsigned count)
{
    Crowd *crowd = state;

    while (count--) {
        crowd->channels[count] = QIO_CHANNEL(qio_channel_socket_new());
    }
}

static void drop_channels(void *state, unsigned count)
{
    Crowd *crowd = state;

    while (count--) {
        object_unref(OBJECT(crowd->channels[count]));
    }
}

static void allocate(void *state, unsigned count)
{
    Crowd *crowd = state;

    while (count--) {
        crowd->memory[count] = malloc(sizeof(QIOChannelSocket));
    }
}

static void release(void *state, unsigned count)
{
    Crowd *crowd = state;

    while (count--) {
        free(crowd->memory[count]);
    }
}

/* Against malloc(); all that are made live at the same time. */
static void measure_creation(Crowd *crowd, const char *name)
{
    bench_compare(&(BenchRow) {
        .section = "growth", .name = name, .state = crowd, .count = crowd->size,
        .ours = { NULL, make_channels, drop_channels },
        .reference = { NULL, allocate, release },
    });
}

/* Calls `measure` with every size, and with as many channels if it wants some. */
static void measure_sizes(Crowd *crowd, const char *what, bool wants_channels,
                          void (*measure)(Crowd *crowd, const char *name))
{
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(SIZES); i++) {
        g_autofree char *name = g_strdup_printf("%s: %s", what, SIZES[i].text);
        unsigned channels = wants_channels ? MAX(SIZES[i].size, FEW) : 0;

        crowd->size = SIZES[i].size;
        connect_channels(crowd, channels);
        measure(crowd, name);
        drop_channels(crowd, channels);
    }
}

void bench_growth(void)
{
    g_autofree Crowd *crowd = NULL;

    if (!bench_wanted("growth")) {
        return;
    }
    crowd = g_new0(Crowd, 1);
    /* A thread polls no other context than its own. */
    crowd->aio = qemu_get_aio_context();
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, idle_pair) == 0);
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, active_pair) == 0);
    bench_require(write(active_pair[1], "x", 1) == 1);
    measure_sizes(crowd, "new socket channels", false, measure_creation);
    measure_sizes(crowd, "event in a GMainContext", true, measure_main_context);
    measure_sizes(crowd, "event in an AioContext", true, measure_aio);
}
