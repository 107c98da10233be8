/*
 * qio-bridge: a channel that gives back what was already read from another one.
 *
 * A channel class in C, and an example of how to write one. Most of its functions
 * pass the call to the channel below. The work is in input that no descriptor tells
 * of: reads, watches and handlers must notice that there is something in memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "block/aio.h"
#include "qemu/iov.h"
#include "qemu/module.h"
#include "qom/object.h"
#include "replay.h"

struct ReplayChannel {
    QIOChannel parent;
    QIOChannel *below; /* a reference */
    GBytes *head;      /* what is still to be given back; NULL at the end */

    /* A handler that waits for input, while there is a head. */
    AioContext *context;
    IOHandler *io_read;
    void *opaque;
    QEMUBH *call; /* calls it soon; NULL if there is nothing to call */
};

/* Reading and writing */

static ssize_t take_from_head(ReplayChannel *self, const struct iovec *iov,
                              size_t niov)
{
    gsize size;
    const void *data = g_bytes_get_data(self->head, &size);
    size_t taken = iov_from_buf(iov, niov, 0, data, size);
    g_autoptr(GBytes) head = g_steal_pointer(&self->head);

    if (taken < size) {
        self->head = g_bytes_new_from_bytes(head, taken, size - taken);
    }
    return taken;
}

static ssize_t replay_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov,
                            int **fds, size_t *nfds, Error **errp)
{
    ReplayChannel *self = REPLAY_CHANNEL(ioc);

    if (self->head) {
        if (fds && nfds) {
            *fds = NULL;
            *nfds = 0;
        }
        return take_from_head(self, iov, niov);
    }
    return qio_channel_readv_full(self->below, iov, niov, fds, nfds, errp);
}

static ssize_t replay_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov,
                             int *fds, size_t nfds, int flags, Error **errp)
{
    return qio_channel_writev_full(REPLAY_CHANNEL(ioc)->below, iov, niov, fds, nfds,
                                   flags, errp);
}

static int replay_flush(QIOChannel *ioc, Error **errp)
{
    return qio_channel_flush(REPLAY_CHANNEL(ioc)->below, errp);
}

/* Modes and the end */

static int replay_set_blocking(QIOChannel *ioc, bool enabled, Error **errp)
{
    return qio_channel_set_blocking(REPLAY_CHANNEL(ioc)->below, enabled, errp);
}

static void replay_set_cork(QIOChannel *ioc, bool enabled)
{
    qio_channel_set_cork(REPLAY_CHANNEL(ioc)->below, enabled);
}

static void replay_set_delay(QIOChannel *ioc, bool enabled)
{
    qio_channel_set_delay(REPLAY_CHANNEL(ioc)->below, enabled);
}

static int replay_shutdown(QIOChannel *ioc, QIOChannelShutdown how, Error **errp)
{
    return qio_channel_shutdown(REPLAY_CHANNEL(ioc)->below, how, errp);
}

static void forget_handler(ReplayChannel *self)
{
    g_clear_pointer(&self->call, qemu_bh_delete);
}

static int replay_close(QIOChannel *ioc, Error **errp)
{
    ReplayChannel *self = REPLAY_CHANNEL(ioc);

    forget_handler(self);
    g_clear_pointer(&self->head, g_bytes_unref);
    return qio_channel_close(self->below, errp);
}

/*
 * Handlers, which coroutines wait with: those of the channel below, and a bottom half
 * that calls the one for input while there is a head.
 */

static void call_handler(void *opaque)
{
    ReplayChannel *self = opaque;

    forget_handler(self);
    if (self->head) {
        self->io_read(self->opaque);
    }
}

static void replay_set_aio_fd_handler(QIOChannel *ioc, AioContext *context,
                                      IOHandler *io_read, IOHandler *io_write,
                                      void *opaque)
{
    ReplayChannel *self = REPLAY_CHANNEL(ioc);

    /* No handler at all in a context says nothing about the other contexts. */
    if (io_read || context == self->context) {
        forget_handler(self);
    }
    if (io_read && self->head) {
        self->context = context;
        self->io_read = io_read;
        self->opaque = opaque;
        self->call = aio_bh_new(context, call_handler, self);
        qemu_bh_schedule(self->call);
    }
    qio_channel_set_aio_fd_handler(self->below, context, io_read, io_write, opaque);
}

/*
 * Watches for input: ready when there is a head, or when the watch of the channel
 * below is, which is a child of this source.
 */

