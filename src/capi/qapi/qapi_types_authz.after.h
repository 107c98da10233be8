
/** The name of a QAuthZListPolicy. */
#define QAuthZListPolicy_str(val) \
    qapi_enum_lookup(&QAuthZListPolicy_lookup, (val))
/** The name of a QAuthZListFormat. */
#define QAuthZListFormat_str(val) \
    qapi_enum_lookup(&QAuthZListFormat_lookup, (val))

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QAuthZListRule, qapi_free_QAuthZListRule)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QAuthZListRuleList, qapi_free_QAuthZListRuleList)
