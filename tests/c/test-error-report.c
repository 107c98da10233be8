/*
 * Reports: the exact lines on stderr.
 *
 * Every test here runs its body in a child process and compares all that it
 * wrote to stderr.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "expect-abort.h"
#include "testing.h"

QEMU_BUILD_BUG_ON(sizeof(Location) != 24);
QEMU_BUILD_BUG_ON(offsetof(Location, kind) != 0);
QEMU_BUILD_BUG_ON(offsetof(Location, num) != 4);
QEMU_BUILD_BUG_ON(offsetof(Location, ptr) != 8);
QEMU_BUILD_BUG_ON(offsetof(Location, prev) != 16);
QEMU_BUILD_BUG_ON(LOC_NONE != 0 || LOC_CMDLINE != 1 || LOC_FILE != 2);

/* The child did well and wrote exactly this (a pattern of GLib's). */
#define EXPECT_STDERR(text) do { \
    g_test_trap_subprocess(NULL, 0, 0); \
    g_test_trap_assert_passed(); \
    g_test_trap_assert_stderr(text); \
} while (0)

static char *words[] = { (char *)"argv0", (char *)"-x", (char *)"y", NULL };

static void report_everywhere(void)
{
    warn_report("w%s", "msg");
    loc_set_file("f.c", 12);
    error_report("e%d", 2);
    loc_set_cmdline(words, 1, 2);
    error_report("e3");
    loc_set_file("g.c", 0);
    info_report("z");
    loc_set_none();
    info_report("i");
}

static void test_lines_without_program_name(void)
{
    if (g_test_subprocess()) {
        g_set_prgname(NULL);
        report_everywhere();
        return;
    }
    EXPECT_STDERR("warning: wmsg\n"
                  "f.c:12: e2\n"
                  "-x y: e3\n"
                  "g.c: info: z\n"
                  "info: i\n");
}

static void test_lines_with_program_name(void)
{
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        report_everywhere();
        return;
    }
    EXPECT_STDERR("prog: warning: wmsg\n"
                  "prog:f.c:12: e2\n"
                  "prog: -x y: e3\n"
                  "prog:g.c: info: z\n"
                  "prog: info: i\n");
}

static void test_program_name_is_argv0(void)
{
    if (g_test_subprocess()) {
        error_report("x");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("*/test-error-report*: x\n");
}

static void vreport(void (*report)(const char *, va_list), const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(fmt, ap);
    va_end(ap);
}

static void test_reports_with_argument_lists(void)
{
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        vreport(error_vreport, "%s %d", "e", 1);
        vreport(warn_vreport, "%s %d", "w", 2);
        vreport(info_vreport, "%s %d", "i", 3);
        return;
    }
    EXPECT_STDERR("prog: e 1\nprog: warning: w 2\nprog: info: i 3\n");
}

static int call_vprintf(const char *fmt, ...)
{
    va_list ap;
    int ret;

    va_start(ap, fmt);
    ret = error_vprintf(fmt, ap);
    va_end(ap);
    return ret;
}

static void test_printf_adds_nothing(void)
{
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        loc_set_file("f.c", 1);
        message_with_timestamp = true;
        g_assert_cmpint(error_printf("%d raw", 1), ==, 5);
        g_assert_cmpint(call_vprintf(" %s\n", "text"), ==, 6);
        g_assert_cmpint(error_printf("%s", ""), ==, 0);
        return;
    }
    EXPECT_STDERR("1 raw text\n");
}

static void test_timestamps_are_iso_8601(void)
{
    static const char time[] =
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?Z";
    int fds[2];
    pid_t pid;
    int status;
    char line[256];
    ssize_t len;
    g_autofree char *pattern =
        g_strdup_printf("^%s ts\n%s guest prog: warning: ts\n$", time, time);

    testing_pipe(fds);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        g_set_prgname(NULL);
        message_with_timestamp = true;
        error_report("ts");
        error_with_guestname = true;
        error_guest_name = "guest";
        g_set_prgname("prog");
        warn_report("ts");
        _exit(0);
    }
    close(fds[1]);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    len = read(fds[0], line, sizeof(line) - 1);
    g_assert_cmpint(len, >, 0);
    line[len] = 0;
    close(fds[0]);
    if (!g_regex_match_simple(pattern, line, 0, 0)) {
        g_error("unexpected output: %s", line);
    }
}

