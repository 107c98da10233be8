/*
 * Test: what the io headers, and a class of channels, need of their host's qom/object.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_OBJECT_H
#define HOST_OBJECT_H

typedef struct TypeImpl *Type;

struct ObjectClass {
    Type type;
    GSList *interfaces;
    const char *object_cast_cache[4];
    const char *class_cast_cache[4];
    void (*unparent)(Object *obj);
    GHashTable *properties;
};

struct Object {
    ObjectClass *class;
    void (*free)(void *obj);
    GHashTable *properties;
    uint32_t ref;
    Object *parent;
};

typedef struct InterfaceInfo {
    const char *type;
} InterfaceInfo;

typedef struct TypeInfo {
    const char *name;
    const char *parent;
    size_t instance_size;
    size_t instance_align;
    void (*instance_init)(Object *obj);
    void (*instance_post_init)(Object *obj);
    void (*instance_finalize)(Object *obj);
    bool abstract;
    size_t class_size;
    void (*class_init)(ObjectClass *klass, void *data);
    void (*class_base_init)(ObjectClass *klass, void *data);
    void *class_data;
    InterfaceInfo *interfaces;
} TypeInfo;

Type type_register_static(const TypeInfo *info);
Object *object_new(const char *type_name);
Object *object_ref(void *obj);
void object_unref(void *obj);
ObjectClass *object_get_class(Object *obj);
Object *object_dynamic_cast_assert(Object *obj, const char *type_name,
                                   const char *file, int line,
                                   const char *func);
ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass,
                                              const char *type_name,
                                              const char *file, int line,
                                              const char *func);

#define OBJECT(obj) ((Object *)(obj))

#define HOST_INSTANCE_CHECKER(Instance, NAME)                                  \
    static inline G_GNUC_UNUSED Instance *NAME(const void *obj)                \
    {                                                                          \
        return (Instance *)object_dynamic_cast_assert(                         \
            (Object *)obj, TYPE_##NAME, __FILE__, __LINE__, __func__);         \
    }

#define OBJECT_DECLARE_SIMPLE_TYPE(Instance, NAME)                             \
    typedef struct Instance Instance;                                          \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(Instance, object_unref)                      \
    HOST_INSTANCE_CHECKER(Instance, NAME)

#define OBJECT_DECLARE_TYPE(Instance, Class, NAME)                             \
    typedef struct Class Class;                                                \
    OBJECT_DECLARE_SIMPLE_TYPE(Instance, NAME)                                 \
    static inline G_GNUC_UNUSED Class *NAME##_CLASS(const void *klass)         \
    {                                                                          \
        return (Class *)object_class_dynamic_cast_assert(                      \
            (ObjectClass *)klass, TYPE_##NAME, __FILE__, __LINE__, __func__);  \
    }                                                                          \
    static inline G_GNUC_UNUSED Class *NAME##_GET_CLASS(const void *obj)       \
    {                                                                          \
        return NAME##_CLASS(object_get_class((Object *)obj));                  \
    }

#endif
