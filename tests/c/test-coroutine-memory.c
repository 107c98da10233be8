/*
 * The memory of coroutines: very many at once, none left, and the page below each
 * stack.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include "qemu/coroutine.h"
#include "qemu/thread.h"
#include "aborts.h"
#include "patience.h"
#include "testing.h"

static unsigned count_areas(void)
{
    g_autofree char *text = NULL;
    unsigned lines = 0;

    g_assert_true(g_file_get_contents("/proc/self/maps", &text, NULL, NULL));
    for (char *c = text; *c; c++) {
        lines += *c == '\n';
    }
    return lines;
}

static void coroutine_fn yield_once(void *opaque)
{
    qemu_coroutine_yield();
    ++*(unsigned *)opaque;
}

/* Returns how many areas the process had while they all lived. */
static unsigned live_at_once(unsigned n)
{
    Coroutine **all = g_new(Coroutine *, n);
    unsigned ended = 0, areas;

    for (unsigned i = 0; i < n; i++) {
        all[i] = qemu_coroutine_create(yield_once, &ended);
        qemu_coroutine_enter(all[i]);
    }
    areas = count_areas();
    for (unsigned i = 0; i < n; i++) {
        qemu_coroutine_enter(all[i]);
    }
    g_assert_cmpuint(ended, ==, n);
    g_free(all);
    return areas;
}

static void test_forty_thousand_at_once(void)
{
    if (g_test_subprocess()) {
        aborts_begin();
        g_print("all of them, in %u areas\n", live_at_once(rounds(40000)));
        _exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    if (g_test_trap_has_passed()) {
        g_test_trap_assert_stdout("*all of them*");
        g_test_message("%u coroutines lived at once", rounds(40000));
    } else {
        /* Before Linux 6.13 the guard pages use the process's areas up. */
        g_test_trap_assert_stdout("*aborting*");
        g_test_trap_assert_stderr("*qemu_coroutine_create: out of memory for a stack*");
        g_test_message("%u coroutines are too many for the system, which was said",
                       rounds(40000));
    }
}

static void test_no_memory_aborts(void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };

    if (is_under_valgrind() || is_under_sanitizer()) {
        g_test_skip("valgrind and sanitizers need the memory that would be forbidden");
        return;
    }
    ABORTS_SAYING("qemu_coroutine_create: out of memory for a stack");
    setrlimit(RLIMIT_AS, &limit);
    live_at_once(1000);
}

/* The pool keeps stacks, but not all of them, and not for ever. */

/* In MiB: what is mapped, touched or not. */
static unsigned count_mapped(void)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    return g_ascii_strtoull(text, NULL, 10) * sysconf(_SC_PAGESIZE) >> 20;
}

typedef struct Usage {
    unsigned areas, mapped;
} Usage;

static Usage measure(void)
{
    return (Usage) { .areas = count_areas(), .mapped = count_mapped() };
}

static void *burst(void *opaque)
{
    live_at_once(10000);
    *(Usage *)opaque = measure();
    return NULL;
}

static void assert_keeps(const Usage *now, const Usage *before, unsigned stacks)
{
    /* Two areas and more than a mebibyte for each; the thread has some, too. */
    g_assert_cmpuint(now->areas, <, before->areas + 2 * stacks + 100);
    g_assert_cmpuint(now->mapped, <, before->mapped + 2 * stacks + 200);
}

static void test_stacks_are_given_back(void)
{
    enum { BATCH = 128 };
    Usage before = measure(), after_burst, after_thread;
    QemuThread thread;

    if (is_under_valgrind()) {
        g_test_skip("valgrind has mappings of its own for every stack");
        return;
    }
    if (is_under_thread_sanitizer()) {
        g_test_skip("ThreadSanitizer cannot follow so many stacks");
        return;
    }
    qemu_thread_create(&thread, "burst", burst, &after_burst, QEMU_THREAD_JOINABLE);
    qemu_thread_join(&thread);
    after_thread = measure();
    /* Two batches for the thread and two for all threads. */
    assert_keeps(&after_burst, &before, 4 * BATCH);
    assert_keeps(&after_thread, &before, 2 * BATCH);
}

