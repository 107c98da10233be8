/*
 * The composition tree: children, paths, and how objects leave it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "testing.h"

#define TYPE_NODE "tree-node"
OBJECT_DECLARE_SIMPLE_TYPE(Node, NODE)

struct Node {
    Object parent;
    void (*on_unparent)(Object *obj);
    bool *finalised;
    bool children_gone_first;
    Object *child;
    bool child_finalised;
};

static int unparents;

static void node_unparent(Object *obj)
{
    g_atomic_int_inc(&unparents);
    g_assert_nonnull(obj->parent);
    g_assert_nonnull(object_get_canonical_path_component(obj));
    if (NODE(obj)->on_unparent) {
        NODE(obj)->on_unparent(obj);
    }
}

static void node_class_init(ObjectClass *oc, void *data)
{
    (void)data;
    oc->unparent = node_unparent;
}

static void node_finalize(Object *obj)
{
    if (NODE(obj)->finalised) {
        *NODE(obj)->finalised = true;
    }
    if (NODE(obj)->child) {
        g_assert_true(NODE(obj)->child_finalised);
    }
}

static const TypeInfo types[] = {
    { .name = TYPE_NODE, .parent = TYPE_OBJECT, .instance_size = sizeof(Node),
      .instance_finalize = node_finalize, .class_init = node_class_init },
    { .name = "tree-other", .parent = TYPE_NODE },
};
DEFINE_TYPES(types)

/* A new child that belongs to its parent. */
static Object *add(Object *parent, const char *name)
{
    Object *obj = object_new(TYPE_NODE);

    object_property_add_child(parent, name, obj);
    object_unref(obj);
    return obj;
}

static void assert_path(Object *obj, const char *path)
{
    g_autofree char *found = object_get_canonical_path(obj);

    g_assert_cmpstr(found, ==, path);
}

static void test_paths(void)
{
    Object *a = add(object_get_root(), "a"), *b = add(a, "b");
    Object *loose = object_new(TYPE_NODE), *inner = add(loose, "inner");
    Object *hidden = add(object_get_internal_root(), "hidden");

    assert_path(object_get_root(), "/");
    assert_path(b, "/a/b");
    assert_path(inner, NULL);
    assert_path(hidden, NULL);
    assert_path(object_get_objects_root(), "/objects");
    g_assert_cmpstr(object_get_canonical_path_component(b), ==, "b");
    g_assert_cmpstr(object_get_canonical_path_component(inner), ==, "inner");
    g_assert_null(object_get_canonical_path_component(object_get_root()));
    g_assert_true(object_resolve_path_component(a, "b") == b);
    g_assert_null(object_resolve_path_component(a, "c"));
    g_assert_null(object_resolve_path_component(a, "type"));
    g_assert_true(object_resolve_path_at(a, "b") == b);
    g_assert_true(object_resolve_path_at(a, "/a") == a);
    g_assert_true(object_resolve_path_at(loose, "inner") == inner);
    g_assert_cmpstr(object_property_get_type(a, "b", &error_abort), ==,
                    "child<tree-node>");
    g_assert_cmpuint(a->ref, ==, 1);
    object_unref(loose);
    object_unparent(a);
    object_unparent(hidden);
}

static void test_resolve(void)
{
    Object *a = add(object_get_root(), "a"), *same1 = add(a, "same");
    Object *b = add(object_get_root(), "b"), *same2 = add(b, "same");
    Object *other = object_new("tree-other");
    bool ambiguous;

    object_property_add_child(b, "other", other);
    object_unref(other);
#define RESOLVE(path, type) \
    (ambiguous = true, object_resolve_path_type(path, type, &ambiguous))
    g_assert_true(RESOLVE("/a/same", TYPE_NODE) == same1);
    g_assert_false(ambiguous);
    g_assert_true(RESOLVE("//b///same/", TYPE_NODE) == same2);
    g_assert_false(ambiguous);
    g_assert_null(RESOLVE("/a/same", "tree-other"));
    g_assert_false(ambiguous);
    g_assert_null(RESOLVE("/none", TYPE_OBJECT));
    g_assert_false(ambiguous);
    g_assert_true(RESOLVE("a/same", TYPE_OBJECT) == same1);
    g_assert_false(ambiguous);
    g_assert_true(RESOLVE("other", TYPE_NODE) == other);
    g_assert_true(RESOLVE("", "tree-other") == other);
    g_assert_false(ambiguous);
    g_assert_null(RESOLVE("none", TYPE_OBJECT));
    g_assert_false(ambiguous);
    ambiguous = false;
    g_assert_null(object_resolve_path("same", &ambiguous));
    g_assert_true(ambiguous);
    g_assert_null(object_resolve_path("same", NULL));
    g_assert_true(object_resolve_path("/", NULL) == object_get_root());
    object_unparent(a);
    object_unparent(b);
}

