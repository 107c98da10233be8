/*
 * Writing to a pipe nobody reads from, in programs that leave SIGPIPE at its
 * default and in others. Each test is a process of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-util.h"
#include "failures.h"
#include "testing.h"

static bool is_default(void)
{
    struct sigaction action;

    g_assert_cmpint(sigaction(SIGPIPE, NULL, &action), ==, 0);
    return action.sa_handler == SIG_DFL;
}

static bool is_ignored(void)
{
    struct sigaction action;

    g_assert_cmpint(sigaction(SIGPIPE, NULL, &action), ==, 0);
    return action.sa_handler == SIG_IGN;
}

static void drop(void *channel)
{
    object_unref(OBJECT(channel));
}

static QIOChannelCommand *spawn_true(void)
{
    static const char *const argv[] = { "/bin/true", NULL };
    QIOChannelCommand *command =
        qio_channel_command_new_spawn(argv, O_RDWR, NULL);

    g_assert_nonnull(command);
    return command;
}

/* Writes to the channel, whose other end is gone. */
static void assert_survives(QIOChannel *ioc)
{
    Error *err = NULL;

    assert_failed(qio_channel_write(ioc, "x", 1, &err), &err, EPIPE);
    assert_failed(qio_channel_write_all(ioc, "x", 1, &err), &err, EPIPE);
}

static void command(void)
{
    QIOChannelCommand *child = spawn_true();
    siginfo_t info;

    g_assert_true(is_ignored());
    waitid(P_PID, child->pid, &info, WEXITED | WNOWAIT);
    assert_survives(QIO_CHANNEL(child));
    drop(child);
}

static void pipe_descriptor(void)
{
    QIOChannelFile *file;
    int fds[2];

    testing_pipe(fds);
    close(fds[0]);
    errno = EBADMSG;
    file = qio_channel_file_new_fd(fds[1]);
    g_assert_cmpint(errno, ==, EBADMSG);
    g_assert_true(is_ignored());
    assert_survives(QIO_CHANNEL(file));
    drop(file);
}

/* A file channel may be made over a socket as well. */
static void socket_descriptor(void)
{
    QIOChannelFile *file;
    int fds[2];

    testing_socket_pair(fds);
    close(fds[0]);
    file = qio_channel_file_new_fd(fds[1]);
    g_assert_true(is_ignored());
    assert_survives(QIO_CHANNEL(file));
    drop(file);
}

static void any_descriptor(void)
{
    QIOChannel *ioc;
    int fds[2];

    testing_pipe(fds);
    close(fds[0]);
    ioc = qio_channel_new_fd(fds[1], NULL);
    g_assert_true(is_ignored());
    assert_survives(ioc);
    drop(ioc);
}

static void fifo(void)
{
    char *directory = testing_make_dir();
    g_autofree char *path = g_build_filename(directory, "fifo", NULL);
    QIOChannelFile *file;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    file = qio_channel_file_new_path(path, O_RDWR, 0, NULL);
    g_assert_true(is_ignored());
    drop(file);
    testing_remove_dir(directory);
}

/* What cannot raise the signal does not change it. */
static void harmless_channels(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    QIOChannelFile *bare = QIO_CHANNEL_FILE(object_new(TYPE_QIO_CHANNEL_FILE));
    int fds[2];

    drop(qio_channel_file_new_fd(fd));
    drop(qio_channel_file_new_fd(-1));
    drop(qio_channel_file_new_path("/dev/null", O_WRONLY, 0, NULL));
    drop(qio_channel_null_new());
    drop(qio_channel_buffer_new(10));
    drop(object_new(TYPE_QIO_CHANNEL_COMMAND));
    /* A descriptor stored by C code is not looked at. */
    testing_pipe(fds);
    bare->fd = fds[1];
    qio_channel_write_all(QIO_CHANNEL(bare), "x", 1, NULL);
    g_assert_true(is_default());
    drop(bare);
    close(fds[0]);
    g_assert_true(is_default());
}

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
    (void)number;
    caught++;
}

static void make_every_kind(void)
{
    int fds[2];

    drop(spawn_true());
    testing_pipe(fds);
    drop(qio_channel_file_new_fd(fds[0]));
    drop(qio_channel_file_new_fd(fds[1]));
}

static void a_handler_stays(void)
{
    struct sigaction action = { .sa_handler = catch_signal }, now;
    QIOChannelFile *file;
    int fds[2];

    sigaction(SIGPIPE, &action, NULL);
    make_every_kind();
    sigaction(SIGPIPE, NULL, &now);
    g_assert_true(now.sa_handler == catch_signal);
    testing_pipe(fds);
    close(fds[0]);
    file = qio_channel_file_new_fd(fds[1]);
    assert_survives(QIO_CHANNEL(file));
    g_assert_cmpint(caught, ==, 2);
    drop(file);
}

static void ignored_stays_ignored(void)
{
    signal(SIGPIPE, SIG_IGN);
    make_every_kind();
    g_assert_true(is_ignored());
}

/* A program that wants the default afterwards gets it. */
static void only_once(void)
{
    make_every_kind();
    g_assert_true(is_ignored());
    signal(SIGPIPE, SIG_DFL);
    make_every_kind();
    g_assert_true(is_default());
}

/* Runs `body` in a new process where the signal has its default. */
static void in_subprocess(void (*body)(void))
{
    if (g_test_subprocess()) {
        signal(SIGPIPE, SIG_DFL);
        body();
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed();
}

#define IN_SUBPROCESS(body)          \
    static void test_##body(void)    \
    {                                \
        in_subprocess(body);         \
    }

IN_SUBPROCESS(command)
IN_SUBPROCESS(pipe_descriptor)
IN_SUBPROCESS(socket_descriptor)
IN_SUBPROCESS(any_descriptor)
IN_SUBPROCESS(fifo)
IN_SUBPROCESS(harmless_channels)
IN_SUBPROCESS(a_handler_stays)
IN_SUBPROCESS(ignored_stays_ignored)
IN_SUBPROCESS(only_once)

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/sigpipe/command", test_command);
    testing_add("/sigpipe/pipe", test_pipe_descriptor);
    testing_add("/sigpipe/socket", test_socket_descriptor);
    testing_add("/sigpipe/any", test_any_descriptor);
    testing_add("/sigpipe/fifo", test_fifo);
    testing_add("/sigpipe/harmless", test_harmless_channels);
    testing_add("/sigpipe/handler", test_a_handler_stays);
    testing_add("/sigpipe/ignored", test_ignored_stays_ignored);
    testing_add("/sigpipe/once", test_only_once);
    return g_test_run();
}
