//! Functions of `qemu/sockets.h`.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::ptr::null_mut;

use glib_sys::{g_free, g_strdup};
use libc::{sockaddr, sockaddr_storage, socklen_t};

use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, NetworkAddressFamily, SocketAddress, SocketAddressLegacy,
};
use crate::abi::qemu::typedefs::Error;
use crate::abi::values::NetworkAddressFamilyValue;
use crate::error;
use crate::host::address::OwnedAddress;
use crate::host::error::Destination;
use crate::runtime::sockets::{Address, Inet, Unix};
use crate::runtime::{qapi, sockets};
use crate::sys::socket::{self, SocketName};
use crate::sys::{self, Errno, endpoint};

/// The socket of a C function that returns a descriptor, or -1 with the error stored.
unsafe fn fd_or_error(
    result: Result<OwnedFd, error::Error>,
    errp: *mut *mut Error,
    function: &'static CStr,
) -> c_int {
    match result {
        Ok(socket) => socket.into_raw_fd(),
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            -1
        }
    }
}

/// The address of a C function that returns one, or NULL with the error stored.
unsafe fn address_or_error(
    result: Result<OwnedAddress, error::Error>,
    errp: *mut *mut Error,
    function: &'static CStr,
) -> *mut SocketAddress {
    match result {
        Ok(address) => address.into_raw(),
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            null_mut()
        }
    }
}

/// 0, or -1 with the error stored.
unsafe fn zero_or_error(
    result: Result<(), error::Error>,
    errp: *mut *mut Error,
    function: &'static CStr,
) -> c_int {
    match result {
        Ok(()) => 0,
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            -1
        }
    }
}

/// 0, or -1 with `errno` set.
fn zero_or_errno(result: Result<(), Errno>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(errno) => {
            errno.store();
            -1
        }
    }
}

/// Tells whether a descriptor is a socket. False for numbers that are no descriptor.
#[unsafe(no_mangle)]
pub extern "C" fn fd_is_socket(fd: c_int) -> bool {
    sys::fd::is_socket(fd)
}

/// socket(2), close-on-exec. Returns the descriptor; -1 with `errno` set.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_socket(domain: c_int, r#type: c_int, protocol: c_int) -> c_int {
    match endpoint::open(domain, r#type, protocol) {
        Ok(socket) => socket.into_raw_fd(),
        Err(errno) => {
            errno.store();
            -1
        }
    }
}

/// socketpair(2), close-on-exec. Returns 0; -1 with `errno` set.
///
/// # Safety
///
/// `sv` has room for two descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_socketpair(
    domain: c_int,
    r#type: c_int,
    protocol: c_int,
    sv: *mut c_int,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { libc::socketpair(domain, r#type | libc::SOCK_CLOEXEC, protocol, sv) }
}

/// accept(2), close-on-exec; a signal may interrupt it. Returns the descriptor; -1
/// with `errno` set.
///
/// # Safety
///
/// `addr` and `addrlen` are as accept(2) wants them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_accept(
    s: c_int,
    addr: *mut sockaddr,
    addrlen: *mut socklen_t,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { libc::accept4(s, addr, addrlen, libc::SOCK_CLOEXEC) }
}

/// Sends all of `buf` on a blocking socket, without ever raising SIGPIPE. Returns
/// the bytes sent; if these are fewer than `count`, `errno` says why.
///
/// # Safety
///
/// `buf` is readable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_send_full(s: c_int, buf: *const c_void, count: usize) -> isize {
    // SAFETY: passed on to the caller.
    let (sent, errno) = unsafe { sockets::send_full(s, buf.cast(), count) };
    if let Some(errno) = errno {
        errno.store();
    }
    sent as isize
}

/// Holds back incomplete segments (1) or sends them (0). Returns 0; -1 with `errno`
/// set if the socket is not TCP.
#[unsafe(no_mangle)]
pub extern "C" fn socket_set_cork(fd: c_int, v: c_int) -> c_int {
    zero_or_errno(socket::set_option(fd, libc::IPPROTO_TCP, libc::TCP_CORK, v))
}

/// Sends small segments without delay. Returns 0; -1 with `errno` set if the socket
/// is not TCP.
#[unsafe(no_mangle)]
pub extern "C" fn socket_set_nodelay(fd: c_int) -> c_int {
    zero_or_errno(socket::set_option(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, 1))
}

