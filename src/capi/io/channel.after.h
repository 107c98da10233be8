
#ifdef QIO_CHANNEL_EXTENSIONS
/**
 * Wakes the coroutine that waits to read from the channel, if there is one; it
 * tries again, and probably waits again. Any thread that holds a reference may do
 * so; the coroutine runs in its own thread. Not in QEMU 7.2.
 */
QEMU_EXTERN_C void qio_channel_wake_read(QIOChannel *ioc);
#endif
