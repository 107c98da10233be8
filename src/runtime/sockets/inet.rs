//! TCP and UDP.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use super::address::Inet;
use super::shown;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::resolve::{self, Entries, Entry, Request, ResolveError};
use crate::sys::{endpoint, socket};

/// The protocol family that the flags select; `PF_UNSPEC` if both are welcome.
pub(crate) fn family(address: &Inet<'_>) -> Result<c_int, Error> {
    match (address.ipv4, address.ipv6) {
        (Some(false), Some(false)) => {
            Err(Error::new("Cannot disable IPv4 and IPv6 at the same time"))
        }
        // Every address of both families: one IPv6 socket takes IPv4 as well.
        (Some(true), Some(true)) if address.host.is_none_or(CStr::is_empty) => Ok(libc::PF_INET6),
        (Some(true), Some(true)) | (None, None) => Ok(libc::PF_UNSPEC),
        (_, Some(true)) | (Some(false), None) => Ok(libc::PF_INET6),
        (Some(true), _) | (None, Some(false)) => Ok(libc::PF_INET),
    }
}

/// The address as messages show it.
fn place(address: &Inet<'_>) -> String {
    format!("{}:{}", shown(address.host), shown(address.port))
}

#[track_caller]
fn resolution_error(address: &Inet<'_>, error: ResolveError) -> Error {
    Error::new(format!("address resolution failed for {}: {error}", place(address)))
}

/// Looks up where to connect to: IPv4 addresses also as IPv6 ones, as far as the
/// machine's resolver can do that.
fn lookup_peer(request: Request<'_>) -> Result<Entries, ResolveError> {
    static MAPPED: AtomicBool = AtomicBool::new(true);
    let with = |extra: c_int| Request { flags: request.flags | extra, ..request };
    if !MAPPED.load(Ordering::Relaxed) {
        return resolve::lookup(&request);
    }
    match resolve::lookup(&with(libc::AI_V4MAPPED)) {
        Err(error) if error.is_bad_flags() => {
            MAPPED.store(false, Ordering::Relaxed);
            resolve::lookup(&request)
        }
        result => result,
    }
}

/// A socket for one of the addresses found.
fn open(entry: &Entry, address: &Inet<'_>) -> Result<OwnedFd, Errno> {
    let protocol = if address.mptcp { libc::IPPROTO_MPTCP } else { entry.protocol };
    endpoint::open(entry.family, entry.socket_type, protocol)
}

/// Connects to the first of the host's addresses that can be connected to.
pub(crate) fn connect(address: &Inet<'_>) -> Result<OwnedFd, Error> {
    let family = family(address)?;
    let (Some(host), Some(port)) = (address.host, address.port) else {
        let missing = if address.host.is_none() { "host" } else { "port" };
        return Err(Error::new(format!("No {missing} was given to connect to")));
    };
    let entries = lookup_peer(Request {
        node: Some(host),
        service: Some(port),
        family,
        socket_type: libc::SOCK_STREAM,
        flags: libc::AI_CANONNAME | libc::AI_ADDRCONFIG,
    })
    .map_err(|error| resolution_error(address, error))?;
    let mut result = Err(Error::new(format!("No address to connect to for {}", place(address))));
    for entry in entries.iter() {
        result = connect_to(&entry, address);
        if result.is_ok() {
            break;
        }
    }
    let socket = result?;
    if address.keep_alive {
        socket::set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)
            .map_err(|errno| Error::with_errno(errno, "Unable to enable keep-alive"))?;
    }
    Ok(socket)
}

fn connect_to(entry: &Entry, address: &Inet<'_>) -> Result<OwnedFd, Error> {
    let socket = open(entry, address).map_err(|errno| creation_error(errno, entry.family))?;
    super::start_connection(socket, &entry.name, &place(address))
}

#[track_caller]
fn creation_error(errno: Errno, family: c_int) -> Error {
    Error::with_errno(errno, format!("Unable to create a socket of family {family}"))
}

/// Lets an address be used again right after the socket that had it was closed.
fn allow_reuse(socket: &OwnedFd) {
    // Without it the bind may fail, and that says why.
    let _ = socket::set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, 1);
}

/// What a try at one port led to.
enum Attempt {
    Listening(OwnedFd),
    InUse,
}

/// Listens at the first free port of the range, at the first of the host's
/// addresses that has one.
pub(super) fn listen(address: &Inet<'_>, backlog: c_int) -> Result<OwnedFd, Error> {
    if address.keep_alive {
        return Err(Error::new("keep-alive is not supported for listening sockets"));
    }
    let family = family(address)?;
    let Some(host) = address.host else {
        return Err(Error::new("No host was given to listen at"));
    };
    let numeric = libc::AI_NUMERICHOST | libc::AI_NUMERICSERV;
    let entries = resolve::lookup(&Request {
        node: Some(host).filter(|host| !host.is_empty()),
        service: address.port.filter(|port| !port.is_empty()),
        family,
        socket_type: libc::SOCK_STREAM,
        flags: libc::AI_PASSIVE | if address.numeric { numeric } else { 0 },
    })
    .map_err(|error| resolution_error(address, error))?;

    let mut in_use = false;
    let mut creation = None;
    for entry in entries.iter() {
        let first = entry.name.port();
        for port in first..=address.to.unwrap_or(first) {
            match listen_at(&entry, port, address, backlog) {
                Ok(Attempt::Listening(socket)) => return Ok(socket),
                Ok(Attempt::InUse) => in_use = true,
                Err(ListenError::NoSocket(errno)) => {
                    creation = Some(errno);
                    break;
                }
                Err(ListenError::Failed(error)) => return Err(error),
            }
        }
    }
    Err(exhausted(address, in_use, creation))
}