/// Lets the socket bind to an address that was in use a moment ago. Returns 0; aborts
/// if `fd` is not a socket.
#[unsafe(no_mangle)]
pub extern "C" fn socket_set_fast_reuse(fd: c_int) -> c_int {
    let result = socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1);
    ensure!(result.is_ok(), "socket_set_fast_reuse: {fd} is not a socket");
    0
}

/// Makes a socket blocking. Errors are ignored.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_socket_set_block(fd: c_int) {
    // There is no way to tell the caller.
    let _ = sys::fd::set_blocking(fd, true);
}

/// Makes a socket non-blocking. Returns 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_socket_try_set_nonblock(fd: c_int) -> c_int {
    sys::fd::set_blocking(fd, false).map_or_else(|errno| -errno.get(), |()| 0)
}

/// Makes a socket non-blocking; aborts if `fd` is no descriptor.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_socket_set_nonblock(fd: c_int) {
    let result = sys::fd::set_blocking(fd, false);
    ensure!(result.is_ok(), "qemu_socket_set_nonblock: {fd} is not an open descriptor");
}

/// Prepares the use of sockets. Returns 0; there is nothing to prepare.
#[unsafe(no_mangle)]
pub extern "C" fn socket_init() -> c_int {
    0
}

/// Returns the NetworkAddressFamily of a kernel's address family (`AF_…`).
#[unsafe(no_mangle)]
pub extern "C" fn inet_netfamily(family: c_int) -> NetworkAddressFamilyValue {
    use NetworkAddressFamily::{
        NETWORK_ADDRESS_FAMILY_IPV4, NETWORK_ADDRESS_FAMILY_IPV6, NETWORK_ADDRESS_FAMILY_UNIX,
        NETWORK_ADDRESS_FAMILY_UNKNOWN, NETWORK_ADDRESS_FAMILY_VSOCK,
    };
    let family = match family {
        libc::AF_INET6 => NETWORK_ADDRESS_FAMILY_IPV6,
        libc::AF_INET => NETWORK_ADDRESS_FAMILY_IPV4,
        libc::AF_UNIX => NETWORK_ADDRESS_FAMILY_UNIX,
        libc::AF_VSOCK => NETWORK_ADDRESS_FAMILY_VSOCK,
        _ => NETWORK_ADDRESS_FAMILY_UNKNOWN,
    };
    family as NetworkAddressFamilyValue
}

/// Tells which protocol family the `ipv4` and `ipv6` flags of an address select.
///
/// @param addr the address
/// @param errp where to store an error, or NULL
///
/// @return PF_INET, PF_INET6, or PF_UNSPEC for both; PF_UNSPEC with `errp` set if both
/// are off.
///
/// # Safety
///
/// `addr` is a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inet_ai_family_from_address(
    addr: *mut InetSocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        sockets::inet_family(&Inet::from_raw(addr)).unwrap_or_else(|error| {
            error.store(Destination::from_raw(errp), c"inet_ai_family_from_address");
            libc::PF_UNSPEC
        })
    }
}

/// Reads a host, a port and options from text: `HOST:PORT[,OPTION…]`, where HOST may
/// be empty or stand in brackets, and an OPTION is `to=PORT`, or one of `ipv4`, `ipv6`,
/// `keep-alive`, `mptcp` and `numeric`, alone or with `=on` or `=off`.
///
/// @param addr where to store the address; what was there is overwritten, not freed
/// @param str the text
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set.
///
/// # Safety
///
/// `addr` is writable, `str` is a C string; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inet_parse(
    addr: *mut InetSocketAddress,
    str: *const c_char,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller; zeros are a valid address.
    unsafe {
        addr.write_bytes(0, 1);
        let result = sockets::parse_inet(CStr::from_ptr(str));
        zero_or_error(result.map(|parsed| parsed.store(&mut *addr)), errp, c"inet_parse")
    }
}

