/*
 * Error objects and destinations.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "error-library.h"
#include "testing.h"
#include <sys/resource.h>

QEMU_BUILD_BUG_ON(sizeof(ErrorPropagator) != 16);
QEMU_BUILD_BUG_ON(offsetof(ErrorPropagator, local_err) != 0);
QEMU_BUILD_BUG_ON(offsetof(ErrorPropagator, errp) != 8);
QEMU_BUILD_BUG_ON(sizeof(ErrorClass) != 4);

/* Runs `body` in a child process, which must die of SIGABRT. */
static void expect_abort(void (*body)(void), const char *stderr_pattern)
{
    if (g_test_subprocess()) {
        struct rlimit no_core = { 0, 0 };

        setrlimit(RLIMIT_CORE, &no_core);
        g_set_prgname("prog");
        body();
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_assert_false(g_test_trap_has_passed());
    g_test_trap_assert_stderr(stderr_pattern);
}

static int evaluated;

static const char *evaluate(void)
{
    evaluated++;
    return "text";
}

/* Setting */

static void test_set_stores_the_message(void)
{
    Error *err = NULL;

    errno = 4711;
    error_setg(&err, "%s and %d", "one", 2);
    g_assert_cmpint(errno, ==, 4711);
    g_assert_cmpstr(error_get_pretty(err), ==, "one and 2");
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_GENERIC_ERROR);
    error_free(err);
    error_free(NULL);
}

static void test_set_without_destination_formats_nothing(void)
{
    /* %n would be written if the text was formatted. */
    int count = -1;

    errno = 4711;
    error_setg(NULL, "abc%n", &count);
    error_setg_errno(NULL, ENOENT, "abc%n", &count);
    error_set(NULL, ERROR_CLASS_DEVICE_NOT_FOUND, "abc%n", &count);
    error_setg_file_open(NULL, ENOENT, "name");
    g_assert_cmpint(count, ==, -1);
    g_assert_cmpint(errno, ==, 4711);
}

static void test_set_evaluates_its_arguments_once(void)
{
    Error *err = NULL;

    evaluated = 0;
    error_setg(&err, "%s", evaluate());
    g_assert_cmpint(evaluated, ==, 1);
    error_free(err);
}

static void test_errno_text_is_that_of_libc(void)
{
    Error *err = NULL;
    g_autofree char *expected = g_strdup_printf("bad: %s", strerror(EPIPE));
    g_autofree char *unknown = g_strdup_printf("bad: %s", strerror(98765));

    errno = 4711;
    error_setg_errno(&err, EPIPE, "bad");
    g_assert_cmpint(errno, ==, 4711);
    g_assert_cmpstr(error_get_pretty(err), ==, expected);
    error_free_or_abort(&err);
    g_assert_null(err);

    error_setg_errno(&err, 0, "bad");
    g_assert_cmpstr(error_get_pretty(err), ==, "bad");
    error_free_or_abort(&err);

    error_setg_errno(&err, 98765, "bad");
    g_assert_cmpstr(error_get_pretty(err), ==, unknown);
    error_free_or_abort(&err);
}

static void test_percent_m_is_the_callers_errno(void)
{
    Error *err = NULL;

    errno = ENOENT;
    error_setg(&err, "%m");
    g_assert_cmpstr(error_get_pretty(err), ==, strerror(ENOENT));
    error_free(err);
}

static void test_file_open_names_the_file_in_quotes(void)
{
    Error *err = NULL;
    g_autofree char *end = g_strdup_printf("'/a/b': %s", strerror(ENOENT));

    errno = 4711;
    error_setg_file_open(&err, ENOENT, "/a/b");
    g_assert_cmpint(errno, ==, 4711);
    g_assert_true(g_str_has_suffix(error_get_pretty(err), end));
    error_free(err);
}

static void test_class_survives_copy_and_prepend(void)
{
    Error *err = NULL;
    Error *copy;

    errno = 4711;
    error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "none");
    g_assert_cmpint(errno, ==, 4711);
    error_prepend(&err, "x: ");
    copy = error_copy(err);
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    g_assert_cmpint(error_get_class(copy), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    g_assert_cmpstr(error_get_pretty(copy), ==, "x: none");
    error_free(err);
    error_free(copy);
}

