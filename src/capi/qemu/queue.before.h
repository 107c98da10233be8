#include "qemu/osdep.h"

/*
 * Lists whose links are members of the elements. `field` is the name of that
 * member, `head` a pointer to the list.
 *
 * | family   | links     | list knows | constant time                           |
 * |----------|-----------|------------|-----------------------------------------|
 * | QSLIST   | next      | first      | insert and remove in front              |
 * | QLIST    | next, own | first      | insert anywhere but at the end, remove  |
 * | QSIMPLEQ | next      | both ends  | insert at both ends, remove in front    |
 * | QTAILQ   | both      | both ends  | everything                              |
 *
 * A _FOREACH_SAFE loop may remove the element it is at.
 */

/* QLIST: an element points to the next one, and to what points to it. */

#define QLIST_HEAD(name, type) \
    struct name { struct type *lh_first; }
#define QLIST_HEAD_INITIALIZER(head) { NULL }
#define QLIST_ENTRY(type) \
    struct { struct type *le_next; struct type **le_prev; }

#define QLIST_INIT(head) do { (head)->lh_first = NULL; } while (0)
#define QLIST_EMPTY(head) ((head)->lh_first == NULL)
#define QLIST_FIRST(head) ((head)->lh_first)
#define QLIST_NEXT(elm, field) ((elm)->field.le_next)
#define QLIST_IS_INSERTED(elm, field) ((elm)->field.le_prev != NULL)

/* Inserts `elm` where the pointer at `link` points. */
#define qemu_qlist_link_(link, elm, field) do { \
    (elm)->field.le_prev = (link); \
    (elm)->field.le_next = *(elm)->field.le_prev; \
    if ((elm)->field.le_next != NULL) { \
        (elm)->field.le_next->field.le_prev = &(elm)->field.le_next; \
    } \
    *(elm)->field.le_prev = (elm); \
} while (0)

#define QLIST_INSERT_HEAD(head, elm, field) \
    qemu_qlist_link_(&(head)->lh_first, elm, field)
#define QLIST_INSERT_AFTER(listelm, elm, field) \
    qemu_qlist_link_(&(listelm)->field.le_next, elm, field)
#define QLIST_INSERT_BEFORE(listelm, elm, field) \
    qemu_qlist_link_((listelm)->field.le_prev, elm, field)

#define QLIST_REMOVE(elm, field) do { \
    if ((elm)->field.le_next != NULL) { \
        (elm)->field.le_next->field.le_prev = (elm)->field.le_prev; \
    } \
    *(elm)->field.le_prev = (elm)->field.le_next; \
    (elm)->field.le_next = NULL; \
    (elm)->field.le_prev = NULL; \
} while (0)

/* Does nothing for an element that is in no list. */
#define QLIST_SAFE_REMOVE(elm, field) do { \
    if (QLIST_IS_INSERTED(elm, field)) { \
        QLIST_REMOVE(elm, field); \
    } \
} while (0)

/* Mends the first element after the head was moved in memory. */
#define QLIST_FIX_HEAD_PTR(head, field) do { \
    if ((head)->lh_first != NULL) { \
        (head)->lh_first->field.le_prev = &(head)->lh_first; \
    } \
} while (0)

#define QLIST_SWAP(head1, head2, field) do { \
    __typeof__((head1)->lh_first) qlist_tmp_ = (head1)->lh_first; \
    (head1)->lh_first = (head2)->lh_first; \
    (head2)->lh_first = qlist_tmp_; \
    QLIST_FIX_HEAD_PTR(head1, field); \
    QLIST_FIX_HEAD_PTR(head2, field); \
} while (0)

#define QLIST_FOREACH(var, head, field) \
    for ((var) = QLIST_FIRST(head); (var); (var) = QLIST_NEXT(var, field))
#define QLIST_FOREACH_SAFE(var, head, field, next_var) \
    for ((var) = QLIST_FIRST(head); \
         (var) && ((next_var) = QLIST_NEXT(var, field), 1); \
         (var) = (next_var))

/* QSLIST: an element points to the next one. */

#define QSLIST_HEAD(name, type) \
    struct name { struct type *slh_first; }
#define QSLIST_HEAD_INITIALIZER(head) { NULL }
#define QSLIST_ENTRY(type) \
    struct { struct type *sle_next; }

