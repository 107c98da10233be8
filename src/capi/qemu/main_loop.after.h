
/* A bottom half of the main context; see aio_bh_new(). */
#define qemu_bh_new(cb, opaque) \
    qemu_bh_new_full((cb), (opaque), stringify(cb))

/*
 * Takes and gives back the global lock, which the threads of an emulator share.
 * The library never takes it.
 */
#define qemu_mutex_lock_iothread() \
    qemu_mutex_lock_iothread_impl(__FILE__, __LINE__)
