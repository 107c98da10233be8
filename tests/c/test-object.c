/*
 * Creation, references and finalisation of objects.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "testing.h"

QEMU_BUILD_BUG_ON(sizeof(Object) != 40);
QEMU_BUILD_BUG_ON(sizeof(ObjectClass) != 96);
QEMU_BUILD_BUG_ON(sizeof(InterfaceClass) != 112);
QEMU_BUILD_BUG_ON(sizeof(TypeInfo) != 104);
QEMU_BUILD_BUG_ON(sizeof(ObjectProperty) != 80);
QEMU_BUILD_BUG_ON(sizeof(ObjectPropertyIterator) != 48);
QEMU_BUILD_BUG_ON(offsetof(Object, ref) != 24);
QEMU_BUILD_BUG_ON(offsetof(ObjectClass, unparent) != 80);
QEMU_BUILD_BUG_ON(offsetof(InterfaceClass, interface_type) != 104);
QEMU_BUILD_BUG_ON(offsetof(TypeInfo, interfaces) != 96);

/* A type and its child note what happens to their instances. */

typedef struct {
    Object parent;
    int value;
} Noted;

static GString *trace;

static void base_init(Object *obj)
{
    g_assert_cmpuint(obj->ref, ==, 1);
    g_assert_null(obj->free);
    g_string_append(trace, "base+ ");
}

static void base_post_init(Object *obj)
{
    (void)obj;
    g_string_append(trace, "base! ");
}

static void base_finalize(Object *obj)
{
    g_assert_cmpuint(obj->ref, ==, 0);
    g_string_append(trace, "base- ");
}

static void leaf_init(Object *obj)
{
    (void)obj;
    g_string_append(trace, "leaf+ ");
}

static void leaf_finalize(Object *obj)
{
    (void)obj;
    g_string_append(trace, "leaf- ");
}

typedef struct {
    Object parent;
    char bytes[24];
} __attribute__((aligned(128))) Aligned;

static gint finalised, initialised_classes;

static void count_finalize(Object *obj)
{
    (void)obj;
    g_atomic_int_inc(&finalised);
}

static void slow_class_init(ObjectClass *oc, void *data)
{
    (void)oc;
    (void)data;
    g_atomic_int_inc(&initialised_classes);
    g_usleep(20000);
}

static const TypeInfo types[] = {
    { .name = "noted-leaf", .parent = "noted-base",
      .instance_init = leaf_init, .instance_finalize = leaf_finalize },
    { .name = "noted-base", .parent = TYPE_OBJECT,
      .instance_size = sizeof(Noted), .instance_init = base_init,
      .instance_post_init = base_post_init,
      .instance_finalize = base_finalize },
    { .name = "over-aligned", .parent = TYPE_OBJECT,
      .instance_size = sizeof(Aligned), .instance_align = 128 },
    { .name = "over-aligned-heir", .parent = "over-aligned" },
    { .name = "counted", .parent = TYPE_OBJECT,
      .instance_size = sizeof(Object), .instance_finalize = count_finalize },
    { .name = "raced", .parent = TYPE_OBJECT, .instance_size = sizeof(Object),
      .class_init = slow_class_init, .instance_finalize = count_finalize },
    { .name = "abstract", .parent = TYPE_OBJECT, .abstract = true,
      .instance_size = sizeof(Object) },
};
DEFINE_TYPES(types)

static void test_init_goes_down_and_finalize_up(void)
{
    Noted *noted;

    trace = g_string_new(NULL);
    noted = (Noted *)object_new("noted-leaf");
    g_assert_cmpstr(trace->str, ==, "base+ leaf+ base! ");
    g_assert_cmpint(noted->value, ==, 0);
    g_assert_cmpuint(noted->parent.ref, ==, 1);
    g_assert_true(noted->parent.free == g_free);
    g_assert_true(object_ref(noted) == &noted->parent);
    object_unref(noted);
    g_string_truncate(trace, 0);
    object_unref(noted);
    g_assert_cmpstr(trace->str, ==, "leaf- base- ");
    g_string_free(trace, TRUE);
}

static void test_null_is_nothing(void)
{
    Object *obj = NULL;

    g_assert_null(object_ref(NULL));
    object_unref(NULL);
    g_clear_pointer(&obj, object_unref);
}

static void test_autoptr(void)
{
    finalised = 0;
    {
        g_autoptr(Object) obj = object_new("counted");
        g_autoptr(Object) other =
            object_new_with_class(object_get_class(obj));
        g_assert_cmpstr(object_get_typename(other), ==, "counted");
    }
    g_assert_cmpint(finalised, ==, 2);
}

static void test_alignment(void)
{
    for (int i = 0; i < 20; i++) {
        g_autoptr(Object) obj = object_new("over-aligned");
        g_autoptr(Object) heir = object_new("over-aligned-heir");

        g_assert_cmpuint((uintptr_t)obj % 128, ==, 0);
        g_assert_cmpuint((uintptr_t)heir % 128, ==, 0);
    }
}

