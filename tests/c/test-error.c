/*
 * Error objects, and how they get to the caller.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "expect-abort.h"
#include "testing.h"

QEMU_BUILD_BUG_ON(sizeof(ErrorPropagator) != 16);
QEMU_BUILD_BUG_ON(offsetof(ErrorPropagator, local_err) != 0);
QEMU_BUILD_BUG_ON(offsetof(ErrorPropagator, errp) != 8);
QEMU_BUILD_BUG_ON(sizeof(ErrorClass) != 4);

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
    EXPECT_ABORT(guard_abort_body(),
                 "Unexpected error in guarded() at *test-error.c:*:\n"
                 "prog: inner\n");
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
    ADD("thread", test_errors_may_change_threads);
    return g_test_run();
}
