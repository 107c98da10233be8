/*
 * Objects that are created with properties, by programs and by users.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "qom/object_interfaces.h"
#include "testing.h"

#define TYPE_USABLE "usable"
OBJECT_DECLARE_SIMPLE_TYPE(Usable, USABLE)

struct Usable {
    Object parent;
    char *text;
    bool flag;
    bool busy;
};

static int alive, completed;

static void usable_complete(UserCreatable *uc, Error **errp)
{
    Usable *it = USABLE(uc);

    completed++;
    if (it->text && strcmp(it->text, "incomplete") == 0) {
        error_setg(errp, "cannot be completed");
        return;
    }
    g_assert_true(!it->parent.parent ||
                  object_get_canonical_path_component(OBJECT(uc)));
}

static bool usable_can_be_deleted(UserCreatable *uc)
{
    return !USABLE(uc)->busy;
}

static char *get_text(Object *obj, Error **errp)
{
    (void)errp;
    return g_strdup(USABLE(obj)->text);
}

static void set_text(Object *obj, const char *value, Error **errp)
{
    (void)errp;
    g_free(USABLE(obj)->text);
    USABLE(obj)->text = g_strdup(value);
}

static bool get_flag(Object *obj, Error **errp)
{
    (void)errp;
    return USABLE(obj)->flag;
}

static void set_flag(Object *obj, bool value, Error **errp)
{
    (void)errp;
    USABLE(obj)->flag = value;
}

static void usable_init(Object *obj)
{
    (void)obj;
    alive++;
}

static void usable_finalize(Object *obj)
{
    alive--;
    g_free(USABLE(obj)->text);
}

static void usable_class_init(ObjectClass *oc, void *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(oc);

    (void)data;
    ucc->complete = usable_complete;
    ucc->can_be_deleted = usable_can_be_deleted;
    object_class_property_add_str(oc, "text", get_text, set_text);
    object_class_property_add_bool(oc, "flag", get_flag, set_flag);
}

static const TypeInfo types[] = {
    { .name = TYPE_USABLE, .parent = TYPE_OBJECT,
      .instance_size = sizeof(Usable), .instance_init = usable_init,
      .instance_finalize = usable_finalize, .class_init = usable_class_init,
      .interfaces = (InterfaceInfo[]) { { TYPE_USER_CREATABLE }, { } } },
    { .name = "usable-heir", .parent = TYPE_USABLE },
    { .name = "usable-abstract", .parent = TYPE_USABLE, .abstract = true },
};
DEFINE_TYPES(types)

static Object *find(const char *id)
{
    return object_resolve_path_component(object_get_objects_root(), id);
}

static void test_new_with_an_id_belongs_to_the_parent(void)
{
    Object *obj;

    completed = 0;
    obj = object_new_with_props("usable-heir", object_get_objects_root(), "u0",
                                &error_abort, "text", "t", "flag", "yes",
                                NULL);
    g_assert_cmpuint(obj->ref, ==, 1);
    g_assert_true(find("u0") == obj);
    g_assert_true(object_resolve_path("/objects/u0", NULL) == obj);
    g_assert_cmpstr(USABLE(obj)->text, ==, "t");
    g_assert_true(USABLE(obj)->flag);
    g_assert_cmpint(completed, ==, 1);
    object_unparent(obj);
    g_assert_cmpint(alive, ==, 0);
}

static void test_new_without_an_id_is_owned(void)
{
    g_autoptr(Object) obj =
        object_new_with_props(TYPE_USABLE, NULL, NULL, &error_abort, NULL);

    g_assert_cmpuint(obj->ref, ==, 1);
    g_assert_null(obj->parent);
    g_assert_cmpint(alive, ==, 1);
}

static void assert_fails(Object *obj, Error **errp, const char *pattern)
{
    g_assert_null(obj);
    g_assert_nonnull(*errp);
    if (!g_pattern_match_simple(pattern, error_get_pretty(*errp))) {
        g_error("'%s' is not like '%s'", error_get_pretty(*errp), pattern);
    }
    error_free_or_abort(errp);
}

static void test_failures_leave_nothing(void)
{
    Object *root = object_get_objects_root();
    Object *taken = object_new_with_props(TYPE_USABLE, root, "taken",
                                          &error_abort, NULL);
    const char *const bad_ids[] = { "", "1a", "a/b", "a b", "-a", "\303\244" };
    Error *err = NULL;

    completed = 0;
    assert_fails(object_new_with_props("nothing", root, "u", &err, NULL), &err,
                 "*'nothing'*");
    assert_fails(object_new_with_props("usable-abstract", root, "u", &err,
                                       NULL), &err, "*abstract*");
    assert_fails(object_new_with_props(TYPE_USABLE, root, "u", &err, "flag",
                                       "perhaps", NULL), &err, "*'flag'*");
    assert_fails(object_new_with_props(TYPE_USABLE, root, "taken", &err, NULL),
                 &err, "*'taken'*");
    g_assert_cmpint(completed, ==, 0);
    assert_fails(object_new_with_props(TYPE_USABLE, root, "u", &err, "text",
                                       "incomplete", NULL), &err,
                 "cannot be completed");
    for (guint i = 0; i < ARRAY_SIZE(bad_ids); i++) {
        assert_fails(object_new_with_props("nothing", root, bad_ids[i], &err,
                                           NULL), &err, "*'id'*identifier*");
    }
    g_assert_null(object_new_with_props("nothing", root, "u", NULL, NULL));
    g_assert_null(find("u"));
    g_assert_true(find("taken") == taken);
    g_assert_cmpuint(taken->ref, ==, 1);
    g_assert_cmpint(alive, ==, 1);
    object_unparent(taken);
}

static void test_add_type(void)
{
    Error *err = NULL;
    Object *obj = user_creatable_add_type(TYPE_USABLE, "u", NULL, NULL,
                                          &error_abort);

    g_assert_cmpuint(obj->ref, ==, 2);
    object_unref(obj);
    g_assert_true(user_creatable_del("u", &error_abort));
    obj = user_creatable_add_type(TYPE_USABLE, NULL, NULL, NULL, &error_abort);
    g_assert_cmpuint(obj->ref, ==, 1);
    object_unref(obj);
    assert_fails(user_creatable_add_type("nothing", "a/b", NULL, NULL, &err),
                 &err, "*'id'*");
    assert_fails(user_creatable_add_type("nothing", "a", NULL, NULL, &err),
                 &err, "*'nothing'*");
    assert_fails(user_creatable_add_type("container", "a", NULL, NULL, &err),
                 &err, "*'container'*");
    assert_fails(user_creatable_add_type("usable-abstract", "a", NULL, NULL,
                                         &err), &err, "*abstract*");
    g_assert_cmpint(alive, ==, 0);
}

static void test_complete(void)
{
    g_autoptr(Object) obj = object_new("usable-heir");
    Error *err = NULL;

    g_assert_true(user_creatable_complete(USER_CREATABLE(obj), &error_abort));
    g_assert_true(user_creatable_can_be_deleted(USER_CREATABLE(obj)));
    USABLE(obj)->text = g_strdup("incomplete");
    USABLE(obj)->busy = true;
    g_assert_false(user_creatable_complete(USER_CREATABLE(obj), &err));
    error_free_or_abort(&err);
    g_assert_false(user_creatable_can_be_deleted(USER_CREATABLE(obj)));
    g_assert_true(USER_CREATABLE_GET_CLASS(obj)->complete == usable_complete);
}

static void test_add_from_text(void)
{
    const char *const good[] = {
        "usable,id=u,text=a,,b=c,flag=on",
        "qom-type=usable,flag=off,flag=on,text=a,,b=c,id=u,",
        ("{ \"qom-type\": \"usable\", \"id\": \"u\", \"flag\": true,"
         " \"text\": \"a,b=c\" }"),
    };
    const char *const bad[] = {
        "", "usable", "id=u", "usable,id=u,what", "usable,id=u,text.x=1",
        "usable,id=1", "nothing,id=u", "usable,id=u,none=1", "container,id=u",
        "{", "{}", "{\"qom-type\": \"usable\", \"id\": 1}",
        "{\"qom-type\": \"usable\", \"id\": \"u\", \"flag\": \"on\"}",
        "{\"qom-type\": \"usable\", \"id\": \"u\", \"flag\": null}",
        "{\"qom-type\": \"usable\", \"id\": \"u\", \"flag\": 1.5}",
    };

    for (guint i = 0; i < ARRAY_SIZE(good); i++) {
        g_assert_true(user_creatable_add_from_str(good[i], &error_abort));
        g_assert_cmpuint(find("u")->ref, ==, 1);
        g_assert_cmpstr(USABLE(find("u"))->text, ==, "a,b=c");
        g_assert_true(USABLE(find("u"))->flag);
        g_assert_true(user_creatable_del("u", &error_abort));
    }
    for (guint i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;

        g_test_message("%s", bad[i]);
        g_assert_false(user_creatable_add_from_str(bad[i], &err));
        error_free_or_abort(&err);
    }
    g_assert_cmpint(alive, ==, 0);
}

static void test_del_and_cleanup(void)
{
    Error *err = NULL;
    Object *obj;

    user_creatable_add_from_str("usable,id=u", &error_abort);
    g_assert_false(user_creatable_del("v", &err));
    error_free_or_abort(&err);
    USABLE(find("u"))->busy = true;
    g_assert_false(user_creatable_del("u", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "in use"));
    error_free_or_abort(&err);
    obj = object_new("container");
    object_property_add_child(object_get_objects_root(), "plain", obj);
    object_unref(obj);
    g_assert_false(user_creatable_del("plain", &err));
    error_free_or_abort(&err);
    g_assert_nonnull(find("plain"));
    user_creatable_cleanup();
    g_assert_cmpint(alive, ==, 0);
    user_creatable_cleanup();
    g_assert_null(find("u"));
}

static void test_help(void)
{
    if (g_test_subprocess()) {
        g_assert_false(user_creatable_add_from_str("help", &error_abort));
        g_assert_false(user_creatable_add_from_str("usable,?", &error_abort));
        user_creatable_process_cmdline("help");
        g_assert_not_reached();
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*usable-heir*");
    g_test_trap_assert_stdout("*flag=<bool>*");
    g_test_trap_assert_stdout_unmatched("*usable-abstract*");
}

static void test_command_line(void)
{
    if (g_test_subprocess()) {
        user_creatable_process_cmdline("usable,id=u");
        g_assert_nonnull(find("u"));
        user_creatable_process_cmdline("usable,id=u/v");
        g_assert_not_reached();
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*'id'*identifier*letters*");
}

static void test_no_parent(void)
{
    if (g_test_subprocess()) {
        object_new_with_props(TYPE_USABLE, NULL, "u", NULL, NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("object_new_with_props: *parent*");
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/user-creatable/new-with-an-id-belongs-to-the-parent",
                test_new_with_an_id_belongs_to_the_parent);
    testing_add("/user-creatable/new-without-an-id-is-owned",
                test_new_without_an_id_is_owned);
    testing_add("/user-creatable/failures-leave-nothing",
                test_failures_leave_nothing);
    testing_add("/user-creatable/add-type", test_add_type);
    testing_add("/user-creatable/complete", test_complete);
    testing_add("/user-creatable/add-from-text", test_add_from_text);
    testing_add("/user-creatable/del-and-cleanup", test_del_and_cleanup);
    g_test_add_func("/user-creatable/help", test_help);
    g_test_add_func("/user-creatable/command-line", test_command_line);
    g_test_add_func("/user-creatable/death/no-parent", test_no_parent);
    return g_test_run();
}
