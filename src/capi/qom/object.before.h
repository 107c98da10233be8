#include "io/api-version.h"
#include "qapi/qapi-builtin-types.h"
#include "qemu/module.h"

struct TypeImpl;
/** Handle of a registered type. */
typedef struct TypeImpl *Type;

typedef struct TypeInfo TypeInfo;
typedef struct InterfaceClass InterfaceClass;
typedef struct InterfaceInfo InterfaceInfo;
typedef struct ObjectProperty ObjectProperty;

/** Name of the type that every class of objects descends from. */
#define TYPE_OBJECT "object"
/** Name of the type that every interface descends from. */
#define TYPE_INTERFACE "interface"

/**
 * Reads or writes a property: the object, the carrier of the value, the
 * property's name, the data given with the accessor, and where to store an error.
 */
typedef void(ObjectPropertyAccessor)(Object *obj, Visitor *v,
                                     const char *name, void *opaque,
                                     Error **errp);
/** Finds the object that the path component `part` leads to; NULL for none. */
typedef Object *(ObjectPropertyResolve)(Object *obj, void *opaque,
                                        const char *part);
/** Runs once for each object that loses the property or dies with it. */
typedef void(ObjectPropertyRelease)(Object *obj, const char *name,
                                    void *opaque);
/** Runs for each new object of a class that has the property. */
typedef void(ObjectPropertyInit)(Object *obj, ObjectProperty *prop);
/** Runs while an object leaves the composition tree. */
typedef void(ObjectUnparent)(Object *obj);
/** Frees the memory of an object. */
typedef void(ObjectFree)(void *obj);

/** How many successful casts a class remembers. */
#define OBJECT_CLASS_CAST_CACHE 4

/**
 * The base of every class.
 */
struct ObjectClass {
    /** The type of the class; private. */
    Type type;
    /** The interface classes; private. */
    GSList *interfaces;
    /** Types that instances were recently cast to; private. */
    const char *object_cast_cache[OBJECT_CLASS_CAST_CACHE];
    /** Types that the class was recently cast to; private. */
    const char *class_cast_cache[OBJECT_CLASS_CAST_CACHE];
    /** Called while an instance leaves the composition tree; may be NULL. */
    ObjectUnparent *unparent;
    /** The class properties; private. */
    GHashTable *properties;
};

/**
 * The base of every instance.
 */
struct Object {
#ifdef __cplusplus
    /** The class of the object. */
    ObjectClass *klass;
#else
    /** The class of the object. */
    ObjectClass *class;
#endif
    /**
     * Frees the instance after the last reference was dropped; NULL for memory
     * that the object does not own. May be set after `object_initialize()`.
     */
    ObjectFree *free;
    /** The instance properties; private. */
    GHashTable *properties;
    /** The reference count. */
    uint32_t ref;
    /** The parent in the composition tree; not a reference. */
    Object *parent;
};

/** An object pointer as an `Object *`, unchecked; NULL passes. */
#define OBJECT(obj) ((Object *)(obj))

/** A class pointer as an `ObjectClass *`, unchecked; NULL passes. */
#define OBJECT_CLASS(class) ((ObjectClass *)(class))

/**
 * An object pointer as a `type *`; aborts if it is not an instance of the type
 * `name`. NULL passes.
 */
#define OBJECT_CHECK(type, obj, name)                                        \
    ((type *)object_dynamic_cast_assert(OBJECT(obj), (name), __FILE__,       \
                                        __LINE__, __func__))

/**
 * A class pointer as a `class_type *`; aborts if it is not a class of the type
 * `name`. NULL passes.
 */
#define OBJECT_CLASS_CHECK(class_type, class, name)                          \
    ((class_type *)object_class_dynamic_cast_assert(                         \
        OBJECT_CLASS(class), (name), __FILE__, __LINE__, __func__))