static void test_containers(void)
{
    Object *c = container_get(object_get_root(), "/x//y/z");

    assert_path(c, "/x/y/z");
    g_assert_true(container_get(object_get_root(), "/x/y/z/") == c);
    g_assert_true(container_get(object_get_root(), "/") == object_get_root());
    g_assert_cmpuint(c->ref, ==, 1);
    object_unparent(object_resolve_path("/x", NULL));
    g_assert_null(object_resolve_path("/x", NULL));
}

static void test_unparent_twice(void)
{
    Object *a = add(object_get_root(), "a");

    object_ref(a);
    unparents = 0;
    object_unparent(a);
    g_assert_null(a->parent);
    g_assert_cmpuint(a->ref, ==, 1);
    object_unparent(a);
    g_assert_cmpint(unparents, ==, 1);
    object_property_add_child(object_get_root(), "again", a);
    object_unparent(a);
    g_assert_cmpint(unparents, ==, 2);
    object_unref(a);
}

static void test_deleting_the_property_unparents(void)
{
    Object *a = object_ref(add(object_get_root(), "a"));

    unparents = 0;
    object_property_del(object_get_root(), "a");
    g_assert_cmpint(unparents, ==, 1);
    g_assert_null(a->parent);
    object_unref(a);
}

static void look_around(Object *obj)
{
    assert_path(obj, "/a/b");
    g_assert_true(object_resolve_path("/a/b", NULL) == obj);
    /* Itself, once more. */
    object_unparent(obj);
    g_assert_nonnull(obj->parent);
}

static void unparent_sibling(Object *obj)
{
    object_unparent(object_resolve_path_component(obj->parent, "sibling"));
    g_assert_null(object_property_find(obj->parent, "sibling"));
    object_property_del(obj->parent, "custom");
}

static void unparent_parent(Object *obj)
{
    object_unparent(obj->parent);
}

static void test_hooks(void)
{
    Object *a = add(object_get_root(), "a"), *b = add(a, "b");
    bool gone = false, b_gone = false;

    NODE(b)->on_unparent = look_around;
    object_unparent(b);
    b = add(a, "b");
    add(a, "sibling");
    object_property_add(a, "custom", "custom", NULL, NULL, NULL, NULL);
    NODE(b)->on_unparent = unparent_sibling;
    object_unparent(b);
    g_assert_null(object_property_find(a, "b"));
    /* The hook drops the last reference to the parent. */
    b = add(a, "b");
    NODE(a)->finalised = &gone;
    NODE(b)->finalised = &b_gone;
    NODE(b)->on_unparent = unparent_parent;
    object_unparent(b);
    g_assert_true(gone);
    g_assert_true(b_gone);
}

static void in_dying_parent(Object *obj)
{
    assert_path(obj, NULL);
    g_assert_cmpstr(object_get_canonical_path_component(obj), ==, "child");
    object_unparent(obj);
}

static void test_children_go_before_the_parent(void)
{
    Object *a = add(object_get_root(), "a"), *b = add(a, "child");
    bool a_gone = false;

    NODE(a)->finalised = &a_gone;
    NODE(a)->child = b;
    NODE(b)->finalised = &NODE(a)->child_finalised;
    NODE(b)->on_unparent = in_dying_parent;
    unparents = 0;
    object_unparent(a);
    g_assert_true(a_gone);
    g_assert_cmpint(unparents, ==, 2);
}

static void test_child_outlives_the_parent(void)
{
    Object *a = add(object_get_root(), "a"), *b = object_ref(add(a, "b"));

    object_unparent(a);
    g_assert_null(b->parent);
    g_assert_cmpuint(b->ref, ==, 1);
    object_unref(b);
}

static void test_failed_add_changes_nothing(void)
{
    g_autoptr(Object) a = object_new(TYPE_NODE), b = object_new(TYPE_NODE);
    Error *err = NULL;

    add(a, "b");
    g_assert_null(object_property_try_add_child(a, "b", b, &err));
    error_free_or_abort(&err);
    g_assert_null(b->parent);
    g_assert_cmpuint(b->ref, ==, 1);
    g_assert_nonnull(object_property_try_add_child(a, "c", b, &error_abort));
    g_assert_true(b->parent == a);
    g_assert_false(object_property_set_str(a, "c", "/", &err));
    error_free_or_abort(&err);
}

static int count(Object *child, void *opaque)
{
    int *left = opaque;

    g_assert_nonnull(child->parent);
    return --*left ? 0 : 7;
}

static int unparent_all(Object *child, void *opaque)
{
    (void)opaque;
    object_unparent(child);
    return 0;
}

