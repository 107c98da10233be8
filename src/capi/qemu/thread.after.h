
/* Locks and unlocks; the place of the call is for debuggers. */
#define qemu_mutex_lock(m) qemu_mutex_lock_impl((m), __FILE__, __LINE__)
#define qemu_mutex_trylock(m) qemu_mutex_trylock_impl((m), __FILE__, __LINE__)
#define qemu_mutex_unlock(m) qemu_mutex_unlock_impl((m), __FILE__, __LINE__)
#define qemu_rec_mutex_lock(m) qemu_rec_mutex_lock_impl((m), __FILE__, __LINE__)
#define qemu_rec_mutex_trylock(m) \
    qemu_rec_mutex_trylock_impl((m), __FILE__, __LINE__)
#define qemu_rec_mutex_unlock(m) \
    qemu_rec_mutex_unlock_impl((m), __FILE__, __LINE__)
#define qemu_cond_wait(c, m) qemu_cond_wait_impl((c), (m), __FILE__, __LINE__)
#define qemu_cond_timedwait(c, m, ms) \
    qemu_cond_timedwait_impl((c), (m), (ms), __FILE__, __LINE__)
