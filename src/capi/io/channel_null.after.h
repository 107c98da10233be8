#endif /* !QIO_API_BEFORE(7, 1) */
