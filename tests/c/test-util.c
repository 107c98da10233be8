/*
 * Helpers that C callers of the framework use: arrays of iovec, buffers, files,
 * lists, names of values, and the macros of qemu/osdep.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/resource.h>
#include "qapi/error.h"
#include "qapi/util.h"
#include "qapi/qapi-types-qom.h"
#include "qemu/buffer.h"
#include "qemu/cutils.h"
#include "qemu/iov.h"
#include "qemu/queue.h"
#include "testing.h"

bool fd_is_socket(int fd);

/* Runs the statement in a child process, which must abort with the pattern. */
#define EXPECT_ABORT(statement, pattern) do { \
    if (g_test_subprocess()) { \
        struct rlimit no_core = { 0, 0 }; \
        setrlimit(RLIMIT_CORE, &no_core); \
        statement; \
        exit(0); \
    } \
    g_test_trap_subprocess(NULL, 0, 0); \
    g_assert_false(g_test_trap_has_passed()); \
    g_test_trap_assert_stderr(pattern); \
} while (0)

/* iovec */

/* "abc", "", "defgh" */
static char abc[] = "abc";
static char defgh[] = "defgh";

static void make_iov(struct iovec iov[3])
{
    memcpy(abc, "abc", 3);
    memcpy(defgh, "defgh", 5);
    iov[0] = (struct iovec) { abc, 3 };
    iov[1] = (struct iovec) { NULL, 0 };
    iov[2] = (struct iovec) { defgh, 5 };
}

static void test_iov_size(void)
{
    struct iovec iov[3];

    make_iov(iov);
    g_assert_cmpuint(iov_size(iov, 3), ==, 8);
    g_assert_cmpuint(iov_size(iov, 1), ==, 3);
    g_assert_cmpuint(iov_size(NULL, 0), ==, 0);
}

static void test_iov_to_and_from_buf_at_every_offset(void)
{
    for (size_t offset = 0; offset <= 8; offset++) {
        for (size_t bytes = 0; bytes <= 9; bytes++) {
            struct iovec iov[3];
            char buf[16] = "................";
            char expected[16] = "................";
            char all[9] = "abcdefgh";
            size_t count = MIN(bytes, 8 - offset);

            make_iov(iov);
            memcpy(expected, all + offset, count);
            g_assert_cmpuint(iov_to_buf(iov, 3, offset, buf, bytes), ==, count);
            g_assert_cmpmem(buf, 16, expected, 16);

            memset(buf, 'X', sizeof(buf));
            memset(all + offset, 'X', count);
            g_assert_cmpuint(iov_from_buf(iov, 3, offset, buf, bytes), ==,
                             count);
            g_assert_cmpmem(abc, 3, all, 3);
            g_assert_cmpmem(defgh, 5, all + 3, 5);

            make_iov(iov);
            g_assert_cmpuint(iov_memset(iov, 3, offset, 0x100 | 'X', bytes), ==,
                             count);
            g_assert_cmpmem(abc, 3, all, 3);
            g_assert_cmpmem(defgh, 5, all + 3, 5);
        }
    }
}

static void test_iov_constant_size_takes_the_short_way(void)
{
    struct iovec iov[3];
    char two[2];

    make_iov(iov);
    g_assert_cmpuint(iov_to_buf(iov, 3, 1, two, 2), ==, 2);
    g_assert_cmpmem(two, 2, "bc", 2);
    g_assert_cmpuint(iov_to_buf(iov, 3, 2, two, 2), ==, 2);
    g_assert_cmpmem(two, 2, "cd", 2);
    g_assert_cmpuint(iov_from_buf(iov, 3, 0, "ZY", 2), ==, 2);
    g_assert_cmpmem(abc, 3, "ZYc", 3);
}

static void test_iov_offset_behind_the_end_aborts(void)
{
    struct iovec iov[3];
    char buf[4];

    make_iov(iov);
    EXPECT_ABORT(iov_to_buf(iov, 3, 9, buf, 1), "*iov_to_buf: *");
}

