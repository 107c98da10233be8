/*
 * Properties of objects and classes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "testing.h"

#define TYPE_THING "thing"
OBJECT_DECLARE_SIMPLE_TYPE(Thing, THING)

typedef enum { COLOUR_RED, COLOUR_GREEN, COLOUR__MAX } Colour;

static const char *const colour_names[] = { "red", "green" };

static const QEnumLookup colours = {
    .array = colour_names,
    .size = COLOUR__MAX,
};

struct Thing {
    Object parent;
    char *text;
    bool flag;
    int colour;
    Object *link;
    int released;
};

static uint32_t shared;
static int class_releases;

static char *get_text(Object *obj, Error **errp)
{
    (void)errp;
    return g_strdup(THING(obj)->text);
}

static void set_text(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "refused") == 0) {
        error_setg(errp, "the text is refused");
        return;
    }
    g_free(THING(obj)->text);
    THING(obj)->text = g_strdup(value);
}

static bool get_flag(Object *obj, Error **errp)
{
    (void)errp;
    return THING(obj)->flag;
}

static void set_flag(Object *obj, bool value, Error **errp)
{
    (void)errp;
    THING(obj)->flag = value;
}

static int get_colour(Object *obj, Error **errp)
{
    (void)errp;
    return THING(obj)->colour;
}

static void set_colour(Object *obj, int value, Error **errp)
{
    (void)errp;
    THING(obj)->colour = value;
}

static char *get_nothing(Object *obj, Error **errp)
{
    (void)obj;
    (void)errp;
    return NULL;
}

static char *fail_to_get(Object *obj, Error **errp)
{
    (void)obj;
    error_setg(errp, "no value today");
    return NULL;
}

static void get_date(Object *obj, struct tm *value, Error **errp)
{
    (void)obj;
    (void)errp;
    value->tm_year = 99;
}

static void check_link(const Object *obj, const char *name, Object *val,
                       Error **errp)
{
    g_assert_cmpstr(name, ==, "choosy");
    if (val == obj) {
        error_setg(errp, "not to itself");
    }
}

static void class_release(Object *obj, const char *name, void *opaque)
{
    g_assert_cmpstr(name, ==, "hooked");
    g_assert_cmpstr(opaque, ==, "data");
    g_assert_nonnull(THING(obj));
    class_releases++;
}

static void thing_init(Object *obj)
{
    /* Defaults are set already, and there are no properties of its own. */
    g_assert_true(THING(obj)->flag);
    g_assert_cmpstr(THING(obj)->text, ==, "default");
    g_assert_cmpint(THING(obj)->colour, ==, COLOUR_GREEN);
    g_assert_null(obj->properties);
}

static void thing_finalize(Object *obj)
{
    g_free(THING(obj)->text);
}

static void thing_class_init(ObjectClass *oc, void *data)
{
    ObjectProperty *prop;

    (void)data;
    prop = object_class_property_add_str(oc, "text", get_text, set_text);
    object_property_set_default_str(prop, "default");
    prop = object_class_property_add_bool(oc, "flag", get_flag, set_flag);
    object_property_set_default_bool(prop, true);
    prop = object_class_property_add_enum(oc, "colour", "Colour", &colours,
                                          get_colour, set_colour);
    object_property_set_default_str(prop, "green");
    object_class_property_add_str(oc, "read-only", get_nothing, NULL);
    object_class_property_add_str(oc, "write-only", NULL, set_text);
    object_class_property_add_str(oc, "failing", fail_to_get, NULL);
    object_class_property_add_tm(oc, "date", get_date);
    object_class_property_add_uint32_ptr(oc, "shared", &shared,
                                         OBJ_PROP_FLAG_READWRITE);
    object_class_property_add_link(oc, "link", TYPE_THING,
                                   offsetof(Thing, link),
                                   object_property_allow_set_link,
                                   OBJ_PROP_LINK_STRONG);
    object_class_property_add(oc, "hooked", "custom", NULL, NULL,
                              class_release, (void *)"data");
    object_class_property_set_description(oc, "text", "some text");
}

