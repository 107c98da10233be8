/*
 * Opening, writing and asking about files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "expect-abort.h"
#include "testing.h"

bool fd_is_socket(int fd);

static void assert_cloexec(int fd)
{
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
}

static void test_open_and_create(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "file", NULL);
    Error *err = NULL;
    struct stat st;
    mode_t mask = umask(022);
    int fd, copy;
    char buf[8];

    fd = qemu_open(path, O_RDONLY, &err);
    g_assert_cmpint(fd, ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
    g_assert_nonnull(strstr(error_get_pretty(err), path));
    g_assert_true(g_str_has_suffix(error_get_pretty(err), strerror(ENOENT)));
    error_free_or_abort(&err);
    g_assert_cmpint(qemu_open(path, O_RDONLY, NULL), ==, -1);

    fd = qemu_create(path, O_RDWR | O_EXCL, 0666, &error_abort);
    assert_cloexec(fd);
    g_assert_cmpint(fstat(fd, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0644);
    g_assert_cmpint(qemu_write_full(fd, "12345", 5), ==, 5);
    g_assert_cmpint(qemu_write_full(fd, NULL, 0), ==, 0);
    copy = qemu_dup(fd);
    assert_cloexec(copy);
    g_assert_cmpint(pread(copy, buf, sizeof(buf), 0), ==, 5);
    g_assert_cmpint(qemu_close(copy), ==, 0);
    g_assert_cmpint(qemu_close(fd), ==, 0);
    g_assert_cmpint(qemu_close(fd), ==, -1);
    g_assert_cmpint(errno, ==, EBADF);
    g_assert_cmpint(qemu_dup(fd), ==, -1);
    g_assert_cmpint(errno, ==, EBADF);

    fd = qemu_create(path, O_RDWR | O_EXCL, 0666, &err);
    g_assert_cmpint(fd, ==, -1);
    g_assert_cmpint(errno, ==, EEXIST);
    error_free_or_abort(&err);

    g_assert_cmpint(qemu_unlink(path), ==, 0);
    g_assert_cmpint(qemu_unlink(path), ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
    g_assert_cmpint(qemu_unlink("/dev/fdset/3"), ==, 0);
    umask(mask);
    testing_remove_dir(dir);
}

static void test_open_old_reads_the_mode_with_o_creat(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "file", NULL);
    struct stat st;
    mode_t mask = umask(0);
    int fd;

    g_assert_cmpint(qemu_open_old(path, O_RDONLY), ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
    fd = qemu_open_old(path, O_WRONLY | O_CREAT, 0640);
    assert_cloexec(fd);
    g_assert_cmpint(fstat(fd, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0640);
    qemu_close(fd);
    umask(mask);
    testing_remove_dir(dir);
}

static void test_descriptor_sets_need_a_monitor(void)
{
    static const char *const malformed[] = {
        "/dev/fdset/", "/dev/fdset/x", "/dev/fdset/1x", "/dev/fdset/-1",
        "/dev/fdset/99999999999",
    };
    Error *err = NULL;

    g_assert_cmpint(qemu_open("/dev/fdset/3", O_RDONLY, &err), ==, -1);
    g_assert_cmpint(errno, ==, ENOSYS);
    g_assert_nonnull(strstr(error_get_pretty(err), "/dev/fdset/3"));
    error_free_or_abort(&err);
    g_assert_cmpint(qemu_open_old("/dev/fdset/3", O_RDONLY), ==, -1);
    g_assert_cmpint(errno, ==, ENOSYS);
    for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
        g_assert_cmpint(qemu_open(malformed[i], O_RDONLY, &err), ==, -1);
        g_assert_cmpint(errno, ==, EINVAL);
        error_free_or_abort(&err);
    }
}

/* Pipes take O_DIRECT, but a directory file system like proc refuses it. */
static void test_refused_direct_io_is_explained(void)
{
    static const char file[] = "/proc/self/status";
    Error *err = NULL;
    int fd = open(file, O_RDONLY | O_DIRECT);

    if (fd != -1) {
        close(fd);
        g_test_skip("/proc takes O_DIRECT here");
        return;
    }
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        qemu_open_old(file, O_RDONLY | O_DIRECT);
        return;
    }
    g_assert_cmpint(qemu_open(file, O_RDONLY | O_DIRECT, &err), ==, -1);
    g_assert_cmpint(errno, ==, EINVAL);
    g_assert_nonnull(strstr(error_get_pretty(err), "O_DIRECT"));
    error_free_or_abort(&err);
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("prog: *O_DIRECT*\n");
}