static void test_walks(void)
{
    g_autoptr(Object) a = object_new(TYPE_NODE);
    Object *b = add(a, "b");
    int left = -1;

    add(a, "c");
    add(b, "d");
    g_assert_cmpint(object_child_foreach(a, count, &left), ==, 0);
    g_assert_cmpint(left, ==, -3);
    left = -1;
    g_assert_cmpint(object_child_foreach_recursive(a, count, &left), ==, 0);
    g_assert_cmpint(left, ==, -4);
    left = 2;
    g_assert_cmpint(object_child_foreach(a, count, &left), ==, 7);
    g_assert_cmpint(left, ==, 0);
    object_child_foreach(a, unparent_all, NULL);
    left = -1;
    object_child_foreach(a, count, &left);
    g_assert_cmpint(left, ==, -1);
}

static void test_children_in_place(void)
{
    struct {
        Object parent;
        Node first, second;
    } *owner = g_malloc(sizeof(*owner));
    bool first_gone = false, second_gone = false;
    Error *err = NULL;

    object_initialize(owner, sizeof(owner->parent), "container");
    owner->parent.free = g_free;
    object_initialize_child(&owner->parent, "first", &owner->first, TYPE_NODE);
    g_assert_cmpuint(owner->first.parent.ref, ==, 1);
    owner->first.finalised = &first_gone;
    g_assert_true(object_initialize_child_with_props(
                      &owner->parent, "second", &owner->second,
                      sizeof(owner->second), TYPE_NODE, &error_abort, NULL));
    owner->second.finalised = &second_gone;
    object_unparent(&owner->second.parent);
    g_assert_true(second_gone);
    g_assert_false(object_initialize_child_with_props(
                       &owner->parent, "second", &owner->second,
                       sizeof(owner->second), TYPE_NODE, &err, "none", "x",
                       NULL));
    error_free_or_abort(&err);
    g_assert_null(object_property_find(&owner->parent, "second"));
    object_unref(owner);
    g_assert_true(first_gone);
}

/* Threads look objects up while others add and remove them. */

enum { ROUNDS = 500 };

static gpointer add_and_remove(gpointer data)
{
    for (int i = 0; i < ROUNDS; i++) {
        object_unparent(add(object_get_objects_root(), data));
    }
    return NULL;
}

static gpointer look_up(gpointer data)
{
    (void)data;
    for (int i = 0; i < ROUNDS; i++) {
        g_assert_true(object_resolve_path("/objects", NULL) ==
                      object_get_objects_root());
        g_assert_nonnull(object_resolve_path_component(
                             object_get_objects_root(), "constant"));
        g_assert_null(object_property_find(object_get_objects_root(), "x"));
    }
    return NULL;
}

static void test_threads(void)
{
    Object *constant = add(object_get_objects_root(), "constant");
    GThread *threads[] = {
        g_thread_new("a", add_and_remove, (void *)"a"),
        g_thread_new("b", add_and_remove, (void *)"b"),
        g_thread_new("l", look_up, NULL),
        g_thread_new("m", look_up, NULL),
    };

    for (guint i = 0; i < ARRAY_SIZE(threads); i++) {
        g_thread_join(threads[i]);
    }
    object_unparent(constant);
}

/* What aborts. */

static void die_two_parents(void)
{
    Object *a = add(object_get_root(), "a");

    object_property_add_child(object_get_root(), "b", a);
}

static void die_taken(void)
{
    add(object_get_root(), "a");
    add(object_get_root(), "a");
}

static void die_relative_container(void)
{
    container_get(object_get_root(), "a");
}

static void die_unref_in_tree(void)
{
    object_unref(add(object_get_root(), "a"));
}

static const struct {
    const char *name;
    void (*func)(void);
    const char *message;
} deaths[] = {
    { "two-parents", die_two_parents, "object_property_add_child: *'b'*" },
    { "taken", die_taken, "*'a'*" },
    { "relative-container", die_relative_container, "container_get: *'a'*" },
    { "unref-in-tree", die_unref_in_tree, "object_unref: *parent*" },
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
    testing_add("/tree/paths", test_paths);
    testing_add("/tree/resolve", test_resolve);
    testing_add("/tree/containers", test_containers);
    testing_add("/tree/unparent-twice", test_unparent_twice);
    testing_add("/tree/deleting-the-property-unparents",
                test_deleting_the_property_unparents);
    testing_add("/tree/hooks", test_hooks);
    testing_add("/tree/children-go-before-the-parent",
                test_children_go_before_the_parent);
    testing_add("/tree/child-outlives-the-parent",
                test_child_outlives_the_parent);
    testing_add("/tree/failed-add-changes-nothing",
                test_failed_add_changes_nothing);
    testing_add("/tree/walks", test_walks);
    testing_add("/tree/children-in-place", test_children_in_place);
    testing_add("/tree/threads", test_threads);
    for (guint i = 0; i < ARRAY_SIZE(deaths); i++) {
        g_autofree char *path = g_strdup_printf("/tree/death/%s",
                                                deaths[i].name);
        g_test_add_data_func(path, GINT_TO_POINTER(i), test_death);
    }
    return g_test_run();
}
