//! Types that `qemu/typedefs.h` declares and no header defines.

/// An event context: a GSource that can also be polled on its own.
#[repr(C)]
pub struct AioContext {
    _private: [u8; 0],
}

/// A coroutine.
#[repr(C)]
pub struct Coroutine {
    _private: [u8; 0],
}

/// An error on its way to a caller.
#[repr(C)]
pub struct Error {
    _private: [u8; 0],
}

/// Carries a value into or out of a property.
#[repr(C)]
pub struct Visitor {
    _private: [u8; 0],
}