static void test_iov_copy_describes_a_part(void)
{
    struct iovec iov[3];
    struct iovec part[3];

    make_iov(iov);
    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 0, 8), ==, 2);
    g_assert_true(part[0].iov_base == abc && part[0].iov_len == 3);
    g_assert_true(part[1].iov_base == defgh && part[1].iov_len == 5);

    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 2, 3), ==, 2);
    g_assert_true(part[0].iov_base == abc + 2 && part[0].iov_len == 1);
    g_assert_true(part[1].iov_base == defgh && part[1].iov_len == 2);

    g_assert_cmpuint(iov_copy(part, 1, iov, 3, 2, 3), ==, 1);
    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 4, 100), ==, 1);
    g_assert_true(part[0].iov_base == defgh + 1 && part[0].iov_len == 4);
    g_assert_cmpuint(iov_copy(part, 3, iov, 3, 8, 0), ==, 0);
}

static void test_iov_discard_front(void)
{
    static const size_t counts[] = { 0, 2, 3, 4, 8, 100 };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct iovec iov[3];
        struct iovec *cur = iov;
        unsigned int cnt = 3;
        size_t expected = MIN(counts[i], (size_t)8);
        char left[9] = "abcdefgh";
        char got[9] = "";

        make_iov(iov);
        g_assert_cmpuint(iov_discard_front(&cur, &cnt, counts[i]), ==,
                         expected);
        g_assert_cmpuint(iov_size(cur, cnt), ==, 8 - expected);
        iov_to_buf(cur, cnt, 0, got, 8);
        g_assert_cmpstr(got, ==, left + expected);
        g_assert_true(cnt == 0 || cur[0].iov_len > 0);
    }
}

static void test_iov_discard_back(void)
{
    static const size_t counts[] = { 0, 2, 5, 6, 8, 100 };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct iovec iov[3];
        unsigned int cnt = 3;
        size_t expected = MIN(counts[i], (size_t)8);
        char left[9] = "abcdefgh";
        char got[9] = "";

        make_iov(iov);
        g_assert_cmpuint(iov_discard_back(iov, &cnt, counts[i]), ==, expected);
        g_assert_cmpuint(iov_size(iov, cnt), ==, 8 - expected);
        iov_to_buf(iov, cnt, 0, got, 8);
        left[8 - expected] = 0;
        g_assert_cmpstr(got, ==, left);
    }
}

/* Buffer */

static void test_buffer_appends_and_advances(void)
{
    Buffer buffer = { 0 };

    buffer_init(&buffer, "%s-%d", "name", 1);
    g_assert_cmpstr(buffer.name, ==, "name-1");
    g_assert_true(buffer_empty(&buffer));
    g_assert_null(buffer_end(&buffer));
    buffer_append(&buffer, NULL, 0);
    buffer_advance(&buffer, 0);

    buffer_reserve(&buffer, 10);
    g_assert_cmpuint(buffer.capacity, >=, 10);
    memcpy(buffer_end(&buffer), "0123", 4);
    buffer.offset += 4;
    buffer_append(&buffer, "456789", 6);
    g_assert_cmpmem(buffer.buffer, buffer.offset, "0123456789", 10);
    buffer_advance(&buffer, 3);
    g_assert_cmpmem(buffer.buffer, buffer.offset, "3456789", 7);
    g_assert_true(buffer_end(&buffer) == buffer.buffer + 7);
    buffer_advance(&buffer, 7);
    g_assert_true(buffer_empty(&buffer));
    buffer_append(&buffer, "x", 1);
    buffer_reset(&buffer);
    g_assert_true(buffer_empty(&buffer));
    buffer_free(&buffer);
    g_assert_null(buffer.buffer);
    g_assert_null(buffer.name);
    g_assert_cmpuint(buffer.capacity, ==, 0);
}

static void test_buffer_grows_in_powers_of_two(void)
{
    Buffer buffer = { 0 };
    g_autofree char *data = g_strnfill(5000, 'x');

    buffer_append(&buffer, data, 1);
    g_assert_cmpuint(buffer.capacity, ==, 4096);
    buffer_append(&buffer, data, 5000);
    g_assert_cmpuint(buffer.capacity, ==, 8192);
    g_assert_cmpuint(buffer.offset, ==, 5001);
    buffer_reserve(&buffer, 8192 - 5001);
    g_assert_cmpuint(buffer.capacity, ==, 8192);
    buffer_free(&buffer);
}

