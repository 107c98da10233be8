/*
 * Channels to child processes: starting, reading, writing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-command.h"
#include "failures.h"
#include "testing.h"

static QIOChannelCommand *spawn(const char *const argv[], int flags)
{
    Error *err = NULL;
    QIOChannelCommand *command =
        qio_channel_command_new_spawn(argv, flags, &err);

    g_assert_null(err);
    g_assert_nonnull(command);
    g_assert_cmpint(command->pid, >, 0);
    return command;
}

static QIOChannelCommand *shell(const char *script, int flags)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };

    return spawn(argv, flags);
}

/* All the child writes, as a string. */
static char *read_to_end(QIOChannelCommand *command)
{
    GString *text = g_string_new(NULL);
    char block[512];
    Error *err = NULL;
    ssize_t count;

    while ((count = qio_channel_read(QIO_CHANNEL(command), block,
                                     sizeof(block), &err)) > 0) {
        g_string_append_len(text, block, count);
    }
    g_assert_null(err);
    g_assert_cmpint(count, ==, 0);
    return g_string_free(text, FALSE);
}

/* Closes and drops the channel; the child has ended or is about to. */
static void finish(QIOChannelCommand *command)
{
    Error *err = NULL;

    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(command), &err), ==, 0);
    g_assert_null(err);
    g_assert_cmpint(command->writefd, ==, -1);
    g_assert_cmpint(command->readfd, ==, -1);
    g_assert_cmpint(command->pid, ==, 0);
    object_unref(OBJECT(command));
}

static void assert_output(const char *script, const char *expected)
{
    QIOChannelCommand *command = shell(script, O_RDONLY);
    g_autofree char *text = read_to_end(command);

    g_assert_cmpstr(text, ==, expected);
    finish(command);
}

static void assert_no_child(void)
{
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

static void assert_pipe_end(int fd)
{
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, FD_CLOEXEC);
    g_assert_cmpint(fcntl(fd, F_GETFL) & O_NONBLOCK, ==, 0);
}

static void test_reading_only(void)
{
    QIOChannelCommand *command =
        shell("cat; echo done", O_RDONLY);
    Error *err = NULL;
    char *text;

    g_assert_cmpstr(object_get_typename(OBJECT(command)), ==,
                    TYPE_QIO_CHANNEL_COMMAND);
    g_assert_cmpint(command->writefd, ==, -1);
    assert_pipe_end(command->readfd);
    assert_failed(qio_channel_write(QIO_CHANNEL(command), "x", 1, &err), &err,
                  EBADF);
    text = read_to_end(command);
    g_assert_cmpstr(text, ==, "done\n");
    g_free(text);
    finish(command);
}

static void test_writing_only(void)
{
    char *directory = testing_make_dir();
    g_autofree char *path = g_build_filename(directory, "out", NULL);
    g_autofree char *script = g_strdup_printf("cat > %s", path);
    QIOChannelCommand *command = shell(script, O_WRONLY | O_CLOEXEC);
    g_autofree char *text = NULL;
    Error *err = NULL;
    char byte;

    g_assert_cmpint(command->readfd, ==, -1);
    assert_pipe_end(command->writefd);
    assert_failed(qio_channel_read(QIO_CHANNEL(command), &byte, 1, &err), &err,
                  EBADF);
    g_assert_cmpint(qio_channel_write_all(QIO_CHANNEL(command), "hello", 5,
                                          &err), ==, 0);
    finish(command);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "hello");
    testing_remove_dir(directory);
}

/* What a descriptor of the running child refers to. */
static char *link_of(QIOChannelCommand *command, int fd)
{
    g_autofree char *path =
        g_strdup_printf("/proc/%d/fd/%d", (int)command->pid, fd);
    char *target = g_file_read_link(path, NULL);

    g_assert_nonnull(target);
    return target;
}

static void test_unused_side_is_dev_null(void)
{
    static const char *const cat[] = { "/bin/cat", NULL };
    static const char *const sleep[] = { "/bin/sleep", "100", NULL };
    QIOChannelCommand *writer = spawn(cat, O_WRONLY);
    QIOChannelCommand *reader = spawn(sleep, O_RDONLY);
    g_autofree char *output = link_of(writer, STDOUT_FILENO);
    g_autofree char *input = link_of(reader, STDIN_FILENO);

    g_assert_cmpstr(output, ==, "/dev/null");
    g_assert_cmpstr(input, ==, "/dev/null");
    finish(writer);
    g_assert_cmpint(kill(reader->pid, SIGKILL), ==, 0);
    finish(reader);
}

