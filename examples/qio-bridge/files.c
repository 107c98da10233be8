/*
 * qio-bridge: the files that web clients may have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <linux/openat2.h>
#include <sys/syscall.h>

#include "files.h"
#include "qapi/error.h"

#define INDEX "index.html"
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* What browsers must be told to make use of a file. */
static const struct {
    const char *suffix;
    const char *type;
} types[] = {
    { ".css", "text/css; charset=utf-8" },
    { ".gif", "image/gif" },
    { ".htm", "text/html; charset=utf-8" },
    { ".html", "text/html; charset=utf-8" },
    { ".ico", "image/x-icon" },
    { ".jpeg", "image/jpeg" },
    { ".jpg", "image/jpeg" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".json", "application/json" },
    { ".map", "application/json" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".mp3", "audio/mpeg" },
    { ".oga", "audio/ogg" },
    { ".pdf", "application/pdf" },
    { ".png", "image/png" },
    { ".svg", "image/svg+xml" },
    { ".ttf", "font/ttf" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".wasm", "application/wasm" },
    { ".webmanifest", "application/manifest+json" },
    { ".webp", "image/webp" },
    { ".woff", "font/woff" },
    { ".woff2", "font/woff2" },
    { ".xml", "application/xml" },
};

static const char *find_type(const char *path)
{
    const char *suffix = strrchr(path, '.');

    for (size_t i = 0; suffix && i < G_N_ELEMENTS(types); i++) {
        if (g_ascii_strcasecmp(suffix, types[i].suffix) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

int files_open_root(const char *directory, Error **errp)
{
    int root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (root == -1) {
        error_setg_errno(errp, errno, "cannot open directory '%s'", directory);
    }
    return root;
}

/* Opens a path as the kernel does, which stops wherever it would leave the root. */
static int open_beneath(int root, const char *path)
{
    struct open_how how = {
        .flags = OPEN_FLAGS,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };

    return syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/*
 * The same for kernels that cannot do this, or may not: one name after the other. No
 * symbolic link is followed.
 */
static int open_step_by_step(int root, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    int parent = fcntl(root, F_DUPFD_CLOEXEC, 0);

    for (char **name = names; parent != -1 && *name; name++) {
        bool is_last = !name[1];
        int flags = is_last ? OPEN_FLAGS : O_PATH | O_DIRECTORY | O_CLOEXEC;
        int fd = openat(parent, **name ? *name : ".", flags | O_NOFOLLOW);
        int saved_errno = errno;

        close(parent);
        errno = saved_errno;
        parent = fd;
    }
    return parent;
}

static int open_path(int root, const char *path)
{
    int fd = open_beneath(root, path);

    if (fd == -1 && (errno == ENOSYS || errno == EPERM)) {
        return open_step_by_step(root, path);
    }
    return fd;
}

static HttpStatus status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return HTTP_NOT_FOUND;
    case EACCES:
    case ELOOP:
    case ENODEV:
    case ENXIO:
    case EPERM:
    case EXDEV: /* out of the root */
        return HTTP_FORBIDDEN;
    default:
        return HTTP_FAILED;
    }
}

static bool goes_up(const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);

    return g_strv_contains((const char *const *)names, "..");
}

static bool is_directory(const char *path)
{
    return !*path || g_str_has_suffix(path, "/");
}

/* What to do with what was opened; takes `fd`. */
static HttpStatus examine(int fd, const char *path, WebFile *file)
{
    struct stat status = { 0 };

    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *file = (WebFile){
            .fd = fd,
            .size = status.st_size,
            .modified = status.st_mtime,
            .type = find_type(path),
        };
        return HTTP_OK;
    }
    close(fd);
    return S_ISDIR(status.st_mode) ? HTTP_MOVED : HTTP_FORBIDDEN;
}

HttpStatus files_open(int root, const char *path, WebFile *file)
{
    g_autofree char *full =
        is_directory(path) ? g_strconcat(path, INDEX, NULL) : g_strdup(path);
    HttpStatus status;
    int fd;

    if (goes_up(full)) {
        return HTTP_FORBIDDEN;
    }
    fd = open_path(root, full);
    status = fd == -1 ? status_of_errno(errno) : examine(fd, full, file);
    /* A directory with the name of an index is none. */
    return status == HTTP_MOVED && is_directory(path) ? HTTP_NOT_FOUND : status;
}