static void test_buffer_shrinks_when_long_unused(void)
{
    Buffer buffer = { 0 };

    buffer_reserve(&buffer, 4 << 20);
    buffer_shrink(&buffer);
    g_assert_cmpuint(buffer.capacity, ==, 4 << 20);
    for (int i = 0; i < 2000; i++) {
        buffer_append(&buffer, "0123456789", 10);
        buffer_advance(&buffer, 10);
    }
    g_assert_cmpuint(buffer.capacity, <, 4 << 20);
    g_assert_cmpuint(buffer.capacity, >=, 65536);
    buffer_free(&buffer);
}

static void test_buffer_moves(void)
{
    Buffer a = { 0 };
    Buffer b = { 0 };
    uint8_t *memory;

    buffer_init(&a, "a");
    buffer_init(&b, "b");
    buffer_append(&a, "aaa", 3);
    memory = a.buffer;
    buffer_move_empty(&b, &a);
    g_assert_true(b.buffer == memory);
    g_assert_null(a.buffer);
    g_assert_cmpstr(a.name, ==, "a");
    g_assert_cmpstr(b.name, ==, "b");
    g_assert_true(buffer_empty(&a));

    buffer_append(&a, "AA", 2);
    buffer_move(&b, &a);
    g_assert_cmpmem(b.buffer, b.offset, "aaaAA", 5);
    g_assert_true(buffer_empty(&a));
    buffer_move(&a, &b);
    g_assert_cmpmem(a.buffer, a.offset, "aaaAA", 5);
    g_assert_cmpuint(b.capacity, ==, 0);
    buffer_free(&a);
    buffer_free(&b);
}

static void test_buffer_advance_too_far_aborts(void)
{
    Buffer buffer = { 0 };

    EXPECT_ABORT(buffer_advance(&buffer, 1), "*buffer_advance: *");
}

static void test_buffer_move_to_non_empty_aborts(void)
{
    Buffer a = { 0 };
    Buffer b = { 0 };

    EXPECT_ABORT(buffer_append(&a, "a", 1); buffer_move_empty(&a, &b),
                 "*buffer_move_empty: *");
}

static void test_buffer_reserve_too_much_aborts(void)
{
    Buffer buffer = { 0 };

    EXPECT_ABORT(buffer_reserve(&buffer, SIZE_MAX), "*buffer_reserve: *");
}

/* Files */

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

/* Strings and names */

static void test_pstrcpy(void)
{
    char buf[5] = "xxxx";

    pstrcpy(buf, 0, "abc");
    pstrcpy(buf, -1, "abc");
    g_assert_cmpstr(buf, ==, "xxxx");
    pstrcpy(buf, sizeof(buf), "ab");
    g_assert_cmpstr(buf, ==, "ab");
    g_assert_true(pstrcat(buf, sizeof(buf), "cdef") == buf);
    g_assert_cmpstr(buf, ==, "abcd");
    pstrcat(buf, sizeof(buf), "more");
    g_assert_cmpstr(buf, ==, "abcd");
    pstrcpy(buf, sizeof(buf), "abcdefgh");
    g_assert_cmpstr(buf, ==, "abcd");
    pstrcpy(buf, 1, "abc");
    g_assert_cmpstr(buf, ==, "");
}

QEMU_BUILD_BUG_ON(sizeof(QEnumLookup) != 24);
QEMU_BUILD_BUG_ON(offsetof(QEnumLookup, array) != 0);
QEMU_BUILD_BUG_ON(offsetof(QEnumLookup, special_features) != 8);
QEMU_BUILD_BUG_ON(offsetof(QEnumLookup, size) != 16);

static const char *const colours[] = { "red", "green" };
static const QEnumLookup colour_lookup = { .array = colours, .size = 2 };

static void test_enum_names(void)
{
    Error *err = NULL;

    g_assert_cmpstr(qapi_enum_lookup(&colour_lookup, 1), ==, "green");
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, "red", -1, &error_abort),
                    ==, 0);
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, NULL, 7, &error_abort), ==,
                    7);
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, "Red", 7, &err), ==, 7);
    g_assert_nonnull(strstr(error_get_pretty(err), "Red"));
    error_free_or_abort(&err);
    g_assert_cmpint(qapi_enum_parse(&colour_lookup, "", 7, NULL), ==, 7);
}

