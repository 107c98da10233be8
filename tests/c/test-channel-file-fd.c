/*
 * Channels over descriptors that the caller brings: pipes, FIFOs, terminals.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-file.h"
#include "io/channel-util.h"
#include "failures.h"
#include "patience.h"
#include "testing.h"

#include <sys/time.h>
#include <termios.h>

static QIOChannel *over(int fd)
{
    return QIO_CHANNEL(qio_channel_file_new_fd(fd));
}


/* Neither the descriptor nor errno is touched. */
static void test_taking_over_a_descriptor(void)
{
    for (int cloexec = 0; cloexec < 2; cloexec++) {
        int fd = open("/dev/null", O_RDWR | (cloexec ? O_CLOEXEC : 0));
        int flags = fcntl(fd, F_GETFL);
        QIOChannel *ioc;

        errno = EBADMSG;
        ioc = over(fd);
        g_assert_cmpint(errno, ==, EBADMSG);
        g_assert_cmpint(QIO_CHANNEL_FILE(ioc)->fd, ==, fd);
        g_assert_cmpint(fcntl(fd, F_GETFD), ==, cloexec ? FD_CLOEXEC : 0);
        g_assert_cmpint(fcntl(fd, F_GETFL), ==, flags);
        object_unref(OBJECT(ioc));
        g_assert_false(testing_fd_is_open(fd));
    }
}

/* There is no validation. */
static void test_a_number_that_is_no_descriptor(void)
{
    QIOChannel *ioc;
    char byte = 0;
    Error *err = NULL;

    errno = EBADMSG;
    ioc = over(-1);
    g_assert_cmpint(errno, ==, EBADMSG);
    assert_failed(qio_channel_read(ioc, &byte, 1, &err), &err, EBADF);
    object_unref(OBJECT(ioc));
    ioc = over(1 << 20);
    assert_failed(qio_channel_write(ioc, &byte, 1, &err), &err, EBADF);
    object_unref(OBJECT(ioc));
}

static void test_pipe(void)
{
    QIOChannel *reader, *writer;
    char data[4] = "";
    Error *err = NULL;
    int fds[2];

    testing_pipe(fds);
    reader = over(fds[0]);
    writer = over(fds[1]);
    g_assert_cmpint(qio_channel_write(writer, "abc", 3, &err), ==, 3);
    /* A short read is returned as it is. */
    g_assert_cmpint(qio_channel_read(reader, data, 4, &err), ==, 3);
    g_assert_cmpstr(data, ==, "abc");
    assert_failed(qio_channel_io_seek(reader, 0, SEEK_CUR, &err), &err, ESPIPE);
    object_unref(OBJECT(writer));
    g_assert_cmpint(qio_channel_read(reader, data, 4, &err), ==, 0);
    g_assert_cmpint(qio_channel_read_all_eof(reader, data, 4, &err), ==, 0);
    g_assert_null(err);
    object_unref(OBJECT(reader));
}

static void test_would_block(void)
{
    QIOChannel *reader, *writer;
    char block[4096] = "";
    Error *err = NULL;
    int fds[2];

    testing_pipe(fds);
    reader = over(fds[0]);
    writer = over(fds[1]);
    g_assert_cmpint(qio_channel_set_blocking(reader, false, &err), ==, 0);
    g_assert_cmpint(qio_channel_set_blocking(writer, false, &err), ==, 0);
    errno = 0;
    assert_would_block(qio_channel_read(reader, block, 1, &err), err);
    while (qio_channel_write(writer, block, sizeof(block), &err) > 0) {
        continue;
    }
    errno = 0;
    assert_would_block(qio_channel_write(writer, block, 1, &err), err);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
}

/* The mode belongs to the open file description, other flags stay. */
static void test_blocking_mode_is_shared_by_duplicates(void)
{
    QIOChannel *ioc;
    int fds[2], duplicate, flags;

    testing_pipe(fds);
    duplicate = fcntl(fds[1], F_DUPFD_CLOEXEC, 0);
    flags = fcntl(duplicate, F_GETFL) | O_APPEND;
    g_assert_cmpint(fcntl(duplicate, F_SETFL, flags), ==, 0);
    ioc = over(fds[1]);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(qio_channel_set_blocking(ioc, false, NULL), ==, 0);
        g_assert_cmpint(fcntl(duplicate, F_GETFL), ==, flags | O_NONBLOCK);
    }
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(qio_channel_set_blocking(ioc, true, NULL), ==, 0);
        g_assert_cmpint(fcntl(duplicate, F_GETFL), ==, flags);
    }
    object_unref(OBJECT(ioc));
    close(duplicate);
    close(fds[0]);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

