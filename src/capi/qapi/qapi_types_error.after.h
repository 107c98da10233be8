
/** The name of a QapiErrorClass. */
#define QapiErrorClass_str(val) \
    qapi_enum_lookup(&QapiErrorClass_lookup, (val))