/// Why no port could be listened at.
#[track_caller]
fn exhausted(address: &Inet<'_>, in_use: bool, creation: Option<Errno>) -> Error {
    let place = place(address);
    match (in_use, creation) {
        (true, _) => Error::with_errno(
            Errno::new(libc::EADDRINUSE),
            format!("Unable to find an available port at {place}"),
        ),
        (false, Some(errno)) => {
            Error::with_errno(errno, format!("Unable to create a socket for {place}"))
        }
        (false, None) => Error::with_errno(
            Errno::new(libc::EINVAL),
            format!(
                "The range from port {} to {} is empty",
                shown(address.port),
                address.to.unwrap_or(0)
            ),
        ),
    }
}

/// Why a port could not be listened at, other than being in use.
enum ListenError {
    /// There are no sockets of this family.
    NoSocket(Errno),
    /// No other port would do either.
    Failed(Error),
}

/// Tries one port with a socket of its own.
fn listen_at(
    entry: &Entry,
    port: u16,
    address: &Inet<'_>,
    backlog: c_int,
) -> Result<Attempt, ListenError> {
    let socket = open(entry, address).map_err(ListenError::NoSocket)?;
    allow_reuse(&socket);
    let mut entry = *entry;
    entry.name.set_port(port);
    let result = bind(&socket, &entry, address).and_then(|()| endpoint::listen(&socket, backlog));
    match result {
        Ok(()) => Ok(Attempt::Listening(socket)),
        Err(errno) if errno.get() == libc::EADDRINUSE => Ok(Attempt::InUse),
        Err(errno) => Err(ListenError::Failed(Error::with_errno(
            errno,
            format!("Unable to listen at {}:{port}", shown(address.host)),
        ))),
    }
}

/// Binds the socket. An IPv6 one takes IPv4 clients as well unless the address asks
/// for one family only, or somebody else has the IPv4 port.
fn bind(socket: &OwnedFd, entry: &Entry, address: &Inet<'_>) -> Result<(), Errno> {
    if entry.family != libc::AF_INET6 {
        return endpoint::bind(socket, &entry.name);
    }
    let dual = matches!((address.ipv4, address.ipv6), (None, None) | (Some(true), Some(true)));
    set_v6_only(socket, !dual);
    match endpoint::bind(socket, &entry.name) {
        Err(errno) if dual && errno.get() == libc::EADDRINUSE => {
            set_v6_only(socket, true);
            endpoint::bind(socket, &entry.name)
        }
        result => result,
    }
}

fn set_v6_only(socket: &OwnedFd, only: bool) {
    // A kernel without the option has it fixed, and the bind says whether that fits.
    let _ = socket::set_option(
        socket.as_raw_fd(),
        libc::IPPROTO_IPV6,
        libc::IPV6_V6ONLY,
        c_int::from(only),
    );
}

/// A UDP socket from `local`, or any address, to `remote`.
pub(super) fn datagram(remote: &Inet<'_>, local: Option<&Inet<'_>>) -> Result<OwnedFd, Error> {
    let wanted = |text: Option<&CStr>| text.is_some_and(|text| !text.is_empty());
    let family = family(remote)?;
    if !wanted(remote.port) {
        return Err(Error::new("No port was given to send to"));
    }
    let remote = match wanted(remote.host) {
        true => *remote,
        false => Inet { host: Some(c"localhost"), ..*remote },
    };
    let peer = lookup_peer(Request {
        node: remote.host,
        service: remote.port,
        family,
        socket_type: libc::SOCK_DGRAM,
        flags: libc::AI_CANONNAME | libc::AI_ADDRCONFIG,
    })
    .map_err(|error| resolution_error(&remote, error))
    .and_then(|entries| first(&entries, &remote))?;

    let default = Inet::default();
    let local = local.unwrap_or(&default);
    let local = match wanted(local.port) {
        true => *local,
        false => Inet { port: Some(c"0"), ..*local },
    };
    let own = resolve::lookup(&Request {
        node: local.host.filter(|host| !host.is_empty()),
        service: local.port,
        family: peer.family,
        socket_type: libc::SOCK_DGRAM,
        flags: libc::AI_PASSIVE,
    })
    .map_err(|error| resolution_error(&local, error))
    .and_then(|entries| first(&entries, &local))?;

    let socket = endpoint::open(peer.family, peer.socket_type, peer.protocol)
        .map_err(|errno| creation_error(errno, peer.family))?;
    allow_reuse(&socket);
    endpoint::bind(&socket, &own.name).map_err(|errno| {
        Error::with_errno(errno, format!("Unable to bind a socket to '{}'", place(&local)))
    })?;
    super::start_connection(socket, &peer.name, &place(&remote))
}

/// The preferred one of the addresses found.
fn first(entries: &Entries, address: &Inet<'_>) -> Result<Entry, Error> {
    entries.iter().next().ok_or_else(|| Error::new(format!("No address for {}", place(address))))
}
