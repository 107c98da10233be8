/*
 * The functions of the C library through which libqiochannel, and GLib on its behalf,
 * ask the kernel for something. Each asks whether it is to fail, and calls the one that
 * it stands for if not.
 *
 * Only what can happen happens: an eventfd has no peer that resets it, a regular file
 * is always ready, close() closes whatever it says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* The function that one of ours stands for. */
#define NEXT(name) ({                                                            \
    static __typeof__(name) *next_;                                              \
    __typeof__(name) *found_ = __atomic_load_n(&next_, __ATOMIC_RELAXED);        \
    if (!found_) {                                                               \
        found_ = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                    \
        __atomic_store_n(&next_, found_, __ATOMIC_RELAXED);                      \
    }                                                                            \
    found_; })

/* Fails if that is the plan, and calls the next one if not. */
#define SIMPLE(group, name, ...)                                                 \
    if (faults_hit(group, #name, CALLER)) {                                      \
        errno = faults_error();                                                  \
        return -1;                                                               \
    }                                                                            \
    return NEXT(name)(__VA_ARGS__)

/*
 * Transfers.
 */

typedef enum Outcome { WHOLE, SHORT, FAILED } Outcome;

static bool is_stream_socket(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return NEXT(getsockopt)(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* Whether a transfer can end that way with that descriptor. */
static bool is_possible(int fd, int error)
{
    struct stat status;
    mode_t type = NEXT(fstat)(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;

    switch (error) {
    case EINTR:
        return true;
    case 0:
        return type == S_IFSOCK ? is_stream_socket(fd) : type != 0;
    case EAGAIN:
    case EPIPE:
        return type == S_IFSOCK || type == S_IFIFO;
    case ECONNRESET:
        return type == S_IFSOCK;
    default:
        return type != 0;
    }
}

static Outcome transfer(unsigned group, const char *function, const void *caller, int fd)
{
    int saved = errno;
    bool can = faults_counts(group, caller) && is_possible(fd, faults_error());

    errno = saved;
    if (!can || !faults_hit(group, function, caller)) {
        return WHOLE;
    }
    if (faults_error() == 0) {
        return SHORT;
    }
    errno = faults_error();
    return FAILED;
}

static size_t half(size_t size)
{
    return size > 1 ? size / 2 : size;
}

#define TRANSFER(group, name, size, ...) do {                                    \
        switch (transfer(group, #name, CALLER, fd)) {                            \
        case FAILED:                                                             \
            return -1;                                                           \
        case SHORT:                                                              \
            size = half(size);                                                   \
            break;                                                               \
        case WHOLE:                                                              \
            break;                                                               \
        }                                                                        \
        return NEXT(name)(__VA_ARGS__);                                          \
    } while (0)

ssize_t read(int fd, void *data, size_t size)
{
    TRANSFER(FAULTS_INPUT, read, size, fd, data, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
    TRANSFER(FAULTS_OUTPUT, write, size, fd, data, size);
}

ssize_t pread64(int fd, void *data, size_t size, off64_t offset)
{
    TRANSFER(FAULTS_INPUT, pread64, size, fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    TRANSFER(FAULTS_OUTPUT, pwrite64, size, fd, data, size, offset);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    TRANSFER(FAULTS_INPUT, recv, size, fd, data, size, flags);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    TRANSFER(FAULTS_OUTPUT, send, size, fd, data, size, flags);
}

/* A vector that is cut: the first element that has something, and half of that. */
typedef struct Cut {
    struct iovec element;
} Cut;

static void cut(Cut *cut, const struct iovec **elements, size_t *count)
{
    size_t i = 0;

    while (i < *count && (*elements)[i].iov_len == 0) {
        i++;
    }
    if (i < *count) {
        cut->element = (*elements)[i];
        cut->element.iov_len = half(cut->element.iov_len);
        *elements = &cut->element;
        *count = 1;
    }
}

#define VECTOR(group, name, elements, count, ...) do {                           \
        size_t number_ = (count);                                                \
        Cut cut_;                                                                \
        switch (transfer(group, #name, CALLER, fd)) {                            \
        case FAILED:                                                             \
            return -1;                                                           \
        case SHORT:                                                              \
            cut(&cut_, &(elements), &number_);                                   \
            (count) = number_;                                                   \
            break;                                                               \
        case WHOLE:                                                              \
            break;                                                               \
        }                                                                        \
        return NEXT(name)(__VA_ARGS__);                                          \
    } while (0)

ssize_t readv(int fd, const struct iovec *elements, int count)
{
    VECTOR(FAULTS_INPUT, readv, elements, count, fd, elements, count);
}

ssize_t writev(int fd, const struct iovec *elements, int count)
{
    VECTOR(FAULTS_OUTPUT, writev, elements, count, fd, elements, count);
}

ssize_t preadv64(int fd, const struct iovec *elements, int count, off64_t offset)
{
    VECTOR(FAULTS_INPUT, preadv64, elements, count, fd, elements, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *elements, int count, off64_t offset)
{
    VECTOR(FAULTS_OUTPUT, pwritev64, elements, count, fd, elements, count, offset);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr copy = *message;
    const struct iovec *elements = message->msg_iov;
    size_t count = message->msg_iovlen;
    Cut shorter;

    switch (transfer(FAULTS_OUTPUT, "sendmsg", CALLER, fd)) {
    case FAILED:
        return -1;
    case SHORT:
        cut(&shorter, &elements, &count);
        break;
    case WHOLE:
        break;
    }
    copy.msg_iov = (struct iovec *)elements;
    copy.msg_iovlen = count;
    return NEXT(sendmsg)(fd, &copy, flags);
}

static bool has_descriptors(const struct msghdr *message)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);

    return header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS;
}

/* As if the process had no room for what has come: the kernel drops it. */
static void drop_descriptors(struct msghdr *message)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    const int *descriptors = (const int *)CMSG_DATA(header);
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    for (size_t i = 0; i < count; i++) {
        NEXT(close)(descriptors[i]);
    }
    message->msg_controllen = 0;
    message->msg_flags |= MSG_CTRUNC;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct msghdr copy = *message;
    const struct iovec *elements = message->msg_iov;
    size_t count = message->msg_iovlen;
    Cut shorter;
    ssize_t result;

    switch (transfer(FAULTS_INPUT, "recvmsg", CALLER, fd)) {
    case FAILED:
        return -1;
    case SHORT:
        cut(&shorter, &elements, &count);
        break;
    case WHOLE:
        break;
    }
    copy.msg_iov = (struct iovec *)elements;
    copy.msg_iovlen = count;
    result = NEXT(recvmsg)(fd, &copy, flags);
    if (result >= 0 && has_descriptors(&copy) &&
        faults_hit(FAULTS_RECEIVE, "recvmsg", CALLER)) {
        drop_descriptors(&copy);
    }
    copy.msg_iov = message->msg_iov;
    copy.msg_iovlen = message->msg_iovlen;
    *message = copy;
    return result;
}

ssize_t getrandom(void *data, size_t size, unsigned flags)
{
    SIMPLE(FAULTS_WAIT, getrandom, data, size, flags);
}

/*
 * Descriptors.
 */

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    SIMPLE(FAULTS_ACCEPT, accept4, fd, address, size, flags);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    SIMPLE(FAULTS_CONNECT, connect, fd, address, size);
}

int socket(int family, int type, int protocol)
{
    SIMPLE(FAULTS_CREATE, socket, family, type, protocol);
}

int socketpair(int family, int type, int protocol, int fds[2])
{
    SIMPLE(FAULTS_CREATE, socketpair, family, type, protocol, fds);
}

int pipe2(int fds[2], int flags)
{
    SIMPLE(FAULTS_CREATE, pipe2, fds, flags);
}

int dup3(int fd, int copy, int flags)
{
    SIMPLE(FAULTS_WAIT, dup3, fd, copy, flags);
}

int eventfd(unsigned initial, int flags)
{
    SIMPLE(FAULTS_CREATE, eventfd, initial, flags);
}

int epoll_create1(int flags)
{
    SIMPLE(FAULTS_CREATE, epoll_create1, flags);
}

int inotify_init1(int flags)
{
    SIMPLE(FAULTS_CREATE, inotify_init1, flags);
}

int mkstemp(char *template)
{
    SIMPLE(FAULTS_OPEN, mkstemp, template);
}

/* The mode is only there if a file may be created, but then nothing else is read. */
#define OPEN(name)                                                               \
int name(const char *path, int flags, ...)                                       \
{                                                                                \
    va_list more;                                                                \
    mode_t mode = 0;                                                             \
                                                                                 \
    if (flags & (O_CREAT | __O_TMPFILE)) {                                       \
        va_start(more, flags);                                                   \
        mode = va_arg(more, mode_t);                                             \
        va_end(more);                                                            \
    }                                                                            \
    SIMPLE(FAULTS_OPEN, name, path, flags, mode);                                \
}

OPEN(open)
OPEN(open64)

static int control(int fd, int command, long argument, const void *caller)
{
    bool makes = command == F_DUPFD || command == F_DUPFD_CLOEXEC;

    if (faults_hit(makes ? FAULTS_CREATE : FAULTS_OTHER, "fcntl", caller)) {
        errno = faults_error();
        return -1;
    }
    return NEXT(fcntl)(fd, command, argument);
}

/* What fcntl() takes is an int or a pointer: as much as a long. */
#define CONTROL(name)                                                            \
int name(int fd, int command, ...)                                               \
{                                                                                \
    va_list more;                                                                \
    long argument;                                                               \
                                                                                 \
    va_start(more, command);                                                     \
    argument = va_arg(more, long);                                               \
    va_end(more);                                                                \
    return control(fd, command, argument, CALLER);                               \
}

CONTROL(fcntl)
CONTROL(fcntl64)

int close(int fd)
{
    bool fails = faults_hit(FAULTS_CLOSE, "close", CALLER);
    int result = NEXT(close)(fd);

    if (fails && result == 0) {
        errno = faults_error();
        return -1;
    }
    return result;
}

/*
 * Waiting.
 */

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    SIMPLE(FAULTS_WAIT | FAULTS_POLL, poll, fds, count, timeout);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    SIMPLE(FAULTS_WAIT | FAULTS_POLL, ppoll, fds, count, timeout, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
    SIMPLE(FAULTS_WAIT, epoll_wait, fd, events, count, timeout);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    if (operation != EPOLL_CTL_ADD) {
        return NEXT(epoll_ctl)(epoll, operation, fd, event);
    }
    SIMPLE(FAULTS_REGISTER, epoll_ctl, epoll, operation, fd, event);
}

int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    SIMPLE(FAULTS_REGISTER, inotify_add_watch, fd, path, mask);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    if (options & WNOHANG) {
        return NEXT(waitpid)(pid, status, options);
    }
    SIMPLE(FAULTS_WAIT, waitpid, pid, status, options);
}

static bool is_futex_wait(long operation)
{
    int command = operation & FUTEX_CMD_MASK;

    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
}

/* Those that have no function of their own. */
long syscall(long number, ...)
{
    long a, b, c, d, e, f;
    va_list more;

    va_start(more, number);
    a = va_arg(more, long);
    b = va_arg(more, long);
    c = va_arg(more, long);
    d = va_arg(more, long);
    e = va_arg(more, long);
    f = va_arg(more, long);
    va_end(more);
    if (number == SYS_epoll_pwait2 || (number == SYS_futex && is_futex_wait(b))) {
        SIMPLE(FAULTS_WAIT, syscall, number, a, b, c, d, e, f);
    }
    return NEXT(syscall)(number, a, b, c, d, e, f);
}

/*
 * Memory, threads, processes.
 */

#define MAP(name, offset_type)                                                   \
void *name(void *address, size_t size, int protection, int flags, int fd,        \
           offset_type offset)                                                   \
{                                                                                \
    if (faults_hit(FAULTS_MAP, #name, CALLER)) {                                 \
        errno = faults_error();                                                  \
        return MAP_FAILED;                                                       \
    }                                                                            \
    return NEXT(name)(address, size, protection, flags, fd, offset);             \
}

MAP(mmap, off_t)
MAP(mmap64, off64_t)

int mprotect(void *address, size_t size, int protection)
{
    SIMPLE(FAULTS_MAP, mprotect, address, size, protection);
}

int madvise(void *address, size_t size, int advice)
{
    SIMPLE(FAULTS_MAP, madvise, address, size, advice);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*function)(void *), void *data)
{
    if (faults_hit(FAULTS_THREAD, "pthread_create", CALLER)) {
        return EAGAIN;
    }
    return NEXT(pthread_create)(thread, attributes, function, data);
}

pid_t fork(void)
{
    SIMPLE(FAULTS_SPAWN, fork);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    if (faults_hit(FAULTS_SPAWN, "posix_spawn", CALLER)) {
        return faults_error();
    }
    return NEXT(posix_spawn)(pid, path, actions, attributes, argv, envp);
}

/*
 * Names, and what is known about descriptors and files.
 */

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    if (faults_hit(FAULTS_RESOLVE, "getaddrinfo", CALLER)) {
        errno = faults_error();
        return errno == ENOMEM ? EAI_MEMORY : EAI_SYSTEM;
    }
    return NEXT(getaddrinfo)(node, service, hints, list);
}

int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t host_size,
                char *service, socklen_t service_size, int flags)
{
    if (faults_hit(FAULTS_RESOLVE, "getnameinfo", CALLER)) {
        errno = faults_error();
        return errno == ENOMEM ? EAI_MEMORY : EAI_SYSTEM;
    }
    return NEXT(getnameinfo)(address, size, host, host_size, service, service_size, flags);
}

int getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
    SIMPLE(FAULTS_OTHER, getsockname, fd, address, size);
}

int getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
    SIMPLE(FAULTS_OTHER, getpeername, fd, address, size);
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    SIMPLE(FAULTS_OTHER, getsockopt, fd, level, option, value, size);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    SIMPLE(FAULTS_OTHER, setsockopt, fd, level, option, value, size);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    SIMPLE(FAULTS_OTHER, bind, fd, address, size);
}

int listen(int fd, int backlog)
{
    SIMPLE(FAULTS_OTHER, listen, fd, backlog);
}

int shutdown(int fd, int how)
{
    SIMPLE(FAULTS_OTHER, shutdown, fd, how);
}

off_t lseek(int fd, off_t offset, int whence)
{
    SIMPLE(FAULTS_OTHER, lseek, fd, offset, whence);
}

off64_t lseek64(int fd, off64_t offset, int whence)
{
    SIMPLE(FAULTS_OTHER, lseek64, fd, offset, whence);
}

int fstat(int fd, struct stat *status)
{
    SIMPLE(FAULTS_OTHER, fstat, fd, status);
}

int fstat64(int fd, struct stat64 *status)
{
    SIMPLE(FAULTS_OTHER, fstat64, fd, status);
}

int stat64(const char *path, struct stat64 *status)
{
    SIMPLE(FAULTS_OTHER, stat64, path, status);
}

int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status)
{
    SIMPLE(FAULTS_OTHER, statx, directory, path, flags, mask, status);
}

int access(const char *path, int mode)
{
    SIMPLE(FAULTS_OTHER, access, path, mode);
}

int unlink(const char *path)
{
    SIMPLE(FAULTS_OTHER, unlink, path);
}
