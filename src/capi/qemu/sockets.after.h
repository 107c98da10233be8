

/* Older generations of the API; see io/channel.h. */

#if QIO_API_BEFORE(4, 2)
/* Then, one client could wait to be accepted. */
static inline int qio_api_socket_listen(SocketAddress *addr, Error **errp)
{
    return socket_listen(addr, 1, errp);
}
#define socket_listen qio_api_socket_listen
#endif

#if QIO_API_BEFORE(7, 1)
static inline void qemu_set_block(int fd)
{
    qemu_socket_set_block(fd);
}

static inline void qemu_set_nonblock(int fd)
{
    qemu_socket_set_nonblock(fd);
}
#endif

#if QIO_API_BEFORE(7, 1) && !QIO_API_BEFORE(5, 1)
static inline int qemu_try_set_nonblock(int fd)
{
    return qemu_socket_try_set_nonblock(fd);
}
#endif
