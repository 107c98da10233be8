/**
 * A deep copy of `src`, a pointer to a QAPI type `type`, which the caller frees
 * with qapi_free_`type`(). NULL strings become empty ones; NULL gives NULL.
 */
#define QAPI_CLONE(type, src) \
    ((type *)qapi_clone((src), \
        (bool (*)(Visitor *, const char *, void **, Error **)) \
            (1 ? visit_type_##type : \
             (bool (*)(Visitor *, const char *, type **, Error **))NULL)))

/**
 * Makes `dst`, a pointer to memory of a QAPI type `type`, a deep copy of `src`.
 */
#define QAPI_CLONE_MEMBERS(type, dst, src) \
    qapi_clone_members((1 ? (dst) : (type *)NULL), (1 ? (src) : (type *)NULL), \
        sizeof(type), \
        (bool (*)(Visitor *, void *, Error **)) \
            (1 ? visit_type_##type##_members : \
             (bool (*)(Visitor *, type *, Error **))NULL))
