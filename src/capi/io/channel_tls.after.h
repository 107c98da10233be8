#if QIO_API_BEFORE(2, 12)
/* Older generations; see io/channel.h. */
static inline void
qio_api_tls_handshake(QIOChannelTLS *ioc, QIOTaskFunc func, gpointer opaque,
                      GDestroyNotify destroy)
{
    qio_channel_tls_handshake(ioc, func, opaque, destroy, NULL);
}
#define qio_channel_tls_handshake qio_api_tls_handshake
#endif