static void check_echo(int flags, bool blocking)
{
    static const char *const argv[] = { "/bin/cat", NULL };
    QIOChannelCommand *command = spawn(argv, flags);
    QIOChannel *ioc = QIO_CHANNEL(command);
    char data[5] = "";
    Error *err = NULL;

    assert_pipe_end(command->readfd);
    assert_pipe_end(command->writefd);
    g_assert_cmpuint(ioc->features, ==, 0);
    g_assert_cmpint(qio_channel_set_blocking(ioc, blocking, &err), ==, 0);
    if (!blocking) {
        errno = 0;
        assert_would_block(qio_channel_read(ioc, data, 4, &err), err);
    }
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(qio_channel_write_all(ioc, "ping", 4, &err), ==, 0);
        g_assert_cmpint(qio_channel_read_all(ioc, data, 4, &err), ==, 0);
        g_assert_cmpstr(data, ==, "ping");
    }
    g_assert_cmpint(qio_channel_write(ioc, "", 0, &err), ==, 0);
    g_assert_null(err);
    finish(command);
}

static void test_both_directions(void)
{
    check_echo(O_RDWR, true);
    check_echo(O_RDWR, false);
    /* The fourth access mode, and flags that do not count. */
    check_echo(3 | O_APPEND | O_NONBLOCK, true);
}

static void test_without_the_optional_operations(void)
{
    QIOChannelCommand *command = shell("cat", O_RDWR);
    QIOChannel *ioc = QIO_CHANNEL(command);
    Error *err = NULL;

    assert_failed(qio_channel_io_seek(ioc, 0, SEEK_SET, &err), &err, 0);
    assert_failed(qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_READ, &err),
                  &err, 0);
    g_assert_cmpint(qio_channel_flush(ioc, &err), ==, 0);
    finish(command);
}

/* The cause comes from GLib, as it is. */
static void assert_not_started(const char *program)
{
    const char *const argv[] = { program, "argument", NULL };
    Error *err = NULL;

    for (int flags = O_RDONLY; flags <= O_RDWR; flags++) {
        g_assert_null(qio_channel_command_new_spawn(argv, flags, &err));
        g_assert_nonnull(err);
        g_assert_nonnull(strstr(error_get_pretty(err), program));
        error_free(err);
        err = NULL;
        g_assert_null(qio_channel_command_new_spawn(argv, flags, NULL));
    }
    assert_no_child();
}

static void test_programs_that_cannot_be_started(void)
{
    char *directory = testing_make_dir();
    g_autofree char *missing = g_build_filename(directory, "missing", NULL);
    g_autofree char *data = g_build_filename(directory, "data", NULL);

    g_assert_true(g_file_set_contents(data, "text\n", -1, NULL));
    g_assert_cmpint(chmod(data, 0600), ==, 0);
    assert_not_started(missing);
    assert_not_started(data);
    assert_not_started(directory);
    /* There is no search: this would be in PATH. */
    assert_not_started("sh");
    testing_remove_dir(directory);
}

static void test_no_program(void)
{
    static const char *const empty[] = { NULL };
    Error *err = NULL;

    errno = 0;
    g_assert_null(qio_channel_command_new_spawn(NULL, O_RDWR, &err));
    assert_failed(-1, &err, EINVAL);
    g_assert_null(qio_channel_command_new_spawn(empty, O_RDWR, &err));
    assert_failed(-1, &err, EINVAL);
    g_assert_null(qio_channel_command_new_spawn(empty, O_RDWR, NULL));
    assert_no_child();
}

static void test_a_script_without_an_interpreter_line(void)
{
    char *directory = testing_make_dir();
    g_autofree char *path = g_build_filename(directory, "script", NULL);
    const char *const argv[] = { path, "one two", NULL };
    QIOChannelCommand *command;
    g_autofree char *text = NULL;

    g_assert_true(g_file_set_contents(path, "echo \"got $1\"\n", -1, NULL));
    g_assert_cmpint(chmod(path, 0700), ==, 0);
    command = spawn(argv, O_RDONLY);
    text = read_to_end(command);
    g_assert_cmpstr(text, ==, "got one two\n");
    finish(command);
    testing_remove_dir(directory);
}

/* Also not those that would survive exec. */
static void test_no_descriptor_above_two_is_inherited(void)
{
    int inheritable = fcntl(STDERR_FILENO, F_DUPFD, 20);

    g_assert_cmpint(inheritable, >=, 20);
    /* 3 is the listing's own. */
    assert_output("ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 ");
    close(inheritable);
}

