
#ifdef __cplusplus
extern "C" {
#endif

/* For programs that bring QAPI, options and dictionaries of their own; the
 * library does not define these. */
void user_creatable_add_qapi(ObjectOptions *options, Error **errp);
ObjectOptions *user_creatable_parse_str(const char *str, Error **errp);
bool user_creatable_print_help(const char *type, QemuOpts *opts);

#ifdef __cplusplus
}
#endif
