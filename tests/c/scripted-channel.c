/*
 * A channel class written in C, outside the library.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scripted-channel.h"

#include <string.h>
#include <unistd.h>

static Call *record(QIOChannel *ioc, const char *slot)
{
    ScriptedChannel *self = SCRIPTED_CHANNEL(ioc);
    Call *call;

    g_assert_cmpuint(self->n_calls, <, MAX_CALLS);
    call = &self->calls[self->n_calls++];
    call->slot = slot;
    return call;
}

static Call *record_transfer(QIOChannel *ioc, const char *slot,
                             const struct iovec *iov, size_t niov, Error **errp)
{
    Call *call = record(ioc, slot);

    g_assert_cmpuint(niov, <=, MAX_ELEMENTS);
    call->iov = iov;
    call->niov = niov;
    if (niov) {
        memcpy(call->elements, iov, niov * sizeof(*iov));
    }
    call->errp = errp;
    return call;
}

static Step next_step(ScriptedChannel *self)
{
    g_assert_cmpuint(self->n_steps, >, 0);
    self->n_steps--;
    return *self->steps++;
}

static ssize_t fail(const Step *step, Error **errp)
{
    if (step->error) {
        error_setg_errno(errp, step->error, "as the script says");
        errno = step->error;
    }
    return step->result;
}

static ssize_t scripted_writev(QIOChannel *ioc, const struct iovec *iov,
                               size_t niov, int *fds, size_t nfds, int flags,
                               Error **errp)
{
    ScriptedChannel *self = SCRIPTED_CHANNEL(ioc);
    Call *call = record_transfer(ioc, "writev", iov, niov, errp);
    Step step = next_step(self);
    ssize_t done = 0;

    call->fds = fds;
    call->nfds = nfds;
    call->flags = flags;
    if (step.result < 0) {
        return fail(&step, errp);
    }
    for (size_t i = 0; i < niov && done < step.result; i++) {
        size_t take = MIN(iov[i].iov_len, (size_t)(step.result - done));

        g_byte_array_append(self->written, iov[i].iov_base, take);
        done += take;
    }
    return step.result == ALL_BYTES ? done : step.result;
}

static void hand_over(const Step *step, int **fds, size_t *nfds)
{
    *fds = g_new(int, step->nfds);
    *nfds = step->nfds;
    for (size_t i = 0; i < step->nfds; i++) {
        (*fds)[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        g_assert_cmpint((*fds)[i], >=, 0);
        if (step->stale_fds) {
            close((*fds)[i]);
        }
    }
}

static ssize_t scripted_readv(QIOChannel *ioc, const struct iovec *iov,
                              size_t niov, int **fds, size_t *nfds,
                              Error **errp)
{
    ScriptedChannel *self = SCRIPTED_CHANNEL(ioc);
    Call *call = record_transfer(ioc, "readv", iov, niov, errp);
    Step step = next_step(self);
    ssize_t done = 0;

    call->fds = fds;
    call->nfds = (uintptr_t)nfds;
    if (step.nfds && fds && nfds) {
        hand_over(&step, fds, nfds);
    }
    if (step.result < 0) {
        return fail(&step, errp);
    }
    for (size_t i = 0; i < niov; i++) {
        uint8_t *byte = iov[i].iov_base;

        for (size_t n = iov[i].iov_len; n && done < step.result; n--, done++) {
            *byte++ = self->next_byte++;
        }
    }
    return step.result == ALL_BYTES ? done : step.result;
}

static int scripted_close(QIOChannel *ioc, Error **errp)
{
    record(ioc, "close")->errp = errp;
    return SCRIPTED_CHANNEL(ioc)->result;
}

static int scripted_set_blocking(QIOChannel *ioc, bool enabled, Error **errp)
{
    Call *call = record(ioc, "set_blocking");

    call->argument = enabled;
    call->errp = errp;
    return SCRIPTED_CHANNEL(ioc)->result;
}

static int scripted_shutdown(QIOChannel *ioc, QIOChannelShutdown how,
                             Error **errp)
{
    Call *call = record(ioc, "shutdown");

    call->argument = how;
    call->errp = errp;
    return SCRIPTED_CHANNEL(ioc)->result;
}

static void scripted_set_cork(QIOChannel *ioc, bool enabled)
{
    record(ioc, "set_cork")->argument = enabled;
}

static void scripted_set_delay(QIOChannel *ioc, bool enabled)
{
    record(ioc, "set_delay")->argument = enabled;
}

static off_t scripted_seek(QIOChannel *ioc, off_t offset, int whence,
                           Error **errp)
{
    Call *call = record(ioc, "seek");

    call->argument = offset;
    call->whence = whence;
    call->errp = errp;
    return SCRIPTED_CHANNEL(ioc)->result;
}

static void scripted_set_aio_fd_handler(QIOChannel *ioc, AioContext *ctx,
                                        IOHandler *io_read, IOHandler *io_write,
                                        void *opaque)
{
    Call *call = record(ioc, "set_aio_fd_handler");

    call->pointers[0] = ctx;
    call->pointers[1] = (void *)io_read;
    call->pointers[2] = (void *)io_write;
    call->pointers[3] = opaque;
}

static int scripted_flush(QIOChannel *ioc, Error **errp)
{
    record(ioc, "flush")->errp = errp;
    return SCRIPTED_CHANNEL(ioc)->result;
}

/* A GSource that is always ready. */
typedef struct ScriptedSource {
    GSource parent;
    QIOChannel *ioc;
    GIOCondition condition;
} ScriptedSource;

