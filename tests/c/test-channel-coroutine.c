/*
 * Coroutines that wait for channels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TEST_IN_HOST
#define QIO_CHANNEL_EXTENSIONS
#endif
#include "qemu/osdep.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <glib-unix.h>
#include "qapi/error.h"
#include "io/channel.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "qemu/main-loop.h"
#include "aborts.h"
#include "patience.h"
#include "testing.h"

/* A channel over a non-blocking descriptor, which it owns. */
static QIOChannel *channel_over(int fd)
{
    g_assert_true(g_unix_set_fd_nonblocking(fd, true, NULL));
    return QIO_CHANNEL(qio_channel_file_new_fd(fd));
}

/* Both ends of a socket pair. */
static void channel_pair(QIOChannel *ends[2])
{
    int fds[2];

    testing_socket_pair(fds);
    ends[0] = channel_over(fds[0]);
    ends[1] = channel_over(fds[1]);
}

static void drop_pair(QIOChannel *ends[2])
{
    object_unref(OBJECT(ends[0]));
    object_unref(OBJECT(ends[1]));
}

/* A class of C that watches a socket and counts what it is asked for. */

#define TYPE_COUNTING_CHANNEL "counting-channel"
OBJECT_DECLARE_SIMPLE_TYPE(CountingChannel, COUNTING_CHANNEL)

struct CountingChannel {
    QIOChannel parent;
    int fd;
    unsigned calls;
    AioContext *ctx;
    IOHandler *rd, *wr;
    void *opaque;
};

static ssize_t counting_readv(QIOChannel *ioc, const struct iovec *iov,
                              size_t niov, int **fds, size_t *nfds,
                              Error **errp)
{
    ssize_t ret = readv(COUNTING_CHANNEL(ioc)->fd, iov, niov);

    (void)fds;
    (void)nfds;
    if (ret < 0 && errno == EAGAIN) {
        return QIO_CHANNEL_ERR_BLOCK;
    }
    if (ret < 0) {
        error_setg_errno(errp, errno, "Cannot read");
    }
    return ret;
}

static ssize_t counting_writev(QIOChannel *ioc, const struct iovec *iov,
                               size_t niov, int *fds, size_t nfds, int flags,
                               Error **errp)
{
    ssize_t ret = writev(COUNTING_CHANNEL(ioc)->fd, iov, niov);

    (void)fds;
    (void)nfds;
    (void)flags;
    if (ret < 0 && errno == EAGAIN) {
        return QIO_CHANNEL_ERR_BLOCK;
    }
    if (ret < 0) {
        error_setg_errno(errp, errno, "Cannot write");
    }
    return ret;
}

static void counting_set_handler(QIOChannel *ioc, AioContext *ctx,
                                 IOHandler *io_read, IOHandler *io_write,
                                 void *opaque)
{
    CountingChannel *channel = COUNTING_CHANNEL(ioc);

    channel->calls++;
    channel->ctx = ctx;
    channel->rd = io_read;
    channel->wr = io_write;
    channel->opaque = opaque;
    aio_set_fd_handler(ctx, channel->fd, false, io_read, io_write, NULL, NULL,
                       opaque);
}

static void counting_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *class = QIO_CHANNEL_CLASS(klass);

    (void)data;
    class->io_readv = counting_readv;
    class->io_writev = counting_writev;
    class->io_set_aio_fd_handler = counting_set_handler;
}

static const TypeInfo counting_info = {
    .name = TYPE_COUNTING_CHANNEL,
    .parent = TYPE_QIO_CHANNEL,
    .instance_size = sizeof(CountingChannel),
    .class_init = counting_class_init,
};

#define TYPE_SLOTLESS_CHANNEL "slotless-channel"

static const TypeInfo slotless_info = {
    .name = TYPE_SLOTLESS_CHANNEL,
    .parent = TYPE_QIO_CHANNEL,
    .instance_size = sizeof(QIOChannel),
};

static CountingChannel *counting_channel(int fds[2])
{
    CountingChannel *channel =
        COUNTING_CHANNEL(object_new(TYPE_COUNTING_CHANNEL));

    testing_socket_pair(fds);
    g_assert_true(g_unix_set_fd_nonblocking(fds[0], true, NULL));
    channel->fd = fds[0];
    return channel;
}