/**
 * The class of an object, checked as with `OBJECT_CLASS_CHECK()`. `obj` must not
 * be NULL.
 */
#define OBJECT_GET_CLASS(class, obj, name)                                   \
    OBJECT_CLASS_CHECK(class, object_get_class(OBJECT(obj)), name)

/** An object pointer as a pointer to an interface that the object implements. */
#define INTERFACE_CHECK(interface, obj, name)                                \
    ((interface *)object_dynamic_cast_assert(OBJECT(obj), (name), __FILE__,  \
                                             __LINE__, __func__))

/** A class pointer as an `InterfaceClass *`; aborts if it is none. */
#define INTERFACE_CLASS(klass)                                               \
    OBJECT_CLASS_CHECK(InterfaceClass, klass, TYPE_INTERFACE)

/**
 * Declares `OBJ_NAME(obj)`, a checked cast of a pointer to an instance.
 */
#define DECLARE_INSTANCE_CHECKER(InstanceType, OBJ_NAME, TYPENAME)           \
    static inline G_GNUC_UNUSED InstanceType *OBJ_NAME(const void *obj)      \
    {                                                                        \
        return OBJECT_CHECK(InstanceType, obj, TYPENAME);                    \
    }

/**
 * Declares `OBJ_NAME_GET_CLASS(obj)`, the class of an instance, and
 * `OBJ_NAME_CLASS(klass)`, a checked cast of a pointer to a class.
 */
#define DECLARE_CLASS_CHECKERS(ClassType, OBJ_NAME, TYPENAME)                \
    static inline G_GNUC_UNUSED ClassType *OBJ_NAME ## _GET_CLASS(           \
        const void *obj)                                                     \
    {                                                                        \
        return OBJECT_GET_CLASS(ClassType, obj, TYPENAME);                   \
    }                                                                        \
    static inline G_GNUC_UNUSED ClassType *OBJ_NAME ## _CLASS(               \
        const void *klass)                                                   \
    {                                                                        \
        return OBJECT_CLASS_CHECK(ClassType, klass, TYPENAME);               \
    }

/**
 * Declares the functions of `DECLARE_INSTANCE_CHECKER()` and
 * `DECLARE_CLASS_CHECKERS()`.
 */
#define DECLARE_OBJ_CHECKERS(InstanceType, ClassType, OBJ_NAME, TYPENAME)    \
    DECLARE_INSTANCE_CHECKER(InstanceType, OBJ_NAME, TYPENAME)               \
    DECLARE_CLASS_CHECKERS(ClassType, OBJ_NAME, TYPENAME)

/**
 * Declares the types of instance and class, `g_autoptr()` for instances, and the
 * three checkers over `TYPE_<NAME>`, which must be defined before.
 */