/// Connects to an address given as text for inet_parse().
///
/// @param str the text
/// @param errp where to store an error, or NULL
///
/// @return the socket; -1 with `errp` set.
///
/// # Safety
///
/// `str` is a C string; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inet_connect(str: *const c_char, errp: *mut *mut Error) -> c_int {
    // SAFETY: passed on to the caller; the address is used while its strings live.
    let result = unsafe {
        sockets::parse_inet(CStr::from_ptr(str)).and_then(|parsed| {
            let mut address = std::mem::zeroed();
            parsed.store(&mut address);
            let result = sockets::inet_connect(&Inet::from_raw(&raw const address));
            g_free(address.host.cast());
            g_free(address.port.cast());
            result
        })
    };
    // SAFETY: passed on to the caller.
    unsafe { fd_or_error(result, errp, c"inet_connect") }
}

/// Connects to an IPv4 or IPv6 address. Blocks while the name is looked up and until
/// the connection stands.
///
/// @param saddr the address
/// @param errp where to store an error, or NULL
///
/// @return the socket; -1 with `errp` set.
///
/// # Safety
///
/// `saddr` is a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inet_connect_saddr(
    saddr: *mut InetSocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = sockets::inet_connect(&Inet::from_raw(saddr));
        fd_or_error(result, errp, c"inet_connect_saddr")
    }
}

/// The address of a Unix socket with a path.
unsafe fn unix_address<'a>(path: *const c_char) -> Unix<'a> {
    // SAFETY: passed on to the caller.
    let path = (!path.is_null()).then(|| unsafe { CStr::from_ptr(path) });
    Unix { path, is_abstract: false, tight: true }
}

/// Listens at a path, for one client at a time.
///
/// @param path the path; what is there is removed. Empty: a new one in the directory for
///        temporary files
/// @param errp where to store an error, or NULL
///
/// @return the socket; -1 with `errp` set.
///
/// # Safety
///
/// `path` is NULL or a C string; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unix_listen(path: *const c_char, errp: *mut *mut Error) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = sockets::unix_listen(&unix_address(path), 1);
        fd_or_error(result, errp, c"unix_listen")
    }
}

/// Connects to a Unix socket.
///
/// @param path its path
/// @param errp where to store an error, or NULL
///
/// @return the socket; -1 with `errp` set.
///
/// # Safety
///
/// `path` is NULL or a C string; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unix_connect(path: *const c_char, errp: *mut *mut Error) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = sockets::unix_connect(&unix_address(path));
        fd_or_error(result, errp, c"unix_connect")
    }
}

/// Reads an address from text: `unix:PATH`, `fd:NAME`, `vsock:CID:PORT`, or what
/// inet_parse() takes, with or without `tcp:` before it.
///
/// @param str the text
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the address, to be freed with qapi_free_SocketAddress();
/// NULL with `errp` set.
///
/// # Safety
///
/// `str` is a C string; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_parse(
    str: *const c_char,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = sockets::parse_address(CStr::from_ptr(str));
        address_or_error(result, errp, c"socket_parse")
    }
}

/// Writes an address for people to read: without options, and without brackets
/// around IPv6 hosts.
///
/// @param addr the address
///
/// @return (transfer full): the text, to be freed with g_free().
///
/// # Safety
///
/// `addr` is a valid address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_uri(addr: *mut SocketAddress) -> *mut c_char {
    // SAFETY: passed on to the caller.
    let text = sockets::to_text(&unsafe { Address::from_raw(addr) });
    // SAFETY: a C string.
    unsafe { g_strdup(text.as_ptr()) }
}

/// Connects to an address. Blocks while the name is looked up and until the connection
/// stands.
///
/// @param addr the address
/// @param errp where to store an error, or NULL
///
/// @return the socket, close-on-exec and blocking; -1 with `errp` set. A descriptor that
/// `addr` names is returned as it is; if it is not a socket, it is closed.
///
/// # Safety
///
/// `addr` is a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_connect(addr: *mut SocketAddress, errp: *mut *mut Error) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { fd_or_error(sockets::connect(&Address::from_raw(addr)), errp, c"socket_connect") }
}

/// Listens at an address. Blocks while the name is looked up.
///
/// A path is taken over from whatever is there. An IPv6 socket for every address takes
/// IPv4 clients as well unless the address asks for one family.
///
/// @param addr the address
/// @param num how many clients may wait to be accepted
/// @param errp where to store an error, or NULL
///
/// @return the socket, close-on-exec and blocking; -1 with `errp` set. For descriptors
/// see socket_connect().
///
/// # Safety
///
/// `addr` is a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_listen(
    addr: *mut SocketAddress,
    num: c_int,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { fd_or_error(sockets::listen(&Address::from_raw(addr), num), errp, c"socket_listen") }
}

