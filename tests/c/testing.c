/*
 * What the C tests share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * GLib waits for child processes with pidfds. Where the kernel has none, or
 * valgrind before 3.21 stands between, it starts a thread on the first use, and
 * that keeps a descriptor.
 */
static void start_glib_worker(void)
{
    int pidfd = syscall(SYS_pidfd_open, getpid(), 0);

    if (pidfd == -1) {
        g_source_unref(g_unix_signal_source_new(SIGUSR1));
    } else {
        close(pidfd);
    }
}

void testing_init(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    /* Makes the default context's wake-up descriptor. */
    g_main_context_default();
    start_glib_worker();
}

gboolean testing_fd_is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

#ifdef __SANITIZE_THREAD__
static void *note_number(void *number)
{
    *(pid_t *)number = syscall(SYS_gettid);
    return NULL;
}

/* ThreadSanitizer starts a thread of its own together with the first other one. */
static void start_sanitizer_thread(void)
{
    g_autofree char *task = NULL;
    pthread_t thread;
    pid_t number;

    g_assert_cmpint(pthread_create(&thread, NULL, note_number, &number), ==, 0);
    pthread_join(thread, NULL);
    task = g_strdup_printf("/proc/self/task/%d", (int)number);
    while (g_file_test(task, G_FILE_TEST_EXISTS)) {
        g_usleep(1000);
    }
}
#else
static void start_sanitizer_thread(void)
{
}
#endif

unsigned testing_count_entries(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;

    g_assert_nonnull(dir);
    while (g_dir_read_name(dir)) {
        count++;
    }
    g_dir_close(dir);
    return count;
}

int testing_count_threads(void)
{
    static bool is_prepared;

    if (!is_prepared) {
        start_sanitizer_thread();
        is_prepared = true;
    }
    return testing_count_entries("/proc/self/task");
}

/* The open descriptors: number -> what is behind it. */
static GHashTable *open_fds(void)
{
    GHashTable *fds = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *link = g_build_filename("/proc/self/fd", name, NULL);
        char *target = g_file_read_link(link, NULL);

        g_hash_table_insert(fds, GINT_TO_POINTER(atoi(name)),
                            target ? target : g_strdup("?"));
    }
    g_dir_close(dir);
    /* The directory's own descriptor is in the list and closed by now. */
    GHashTableIter iter;
    gpointer fd;
    g_hash_table_iter_init(&iter, fds);
    while (g_hash_table_iter_next(&iter, &fd, NULL)) {
        if (!testing_fd_is_open(GPOINTER_TO_INT(fd))) {
            g_hash_table_iter_remove(&iter);
        }
    }
    return fds;
}

/* Reports what is in `these` and not in `those`. */
static void report_difference(GHashTable *these, GHashTable *those,
                              const char *verb)
{
    GHashTableIter iter;
    gpointer fd, target;

    g_hash_table_iter_init(&iter, these);
    while (g_hash_table_iter_next(&iter, &fd, &target)) {
        if (!g_hash_table_contains(those, fd)) {
            g_test_message("the test %s descriptor %d (%s)", verb,
                           GPOINTER_TO_INT(fd), (char *)target);
            g_test_fail();
        }
    }
}

typedef struct {
    void (*func)(void);
} Test;

static void run(gconstpointer data)
{
    const Test *test = data;
    GHashTable *before = open_fds();
    GHashTable *after;

    test->func();
    after = open_fds();
    report_difference(after, before, "left open");
    report_difference(before, after, "closed");
    g_hash_table_unref(before);
    g_hash_table_unref(after);
}

void testing_add(const char *path, void (*func)(void))
{
    Test *test = g_new(Test, 1);

    test->func = func;
    g_test_add_data_func_full(path, test, run, g_free);
}

void testing_pipe(int fds[2])
{
    g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
}

void testing_socket_pair(int fds[2])
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                    ==, 0);
}

void testing_fill(int fd)
{
    static const char data[4096];

    while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0) {
        continue;
    }
    g_assert_cmpint(errno, ==, EAGAIN);
}

char *testing_make_dir(void)
{
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("qiochannel-test-XXXXXX", &error);

    g_assert_no_error(error);
    return path;
}

void testing_remove_dir(char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *entry = g_build_filename(path, name, NULL);

        if (g_file_test(entry, G_FILE_TEST_IS_DIR) &&
            !g_file_test(entry, G_FILE_TEST_IS_SYMLINK)) {
            testing_remove_dir(entry);
        } else {
            g_assert_cmpint(g_unlink(entry), ==, 0);
            g_free(entry);
        }
    }
    g_dir_close(dir);
    g_assert_cmpint(g_rmdir(path), ==, 0);
    g_free(path);
}
