/* Older generations; see io/channel.h. */

#if QIO_API_BEFORE(5, 2)
/* The struct of the class, without anything of its own. */
typedef struct QIONetListenerClass {
    ObjectClass parent;
} QIONetListenerClass;
DECLARE_CLASS_CHECKERS(QIONetListenerClass, QIO_NET_LISTENER,
                       TYPE_QIO_NET_LISTENER)
#endif

#if QIO_API_BEFORE(4, 2)
/* Then, one client of each socket could wait to be accepted. */
static inline int
qio_api_net_listener_open_sync(QIONetListener *listener, SocketAddress *addr,
                               Error **errp)
{
    return qio_net_listener_open_sync(listener, addr, 1, errp);
}
#define qio_net_listener_open_sync qio_api_net_listener_open_sync
#endif

#endif /* !QIO_API_BEFORE(2, 12) */