/* What a coroutine is to do. */
typedef struct Job {
    QIOChannel *ioc;
    GIOCondition condition;
    char *buffer;
    size_t length;
    int result;
    bool done;
    AioContext *ctx;
    unsigned wakes;
} Job;

static void yield_once(void *opaque)
{
    Job *job = opaque;

    qio_channel_yield(job->ioc, job->condition);
    job->ctx = qemu_get_current_aio_context();
    job->done = true;
}

static void read_all(void *opaque)
{
    Job *job = opaque;

    job->result = qio_channel_read_all_eof(job->ioc, job->buffer, job->length,
                                           NULL);
    job->ctx = qemu_get_current_aio_context();
    job->done = true;
}

static void write_all(void *opaque)
{
    Job *job = opaque;

    job->result = qio_channel_write_all(job->ioc, job->buffer, job->length,
                                        NULL);
    job->done = true;
}

static Coroutine *start(CoroutineEntry *entry, Job *job)
{
    Coroutine *co = qemu_coroutine_create(entry, job);

    qemu_coroutine_enter(co);
    return co;
}

static void run_until(bool *done)
{
    while (!*done) {
        g_main_context_iteration(NULL, TRUE);
    }
}

/* Nothing that is ready wakes anybody. */
static void run_idle(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

static void fill(int fd)
{
    char block[4096] = { 0 };

    while (send(fd, block, sizeof(block), MSG_DONTWAIT) > 0) {
    }
}

static void drain(int fd)
{
    char block[4096];

    while (recv(fd, block, sizeof(block), MSG_DONTWAIT) > 0) {
    }
}

static void test_data_wakes_reader(void)
{
    int fds[2];
    CountingChannel *channel = counting_channel(fds);
    Job job = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_IN };
    Coroutine *co = start(yield_once, &job);

    g_assert_true(job.ioc->read_coroutine == co);
    g_assert_null(job.ioc->write_coroutine);
    g_assert_cmpuint(channel->calls, ==, 1);
    g_assert_true(channel->ctx == iohandler_get_aio_context());
    g_assert_true(channel->rd && !channel->wr);
    g_assert_true(channel->opaque == channel);
    run_idle();
    g_assert_false(job.done);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    run_until(&job.done);
    g_assert_null(job.ioc->read_coroutine);
    g_assert_cmpuint(channel->calls, ==, 2);
    g_assert_true(!channel->rd && !channel->wr);
    /* Adopted by the main context. */
    g_assert_true(job.ctx == qemu_get_aio_context());
    object_unref(OBJECT(channel));
    close(fds[0]);
    close(fds[1]);
}

static void test_end_of_file_wakes_reader(void)
{
    QIOChannel *ends[2];
    char byte;
    Job job = { .buffer = &byte, .length = 1, .result = -7 };

    channel_pair(ends);
    job.ioc = ends[0];
    start(read_all, &job);
    qio_channel_close(ends[1], &error_abort);
    run_until(&job.done);
    g_assert_cmpint(job.result, ==, 0);
    drop_pair(ends);
}

static void test_room_wakes_writer(void)
{
    int fds[2];
    CountingChannel *channel = counting_channel(fds);
    Job job = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_OUT };

    fill(fds[0]);
    start(yield_once, &job);
    g_assert_true(!channel->rd && channel->wr);
    run_idle();
    g_assert_false(job.done);
    drain(fds[1]);
    run_until(&job.done);
    object_unref(OBJECT(channel));
    close(fds[0]);
    close(fds[1]);
}