static void test_open_with_o_creat_aborts(void)
{
    EXPECT_ABORT(qemu_open("/x", O_CREAT, NULL), "*qemu_open: *");
}

static gpointer read_all(gpointer data)
{
    int fd = GPOINTER_TO_INT(data);
    static char buf[65536];
    size_t total = 0;
    ssize_t len;

    while ((len = read(fd, buf, sizeof(buf))) > 0) {
        total += len;
    }
    return GSIZE_TO_POINTER(total);
}

static void test_write_full_writes_all(void)
{
    size_t size = 1 << 20;
    g_autofree char *data = g_malloc0(size);
    GThread *reader;
    int fds[2];

    testing_pipe(fds);
    reader = g_thread_new("reader", read_all, GINT_TO_POINTER(fds[0]));
    g_assert_cmpint(qemu_write_full(fds[1], data, size), ==, size);
    close(fds[1]);
    g_assert_cmpuint(GPOINTER_TO_SIZE(g_thread_join(reader)), ==, size);
    close(fds[0]);

    g_assert_cmpint(qemu_write_full(-1, data, size), ==, 0);
    g_assert_cmpint(errno, ==, EBADF);
}

static void test_set_cloexec(void)
{
    int fds[2];

    g_assert_cmpint(pipe(fds), ==, 0);
    qemu_set_cloexec(fds[0]);
    assert_cloexec(fds[0]);
    g_assert_cmpint(fcntl(fds[1], F_GETFD) & FD_CLOEXEC, ==, 0);
    close(fds[0]);
    close(fds[1]);
}

static void test_set_cloexec_of_nothing_aborts(void)
{
    EXPECT_ABORT(qemu_set_cloexec(-1), "*qemu_set_cloexec: *");
}

static void test_kind_of_descriptor(void)
{
    int fds[2];
    int sockets[2];

    testing_pipe(fds);
    testing_socket_pair(sockets);
    g_assert_true(fd_is_socket(sockets[0]));
    g_assert_false(fd_is_socket(fds[0]));
    g_assert_false(fd_is_socket(-1));
    close(fds[0]);
    close(fds[1]);
    closesocket(sockets[0]);
    closesocket(sockets[1]);
}

static gpointer get_thread_id(gpointer data G_GNUC_UNUSED)
{
    return GINT_TO_POINTER(qemu_get_thread_id());
}

static void test_thread_ids_differ(void)
{
    GThread *thread = g_thread_new("id", get_thread_id, NULL);
    int id = GPOINTER_TO_INT(g_thread_join(thread));

    g_assert_cmpint(id, !=, qemu_get_thread_id());
    g_assert_cmpint(qemu_get_thread_id(), ==, getpid());
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/file/" path, function)
    ADD("open", test_open_and_create);
    ADD("open-old", test_open_old_reads_the_mode_with_o_creat);
    ADD("fdset", test_descriptor_sets_need_a_monitor);
    ADD("direct", test_refused_direct_io_is_explained);
    ADD("rule/creat", test_open_with_o_creat_aborts);
    ADD("write-full", test_write_full_writes_all);
    ADD("cloexec", test_set_cloexec);
    ADD("rule/cloexec", test_set_cloexec_of_nothing_aborts);
    ADD("socket", test_kind_of_descriptor);
    ADD("thread-id", test_thread_ids_differ);
    return g_test_run();
}
