
#ifdef __cplusplus
extern "C" {
#endif

/**
 * Creates an object, sets properties, makes it a child and completes it.
 *
 * The variable arguments are names and values (`const char *`), up to a NULL name.
 * The values are text, as for `object_property_parse()`; they are set in order. An
 * object of a type that implements "user-creatable" is completed at the end.
 *
 * With an id, the object belongs to `parent`: the result carries no reference, and
 * `object_unparent()` ends the object. Without one, `parent` does not count and the
 * result is a reference that the caller owns.
 *
 * @param type_name name of the type
 * @param parent the parent; may be NULL only without an id
 * @param id name in the parent, made of letters, digits, `-`, `.` and `_` and
 *     starting with a letter; or NULL
 * @param errp set on failure
 * @return the object; NULL with `errp` set on failure
 */
Object *object_new_with_props(const char *type_name, Object *parent,
                              const char *id, Error **errp, ...)
    G_GNUC_NULL_TERMINATED;

/** Same as `object_new_with_props()`. */
Object *object_new_with_propv(const char *type_name, Object *parent,
                              const char *id, Error **errp, va_list vargs);

/**
 * Sets properties from names and values (`const char *`), up to a NULL name, as with
 * `object_property_parse()`.
 *
 * @param obj an object
 * @param errp set on failure
 * @return false with `errp` set on failure; later properties are not set then
 */
bool object_set_props(Object *obj, Error **errp, ...) G_GNUC_NULL_TERMINATED;

/** Same as `object_set_props()`. */
bool object_set_propv(Object *obj, Error **errp, va_list vargs);

/**
 * Makes an object in memory of the caller, sets properties, makes it a child and
 * completes it, as `object_new_with_props()` does. Aborts if the name is taken.
 *
 * @param parentobj the parent, which holds the only reference
 * @param propname name of the child
 * @param childobj memory for the object
 * @param size how many bytes there are
 * @param type name of the type
 * @param errp set on failure
 * @return false with `errp` set on failure; the object is finalised then
 */
bool object_initialize_child_with_props(Object *parentobj,
                                        const char *propname,
                                        void *childobj, size_t size,
                                        const char *type, Error **errp, ...)
    G_GNUC_NULL_TERMINATED;

/** Same as `object_initialize_child_with_props()`. */
bool object_initialize_child_with_propsv(Object *parentobj,
                                         const char *propname,
                                         void *childobj, size_t size,
                                         const char *type, Error **errp,
                                         va_list vargs);

/* For programs that bring QAPI of their own; the library does not define these. */
char *object_property_help(const char *name, const char *type,
                           QObject *defval, const char *description);
bool object_apply_global_props(Object *obj, const GPtrArray *props,
                               Error **errp);
void object_set_machine_compat_props(GPtrArray *compat_props);
void object_set_accelerator_compat_props(GPtrArray *compat_props);
void object_register_sugar_prop(const char *driver, const char *prop,
                                const char *value, bool optional);
void object_apply_compat_props(Object *obj);
void object_set_properties_from_keyval(Object *obj, const QDict *qdict,
                                       bool from_json, Error **errp);
bool type_print_class_properties(const char *type);

#ifdef __cplusplus
}
#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Object, object_unref)