static gboolean source_prepare(GSource *source, gint *timeout)
{
    (void)source;
    *timeout = -1;
    return TRUE;
}

static gboolean source_check(GSource *source)
{
    (void)source;
    return TRUE;
}

static gboolean source_dispatch(GSource *source, GSourceFunc callback,
                                gpointer data)
{
    ScriptedSource *self = (ScriptedSource *)source;
    QIOChannelFunc func = (QIOChannelFunc)(void (*)(void))callback;

    return func(self->ioc, self->condition, data);
}

static void source_finalize(GSource *source)
{
    object_unref(OBJECT(((ScriptedSource *)source)->ioc));
}

static GSourceFuncs source_funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
    .finalize = source_finalize,
};

static GSource *scripted_create_watch(QIOChannel *ioc, GIOCondition condition)
{
    GSource *source = g_source_new(&source_funcs, sizeof(ScriptedSource));
    ScriptedSource *self = (ScriptedSource *)source;

    record(ioc, "create_watch")->argument = condition;
    object_ref(OBJECT(ioc));
    self->ioc = ioc;
    self->condition = condition;
    return source;
}

static void scripted_init(Object *object)
{
    SCRIPTED_CHANNEL(object)->written = g_byte_array_new();
}

static void scripted_finalize(Object *object)
{
    g_byte_array_unref(SCRIPTED_CHANNEL(object)->written);
}

static void scripted_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *channel_class = QIO_CHANNEL_CLASS(klass);

    (void)data;
    channel_class->io_writev = scripted_writev;
    channel_class->io_readv = scripted_readv;
    channel_class->io_close = scripted_close;
    channel_class->io_create_watch = scripted_create_watch;
    channel_class->io_set_blocking = scripted_set_blocking;
    channel_class->io_shutdown = scripted_shutdown;
    channel_class->io_set_cork = scripted_set_cork;
    channel_class->io_set_delay = scripted_set_delay;
    channel_class->io_seek = scripted_seek;
    channel_class->io_set_aio_fd_handler = scripted_set_aio_fd_handler;
    channel_class->io_flush = scripted_flush;
}

void scripted_channel_register(void)
{
    static const TypeInfo info = {
        .name = TYPE_SCRIPTED_CHANNEL,
        .parent = TYPE_QIO_CHANNEL,
        .instance_size = sizeof(ScriptedChannel),
        .instance_init = scripted_init,
        .instance_finalize = scripted_finalize,
        .class_init = scripted_class_init,
    };

    type_register_static(&info);
}

ScriptedChannel *scripted_channel_new(const Step *steps, size_t n_steps)
{
    ScriptedChannel *self =
        SCRIPTED_CHANNEL(object_new(TYPE_SCRIPTED_CHANNEL));

    self->steps = steps;
    self->n_steps = n_steps;
    return self;
}

QIOChannel *scripted_base(ScriptedChannel *channel)
{
    return QIO_CHANNEL(channel);
}

size_t scripted_steps_left(ScriptedChannel *channel)
{
    return channel->n_steps;
}

void scripted_channel_done(ScriptedChannel *channel)
{
    g_assert_cmpuint(channel->n_steps, ==, 0);
    g_assert_cmpuint(OBJECT(channel)->ref, ==, 1);
    object_unref(OBJECT(channel));
}