static void test_names_of_library_enums(void)
{
    g_assert_cmpstr(
        QCryptoTLSCredsEndpoint_str(QCRYPTO_TLS_CREDS_ENDPOINT_SERVER), ==,
        "server");
    g_assert_cmpstr(QCryptoSecretFormat_str(QCRYPTO_SECRET_FORMAT_BASE64), ==,
                    "base64");
    g_assert_cmpstr(QAuthZListPolicy_str(QAUTHZ_LIST_POLICY_DENY), ==, "deny");
    g_assert_cmpstr(QAuthZListFormat_str(QAUTHZ_LIST_FORMAT_GLOB), ==, "glob");
    g_assert_cmpint(QCryptoTLSCredsEndpoint_lookup.size, ==,
                    QCRYPTO_TLS_CREDS_ENDPOINT__MAX);
}

static void test_enum_value_out_of_range_aborts(void)
{
    EXPECT_ABORT(qapi_enum_lookup(&colour_lookup, 2), "*qapi_enum_lookup: *");
}

static void test_bool_spellings(void)
{
    static const char *const yes[] = { "on", "yes", "true", "y" };
    static const char *const no[] = { "off", "no", "false", "n" };
    static const char *const bad[] = { "", "ON", "1", "maybe" };
    Error *err = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        bool value = false;

        g_assert_true(qapi_bool_parse("p", yes[i], &value, &error_abort));
        g_assert_true(value);
        g_assert_true(qapi_bool_parse("p", no[i], &value, &error_abort));
        g_assert_false(value);
        value = true;
        g_assert_false(qapi_bool_parse("p", bad[i], &value, &err));
        g_assert_true(value);
        g_assert_cmpstr(error_get_pretty(err), ==,
                        "Parameter 'p' expects 'on' or 'off'");
        error_free_or_abort(&err);
    }
}

typedef struct StringList {
    struct StringList *next;
    String *value;
} StringList;

static void test_qapi_lists(void)
{
    StringList *list = NULL;
    StringList **tail = &list;
    static String a, b, c;

    QAPI_LIST_APPEND(tail, &b);
    QAPI_LIST_APPEND(tail, &c);
    QAPI_LIST_PREPEND(list, &a);
    g_assert_true(list->value == &a);
    g_assert_true(list->next->value == &b);
    g_assert_true(list->next->next->value == &c);
    g_assert_null(list->next->next->next);
    while (list) {
        StringList *next = list->next;

        g_free(list);
        list = next;
    }
}

/* Lists */

typedef struct Element {
    char name;
    QLIST_ENTRY(Element) l;
    QSLIST_ENTRY(Element) sl;
    QSIMPLEQ_ENTRY(Element) sq;
    QTAILQ_ENTRY(Element) tq;
} Element;

static Element e[5];

static void reset_elements(void)
{
    memset(e, 0, sizeof(e));
    for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
        e[i].name = (char)('a' + i);
    }
}

/* The names of all elements of a list, in order. */
#define NAMES(loop, ...) ({ \
    static char names_[16]; \
    size_t n_ = 0; \
    Element *at_; \
    loop(at_, __VA_ARGS__) { names_[n_++] = at_->name; } \
    names_[n_] = 0; \
    (const char *)names_; })