static void test_names_of_classes(void)
{
    QEMU_BUILD_BUG_ON(QAPI_ERROR_CLASS__MAX != 5);
    QEMU_BUILD_BUG_ON((int)QAPI_ERROR_CLASS_KVMMISSINGCAP !=
                      (int)ERROR_CLASS_KVM_MISSING_CAP);
    g_assert_cmpstr(QapiErrorClass_str(QAPI_ERROR_CLASS_GENERICERROR), ==,
                    "GenericError");
    g_assert_cmpstr(QapiErrorClass_str(QAPI_ERROR_CLASS_DEVICENOTFOUND), ==,
                    "DeviceNotFound");
    g_assert_cmpint(QapiErrorClass_lookup.size, ==, QAPI_ERROR_CLASS__MAX);
}

/* Passing on */

static void test_first_error_wins(void)
{
    Error *err = NULL;
    Error *second = NULL;

    error_setg(&err, "first");
    error_setg(&second, "second");
    error_propagate(&err, second);
    g_assert_cmpstr(error_get_pretty(err), ==, "first");

    second = NULL;
    error_setg(&second, "second");
    error_propagate_prepend(&err, second, "prefix %d: ", 1);
    g_assert_cmpstr(error_get_pretty(err), ==, "first");
    error_free(err);
}

static void test_propagate_moves_or_frees(void)
{
    Error *err = NULL;
    Error *local = NULL;

    error_propagate(&err, NULL);
    g_assert_null(err);
    error_propagate(NULL, NULL);
    error_propagate(&error_abort, NULL);
    error_propagate(&error_fatal, NULL);

    error_setg(&local, "local");
    error_propagate(&err, local);
    g_assert_true(err == local);
    error_free_or_abort(&err);

    local = NULL;
    error_setg(&local, "nobody wants me");
    error_propagate(NULL, local);
}

static void test_propagate_prepend(void)
{
    Error *err = NULL;
    Error *local = NULL;

    error_propagate_prepend(&err, NULL, "prefix");
    error_propagate_prepend(&error_abort, NULL, "prefix");
    error_propagate_prepend(NULL, NULL, "prefix");
    g_assert_null(err);

    error_setg(&local, "local");
    error_propagate_prepend(&err, local, "%s: ", "prefix");
    g_assert_cmpstr(error_get_pretty(err), ==, "prefix: local");
    error_free_or_abort(&err);

    local = NULL;
    error_setg(&local, "nobody wants me");
    error_propagate_prepend(NULL, local, "prefix: ");
}

/* Changing */

static void G_GNUC_PRINTF(2, 3)
call_vprepend(Error **errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(errp, fmt, ap);
    va_end(ap);
}

static void test_prepend(void)
{
    Error *err = NULL;

    error_prepend(NULL, "nothing");
    call_vprepend(NULL, "nothing");
    error_setg(&err, "end");
    error_prepend(&err, "%s-", "middle");
    call_vprepend(&err, "%s-", "start");
    g_assert_cmpstr(error_get_pretty(err), ==, "start-middle-end");
    error_free(err);
}

static void test_copy_is_independent(void)
{
    Error *err = NULL;
    Error *copy;

    error_setg(&err, "message");
    error_append_hint(&err, "hint\n");
    copy = error_copy(err);
    error_prepend(&err, "changed ");
    error_free(err);
    g_assert_cmpstr(error_get_pretty(copy), ==, "message");
    error_free(copy);
}

static void test_hint_leaves_message_and_errno_alone(void)
{
    Error *err = NULL;

    errno = 4711;
    error_append_hint(NULL, "nothing");
    error_setg(&err, "message");
    error_append_hint(&err, "hint %d\n", 1);
    g_assert_cmpint(errno, ==, 4711);
    g_assert_cmpstr(error_get_pretty(err), ==, "message");
    error_free(err);
}

static void report_with_hints(void)
{
    Error *err = NULL;
    Error *copy;

    error_setg(&err, "message");
    error_append_hint(&err, "first %d,", 1);
    error_append_hint(&err, " second\n");
    copy = error_copy(err);
    error_report_err(err);
    warn_report_err(copy);

    err = NULL;
    error_setg(&err, "message");
    error_reportf_err(err, "%s: ", "prefix");
    err = NULL;
    error_setg(&err, "message");
    warn_reportf_err(err, "%s: ", "prefix");
}

