/* Classes may have fields of their own behind this struct. */
G_STATIC_ASSERT(sizeof(QIOChannelClass) ==
                sizeof(ObjectClass) + 11 * sizeof(void (*)(void)));

/**
 * Defines `wrapper`, a virtual write function, over `old_fn`, one without flags:
 * for classes that keep an old function in a file of the current API.
 */
#define QIO_CHANNEL_WRAP_WRITEV6(wrapper, old_fn)                             \
    static ssize_t wrapper(QIOChannel *ioc, const struct iovec *iov,          \
                           size_t niov, int *fds, size_t nfds, int flags,     \
                           Error **errp)                                      \
    {                                                                         \
        (void)flags;                                                          \
        return old_fn(ioc, iov, niov, fds, nfds, errp);                       \
    }

/*
 * Older generations. A function that has changed is declared first and renamed
 * then: the name stands for an inline function with the old arguments, also where
 * its address is taken.
 */

#if QIO_API_BEFORE(7, 1)
static inline ssize_t
qio_api_writev_full(QIOChannel *ioc, const struct iovec *iov, size_t niov,
                    int *fds, size_t nfds, Error **errp)
{
    return qio_channel_writev_full(ioc, iov, niov, fds, nfds, 0, errp);
}
#define qio_channel_writev_full qio_api_writev_full
#endif

#if QIO_API_BEFORE(7, 1) && !QIO_API_BEFORE(6, 0)
static inline int
qio_api_writev_full_all(QIOChannel *ioc, const struct iovec *iov, size_t niov,
                        int *fds, size_t nfds, Error **errp)
{
    return qio_channel_writev_full_all(ioc, iov, niov, fds, nfds, 0, errp);
}
#define qio_channel_writev_full_all qio_api_writev_full_all
#endif

#ifdef QIO_API_OLD_WRITEV
/* Classes that are registered here have virtual write functions without flags. */
static inline Type qio_api_type_register_here(const TypeInfo *info)
{
    return qio_api_type_register(info, QIO_CHANNEL_API_VERSION);
}

static inline void qio_api_type_register_array_here(const TypeInfo *infos,
                                                    int nr_infos)
{
    qio_api_type_register_array(infos, nr_infos, QIO_CHANNEL_API_VERSION);
}
#define type_register qio_api_type_register_here
#define type_register_static qio_api_type_register_here
#define type_register_static_array qio_api_type_register_array_here
#endif
