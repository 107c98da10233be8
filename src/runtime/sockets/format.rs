//! Addresses as the kernel reports them, and as text for people.

use std::ffi::{CStr, CString};

use glib_sys::{g_malloc0, g_strdup};

use super::address::Address;
use super::{shown, unix};
use crate::abi::qapi::qapi_types_sockets::{
    SocketAddress, SocketAddressType, UnixSocketAddress, VsockSocketAddress,
};
use crate::error::Error;
use crate::host::address::OwnedAddress;
use crate::sys::resolve;
use crate::sys::socket::SocketName;

/// A new address whose fields are all NULL or false.
pub(super) fn empty_address(kind: SocketAddressType) -> OwnedAddress {
    // SAFETY: GLib ends the process rather than return NULL; zeros are a valid
    // address of any type.
    let address = unsafe {
        let raw = g_malloc0(size_of::<SocketAddress>()).cast::<SocketAddress>();
        (*raw).r#type = kind as u32;
        OwnedAddress::from_raw(raw)
    };
    address.unwrap_or_else(|| unreachable!())
}

/// A copy of `text` for C.
pub(super) fn c_copy(text: &CStr) -> *mut std::ffi::c_char {
    // SAFETY: a C string.
    unsafe { g_strdup(text.as_ptr()) }
}

/// What the kernel says in the API's form. Hosts and ports are numbers.
pub(crate) fn to_address(name: &SocketName) -> Result<OwnedAddress, Error> {
    match name.family() {
        libc::AF_INET | libc::AF_INET6 => inet_to_address(name),
        libc::AF_UNIX => Ok(unix_to_address(name)),
        libc::AF_VSOCK => Ok(vsock_to_address(name)),
        family => Err(Error::new(format!("Socket address family {family} is not supported"))),
    }
}

fn inet_to_address(name: &SocketName) -> Result<OwnedAddress, Error> {
    let (host, port) = resolve::numeric_name(name)
        .map_err(|error| Error::new(format!("Cannot format a numeric socket address: {error}")))?;
    let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_INET);
    // SAFETY: the address is this function's own, and of this type.
    let inet = unsafe { &mut (*address.as_ptr()).u.inet };
    inet.host = c_copy(&host);
    inet.port = c_copy(&port);
    if name.family() == libc::AF_INET {
        (inet.has_ipv4, inet.ipv4) = (1, 1);
    } else {
        (inet.has_ipv6, inet.ipv6) = (1, 1);
    }
    Ok(address)
}

fn unix_to_address(name: &SocketName) -> OwnedAddress {
    let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_UNIX);
    let is_abstract = unix::is_abstract(name);
    // SAFETY: the address is this function's own, and of this type.
    unsafe {
        (*address.as_ptr()).u.q_unix = UnixSocketAddress {
            path: c_copy(&unix::path(name)),
            has_abstract: u8::from(is_abstract),
            r#abstract: u8::from(is_abstract),
            has_tight: u8::from(is_abstract),
            tight: u8::from(is_abstract && unix::is_tight(name)),
        };
    }
    address
}

fn vsock_to_address(name: &SocketName) -> OwnedAddress {
    let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_VSOCK);
    let vsock = name.as_vsock();
    let decimal = |number: u32| c_copy(&CString::new(number.to_string()).unwrap_or_default());
    // SAFETY: the address is this function's own, and of this type.
    unsafe {
        (*address.as_ptr()).u.vsock =
            VsockSocketAddress { cid: decimal(vsock.svm_cid), port: decimal(vsock.svm_port) };
    }
    address
}

/// The address for people to read. Options are left out.
pub(crate) fn to_text(address: &Address<'_>) -> CString {
    let text = match address {
        Address::Inet(inet) => format!("tcp:{}:{}", shown(inet.host), shown(inet.port)),
        Address::Unix(unix) => return prefixed(c"unix:", unix.path),
        Address::Vsock(vsock) => format!("vsock:{}:{}", shown(vsock.cid), shown(vsock.port)),
        Address::Descriptor(text) => format!("fd:{}", shown(*text)),
        Address::Unknown(_) => "unknown address type".to_owned(),
    };
    CString::new(text).unwrap_or_default()
}

/// A path keeps its bytes, which need not be UTF-8.
fn prefixed(prefix: &CStr, path: Option<&CStr>) -> CString {
    let path = path.map_or(&b""[..], CStr::to_bytes);
    CString::new([prefix.to_bytes(), path].concat()).unwrap_or_default()
}
