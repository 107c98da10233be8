/*
 * How channels to child processes end: closing, dropping, the child's death.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-command.h"
#include "failures.h"
#include "patience.h"
#include "testing.h"

#include <sys/time.h>

static QIOChannelCommand *spawn(const char *const argv[], int flags)
{
    Error *err = NULL;
    QIOChannelCommand *command =
        qio_channel_command_new_spawn(argv, flags, &err);

    g_assert_null(err);
    g_assert_nonnull(command);
    return command;
}

static QIOChannelCommand *shell(const char *script, int flags)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };

    return spawn(argv, flags);
}

static QIOChannelCommand *bare_command(void)
{
    return QIO_CHANNEL_COMMAND(object_new(TYPE_QIO_CHANNEL_COMMAND));
}

static void assert_closed(QIOChannelCommand *command)
{
    Error *err = NULL;

    g_assert_cmpint(command->readfd, ==, -1);
    g_assert_cmpint(command->writefd, ==, -1);
    g_assert_cmpint(command->pid, ==, 0);
    assert_failed(qio_channel_close(QIO_CHANNEL(command), &err), &err, ECHILD);
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(command), NULL), ==, -1);
}

/* Neither running nor a zombie. */
static void assert_gone(pid_t pid)
{
    g_assert_cmpint(waitpid(pid, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
    g_assert_cmpint(kill(pid, 0), ==, -1);
    g_assert_cmpint(errno, ==, ESRCH);
}

static void check_close(const char *script, int flags)
{
    QIOChannelCommand *command = shell(script, flags);
    pid_t pid = command->pid;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(command), &err), ==, 0);
    g_assert_null(err);
    assert_gone(pid);
    assert_closed(command);
    object_unref(OBJECT(command));
}

static void test_close_waits_whatever_the_exit_status(void)
{
    check_close("exit 0", O_RDONLY);
    check_close("exit 3", O_RDONLY);
    check_close("kill -9 $$", O_RDWR);
    check_close("sleep 0.2", O_WRONLY);
    check_close("cat > /dev/null; sleep 0.1", O_RDWR);
}

static void test_drop_after_close_does_nothing_more(void)
{
    QIOChannelCommand *command = shell("cat", O_RDWR);

    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(command), NULL), ==, 0);
    g_assert_cmpuint(OBJECT(command)->ref, ==, 1);
    object_unref(OBJECT(command));
}

/* Starts a script that says when it is ready, and drops the channel. */
static void check_drop(const char *script, int signal)
{
    QIOChannelCommand *command = shell(script, O_RDWR);
    pid_t pid = command->pid;
    char byte;

    g_assert_cmpint(qio_channel_read_all(QIO_CHANNEL(command), &byte, 1, NULL),
                    ==, 0);
    if (signal) {
        g_assert_cmpint(kill(pid, signal), ==, 0);
    }
    object_unref(OBJECT(command));
    assert_gone(pid);
}

static void test_drop_ends_the_child(void)
{
    /* One that obeys SIGTERM, one that does not, one that is stopped. */
    check_drop("echo; exec sleep 100", 0);
    check_drop("trap '' TERM; echo; exec sleep 100", 0);
    check_drop("echo; exec sleep 100", SIGSTOP);
}

static void test_drop_reaps_a_child_that_has_ended(void)
{
    QIOChannelCommand *command = shell("exit 5", O_RDONLY);
    pid_t pid = command->pid;
    siginfo_t info;

    g_assert_cmpint(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), ==, 0);
    object_unref(OBJECT(command));
    assert_gone(pid);
}

static void test_a_child_reaped_by_somebody_else(void)
{
    QIOChannelCommand *closed = shell("exit 0", O_RDWR);
    QIOChannelCommand *dropped = shell("exit 0", O_RDWR);
    int readfd = closed->readfd, writefd = closed->writefd;
    Error *err = NULL;

    g_assert_cmpint(waitpid(closed->pid, NULL, 0), ==, closed->pid);
    g_assert_cmpint(waitpid(dropped->pid, NULL, 0), ==, dropped->pid);
    assert_failed(qio_channel_close(QIO_CHANNEL(closed), &err), &err, ECHILD);
    g_assert_false(testing_fd_is_open(readfd));
    g_assert_false(testing_fd_is_open(writefd));
    assert_closed(closed);
    object_unref(OBJECT(closed));
    object_unref(OBJECT(dropped));
}

static void test_a_program_that_ignores_its_children(void)
{
    void (*old)(int) = signal(SIGCHLD, SIG_IGN);
    QIOChannelCommand *command = shell("exit 0", O_RDONLY);
    Error *err = NULL;

    assert_failed(qio_channel_close(QIO_CHANNEL(command), &err), &err, ECHILD);
    assert_closed(command);
    object_unref(OBJECT(command));
    signal(SIGCHLD, old);
}

/* A child that has nothing to do with any channel. */
static pid_t unrelated_child(bool ends)
{
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        while (!ends) {
            pause();
        }
        _exit(9);
    }
    return pid;
}

