/*
 * Types, their classes, casts and interfaces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qom/object.h"
#include "testing.h"

/* A chain of three that notes the order of the class callbacks. */

static GString *trace;

static void note(const char *what, ObjectClass *oc, void *data)
{
    g_string_append_printf(trace, "%s(%s,%s) ", what,
                           object_class_get_name(oc), (char *)data);
}

#define NOTES(letter)                                                       \
    static void letter ## _class_init(ObjectClass *oc, void *data)          \
    {                                                                       \
        note(#letter, oc, data);                                            \
    }                                                                       \
    static void letter ## _base_init(ObjectClass *oc, void *data)           \
    {                                                                       \
        note(#letter "base", oc, data);                                     \
    }
NOTES(a)
NOTES(b)
NOTES(c)

typedef struct {
    Object parent;
    char more[100];
} Big;

typedef struct {
    ObjectClass parent;
    int (*method)(void);
} BigClass;

static void test_callbacks_run_from_the_nearest_ancestor_up(void)
{
    /* The youngest first: parents are looked up later. */
    TypeInfo c = {
        .name = "chain-c", .parent = "chain-b", .class_init = c_class_init,
        .class_base_init = c_base_init, .class_data = (void *)"C",
    };
    TypeInfo b = {
        .name = "chain-b", .parent = "chain-a", .class_init = b_class_init,
        .class_base_init = b_base_init, .class_data = (void *)"B",
    };
    TypeInfo a = {
        .name = "chain-a", .parent = TYPE_OBJECT,
        .instance_size = sizeof(Big), .class_size = sizeof(BigClass),
        .class_init = a_class_init, .class_base_init = a_base_init,
        .class_data = (void *)"A",
    };
    Object *obj;

    trace = g_string_new(NULL);
    type_register(&c);
    type_register(&b);
    type_register_static(&a);
    g_assert_cmpstr(trace->str, ==, "");
    obj = object_new("chain-c");
    g_assert_cmpstr(trace->str, ==,
                    "a(chain-a,A) abase(chain-b,B) b(chain-b,B) "
                    "bbase(chain-c,C) abase(chain-c,C) c(chain-c,C) ");
    object_unref(obj);
    obj = object_new("chain-c");
    g_assert_cmpuint(object_type_get_instance_size("chain-c"), ==, sizeof(Big));
    g_assert_cmpint(trace->len, ==, strlen(
                    "a(chain-a,A) abase(chain-b,B) b(chain-b,B) "
                    "bbase(chain-c,C) abase(chain-c,C) c(chain-c,C) "));
    object_unref(obj);
    g_string_free(trace, TRUE);
}

static int answer(void)
{
    return 42;
}

static void noop_unparent(Object *obj)
{
    (void)obj;
}

static void method_class_init(ObjectClass *oc, void *data)
{
    (void)data;
    ((BigClass *)oc)->method = answer;
    oc->unparent = noop_unparent;
    /* The class under construction is found already. */
    g_assert_true(object_class_by_name("with-method") == oc);
}

static void test_class_bytes_are_inherited(void)
{
    const TypeInfo infos[] = {
        { .name = "with-method", .parent = TYPE_OBJECT, .abstract = true,
          .instance_size = sizeof(Big), .class_size = sizeof(BigClass),
          .class_init = method_class_init },
        { .name = "inherits-method", .parent = "with-method" },
    };
    ObjectClass *oc;

    type_register_static_array(infos, ARRAY_SIZE(infos));
    oc = object_class_by_name("inherits-method");
    g_assert_nonnull(oc);
    g_assert_true(((BigClass *)oc)->method == answer);
    g_assert_true(oc->unparent == noop_unparent);
    g_assert_false(object_class_is_abstract(oc));
    g_assert_true(object_class_is_abstract(object_class_get_parent(oc)));
    g_assert_cmpstr(object_class_get_name(object_class_get_parent(oc)), ==,
                    "with-method");
    g_assert_null(object_class_get_parent(object_class_by_name(TYPE_OBJECT)));
    g_assert_null(object_class_get_parent(object_class_by_name("interface")));
}

static void test_names_are_copied(void)
{
    g_autofree char *name = g_strdup("qemu:any 'name'");
    g_autofree char *parent = g_strdup(TYPE_OBJECT);
    const TypeInfo info = {
        .name = name, .parent = parent, .instance_size = sizeof(Object),
    };
    Object *obj;

    type_register(&info);
    memset(name, 'x', strlen(name));
    memset(parent, 'x', strlen(parent));
    obj = object_new("qemu:any 'name'");
    g_assert_cmpstr(object_get_typename(obj), ==, "qemu:any 'name'");
    g_assert_true(object_get_class(obj) ==
                  object_class_by_name("qemu:any 'name'"));
    object_unref(obj);
}

static void test_lookup_of_nothing(void)
{
    g_assert_null(object_class_by_name(NULL));
    g_assert_null(object_class_by_name("no-such-type"));
    g_assert_null(module_object_class_by_name("no-such-type"));
    g_assert_true(module_object_class_by_name("container") ==
                  object_class_by_name("container"));
}

/* The same memory may hold another name later. */
static void test_a_name_is_compared_by_content(void)
{
    char name[32] = "container";
    Object *obj = object_new(name);

    g_assert_true(object_dynamic_cast(obj, name) == obj);
    g_assert_true(object_dynamic_cast_assert(obj, name, "f", 1, "g") == obj);
    strcpy(name, "object");
    g_assert_true(object_dynamic_cast_assert(obj, name, "f", 1, "g") == obj);
    g_assert_true(object_class_by_name(name) ==
                  object_class_get_parent(object_get_class(obj)));
    strcpy(name, "interface");
    g_assert_null(object_dynamic_cast(obj, name));
    object_unref(obj);
}

static void count_class(ObjectClass *oc, void *opaque)
{
    static bool registered;
    (void)oc;
    if (!registered) {
        const TypeInfo info = { .name = "made-in-walk", .parent = TYPE_OBJECT };
        registered = true;
        type_register(&info);
    }
    (*(int *)opaque)++;
}

static void test_walks_over_classes(void)
{
    int all = 0, concrete = 0;
    GSList *list, *node;

    object_class_foreach(count_class, NULL, true, &all);
    object_class_foreach(count_class, TYPE_OBJECT, false, &concrete);
    g_assert_cmpint(concrete, >, 0);
    g_assert_cmpint(all, >, concrete);
    list = object_class_get_list(TYPE_OBJECT, false);
    g_assert_cmpint(g_slist_length(list), ==, concrete);
    g_slist_free(list);
    list = object_class_get_list_sorted(NULL, true);
    for (node = list; node && node->next; node = node->next) {
        g_assert_cmpint(g_ascii_strcasecmp(
                            object_class_get_name(node->data),
                            object_class_get_name(node->next->data)), <, 0);
    }
    g_slist_free(list);
}

/* Interfaces. */

typedef struct {
    InterfaceClass parent;
    const char *(*name)(void);
    int based;
} NamerClass;

#define TYPE_NAMER "test-namer"
typedef struct Namer Namer;
DECLARE_CLASS_CHECKERS(NamerClass, NAMER, TYPE_NAMER)
#define NAMER(obj) INTERFACE_CHECK(Namer, (obj), TYPE_NAMER)

static const char *name_one(void)
{
    return "one";
}

static const char *name_two(void)
{
    return "two";
}

static void namer_base_init(ObjectClass *oc, void *data)
{
    g_assert_null(data);
    ((NamerClass *)oc)->based++;
}

static void one_class_init(ObjectClass *oc, void *data)
{
    (void)data;
    g_assert_null(NAMER_CLASS(oc)->name);
    NAMER_CLASS(oc)->name = name_one;
}

static void two_class_init(ObjectClass *oc, void *data)
{
    (void)data;
    g_assert_true(NAMER_CLASS(oc)->name == name_one);
    NAMER_CLASS(oc)->name = name_two;
}

static void register_namers(void)
{
    const TypeInfo infos[] = {
        { .name = TYPE_NAMER, .parent = TYPE_INTERFACE,
          .class_size = sizeof(NamerClass),
          .class_base_init = namer_base_init },
        { .name = "test-namer-left", .parent = TYPE_NAMER },
        { .name = "test-namer-right", .parent = TYPE_NAMER },
        { .name = "namer-one", .parent = TYPE_OBJECT,
          .instance_size = sizeof(Object), .class_init = one_class_init,
          .interfaces = (InterfaceInfo[]) { { TYPE_NAMER }, { } } },
        { .name = "namer-heir", .parent = "namer-one",
          /* Covered by what the parent brings. */
          .interfaces = (InterfaceInfo[]) { { TYPE_NAMER }, { } } },
        { .name = "namer-two", .parent = "namer-one",
          .class_init = two_class_init },
        { .name = "namer-torn", .parent = TYPE_OBJECT,
          .instance_size = sizeof(Object),
          .interfaces = (InterfaceInfo[]) {
              { "test-namer-left" }, { "test-namer-right" }, { } } },
    };

    type_register_static_array(infos, ARRAY_SIZE(infos));
}

static void test_interface_methods_are_inherited_and_overridden(void)
{
    Object *one = object_new("namer-one"), *heir = object_new("namer-heir");
    Object *two = object_new("namer-two");

    g_assert_true((void *)NAMER(one) == one);
    g_assert_true((void *)NAMER_GET_CLASS(one) != object_get_class(one));
    g_assert_true(NAMER_GET_CLASS(one) != NAMER_GET_CLASS(heir));
    g_assert_cmpstr(NAMER_GET_CLASS(one)->name(), ==, "one");
    g_assert_cmpstr(NAMER_GET_CLASS(heir)->name(), ==, "one");
    g_assert_cmpstr(NAMER_GET_CLASS(two)->name(), ==, "two");
    g_assert_true(NAMER_GET_CLASS(heir)->parent.concrete_class ==
                  object_get_class(heir));
    g_assert_cmpstr(object_class_get_name(
                        OBJECT_CLASS(NAMER_GET_CLASS(heir))), ==,
                    "namer-heir::test-namer");
    g_assert_null(object_class_by_name("namer-heir::test-namer"));
    g_assert_cmpint(NAMER_GET_CLASS(one)->based, ==, 1);
    g_assert_cmpint(NAMER_GET_CLASS(two)->based, ==, 2);
    /* The interface's own class has nobody's methods. */
    g_assert_null(((NamerClass *)object_class_by_name(TYPE_NAMER))->name);
    g_assert_cmpuint(g_slist_length(object_get_class(heir)->interfaces), ==, 1);
    g_assert_true(INTERFACE_CLASS(NAMER_GET_CLASS(one)) ==
                  &NAMER_GET_CLASS(one)->parent);
    object_unref(one);
    object_unref(heir);
    object_unref(two);
}

static void test_casts(void)
{
    Object *one = object_new("namer-one"), *torn = object_new("namer-torn");
    Object *plain = object_new("container");
    ObjectClass *oc = object_get_class(one);

    g_assert_null(object_dynamic_cast(NULL, TYPE_OBJECT));
    g_assert_null(object_class_dynamic_cast(NULL, TYPE_OBJECT));
    g_assert_null(OBJECT(NULL));
    g_assert_null(NAMER(NULL));
    g_assert_null(NAMER_CLASS(NULL));
    g_assert_true(object_dynamic_cast(one, TYPE_OBJECT) == one);
    g_assert_true(object_dynamic_cast(one, TYPE_NAMER) == one);
    g_assert_null(object_dynamic_cast(one, "container"));
    g_assert_null(object_dynamic_cast(one, "no-such-type"));
    g_assert_null(object_dynamic_cast(plain, TYPE_NAMER));
    g_assert_true(object_class_dynamic_cast(oc, "namer-one") == oc);
    g_assert_true(object_class_dynamic_cast(oc, TYPE_OBJECT) == oc);
    g_assert_nonnull(object_class_dynamic_cast(oc, TYPE_NAMER));
    g_assert_true(object_class_dynamic_cast(oc, TYPE_NAMER) != oc);
    /* Two interface classes match: neither is the one. */
    g_assert_null(object_dynamic_cast(torn, TYPE_NAMER));
    g_assert_true(object_dynamic_cast(torn, "test-namer-left") == torn);
    /* Through the cache, over and over. */
    for (int i = 0; i < 10; i++) {
        const char *const names[] = {
            TYPE_OBJECT, TYPE_NAMER, "namer-one", TYPE_INTERFACE,
        };
        const char *name = names[i % 4];

        g_assert_true(object_dynamic_cast_assert(one, name, "f", 1, "g") ==
                      one);
        g_assert_true(object_class_dynamic_cast_assert(oc, name, "f", 1, "g")
                      == object_class_dynamic_cast(oc, name));
    }
    object_unref(one);
    object_unref(torn);
    object_unref(plain);
}

static void test_more_interfaces_than_anybody_has(void)
{
    enum { COUNT = 40 };
    InterfaceInfo list[COUNT + 1] = { };
    TypeInfo impl = {
        .name = "many-interfaces", .parent = TYPE_OBJECT,
        .instance_size = sizeof(Object), .interfaces = list,
    };
    Object *obj;

    for (int i = 0; i < COUNT; i++) {
        g_autofree char *name = g_strdup_printf("interface-%d", i);
        TypeInfo info = { .name = name, .parent = TYPE_INTERFACE };

        type_register(&info);
        list[i].type = object_class_get_name(object_class_by_name(name));
    }
    type_register(&impl);
    obj = object_new("many-interfaces");
    g_assert_true(object_dynamic_cast(obj, "interface-39") == obj);
    object_unref(obj);
}

/* The macros that define types. */

#define TYPE_MACRO_BASE "macro-base"
OBJECT_DECLARE_TYPE(MacroBase, MacroBaseClass, MACRO_BASE)
struct MacroBase {
    Object parent_obj;
    int value;
};
struct MacroBaseClass {
    ObjectClass parent_class;
    int value;
};
OBJECT_DEFINE_ABSTRACT_TYPE(MacroBase, macro_base, MACRO_BASE, OBJECT)
static void macro_base_init(Object *obj)
{
    MACRO_BASE(obj)->value = 1;
}
static void macro_base_finalize(Object *obj)
{
    g_assert_cmpint(MACRO_BASE(obj)->value, ==, 2);
}
static void macro_base_class_init(ObjectClass *oc, void *data)
{
    (void)data;
    MACRO_BASE_CLASS(oc)->value = 3;
}

#define TYPE_MACRO_LEAF "macro-leaf"
OBJECT_DECLARE_SIMPLE_TYPE(MacroLeaf, MACRO_LEAF)
struct MacroLeaf {
    MacroBase parent_obj;
};
typedef MacroBaseClass MacroLeafClass;
OBJECT_DEFINE_TYPE_WITH_INTERFACES(MacroLeaf, macro_leaf, MACRO_LEAF,
                                   MACRO_BASE, { TYPE_NAMER }, { NULL });
static void macro_leaf_init(Object *obj)
{
    MACRO_BASE(obj)->value++;
}
static void macro_leaf_finalize(Object *obj)
{
    (void)obj;
}
static void macro_leaf_class_init(ObjectClass *oc, void *data)
{
    (void)oc;
    (void)data;
}

static const TypeInfo array_types[] = {
    { .name = "array-1", .parent = TYPE_OBJECT, .instance_size = 40 },
    { .name = "array-2", .parent = "array-1" },
};
DEFINE_TYPES(array_types)

static void test_macros_define_types(void)
{
    g_autoptr(MacroLeaf) leaf = MACRO_LEAF(object_new(TYPE_MACRO_LEAF));
    g_autoptr(Object) two = object_new("array-2");

    g_assert_cmpint(leaf->parent_obj.value, ==, 2);
    g_assert_cmpint(MACRO_BASE_GET_CLASS(leaf)->value, ==, 3);
    g_assert_true(object_class_is_abstract(
                      object_class_by_name(TYPE_MACRO_BASE)));
    g_assert_nonnull(NAMER(leaf));
    g_assert_nonnull(object_dynamic_cast(two, "array-1"));
}

/* What aborts. */

static void die_duplicate(void)
{
    const TypeInfo info = { .name = "container", .parent = TYPE_OBJECT };
    object_class_by_name("container");
    type_register(&info);
}

static void die_no_parent(void)
{
    const TypeInfo info = { .name = "orphan" };
    type_register(&info);
}

static void die_unknown_parent(void)
{
    const TypeInfo info = {
        .name = "heir", .parent = "nobody", .instance_size = 40,
    };
    type_register(&info);
    object_class_by_name("heir");
}

static void die_unknown_interface(void)
{
    const TypeInfo info = {
        .name = "implementer", .parent = TYPE_OBJECT,
        .interfaces = (InterfaceInfo[]) { { "no-interface" }, { } },
    };
    type_register(&info);
    object_class_by_name("implementer");
}

static void die_small_class(void)
{
    const TypeInfo info = {
        .name = "shrunk", .parent = TYPE_MACRO_BASE,
        .class_size = sizeof(ObjectClass),
    };
    type_register(&info);
    object_class_by_name("shrunk");
}

static void die_small_instance(void)
{
    const TypeInfo info = {
        .name = "shrunk", .parent = TYPE_MACRO_BASE,
        .instance_size = sizeof(Object),
    };
    type_register(&info);
    object_class_by_name("shrunk");
}

static void die_circle(void)
{
    const TypeInfo infos[] = {
        { .name = "egg", .parent = "hen" }, { .name = "hen", .parent = "egg" },
    };
    type_register_static_array(infos, 2);
    object_class_by_name("egg");
}

static void die_interface_with_size(void)
{
    const TypeInfo info = {
        .name = "fat-interface", .parent = TYPE_INTERFACE, .instance_size = 40,
    };
    type_register(&info);
    object_class_by_name("fat-interface");
}

static void die_cast(void)
{
    MACRO_LEAF(object_new("container"));
}

static void die_class_cast(void)
{
    MACRO_BASE_CLASS(object_class_by_name("container"));
}

static void die_reused_name(void)
{
    char name[16] = "object";
    Object *obj = object_new("container");

    object_dynamic_cast_assert(obj, name, "file.c", 7, "func");
    strcpy(name, "array-1");
    object_dynamic_cast_assert(obj, name, "file.c", 7, "func");
}

static void die_size_of_nothing(void)
{
    object_type_get_instance_size("no-such-type");
}

static const struct {
    const char *name;
    void (*func)(void);
    const char *message;
} deaths[] = {
    { "duplicate", die_duplicate, "*'container'*already*" },
    { "no-parent", die_no_parent, "*'orphan'*no parent*" },
    { "unknown-parent", die_unknown_parent, "*'heir'*'nobody'*" },
    { "unknown-interface", die_unknown_interface,
      "*'implementer'*'no-interface'*" },
    { "small-class", die_small_class, "*'shrunk'*class*" },
    { "small-instance", die_small_instance, "*'shrunk'*instances*" },
    { "circle", die_circle, "*ancestor of itself*" },
    { "interface-with-size", die_interface_with_size, "*'fat-interface'*" },
    { "cast", die_cast,
      "*test-object-class.c:*:MACRO_LEAF: *not an instance of*'macro-leaf'*" },
    { "class-cast", die_class_cast,
      "*:MACRO_BASE_CLASS: *not an instance of*'macro-base'*" },
    { "reused-name", die_reused_name, "file.c:7:func: *'array-1'*" },
    { "size-of-nothing", die_size_of_nothing, "*'no-such-type'*" },
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
    register_namers();
    testing_add("/class/callbacks-run-from-the-nearest-ancestor-up",
                test_callbacks_run_from_the_nearest_ancestor_up);
    testing_add("/class/class-bytes-are-inherited",
                test_class_bytes_are_inherited);
    testing_add("/class/names-are-copied", test_names_are_copied);
    testing_add("/class/lookup-of-nothing", test_lookup_of_nothing);
    testing_add("/class/a-name-is-compared-by-content",
                test_a_name_is_compared_by_content);
    testing_add("/class/walks-over-classes", test_walks_over_classes);
    testing_add("/class/interface-methods",
                test_interface_methods_are_inherited_and_overridden);
    testing_add("/class/casts", test_casts);
    testing_add("/class/more-interfaces-than-anybody-has",
                test_more_interfaces_than_anybody_has);
    testing_add("/class/macros-define-types", test_macros_define_types);
    for (guint i = 0; i < ARRAY_SIZE(deaths); i++) {
        g_autofree char *path = g_strdup_printf("/class/death/%s",
                                                deaths[i].name);
        g_test_add_data_func(path, GINT_TO_POINTER(i), test_death);
    }
    return g_test_run();
}