static void free_twice_seen(void *data)
{
    finalised += 100;
    g_free(data);
}

static void test_objects_in_place(void)
{
    struct {
        Object obj;
        unsigned char beyond[8];
    } place;
    Object *owned = g_malloc(sizeof(Object));

    finalised = 0;
    memset(&place, 0xaa, sizeof(place));
    object_initialize(&place, sizeof(place), "counted");
    g_assert_cmpuint(place.obj.ref, ==, 1);
    g_assert_null(place.obj.free);
    for (int i = 0; i < 8; i++) {
        g_assert_cmphex(place.beyond[i], ==, 0xaa);
    }
    object_unref(&place);
    g_assert_cmpint(finalised, ==, 1);
    object_initialize(owned, sizeof(*owned), "counted");
    owned->free = free_twice_seen;
    object_unref(owned);
    g_assert_cmpint(finalised, ==, 102);
}

/* Threads. */

enum { THREADS = 16, ROUNDS = 2000 };

static gpointer create_raced(gpointer start)
{
    while (!g_atomic_int_get((gint *)start)) {
    }
    for (int i = 0; i < 100; i++) {
        object_unref(object_new("raced"));
    }
    return NULL;
}

static void test_a_class_is_initialised_once(void)
{
    GThread *threads[THREADS];
    gint start = 0;

    finalised = 0;
    for (int i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("race", create_raced, &start);
    }
    g_atomic_int_set(&start, 1);
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(initialised_classes, ==, 1);
    g_assert_cmpint(finalised, ==, THREADS * 100);
}

static gpointer count_up_and_down(gpointer obj)
{
    for (int i = 0; i < ROUNDS; i++) {
        object_unref(object_ref(obj));
    }
    object_unref(obj);
    return NULL;
}

static void test_the_last_thread_finalises(void)
{
    GThread *threads[THREADS];
    Object *obj = object_new("counted");

    finalised = 0;
    for (int i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("count", count_up_and_down, object_ref(obj));
    }
    object_unref(obj);
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(finalised, ==, 1);
}

/* What aborts. */

static void die_abstract(void)
{
    object_new("abstract");
}

static void die_unknown(void)
{
    object_new("no-such-type");
}

static void die_null(void)
{
    object_new(NULL);
}

static void die_too_small(void)
{
    Noted noted;

    object_initialize(&noted, sizeof(noted) - 1, "noted-leaf");
}

static void die_initialize_unknown(void)
{
    Noted noted;

    object_initialize(&noted, sizeof(noted), "no-such-type");
}

static void die_initialize_abstract(void)
{
    Noted noted;

    object_initialize(&noted, sizeof(noted), "abstract");
}

static void die_too_many_unrefs(void)
{
    Object obj;

    object_initialize(&obj, sizeof(obj), "counted");
    object_unref(&obj);
    object_unref(&obj);
}

static void die_too_many_refs(void)
{
    Object *obj = object_new("counted");

    obj->ref = INT_MAX;
    object_ref(obj);
}

static const struct {
    const char *name;
    void (*func)(void);
    const char *message;
} deaths[] = {
    { "abstract", die_abstract, "object_new: *'abstract'*abstract*" },
    { "unknown", die_unknown, "object_new: *'no-such-type'*" },
    { "null", die_null, "object_new: *NULL*" },
    { "too-small", die_too_small, "object_initialize: *'noted-leaf'*" },
    { "initialize-unknown", die_initialize_unknown,
      "object_initialize: *'no-such-type'*" },
    { "initialize-abstract", die_initialize_abstract,
      "object_initialize: *'abstract'*abstract*" },
    { "too-many-unrefs", die_too_many_unrefs, "object_unref: *" },
    { "too-many-refs", die_too_many_refs, "object_ref: *" },
};

static void test_death(gconstpointer data)
{
    int i = GPOINTER_TO_INT(data);

    if (g_test_subprocess()) {
        deaths[i].func();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr(deaths[i].message);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/object/init-goes-down-and-finalize-up",
                test_init_goes_down_and_finalize_up);
    testing_add("/object/null-is-nothing", test_null_is_nothing);
    testing_add("/object/autoptr", test_autoptr);
    testing_add("/object/alignment", test_alignment);
    testing_add("/object/objects-in-place", test_objects_in_place);
    testing_add("/object/a-class-is-initialised-once",
                test_a_class_is_initialised_once);
    testing_add("/object/the-last-thread-finalises",
                test_the_last_thread_finalises);
    for (guint i = 0; i < ARRAY_SIZE(deaths); i++) {
        g_autofree char *path = g_strdup_printf("/object/death/%s",
                                                deaths[i].name);
        g_test_add_data_func(path, GINT_TO_POINTER(i), test_death);
    }
    return g_test_run();
}
