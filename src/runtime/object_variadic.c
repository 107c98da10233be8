/*
 * The C-variadic functions of the object model.
 *
 * Each one collects its names and values and calls a Rust function
 * (qiochannel_*) that does the work.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/osdep.h"
#include "qom/object.h"

/* The Rust side. `count` is the number of pairs. */

bool qiochannel_object_set_props(Object *obj, Error **errp,
                                 const char *const *pairs, size_t count);
Object *qiochannel_object_new_with_props(const char *type_name,
                                         Object *parent, const char *id,
                                         Error **errp,
                                         const char *const *pairs,
                                         size_t count);
bool qiochannel_object_initialize_child(Object *parent, const char *name,
                                        void *memory, size_t size,
                                        const char *type_name, Error **errp,
                                        const char *const *pairs,
                                        size_t count);

/* Names and values, up to a NULL name. */
static GPtrArray *collect(va_list ap)
{
    GPtrArray *pairs = g_ptr_array_new();
    char *name;

    while ((name = va_arg(ap, char *))) {
        g_ptr_array_add(pairs, name);
        g_ptr_array_add(pairs, va_arg(ap, char *));
    }
    return pairs;
}

static const char *const *names_and_values(GPtrArray *pairs)
{
    return (const char *const *)pairs->pdata;
}

bool object_set_propv(Object *obj, Error **errp, va_list vargs)
{
    g_autoptr(GPtrArray) pairs = collect(vargs);

    return qiochannel_object_set_props(obj, errp, names_and_values(pairs),
                                       pairs->len / 2);
}

bool object_set_props(Object *obj, Error **errp, ...)
{
    va_list ap;
    bool done;

    va_start(ap, errp);
    done = object_set_propv(obj, errp, ap);
    va_end(ap);
    return done;
}

Object *object_new_with_propv(const char *type_name, Object *parent,
                              const char *id, Error **errp, va_list vargs)
{
    g_autoptr(GPtrArray) pairs = collect(vargs);

    return qiochannel_object_new_with_props(type_name, parent, id, errp,
                                            names_and_values(pairs),
                                            pairs->len / 2);
}

Object *object_new_with_props(const char *type_name, Object *parent,
                              const char *id, Error **errp, ...)
{
    va_list ap;
    Object *obj;

    va_start(ap, errp);
    obj = object_new_with_propv(type_name, parent, id, errp, ap);
    va_end(ap);
    return obj;
}

bool object_initialize_child_with_propsv(Object *parentobj,
                                         const char *propname,
                                         void *childobj, size_t size,
                                         const char *type, Error **errp,
                                         va_list vargs)
{
    g_autoptr(GPtrArray) pairs = collect(vargs);

    return qiochannel_object_initialize_child(parentobj, propname, childobj,
                                              size, type, errp,
                                              names_and_values(pairs),
                                              pairs->len / 2);
}

bool object_initialize_child_with_props(Object *parentobj,
                                        const char *propname,
                                        void *childobj, size_t size,
                                        const char *type, Error **errp, ...)
{
    va_list ap;
    bool done;

    va_start(ap, errp);
    done = object_initialize_child_with_propsv(parentobj, propname, childobj,
                                               size, type, errp, ap);
    va_end(ap);
    return done;
}