static void close_and_drop(QIOChannelCommand *command)
{
    Error *err = NULL;

    assert_failed(qio_channel_close(QIO_CHANNEL(command), &err), &err, ECHILD);
    assert_closed(command);
    object_unref(OBJECT(command));
}

/* Not even a child whose number a closed channel once had. */
static void test_other_children_are_left_alone(void)
{
    pid_t running = unrelated_child(false), ended = unrelated_child(true);
    QIOChannelCommand *command;
    siginfo_t info;
    int status;

    g_assert_cmpint(waitid(P_PID, ended, &info, WEXITED | WNOWAIT), ==, 0);
    close_and_drop(bare_command());
    object_unref(OBJECT(bare_command()));
    command = bare_command();
    command->pid = -1;
    close_and_drop(command);
    command = bare_command();
    command->pid = -1;
    object_unref(OBJECT(command));
    command = shell("exit 0", O_RDONLY);
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(command), NULL), ==, 0);
    object_unref(OBJECT(command));

    g_assert_cmpint(waitpid(ended, &status, WNOHANG), ==, ended);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 9);
    g_assert_cmpint(waitpid(running, &status, WNOHANG), ==, 0);
    kill(running, SIGKILL);
    g_assert_cmpint(waitpid(running, &status, 0), ==, running);
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
}

static void test_pipe_that_cannot_be_closed(void)
{
    QIOChannelCommand *command = shell("exit 0", O_RDWR);
    pid_t pid = command->pid;
    Error *err = NULL;

    close(command->readfd);
    errno = 0;
    assert_failed(qio_channel_close(QIO_CHANNEL(command), &err), &err, EBADF);
    assert_gone(pid);
    assert_closed(command);
    object_unref(OBJECT(command));

    /* That the child was not found goes first. */
    command = shell("exit 0", O_RDWR);
    close(command->writefd);
    g_assert_cmpint(waitpid(command->pid, NULL, 0), ==, command->pid);
    assert_failed(qio_channel_close(QIO_CHANNEL(command), &err), &err, ECHILD);
    assert_closed(command);
    object_unref(OBJECT(command));
}

/* As an object set up by hand may have. */
static void test_one_descriptor_for_both_directions(void)
{
    QIOChannelCommand *command = bare_command();
    QIOChannel *ioc = QIO_CHANNEL(command);
    char data[4] = "";
    Error *err = NULL;
    int fds[2];

    testing_socket_pair(fds);
    command->pid = unrelated_child(true);
    command->readfd = command->writefd = fds[0];
    g_assert_cmpint(qio_channel_write_all(ioc, "ab", 2, &err), ==, 0);
    g_assert_cmpint(read(fds[1], data, 4), ==, 2);
    g_assert_cmpint(write(fds[1], "cd", 2), ==, 2);
    qio_channel_wait(ioc, G_IO_IN);
    qio_channel_wait(ioc, G_IO_OUT);
    g_assert_cmpint(qio_channel_read_all(ioc, data, 2, &err), ==, 0);
    g_assert_cmpstr(data, ==, "cd");
    /* Closed once: a second time would be an error. */
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
    g_assert_null(err);
    assert_closed(command);
    g_assert_false(testing_fd_is_open(fds[0]));
    object_unref(OBJECT(command));
    close(fds[1]);
}

static void ignore_signal(int number)
{
    (void)number;
}

static void test_close_and_drop_in_a_signal_storm(void)
{
    struct sigaction action = { .sa_handler = ignore_signal }, old;
    struct itimerval storm = signal_storm(), calm = { 0 };

    g_assert_cmpint(sigaction(SIGALRM, &action, &old), ==, 0);
    setitimer(ITIMER_REAL, &storm, NULL);
    check_close("sleep 0.2", O_RDONLY);
    check_drop("trap '' TERM; echo; exec sleep 100", 0);
    setitimer(ITIMER_REAL, &calm, NULL);
    /* Discards one that is still pending. */
    signal(SIGALRM, SIG_IGN);
    sigaction(SIGALRM, &old, NULL);
}

static gboolean note(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    (void)ioc;
    *(guint *)data = condition;
    return G_SOURCE_REMOVE;
}

static void test_how_the_childs_death_is_seen(void)
{
    QIOChannelCommand *command = shell("exit 0", O_RDWR);
    QIOChannel *ioc = QIO_CHANNEL(command);
    guint reported = 0;
    siginfo_t info;
    char byte;
    Error *err = NULL;

    signal(SIGPIPE, SIG_IGN);
    g_assert_cmpint(waitid(P_PID, command->pid, &info, WEXITED | WNOWAIT),
                    ==, 0);
    qio_channel_add_watch(ioc, G_IO_IN | G_IO_OUT | G_IO_HUP | G_IO_ERR, note,
                          &reported, NULL);
    g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(reported, ==, G_IO_OUT | G_IO_ERR | G_IO_HUP);
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, &err), ==, 0);
    g_assert_null(err);
    assert_failed(qio_channel_write(ioc, "x", 1, &err), &err, EPIPE);
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
    object_unref(OBJECT(command));
}

