/*
 * Authorization objects.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "testing.h"

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object_interfaces.h"
#include "authz/list.h"
#include "authz/listfile.h"
#include "authz/simple.h"

#define DENY QAUTHZ_LIST_POLICY_DENY
#define ALLOW QAUTHZ_LIST_POLICY_ALLOW
#define EXACT QAUTHZ_LIST_FORMAT_EXACT
#define GLOB QAUTHZ_LIST_FORMAT_GLOB

static bool allowed(void *authz, const char *identity)
{
    return qauthz_is_allowed(QAUTHZ(authz), identity, &error_abort);
}

static void expect_error(Error *err, const char *text)
{
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), text));
    error_free(err);
}

static void test_layout(void)
{
    g_assert_cmpuint(sizeof(QAuthZ), ==, 40);
    g_assert_cmpuint(sizeof(QAuthZClass), ==, 104);
    g_assert_cmpuint(sizeof(QAuthZSimple), ==, 48);
    g_assert_cmpuint(sizeof(QAuthZList), ==, 56);
    g_assert_cmpuint(sizeof(QAuthZListFile), ==, 80);
    g_assert_cmpuint(sizeof(QAuthZListRule), ==, 24);
    g_assert_cmpuint(offsetof(QAuthZListRule, format), ==, 16);
    g_assert_true(object_class_is_abstract(object_class_by_name(TYPE_QAUTHZ)));
    g_assert_cmpstr(QAuthZListPolicy_str(ALLOW), ==, "allow");
    g_assert_cmpstr(QAuthZListFormat_str(GLOB), ==, "glob");
}

static void test_simple(void)
{
    QAuthZSimple *authz = qauthz_simple_new("auth0", "cthulu", &error_abort);
    Error *err = NULL;

    g_assert_true(allowed(authz, "cthulu"));
    g_assert_false(allowed(authz, "cthul"));
    g_assert_false(allowed(authz, "Cthulu"));
    g_assert_true(qauthz_is_allowed_by_id("auth0", "cthulu", &error_abort));
    g_assert_false(qauthz_is_allowed_by_id("auth1", "cthulu", NULL));
    g_assert_false(qauthz_is_allowed_by_id("auth1", "cthulu", &err));
    expect_error(err, "'auth1'");
    err = NULL;
    g_assert_null(qauthz_simple_new("auth0", "x", &err));
    error_free_or_abort(&err);
    object_unparent(OBJECT(authz));
    g_assert_null(object_new_with_props(TYPE_QAUTHZ_SIMPLE, object_get_objects_root(), "auth0",
                                        &err, NULL));
    expect_error(err, "'identity'");
}

static void test_default(void)
{
    QAuthZList *deny = qauthz_list_new("deny", DENY, &error_abort);
    QAuthZList *allow = qauthz_list_new("allow", ALLOW, &error_abort);

    g_assert_false(allowed(deny, "fred"));
    g_assert_true(allowed(allow, "fred"));
    object_unparent(OBJECT(deny));
    object_unparent(OBJECT(allow));
}

static void append(QAuthZList *list, const char *match, QAuthZListPolicy policy,
                   QAuthZListFormat format, ssize_t index)
{
    g_assert_cmpint(qauthz_list_append_rule(list, match, policy, format, &error_abort), ==,
                    index);
}

static void test_order(void)
{
    QAuthZList *list = qauthz_list_new("list", DENY, &error_abort);

    append(list, "dan", DENY, EXACT, 0);
    append(list, "dan*", ALLOW, GLOB, 1);
    append(list, "*,O=x", ALLOW, GLOB, 2);
    append(list, "a?c", ALLOW, GLOB, 3);
    g_assert_false(allowed(list, "dan"));
    g_assert_true(allowed(list, "danb"));
    g_assert_true(allowed(list, "C=UK,CN=y,O=x"));
    g_assert_true(allowed(list, "abc"));
    g_assert_false(allowed(list, "abbc"));
    g_assert_false(allowed(list, "a[b]c"));
    object_unparent(OBJECT(list));
}

static void test_editing(void)
{
    QAuthZList *list = qauthz_list_new("list", DENY, &error_abort);

    append(list, "fred", ALLOW, EXACT, 0);
    append(list, "bob", ALLOW, EXACT, 1);
    append(list, "dan", DENY, EXACT, 2);
    append(list, "dan*", ALLOW, GLOB, 3);
    g_assert_false(allowed(list, "dan"));
    g_assert_cmpint(qauthz_list_delete_rule(list, "dan"), ==, 2);
    g_assert_cmpint(qauthz_list_delete_rule(list, "dan"), ==, -1);
    g_assert_true(allowed(list, "dan"));
    g_assert_cmpint(qauthz_list_insert_rule(list, "dan", DENY, EXACT, 2, &error_abort), ==, 2);
    g_assert_false(allowed(list, "dan"));
    g_assert_cmpint(qauthz_list_insert_rule(list, "*", ALLOW, GLOB, 0, &error_abort), ==, 0);
    g_assert_true(allowed(list, "dan"));
    g_assert_cmpint(qauthz_list_insert_rule(list, "z", DENY, EXACT, 99, &error_abort), ==, 5);
    object_unparent(OBJECT(list));
}

static void test_rules_property(void)
{
    Error *err = NULL;
    Object *list;

    g_assert_true(user_creatable_add_from_str(
        "{ \"qom-type\": \"authz-list\", \"id\": \"list\", \"policy\": \"deny\", \"rules\": ["
        "{ \"match\": \"fred\", \"policy\": \"allow\" },"
        "{ \"match\": \"b*\", \"policy\": \"allow\", \"format\": \"glob\" } ] }",
        &error_abort));
    list = object_resolve_path_component(object_get_objects_root(), "list");
    g_assert_true(allowed(list, "fred"));
    g_assert_true(allowed(list, "bob"));
    g_assert_false(allowed(list, "dan"));
    object_unparent(list);
    g_assert_false(user_creatable_add_from_str(
        "{ \"qom-type\": \"authz-list\", \"id\": \"list\", \"rules\": [ { \"match\": \"x\" } ] }",
        &err));
    expect_error(err, "'policy' is missing");
}

/* A list file in a directory of its own, and what the loop needs to notice. */
typedef struct Fixture {
    char *dir;
    char *path;
} Fixture;

