
/** The name of a QAuthZListPolicy. */
#define QAuthZListPolicy_str(val) \
    qapi_enum_lookup(&QAuthZListPolicy_lookup, (val))
/** The name of a QAuthZListFormat. */
#define QAuthZListFormat_str(val) \
    qapi_enum_lookup(&QAuthZListFormat_lookup, (val))