static void test_qlist(void)
{
    QLIST_HEAD(, Element) head = QLIST_HEAD_INITIALIZER(head);
    QLIST_HEAD(, Element) other;
    Element *var, *next;

    reset_elements();
    QLIST_INIT(&other);
    g_assert_true(QLIST_EMPTY(&head));
    g_assert_false(QLIST_IS_INSERTED(&e[0], l));
    QLIST_INSERT_HEAD(&head, &e[2], l);
    QLIST_INSERT_HEAD(&head, &e[0], l);
    QLIST_INSERT_AFTER(&e[0], &e[1], l);
    QLIST_INSERT_AFTER(&e[2], &e[4], l);
    QLIST_INSERT_BEFORE(&e[4], &e[3], l);
    g_assert_cmpstr(NAMES(QLIST_FOREACH, &head, l), ==, "abcde");
    g_assert_true(QLIST_IS_INSERTED(&e[3], l));
    QLIST_REMOVE(&e[0], l);
    QLIST_SAFE_REMOVE(&e[0], l);
    QLIST_SAFE_REMOVE(&e[4], l);
    g_assert_cmpstr(NAMES(QLIST_FOREACH, &head, l), ==, "bcd");
    QLIST_INSERT_BEFORE(QLIST_FIRST(&head), &e[0], l);
    {
        __typeof__(head) moved = head;

        QLIST_FIX_HEAD_PTR(&moved, l);
        QLIST_REMOVE(&e[0], l);
        g_assert_cmpstr(NAMES(QLIST_FOREACH, &moved, l), ==, "bcd");
        head.lh_first = moved.lh_first;
        QLIST_FIX_HEAD_PTR(&head, l);
    }
    QLIST_FOREACH_SAFE(var, &head, l, next) {
        if (var->name == 'c') {
            QLIST_REMOVE(var, l);
        }
    }
    g_assert_cmpstr(NAMES(QLIST_FOREACH, &head, l), ==, "bd");
    {
        __typeof__(head) swapped = { NULL };

        QLIST_SWAP(&head, &swapped, l);
        g_assert_true(QLIST_EMPTY(&head));
        g_assert_cmpstr(NAMES(QLIST_FOREACH, &swapped, l), ==, "bd");
    }
    g_assert_true(QLIST_EMPTY(&other));
}

static void test_qslist(void)
{
    QSLIST_HEAD(, Element) head = QSLIST_HEAD_INITIALIZER(head);
    QSLIST_HEAD(, Element) taken;
    Element *var, *next;

    reset_elements();
    QSLIST_INIT(&taken);
    QSLIST_INSERT_HEAD(&head, &e[2], sl);
    QSLIST_INSERT_HEAD_ATOMIC(&head, &e[0], sl);
    QSLIST_INSERT_AFTER(&e[0], &e[1], sl);
    QSLIST_INSERT_AFTER(&e[2], &e[3], sl);
    g_assert_cmpstr(NAMES(QSLIST_FOREACH, &head, sl), ==, "abcd");
    QSLIST_REMOVE_HEAD(&head, sl);
    QSLIST_REMOVE_AFTER(&e[1], sl);
    g_assert_cmpstr(NAMES(QSLIST_FOREACH, &head, sl), ==, "bd");
    QSLIST_REMOVE(&head, &e[3], Element, sl);
    g_assert_cmpstr(NAMES(QSLIST_FOREACH, &head, sl), ==, "b");
    QSLIST_INSERT_HEAD(&head, &e[0], sl);
    QSLIST_MOVE_ATOMIC(&taken, &head);
    g_assert_true(QSLIST_EMPTY(&head));
    QSLIST_FOREACH_SAFE(var, &taken, sl, next) {
        QSLIST_REMOVE(&taken, var, Element, sl);
    }
    g_assert_null(QSLIST_FIRST(&taken));
}

