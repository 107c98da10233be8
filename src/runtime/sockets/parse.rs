//! Addresses from text, as users write them.

use std::ffi::CStr;

use glib_sys::g_strndup;

use super::format::empty_address;
use super::number;
use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, SocketAddressType, VsockSocketAddress,
};
use crate::error::Error;
use crate::host::address::OwnedAddress;

/// The most characters of the parts of a vsock address.
const VSOCK_PART_MAX: usize = 32;

/// A host, a port and options, as [`inet`] found them.
#[derive(Debug)]
pub(crate) struct ParsedInet<'a> {
    host: &'a [u8],
    port: &'a [u8],
    to: Option<u16>,
    flags: [Option<bool>; FLAGS.len()],
}

/// The options that are on or off.
const FLAGS: [&str; 5] = ["ipv4", "ipv6", "keep-alive", "mptcp", "numeric"];

/// The address that a text with a prefix stands for; without one, it is a host and
/// a port.
pub(crate) fn address(text: &CStr) -> Result<OwnedAddress, Error> {
    let bytes = text.to_bytes();
    let after = |prefix: &str| bytes.strip_prefix(prefix.as_bytes());
    if let Some(path) = after("unix:") {
        let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_UNIX);
        let path = non_empty(path, text, "path")?;
        // SAFETY: the address is this function's own, and of this type.
        unsafe { (*address.as_ptr()).u.q_unix.path = c_copy(path) };
        return Ok(address);
    }
    if let Some(name) = after("fd:") {
        let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_FD);
        let name = non_empty(name, text, "descriptor")?;
        // SAFETY: the address is this function's own, and of this type.
        unsafe { (*address.as_ptr()).u.fd.str = c_copy(name) };
        return Ok(address);
    }
    if let Some(rest) = after("vsock:") {
        let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_VSOCK);
        let (cid, port) = vsock(rest).ok_or_else(|| {
            let text = text.to_string_lossy();
            Error::new(format!("'{text}' is not of the form vsock:CID:PORT"))
        })?;
        // SAFETY: the address is this function's own, and of this type.
        unsafe {
            (*address.as_ptr()).u.vsock =
                VsockSocketAddress { cid: c_copy(cid), port: c_copy(port) };
        }
        return Ok(address);
    }
    let parsed = inet_bytes(after("tcp:").unwrap_or(bytes))?;
    let address = empty_address(SocketAddressType::SOCKET_ADDRESS_TYPE_INET);
    // SAFETY: the address is this function's own, and of this type.
    parsed.store(unsafe { &mut (*address.as_ptr()).u.inet });
    Ok(address)
}

fn non_empty<'a>(rest: &'a [u8], text: &CStr, what: &str) -> Result<&'a [u8], Error> {
    match rest {
        [] => Err(Error::new(format!("No {what} in '{}'", text.to_string_lossy()))),
        rest => Ok(rest),
    }
}

fn vsock(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (cid, port) = split_at_byte(text, b':')?;
    let fits = |part: &[u8]| (1..=VSOCK_PART_MAX).contains(&part.len());
    (fits(cid) && fits(port) && !port.contains(&b',')).then_some((cid, port))
}

/// A host and a port with options, as text.
pub(crate) fn inet(text: &CStr) -> Result<ParsedInet<'_>, Error> {
    inet_bytes(text.to_bytes())
}

fn inet_bytes(text: &[u8]) -> Result<ParsedInet<'_>, Error> {
    let (host, rest) = split_host(text).ok_or_else(|| malformed(text))?;
    let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
    let (port, options) = rest.split_at(end);
    if port.is_empty() {
        return Err(malformed(text));
    }
    let mut parsed = ParsedInet { host, port, to: None, flags: [None; FLAGS.len()] };
    parsed.options(options)?;
    Ok(parsed)
}

/// What is before and behind the first `separator`.
fn split_at_byte(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at(text.iter().position(|byte| *byte == separator)?);
    Some((before, rest.get(1..)?))
}

/// The host, and what comes after its colon.
fn split_host(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (host, rest) = match text {
        [b':', rest @ ..] => return Some((b"", rest)),
        [b'[', inner @ ..] => split_at_byte(inner, b']')?,
        _ => text.split_at(text.iter().position(|byte| *byte == b':')?),
    };
    (!host.is_empty()).then_some((host, rest.strip_prefix(b":")?))
}

#[track_caller]
fn malformed(text: &[u8]) -> Error {
    let text = String::from_utf8_lossy(text);
    Error::new(format!("'{text}' is not of the form HOST:PORT"))
}

impl ParsedInet<'_> {
    /// Takes in the options: tokens between commas. Of two for the same thing the
    /// first counts.
    fn options(&mut self, text: &[u8]) -> Result<(), Error> {
        let mut tokens = text.split(|byte| *byte == b',').skip(1).peekable();
        while let Some(token) = tokens.next() {
            if token.is_empty() {
                continue;
            }
            let is_flag = self.option(token)?;
            if is_flag && tokens.peek().is_some_and(|next| next.is_empty()) {
                // A single comma at the end is fine; two were meant to be something.
                let mut later = tokens.clone().skip(1);
                if later.next().is_some() {
                    return Err(bad_option(token));
                }
            }
        }
        Ok(())
    }

    /// Takes in one option; true if it is a flag.
    fn option(&mut self, token: &[u8]) -> Result<bool, Error> {
        let (name, value) = match split_at_byte(token, b'=') {
            Some((name, value)) => (name, Some(value)),
            None => (token, None),
        };
        if let (b"to", Some(value)) = (name, value) {
            let to = number::parse(value).ok().and_then(|number| u16::try_from(number).ok());
            let to = to.ok_or_else(|| bad_option(token))?;
            self.to = self.to.or(Some(to));
            return Ok(false);
        }
        let on = match value {
            None | Some(b"on") => true,
            Some(b"off") => false,
            Some(_) => return Err(bad_option(token)),
        };
        let flag = FLAGS.iter().position(|flag| flag.as_bytes() == name);
        let flag = flag.and_then(|index| self.flags.get_mut(index));
        let flag = flag.ok_or_else(|| bad_option(token))?;
        *flag = flag.or(Some(on));
        Ok(true)
    }

    /// Puts all of it into an address, whose old contents are overwritten.
    pub(crate) fn store(&self, address: &mut InetSocketAddress) {
        let [ipv4, ipv6, keep_alive, mptcp, numeric] = self.flags;
        let has = |flag: Option<bool>| u8::from(flag.is_some());
        let value = |flag: Option<bool>| u8::from(flag.unwrap_or(false));
        *address = InetSocketAddress {
            host: c_copy(self.host),
            port: c_copy(self.port),
            has_numeric: has(numeric),
            numeric: value(numeric),
            has_to: u8::from(self.to.is_some()),
            to: self.to.unwrap_or(0),
            has_ipv4: has(ipv4),
            ipv4: value(ipv4),
            has_ipv6: has(ipv6),
            ipv6: value(ipv6),
            has_keep_alive: has(keep_alive),
            keep_alive: value(keep_alive),
            has_mptcp: has(mptcp),
            mptcp: value(mptcp),
        };
    }
}

#[track_caller]
fn bad_option(token: &[u8]) -> Error {
    let token = String::from_utf8_lossy(token);
    Error::new(format!("Invalid option '{token}' in a socket address"))
}

/// A copy of part of a C string, for C.
fn c_copy(text: &[u8]) -> *mut std::ffi::c_char {
    // SAFETY: readable for its length, without a NUL.
    unsafe { g_strndup(text.as_ptr().cast(), text.len()) }
}
