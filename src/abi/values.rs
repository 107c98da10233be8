//! Types that C spells in a way of its own; `cbindgen.toml` maps them.
//!
//! A C caller may pass a number that an enum does not name, so the exported
//! functions take the integers `…Value` and check them. Where a C typedef names
//! a function, and not a pointer to one, `…Pointer` is the pointer.

use std::ffi::{c_uint, c_void};

/// A `QIOChannelFeature` as C passes it.
pub type QIOChannelFeatureValue = c_uint;

/// A `QIOChannelShutdown` as C passes it.
pub type QIOChannelShutdownValue = c_uint;

/// An `ErrorClass` as C passes it.
pub type ErrorClassValue = c_uint;

/// A `LocationKind` as C passes it.
pub type LocationKindValue = c_uint;

/// An `IOHandler *`: called when a descriptor is ready, with the data given at
/// registration; NULL for no interest.
pub type IOHandlerPointer = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// A `module_init_type` as C passes it.
pub type ModuleInitTypeValue = c_uint;
