//! Types that `qemu/typedefs.h` declares and no header defines. The C typedefs stand in
//! the header's template: cbindgen would make these complete types.

/// An event context: a GSource that can also be polled on its own.
///
/// cbindgen:ignore
#[repr(C)]
pub struct AioContext {
    _private: [u8; 0],
}

/// A coroutine.
///
/// cbindgen:ignore
#[repr(C)]
pub struct Coroutine {
    _private: [u8; 0],
}

/// An error on its way to a caller.
///
/// cbindgen:ignore
#[repr(C)]
pub struct Error {
    _private: [u8; 0],
}
