/*
 * Errors that end the process: special destinations and broken rules.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "error-library.h"
#include "expect-abort.h"
#include "testing.h"

/* Termination */

static void make(Error **errp)
{
    error_setg_errno(errp, EPIPE, "made here");
}

static void abort_on_set(void)
{
    make(&error_abort);
}

static void test_abort_names_where_the_error_was_made(void)
{
    EXPECT_ABORT(abort_on_set(),
                 "Unexpected error in make() at *test-error-end.c:*:\n"
                 "prog: made here: Broken pipe\n");
}

static void abort_on_propagate(void)
{
    Error *err = NULL;

    make(&err);
    error_append_hint(&err, "do this\n");
    error_propagate(&error_abort, err);
}

static void test_abort_on_propagate_prints_message_and_hint(void)
{
    EXPECT_ABORT(abort_on_propagate(),
                 "Unexpected error in make() at *test-error-end.c:*:\n"
                 "prog: made here: Broken pipe\ndo this\n");
}

static void abort_on_propagate_prepend(void)
{
    Error *err = NULL;

    make(&err);
    error_propagate_prepend(&error_abort, err, "pre: ");
}

static void test_abort_on_propagate_prepend(void)
{
    EXPECT_ABORT(abort_on_propagate_prepend(),
                 "Unexpected error in make() at *test-error-end.c:*:\n"
                 "prog: pre: made here: Broken pipe\n");
}

static void abort_on_class(void)
{
    error_set(&error_abort, ERROR_CLASS_DEVICE_NOT_FOUND, "classy");
}

static void test_abort_on_error_set(void)
{
    EXPECT_ABORT(abort_on_class(), "Unexpected error in abort_on_class() at "
                                 "*test-error-end.c:*:\nprog: classy\n");
}

static void abort_on_file(void)
{
    error_setg_file_open(&error_abort, ENOENT, "name");
}

static void test_abort_on_file_open(void)
{
    EXPECT_ABORT(abort_on_file(), "Unexpected error in abort_on_file() at "
                                "*test-error-end.c:*:\nprog: *'name'*\n");
}

static void abort_location_body(void)
{
    error_setg_internal(&error_abort, "dir/file.c", 42, "fun", "%s", "msg");
}

static void test_abort_line_is_exact(void)
{
    EXPECT_ABORT(abort_location_body(),
                 "Unexpected error in fun() at dir/file.c:42:\nprog: msg\n");
}

static void at_exit(void)
{
    fputs("exit handler ran\n", stderr);
}

enum { SET, SET_ERRNO, SET_CLASS, SET_FILE, PROPAGATE, PREPEND };

static void fatal_child(int how)
{
    Error *err = NULL;

    g_set_prgname("prog");
    atexit(at_exit);
    printf("unflushed output");
    error_setg(&err, "message");
    error_append_hint(&err, "hint\n");
    switch (how) {
    case SET:
        error_setg(&error_fatal, "message");
        break;
    case SET_ERRNO:
        error_setg_errno(&error_fatal, EPIPE, "message");
        break;
    case SET_CLASS:
        error_set(&error_fatal, ERROR_CLASS_DEVICE_NOT_FOUND, "message");
        break;
    case SET_FILE:
        error_setg_file_open(&error_fatal, EPIPE, "name");
        break;
    case PROPAGATE:
        error_propagate(&error_fatal, err);
        break;
    default:
        error_propagate_prepend(&error_fatal, err, "prefix: ");
        break;
    }
    fputs("came back\n", stderr);
}

static void test_fatal(gconstpointer data)
{
    static const char *const expected[] = {
        "prog: message\nexit handler ran\n",
        "prog: message: Broken pipe\nexit handler ran\n",
        "prog: message\nexit handler ran\n",
        "prog: *'name': Broken pipe\nexit handler ran\n",
        "prog: message\nhint\nexit handler ran\n",
        "prog: prefix: message\nhint\nexit handler ran\n",
    };
    int how = GPOINTER_TO_INT(data);

    if (g_test_subprocess()) {
        fatal_child(how);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr(expected[how]);
    g_test_trap_assert_stdout("*unflushed output*");
}

/* The exact status: the child's own child exits. */
static void test_fatal_exits_with_status_1(void)
{
    pid_t pid;
    int status;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDERR_FILENO);
        dup2(null, STDOUT_FILENO);
        error_setg(&error_fatal, "message");
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 1);
}

static void test_abort_is_sigabrt(void)
{
    pid_t pid;
    int status;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        expect_abort_in_child();
        dup2(null, STDERR_FILENO);
        error_setg(&error_abort, "message");
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGABRT);
}

