//! Types of `qapi/qapi-types-sockets.h`.
//!
//! C callers build these on the stack and initialise only the member of a union
//! that `type` selects, so nothing may form a reference to a whole union.

use std::ffi::c_char;

use crate::abi::qapi::qapi_types_common::String;
use crate::abi::values::{BoolValue, SocketAddressTypeValue};

/// The kinds of [`SocketAddress`].
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketAddressType {
    /// IPv4 or IPv6.
    SOCKET_ADDRESS_TYPE_INET,
    /// A Unix socket.
    SOCKET_ADDRESS_TYPE_UNIX,
    /// A socket between a virtual machine and its host.
    SOCKET_ADDRESS_TYPE_VSOCK,
    /// A descriptor that is a socket already.
    SOCKET_ADDRESS_TYPE_FD,
    /// The number of kinds.
    SOCKET_ADDRESS_TYPE__MAX,
}

/// The address families that a network address can be of.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkAddressFamily {
    /// IPv4.
    NETWORK_ADDRESS_FAMILY_IPV4,
    /// IPv6.
    NETWORK_ADDRESS_FAMILY_IPV6,
    /// A Unix socket.
    NETWORK_ADDRESS_FAMILY_UNIX,
    /// A socket between a virtual machine and its host.
    NETWORK_ADDRESS_FAMILY_VSOCK,
    /// Any other.
    NETWORK_ADDRESS_FAMILY_UNKNOWN,
    /// The number of families.
    NETWORK_ADDRESS_FAMILY__MAX,
}

/// Host and port.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InetSocketAddressBase {
    /// Name or number of the host.
    pub host: *mut c_char,
    /// Name or number of the port.
    pub port: *mut c_char,
}

/// An IPv4 or IPv6 address. A value counts only if its `has_` member is true, except
/// for `keep_alive`, which is looked at in any case.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InetSocketAddress {
    /// Name or number of the host. Empty: every address, for a listener.
    pub host: *mut c_char,
    /// Name or number of the port.
    pub port: *mut c_char,
    /// Whether `numeric` counts.
    pub has_numeric: BoolValue,
    /// Whether host and port of a listener are numbers, so that nothing is looked up.
    pub numeric: BoolValue,
    /// Whether `to` counts.
    pub has_to: BoolValue,
    /// The last port of a range to try, for a listener.
    pub to: u16,
    /// Whether `ipv4` counts.
    pub has_ipv4: BoolValue,
    /// Whether IPv4 is wanted.
    pub ipv4: BoolValue,
    /// Whether `ipv6` counts.
    pub has_ipv6: BoolValue,
    /// Whether IPv6 is wanted.
    pub ipv6: BoolValue,
    /// Whether `keep_alive` was given.
    pub has_keep_alive: BoolValue,
    /// Whether a connection is probed while it is idle.
    pub keep_alive: BoolValue,
    /// Whether `mptcp` counts.
    pub has_mptcp: BoolValue,
    /// Whether to use Multipath TCP.
    pub mptcp: BoolValue,
}

/// A Unix socket.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct UnixSocketAddress {
    /// The path, or the name of an abstract socket.
    pub path: *mut c_char,
    /// Whether `abstract` was given.
    pub has_abstract: BoolValue,
    /// Whether the name is in the kernel's abstract namespace, not a path.
    pub r#abstract: BoolValue,
    /// Whether `tight` counts; without it, it is taken as true.
    pub has_tight: BoolValue,
    /// Whether an abstract name ends with its last character. If false, it is
    /// filled up with NULs.
    pub tight: BoolValue,
}

/// A socket between a virtual machine and its host.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VsockSocketAddress {
    /// The number of the machine.
    pub cid: *mut c_char,
    /// The number of the port.
    pub port: *mut c_char,
}

/// The member of a [`SocketAddress`] that its type selects.
#[repr(C)]
#[derive(Clone, Copy)]
pub union SocketAddressUnion {
    /// For `SOCKET_ADDRESS_TYPE_INET`.
    pub inet: InetSocketAddress,
    /// For `SOCKET_ADDRESS_TYPE_UNIX`.
    pub q_unix: UnixSocketAddress,
    /// For `SOCKET_ADDRESS_TYPE_VSOCK`.
    pub vsock: VsockSocketAddress,
    /// For `SOCKET_ADDRESS_TYPE_FD`: the number of a descriptor, or the name of one
    /// that the monitor knows.
    pub fd: String,
}

/// Where to connect to, or to listen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SocketAddress {
    /// Which member of the union counts.
    pub r#type: SocketAddressTypeValue,
    /// The address. Members other than the selected one may be uninitialised.
    pub u: SocketAddressUnion,
}

/// A list of addresses.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SocketAddressList {
    /// The rest of the list; NULL at its end.
    pub next: *mut Self,
    /// The address.
    pub value: *mut SocketAddress,
}

/// A list of hosts and ports.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InetSocketAddressBaseList {
    /// The rest of the list; NULL at its end.
    pub next: *mut Self,
    /// The host and port.
    pub value: *mut InetSocketAddressBase,
}

/// An [`InetSocketAddress`] in a [`SocketAddressLegacy`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InetSocketAddressWrapper {
    /// The address.
    pub data: *mut InetSocketAddress,
}

/// A [`UnixSocketAddress`] in a [`SocketAddressLegacy`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct UnixSocketAddressWrapper {
    /// The address.
    pub data: *mut UnixSocketAddress,
}

/// A [`VsockSocketAddress`] in a [`SocketAddressLegacy`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VsockSocketAddressWrapper {
    /// The address.
    pub data: *mut VsockSocketAddress,
}

/// A [`String`] in a [`SocketAddressLegacy`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StringWrapper {
    /// The string.
    pub data: *mut String,
}

/// The member of a [`SocketAddressLegacy`] that its type selects.
#[repr(C)]
#[derive(Clone, Copy)]
pub union SocketAddressLegacyUnion {
    /// For `SOCKET_ADDRESS_TYPE_INET`.
    pub inet: InetSocketAddressWrapper,
    /// For `SOCKET_ADDRESS_TYPE_UNIX`.
    pub q_unix: UnixSocketAddressWrapper,
    /// For `SOCKET_ADDRESS_TYPE_VSOCK`.
    pub vsock: VsockSocketAddressWrapper,
    /// For `SOCKET_ADDRESS_TYPE_FD`.
    pub fd: StringWrapper,
}

/// A [`SocketAddress`] in an older form, with the address behind a pointer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SocketAddressLegacy {
    /// Which member of the union counts.
    pub r#type: SocketAddressTypeValue,
    /// The address.
    pub u: SocketAddressLegacyUnion,
}
