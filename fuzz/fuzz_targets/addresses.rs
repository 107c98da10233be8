//! Socket addresses from text: what was understood can be written down, and is then
//! understood in the same way.

#![no_main]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::null_mut;

use glib_sys::g_free;
use libfuzzer_sys::fuzz_target;
use qiochannel::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, SocketAddress, SocketAddressType,
};
use qiochannel::abi::qemu::typedefs::{Error, Visitor};
use qiochannel::capi::qapi::clone_visitor::qapi_clone;
use qiochannel::capi::qapi::qapi_types_sockets::{
    qapi_free_InetSocketAddress, qapi_free_SocketAddress,
};
use qiochannel::capi::qapi::qapi_visit_sockets::visit_type_SocketAddress;
use qiochannel::capi::qemu::sockets::{inet_parse, socket_parse, socket_uri};
use qiochannel_fuzz::object::{bytes, call, text};

fuzz_target!(|data: &[u8]| {
    let text = text(data);
    let inet = parse_inet(&text);
    let Some(address) = Address::parse(&text) else {
        assert!(inet.is_none() || has_prefix(text.to_bytes()), "only inet_parse() took {text:?}");
        return;
    };
    let written = address.write();
    if let Some(inet) = inet.filter(|_| !has_prefix(text.to_bytes())) {
        assert_eq!(inet, written, "inet_parse() and socket_parse() of {text:?}");
    }
    let again = Address::parse(&written);
    let again = again.unwrap_or_else(|| panic!("{text:?} was written as {written:?}"));
    assert_eq!(again.write(), written, "from {text:?}");
    assert_eq!(address.copy().write(), written, "a copy");
    address.check_uri();
});

fn has_prefix(text: &[u8]) -> bool {
    [&b"unix:"[..], b"fd:", b"vsock:", b"tcp:"].iter().any(|prefix| text.starts_with(prefix))
}

/// What `inet_parse()` makes of a text, written down.
fn parse_inet(text: &CStr) -> Option<CString> {
    // SAFETY: `inet_parse()` overwrites the address, whose strings are freed with it.
    unsafe {
        let address = glib_sys::g_malloc0(size_of::<InetSocketAddress>());
        let address = address.cast::<InetSocketAddress>();
        let (status, message) = call(|errp| inet_parse(address, text.as_ptr(), errp));
        assert_eq!(status == 0, message.is_none(), "{message:?}");
        let written = (status == 0).then(|| write_inet(&*address));
        qapi_free_InetSocketAddress(address);
        written
    }
}

/// Host, port and options. A host with a colon stands in brackets.
fn write_inet(inet: &InetSocketAddress) -> CString {
    let host = part(inet.host);
    let mut text = b"tcp:".to_vec();
    if host.contains(&b':') || host.starts_with(b"[") {
        text.extend([b"[", host, b"]"].concat());
    } else {
        text.extend(host);
    }
    text.push(b':');
    text.extend(part(inet.port));
    if inet.has_to != 0 {
        text.extend(format!(",to={}", inet.to).into_bytes());
    }
    for (name, has, value) in [
        ("ipv4", inet.has_ipv4, inet.ipv4),
        ("ipv6", inet.has_ipv6, inet.ipv6),
        ("keep-alive", inet.has_keep_alive, inet.keep_alive),
        ("mptcp", inet.has_mptcp, inet.mptcp),
        ("numeric", inet.has_numeric, inet.numeric),
    ] {
        if has != 0 {
            let value = if value != 0 { "on" } else { "off" };
            text.extend(format!(",{name}={value}").into_bytes());
        }
    }
    CString::new(text).expect("made of C strings")
}

/// A string of an address.
fn part<'a>(raw: *const c_char) -> &'a [u8] {
    // SAFETY: a string of an address that outlives the result's use.
    unsafe { bytes(raw) }.expect("no string of a parsed address is NULL")
}

/// The visit of an address, as it is for every type.
unsafe extern "C" fn visit(
    visitor: *mut Visitor,
    name: *const c_char,
    object: *mut *mut c_void,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: called for an address.
    unsafe { visit_type_SocketAddress(visitor, name, object.cast(), errp) }
}

struct Address(*mut SocketAddress);

impl Address {
    fn parse(text: &CStr) -> Option<Self> {
        // SAFETY: a C string.
        let (address, message) = call(|errp| unsafe { socket_parse(text.as_ptr(), errp) });
        assert_eq!(address.is_null(), message.is_some(), "{message:?}");
        (!address.is_null()).then_some(Self(address))
    }

    fn copy(&self) -> Self {
        // SAFETY: the visit is that of the address's type.
        Self(unsafe { qapi_clone(self.0.cast(), Some(visit)) }.cast())
    }

    fn kind(&self) -> u32 {
        // SAFETY: the address is alive.
        unsafe { (*self.0).r#type }
    }

    fn write(&self) -> CString {
        const INET: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_INET as u32;
        const UNIX: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_UNIX as u32;
        const VSOCK: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_VSOCK as u32;
        // SAFETY: the type says which member there is.
        let text = unsafe {
            match self.kind() {
                INET => return write_inet(&(*self.0).u.inet),
                UNIX => [b"unix:", part((*self.0).u.q_unix.path)].concat(),
                VSOCK => {
                    let vsock = (*self.0).u.vsock;
                    [b"vsock:", part(vsock.cid), b":", part(vsock.port)].concat()
                }
                _ => [b"fd:", part((*self.0).u.fd.str)].concat(),
            }
        };
        CString::new(text).expect("made of C strings")
    }

    /// What people are shown stands for the same place, but for options and brackets.
    fn check_uri(&self) {
        // SAFETY: the address is alive; the text is freed once.
        let uri = unsafe {
            let raw = socket_uri(self.0);
            let uri = CStr::from_ptr(raw).to_owned();
            g_free(raw.cast());
            uri
        };
        let written = self.write();
        let is_plain = !written.to_bytes().contains(&b',')
            && !written.to_bytes().starts_with(b"tcp:[")
            && (written.to_str().is_ok() || written.to_bytes().starts_with(b"unix:"));
        assert!(!is_plain || uri == written, "{uri:?} is not {written:?}");
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        // SAFETY: this value owns the address.
        unsafe { qapi_free_SocketAddress(std::mem::replace(&mut self.0, null_mut())) };
    }
}
