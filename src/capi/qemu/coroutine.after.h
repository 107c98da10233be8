
/*
 * Waits in the queue for qemu_co_queue_next(). `lock` is NULL or the address of
 * a CoMutex, QemuMutex or QemuRecMutex, or a QemuLockable, which is unlocked
 * meanwhile.
 */
#define qemu_co_queue_wait(queue, lock) \
    qemu_co_queue_wait_impl((queue), QEMU_MAKE_LOCKABLE(lock), \
                            (CoQueueWaitFlags)0)

/* The same, with flags. */
#define qemu_co_queue_wait_flags(queue, lock, flags) \
    qemu_co_queue_wait_impl((queue), QEMU_MAKE_LOCKABLE(lock), (flags))

/*
 * As qemu_co_queue_next(), with `lock` unlocked while the coroutine is woken.
 * Outside a coroutine, and in its context, it runs before this returns.
 */
#define qemu_co_enter_next(queue, lock) \
    qemu_co_enter_next_impl((queue), QEMU_MAKE_LOCKABLE(lock))

/* The same, until nobody waits. */
#define qemu_co_enter_all(queue, lock) \
    qemu_co_enter_all_impl((queue), QEMU_MAKE_LOCKABLE(lock))

/* Aborts unless the calling coroutine has locked the mutex. */
static inline coroutine_fn void qemu_co_mutex_assert_locked(CoMutex *mutex)
{
    assert(__atomic_load_n(&mutex->locked, __ATOMIC_RELAXED) &&
           mutex->holder == qemu_coroutine_self());
}

#define qemu_co_recvv(sockfd, iov, iov_cnt, offset, bytes) \
    qemu_co_sendv_recvv(sockfd, iov, iov_cnt, offset, bytes, false)
#define qemu_co_sendv(sockfd, iov, iov_cnt, offset, bytes) \
    qemu_co_sendv_recvv(sockfd, iov, iov_cnt, offset, bytes, true)
#define qemu_co_recv(sockfd, buf, bytes) \
    qemu_co_send_recv(sockfd, buf, bytes, false)
#define qemu_co_send(sockfd, buf, bytes) \
    qemu_co_send_recv(sockfd, buf, bytes, true)