static void fixture_init(Fixture *fixture, const char *text)
{
    fixture->dir = testing_make_dir();
    fixture->path = g_build_filename(fixture->dir, "list.json", NULL);
    g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
}

static void fixture_done(Fixture *fixture)
{
    g_free(fixture->path);
    testing_remove_dir(fixture->dir);
}

#define FRED "{ \"policy\": \"deny\", \"rules\": [ { \"match\": \"fred\", \"policy\": \"allow\" } ] }"
#define BOB "{ \"rules\": [ { \"match\": \"bob\", \"policy\": \"allow\", \"format\": \"exact\" } ] }"

static void test_file(void)
{
    QAuthZListFile *authz;
    Fixture fixture;

    fixture_init(&fixture, FRED);
    authz = qauthz_list_file_new("file", fixture.path, false, &error_abort);
    unlink(fixture.path);
    g_assert_true(allowed(authz, "fred"));
    g_assert_false(allowed(authz, "bob"));
    object_unparent(OBJECT(authz));
    fixture_done(&fixture);
}

static void test_bad_files(void)
{
    static const char *const texts[] = {
        "", "garbage", "[]", "{ \"policy\": \"perhaps\" }", "{ \"unknown\": 1 }",
        "{ \"rules\": [ { \"policy\": \"deny\" } ] }", "{ \"rules\": [ { \"match\": \"x\" } ] }",
        "{ \"rules\": [ { \"match\": \"x\", \"policy\": \"deny\", \"more\": 1 } ] }",
        "{ \"rules\": 7 }",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Error *err = NULL;
        Fixture fixture;

        fixture_init(&fixture, texts[i]);
        g_assert_null(qauthz_list_file_new("file", fixture.path, true, &err));
        error_free_or_abort(&err);
        fixture_done(&fixture);
    }
}

static void test_file_names(void)
{
    g_autofree char *old = g_get_current_dir();
    Error *err = NULL;
    Fixture fixture;

    fixture_init(&fixture, FRED);
    g_assert_null(qauthz_list_file_new("file", "/nonexistent/x", false, &err));
    expect_error(err, "No such file");
    err = NULL;
    g_assert_null(object_new_with_props(TYPE_QAUTHZ_LIST_FILE, object_get_objects_root(), "file",
                                        &err, NULL));
    expect_error(err, "'filename'");
    g_assert_cmpint(chdir(fixture.dir), ==, 0);
    err = NULL;
    g_assert_null(qauthz_list_file_new("file", "list.json", true, &err));
    expect_error(err, "absolute path");
    object_unparent(OBJECT(qauthz_list_file_new("file", "list.json", false, &error_abort)));
    g_assert_cmpint(chdir(old), ==, 0);
    fixture_done(&fixture);
}

static gboolean give_up(gpointer late)
{
    *(bool *)late = true;
    return G_SOURCE_REMOVE;
}

/* Runs the loop until `identity` may enter, or not. */
static void expect_soon(QAuthZListFile *authz, const char *identity, bool verdict)
{
    bool late = false;
    guint id = g_timeout_add_seconds(30, give_up, &late);

    while (allowed(authz, identity) != verdict) {
        g_assert_false(late);
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_remove(id);
}

static void overwrite(const Fixture *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "w");

    g_assert_nonnull(file);
    g_assert_cmpint(fputs(text, file), >=, 0);
    g_assert_cmpint(fclose(file), ==, 0);
}

static void test_refresh(void)
{
    QAuthZListFile *authz;
    Fixture fixture;

    fixture_init(&fixture, FRED);
    authz = qauthz_list_file_new("file", fixture.path, true, &error_abort);
    /* By another file of that name, */
    g_assert_true(g_file_set_contents(fixture.path, BOB, -1, NULL));
    expect_soon(authz, "bob", true);
    g_assert_false(allowed(authz, "fred"));
    /* in place, */
    overwrite(&fixture, FRED);
    expect_soon(authz, "fred", true);
    /* and with garbage, which denies everybody until it is repaired. */
    overwrite(&fixture, "garbage");
    expect_soon(authz, "fred", false);
    overwrite(&fixture, BOB);
    expect_soon(authz, "bob", true);
    /* Without the file, what was loaded stays. */
    unlink(fixture.path);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    g_assert_true(allowed(authz, "bob"));
    object_unparent(OBJECT(authz));
    g_assert_false(g_main_context_pending(NULL));
    fixture_done(&fixture);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/authz/layout", test_layout);
    testing_add("/authz/simple", test_simple);
    testing_add("/authz/list/default", test_default);
    testing_add("/authz/list/order", test_order);
    testing_add("/authz/list/editing", test_editing);
    testing_add("/authz/list/rules", test_rules_property);
    testing_add("/authz/list-file/load", test_file);
    testing_add("/authz/list-file/bad", test_bad_files);
    testing_add("/authz/list-file/names", test_file_names);
    testing_add("/authz/list-file/refresh", test_refresh);
    return g_test_run();
}
