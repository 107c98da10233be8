/*
 * Which generation of the API a C file is written for: QEMU's version as
 * `major << 16 | minor << 8`. A file says so before it includes the first
 * header, or on the command line. The binary interface does not depend on it:
 * files of several generations may be linked into one program.
 */
#ifndef QIO_CHANNEL_API_VERSION
#define QIO_CHANNEL_API_VERSION 0x070100
#endif

#if QIO_CHANNEL_API_VERSION < 0x020b00 || QIO_CHANNEL_API_VERSION > 0x0702ff
#error "QIO_CHANNEL_API_VERSION: 0x020b00 (QEMU 2.11) to 0x0702ff (QEMU 7.2)"
#endif

/* Whether the file is written for an API older than that of QEMU major.minor. */
#define QIO_API_BEFORE(major, minor) \
    (QIO_CHANNEL_API_VERSION < (((major) << 16) | ((minor) << 8)))

/*
 * The proposal for zero-copy writes as its seventh revision had it: 6.0 to 7.0
 * plus the names that end in _flags, qio_channel_flush(), and the virtual
 * functions of 7.1.
 */
#ifdef QIO_CHANNEL_ZERO_COPY_V7
#define QIO_API_ZERO_COPY_V7 1
#if QIO_API_BEFORE(6, 0)
#error "QIO_CHANNEL_ZERO_COPY_V7: needs a QIO_CHANNEL_API_VERSION from 0x060000 on"
#endif
#else
#define QIO_API_ZERO_COPY_V7 0
#endif

/* The virtual write function has no flags. */
#if QIO_API_BEFORE(7, 1) && !QIO_API_ZERO_COPY_V7
#define QIO_API_OLD_WRITEV 1
#endif

#if defined(QIO_CHANNEL_EXTENSIONS) && defined(QIO_CHANNEL_NO_EXTENSIONS)
#error "QIO_CHANNEL_EXTENSIONS: not in this build of the library (its feature backports is off)"
#endif

#ifdef QIO_CHANNEL_HOSTED
#if QIO_API_BEFORE(7, 1)
#error "QIO_CHANNEL_API_VERSION: inside QEMU there is only 0x070100 to 0x0702ff"
#endif
#ifdef QIO_CHANNEL_ZERO_COPY_V7
#error "QIO_CHANNEL_ZERO_COPY_V7: not inside QEMU"
#endif
#ifdef QIO_CHANNEL_EXTENSIONS
#error "QIO_CHANNEL_EXTENSIONS: not inside QEMU"
#endif
#endif

enum { qio_api_version_of_this_unit = QIO_CHANNEL_API_VERSION };
