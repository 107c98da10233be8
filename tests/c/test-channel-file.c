/*
 * Channels over files: opening, reading, writing, closing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-file.h"
#include "failures.h"
#include "testing.h"

/* A path in a new directory, which leave() removes. */
static char *directory;

static char *enter(const char *name)
{
    directory = testing_make_dir();
    return g_build_filename(directory, name, NULL);
}

static void leave(char *path)
{
    testing_remove_dir(directory);
    g_free(path);
}

static QIOChannel *open_path(const char *path, int flags, mode_t mode)
{
    Error *err = NULL;
    QIOChannelFile *file = qio_channel_file_new_path(path, flags, mode, &err);

    g_assert_null(err);
    g_assert_nonnull(file);
    g_assert_cmpstr(object_get_typename(OBJECT(file)), ==,
                    TYPE_QIO_CHANNEL_FILE);
    return QIO_CHANNEL(file);
}

static int fd_of(QIOChannel *ioc)
{
    return QIO_CHANNEL_FILE(ioc)->fd;
}

static void assert_not_opened(const char *path, int flags, int cause)
{
    Error *err = NULL;
    QIOChannelFile *file;

    errno = 0;
    file = qio_channel_file_new_path(path, flags, 0600, &err);
    g_assert_cmpint(errno, ==, cause);
    g_assert_null(file);
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), path));
    g_assert_true(g_str_has_suffix(error_get_pretty(err), g_strerror(cause)));
    error_free(err);
    g_assert_null(qio_channel_file_new_path(path, flags, 0600, NULL));
}

