//! Types of `io/dns-resolver.h`.

use crate::abi::qom::object::Object;

/// Turns names into addresses. It has no state.
#[repr(C)]
pub struct QIODNSResolver {
    /// The base object.
    pub parent: Object,
}