static const TypeInfo types[] = {
    { .name = TYPE_THING, .parent = TYPE_OBJECT,
      .instance_size = sizeof(Thing), .instance_init = thing_init,
      .instance_finalize = thing_finalize, .class_init = thing_class_init },
    { .name = "thing-heir", .parent = TYPE_THING },
};
DEFINE_TYPES(types)

static void assert_error(Error **errp, const char *pattern)
{
    g_assert_nonnull(*errp);
    if (!g_pattern_match_simple(pattern, error_get_pretty(*errp))) {
        g_error("'%s' is not like '%s'", error_get_pretty(*errp), pattern);
    }
    error_free_or_abort(errp);
}

static void assert_prints(Object *obj, const char *name, const char *bare,
                          const char *human)
{
    g_autofree char *one = object_property_print(obj, name, false,
                                                 &error_abort);
    g_autofree char *two = object_property_print(obj, name, true,
                                                 &error_abort);

    g_assert_cmpstr(one, ==, bare);
    g_assert_cmpstr(two, ==, human);
}

static void test_strings(void)
{
    g_autoptr(Object) obj = object_new("thing-heir");
    g_autofree char *type = NULL, *text = NULL;
    Error *err = NULL;

    type = object_property_get_str(obj, "type", &error_abort);
    g_assert_cmpstr(type, ==, "thing-heir");
    g_assert_true(object_property_set_str(obj, "text", "", &error_abort));
    assert_prints(obj, "text", "", "\"\"");
    g_assert_true(object_property_parse(obj, "text", "a b", &error_abort));
    assert_prints(obj, "text", "a b", "\"a b\"");
    assert_prints(obj, "read-only", "", "<null>");
    text = object_property_get_str(obj, "read-only", &error_abort);
    g_assert_cmpstr(text, ==, "");
    g_assert_false(object_property_set_str(obj, "text", "refused", &err));
    assert_error(&err, "the text is refused");
    g_assert_false(object_property_set_bool(obj, "text", true, &err));
    assert_error(&err, "*'text'*string*");
    g_assert_false(object_property_set_str(obj, "type", "x", &err));
    assert_error(&err, "*'thing-heir.type'*writ*");
    g_assert_false(object_property_set_str(obj, "none", "x", &err));
    assert_error(&err, "*'thing-heir.none'*");
    g_assert_null(object_property_get_str(obj, "write-only", &err));
    assert_error(&err, "*'thing-heir.write-only'*read*");
    g_assert_null(object_property_get_str(obj, "failing", &err));
    assert_error(&err, "no value today");
    g_assert_null(object_property_print(obj, "failing", true, NULL));
    g_assert_null(object_property_get_str(obj, "flag", &err));
    assert_error(&err, "*'flag'*string*");
}

static void test_booleans(void)
{
    g_autoptr(Object) obj = object_new(TYPE_THING);
    const char *const yes[] = { "on", "yes", "true", "y" };
    const char *const no[] = { "off", "no", "false", "n" };
    const char *const neither[] = { "On", "1", "", "TRUE", "t" };
    Error *err = NULL;

    for (int i = 0; i < 4; i++) {
        object_property_parse(obj, "flag", yes[i], &error_abort);
        g_assert_true(object_property_get_bool(obj, "flag", &error_abort));
        assert_prints(obj, "flag", "true", "true");
        object_property_parse(obj, "flag", no[i], &error_abort);
        g_assert_false(object_property_get_bool(obj, "flag", &error_abort));
        assert_prints(obj, "flag", "false", "false");
    }
    for (int i = 0; i < 5; i++) {
        g_assert_false(object_property_parse(obj, "flag", neither[i], &err));
        assert_error(&err, "*'flag'*'on' or 'off'");
    }
    g_assert_false(object_property_set_str(obj, "flag", "on", &err));
    assert_error(&err, "*'flag'*boolean*");
    g_assert_false(object_property_set_int(obj, "flag", 1, &err));
    assert_error(&err, "*'flag'*boolean*");
    g_assert_false(object_property_get_bool(obj, "text", &err));
    assert_error(&err, "*'text'*boolean*");
    g_assert_true(object_property_set_bool(obj, "flag", true, &error_abort));
    g_assert_true(THING(obj)->flag);
}