static void test_qsimpleq(void)
{
    QSIMPLEQ_HEAD(Simple, Element) head = QSIMPLEQ_HEAD_INITIALIZER(head);
    struct Simple other;
    Element *var, *next;

    reset_elements();
    QSIMPLEQ_INIT(&other);
    g_assert_null(QSIMPLEQ_LAST(&head, Element, sq));
    g_assert_true(QSIMPLEQ_EMPTY_ATOMIC(&head));
    QSIMPLEQ_INSERT_TAIL(&head, &e[1], sq);
    QSIMPLEQ_INSERT_HEAD(&head, &e[0], sq);
    QSIMPLEQ_INSERT_TAIL(&head, &e[3], sq);
    QSIMPLEQ_INSERT_AFTER(&head, &e[1], &e[2], sq);
    QSIMPLEQ_INSERT_AFTER(&head, &e[3], &e[4], sq);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &head, sq), ==, "abcde");
    g_assert_true(QSIMPLEQ_LAST(&head, Element, sq) == &e[4]);

    QSIMPLEQ_SPLIT_AFTER(&head, &e[1], sq, &other);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &head, sq), ==, "ab");
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &other, sq), ==, "cde");
    QSIMPLEQ_PREPEND(&head, &other);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &head, sq), ==, "cdeab");
    g_assert_true(QSIMPLEQ_EMPTY(&other));
    QSIMPLEQ_CONCAT(&other, &head);
    g_assert_true(QSIMPLEQ_EMPTY(&head));
    QSIMPLEQ_REMOVE(&other, &e[1], Element, sq);
    g_assert_true(QSIMPLEQ_LAST(&other, Element, sq) == &e[0]);
    QSIMPLEQ_REMOVE_HEAD(&other, sq);
    g_assert_cmpstr(NAMES(QSIMPLEQ_FOREACH, &other, sq), ==, "dea");
    QSIMPLEQ_FOREACH_SAFE(var, &other, sq, next) {
        QSIMPLEQ_REMOVE_HEAD(&other, sq);
    }
    g_assert_true(QSIMPLEQ_EMPTY(&other));
    QSIMPLEQ_INSERT_TAIL(&other, &e[4], sq);
    g_assert_true(QSIMPLEQ_FIRST(&other) == &e[4]);
    g_assert_null(QSIMPLEQ_NEXT(&e[4], sq));
}

static void test_qtailq(void)
{
    QTAILQ_HEAD(Tail, Element) head = QTAILQ_HEAD_INITIALIZER(head);
    Element *var, *next;

    QEMU_BUILD_BUG_ON(sizeof(union Tail) != 16);
    reset_elements();
    g_assert_true(QTAILQ_EMPTY(&head));
    g_assert_null(QTAILQ_LAST(&head));
    g_assert_false(QTAILQ_IN_USE(&e[0], tq));
    QTAILQ_INSERT_TAIL(&head, &e[3], tq);
    QTAILQ_INSERT_HEAD(&head, &e[0], tq);
    QTAILQ_INSERT_AFTER(&head, &e[0], &e[1], tq);
    QTAILQ_INSERT_BEFORE(&e[3], &e[2], tq);
    QTAILQ_INSERT_AFTER(&head, &e[3], &e[4], tq);
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH, &head, tq), ==, "abcde");
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH_REVERSE, &head, tq), ==, "edcba");
    g_assert_true(QTAILQ_LAST(&head) == &e[4]);
    g_assert_true(QTAILQ_PREV(&e[3], tq) == &e[2]);
    g_assert_null(QTAILQ_PREV(&e[0], tq));
    g_assert_true(QTAILQ_IN_USE(&e[0], tq));

    QTAILQ_REMOVE(&head, &e[4], tq);
    g_assert_true(QTAILQ_LAST(&head) == &e[3]);
    QTAILQ_REMOVE(&head, &e[0], tq);
    g_assert_false(QTAILQ_IN_USE(&e[0], tq));
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH_REVERSE, &head, tq), ==, "dcb");
    QTAILQ_FOREACH_REVERSE_SAFE(var, &head, tq, next) {
        if (var->name == 'c') {
            QTAILQ_REMOVE(&head, var, tq);
        }
    }
    g_assert_cmpstr(NAMES(QTAILQ_FOREACH, &head, tq), ==, "bd");
    QTAILQ_FOREACH_SAFE(var, &head, tq, next) {
        QTAILQ_REMOVE(&head, var, tq);
    }
    g_assert_true(QTAILQ_EMPTY(&head));
    QTAILQ_INIT(&head);
    QTAILQ_INSERT_TAIL(&head, &e[1], tq);
    g_assert_true(QTAILQ_FIRST(&head) == &e[1]);
    g_assert_null(QTAILQ_NEXT(&e[1], tq));
}

/* Macros */

static int side_effects;

static int next_number(void)
{
    return ++side_effects;
}

