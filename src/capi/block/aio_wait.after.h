
/* The threads that wait in AIO_WAIT_WHILE() outside the context's home thread. */
QEMU_EXTERN_C AioWait global_aio_wait;

#define AIO_WAIT_WHILE_(ctx, cond, must_unlock, ctx_, waited_) \
    ({ \
        bool waited_ = false; \
        AioContext *ctx_ = (ctx); \
        __atomic_fetch_add(&global_aio_wait.num_waiters, 1, __ATOMIC_SEQ_CST); \
        __atomic_thread_fence(__ATOMIC_SEQ_CST); \
        if (ctx_ && in_aio_context_home_thread(ctx_)) { \
            while ((cond)) { \
                aio_poll(ctx_, true); \
                waited_ = true; \
            } \
        } else { \
            assert(qemu_get_current_aio_context() == qemu_get_aio_context()); \
            while ((cond)) { \
                if ((must_unlock) && ctx_) { \
                    aio_context_release(ctx_); \
                } \
                aio_poll(qemu_get_aio_context(), true); \
                if ((must_unlock) && ctx_) { \
                    aio_context_acquire(ctx_); \
                } \
                waited_ = true; \
            } \
        } \
        __atomic_fetch_sub(&global_aio_wait.num_waiters, 1, __ATOMIC_SEQ_CST); \
        waited_; \
    })

/*
 * Serves events while a condition holds: those of `ctx` in its home thread; else,
 * in the main thread, those of the main context, with `ctx` (which may be NULL)
 * unlocked meanwhile. Whoever changes the condition calls aio_wait_kick(). The
 * value tells whether events were served at all.
 */
#define AIO_WAIT_WHILE(ctx, cond) \
    AIO_WAIT_WHILE_(ctx, cond, true, glue(aio_wait_ctx_, __COUNTER__), \
                    glue(aio_wait_waited_, __COUNTER__))

/* The same, if the caller has not locked `ctx`. */
#define AIO_WAIT_WHILE_UNLOCKED(ctx, cond) \
    AIO_WAIT_WHILE_(ctx, cond, false, glue(aio_wait_ctx_, __COUNTER__), \
                    glue(aio_wait_waited_, __COUNTER__))
