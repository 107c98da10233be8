
#ifdef __cplusplus
extern "C" {
#endif
void qemu_co_mutex_lock(CoMutex *mutex);
void qemu_co_mutex_unlock(CoMutex *mutex);
#ifdef __cplusplus
}
#endif

static inline void qemu_lockable_lock(QemuLockable *x)
{
    x->lock(x->object);
}

static inline void qemu_lockable_unlock(QemuLockable *x)
{
    x->unlock(x->object);
}

/* A lock of each kind; a NULL lock gives a NULL lockable. */
#define QEMU_LOCKABLE_FUNCS_(name, type, lock_, unlock_) \
    static inline void name##_lock_(void *object) \
    { \
        lock_((type *)object); \
    } \
    static inline void name##_unlock_(void *object) \
    { \
        unlock_((type *)object); \
    } \
    static inline QemuLockable *name##_(QemuLockable *memory, void *object) \
    { \
        memory->object = object; \
        memory->lock = name##_lock_; \
        memory->unlock = name##_unlock_; \
        return object ? memory : NULL; \
    }

QEMU_LOCKABLE_FUNCS_(qemu_lockable_mutex, QemuMutex, qemu_mutex_lock,
                     qemu_mutex_unlock)
QEMU_LOCKABLE_FUNCS_(qemu_lockable_rec_mutex, QemuRecMutex,
                     qemu_rec_mutex_lock, qemu_rec_mutex_unlock)
QEMU_LOCKABLE_FUNCS_(qemu_lockable_co_mutex, CoMutex, qemu_co_mutex_lock,
                     qemu_co_mutex_unlock)

static inline QemuLockable *qemu_lockable_same_(QemuLockable *memory,
                                                void *object)
{
    (void)memory;
    return (QemuLockable *)object;
}

/*
 * A QemuLockable that lives as long as the enclosing block, for the address of a
 * QemuMutex, QemuRecMutex, CoMutex or QemuLockable. NULL gives NULL.
 */
#ifndef __cplusplus
#define QEMU_MAKE_LOCKABLE(x) \
    (_Generic((x), \
              QemuMutex *: qemu_lockable_mutex_, \
              QemuRecMutex *: qemu_lockable_rec_mutex_, \
              CoMutex *: qemu_lockable_co_mutex_, \
              QemuLockable *: qemu_lockable_same_, \
              void *: qemu_lockable_same_)(&(QemuLockable){ 0 }, (x)))

#define QEMU_MAKE_LOCKABLE_NONNULL(x) QEMU_MAKE_LOCKABLE(x)

static inline QemuLockable *qemu_lockable_auto_lock(QemuLockable *x)
{
    qemu_lockable_lock(x);
    return x;
}

static inline void qemu_lockable_auto_unlock(QemuLockable *x)
{
    if (x) {
        qemu_lockable_unlock(x);
    }
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuLockable, qemu_lockable_auto_unlock)

#define WITH_QEMU_LOCK_GUARD_(x, var) \
    for (g_autoptr(QemuLockable) var = \
             qemu_lockable_auto_lock(QEMU_MAKE_LOCKABLE_NONNULL((x))); \
         var; \
         qemu_lockable_auto_unlock(var), var = NULL)

/*
 * Holds a lock during the block that follows; also if the block is left early,
 * with break, return or goto.
 */
#define WITH_QEMU_LOCK_GUARD(x) \
    WITH_QEMU_LOCK_GUARD_((x), glue(qemu_lockable_auto, __COUNTER__))

/* Holds a lock until the enclosing block ends. */
#define QEMU_LOCK_GUARD(x) \
    g_autoptr(QemuLockable) \
    glue(qemu_lockable_auto, __COUNTER__) G_GNUC_UNUSED = \
        qemu_lockable_auto_lock(QEMU_MAKE_LOCKABLE((x)))
#endif
