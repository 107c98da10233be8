//! Every type the library registers, in one list.
//!
//! The runtime runs it on the first lookup of a type that is not known yet, so
//! that the types exist without a constructor or a call of `module_call_init()`.

/// Registers the library's own types.
pub(crate) fn register_all() {
    crate::runtime::object::register_types();
}