static void both(bool reader_first)
{
    int fds[2];
    CountingChannel *channel = counting_channel(fds);
    Job reader = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_IN };
    Job writer = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_OUT };
    Job *first = reader_first ? &reader : &writer;
    Job *second = reader_first ? &writer : &reader;

    fill(fds[0]);
    start(yield_once, &reader);
    start(yield_once, &writer);
    g_assert_true(channel->rd && channel->wr);
    for (Job *job = first; job; job = job == first ? second : NULL) {
        if (job == &reader) {
            g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
        } else {
            drain(fds[1]);
        }
        run_until(&job->done);
        if (job == first) {
            run_idle();
            g_assert_false(second->done);
            g_assert_true(reader_first ? !channel->rd : !channel->wr);
        }
    }
    g_assert_cmpuint(channel->calls, ==, 4);
    object_unref(OBJECT(channel));
    close(fds[0]);
    close(fds[1]);
}

static void test_reader_and_writer(void)
{
    both(true);
    both(false);
}

static void test_transfers_through_a_full_socket(void)
{
    enum { LENGTH = 4 << 20 };
    QIOChannel *ends[2];
    Job writer = { .length = LENGTH }, reader = { .length = LENGTH };

    channel_pair(ends);
    writer.ioc = ends[0];
    reader.ioc = ends[1];
    writer.buffer = g_malloc(LENGTH);
    reader.buffer = g_malloc0(LENGTH);
    for (size_t i = 0; i < LENGTH; i++) {
        writer.buffer[i] = (char)(i * 31);
    }
    start(write_all, &writer);
    start(read_all, &reader);
    run_until(&writer.done);
    run_until(&reader.done);
    g_assert_cmpint(writer.result, ==, 0);
    g_assert_cmpint(reader.result, ==, 1);
    g_assert_cmpint(memcmp(writer.buffer, reader.buffer, LENGTH), ==, 0);
    g_free(writer.buffer);
    g_free(reader.buffer);
    drop_pair(ends);
}

static void test_regular_file_is_always_ready(void)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    Job in = { .condition = G_IO_IN }, out = { .condition = G_IO_OUT };

    g_assert_cmpint(fd, >=, 0);
    in.ioc = out.ioc = QIO_CHANNEL(qio_channel_file_new_fd(fd));
    start(yield_once, &in);
    start(yield_once, &out);
    g_assert_false(in.done || out.done);
    run_until(&in.done);
    run_until(&out.done);
    object_unref(OBJECT(in.ioc));
}

static void test_command(void)
{
    const char *argv[] = { "/bin/cat", NULL };
    QIOChannelCommand *command =
        qio_channel_command_new_spawn(argv, O_RDWR, &error_abort);
    char sent[] = "over and back", received[sizeof(sent)] = "";
    Job reader = { .ioc = QIO_CHANNEL(command), .buffer = received,
                   .length = sizeof(sent) };
    Job writer = { .ioc = QIO_CHANNEL(command), .buffer = sent,
                   .length = sizeof(sent) };

    qio_channel_set_blocking(QIO_CHANNEL(command), false, &error_abort);
    start(read_all, &reader);
    g_assert_false(reader.done);
    start(write_all, &writer);
    run_until(&reader.done);
    g_assert_true(writer.done);
    g_assert_cmpstr(received, ==, sent);
    object_unref(OBJECT(command));
}

static void test_other_entry_ends_the_wait(void)
{
    int fds[2], again[2];
    CountingChannel *channel = counting_channel(fds);
    Job job = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_IN };
    Coroutine *co = start(yield_once, &job);

    qemu_coroutine_enter(co);
    g_assert_true(job.done);
    g_assert_null(job.ioc->read_coroutine);
    g_assert_cmpuint(channel->calls, ==, 2);
    g_assert_true(!channel->rd && !channel->wr);
    /* The number is used again, and nobody is woken. */
    close(fds[0]);
    testing_socket_pair(again);
    g_assert_cmpint(again[0], ==, fds[0]);
    g_assert_cmpint(write(again[1], "x", 1), ==, 1);
    run_idle();
    object_unref(OBJECT(channel));
    close(again[0]);
    close(again[1]);
    close(fds[1]);
}

static void test_stale_handler_heals_itself(void)
{
    int fds[2];
    CountingChannel *channel = counting_channel(fds);
    Job job = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_IN };
    IOHandler *handler;

    start(yield_once, &job);
    handler = channel->rd;
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    run_until(&job.done);
    qio_channel_set_aio_fd_handler(QIO_CHANNEL(channel),
                                   iohandler_get_aio_context(), handler, NULL,
                                   channel);
    run_idle();
    g_assert_true(!channel->rd && !channel->wr);
    object_unref(OBJECT(channel));
    close(fds[0]);
    close(fds[1]);
}