static void test_standard_error_is_shared(void)
{
    int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    char data[8] = "";
    int fds[2];

    testing_pipe(fds);
    g_assert_cmpint(dup2(fds[1], STDERR_FILENO), ==, STDERR_FILENO);
    finish(shell("echo oops >&2", O_RDONLY));
    g_assert_cmpint(dup2(saved, STDERR_FILENO), ==, STDERR_FILENO);
    g_assert_cmpint(read(fds[0], data, 8), ==, 5);
    g_assert_cmpstr(data, ==, "oops\n");
    close(saved);
    close(fds[0]);
    close(fds[1]);
}

static void test_environment_and_directory_are_inherited(void)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *expected = g_strdup_printf("value %s\n", here);

    g_setenv("QIOCHANNEL_TEST", "value", TRUE);
    assert_output("echo \"$QIOCHANNEL_TEST $(pwd -P)\"", expected);
    g_unsetenv("QIOCHANNEL_TEST");
}

/* Of the signals that GLib resets; SIGUSR2 stands for the others. */
static void test_signals_in_the_child(void)
{
    static const char *const argv[] = {
        "/bin/sed", "-n", "s/^SigIgn:[[:space:]]*//p", "/proc/self/status",
        NULL,
    };
    void (*old_pipe)(int) = signal(SIGPIPE, SIG_IGN);
    void (*old_usr2)(int) = signal(SIGUSR2, SIG_IGN);
    QIOChannelCommand *command = spawn(argv, O_RDONLY);
    g_autofree char *text = read_to_end(command);
    uint64_t ignored = g_ascii_strtoull(text, NULL, 16);

    finish(command);
    g_assert_cmpuint(ignored & (1ull << (SIGPIPE - 1)), ==, 0);
    g_assert_cmpuint(ignored & (1ull << (SIGUSR2 - 1)), !=, 0);
    signal(SIGPIPE, old_pipe);
    signal(SIGUSR2, old_usr2);
}

static void test_blocking_mode(void)
{
    QIOChannelCommand *command = shell("cat", O_RDWR);
    QIOChannel *ioc = QIO_CHANNEL(command);
    QIOChannelCommand *reader;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_set_blocking(ioc, false, &err), ==, 0);
    g_assert_true(fcntl(command->readfd, F_GETFL) & O_NONBLOCK);
    g_assert_true(fcntl(command->writefd, F_GETFL) & O_NONBLOCK);
    g_assert_cmpint(qio_channel_set_blocking(ioc, true, &err), ==, 0);
    assert_pipe_end(command->readfd);
    assert_pipe_end(command->writefd);
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
    /* A side that is not there is left out. */
    g_assert_cmpint(qio_channel_set_blocking(ioc, true, &err), ==, 0);
    object_unref(OBJECT(command));

    reader = shell("true", O_RDONLY);
    g_assert_cmpint(qio_channel_set_blocking(QIO_CHANNEL(reader), false, &err),
                    ==, 0);
    g_assert_null(err);
    finish(reader);
}

static void test_a_stale_descriptor_has_no_mode(void)
{
    QIOChannelCommand *command =
        QIO_CHANNEL_COMMAND(object_new(TYPE_QIO_CHANNEL_COMMAND));
    Error *err = NULL;

    command->writefd = 1 << 20;
    assert_failed(qio_channel_set_blocking(QIO_CHANNEL(command), false, &err),
                  &err, EBADF);
    command->writefd = -1;
    command->readfd = 1 << 20;
    assert_failed(qio_channel_set_blocking(QIO_CHANNEL(command), true, &err),
                  &err, EBADF);
    command->readfd = -1;
    object_unref(OBJECT(command));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    /* A child that never ends shall end the test. */
    alarm(300);
    testing_add("/command/read", test_reading_only);
    testing_add("/command/write", test_writing_only);
    testing_add("/command/unused-side", test_unused_side_is_dev_null);
    testing_add("/command/echo", test_both_directions);
    testing_add("/command/optional", test_without_the_optional_operations);
    testing_add("/command/no-start", test_programs_that_cannot_be_started);
    testing_add("/command/no-program", test_no_program);
    testing_add("/command/script", test_a_script_without_an_interpreter_line);
    testing_add("/command/descriptors",
                test_no_descriptor_above_two_is_inherited);
    testing_add("/command/stderr", test_standard_error_is_shared);
    testing_add("/command/environment",
                test_environment_and_directory_are_inherited);
    testing_add("/command/signals", test_signals_in_the_child);
    testing_add("/command/blocking", test_blocking_mode);
    testing_add("/command/blocking-error", test_a_stale_descriptor_has_no_mode);
    return g_test_run();
}
