//! What an address of a C caller says.

use std::ffi::CStr;

use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, SocketAddress, UnixSocketAddress, VsockSocketAddress,
};
use crate::host::address::text;

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
