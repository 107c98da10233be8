/*
 * What a library inside QEMU leaves to QEMU: signals, threads, opening and closing
 * files, and what becomes of errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-socket.h"
#include "io/channel-util.h"
#include "testing.h"

/*
 * The host's functions that the library calls: these, because the program's own
 * come before those of the archive.
 */
static int opened, open_flags, open_mode, closed;

int qemu_open_old(const char *name, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    open_mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    open_flags = flags;
    opened++;
    return open(name, flags, open_mode);
}

int qemu_close(int fd)
{
    closed++;
    return close(fd);
}

static void drop(void *channel)
{
    object_unref(OBJECT(channel));
}

/* Makes, uses and drops a channel of every class. */
static void use_every_class(void)
{
    static const char *const argv[] = { "/bin/cat", NULL };
    QIOChannelCommand *command =
        qio_channel_command_new_spawn(argv, O_RDWR, &error_abort);
    QIOChannelBuffer *buffer = qio_channel_buffer_new(0);
    QIOChannelNull *null = qio_channel_null_new();
    QIOChannel *reader, *writer;
    QIOChannelSocket *one;
    char text[4];
    int fds[2], pair[2];

    testing_pipe(fds);
    reader = qio_channel_new_fd(fds[0], &error_abort);
    writer = QIO_CHANNEL(qio_channel_file_new_fd(fds[1]));
    qio_channel_write_all(writer, "pipe", 4, &error_abort);
    qio_channel_wait(reader, G_IO_IN);
    qio_channel_read_all(reader, text, 4, &error_abort);
    testing_socket_pair(pair);
    one = qio_channel_socket_new_fd(pair[0], &error_abort);
    qio_channel_write_all(QIO_CHANNEL(one), "text", 4, &error_abort);
    close(pair[1]);
    /* Sockets do without SIGPIPE. */
    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(one), "x", 1, NULL), ==, -1);
    qio_channel_write_all(QIO_CHANNEL(command), "text", 4, &error_abort);
    qio_channel_read_all(QIO_CHANNEL(command), text, 4, &error_abort);
    qio_channel_write_all(QIO_CHANNEL(buffer), text, 4, &error_abort);
    qio_channel_write_all(QIO_CHANNEL(null), text, 4, &error_abort);
    qio_channel_close(QIO_CHANNEL(command), &error_abort);
    drop(one);
    drop(reader);
    drop(writer);
    drop(command);
    drop(buffer);
    drop(null);
}

static void signals_stay_as_they_are(void)
{
    struct sigaction before[NSIG] = {}, after[NSIG] = {};
    sigset_t blocked_before, blocked_after;

    sigprocmask(SIG_SETMASK, NULL, &blocked_before);
    for (int i = 1; i < NSIG; i++) {
        sigaction(i, NULL, &before[i]);
    }
    g_assert_true(before[SIGPIPE].sa_handler == SIG_DFL);
    use_every_class();
    sigprocmask(SIG_SETMASK, NULL, &blocked_after);
    for (int i = 1; i < NSIG; i++) {
        sigaction(i, NULL, &after[i]);
        g_assert_true(before[i].sa_handler == after[i].sa_handler);
        g_assert_cmpint(before[i].sa_flags, ==, after[i].sa_flags);
        g_assert_cmpint(sigismember(&blocked_before, i), ==,
                        sigismember(&blocked_after, i));
    }
}

/* A host that leaves SIGPIPE at its default dies from it. */
static void sigpipe_is_the_hosts(void)
{
    if (g_test_subprocess()) {
        int fds[2];

        testing_pipe(fds);
        close(fds[0]);
        qio_channel_write(QIO_CHANNEL(qio_channel_file_new_fd(fds[1])), "x", 1,
                          NULL);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

static void no_thread_is_started(void)
{
    int before = testing_count_threads();

    use_every_class();
    g_assert_cmpint(testing_count_threads(), ==, before);
}

static void files_are_opened_by_the_host(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "file", NULL);
    QIOChannelFile *file;

    opened = 0;
    file = qio_channel_file_new_path(path, O_CREAT | O_RDWR, 0640, &error_abort);
    g_assert_cmpint(opened, ==, 1);
    g_assert_cmphex(open_flags, ==, O_CREAT | O_RDWR | O_CLOEXEC);
    g_assert_cmpint(open_mode, ==, 0640);
    drop(file);
    testing_remove_dir(dir);
}

static void files_are_closed_by_the_host(void)
{
    QIOChannelFile *file;
    int fds[2];

    testing_pipe(fds);
    closed = 0;
    file = qio_channel_file_new_fd(fds[0]);
    qio_channel_close(QIO_CHANNEL(file), &error_abort);
    g_assert_cmpint(closed, ==, 1);
    drop(file);
    g_assert_cmpint(closed, ==, 1);
    drop(qio_channel_file_new_fd(fds[1]));
    g_assert_cmpint(closed, ==, 2);
}

static void error_abort_is_the_hosts(void)
{
    if (g_test_subprocess()) {
        qio_channel_file_new_path("/does/not/exist", O_RDONLY, 0, &error_abort);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("Unexpected error in qio_channel_file_new_path*"
                              "/does/not/exist*");
}

static void error_fatal_is_the_hosts(void)
{
    if (g_test_subprocess()) {
        qio_channel_file_new_path("/does/not/exist", O_RDONLY, 0, &error_fatal);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*/does/not/exist*");
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/host/signals", signals_stay_as_they_are);
    testing_add("/host/sigpipe", sigpipe_is_the_hosts);
    testing_add("/host/threads", no_thread_is_started);
    testing_add("/host/open", files_are_opened_by_the_host);
    testing_add("/host/close", files_are_closed_by_the_host);
    testing_add("/host/error-abort", error_abort_is_the_hosts);
    testing_add("/host/error-fatal", error_fatal_is_the_hosts);
    return g_test_run();
}
