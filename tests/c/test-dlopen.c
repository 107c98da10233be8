/*
 * The library in a program that loads it late: its thread-locals are there in threads
 * that were so before, and in new ones.
 *
 *     test-dlopen LIBRARY
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <dlfcn.h>
#include <glib.h>
#include <stdbool.h>

typedef struct Coroutine Coroutine;
typedef void CoroutineEntry(void *opaque);

static Coroutine *(*create)(CoroutineEntry *entry, void *opaque);
static void (*enter)(Coroutine *co);
static void (*yield)(void);
static bool (*in_coroutine)(void);

static void find(void *library, const char *name, void *function)
{
    *(void **)function = dlsym(library, name);
    g_assert_nonnull(*(void **)function);
}

static void load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (!library) {
        g_error("%s", dlerror());
    }
    find(library, "qemu_coroutine_create", &create);
    find(library, "qemu_coroutine_enter", &enter);
    find(library, "qemu_coroutine_yield", &yield);
    find(library, "qemu_in_coroutine", &in_coroutine);
}

static void yield_once(void *opaque)
{
    yield();
    g_assert_true(in_coroutine());
    ++*(int *)opaque;
}

static gpointer use(gpointer opaque)
{
    int ended = 0;

    for (int i = 1; i <= 100; i++) {
        Coroutine *co = create(yield_once, &ended);

        enter(co);
        g_assert_false(in_coroutine());
        enter(co);
        g_assert_cmpint(ended, ==, i);
    }
    return NULL;
}

static GMutex loading;

static gpointer use_when_loaded(gpointer opaque)
{
    g_mutex_lock(&loading);
    g_mutex_unlock(&loading);
    return use(opaque);
}

static void test_load(gconstpointer path)
{
    GThread *before, *after;

    g_mutex_lock(&loading);
    before = g_thread_new("before", use_when_loaded, NULL);
    load(path);
    g_mutex_unlock(&loading);
    after = g_thread_new("after", use, NULL);
    use(NULL);
    g_thread_join(before);
    g_thread_join(after);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    g_test_add_data_func("/dlopen", argv[1], test_load);
    return g_test_run();
}
