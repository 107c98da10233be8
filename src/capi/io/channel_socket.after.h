/* Older generations; see io/channel.h. */

#if QIO_API_BEFORE(2, 12)
static inline void
qio_api_socket_connect_async(QIOChannelSocket *ioc, SocketAddress *addr,
                             QIOTaskFunc callback, gpointer opaque,
                             GDestroyNotify destroy)
{
    qio_channel_socket_connect_async(ioc, addr, callback, opaque, destroy,
                                     NULL);
}
#define qio_channel_socket_connect_async qio_api_socket_connect_async

static inline void
qio_api_socket_dgram_async(QIOChannelSocket *ioc, SocketAddress *local,
                           SocketAddress *remote, QIOTaskFunc callback,
                           gpointer opaque, GDestroyNotify destroy)
{
    qio_channel_socket_dgram_async(ioc, local, remote, callback, opaque,
                                   destroy, NULL);
}
#define qio_channel_socket_dgram_async qio_api_socket_dgram_async

static inline void
qio_api_socket_listen_async(QIOChannelSocket *ioc, SocketAddress *addr,
                            QIOTaskFunc callback, gpointer opaque,
                            GDestroyNotify destroy)
{
    qio_channel_socket_listen_async(ioc, addr, 1, callback, opaque, destroy,
                                    NULL);
}
#define qio_channel_socket_listen_async qio_api_socket_listen_async
#elif QIO_API_BEFORE(4, 2)
static inline void
qio_api_socket_listen_async(QIOChannelSocket *ioc, SocketAddress *addr,
                            QIOTaskFunc callback, gpointer opaque,
                            GDestroyNotify destroy, GMainContext *context)
{
    qio_channel_socket_listen_async(ioc, addr, 1, callback, opaque, destroy,
                                    context);
}
#define qio_channel_socket_listen_async qio_api_socket_listen_async
#endif

#if QIO_API_BEFORE(4, 2)
/* Then, one client could wait to be accepted. */
static inline int
qio_api_socket_listen_sync(QIOChannelSocket *ioc, SocketAddress *addr,
                           Error **errp)
{
    return qio_channel_socket_listen_sync(ioc, addr, 1, errp);
}
#define qio_channel_socket_listen_sync qio_api_socket_listen_sync
#endif