typedef struct Trickle {
    int fd;
    bool write;
    size_t bytes;
} Trickle;

/* Moves bytes slowly at the other end, in a thread that gets no signals. */
static gpointer trickle(gpointer data)
{
    Trickle *job = data;

    while (job->bytes > 0) {
        char block[8192] = "";
        size_t size = MIN(job->bytes, job->write ? 1 : sizeof(block));
        ssize_t done;

        g_usleep(3000);
        done = job->write ? write(job->fd, block, size)
                          : read(job->fd, block, size);
        g_assert_cmpint(done, >, 0);
        job->bytes -= done;
    }
    return NULL;
}

static GThread *start_trickle(Trickle *job)
{
    sigset_t all, old;
    GThread *thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    thread = g_thread_new("trickle", trickle, job);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return thread;
}

/* Interrupted calls are made again, however often that happens. */
static void test_signal_storm(void)
{
    enum { READ = 20, WRITE = 200 * 1024 };
    struct sigaction action = { .sa_handler = count_signal }, old;
    struct itimerval storm = signal_storm(), calm = { 0 };
    Trickle input = { .write = true, .bytes = READ };
    Trickle output = { .write = false, .bytes = WRITE };
    char *data = g_malloc0(WRITE);
    QIOChannel *reader, *writer;
    GThread *thread;
    Error *err = NULL;
    int in[2], out[2];

    testing_pipe(in);
    testing_pipe(out);
    reader = over(in[0]);
    writer = over(out[1]);
    input.fd = in[1];
    output.fd = out[0];
    signals = 0;
    g_assert_cmpint(sigaction(SIGALRM, &action, &old), ==, 0);

    thread = start_trickle(&input);
    setitimer(ITIMER_REAL, &storm, NULL);
    g_assert_cmpint(qio_channel_read_all(reader, data, READ, &err), ==, 0);
    g_assert_null(err);
    g_thread_join(thread);
    thread = start_trickle(&output);
    g_assert_cmpint(qio_channel_write_all(writer, data, WRITE, &err), ==, 0);
    g_assert_null(err);
    setitimer(ITIMER_REAL, &calm, NULL);
    g_thread_join(thread);

    /* Discards one that is still pending. */
    signal(SIGALRM, SIG_IGN);
    sigaction(SIGALRM, &old, NULL);
    g_assert_cmpint(signals, >, 0);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
    close(in[1]);
    close(out[0]);
    g_free(data);
}

static void test_fifo(void)
{
    char *directory = testing_make_dir();
    g_autofree char *path = g_build_filename(directory, "fifo", NULL);
    QIOChannelFile *reader, *writer;
    Error *err = NULL;
    char data[4] = "";

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    g_assert_null(qio_channel_file_new_path(path, O_WRONLY | O_NONBLOCK, 0,
                                            &err));
    g_assert_cmpint(errno, ==, ENXIO);
    error_free(err);
    err = NULL;
    reader = qio_channel_file_new_path(path, O_RDONLY | O_NONBLOCK, 0, &err);
    writer = qio_channel_file_new_path(path, O_WRONLY, 0, &err);
    g_assert_null(err);
    assert_would_block(qio_channel_read(QIO_CHANNEL(reader), data, 4, &err),
                       err);
    g_assert_cmpint(qio_channel_write_all(QIO_CHANNEL(writer), "ab", 2, &err),
                    ==, 0);
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(reader), data, 4, &err),
                    ==, 2);
    g_assert_cmpstr(data, ==, "ab");
    object_unref(OBJECT(reader));
    assert_failed(qio_channel_write(QIO_CHANNEL(writer), "ab", 2, &err), &err,
                  EPIPE);
    object_unref(OBJECT(writer));
    testing_remove_dir(directory);
}

/* Opening is not repeated: the program may want to give up. */
static void test_opening_is_interrupted(void)
{
    char *directory = testing_make_dir();
    g_autofree char *path = g_build_filename(directory, "fifo", NULL);
    struct sigaction action = { .sa_handler = count_signal }, old;
    struct itimerval storm = signal_storm(), calm = { 0 };
    QIOChannelFile *file;
    Error *err = NULL;
    int cause;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    g_assert_cmpint(sigaction(SIGALRM, &action, &old), ==, 0);
    setitimer(ITIMER_REAL, &storm, NULL);
    /* Nobody opens the other end. */
    file = qio_channel_file_new_path(path, O_WRONLY, 0, &err);
    cause = errno;
    setitimer(ITIMER_REAL, &calm, NULL);
    /* Discards one that is still pending. */
    signal(SIGALRM, SIG_IGN);
    sigaction(SIGALRM, &old, NULL);
    g_assert_null(file);
    g_assert_nonnull(err);
    g_assert_cmpint(cause, ==, EINTR);
    error_free(err);
    testing_remove_dir(directory);
}