static void test_guest_name_needs_switch_and_name(void)
{
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        error_with_guestname = true;
        error_report("a");
        error_guest_name = "guest";
        error_report("b");
        error_with_guestname = false;
        error_report("c");
        return;
    }
    EXPECT_STDERR("prog: a\nguest prog: b\nprog: c\n");
}

static bool twice(bool warn)
{
    return warn ? warn_report_once("w%d", 1) : error_report_once("e%d", 1);
}

static void test_once_reports_once(void)
{
    if (g_test_subprocess()) {
        bool printed = false;

        g_set_prgname("prog");
        g_assert_true(twice(false));
        g_assert_false(twice(false));
        g_assert_true(twice(true));
        g_assert_false(twice(true));
        g_assert_true(error_report_once_cond(&printed, "%s", "cond"));
        g_assert_true(printed);
        g_assert_false(error_report_once_cond(&printed, "%s", "cond"));
        g_assert_false(warn_report_once_cond(&printed, "%s", "cond"));
        return;
    }
    EXPECT_STDERR("prog: e1\nprog: warning: w1\nprog: cond\n");
}

/* The stack of locations */

static void test_locations_nest(void)
{
    if (g_test_subprocess()) {
        Location outer, inner, saved;

        g_set_prgname("prog");
        g_assert_true(loc_push_none(&outer) == &outer);
        loc_set_file("outer", 1);
        g_assert_true(loc_push_none(&inner) == &inner);
        error_report("none");
        loc_set_file("inner", 2);
        g_assert_true(loc_save(&saved) == &saved);
        error_report("inner");
        g_assert_true(loc_pop(&inner) == &inner);
        error_report("outer");
        loc_set_file(NULL, 7);
        error_report("line only");
        loc_restore(&saved);
        error_report("restored");
        g_assert_true(loc_pop(&outer) == &outer);
        error_report("bottom");
        g_assert_true(loc_push_restore(&saved) == &saved);
        error_report("pushed");
        loc_pop(&saved);
        error_report("bottom");
        return;
    }
    EXPECT_STDERR("prog: none\n"
                  "prog:inner:2: inner\n"
                  "prog:outer:1: outer\n"
                  "prog:outer:7: line only\n"
                  "prog:inner:2: restored\n"
                  "prog: bottom\n"
                  "prog:inner:2: pushed\n"
                  "prog: bottom\n");
}

static void test_pop_out_of_order_aborts(void)
{
    Location outer, inner;

    EXPECT_ABORT(loc_push_none(&outer);
                 loc_push_none(&inner);
                 loc_pop(&outer),
                 "*loc_pop: *");
}

static void test_push_twice_aborts(void)
{
    Location loc;

    EXPECT_ABORT(loc_push_none(&loc);
                 loc_push_restore(&loc),
                 "*loc_push_restore: *");
}

static void test_restore_from_the_stack_aborts(void)
{
    Location loc;

    EXPECT_ABORT(loc_push_none(&loc);
                 loc_restore(&loc),
                 "*loc_restore: *");
}

static void test_line_without_file_aborts(void)
{
    EXPECT_ABORT(loc_set_file(NULL, 3),
                 "*loc_set_file: *");
}

/* error_init() */

static void test_init_names_the_program_and_takes_over_logging(void)
{
    if (g_test_subprocess()) {
        g_setenv("G_MESSAGES_DEBUG", "wanted", TRUE);
        error_init("/usr/bin/tool");
        g_assert_cmpstr(g_get_prgname(), ==, "tool");
        /* Test programs make warnings fatal; this is not about that. */
        g_log_set_always_fatal(G_LOG_FATAL_MASK);
        g_log("dom", G_LOG_LEVEL_MESSAGE, "message");
        g_log("dom", G_LOG_LEVEL_WARNING, "warning");
        g_log("dom", G_LOG_LEVEL_CRITICAL, "critical");
        g_log("dom", G_LOG_LEVEL_DEBUG, "debug");
        g_log("wanted", G_LOG_LEVEL_DEBUG, "debug");
        g_log("ant", G_LOG_LEVEL_INFO, "info");
        g_log(NULL, G_LOG_LEVEL_MESSAGE, "message");
        g_log(NULL, G_LOG_LEVEL_DEBUG, "debug");
        return;
    }
    EXPECT_STDERR("tool: info: dom: message\n"
                  "tool: warning: dom: warning\n"
                  "tool: dom: critical\n"
                  "tool: info: wanted: debug\n"
                  "tool: info: ant: info\n"
                  "tool: info: message\n");
}