#define OBJECT_DECLARE_TYPE(InstanceType, ClassType, MODULE_OBJ_NAME)        \
    typedef struct InstanceType InstanceType;                                \
    typedef struct ClassType ClassType;                                      \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(InstanceType, object_unref)                \
    DECLARE_OBJ_CHECKERS(InstanceType, ClassType, MODULE_OBJ_NAME,           \
                         TYPE_ ## MODULE_OBJ_NAME)

/**
 * Declares the type of instances, `g_autoptr()` for it, and the instance checker
 * over `TYPE_<NAME>`: for types without a class struct of their own.
 */
#define OBJECT_DECLARE_SIMPLE_TYPE(InstanceType, MODULE_OBJ_NAME)            \
    typedef struct InstanceType InstanceType;                                \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(InstanceType, object_unref)                \
    DECLARE_INSTANCE_CHECKER(InstanceType, MODULE_OBJ_NAME,                  \
                             TYPE_ ## MODULE_OBJ_NAME)

/**
 * Defines a type and registers it. The file must define the static functions
 * `<name>_finalize()`, `<name>_class_init()` and `<name>_init()`. The last
 * arguments are the initialisers of the interface list.
 */
#define OBJECT_DEFINE_TYPE_EXTENDED(ModuleObjName, module_obj_name,          \
                                    MODULE_OBJ_NAME, PARENT_MODULE_OBJ_NAME, \
                                    ABSTRACT, ...)                           \
    static void module_obj_name ## _finalize(Object *obj);                   \
    static void module_obj_name ## _class_init(ObjectClass *oc, void *data); \
    static void module_obj_name ## _init(Object *obj);                       \
                                                                             \
    static const TypeInfo module_obj_name ## _info = {                       \
        .name = TYPE_ ## MODULE_OBJ_NAME,                                    \
        .parent = TYPE_ ## PARENT_MODULE_OBJ_NAME,                           \
        .instance_size = sizeof(ModuleObjName),                              \
        .instance_align = __alignof__(ModuleObjName),                        \
        .instance_init = module_obj_name ## _init,                           \
        .instance_finalize = module_obj_name ## _finalize,                   \
        .abstract = ABSTRACT,                                                \
        .class_size = sizeof(ModuleObjName ## Class),                        \
        .class_init = module_obj_name ## _class_init,                        \
        .interfaces = (InterfaceInfo[]) { __VA_ARGS__ },                     \
    };                                                                       \
                                                                             \
    static void module_obj_name ## _register_types(void)                     \
    {                                                                        \
        type_register_static(&module_obj_name ## _info);                     \
    }                                                                        \
    type_init(module_obj_name ## _register_types)

/** Defines a type without interfaces; see `OBJECT_DEFINE_TYPE_EXTENDED()`. */
#define OBJECT_DEFINE_TYPE(ModuleObjName, module_obj_name, MODULE_OBJ_NAME,  \
                           PARENT_MODULE_OBJ_NAME)                           \
    OBJECT_DEFINE_TYPE_EXTENDED(ModuleObjName, module_obj_name,              \
                                MODULE_OBJ_NAME, PARENT_MODULE_OBJ_NAME,     \
                                false, { NULL })

/**
 * Defines a type with interfaces: the last arguments, ending with `{ NULL }`. See
 * `OBJECT_DEFINE_TYPE_EXTENDED()`.
 */
#define OBJECT_DEFINE_TYPE_WITH_INTERFACES(ModuleObjName, module_obj_name,   \
                                           MODULE_OBJ_NAME,                  \
                                           PARENT_MODULE_OBJ_NAME, ...)      \
    OBJECT_DEFINE_TYPE_EXTENDED(ModuleObjName, module_obj_name,              \
                                MODULE_OBJ_NAME, PARENT_MODULE_OBJ_NAME,     \
                                false, __VA_ARGS__)

/** Defines an abstract type; see `OBJECT_DEFINE_TYPE_EXTENDED()`. */
#define OBJECT_DEFINE_ABSTRACT_TYPE(ModuleObjName, module_obj_name,          \
                                    MODULE_OBJ_NAME, PARENT_MODULE_OBJ_NAME) \
    OBJECT_DEFINE_TYPE_EXTENDED(ModuleObjName, module_obj_name,              \
                                MODULE_OBJ_NAME, PARENT_MODULE_OBJ_NAME,     \
                                true, { NULL })

/** Registers an array of `TypeInfo`; needs `ARRAY_SIZE()`. */
#define DEFINE_TYPES(type_array)                                             \
    static void do_qemu_init_types_ ## type_array(void)                      \
    {                                                                        \
        type_register_static_array(type_array, ARRAY_SIZE(type_array));      \
    }                                                                        \
    type_init(do_qemu_init_types_ ## type_array)

/**
 * Initialises the memory at `child` as an object of the type named `type` and
 * makes it the child `propname` of `parent`, which then holds the only reference.
 */
#define object_initialize_child(parent, propname, child, type)               \
    object_initialize_child_internal((parent), (propname), (child),          \
                                     sizeof(*(child)), (type))
