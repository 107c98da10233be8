//! Types that `qemu/typedefs.h` declares and no header defines. The C typedefs stand in
//! the header's template: cbindgen would make these complete types.

/// An event context: a GSource that can also be polled on its own.
///
/// cbindgen:ignore
#[repr(C)]
pub struct AioContext {
    _private: [u8; 0],
}

/// A bottom half.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QEMUBH {
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

/// Carries a value into or out of a property.
///
/// cbindgen:ignore
#[repr(C)]
pub struct Visitor {
    _private: [u8; 0],
}

/// A value of dynamic type.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QObject {
    _private: [u8; 0],
}

/// A dictionary of values of dynamic type.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QDict {
    _private: [u8; 0],
}