/* Broken rules */

static void set_again(int how)
{
    Error *err = NULL;

    error_setg(&err, "first");
    switch (how) {
    case SET:
        error_setg(&err, "second");
        break;
    case SET_ERRNO:
        error_setg_errno(&err, EPIPE, "second");
        break;
    case SET_CLASS:
        error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "second");
        break;
    default:
        error_setg_file_open(&err, EPIPE, "second");
        break;
    }
}

static void test_setting_again_aborts(gconstpointer data)
{
    EXPECT_ABORT(set_again(GPOINTER_TO_INT(data)),
                 "*error_set*: *holds an error already*");
}

static void free_nothing(void)
{
    Error *err = NULL;

    error_free_or_abort(&err);
}

static void test_free_or_abort_without_error_aborts(void)
{
    EXPECT_ABORT(free_nothing(), "*error_free_or_abort: *");
}

static void free_null(void)
{
    error_free_or_abort(NULL);
}

static void test_free_or_abort_of_null_aborts(void)
{
    EXPECT_ABORT(free_null(), "*error_free_or_abort: *");
}

static void prepend_to_nothing(void)
{
    Error *err = NULL;

    error_prepend(&err, "x");
}

static void test_prepend_without_error_aborts(void)
{
    EXPECT_ABORT(prepend_to_nothing(), "*error_prepend: *");
}

static void hint_for_nothing(void)
{
    Error *err = NULL;

    error_append_hint(&err, "x");
}

static void test_hint_without_error_aborts(void)
{
    EXPECT_ABORT(hint_for_nothing(), "*error_append_hint: *");
}

static void hint_for_fatal(void)
{
    error_append_hint(&error_fatal, "x");
}

static void test_hint_for_a_special_destination_aborts(void)
{
    EXPECT_ABORT(hint_for_fatal(), "*error_append_hint: *ERRP_GUARD*");
}

/* The special destinations across shared objects */

static void test_addresses_are_the_same_everywhere(void)
{
    g_assert_true(library_error_abort() == &error_abort);
    g_assert_true(library_error_fatal() == &error_fatal);
    g_assert_true(&error_abort != &error_fatal);
    g_assert_null(error_abort);
    g_assert_null(error_fatal);
}

static void library_aborts(void)
{
    library_fail(library_error_abort());
}

static void test_abort_from_another_library(void)
{
    EXPECT_ABORT(library_aborts(),
                 "Unexpected error in library_fail() at *:\nprog: failed\n");
}

static void test_library_sees_the_callers_destination(void)
{
    Error *err = NULL;

    library_guarded_fail(&err);
    g_assert_cmpstr(error_get_pretty(err), ==, "library: failed");
    error_free(err);
    library_guarded_fail(NULL);
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        library_guarded_fail(&error_fatal);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("prog: library: failed\n");
}

int main(int argc, char **argv)
{
    static const char *const fatal[] = {
        "set", "set-errno", "set-class", "file", "propagate", "prepend",
    };
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/error/" path, function)
    ADD("abort/set", test_abort_names_where_the_error_was_made);
    ADD("abort/propagate", test_abort_on_propagate_prints_message_and_hint);
    ADD("abort/prepend", test_abort_on_propagate_prepend);
    ADD("abort/class", test_abort_on_error_set);
    ADD("abort/file", test_abort_on_file_open);
    ADD("abort/exact", test_abort_line_is_exact);
    ADD("abort/signal", test_abort_is_sigabrt);
    ADD("fatal/status", test_fatal_exits_with_status_1);
    ADD("rule/free-nothing", test_free_or_abort_without_error_aborts);
    ADD("rule/free-null", test_free_or_abort_of_null_aborts);
    ADD("rule/prepend", test_prepend_without_error_aborts);
    ADD("rule/hint", test_hint_without_error_aborts);
    ADD("rule/hint-fatal", test_hint_for_a_special_destination_aborts);
    ADD("address/same", test_addresses_are_the_same_everywhere);
    ADD("address/abort", test_abort_from_another_library);
    ADD("address/guard", test_library_sees_the_callers_destination);
    for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
        g_autofree char *path = g_strdup_printf("/error/fatal/%s", fatal[i]);

        g_test_add_data_func(path, GINT_TO_POINTER(i), test_fatal);
    }
    for (int how = SET; how <= SET_FILE; how++) {
        g_autofree char *path =
            g_strdup_printf("/error/rule/set-again/%s", fatal[how]);

        g_test_add_data_func(path, GINT_TO_POINTER(how),
                             test_setting_again_aborts);
    }
    return g_test_run();
}