/* Contexts. */

static void test_nested_poll_serves_attached_channels_only(void)
{
    QIOChannel *ends[2];
    AioContext *main = qemu_get_aio_context();
    Job job = { .condition = G_IO_IN };

    channel_pair(ends);
    job.ioc = ends[0];
    start(yield_once, &job);
    qio_channel_write_all(ends[1], "x", 1, &error_abort);
    for (int i = 0; i < 3; i++) {
        aio_poll(main, false);
    }
    g_assert_false(job.done);
    run_until(&job.done);

    job.done = false;
    qio_channel_attach_aio_context(ends[0], main);
    g_assert_true(ends[0]->ctx == main);
    start(yield_once, &job);
    while (!job.done) {
        aio_poll(main, true);
    }
    qio_channel_detach_aio_context(ends[0]);
    g_assert_null(ends[0]->ctx);
    drop_pair(ends);
}

static void test_follows_its_context(void)
{
    AioContext *ctx = aio_context_new(&error_abort);
    QIOChannel *ends[2];
    Job job = { .condition = G_IO_IN };
    Coroutine *co = qemu_coroutine_create(yield_once, &job);

    channel_pair(ends);
    job.ioc = ends[0];
    qemu_aio_coroutine_enter(ctx, co);
    qio_channel_write_all(ends[1], "x", 1, &error_abort);
    run_idle();
    g_assert_false(job.done);
    while (!job.done) {
        aio_poll(ctx, true);
    }
    g_assert_true(job.ctx == ctx);
    drop_pair(ends);
    aio_context_unref(ctx);
}

static void test_moves_between_contexts(void)
{
    AioContext *first = aio_context_new(&error_abort);
    AioContext *second = aio_context_new(&error_abort);
    int fds[2];
    CountingChannel *channel = counting_channel(fds);
    char byte = 0;
    Job job = { .ioc = QIO_CHANNEL(channel), .buffer = &byte, .length = 1 };
    Coroutine *co = qemu_coroutine_create(read_all, &job);

    qio_channel_attach_aio_context(job.ioc, first);
    qemu_aio_coroutine_enter(first, co);
    g_assert_true(channel->ctx == first);
    qio_channel_detach_aio_context(job.ioc);
    g_assert_true(channel->ctx == first && !channel->rd && !channel->wr);
    g_assert_null(job.ioc->read_coroutine);
    qio_channel_attach_aio_context(job.ioc, second);
    aio_co_schedule(second, co);
    aio_poll(second, true);
    g_assert_false(job.done);
    g_assert_true(channel->ctx == second && channel->rd);
    aio_context_unref(first);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    while (!job.done) {
        aio_poll(second, true);
    }
    g_assert_true(job.ctx == second);
    g_assert_cmpint(byte, ==, 'x');
    object_unref(OBJECT(channel));
    aio_context_unref(second);
    close(fds[0]);
    close(fds[1]);
}

static void test_detached_waits_for_ever(void)
{
    QIOChannel *ends[2];
    char byte = 0;
    Job job = { .buffer = &byte, .length = 1 };
    Coroutine *co;

    channel_pair(ends);
    job.ioc = ends[0];
    co = start(read_all, &job);
    qio_channel_detach_aio_context(ends[0]);
    qio_channel_detach_aio_context(ends[0]);
    qio_channel_write_all(ends[1], "x", 1, &error_abort);
    run_idle();
    g_assert_false(job.done);
    aio_co_schedule(qemu_get_aio_context(), co);
    run_until(&job.done);
    drop_pair(ends);
}

