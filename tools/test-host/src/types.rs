//! The types a host registers for itself.

/// A host has no channels of its own: the library registers those.
pub(crate) fn register_all() {}