static double cpu_seconds(void)
{
    struct timespec now;

    g_assert_cmpint(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), ==, 0);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

/* The closed side shows ERR all the time: a wait for the other must not spin. */
static void test_reading_from_a_child_that_closed_its_input(void)
{
    QIOChannelCommand *command =
        shell("exec 0<&-; echo; sleep 1; echo ok", O_RDWR);
    QIOChannel *ioc = QIO_CHANNEL(command);
    char data[4] = "";
    double start;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_set_blocking(ioc, false, &err), ==, 0);
    g_assert_cmpint(qio_channel_read_all(ioc, data, 1, &err), ==, 0);
    start = cpu_seconds();
    g_assert_cmpint(qio_channel_read_all(ioc, data, 3, &err), ==, 0);
    g_assert_cmpfloat(cpu_seconds() - start, <, 0.5);
    g_assert_cmpstr(data, ==, "ok\n");
    g_assert_null(err);
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
    object_unref(OBJECT(command));
}

enum { PAYLOAD = 500 * 1000 };

/* Both ends of the pipes go while this program waits for one of them. */
static void test_the_child_dies_during_a_wait(void)
{
    QIOChannelCommand *reader = shell("exec sleep 0.2", O_RDWR);
    QIOChannelCommand *writer = shell("exec sleep 0.2", O_RDWR);
    char *bytes = g_malloc0(PAYLOAD);
    Error *err = NULL;

    signal(SIGPIPE, SIG_IGN);
    qio_channel_set_blocking(QIO_CHANNEL(reader), false, NULL);
    qio_channel_set_blocking(QIO_CHANNEL(writer), false, NULL);
    g_assert_cmpint(qio_channel_read_all_eof(QIO_CHANNEL(reader), bytes, 1,
                                             &err), ==, 0);
    g_assert_null(err);
    assert_failed(qio_channel_write_all(QIO_CHANNEL(writer), bytes, PAYLOAD,
                                        &err), &err, EPIPE);
    g_free(bytes);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
}

static gpointer write_payload(gpointer data)
{
    char *bytes = g_malloc(PAYLOAD);

    memset(bytes, 'p', PAYLOAD);
    g_assert_cmpint(qio_channel_write_all(data, bytes, PAYLOAD, NULL), ==, 0);
    g_free(bytes);
    return NULL;
}

/* What QEMU's own test does: a reading and a writing thread on one channel. */
static void test_reader_and_writer_threads(void)
{
    for (int blocking = 0; blocking < 2; blocking++) {
        QIOChannelCommand *command = shell("exec cat", O_RDWR);
        QIOChannel *ioc = QIO_CHANNEL(command);
        char *bytes = g_malloc0(PAYLOAD);
        GThread *thread;

        g_assert_cmpint(qio_channel_set_blocking(ioc, blocking, NULL), ==, 0);
        thread = g_thread_new("writer", write_payload, ioc);
        g_assert_cmpint(qio_channel_read_all(ioc, bytes, PAYLOAD, NULL), ==, 0);
        g_thread_join(thread);
        for (int i = 0; i < PAYLOAD; i++) {
            g_assert_cmpint(bytes[i], ==, 'p');
        }
        g_free(bytes);
        g_assert_cmpuint(OBJECT(ioc)->ref, ==, 1);
        g_assert_cmpint(qio_channel_close(ioc, NULL), ==, 0);
        object_unref(OBJECT(command));
    }
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    /* A child that never ends shall end the test; the last one needs the timer. */
    alarm(300);
    testing_add("/command-end/close",
                test_close_waits_whatever_the_exit_status);
    testing_add("/command-end/close-drop",
                test_drop_after_close_does_nothing_more);
    testing_add("/command-end/drop", test_drop_ends_the_child);
    testing_add("/command-end/drop-ended",
                test_drop_reaps_a_child_that_has_ended);
    testing_add("/command-end/reaped", test_a_child_reaped_by_somebody_else);
    testing_add("/command-end/sigchld",
                test_a_program_that_ignores_its_children);
    testing_add("/command-end/unrelated", test_other_children_are_left_alone);
    testing_add("/command-end/close-error", test_pipe_that_cannot_be_closed);
    testing_add("/command-end/one-descriptor",
                test_one_descriptor_for_both_directions);
    testing_add("/command-end/death", test_how_the_childs_death_is_seen);
    testing_add("/command-end/death-in-wait",
                test_the_child_dies_during_a_wait);
    testing_add("/command-end/no-input",
                test_reading_from_a_child_that_closed_its_input);
    testing_add("/command-end/threads", test_reader_and_writer_threads);
    testing_add("/command-end/signals", test_close_and_drop_in_a_signal_storm);
    return g_test_run();
}