#define QSLIST_INIT(head) do { (head)->slh_first = NULL; } while (0)
#define QSLIST_EMPTY(head) ((head)->slh_first == NULL)
#define QSLIST_FIRST(head) ((head)->slh_first)
#define QSLIST_NEXT(elm, field) ((elm)->field.sle_next)

#define QSLIST_INSERT_HEAD(head, elm, field) do { \
    (elm)->field.sle_next = (head)->slh_first; \
    (head)->slh_first = (elm); \
} while (0)
#define QSLIST_INSERT_AFTER(slistelm, elm, field) do { \
    (elm)->field.sle_next = (slistelm)->field.sle_next; \
    (slistelm)->field.sle_next = (elm); \
} while (0)

/* Several threads may insert, while others move everything away. */
#define QSLIST_INSERT_HEAD_ATOMIC(head, elm, field) do { \
    __typeof__((head)->slh_first) qslist_old_ = \
        __atomic_load_n(&(head)->slh_first, __ATOMIC_RELAXED); \
    do { \
        (elm)->field.sle_next = qslist_old_; \
    } while (!__atomic_compare_exchange_n(&(head)->slh_first, &qslist_old_, \
                                          (elm), 1, __ATOMIC_RELEASE, \
                                          __ATOMIC_RELAXED)); \
} while (0)
#define QSLIST_MOVE_ATOMIC(dest, src) do { \
    (dest)->slh_first = \
        __atomic_exchange_n(&(src)->slh_first, NULL, __ATOMIC_ACQUIRE); \
} while (0)

#define QSLIST_REMOVE_HEAD(head, field) do { \
    __typeof__((head)->slh_first) qslist_elm_ = (head)->slh_first; \
    (head)->slh_first = qslist_elm_->field.sle_next; \
    qslist_elm_->field.sle_next = NULL; \
} while (0)
#define QSLIST_REMOVE_AFTER(slistelm, field) do { \
    __typeof__((slistelm)->field.sle_next) qslist_elm_ = \
        (slistelm)->field.sle_next; \
    (slistelm)->field.sle_next = qslist_elm_->field.sle_next; \
    qslist_elm_->field.sle_next = NULL; \
} while (0)
#define QSLIST_REMOVE(head, elm, type, field) do { \
    struct type **qslist_link_ = &(head)->slh_first; \
    while (*qslist_link_ != (elm)) { \
        qslist_link_ = &(*qslist_link_)->field.sle_next; \
    } \
    *qslist_link_ = (elm)->field.sle_next; \
    (elm)->field.sle_next = NULL; \
} while (0)

#define QSLIST_FOREACH(var, head, field) \
    for ((var) = QSLIST_FIRST(head); (var); (var) = QSLIST_NEXT(var, field))
#define QSLIST_FOREACH_SAFE(var, head, field, next_var) \
    for ((var) = QSLIST_FIRST(head); \
         (var) && ((next_var) = QSLIST_NEXT(var, field), 1); \
         (var) = (next_var))

/* QSIMPLEQ: an element points to the next one, the list also to its end. */

#define QSIMPLEQ_HEAD(name, type) \
    struct name { struct type *sqh_first; struct type **sqh_last; }
#define QSIMPLEQ_HEAD_INITIALIZER(head) { NULL, &(head).sqh_first }
#define QSIMPLEQ_ENTRY(type) \
    struct { struct type *sqe_next; }

#define QSIMPLEQ_INIT(head) do { \
    (head)->sqh_first = NULL; \
    (head)->sqh_last = &(head)->sqh_first; \
} while (0)
#define QSIMPLEQ_EMPTY(head) ((head)->sqh_first == NULL)
#define QSIMPLEQ_EMPTY_ATOMIC(head) \
    (__atomic_load_n(&(head)->sqh_first, __ATOMIC_RELAXED) == NULL)
#define QSIMPLEQ_FIRST(head) ((head)->sqh_first)
#define QSIMPLEQ_NEXT(elm, field) ((elm)->field.sqe_next)
#define QSIMPLEQ_LAST(head, type, field) \
    (QSIMPLEQ_EMPTY(head) ? NULL : \
     container_of((head)->sqh_last, struct type, field.sqe_next))

