
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

#if QIO_API_BEFORE(5, 1)
/*
 * Older generations of the API; see io/channel.h. Before 5.1, the name came behind
 * the value, and there was no result.
 */
static inline void qio_api_property_get(Object *obj, Visitor *v,
                                        const char *name, Error **errp)
{
    object_property_get(obj, name, v, errp);
}
#define object_property_get qio_api_property_get

static inline void qio_api_property_set(Object *obj, Visitor *v,
                                        const char *name, Error **errp)
{
    object_property_set(obj, name, v, errp);
}
#define object_property_set qio_api_property_set

static inline void qio_api_property_parse(Object *obj, const char *value,
                                          const char *name, Error **errp)
{
    object_property_parse(obj, name, value, errp);
}
#define object_property_parse qio_api_property_parse

static inline void qio_api_property_set_str(Object *obj, const char *value,
                                            const char *name, Error **errp)
{
    object_property_set_str(obj, name, value, errp);
}
#define object_property_set_str qio_api_property_set_str

static inline void qio_api_property_set_link(Object *obj, Object *value,
                                             const char *name, Error **errp)
{
    object_property_set_link(obj, name, value, errp);
}
#define object_property_set_link qio_api_property_set_link

static inline void qio_api_property_set_bool(Object *obj, bool value,
                                             const char *name, Error **errp)
{
    object_property_set_bool(obj, name, value, errp);
}
#define object_property_set_bool qio_api_property_set_bool

static inline void qio_api_property_set_int(Object *obj, int64_t value,
                                            const char *name, Error **errp)
{
    object_property_set_int(obj, name, value, errp);
}
#define object_property_set_int qio_api_property_set_int

static inline void qio_api_property_set_uint(Object *obj, uint64_t value,
                                             const char *name, Error **errp)
{
    object_property_set_uint(obj, name, value, errp);
}
#define object_property_set_uint qio_api_property_set_uint

static inline int qio_api_object_set_propv(Object *obj, Error **errp,
                                           va_list vargs)
{
    return object_set_propv(obj, errp, vargs) ? 0 : -1;
}
#define object_set_propv qio_api_object_set_propv

static inline G_GNUC_NULL_TERMINATED int
qio_api_object_set_props(Object *obj, Error **errp, ...)
{
    va_list vargs;
    int result;

    va_start(vargs, errp);
    result = qio_api_object_set_propv(obj, errp, vargs);
    va_end(vargs);
    return result;
}
#define object_set_props qio_api_object_set_props
#endif