static void test_macros(void)
{
    struct { int a; Element inner; } outer;
    uint16_t small = 0xfff1;
    char array[MAX_CONST(3, 7)];
    int tries = 0;
    int ret;

    side_effects = 0;
    g_assert_cmpint(MIN(next_number(), 10), ==, 1);
    g_assert_cmpint(MAX(MAX(next_number(), 1), MIN(0, 1)), ==, 2);
    g_assert_cmpint(side_effects, ==, 2);
    g_assert_cmpint(MIN_CONST(3, 7), ==, 3);
    g_assert_cmpint(MIN_NON_ZERO(0, 5), ==, 5);
    g_assert_cmpint(MIN_NON_ZERO(5, 0), ==, 5);
    g_assert_cmpint(MIN_NON_ZERO(5, 4), ==, 4);
    g_assert_cmpint(MIN_NON_ZERO(0, 0), ==, 0);
    g_assert_cmpuint(ARRAY_SIZE(array), ==, 7);
    g_assert_cmpuint(ROUND_UP(small, 16u), ==, 0x10000);
    g_assert_cmpuint(ROUND_DOWN(UINT64_C(0x1234567890), 0x1000), ==,
                     UINT64_C(0x1234567000));
    g_assert_cmpuint(DIV_ROUND_UP(7, 3), ==, 3);
    g_assert_cmpuint(QEMU_ALIGN_UP(7, 3), ==, 9);
    g_assert_cmpuint(QEMU_ALIGN_DOWN(7, 3), ==, 6);
    g_assert_true(QEMU_IS_ALIGNED(9, 3));
    g_assert_true(container_of(&outer.inner.name, __typeof__(outer),
                               inner.name) == &outer);
    g_assert_cmpuint(sizeof_field(Element, name), ==, 1);
    g_assert_cmpstr(stringify(glue(a, b)), ==, "ab");
    g_assert_cmpint(O_BINARY, ==, 0);
    TFR(ret = (++tries < 3 ? (errno = EINTR, -1) : 5));
    g_assert_cmpint(tries, ==, 3);
    g_assert_cmpint(ret, ==, 5);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/util/" path, function)
    ADD("iov/size", test_iov_size);
    ADD("iov/copy-bytes", test_iov_to_and_from_buf_at_every_offset);
    ADD("iov/constant", test_iov_constant_size_takes_the_short_way);
    ADD("iov/behind", test_iov_offset_behind_the_end_aborts);
    ADD("iov/copy", test_iov_copy_describes_a_part);
    ADD("iov/discard-front", test_iov_discard_front);
    ADD("iov/discard-back", test_iov_discard_back);
    ADD("buffer/append", test_buffer_appends_and_advances);
    ADD("buffer/grow", test_buffer_grows_in_powers_of_two);
    ADD("buffer/shrink", test_buffer_shrinks_when_long_unused);
    ADD("buffer/move", test_buffer_moves);
    ADD("buffer/rule/advance", test_buffer_advance_too_far_aborts);
    ADD("buffer/rule/move", test_buffer_move_to_non_empty_aborts);
    ADD("buffer/rule/reserve", test_buffer_reserve_too_much_aborts);
    ADD("file/open", test_open_and_create);
    ADD("file/open-old", test_open_old_reads_the_mode_with_o_creat);
    ADD("file/fdset", test_descriptor_sets_need_a_monitor);
    ADD("file/direct", test_refused_direct_io_is_explained);
    ADD("file/rule/creat", test_open_with_o_creat_aborts);
    ADD("file/write-full", test_write_full_writes_all);
    ADD("file/cloexec", test_set_cloexec);
    ADD("file/rule/cloexec", test_set_cloexec_of_nothing_aborts);
    ADD("file/socket", test_kind_of_descriptor);
    ADD("thread-id", test_thread_ids_differ);
    ADD("string/pstrcpy", test_pstrcpy);
    ADD("names/enum", test_enum_names);
    ADD("names/library", test_names_of_library_enums);
    ADD("names/rule/range", test_enum_value_out_of_range_aborts);
    ADD("names/bool", test_bool_spellings);
    ADD("names/list", test_qapi_lists);
    ADD("queue/list", test_qlist);
    ADD("queue/slist", test_qslist);
    ADD("queue/simpleq", test_qsimpleq);
    ADD("queue/tailq", test_qtailq);
    ADD("macros", test_macros);
    return g_test_run();
}
