/* The first header has fixed the generation; it cannot change between headers. */
#ifdef __cplusplus
static_assert(qio_api_version_of_this_unit == QIO_CHANNEL_API_VERSION,
              "QIO_CHANNEL_API_VERSION: define it before the first header");
#else
_Static_assert(qio_api_version_of_this_unit == QIO_CHANNEL_API_VERSION,
               "QIO_CHANNEL_API_VERSION: define it before the first header");
#endif
#if defined(QIO_CHANNEL_ZERO_COPY_V7) && !QIO_API_ZERO_COPY_V7
#error "QIO_CHANNEL_ZERO_COPY_V7: define it before the first header"
#endif