#define QSIMPLEQ_INSERT_HEAD(head, elm, field) do { \
    (elm)->field.sqe_next = (head)->sqh_first; \
    if ((elm)->field.sqe_next == NULL) { \
        (head)->sqh_last = &(elm)->field.sqe_next; \
    } \
    (head)->sqh_first = (elm); \
} while (0)
#define QSIMPLEQ_INSERT_TAIL(head, elm, field) do { \
    (elm)->field.sqe_next = NULL; \
    *(head)->sqh_last = (elm); \
    (head)->sqh_last = &(elm)->field.sqe_next; \
} while (0)
#define QSIMPLEQ_INSERT_AFTER(head, listelm, elm, field) do { \
    (elm)->field.sqe_next = (listelm)->field.sqe_next; \
    if ((elm)->field.sqe_next == NULL) { \
        (head)->sqh_last = &(elm)->field.sqe_next; \
    } \
    (listelm)->field.sqe_next = (elm); \
} while (0)

/* Takes out what the pointer at `link` points to. */
#define qemu_qsimpleq_unlink_(head, link, field) do { \
    __typeof__(link) qsimpleq_link_ = (link); \
    __typeof__(*(link)) qsimpleq_elm_ = *qsimpleq_link_; \
    *qsimpleq_link_ = qsimpleq_elm_->field.sqe_next; \
    if (*qsimpleq_link_ == NULL) { \
        (head)->sqh_last = qsimpleq_link_; \
    } \
    qsimpleq_elm_->field.sqe_next = NULL; \
} while (0)

#define QSIMPLEQ_REMOVE_HEAD(head, field) \
    qemu_qsimpleq_unlink_(head, &(head)->sqh_first, field)
#define QSIMPLEQ_REMOVE(head, elm, type, field) do { \
    struct type **qsimpleq_at_ = &(head)->sqh_first; \
    while (*qsimpleq_at_ != (elm)) { \
        qsimpleq_at_ = &(*qsimpleq_at_)->field.sqe_next; \
    } \
    qemu_qsimpleq_unlink_(head, qsimpleq_at_, field); \
} while (0)

/* Moves what is behind `elm` to the empty list `removed`. */
#define QSIMPLEQ_SPLIT_AFTER(head, elm, field, removed) do { \
    QSIMPLEQ_INIT(removed); \
    if ((elm)->field.sqe_next != NULL) { \
        (removed)->sqh_first = (elm)->field.sqe_next; \
        (removed)->sqh_last = (head)->sqh_last; \
        (head)->sqh_last = &(elm)->field.sqe_next; \
        (elm)->field.sqe_next = NULL; \
    } \
} while (0)

/* Moves the second list behind the first. */
#define QSIMPLEQ_CONCAT(head1, head2) do { \
    if (!QSIMPLEQ_EMPTY(head2)) { \
        *(head1)->sqh_last = (head2)->sqh_first; \
        (head1)->sqh_last = (head2)->sqh_last; \
        QSIMPLEQ_INIT(head2); \
    } \
} while (0)

/* Moves the second list in front of the first. */
#define QSIMPLEQ_PREPEND(head1, head2) do { \
    if (!QSIMPLEQ_EMPTY(head2)) { \
        *(head2)->sqh_last = (head1)->sqh_first; \
        if (QSIMPLEQ_EMPTY(head1)) { \
            (head1)->sqh_last = (head2)->sqh_last; \
        } \
        (head1)->sqh_first = (head2)->sqh_first; \
        QSIMPLEQ_INIT(head2); \
    } \
} while (0)

#define QSIMPLEQ_FOREACH(var, head, field) \
    for ((var) = QSIMPLEQ_FIRST(head); (var); (var) = QSIMPLEQ_NEXT(var, field))
#define QSIMPLEQ_FOREACH_SAFE(var, head, field, next_var) \
    for ((var) = QSIMPLEQ_FIRST(head); \
         (var) && ((next_var) = QSIMPLEQ_NEXT(var, field), 1); \
         (var) = (next_var))

/*
 * QTAILQ: head and elements have the same two links. The first is seen as a
 * pointer to the next element; the second always points to the links before,
 * so that the links before the last ones lead to the last element.
 */

typedef struct QTailQLink {
    void *tql_next;
    struct QTailQLink *tql_prev;
} QTailQLink;

#define QTAILQ_HEAD(name, type) \
    union name { struct type *tqh_first; QTailQLink tqh_circ; }