static void test_detach_is_always_allowed(void)
{
    QIOChannel *null = QIO_CHANNEL(qio_channel_null_new());
    QIOChannel *buffer = QIO_CHANNEL(qio_channel_buffer_new(16));
    QIOChannel *ends[2];

    qio_channel_detach_aio_context(null);
    qio_channel_detach_aio_context(buffer);
    object_unref(OBJECT(null));
    object_unref(OBJECT(buffer));
    channel_pair(ends);
    qio_channel_close(ends[0], &error_abort);
    qio_channel_detach_aio_context(ends[0]);
    drop_pair(ends);
}

/* A wake in a coroutine is queued; until it runs nothing must spin. */

static void poll_with_ready_reader(void *opaque)
{
    Job *job = opaque;

    /* The handler runs inside this coroutine, so the reader is only queued. */
    for (int i = 0; i < 3; i++) {
        aio_poll(qemu_get_aio_context(), false);
        g_assert_false(job->done);
    }
    g_assert_false(aio_poll(qemu_get_aio_context(), false));
    job->wakes++;
}

static void start_poller(void *opaque)
{
    Job *job = opaque;

    qemu_coroutine_enter(qemu_coroutine_create(poll_with_ready_reader, job));
    g_assert_cmpuint(job->wakes, ==, 1);
    g_assert_true(job->done);
}

static void start_reader(void *opaque)
{
    start(yield_once, opaque);
}

static void test_wake_inside_a_coroutine(void)
{
    QIOChannel *ends[2];
    Job job = { .condition = G_IO_IN };
    bool polled = false;

    channel_pair(ends);
    job.ioc = ends[0];
    qio_channel_attach_aio_context(ends[0], qemu_get_aio_context());
    aio_bh_schedule_oneshot(qemu_get_aio_context(), start_reader, &job);
    while (!ends[0]->read_coroutine) {
        aio_poll(qemu_get_aio_context(), true);
    }
    qio_channel_write_all(ends[1], "x", 1, &error_abort);
    aio_bh_schedule_oneshot(qemu_get_aio_context(), start_poller, &job);
    aio_poll(qemu_get_aio_context(), true);
    polled = true;
    g_assert_true(polled && job.done);
    qio_channel_detach_aio_context(ends[0]);
    drop_pair(ends);
}

/* A woken coroutine may drop the channel. */

static void read_and_drop(void *opaque)
{
    Job *job = opaque;
    char byte;

    qio_channel_read_all(job->ioc, &byte, 1, &error_abort);
    qio_channel_close(job->ioc, &error_abort);
    object_unref(OBJECT(job->ioc));
    job->done = true;
}

static void test_woken_coroutine_frees_the_channel(void)
{
    QIOChannel *ends[2];
    Job job = { 0 };

    channel_pair(ends);
    job.ioc = ends[0];
    start(read_and_drop, &job);
    qio_channel_write_all(ends[1], "x", 1, &error_abort);
    run_until(&job.done);
    object_unref(OBJECT(ends[1]));
}

/* Many. */

static void echo(void *opaque)
{
    Job *job = opaque;
    char byte;

    while (qio_channel_read_all_eof(job->ioc, &byte, 1, &error_abort) == 1) {
        qio_channel_write_all(job->ioc, &byte, 1, &error_abort);
    }
    job->done = true;
}

/* A datagram socket with a name that the system chose. */
typedef struct Named {
    struct sockaddr_un name;
    socklen_t length;
    int fd;
} Named;

static Named new_named_socket(void)
{
    Named named = { .name.sun_family = AF_UNIX,
                    .length = sizeof(named.name) };
    struct sockaddr *name = (struct sockaddr *)&named.name;

    named.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(named.fd, >=, 0);
    g_assert_cmpint(bind(named.fd, name, sizeof(sa_family_t)), ==, 0);
    g_assert_cmpint(getsockname(named.fd, name, &named.length), ==, 0);
    return named;
}

static void send_to(Named *hub, Named *to, const char *data, size_t length)
{
    g_assert_cmpint(sendto(hub->fd, data, length, 0, (struct sockaddr *)&to->name,
                           to->length), ==, length);
}

