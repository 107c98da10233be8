
/**
 * Opens the file `name`, close-on-exec. With `O_CREAT` in `flags`, one more
 * argument is the mode. Returns a descriptor for qemu_close(), or -1 with
 * `errno` set. As for qemu_open(), names below /dev/fdset/ cannot be opened.
 */
QEMU_EXTERN_C int qemu_open_old(const char *name, int flags, ...);