static void test_create(void)
{
    char *path = enter("new");
    mode_t mask = umask(027);
    QIOChannel *ioc = open_path(path, O_CREAT | O_EXCL | O_RDWR, 0666);
    struct stat status;
    char data[8] = "";
    Error *err = NULL;

    umask(mask);
    g_assert_cmpint(fstat(fd_of(ioc), &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0640);
    g_assert_cmpint(fcntl(fd_of(ioc), F_GETFD), ==, FD_CLOEXEC);
    g_assert_cmpuint(ioc->features, ==, 0);
    g_assert_cmpint(qio_channel_write_all(ioc, "content", 7, &err), ==, 0);
    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
    object_unref(OBJECT(ioc));

    ioc = open_path(path, O_RDONLY, 0);
    g_assert_cmpint(qio_channel_read(ioc, data, 8, &err), ==, 7);
    g_assert_cmpstr(data, ==, "content");
    g_assert_cmpint(qio_channel_read(ioc, data, 8, &err), ==, 0);
    g_assert_null(err);
    assert_not_opened(path, O_CREAT | O_EXCL | O_RDWR, EEXIST);
    object_unref(OBJECT(ioc));
    leave(path);
}

static void test_paths_that_cannot_be_opened(void)
{
    char *path = enter("none");

    assert_not_opened(path, O_RDONLY, ENOENT);
    assert_not_opened(directory, O_WRONLY, EISDIR);
    assert_not_opened("", O_RDONLY, ENOENT);
    leave(path);
}

/* A device has none; the Error says so. */
static void test_no_direct_io(void)
{
    Error *err = NULL;
    QIOChannelFile *file =
        qio_channel_file_new_path("/dev/null", O_RDONLY | O_DIRECT, 0, &err);

    if (file) {
        g_test_skip("this kernel opens devices for direct I/O");
        object_unref(OBJECT(file));
        return;
    }
    g_assert_cmpint(errno, ==, EINVAL);
    g_assert_nonnull(strstr(error_get_pretty(err), "O_DIRECT"));
    error_free(err);
}

static void test_no_permission(void)
{
    char *path;

    if (geteuid() == 0) {
        g_test_skip("root may open everything");
        return;
    }
    path = enter("secret");
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    g_assert_cmpint(chmod(path, 0), ==, 0);
    assert_not_opened(path, O_RDONLY, EACCES);
    leave(path);
}

/* QEMU's paths for descriptors of its monitor: there is no monitor here. */
static void test_descriptor_set_paths(void)
{
    assert_not_opened("/dev/fdset/1", O_RDONLY, ENOSYS);
    assert_not_opened("/dev/fdset/one", O_RDONLY, EINVAL);
}

static void test_reading_a_directory(void)
{
    char *path = enter("unused");
    QIOChannel *ioc = open_path(directory, O_RDONLY | O_DIRECTORY, 0);
    char byte;
    Error *err = NULL;

    assert_failed(qio_channel_read(ioc, &byte, 1, &err), &err, EISDIR);
    object_unref(OBJECT(ioc));
    leave(path);
}

static void test_wrong_direction(void)
{
    QIOChannel *reader = open_path("/dev/null", O_RDONLY, 0);
    QIOChannel *writer = open_path("/dev/null", O_WRONLY, 0);
    char byte = 0;
    Error *err = NULL;

    assert_failed(qio_channel_write(reader, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_write_all(reader, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_read(writer, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_read_all(writer, &byte, 1, &err), &err, EBADF);
    g_assert_cmpint(qio_channel_read_all_eof(writer, &byte, 1, NULL), ==, -1);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
}

static void test_full_device(void)
{
    QIOChannel *ioc = open_path("/dev/full", O_RDWR, 0);
    Error *err = NULL;

    assert_failed(qio_channel_write(ioc, "x", 1, &err), &err, ENOSPC);
    assert_failed(qio_channel_write_all(ioc, "x", 1, &err), &err, ENOSPC);
    object_unref(OBJECT(ioc));
}

static void test_seek(void)
{
    char *path = enter("file");
    QIOChannel *ioc = open_path(path, O_CREAT | O_RDWR, 0600);
    char data[4] = "";
    Error *err = NULL;

    g_assert_cmpint(qio_channel_write_all(ioc, "0123456789", 10, &err), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(ioc, 4, SEEK_SET, &err), ==, 4);
    g_assert_cmpint(qio_channel_read(ioc, data, 2, &err), ==, 2);
    g_assert_cmpstr(data, ==, "45");
    g_assert_cmpint(qio_channel_io_seek(ioc, -3, SEEK_CUR, &err), ==, 3);
    g_assert_cmpint(qio_channel_io_seek(ioc, -1, SEEK_END, &err), ==, 9);
    g_assert_cmpint(qio_channel_io_seek(ioc, 1LL << 40, SEEK_SET, &err),
                    ==, 1LL << 40);
    g_assert_null(err);
    assert_failed(qio_channel_io_seek(ioc, -1, SEEK_SET, &err), &err, EINVAL);
    assert_failed(qio_channel_io_seek(ioc, 0, 99, &err), &err, EINVAL);
    g_assert_cmpint(qio_channel_io_seek(ioc, 0, 99, NULL), ==, -1);
    g_assert_cmpint(qio_channel_io_seek(ioc, 0, SEEK_CUR, &err), ==, 1LL << 40);
    object_unref(OBJECT(ioc));
    leave(path);
}

/* Whatever an earlier call left in errno. */
static void test_writes_of_zero_bytes(void)
{
    static const int stale[] = { 0, EAGAIN, EINTR, EIO };
    QIOChannel *ioc = open_path("/dev/null", O_RDWR, 0);
    struct iovec empty[] = { { NULL, 0 }, { (char *)"", 0 } };
    Error *err = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(stale); i++) {
        errno = stale[i];
        g_assert_cmpint(qio_channel_writev(ioc, NULL, 0, &err), ==, 0);
        errno = stale[i];
        g_assert_cmpint(qio_channel_writev(ioc, empty, 2, &err), ==, 0);
        errno = stale[i];
        g_assert_cmpint(qio_channel_write_all(ioc, "", 0, &err), ==, 0);
        g_assert_cmpint(qio_channel_read(ioc, NULL, 0, &err), ==, 0);
        g_assert_null(err);
    }
    object_unref(OBJECT(ioc));
}

enum { MANY = 2000 };

static void test_more_elements_than_one_call_takes(void)
{
    char *path = enter("file");
    QIOChannel *ioc = open_path(path, O_CREAT | O_RDWR, 0600);
    struct iovec *iov = g_new(struct iovec, MANY);
    char *data = g_malloc(MANY);
    Error *err = NULL;

    for (int i = 0; i < MANY; i++) {
        data[i] = i % 100;
        iov[i] = (struct iovec){ data + i, 1 };
    }
    g_assert_cmpint(qio_channel_writev(ioc, iov, MANY, &err), ==, IOV_MAX);
    qio_channel_io_seek(ioc, 0, SEEK_SET, NULL);
    g_assert_cmpint(qio_channel_writev_all(ioc, iov, MANY, &err), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(ioc, 0, SEEK_CUR, &err), ==, MANY);
    qio_channel_io_seek(ioc, 0, SEEK_SET, NULL);
    g_assert_cmpint(qio_channel_readv(ioc, iov, MANY, &err), ==, IOV_MAX);
    qio_channel_io_seek(ioc, 0, SEEK_SET, NULL);
    memset(data, 0, MANY);
    g_assert_cmpint(qio_channel_readv_all(ioc, iov, MANY, &err), ==, 0);
    for (int i = 0; i < MANY; i++) {
        g_assert_cmpint(data[i], ==, i % 100);
    }
    g_assert_null(err);
    g_free(data);
    g_free(iov);
    object_unref(OBJECT(ioc));
    leave(path);
}

/* Elements without bytes in front do not make it look like end of file. */
static void test_many_empty_elements(void)
{
    char *path = enter("file");
    QIOChannel *ioc = open_path(path, O_CREAT | O_RDWR, 0600);
    struct iovec *iov = g_new0(struct iovec, MANY);
    char byte = 'x';
    Error *err = NULL;

    g_assert_cmpint(qio_channel_writev(ioc, iov, MANY, &err), ==, 0);
    iov[MANY - 1] = (struct iovec){ &byte, 1 };
    g_assert_cmpint(qio_channel_writev(ioc, iov, MANY, &err), ==, 1);
    qio_channel_io_seek(ioc, 0, SEEK_SET, NULL);
    g_assert_cmpint(qio_channel_readv(ioc, iov, MANY, &err), ==, 1);
    g_assert_cmpint(qio_channel_readv(ioc, iov, MANY, &err), ==, 0);
    g_assert_null(err);
    g_free(iov);
    object_unref(OBJECT(ioc));
    leave(path);
}

static void assert_closed(QIOChannel *ioc)
{
    char byte = 0;
    Error *err = NULL;

    g_assert_cmpint(fd_of(ioc), ==, -1);
    assert_failed(qio_channel_close(ioc, &err), &err, EBADF);
    assert_failed(qio_channel_read(ioc, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_write(ioc, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_io_seek(ioc, 0, SEEK_SET, &err), &err, EBADF);
    assert_failed(qio_channel_set_blocking(ioc, true, &err), &err, EBADF);
    g_assert_cmpint(qio_channel_set_blocking(ioc, false, NULL), ==, -1);
}

static void test_close(void)
{
    QIOChannel *ioc = open_path("/dev/null", O_RDWR, 0);
    int fd = fd_of(ioc);
    Error *err = NULL;

    g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
    g_assert_null(err);
    g_assert_false(testing_fd_is_open(fd));
    assert_closed(ioc);
    g_assert_cmpuint(OBJECT(ioc)->ref, ==, 1);
    object_unref(OBJECT(ioc));
}

/* The number is given up even so: it may be somebody else's by the next call. */
static void test_close_that_fails(void)
{
    QIOChannel *ioc = open_path("/dev/null", O_RDWR, 0);
    int fd = fd_of(ioc);
    Error *err = NULL;

    close(fd);
    assert_failed(qio_channel_close(ioc, &err), &err, EBADF);
    g_assert_cmpint(open("/dev/null", O_RDWR | O_CLOEXEC), ==, fd);
    assert_closed(ioc);
    object_unref(OBJECT(ioc));
    g_assert_true(testing_fd_is_open(fd));
    close(fd);
}

static void test_the_last_reference_closes(void)
{
    QIOChannel *ioc = open_path("/dev/null", O_RDWR, 0);
    int fd = fd_of(ioc);

    object_ref(OBJECT(ioc));
    object_unref(OBJECT(ioc));
    g_assert_true(testing_fd_is_open(fd));
    object_unref(OBJECT(ioc));
    g_assert_false(testing_fd_is_open(fd));
}

static void test_an_object_without_a_descriptor(void)
{
    QIOChannel *ioc = QIO_CHANNEL(object_new(TYPE_QIO_CHANNEL_FILE));

    assert_closed(ioc);
    object_unref(OBJECT(ioc));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/file/create", test_create);
    testing_add("/file/open", test_paths_that_cannot_be_opened);
    testing_add("/file/direct", test_no_direct_io);
    testing_add("/file/permission", test_no_permission);
    testing_add("/file/fdset", test_descriptor_set_paths);
    testing_add("/file/directory", test_reading_a_directory);
    testing_add("/file/direction", test_wrong_direction);
    testing_add("/file/full", test_full_device);
    testing_add("/file/seek", test_seek);
    testing_add("/file/zero-bytes", test_writes_of_zero_bytes);
    testing_add("/file/many", test_more_elements_than_one_call_takes);
    testing_add("/file/many-empty", test_many_empty_elements);
    testing_add("/file/close", test_close);
    testing_add("/file/close-error", test_close_that_fails);
    testing_add("/file/unref", test_the_last_reference_closes);
    testing_add("/file/bare", test_an_object_without_a_descriptor);
    return g_test_run();
}