static void test_hints_are_printed_in_order_after_the_message(void)
{
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        report_with_hints();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("prog: message\nfirst 1, second\n"
                              "prog: warning: message\nfirst 1, second\n"
                              "prog: prefix: message\n"
                              "prog: warning: prefix: message\n");
}

/* ERRP_GUARD */

static bool seen_error;

static void guarded(bool fail, bool early, Error **errp)
{
    ERRP_GUARD();

    seen_error = false;
    if (!fail) {
        return;
    }
    error_setg(errp, "inner");
    if (early) {
        return;
    }
    seen_error = *errp != NULL;
    error_append_hint(errp, "hint\n");
    error_prepend(errp, "outer: ");
}

static void test_guard_with_a_variable(void)
{
    Error *err = NULL;

    guarded(false, false, &err);
    g_assert_null(err);
    guarded(true, false, &err);
    g_assert_true(seen_error);
    g_assert_cmpstr(error_get_pretty(err), ==, "outer: inner");
    error_free_or_abort(&err);
    guarded(true, true, &err);
    g_assert_cmpstr(error_get_pretty(err), ==, "inner");
    error_free_or_abort(&err);
}

static void test_guard_without_destination(void)
{
    guarded(false, false, NULL);
    guarded(true, true, NULL);
    guarded(true, false, NULL);
    g_assert_true(seen_error);
}

static void guard_fatal_body(bool early)
{
    g_set_prgname("prog");
    guarded(false, false, &error_fatal);
    guarded(true, early, &error_fatal);
}