static void coroutine_fn set_flag(void *opaque)
{
    *(bool *)opaque = true;
}

static void test_pool_size_does_not_wrap(void)
{
    bool done = false;

    qemu_coroutine_dec_pool_size(UINT_MAX);
    qemu_coroutine_inc_pool_size(UINT_MAX);
    qemu_coroutine_inc_pool_size(UINT_MAX);
    qemu_coroutine_enter(qemu_coroutine_create(set_flag, &done));
    g_assert_true(done);
    qemu_coroutine_dec_pool_size(UINT_MAX);
    qemu_coroutine_dec_pool_size(UINT_MAX);
}

/* What is left of a stack is below 1 MiB only by what the entry needs. */
static void coroutine_fn use_a_mebibyte(void *opaque)
{
    volatile char buffer[(1 << 20) - 1024];

    memset((char *)buffer, 1, sizeof(buffer));
    qemu_coroutine_yield();
    *(bool *)opaque = buffer[0] == 1 && buffer[sizeof(buffer) - 1] == 1;
}

static void test_a_stack_has_a_mebibyte(void)
{
    bool done = false;
    Coroutine *co = qemu_coroutine_create(use_a_mebibyte, &done);

    qemu_coroutine_enter(co);
    qemu_coroutine_enter(co);
    g_assert_true(done);
}

static int QEMU_NOINLINE overflow(int depth)
{
    volatile char frame[512];

    frame[0] = (char)depth;
    return depth == INT_MAX ? frame[0] : overflow(depth + 1) + frame[0];
}

static void coroutine_fn overflow_stack(void *opaque)
{
    *(int *)opaque = overflow(0);
}

static void exit_overflown(int signal)
{
    static const char text[] = "a fault\n";
    ssize_t ignored = write(STDOUT_FILENO, text, sizeof(text) - 1);

    (void)ignored;
    _exit(86);
}

/* Below the stack there is another one, and nothing of it may be overwritten. */
static void overflow_beside_another(void)
{
    static char memory[65536];
    stack_t other = { .ss_sp = memory, .ss_size = sizeof(memory) };
    struct sigaction action = { .sa_handler = exit_overflown,
                                .sa_flags = SA_ONSTACK };
    unsigned ended = 0;
    int result = 0;
    Coroutine *co = qemu_coroutine_create(overflow_stack, &result);

    qemu_coroutine_enter(qemu_coroutine_create(yield_once, &ended));
    sigaltstack(&other, NULL);
    sigaction(SIGSEGV, &action, NULL);
    qemu_coroutine_enter(co);
    g_print("survived %d\n", result);
}

static void test_overflow_is_a_fault(void)
{
    if (g_test_subprocess()) {
        overflow_beside_another();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stdout("*a fault*");
    g_test_trap_assert_stdout_unmatched("*survived*");
}

/* Locked memory takes the older kind of guard page. */
static void test_overflow_in_locked_memory_is_a_fault(void)
{
    if (g_test_subprocess()) {
        if (mlockall(MCL_FUTURE | MCL_ONFAULT) < 0) {
            g_print("locking: %s\n", g_strerror(errno));
            _exit(0);
        }
        overflow_beside_another();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    if (g_test_trap_has_passed()) {
        g_test_trap_assert_stdout("*locking:*");
        g_test_skip("the process may not lock its memory");
        return;
    }
    g_test_trap_assert_stdout("*a fault*");
    g_test_trap_assert_stdout_unmatched("*survived*");
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/coroutine-memory/many", test_forty_thousand_at_once);
    testing_add("/coroutine-memory/none", test_no_memory_aborts);
    testing_add("/coroutine-memory/pool/give-back", test_stacks_are_given_back);
    testing_add("/coroutine-memory/pool/size", test_pool_size_does_not_wrap);
    testing_add("/coroutine-memory/size", test_a_stack_has_a_mebibyte);
    testing_add("/coroutine-memory/overflow", test_overflow_is_a_fault);
    testing_add("/coroutine-memory/overflow-locked",
                test_overflow_in_locked_memory_is_a_fault);
    return g_test_run();
}
