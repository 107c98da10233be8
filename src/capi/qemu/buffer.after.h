
/**
 * Gives a buffer, all zeros before, a name as from printf().
 */
QEMU_EXTERN_C void buffer_init(Buffer *buffer, const char *name, ...)
    G_GNUC_PRINTF(2, 3);
