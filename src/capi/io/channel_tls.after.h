
#ifdef QIO_CHANNEL_EXTENSIONS
/**
 * Tells the peer that no more data will be sent (close-notify). It may still send.
 *
 * Does not wait: what a non-blocking master does not take at once is sent from the
 * default main context, and `qio_channel_close()` drops it. Before the handshake is
 * complete there is nothing to do. Not in QEMU 7.2.
 *
 * @param ioc the channel
 * @param errp set if that fails at once
 */
QEMU_EXTERN_C void qio_channel_tls_bye(QIOChannelTLS *ioc, Error **errp);
#endif

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