/* Lets the process have so many descriptors, or as many as it may. Returns how many. */
static unsigned allow_descriptors(unsigned n)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = MIN(limit.rlim_max, n);
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* One socket at the other end of all of them, so that there are enough numbers. */
static void test_ten_thousand_waiters(void)
{
    enum { OTHERS = 100 };
    struct rlimit before;
    unsigned wanted = rounds(10000), n;
    Named hub = new_named_socket();
    Named *named = g_new(Named, wanted);
    Job *jobs = g_new0(Job, wanted);

    getrlimit(RLIMIT_NOFILE, &before);
    n = allow_descriptors(wanted + OTHERS) - OTHERS;
    g_test_message("%u coroutines", n);
    if (n < wanted) {
        g_test_message("not %u: the process may not have more descriptors", wanted);
    }
    for (unsigned i = 0; i < n; i++) {
        named[i] = new_named_socket();
        g_assert_cmpint(connect(named[i].fd, (struct sockaddr *)&hub.name, hub.length),
                        ==, 0);
        jobs[i].ioc = channel_over(named[i].fd);
        start(echo, &jobs[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned other = (i * 7919u) % n;
        char sent = (char)other, byte = 0;

        send_to(&hub, &named[other], &sent, 1);
        while (recv(hub.fd, &byte, 1, MSG_DONTWAIT) < 0) {
            g_main_context_iteration(NULL, TRUE);
        }
        g_assert_cmpint(byte, ==, sent);
    }
    for (unsigned i = 0; i < n; i++) {
        /* An empty datagram reads as the end. */
        send_to(&hub, &named[i], NULL, 0);
        run_until(&jobs[i].done);
        object_unref(OBJECT(jobs[i].ioc));
    }
    close(hub.fd);
    g_free(named);
    g_free(jobs);
    setrlimit(RLIMIT_NOFILE, &before);
}

#ifdef QIO_CHANNEL_EXTENSIONS
static void test_wake_read(void)
{
    int fds[2];
    CountingChannel *channel = counting_channel(fds);
    Job job = { .ioc = QIO_CHANNEL(channel), .condition = G_IO_IN };

    qio_channel_wake_read(job.ioc);
    g_assert_cmpuint(channel->calls, ==, 0);
    start(yield_once, &job);
    qio_channel_wake_read(job.ioc);
    g_assert_true(!channel->rd && !channel->wr);
    run_until(&job.done);
    object_unref(OBJECT(channel));
    close(fds[0]);
    close(fds[1]);
}
#endif

/* Misuse. */

static void yields_abort(QIOChannel *ioc, GIOCondition condition)
{
    Job job = { .ioc = ioc, .condition = condition };

    start(yield_once, &job);
}

static void test_yield_outside_aborts(void)
{
    ABORTS_SAYING("qio_channel_yield*not called inside a coroutine");
    qio_channel_yield(QIO_CHANNEL(qio_channel_null_new()), G_IO_IN);
}

static void test_two_conditions_abort(void)
{
    ABORTS_SAYING("qio_channel_yield*G_IO_IN*G_IO_OUT");
    yields_abort(QIO_CHANNEL(qio_channel_null_new()), G_IO_IN | G_IO_OUT);
}

static void test_no_condition_aborts(void)
{
    ABORTS_SAYING("qio_channel_yield*G_IO_IN*G_IO_OUT");
    yields_abort(QIO_CHANNEL(qio_channel_null_new()), 0);
}

static void test_hangup_aborts(void)
{
    ABORTS_SAYING("qio_channel_yield*G_IO_IN*G_IO_OUT");
    yields_abort(QIO_CHANNEL(qio_channel_null_new()), G_IO_HUP);
}

static void test_second_reader_aborts(void)
{
    QIOChannel *null;

    ABORTS_SAYING("qio_channel_yield*same direction");
    null = QIO_CHANNEL(qio_channel_null_new());
    yields_abort(null, G_IO_IN);
    yields_abort(null, G_IO_IN);
}

static void test_attach_while_waiting_aborts(void)
{
    QIOChannel *null;

    ABORTS_SAYING("qio_channel_attach_aio_context*waits");
    null = QIO_CHANNEL(qio_channel_null_new());
    yields_abort(null, G_IO_OUT);
    qio_channel_attach_aio_context(null, NULL);
}

static void test_free_while_waiting_aborts(void)
{
    QIOChannel *null;

    ABORTS_SAYING("a channel was freed while a coroutine waits");
    null = QIO_CHANNEL(qio_channel_null_new());
    yields_abort(null, G_IO_OUT);
    object_unref(OBJECT(null));
}

static void test_buffer_aborts(void)
{
    ABORTS_SAYING("qio-channel-buffer");
    yields_abort(QIO_CHANNEL(qio_channel_buffer_new(1)), G_IO_IN);
}

static void test_class_without_slot_aborts(void)
{
    ABORTS_SAYING(TYPE_SLOTLESS_CHANNEL);
    yields_abort(QIO_CHANNEL(object_new(TYPE_SLOTLESS_CHANNEL)), G_IO_IN);
}

static void test_context_of_another_thread_aborts(void)
{
    AioContext *own, *other;
    QIOChannel *ends[2];
    Job job = { .condition = G_IO_IN };

    ABORTS_SAYING("qio_channel_yield*another thread");
    own = aio_context_new(&error_abort);
    other = aio_context_new(&error_abort);
    channel_pair(ends);
    job.ioc = ends[0];
    qio_channel_attach_aio_context(ends[0], other);
    qemu_aio_coroutine_enter(own, qemu_coroutine_create(yield_once, &job));
    qio_channel_write_all(ends[1], "x", 1, &error_abort);
    aio_poll(other, true);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    type_register_static(&counting_info);
    type_register_static(&slotless_info);
    /* Opens descriptors that are never closed. */
    qemu_get_aio_context();
    testing_add("/channel-coroutine/data", test_data_wakes_reader);
    testing_add("/channel-coroutine/eof", test_end_of_file_wakes_reader);
    testing_add("/channel-coroutine/room", test_room_wakes_writer);
    testing_add("/channel-coroutine/both", test_reader_and_writer);
    testing_add("/channel-coroutine/large",
                test_transfers_through_a_full_socket);
    testing_add("/channel-coroutine/file", test_regular_file_is_always_ready);
    testing_add("/channel-coroutine/command", test_command);
    testing_add("/channel-coroutine/other-entry",
                test_other_entry_ends_the_wait);
    testing_add("/channel-coroutine/stale-handler",
                test_stale_handler_heals_itself);
    testing_add("/channel-coroutine/nested-poll",
                test_nested_poll_serves_attached_channels_only);
    testing_add("/channel-coroutine/follow", test_follows_its_context);
    testing_add("/channel-coroutine/move", test_moves_between_contexts);
    testing_add("/channel-coroutine/detached", test_detached_waits_for_ever);
    testing_add("/channel-coroutine/detach", test_detach_is_always_allowed);
    testing_add("/channel-coroutine/wake-in-coroutine",
                test_wake_inside_a_coroutine);
    testing_add("/channel-coroutine/free-when-woken",
                test_woken_coroutine_frees_the_channel);
    testing_add("/channel-coroutine/many", test_ten_thousand_waiters);
#ifdef QIO_CHANNEL_EXTENSIONS
    testing_add("/channel-coroutine/wake-read", test_wake_read);
#endif
    testing_add("/channel-coroutine/misuse/outside", test_yield_outside_aborts);
    testing_add("/channel-coroutine/misuse/two-conditions",
                test_two_conditions_abort);
    testing_add("/channel-coroutine/misuse/no-condition",
                test_no_condition_aborts);
    testing_add("/channel-coroutine/misuse/hangup", test_hangup_aborts);
    testing_add("/channel-coroutine/misuse/second-reader",
                test_second_reader_aborts);
    testing_add("/channel-coroutine/misuse/attach",
                test_attach_while_waiting_aborts);
    testing_add("/channel-coroutine/misuse/free",
                test_free_while_waiting_aborts);
    testing_add("/channel-coroutine/misuse/buffer", test_buffer_aborts);
    testing_add("/channel-coroutine/misuse/no-slot",
                test_class_without_slot_aborts);
    testing_add("/channel-coroutine/misuse/other-thread",
                test_context_of_another_thread_aborts);
    return g_test_run();
}
