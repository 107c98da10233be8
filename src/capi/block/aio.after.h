
/* A bottom half of a context: a function to be called soon. Not scheduled yet. */
#define aio_bh_new(ctx, cb, opaque) \
    aio_bh_new_full((ctx), (cb), (opaque), stringify(cb))

/* Has a function called once, soon. */
#define aio_bh_schedule_oneshot(ctx, cb, opaque) \
    aio_bh_schedule_oneshot_full((ctx), (cb), (opaque), stringify(cb))

/*
 * Initialise a timer of a context, in a unit of time. timer_init_full() says
 * more.
 */
static inline void aio_timer_init_with_attrs(AioContext *ctx, QEMUTimer *ts,
                                             QEMUClockType type, int scale,
                                             int attributes, QEMUTimerCB *cb,
                                             void *opaque)
{
    timer_init_full(ts, qiochannel_aio_timer_group(ctx), type, scale,
                    attributes, cb, opaque);
}

static inline void aio_timer_init(AioContext *ctx, QEMUTimer *ts,
                                  QEMUClockType type, int scale,
                                  QEMUTimerCB *cb, void *opaque)
{
    aio_timer_init_with_attrs(ctx, ts, type, scale, 0, cb, opaque);
}

/* The same for a new timer, to be freed with timer_free(). */
static inline QEMUTimer *aio_timer_new_with_attrs(AioContext *ctx,
                                                  QEMUClockType type,
                                                  int scale, int attributes,
                                                  QEMUTimerCB *cb,
                                                  void *opaque)
{
    return timer_new_full(qiochannel_aio_timer_group(ctx), type, scale,
                          attributes, cb, opaque);
}

static inline QEMUTimer *aio_timer_new(AioContext *ctx, QEMUClockType type,
                                       int scale, QEMUTimerCB *cb,
                                       void *opaque)
{
    return aio_timer_new_with_attrs(ctx, type, scale, 0, cb, opaque);
}

#if QIO_API_BEFORE(7, 0)
/*
 * Older generations of the API; see io/channel.h. Before 7.0, io_poll did the work
 * itself, which it must not do any more: it is not called.
 */
static inline void
qio_api_aio_set_fd_handler(AioContext *ctx, int fd, bool is_external,
                           IOHandler *io_read, IOHandler *io_write,
                           AioPollFn *io_poll, void *opaque)
{
    aio_set_fd_handler(ctx, fd, is_external, io_read, io_write, io_poll, NULL,
                       opaque);
}
#define aio_set_fd_handler qio_api_aio_set_fd_handler
#endif
