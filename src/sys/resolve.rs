//! The C library's resolver.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null, null_mut};

use libc::{addrinfo, socklen_t};

use super::socket::SocketName;

/// Why a name could not be resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResolveError(c_int);

impl ResolveError {
    /// Whether the flags of the request are not supported.
    #[cfg(feature = "runtime")]
    pub(crate) fn is_bad_flags(self) -> bool {
        self.0 == libc::EAI_BADFLAGS
    }
}

impl std::fmt::Display for ResolveError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // SAFETY: returns a static string for every number.
        let text = unsafe { CStr::from_ptr(libc::gai_strerror(self.0)) };
        formatter.write_str(&text.to_string_lossy())
    }
}

/// What to look up.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The host; `None` is every address, or the own one.
    pub(crate) node: Option<&'a CStr>,
    /// The port; `None` is 0.
    pub(crate) service: Option<&'a CStr>,
    /// `PF_UNSPEC`, or the only family that is wanted.
    pub(crate) family: c_int,
    /// `SOCK_…`
    pub(crate) socket_type: c_int,
    /// `AI_…`
    pub(crate) flags: c_int,
}

/// One address that a name stands for.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The protocol family to open a socket of.
    #[cfg(feature = "runtime")]
    pub(crate) family: c_int,
    /// The kind of socket.
    #[cfg(feature = "runtime")]
    pub(crate) socket_type: c_int,
    /// The protocol.
    #[cfg(feature = "runtime")]
    pub(crate) protocol: c_int,
    /// The address.
    pub(crate) name: SocketName,
}

/// The addresses that a name stands for, in order of preference.
pub(crate) struct Entries(NonNull<addrinfo>);

impl Entries {
    /// The addresses.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry> {
        let mut next = Some(self.0);
        std::iter::from_fn(move || {
            // SAFETY: an element of the list, which lives as long as `self`.
            let current = unsafe { next?.as_ref() };
            next = NonNull::new(current.ai_next);
            Some(Entry {
                #[cfg(feature = "runtime")]
                family: current.ai_family,
                #[cfg(feature = "runtime")]
                socket_type: current.ai_socktype,
                #[cfg(feature = "runtime")]
                protocol: current.ai_protocol,
                // SAFETY: the address of an element is as long as it says.
                name: unsafe { SocketName::from_raw(current.ai_addr, current.ai_addrlen) },
            })
        })
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        // SAFETY: the list is this value's own.
        unsafe { libc::freeaddrinfo(self.0.as_ptr()) };
    }
}

/// getaddrinfo(3).
pub(crate) fn lookup(request: &Request<'_>) -> Result<Entries, ResolveError> {
    // SAFETY: zero is valid for all fields of an addrinfo.
    let mut hints: addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_flags = request.flags;
    hints.ai_family = request.family;
    hints.ai_socktype = request.socket_type;
    let as_ptr = |text: Option<&CStr>| text.map_or(null::<c_char>(), CStr::as_ptr);
    let mut list = null_mut();
    // SAFETY: the strings are NULL or C strings, and the hints are complete.
    let result = unsafe {
        libc::getaddrinfo(
            as_ptr(request.node),
            as_ptr(request.service),
            &raw const hints,
            &raw mut list,
        )
    };
    match NonNull::new(list) {
        Some(list) if result == 0 => Ok(Entries(list)),
        _ if result == 0 => Err(ResolveError(libc::EAI_NONAME)),
        _ => Err(ResolveError(result)),
    }
}

/// The numbers of the host and the port of an IPv4 or IPv6 address.
pub(crate) fn numeric_name(name: &SocketName) -> Result<(CString, CString), ResolveError> {
    let mut host = [MaybeUninit::<c_char>::zeroed(); libc::NI_MAXHOST as usize];
    let mut port = [MaybeUninit::<c_char>::zeroed(); 32];
    // SAFETY: the address is readable for its length, and the
    // buffers are writable for the lengths given; they are zero, so that what the
    // function leaves in them is a C string.
    unsafe {
        let result = libc::getnameinfo(
            (&raw const name.storage).cast(),
            name.length,
            host.as_mut_ptr().cast(),
            host.len() as socklen_t,
            port.as_mut_ptr().cast(),
            port.len() as socklen_t,
            libc::NI_NUMERICHOST | libc::NI_NUMERICSERV,
        );
        match result {
            0 => Ok((
                CStr::from_ptr(host.as_ptr().cast()).to_owned(),
                CStr::from_ptr(port.as_ptr().cast()).to_owned(),
            )),
            error => Err(ResolveError(error)),
        }
    }
}