/// Creates a UDP socket that sends to and receives from one peer.
///
/// @param remote the peer's IPv4 or IPv6 address; its host defaults to localhost
/// @param local (nullable): the own address
/// @param errp where to store an error, or NULL
///
/// @return the socket, close-on-exec and blocking; -1 with `errp` set.
///
/// # Safety
///
/// `remote` is a valid address, `local` NULL or one; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_dgram(
    remote: *mut SocketAddress,
    local: *mut SocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let local = (!local.is_null()).then(|| Address::from_raw(local));
        let result = sockets::datagram(&Address::from_raw(remote), local.as_ref());
        fd_or_error(result, errp, c"socket_dgram")
    }
}

/// Removes the path that a listening Unix socket is bound to, before it is closed.
/// Does nothing for other sockets and for abstract names.
///
/// @param fd the socket
/// @param errp where to store an error, or NULL
///
/// # Safety
///
/// `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_listen_cleanup(fd: c_int, errp: *mut *mut Error) {
    // SAFETY: passed on to the caller.
    unsafe { zero_or_error(sockets::remove_path(fd), errp, c"socket_listen_cleanup") };
}

/// Turns a kernel's address into a SocketAddress.
///
/// @param sa the address
/// @param salen its length
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the address, to be freed with qapi_free_SocketAddress();
/// NULL with `errp` set if it is of another family than IPv4, IPv6, Unix or vsock.
///
/// # Safety
///
/// `sa` is readable for `salen` bytes; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_sockaddr_to_address(
    sa: *mut sockaddr_storage,
    salen: socklen_t,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = SocketName::from_raw(sa.cast(), salen);
        address_or_error(sockets::to_address(&name), errp, c"socket_sockaddr_to_address")
    }
}

/// Returns the own address of a socket, to be freed with qapi_free_SocketAddress();
/// NULL with `errp` set.
///
/// # Safety
///
/// `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_local_address(
    fd: c_int,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    let result = socket::local_name(fd)
        .map_err(|errno| error::Error::with_errno(errno, "Unable to query local socket address"))
        .and_then(|name| sockets::to_address(&name));
    // SAFETY: passed on to the caller.
    unsafe { address_or_error(result, errp, c"socket_local_address") }
}

/// Returns the address of a socket's peer, to be freed with qapi_free_SocketAddress();
/// NULL with `errp` set.
///
/// # Safety
///
/// `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_remote_address(
    fd: c_int,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    let result = socket::peer_name(fd)
        .map_err(|errno| error::Error::with_errno(errno, "Unable to query remote socket address"))
        .and_then(|name| sockets::to_address(&name));
    // SAFETY: passed on to the caller.
    unsafe { address_or_error(result, errp, c"socket_remote_address") }
}

/// Turns an address of the older form into a new SocketAddress.
///
/// @param addr (nullable): the address, which stays as it is
///
/// @return (transfer full) (nullable): the address, to be freed with
/// qapi_free_SocketAddress(); NULL if `addr` is.
///
/// # Safety
///
/// `addr` is NULL or a valid address whose data is not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_address_flatten(
    addr: *mut SocketAddressLegacy,
) -> *mut SocketAddress {
    if addr.is_null() {
        return null_mut();
    }
    // SAFETY: passed on to the caller.
    unsafe { qapi::flatten(addr) }
}

/// Replaces the name of a descriptor in an address by its number. Other addresses stay
/// as they are.
///
/// @param addr the address
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set and the address unchanged.
///
/// # Safety
///
/// `addr` is a valid address in GLib's memory; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket_address_parse_named_fd(
    addr: *mut SocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller; the type selects the member.
    unsafe {
        let Address::Descriptor(name) = Address::from_raw(addr) else { return 0 };
        let result = sockets::resolve_descriptor(name).map(|socket| {
            let number = CString::new(socket.into_raw_fd().to_string()).unwrap_or_default();
            g_free((*addr).u.fd.str.cast());
            (*addr).u.fd.str = g_strdup(number.as_ptr());
        });
        zero_or_error(result, errp, c"socket_address_parse_named_fd")
    }
}
