/*
 * Module initialisers: they run once, whoever asks for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qom/object.h"
#include "testing.h"

static int first_runs, second_runs, block_runs, late_runs;

static void register_type_called(const char *name)
{
    const TypeInfo info = {
        .name = name, .parent = TYPE_OBJECT, .instance_size = sizeof(Object),
    };

    type_register(&info);
}

static void register_first(void)
{
    first_runs++;
    /* Needs what the next initialiser registers. */
    g_assert_nonnull(object_class_by_name("module-second"));
    register_type_called("module-first");
    /* A nested call does nothing. */
    module_call_init(MODULE_INIT_QOM);
}
type_init(register_first)

static void register_second(void)
{
    second_runs++;
    register_type_called("module-second");
}
type_init(register_second);

static void init_block(void)
{
    block_runs++;
}
block_init(init_block)

static void register_late(void)
{
    late_runs++;
    register_type_called("module-late");
}

/* Runs before anything else: nobody called module_call_init(). */
static void test_types_need_no_call(void)
{
    Object *obj;

    g_assert_cmpint(first_runs, ==, 0);
    obj = object_new("container");
    object_unref(obj);
    obj = object_new("module-first");
    object_unref(obj);
    g_assert_cmpint(first_runs, ==, 1);
    g_assert_cmpint(second_runs, ==, 1);
    g_assert_cmpint(block_runs, ==, 0);
}

static void test_calls_can_be_repeated(void)
{
    module_call_init(MODULE_INIT_QOM);
    module_call_init(MODULE_INIT_QOM);
    g_assert_cmpint(first_runs, ==, 1);
    module_call_init(MODULE_INIT_BLOCK);
    module_call_init(MODULE_INIT_BLOCK);
    g_assert_cmpint(block_runs, ==, 1);
    register_module_init(init_block, MODULE_INIT_BLOCK);
    module_call_init(MODULE_INIT_BLOCK);
    g_assert_cmpint(block_runs, ==, 2);
}

static gpointer look_up(gpointer data)
{
    (void)data;
    g_assert_nonnull(object_class_by_name("module-late"));
    return NULL;
}

static void test_late_ones_run_on_the_next_lookup(void)
{
    GThread *threads[8];

    g_assert_null(object_class_by_name("module-late"));
    register_dso_module_init(register_late, MODULE_INIT_QOM);
    for (int i = 0; i < 8; i++) {
        threads[i] = g_thread_new("late", look_up, NULL);
    }
    for (int i = 0; i < 8; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(late_runs, ==, 1);
}

static int order;

static void run_third(void)
{
    g_assert_cmpint(order++, ==, 2);
}

static void run_first(void)
{
    g_assert_cmpint(order++, ==, 0);
    register_module_init(run_third, MODULE_INIT_OPTS);
}

static void run_second(void)
{
    g_assert_cmpint(order++, ==, 1);
}

static void test_order(void)
{
    register_module_init(run_first, MODULE_INIT_OPTS);
    register_module_init(run_second, MODULE_INIT_OPTS);
    module_call_init(MODULE_INIT_OPTS);
    g_assert_cmpint(order, ==, 3);
}

static void test_there_are_no_modules(void)
{
    g_assert_cmpint(block_module_load("x", NULL), ==, 0);
    g_assert_cmpint(module_load_qom("x", NULL), ==, 2);
    module_load_qom_all();
    module_allow_arch("x86_64");
}

static void test_bad_kind(void)
{
    if (g_test_subprocess()) {
        module_call_init(MODULE_INIT_MAX);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("module_call_init: 8 *");
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/module/types-need-no-call", test_types_need_no_call);
    testing_add("/module/calls-can-be-repeated", test_calls_can_be_repeated);
    testing_add("/module/late-ones-run-on-the-next-lookup",
                test_late_ones_run_on_the_next_lookup);
    testing_add("/module/order", test_order);
    testing_add("/module/there-are-no-modules", test_there_are_no_modules);
    g_test_add_func("/module/death/bad-kind", test_bad_kind);
    return g_test_run();
}