static void test_guard_with_fatal(void)
{
    if (g_test_subprocess()) {
        guard_fatal_body(false);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("prog: outer: inner\nhint\n");
}

static void test_guard_with_fatal_and_early_return(void)
{
    if (g_test_subprocess()) {
        guard_fatal_body(true);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("prog: inner\n");
}

static void guard_abort_body(void)
{
    guarded(false, false, &error_abort);
    guarded(true, false, &error_abort);
}

static void test_guard_with_abort(void)
{
    expect_abort(guard_abort_body,
                 "Unexpected error in guarded() at *test-error.c:*:\n"
                 "prog: inner\n");
}

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
    expect_abort(abort_on_set,
                 "Unexpected error in make() at *test-error.c:*:\n"
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
    expect_abort(abort_on_propagate,
                 "Unexpected error in make() at *test-error.c:*:\n"
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
    expect_abort(abort_on_propagate_prepend,
                 "Unexpected error in make() at *test-error.c:*:\n"
                 "prog: pre: made here: Broken pipe\n");
}

static void abort_on_class(void)
{
    error_set(&error_abort, ERROR_CLASS_DEVICE_NOT_FOUND, "classy");
}

static void test_abort_on_error_set(void)
{
    expect_abort(abort_on_class, "Unexpected error in abort_on_class() at "
                                 "*test-error.c:*:\nprog: classy\n");
}

static void abort_on_file(void)
{
    error_setg_file_open(&error_abort, ENOENT, "name");
}

static void test_abort_on_file_open(void)
{
    expect_abort(abort_on_file, "Unexpected error in abort_on_file() at "
                                "*test-error.c:*:\nprog: *'name'*\n");
}

static void abort_location_body(void)
{
    error_setg_internal(&error_abort, "dir/file.c", 42, "fun", "%s", "msg");
}

static void test_abort_line_is_exact(void)
{
    expect_abort(abort_location_body,
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
        struct rlimit no_core = { 0, 0 };
        int null = open("/dev/null", O_WRONLY);

        setrlimit(RLIMIT_CORE, &no_core);
        dup2(null, STDERR_FILENO);
        error_setg(&error_abort, "message");
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGABRT);
}

/* Broken rules */

static void set_twice(void)
{
    Error *err = NULL;

    error_setg(&err, "first");
    error_setg(&err, "second");
}

static void test_setting_twice_aborts(void)
{
    expect_abort(set_twice, "*holds an error already*");
}

static void free_nothing(void)
{
    Error *err = NULL;

    error_free_or_abort(&err);
}

static void test_free_or_abort_without_error_aborts(void)
{
    expect_abort(free_nothing, "*error_free_or_abort: *");
}

static void free_null(void)
{
    error_free_or_abort(NULL);
}

static void test_free_or_abort_of_null_aborts(void)
{
    expect_abort(free_null, "*error_free_or_abort: *");
}

static void prepend_to_nothing(void)
{
    Error *err = NULL;

    error_prepend(&err, "x");
}

static void test_prepend_without_error_aborts(void)
{
    expect_abort(prepend_to_nothing, "*error_prepend: *");
}

static void hint_for_nothing(void)
{
    Error *err = NULL;

    error_append_hint(&err, "x");
}

static void test_hint_without_error_aborts(void)
{
    expect_abort(hint_for_nothing, "*error_append_hint: *");
}

static void hint_for_fatal(void)
{
    error_append_hint(&error_fatal, "x");
}

static void test_hint_for_a_special_destination_aborts(void)
{
    expect_abort(hint_for_fatal, "*error_append_hint: *ERRP_GUARD*");
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
    expect_abort(library_aborts,
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

/* Threads */

static gpointer free_on_thread(gpointer err)
{
    error_free(err);
    return NULL;
}

static void test_errors_may_change_threads(void)
{
    Error *err = NULL;

    error_setg(&err, "made here");
    error_append_hint(&err, "freed there");
    g_thread_join(g_thread_new("free", free_on_thread, err));
}

int main(int argc, char **argv)
{
    static const char *const fatal[] = {
        "set", "set-errno", "set-class", "file", "propagate", "prepend",
    };
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/error/" path, function)
    ADD("set/message", test_set_stores_the_message);
    ADD("set/null", test_set_without_destination_formats_nothing);
    ADD("set/once", test_set_evaluates_its_arguments_once);
    ADD("set/errno", test_errno_text_is_that_of_libc);
    ADD("set/percent-m", test_percent_m_is_the_callers_errno);
    ADD("set/file", test_file_open_names_the_file_in_quotes);
    ADD("set/class", test_class_survives_copy_and_prepend);
    ADD("set/class-names", test_names_of_classes);
    ADD("propagate/first-wins", test_first_error_wins);
    ADD("propagate/move", test_propagate_moves_or_frees);
    ADD("propagate/prepend", test_propagate_prepend);
    ADD("prepend", test_prepend);
    ADD("copy", test_copy_is_independent);
    ADD("hint/silent", test_hint_leaves_message_and_errno_alone);
    ADD("hint/order", test_hints_are_printed_in_order_after_the_message);
    ADD("guard/variable", test_guard_with_a_variable);
    ADD("guard/null", test_guard_without_destination);
    ADD("guard/fatal", test_guard_with_fatal);
    ADD("guard/fatal-early", test_guard_with_fatal_and_early_return);
    ADD("guard/abort", test_guard_with_abort);
    ADD("abort/set", test_abort_names_where_the_error_was_made);
    ADD("abort/propagate", test_abort_on_propagate_prints_message_and_hint);
    ADD("abort/prepend", test_abort_on_propagate_prepend);
    ADD("abort/class", test_abort_on_error_set);
    ADD("abort/file", test_abort_on_file_open);
    ADD("abort/exact", test_abort_line_is_exact);
    ADD("abort/signal", test_abort_is_sigabrt);
    ADD("fatal/status", test_fatal_exits_with_status_1);
    for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
        g_autofree char *path = g_strdup_printf("/error/fatal/%s", fatal[i]);

        g_test_add_data_func(path, GINT_TO_POINTER(i), test_fatal);
    }
    ADD("rule/set-twice", test_setting_twice_aborts);
    ADD("rule/free-nothing", test_free_or_abort_without_error_aborts);
    ADD("rule/free-null", test_free_or_abort_of_null_aborts);
    ADD("rule/prepend", test_prepend_without_error_aborts);
    ADD("rule/hint", test_hint_without_error_aborts);
    ADD("rule/hint-fatal", test_hint_for_a_special_destination_aborts);
    ADD("address/same", test_addresses_are_the_same_everywhere);
    ADD("address/abort", test_abort_from_another_library);
    ADD("address/guard", test_library_sees_the_callers_destination);
    ADD("thread", test_errors_may_change_threads);
    return g_test_run();
}
