
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Object, object_unref)
