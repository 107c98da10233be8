//! The types a host registers for itself.

/// Those of the runtime: the library registers the channels.
pub(crate) fn register_all() {
    crate::runtime::register_types();
}