static void test_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    QIOChannel *ours, *theirs;
    char data[8] = "";
    Error *err = NULL;
    int slave;

    if (master < 0) {
        g_test_skip("no pseudo-terminals here");
        return;
    }
    g_assert_cmpint(grantpt(master), ==, 0);
    g_assert_cmpint(unlockpt(master), ==, 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    g_assert_cmpint(slave, >=, 0);
    g_assert_cmpint(tcgetattr(slave, &raw), ==, 0);
    cfmakeraw(&raw);
    g_assert_cmpint(tcsetattr(slave, TCSANOW, &raw), ==, 0);
    ours = over(master);
    theirs = over(slave);
    g_assert_cmpint(qio_channel_write_all(ours, "ping", 4, &err), ==, 0);
    g_assert_cmpint(qio_channel_read_all(theirs, data, 4, &err), ==, 0);
    g_assert_cmpstr(data, ==, "ping");
    g_assert_cmpint(qio_channel_write_all(theirs, "pong", 4, &err), ==, 0);
    g_assert_cmpint(qio_channel_set_blocking(ours, false, &err), ==, 0);
    g_assert_cmpint(qio_channel_read_all(ours, data, 4, &err), ==, 0);
    g_assert_cmpstr(data, ==, "pong");
    assert_failed(qio_channel_io_seek(ours, 0, SEEK_SET, &err), &err, ESPIPE);
    object_unref(OBJECT(theirs));
    /* A master whose slave is gone fails with EIO, it is not at its end. */
    assert_failed(qio_channel_read(ours, data, 4, &err), &err, EIO);
    object_unref(OBJECT(ours));
}

static void test_watch_is_on_the_descriptor(void)
{
    QIOChannel *ioc;
    GSource *source;
    int fds[2];

    testing_pipe(fds);
    ioc = over(fds[0]);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    qio_channel_wait(ioc, G_IO_IN);
    source = qio_channel_create_watch(ioc, G_IO_IN);
    /* Nothing is done to it by a close. */
    g_assert_cmpint(qio_channel_close(ioc, NULL), ==, 0);
    g_assert_false(g_source_is_destroyed(source));
    g_source_unref(source);
    object_unref(OBJECT(ioc));
    close(fds[1]);
}

static void check_new_fd(int fd)
{
    Error *err = NULL;
    QIOChannel *ioc = qio_channel_new_fd(fd, &err);

    g_assert_null(err);
    g_assert_cmpstr(object_get_typename(OBJECT(ioc)), ==,
                    TYPE_QIO_CHANNEL_FILE);
    g_assert_cmpint(QIO_CHANNEL_FILE(ioc)->fd, ==, fd);
    object_unref(OBJECT(ioc));
    g_assert_false(testing_fd_is_open(fd));
    ioc = qio_channel_new_fd(-1, NULL);
    g_assert_nonnull(ioc);
    object_unref(OBJECT(ioc));
}

/* What is not a socket is a file, even -1; sockets have a test of their own. */
static void test_channel_for_any_descriptor(void)
{
    int fds[2];

    testing_pipe(fds);
    check_new_fd(fds[0]);
    check_new_fd(fds[1]);
    check_new_fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
    check_new_fd(-1);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/file-fd/take", test_taking_over_a_descriptor);
    testing_add("/file-fd/invalid", test_a_number_that_is_no_descriptor);
    testing_add("/file-fd/pipe", test_pipe);
    testing_add("/file-fd/would-block", test_would_block);
    testing_add("/file-fd/blocking",
                test_blocking_mode_is_shared_by_duplicates);
    testing_add("/file-fd/signals", test_signal_storm);
    testing_add("/file-fd/fifo", test_fifo);
    testing_add("/file-fd/interrupted", test_opening_is_interrupted);
    testing_add("/file-fd/terminal", test_terminal);
    testing_add("/file-fd/watch", test_watch_is_on_the_descriptor);
    testing_add("/file-fd/new-fd", test_channel_for_any_descriptor);
    return g_test_run();
}