static void test_init_with_all_debug_messages(void)
{
    if (g_test_subprocess()) {
        g_setenv("G_MESSAGES_DEBUG", "all", TRUE);
        error_init("tool");
        g_log("dom", G_LOG_LEVEL_DEBUG, "debug");
        g_log(NULL, G_LOG_LEVEL_DEBUG, "debug");
        /* Not g_setenv(), which would log as well. */
        setenv("G_MESSAGES_DEBUG", "", 1);
        g_log("dom", G_LOG_LEVEL_DEBUG, "still");
        return;
    }
    EXPECT_STDERR("tool: info: dom: debug\n"
                  "tool: info: debug\n"
                  "tool: info: dom: still\n");
}

/* Where it goes */

static void test_silenced_tests_write_to_the_test_log(void)
{
    int fds[2];
    pid_t pid;
    int status;
    char c;

    testing_pipe(fds);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(fds[1], STDERR_FILENO);
        dup2(null, STDOUT_FILENO);
        g_setenv("QTEST_SILENT_ERRORS", "", TRUE);
        error_report("nobody sees this");
        g_assert_cmpint(error_printf("or this\n"), ==, 8);
        _exit(0);
    }
    close(fds[1]);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpint(read(fds[0], &c, 1), ==, 0);
    close(fds[0]);
}

static void test_test_subprocesses_are_never_silenced(void)
{
    if (g_test_subprocess()) {
        g_set_prgname("prog");
        g_setenv("QTEST_SILENT_ERRORS", "1", TRUE);
        error_report("visible");
        return;
    }
    EXPECT_STDERR("prog: visible\n");
}

#define THREADS 4
#define LINES 200

static gpointer report_lines(gpointer letter)
{
    g_autofree char *text = g_strnfill(100, *(char *)letter);

    for (int i = 0; i < LINES; i++) {
        warn_report("%s", text);
    }
    return NULL;
}

/* One line is one write, even on an unbuffered stream. */
static void test_lines_of_threads_do_not_mix(void)
{
    g_autofree char *dir = NULL;
    g_autofree char *path = NULL;
    g_autofree char *content = NULL;
    g_auto(GStrv) lines = NULL;
    pid_t pid;
    int status;

    dir = testing_make_dir();
    path = g_build_filename(dir, "stderr", NULL);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        GThread *threads[THREADS];
        char letters[THREADS];
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

        dup2(fd, STDERR_FILENO);
        /* What nothing points to any more when a process ends looks like a leak. */
        g_clear_pointer(&path, g_free);
        g_set_prgname(NULL);
        for (int i = 0; i < THREADS; i++) {
            letters[i] = (char)('a' + i);
            threads[i] = g_thread_new("report", report_lines, &letters[i]);
        }
        for (int i = 0; i < THREADS; i++) {
            g_thread_join(threads[i]);
        }
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    lines = g_strsplit(content, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, THREADS * LINES + 1);
    for (int i = 0; i < THREADS * LINES; i++) {
        g_autofree char *text = NULL;

        g_assert_cmpuint(strlen(lines[i]), ==, 109);
        text = g_strnfill(100, lines[i][9]);
        g_assert_true(g_str_has_prefix(lines[i], "warning: "));
        g_assert_cmpstr(lines[i] + 9, ==, text);
    }
    testing_remove_dir(g_steal_pointer(&dir));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);

#define ADD(path, function) testing_add("/error-report/" path, function)
    ADD("line/no-program", test_lines_without_program_name);
    ADD("line/program", test_lines_with_program_name);
    ADD("line/argv0", test_program_name_is_argv0);
    ADD("line/va-list", test_reports_with_argument_lists);
    ADD("line/printf", test_printf_adds_nothing);
    ADD("line/timestamp", test_timestamps_are_iso_8601);
    ADD("line/guest", test_guest_name_needs_switch_and_name);
    ADD("line/once", test_once_reports_once);
    ADD("location/nest", test_locations_nest);
    ADD("location/pop-order", test_pop_out_of_order_aborts);
    ADD("location/push-twice", test_push_twice_aborts);
    ADD("location/restore", test_restore_from_the_stack_aborts);
    ADD("location/line", test_line_without_file_aborts);
    ADD("init/domains", test_init_names_the_program_and_takes_over_logging);
    ADD("init/all", test_init_with_all_debug_messages);
    ADD("output/silent", test_silenced_tests_write_to_the_test_log);
    ADD("output/test-child", test_test_subprocesses_are_never_silenced);
    ADD("output/threads", test_lines_of_threads_do_not_mix);
    return g_test_run();
}
