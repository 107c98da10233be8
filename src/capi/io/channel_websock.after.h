
/* Every build has these, so one that refuses the macro declares them at once. */
#if defined(QIO_CHANNEL_EXTENSIONS) || \
    (defined(QIO_CHANNEL_NO_EXTENSIONS) && !defined(QIO_CHANNEL_HOSTED))
/**
 * Creates the client's end of a WebSocket connection. It does not touch `master`
 * before qio_channel_websock_handshake(). Not in QEMU.
 *
 * For a `wss` connection, `master` is a TLS channel, which checks the server's
 * certificate.
 *
 * @param master the channel that carries the connection; referenced
 * @param host the server as in a URL: `name`, `name:port` or `[address]:port`
 * @param path (nullable): what to ask for, percent-encoded and with the query if there
 * is one; NULL for `/`
 * @param protocol (nullable): the subprotocol to ask for (`binary` for VNC); the server
 * must agree to it
 * @param errp where to store an error, or NULL
 *
 * @return (transfer full): the channel, or NULL with `errp` set if an argument cannot be
 * part of a request.
 */
QEMU_EXTERN_C QIOChannelWebsock *
qio_channel_websock_new_client(QIOChannel *master, const char *host, const char *path,
                               const char *protocol, Error **errp);

/**
 * Tells how much of what was written the channel below has not taken yet. Who closes a
 * channel that does not block waits for 0 first: a write of nothing sends what it can,
 * and GLib's default main context goes on by itself. Not in QEMU.
 *
 * Any thread may ask.
 *
 * @param ioc the channel
 *
 * @return the bytes of frames that wait to be sent.
 */
QEMU_EXTERN_C size_t qio_channel_websock_get_pending(QIOChannelWebsock *ioc);
#endif
