#if QIO_API_BEFORE(5, 2)
/* The struct of the class, without anything of its own. */
typedef struct QIODNSResolverClass {
    ObjectClass parent;
} QIODNSResolverClass;
DECLARE_CLASS_CHECKERS(QIODNSResolverClass, QIO_DNS_RESOLVER,
                       TYPE_QIO_DNS_RESOLVER)
#endif