typedef struct {
    GSource parent;
    ReplayChannel *channel;  /* a reference */
    GIOCondition seen_below; /* by the child, since the last dispatch */
} ReplaySource;

static gboolean note_condition(G_GNUC_UNUSED QIOChannel *below,
                               GIOCondition condition, gpointer opaque)
{
    ReplaySource *self = opaque;

    self->seen_below |= condition;
    return G_SOURCE_CONTINUE;
}

static gboolean source_prepare(GSource *source, gint *timeout)
{
    *timeout = -1;
    return ((ReplaySource *)source)->channel->head != NULL;
}

static gboolean source_check(GSource *source)
{
    return ((ReplaySource *)source)->channel->head != NULL;
}

static gboolean source_dispatch(GSource *source, GSourceFunc callback,
                                gpointer data)
{
    ReplaySource *self = (ReplaySource *)source;
    /* What the callback of a channel's source is: through a type without arguments,
     * which is how C lets one function pointer become another. */
    QIOChannelFunc function = (QIOChannelFunc)(void (*)(void))callback;
    GIOCondition condition = self->seen_below;

    self->seen_below = 0;
    if (self->channel->head) {
        condition |= G_IO_IN;
    }
    if (!condition) {
        /* Another watch has read it meanwhile. */
        return G_SOURCE_CONTINUE;
    }
    return function(QIO_CHANNEL(self->channel), condition, data);
}

static void source_finalize(GSource *source)
{
    object_unref(OBJECT(((ReplaySource *)source)->channel));
}

static GSourceFuncs source_funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
    .finalize = source_finalize,
};

static GSource *replay_create_watch(QIOChannel *ioc, GIOCondition condition)
{
    ReplayChannel *channel = REPLAY_CHANNEL(ioc);
    GSource *child = qio_channel_create_watch(channel->below, condition);
    GSource *source;
    ReplaySource *self;

    if (!(condition & G_IO_IN) || !channel->head) {
        return child;
    }
    source = g_source_new(&source_funcs, sizeof(ReplaySource));
    self = (ReplaySource *)source;
    self->channel = REPLAY_CHANNEL(object_ref(OBJECT(channel)));
    g_source_set_callback(child, (GSourceFunc)(void (*)(void))note_condition, self,
                          NULL);
    g_source_add_child_source(source, child);
    g_source_unref(child);
    return source;
}

/* The class */

static void replay_finalize(Object *object)
{
    ReplayChannel *self = REPLAY_CHANNEL(object);

    forget_handler(self);
    g_clear_pointer(&self->head, g_bytes_unref);
    object_unref(OBJECT(self->below));
}

static void replay_class_init(ObjectClass *klass, G_GNUC_UNUSED void *data)
{
    QIOChannelClass *channel_class = QIO_CHANNEL_CLASS(klass);

    channel_class->io_readv = replay_readv;
    channel_class->io_writev = replay_writev;
    channel_class->io_flush = replay_flush;
    channel_class->io_set_blocking = replay_set_blocking;
    channel_class->io_set_cork = replay_set_cork;
    channel_class->io_set_delay = replay_set_delay;
    channel_class->io_shutdown = replay_shutdown;
    channel_class->io_close = replay_close;
    channel_class->io_set_aio_fd_handler = replay_set_aio_fd_handler;
    channel_class->io_create_watch = replay_create_watch;
}

static const TypeInfo replay_info = {
    .name = TYPE_REPLAY_CHANNEL,
    .parent = TYPE_QIO_CHANNEL,
    .instance_size = sizeof(ReplayChannel),
    .instance_finalize = replay_finalize,
    .class_init = replay_class_init,
};

static void register_type(void)
{
    type_register_static(&replay_info);
}

type_init(register_type)

ReplayChannel *replay_channel_new(QIOChannel *below, const void *head, size_t size)
{
    static const QIOChannelFeature passed[] = {
        QIO_CHANNEL_FEATURE_FD_PASS,
        QIO_CHANNEL_FEATURE_SHUTDOWN,
        QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY,
    };
    ReplayChannel *self = REPLAY_CHANNEL(object_new(TYPE_REPLAY_CHANNEL));

    self->below = QIO_CHANNEL(object_ref(OBJECT(below)));
    self->head = size ? g_bytes_new(head, size) : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(passed); i++) {
        if (qio_channel_has_feature(below, passed[i])) {
            qio_channel_set_feature(QIO_CHANNEL(self), passed[i]);
        }
    }
    return self;
}