static void test_numbers(void)
{
    g_autoptr(Object) obj = object_new(TYPE_THING);
    uint8_t v8 = 1;
    uint16_t v16 = 2;
    uint64_t v64 = 31;
    Error *err = NULL;

    object_property_add_uint8_ptr(obj, "v8", &v8, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint16_ptr(obj, "v16", &v16, OBJ_PROP_FLAG_WRITE);
    object_property_add_uint64_ptr(obj, "v64", &v64, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(obj, "ro", &v64, OBJ_PROP_FLAG_READ);
    assert_prints(obj, "v64", "31", "31 (0x1f)");
    g_assert_cmpint(object_property_get_int(obj, "v8", &error_abort), ==, 1);
    object_property_parse(obj, "v8", "0xff", &error_abort);
    g_assert_cmpint(v8, ==, 255);
    object_property_parse(obj, "v8", "010", &error_abort);
    g_assert_cmpint(v8, ==, 8);
    g_assert_false(object_property_parse(obj, "v8", "256", &err));
    assert_error(&err, "*'v8'*uint8_t*");
    g_assert_false(object_property_parse(obj, "v8", "-1", &err));
    assert_error(&err, "*'v8'*uint8_t*");
    g_assert_false(object_property_parse(obj, "v8", "1 ", &err));
    assert_error(&err, "*'v8'*uint64*");
    g_assert_false(object_property_parse(obj, "v8", "", &err));
    assert_error(&err, "*'v8'*uint64*");
    g_assert_false(object_property_set_int(obj, "v8", -1, &err));
    assert_error(&err, "*'v8'*uint8_t*");
    g_assert_cmpint(v8, ==, 8);
    g_assert_false(object_property_set_uint(obj, "v16", 65536, &err));
    assert_error(&err, "*'v16'*uint16_t*");
    object_property_set_uint(obj, "v16", 65535, &error_abort);
    g_assert_cmpint(v16, ==, 65535);
    g_assert_cmpuint(object_property_get_uint(obj, "v16", &err), ==, 0);
    assert_error(&err, "*'thing.v16'*");
    g_assert_false(object_property_set_uint(obj, "ro", 1, &err));
    assert_error(&err, "*'thing.ro'*");
    object_property_set_int(obj, "v64", -1, &error_abort);
    g_assert_cmphex(v64, ==, UINT64_MAX);
    g_assert_cmphex(object_property_get_uint(obj, "v64", &error_abort), ==,
                    UINT64_MAX);
    assert_prints(obj, "v64", "18446744073709551615",
                  "18446744073709551615 (0xffffffffffffffff)");
    g_assert_cmpint(object_property_get_int(obj, "v64", &err), ==, -1);
    assert_error(&err, "*'v64'*int*");
    object_property_parse(obj, "v64", "-2", &error_abort);
    g_assert_cmphex(v64, ==, UINT64_MAX - 1);
    g_assert_false(object_property_set_str(obj, "v64", "1", &err));
    assert_error(&err, "*'v64'*uint*");
    g_assert_cmpint(object_property_get_int(obj, "flag", &err), ==, -1);
    assert_error(&err, "*'flag'*int*");
    object_property_set_uint(obj, "shared", 7, &error_abort);
    g_assert_cmpint(shared, ==, 7);
}

static void test_enums(void)
{
    g_autoptr(Object) obj = object_new(TYPE_THING);
    Error *err = NULL;

    g_assert_cmpint(object_property_get_enum(obj, "colour", "Colour",
                                             &error_abort), ==, COLOUR_GREEN);
    object_property_set_str(obj, "colour", "red", &error_abort);
    g_assert_cmpint(THING(obj)->colour, ==, COLOUR_RED);
    assert_prints(obj, "colour", "red", "\"red\"");
    g_assert_false(object_property_parse(obj, "colour", "what", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Parameter 'colour' does not accept value 'what'");
    error_free_or_abort(&err);
    g_assert_cmpint(object_property_get_enum(obj, "colour", "Taste", &err), ==,
                    -1);
    assert_error(&err, "*'colour'*'Taste'*");
    g_assert_cmpint(object_property_get_enum(obj, "none", "Colour", &err), ==,
                    -1);
    assert_error(&err, "*'thing.none'*");
    g_assert_cmpstr(object_property_get_type(obj, "colour", &error_abort), ==,
                    "Colour");
    g_assert_null(object_property_get_type(obj, "none", &err));
    assert_error(&err, "*'thing.none'*");
}

static void test_links(void)
{
    Object *obj = object_new(TYPE_THING), *target = object_new(TYPE_THING);
    Object *other = object_new("container"), *weak = NULL;
    Error *err = NULL;

    object_property_add_child(object_get_root(), "target", target);
    object_property_add_child(object_get_root(), "other", other);
    object_property_add_child(object_get_root(), "obj", obj);
    object_property_set_link(obj, "link", target, &error_abort);
    g_assert_true(THING(obj)->link == target);
    g_assert_cmpuint(target->ref, ==, 3);
    g_assert_true(object_property_get_link(obj, "link", &error_abort) ==
                  target);
    assert_prints(obj, "link", "/target", "\"/target\"");
    g_assert_true(object_resolve_path("/obj/link", NULL) == target);
    g_assert_cmpstr(object_property_get_type(obj, "link", &error_abort), ==,
                    "link<thing>");
    g_assert_false(object_property_set_str(obj, "link", "/other", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_GENERIC_ERROR);
    assert_error(&err, "*'link'*'thing'*");
    g_assert_false(object_property_set_str(obj, "link", "/none", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    assert_error(&err, "*'/none'*");
    g_assert_false(object_property_set_str(obj, "link", "", NULL) &&
                   THING(obj)->link);
    g_assert_null(object_property_get_link(obj, "link", &error_abort));
    g_assert_cmpuint(target->ref, ==, 2);
    object_property_set_link(obj, "link", target, &error_abort);

    object_property_add_link(obj, "choosy", TYPE_THING, &weak, check_link, 0);
    object_property_set_link(obj, "choosy", target, &error_abort);
    g_assert_cmpuint(target->ref, ==, 3);
    g_assert_false(object_property_set_link(obj, "choosy", obj, &err));
    assert_error(&err, "not to itself");
    g_assert_true(weak == target);
    object_property_add_link(obj, "fixed", TYPE_THING, &weak, NULL, 0);
    g_assert_false(object_property_set_link(obj, "fixed", obj, &err));
    assert_error(&err, "*'thing.fixed'*");
    object_property_add_const_link(obj, "const", other);
    g_assert_true(object_property_get_link(obj, "const", &error_abort) ==
                  other);
    g_assert_null(object_property_get_link(obj, "text", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    assert_error(&err, "*");

    /* What is in no tree has no path, which reads as NULL. */
    object_unparent(target);
    object_property_set_link(obj, "choosy", target, &error_abort);
    g_assert_null(weak);
    object_unparent(obj);
    object_unref(obj);
    g_assert_cmpuint(target->ref, ==, 1);
    object_unref(target);
    object_unparent(other);
    object_unref(other);
}

static int releases;

static void count_release(Object *obj, const char *name, void *opaque)
{
    (void)opaque;
    releases++;
    g_assert_nonnull(object_property_find(obj, name));
    if (strcmp(name, "adds") == 0) {
        object_property_add(obj, "added", "custom", NULL, NULL, count_release,
                            NULL);
    } else if (strcmp(name, "removes") == 0) {
        object_property_del(obj, "removed");
    }
}

static void test_release_runs_once(void)
{
    Object *obj = object_new(TYPE_THING);

    releases = class_releases = 0;
    object_property_add(obj, "one", "custom", NULL, NULL, count_release, NULL);
    object_property_del(obj, "one");
    g_assert_cmpint(releases, ==, 1);
    g_assert_null(object_property_find(obj, "one"));
    object_property_add(obj, "two", "custom", NULL, NULL, count_release, NULL);
    object_property_add(obj, "adds", "custom", NULL, NULL, count_release,
                        NULL);
    object_property_add(obj, "removes", "custom", NULL, NULL, count_release,
                        NULL);
    object_property_add(obj, "removed", "custom", NULL, NULL, count_release,
                        NULL);
    object_unref(obj);
    g_assert_cmpint(class_releases, ==, 1);
}

static void test_release_runs_once_each(void)
{
    Object *obj = object_new(TYPE_THING);

    releases = 0;
    object_property_add(obj, "adds", "custom", NULL, NULL, count_release,
                        NULL);
    object_unref(obj);
    g_assert_cmpint(releases, ==, 2);
}

static void test_numbered_names(void)
{
    g_autoptr(Object) obj = object_new("container");

    for (int i = 0; i < 3; i++) {
        ObjectProperty *prop =
            object_property_add(obj, "item[*]", "custom", NULL, NULL, NULL,
                                NULL);
        g_autofree char *name = g_strdup_printf("item[%d]", i);

        g_assert_cmpstr(prop->name, ==, name);
    }
    object_property_del(obj, "item[1]");
    g_assert_cmpstr(object_property_add(obj, "item[*]", "custom", NULL, NULL,
                                        NULL, NULL)->name, ==, "item[1]");
}

static void test_names_are_unique(void)
{
    g_autoptr(Object) obj = object_new(TYPE_THING);
    Error *err = NULL;

    g_assert_null(object_property_try_add(obj, "text", "string", NULL, NULL,
                                          NULL, NULL, &err));
    assert_error(&err, "*'text'*'thing'*");
    g_assert_nonnull(object_property_try_add(obj, "mine", "string", NULL, NULL,
                                             NULL, NULL, &error_abort));
    g_assert_null(object_property_try_add(obj, "mine", "string", NULL, NULL,
                                          NULL, NULL, NULL));
}

static void test_find_and_describe(void)
{
    g_autoptr(Object) obj = object_new("thing-heir");
    ObjectClass *oc = object_get_class(obj);
    Error *err = NULL;

    g_assert_true(object_property_find(obj, "text") ==
                  object_class_property_find(oc, "text"));
    g_assert_cmpstr(object_property_find(obj, "text")->description, ==,
                    "some text");
    object_property_set_description(obj, "text", "other text");
    g_assert_cmpstr(object_property_find_err(obj, "text", NULL)->description,
                    ==, "other text");
    g_assert_null(object_property_find_err(obj, "none", &err));
    assert_error(&err, "*'thing-heir.none'*");
    g_assert_null(object_class_property_find_err(oc, "none", &err));
    assert_error(&err, "*'thing-heir.none'*");
    g_assert_nonnull(object_class_property_find_err(oc, "flag", &error_abort));
    g_assert_null(object_class_property_find(oc, "none"));
}

static void test_iterators(void)
{
    g_autoptr(Object) obj = object_new("thing-heir");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    ObjectPropertyIterator iter;
    ObjectProperty *prop;
    int of_object = 0, of_class = 0;

    object_property_add(obj, "mine", "custom", NULL, NULL, NULL, NULL);
    object_property_iter_init(&iter, obj);
    while ((prop = object_property_iter_next(&iter))) {
        g_assert_true(g_hash_table_add(seen, prop->name));
        of_object++;
    }
    g_assert_true(g_hash_table_contains(seen, "mine"));
    g_assert_true(g_hash_table_contains(seen, "text"));
    g_assert_true(g_hash_table_contains(seen, "type"));
    object_class_property_iter_init(&iter, object_get_class(obj));
    while ((prop = object_property_iter_next(&iter))) {
        of_class++;
    }
    g_assert_cmpint(of_object, ==, of_class + 1);
}

static void test_set_props(void)
{
    g_autoptr(Object) obj = object_new(TYPE_THING);
    Error *err = NULL;

    g_assert_true(object_set_props(obj, &error_abort, "text", "t", "flag",
                                   "off", NULL));
    g_assert_cmpstr(THING(obj)->text, ==, "t");
    g_assert_false(THING(obj)->flag);
    g_assert_true(object_set_props(obj, &error_abort, NULL));
    g_assert_false(object_set_props(obj, &err, "flag", "on", "colour", "x",
                                    "text", "u", NULL));
    assert_error(&err, "*'colour'*'x'*");
    g_assert_true(THING(obj)->flag);
    g_assert_cmpstr(THING(obj)->text, ==, "t");
}

static void test_alias_and_date(void)
{
    g_autoptr(Object) obj = object_new(TYPE_THING);
    g_autoptr(Object) front = object_new("container");
    g_autofree char *text = NULL;
    g_autofree char *date = object_property_print(obj, "date", false,
                                                  &error_abort);

    object_property_add_alias(front, "words", obj, "text");
    object_property_set_str(front, "words", "through", &error_abort);
    g_assert_cmpstr(THING(obj)->text, ==, "through");
    text = object_property_get_str(front, "words", &error_abort);
    g_assert_cmpstr(text, ==, "through");
    g_assert_cmpstr(object_property_get_type(front, "words", &error_abort),
                    ==, "string");
    g_assert_nonnull(strstr(date, "tm_year=99"));
}

/* What aborts. */

static void die_null_value(void)
{
    object_set_props(object_new(TYPE_THING), NULL, "text", NULL, NULL);
}

static void die_null_string(void)
{
    object_property_set_str(object_new(TYPE_THING), "text", NULL, NULL);
}

static void die_taken(void)
{
    object_property_add_str(object_new(TYPE_THING), "text", NULL, NULL);
}

static void die_class_taken(void)
{
    object_class_property_add_str(object_class_by_name("thing-heir"), "text",
                                  NULL, NULL);
}

static void die_del(void)
{
    object_property_del(object_new(TYPE_THING), "text");
}

static void die_two_defaults(void)
{
    object_property_set_default_str(
        object_class_property_find(object_class_by_name(TYPE_THING), "text"),
        "again");
}

static void die_bad_default(void)
{
    ObjectClass *oc = object_class_by_name(TYPE_THING);

    object_property_set_default_str(
        object_class_property_add_bool(oc, "odd", get_flag, set_flag), "x");
    object_new(TYPE_THING);
}

static void die_enum_value(void)
{
    Object *obj = object_new(TYPE_THING);

    THING(obj)->colour = 17;
    object_property_get_enum(obj, "colour", "Colour", NULL);
}

static const struct {
    const char *name;
    void (*func)(void);
    const char *message;
} deaths[] = {
    { "null-value", die_null_value, "object_set_props: *NULL*" },
    { "null-string", die_null_string, "object_property_set_str: *NULL*" },
    { "taken", die_taken, "*'text'*" },
    { "class-taken", die_class_taken,
      "object_class_property_add: *'thing-heir'*'text'*" },
    { "del", die_del, "object_property_del: *'text'*" },
    { "two-defaults", die_two_defaults,
      "object_property_set_default: *'text'*" },
    { "bad-default", die_bad_default, "*'odd'*boolean*" },
    { "enum-value", die_enum_value, "object_property_get: *'colour'*17*" },
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
    testing_add("/property/strings", test_strings);
    testing_add("/property/booleans", test_booleans);
    testing_add("/property/numbers", test_numbers);
    testing_add("/property/enums", test_enums);
    testing_add("/property/links", test_links);
    testing_add("/property/release-runs-once", test_release_runs_once);
    testing_add("/property/release-runs-for-what-a-hook-adds",
                test_release_runs_once_each);
    testing_add("/property/numbered-names", test_numbered_names);
    testing_add("/property/names-are-unique", test_names_are_unique);
    testing_add("/property/find-and-describe", test_find_and_describe);
    testing_add("/property/iterators", test_iterators);
    testing_add("/property/set-props", test_set_props);
    testing_add("/property/alias-and-date", test_alias_and_date);
    for (guint i = 0; i < ARRAY_SIZE(deaths); i++) {
        g_autofree char *path = g_strdup_printf("/property/death/%s",
                                                deaths[i].name);
        g_test_add_data_func(path, GINT_TO_POINTER(i), test_death);
    }
    return g_test_run();
}