#define QTAILQ_HEAD_INITIALIZER(head) { .tqh_circ = { NULL, &(head).tqh_circ } }
#define QTAILQ_ENTRY(type) \
    union { struct type *tqe_next; QTailQLink tqe_circ; }

#define QTAILQ_INIT(head) do { \
    (head)->tqh_first = NULL; \
    (head)->tqh_circ.tql_prev = &(head)->tqh_circ; \
} while (0)
#define QTAILQ_EMPTY(head) ((head)->tqh_first == NULL)
#define QTAILQ_FIRST(head) ((head)->tqh_first)
#define QTAILQ_NEXT(elm, field) ((elm)->field.tqe_next)
#define QTAILQ_IN_USE(elm, field) ((elm)->field.tqe_circ.tql_prev != NULL)
#define QTAILQ_LAST(head) \
    ((__typeof__((head)->tqh_first))(head)->tqh_circ.tql_prev->tql_prev->tql_next)
#define QTAILQ_PREV(elm, field) \
    ((__typeof__((elm)->field.tqe_next)) \
     (elm)->field.tqe_circ.tql_prev->tql_prev->tql_next)

/* Inserts `elm` between the links `link` and what follows them. */
#define qemu_qtailq_link_(head, link, elm, field) do { \
    QTailQLink *qtailq_link_ = (link); \
    (elm)->field.tqe_circ.tql_next = qtailq_link_->tql_next; \
    (elm)->field.tqe_circ.tql_prev = qtailq_link_; \
    if ((elm)->field.tqe_next != NULL) { \
        (elm)->field.tqe_next->field.tqe_circ.tql_prev = \
            &(elm)->field.tqe_circ; \
    } else { \
        (head)->tqh_circ.tql_prev = &(elm)->field.tqe_circ; \
    } \
    qtailq_link_->tql_next = (elm); \
} while (0)

#define QTAILQ_INSERT_HEAD(head, elm, field) \
    qemu_qtailq_link_(head, &(head)->tqh_circ, elm, field)
#define QTAILQ_INSERT_TAIL(head, elm, field) \
    qemu_qtailq_link_(head, (head)->tqh_circ.tql_prev, elm, field)
#define QTAILQ_INSERT_AFTER(head, listelm, elm, field) \
    qemu_qtailq_link_(head, &(listelm)->field.tqe_circ, elm, field)
/* No head is needed: what follows is an element. */
#define QTAILQ_INSERT_BEFORE(listelm, elm, field) do { \
    (elm)->field.tqe_circ.tql_prev = (listelm)->field.tqe_circ.tql_prev; \
    (elm)->field.tqe_next = (listelm); \
    (listelm)->field.tqe_circ.tql_prev->tql_next = (elm); \
    (listelm)->field.tqe_circ.tql_prev = &(elm)->field.tqe_circ; \
} while (0)

#define QTAILQ_REMOVE(head, elm, field) do { \
    if ((elm)->field.tqe_next != NULL) { \
        (elm)->field.tqe_next->field.tqe_circ.tql_prev = \
            (elm)->field.tqe_circ.tql_prev; \
    } else { \
        (head)->tqh_circ.tql_prev = (elm)->field.tqe_circ.tql_prev; \
    } \
    (elm)->field.tqe_circ.tql_prev->tql_next = (elm)->field.tqe_next; \
    (elm)->field.tqe_circ.tql_next = NULL; \
    (elm)->field.tqe_circ.tql_prev = NULL; \
} while (0)

#define QTAILQ_FOREACH(var, head, field) \
    for ((var) = QTAILQ_FIRST(head); (var); (var) = QTAILQ_NEXT(var, field))
#define QTAILQ_FOREACH_SAFE(var, head, field, next_var) \
    for ((var) = QTAILQ_FIRST(head); \
         (var) && ((next_var) = QTAILQ_NEXT(var, field), 1); \
         (var) = (next_var))
#define QTAILQ_FOREACH_REVERSE(var, head, field) \
    for ((var) = QTAILQ_LAST(head); (var); (var) = QTAILQ_PREV(var, field))
#define QTAILQ_FOREACH_REVERSE_SAFE(var, head, field, prev_var) \
    for ((var) = QTAILQ_LAST(head); \
         (var) && ((prev_var) = QTAILQ_PREV(var, field), 1); \
         (var) = (prev_var))
