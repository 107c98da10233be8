//! Socket addresses.
//!
//! A [`SocketAddress`] comes from C: its type may be any number, its strings may
//! be NULL, and only the member its type selects is initialised. An [`Address`]
//! is a view of one that Rust can use; an [`OwnedAddress`] is a whole one that
//! belongs to the library.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::NonNull;

use glib_sys::{g_free, g_strdup};

use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, SocketAddress, UnixSocketAddress, VsockSocketAddress,
};
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

/// What a [`SocketAddress`] says.
#[derive(Clone, Copy)]
pub(crate) enum Address<'a> {
    /// An IPv4 or IPv6 address.
    Inet(Inet<'a>),
    /// A Unix socket.
    Unix(Unix<'a>),
    /// A vsock address.
    Vsock(Vsock<'a>),
    /// The number or name of a descriptor.
    Descriptor(Option<&'a CStr>),
    /// A type that does not exist.
    Unknown(u32),
}

/// An IPv4 or IPv6 address. Options that were not given are `None`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Inet<'a> {
    /// Name or number of the host.
    pub(crate) host: Option<&'a CStr>,
    /// Name or number of the port.
    pub(crate) port: Option<&'a CStr>,
    /// Whether both are numbers.
    pub(crate) numeric: bool,
    /// The last port of a range.
    pub(crate) to: Option<u16>,
    /// Whether IPv4 is wanted.
    pub(crate) ipv4: Option<bool>,
    /// Whether IPv6 is wanted.
    pub(crate) ipv6: Option<bool>,
    /// Whether an idle connection is probed.
    pub(crate) keep_alive: bool,
    /// Whether to use Multipath TCP.
    pub(crate) mptcp: bool,
}

/// A Unix socket.
#[derive(Clone, Copy)]
pub(crate) struct Unix<'a> {
    /// The path or abstract name.
    pub(crate) path: Option<&'a CStr>,
    /// Whether it is an abstract name.
    pub(crate) is_abstract: bool,
    /// Whether an abstract name ends with its last character.
    pub(crate) tight: bool,
}

/// A vsock address.
#[derive(Clone, Copy)]
pub(crate) struct Vsock<'a> {
    /// The number of the machine.
    pub(crate) cid: Option<&'a CStr>,
    /// The number of the port.
    pub(crate) port: Option<&'a CStr>,
}

/// A C string that may be NULL.
///
/// # Safety
///
/// `text` is NULL or a C string that lives for `'a`.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: passed on to the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

impl Address<'_> {
    /// The view of an address.
    ///
    /// # Safety
    ///
    /// `address` is a valid address whose strings live for the lifetime of the view.
    pub(crate) unsafe fn from_raw(address: *const SocketAddress) -> Self {
        // SAFETY: the caller vouches for the address; only the member that the
        // type selects is touched.
        unsafe {
            match (*address).r#type {
                0 => Self::Inet(Inet::from_raw(&raw const (*address).u.inet)),
                1 => Self::Unix(Unix::from_raw(&raw const (*address).u.q_unix)),
                2 => Self::Vsock(Vsock::from_raw(&raw const (*address).u.vsock)),
                3 => Self::Descriptor(text((*address).u.fd.str)),
                other => Self::Unknown(other),
            }
        }
    }
}

impl Inet<'_> {
    /// The view of an address.
    ///
    /// # Safety
    ///
    /// As for [`Address::from_raw`].
    pub(crate) unsafe fn from_raw(address: *const InetSocketAddress) -> Self {
        let optional = |given: u8, value: u8| (given != 0).then_some(value != 0);
        // SAFETY: passed on to the caller.
        unsafe {
            let raw = address.read();
            Self {
                host: text(raw.host),
                port: text(raw.port),
                numeric: raw.has_numeric != 0 && raw.numeric != 0,
                to: (raw.has_to != 0).then_some(raw.to),
                ipv4: optional(raw.has_ipv4, raw.ipv4),
                ipv6: optional(raw.has_ipv6, raw.ipv6),
                keep_alive: raw.keep_alive != 0,
                mptcp: raw.has_mptcp != 0 && raw.mptcp != 0,
            }
        }
    }
}

impl Unix<'_> {
    unsafe fn from_raw(address: *const UnixSocketAddress) -> Self {
        // SAFETY: passed on to the caller.
        unsafe {
            let raw = address.read();
            Self {
                path: text(raw.path),
                is_abstract: raw.r#abstract != 0,
                tight: raw.has_tight == 0 || raw.tight != 0,
            }
        }
    }
}

impl Vsock<'_> {
    unsafe fn from_raw(address: *const VsockSocketAddress) -> Self {
        // SAFETY: passed on to the caller.
        unsafe {
            let raw = address.read();
            Self { cid: text(raw.cid), port: text(raw.port) }
        }
    }
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
