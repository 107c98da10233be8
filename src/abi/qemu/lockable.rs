//! Types of `qemu/lockable.h`.

use std::ffi::c_void;

/// Locks or unlocks the object it is given.
pub type QemuLockUnlockFunc = Option<unsafe extern "C" fn(object: *mut c_void)>;

/// A lock of any kind, with the functions to lock and unlock it.
#[repr(C)]
pub struct QemuLockable {
    /// The lock.
    pub object: *mut c_void,
    /// Locks it.
    pub lock: QemuLockUnlockFunc,
    /// Unlocks it.
    pub unlock: QemuLockUnlockFunc,
}
