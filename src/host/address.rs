//! Socket addresses.
//!
//! A [`SocketAddress`] comes from C: its type may be any number, its strings may
//! be NULL, and only the member its type selects is initialised. An
//! [`OwnedAddress`] is one that belongs to the library.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr::NonNull;

use glib_sys::{g_free, g_strdup};

use crate::abi::qapi::qapi_types_sockets::{InetSocketAddress, SocketAddress};
use crate::abi::qemu::typedefs::{Error as RawError, Visitor};

type Visit =
    unsafe extern "C" fn(*mut Visitor, *const c_char, *mut *mut c_void, *mut *mut RawError) -> bool;

unsafe extern "C" {
    fn qapi_clone(source: *const c_void, visit: Visit) -> *mut c_void;
    fn visit_type_SocketAddress(
        visitor: *mut Visitor,
        name: *const c_char,
        object: *mut *mut c_void,
        errp: *mut *mut RawError,
    ) -> bool;
    fn qapi_free_SocketAddress(address: *mut SocketAddress);
}

/// A C string that may be NULL.
///
/// # Safety
///
/// `text` is NULL or a C string that lives for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: passed on to the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// An address in GLib's memory, owned.
pub(crate) struct OwnedAddress(NonNull<SocketAddress>);

// SAFETY: an address is a plain value with its own strings.
unsafe impl Send for OwnedAddress {}

impl OwnedAddress {
    /// A deep copy; NULL strings become empty ones.
    ///
    /// # Safety
    ///
    /// `address` is a valid address.
    pub(crate) unsafe fn copy_of(address: *const SocketAddress) -> Self {
        // SAFETY: passed on to the caller. A clone of something is not NULL.
        unsafe {
            let copy = qapi_clone(address.cast(), visit_type_SocketAddress);
            Self(NonNull::new_unchecked(copy.cast()))
        }
    }

    /// Takes an address over from C; NULL gives `None`.
    ///
    /// # Safety
    ///
    /// The caller owns the address and does not use it again.
    pub(crate) unsafe fn from_raw(address: *mut SocketAddress) -> Option<Self> {
        NonNull::new(address).map(Self)
    }

    /// Gives the address to C.
    pub(crate) fn into_raw(self) -> *mut SocketAddress {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }

    /// The pointer, to be handed to a C function.
    pub(crate) fn as_ptr(&self) -> *mut SocketAddress {
        self.0.as_ptr()
    }

    /// The IPv4 or IPv6 address, to be changed.
    fn inet_mut(&mut self) -> Option<&mut InetSocketAddress> {
        // SAFETY: the address is this value's own, and the type selects the member.
        unsafe {
            let address = self.0.as_ptr();
            ((*address).r#type == 0).then(|| &mut (*address).u.inet)
        }
    }

    /// Replaces host and port by numbers, if it is an IPv4 or IPv6 address.
    pub(crate) fn set_numeric(&mut self, host: &CStr, port: &CStr) {
        let Some(inet) = self.inet_mut() else { return };
        // SAFETY: the strings of an owned address are from GLib's allocator.
        unsafe {
            g_free(inet.host.cast());
            g_free(inet.port.cast());
            inet.host = g_strdup(host.as_ptr());
            inet.port = g_strdup(port.as_ptr());
        }
        inet.has_numeric = 1;
        inet.numeric = 1;
    }

    /// Takes the wish for keep-alive out of the address, and tells whether it was
    /// there.
    pub(crate) fn take_keep_alive(&mut self) -> bool {
        let Some(inet) = self.inet_mut() else {
            return false;
        };
        inet.has_keep_alive = 0;
        std::mem::take(&mut inet.keep_alive) != 0
    }
}

impl Drop for OwnedAddress {
    fn drop(&mut self) {
        // SAFETY: this value owns the address.
        unsafe { qapi_free_SocketAddress(self.0.as_ptr()) };
    }
}
