//! Turns names into addresses to listen at.

use std::ffi::CStr;
use std::ptr::{NonNull, null_mut};
use std::sync::OnceLock;

use crate::abi::io::dns_resolver::QIODNSResolver;
use crate::abi::io::task::QIOTask;
use crate::abi::qapi::qapi_types_sockets::{SocketAddress, SocketAddressType};
use crate::error::Error;
use crate::host::address::{OwnedAddress, text};
use crate::host::object::{ObjectRef, ObjectType};
use crate::host::sockets;
use crate::sys::resolve::{self, Request};
use crate::task::{self, Owned, Task};

// SAFETY: `repr(C)`, starts with an Object, registered with its size.
unsafe impl ObjectType for QIODNSResolver {
    const TYPE_NAME: &'static CStr = c"qio-dns-resolver";
}

/// Registers the type.
pub(crate) fn register() {
    super::register::<QIODNSResolver>(None);
}

/// The resolver of the whole process; not a new reference.
pub(crate) fn instance() -> *mut QIODNSResolver {
    struct Resolver(*mut QIODNSResolver);
    // SAFETY: the object has no state besides an atomic reference count.
    unsafe impl Send for Resolver {}
    // SAFETY: as above.
    unsafe impl Sync for Resolver {}
    static INSTANCE: OnceLock<Resolver> = OnceLock::new();
    INSTANCE.get_or_init(|| Resolver(ObjectRef::<QIODNSResolver>::new().into_raw())).0
}

/// The addresses that an address stands for, at least one. Blocks while a name is
/// looked up.
///
/// # Safety
///
/// `address` is a valid address.
pub(crate) unsafe fn lookup(address: *mut SocketAddress) -> Result<Vec<OwnedAddress>, Error> {
    // SAFETY: passed on to the caller; the type selects the member.
    unsafe {
        match (*address).r#type {
            INET => lookup_inet(address),
            UNIX | VSOCK | DESCRIPTOR => Ok(vec![OwnedAddress::copy_of(address)]),
            other => {
                fatal!("qio_dns_resolver_lookup_sync: there is no address type {other}")
            }
        }
    }
}

const INET: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_INET as u32;
const UNIX: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_UNIX as u32;
const VSOCK: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_VSOCK as u32;
const DESCRIPTOR: u32 = SocketAddressType::SOCKET_ADDRESS_TYPE_FD as u32;

/// Looks an IPv4 or IPv6 address up. The results are `address` with numbers in place
/// of names.
///
/// # Safety
///
/// `address` is a valid address of that type.
unsafe fn lookup_inet(address: *mut SocketAddress) -> Result<Vec<OwnedAddress>, Error> {
    // SAFETY: passed on to the caller; the address is not changed while its strings
    // are used.
    let (family, host, port, is_numeric) = unsafe {
        let inet = &raw mut (*address).u.inet;
        let is_numeric = (*inet).has_numeric != 0 && (*inet).numeric != 0;
        (sockets::family_of(inet)?, text((*inet).host), text((*inet).port), is_numeric)
    };
    let host = host.ok_or_else(|| Error::new("No host was given to look up"))?;
    let port = port.unwrap_or_default();
    let numeric = libc::AI_NUMERICHOST | libc::AI_NUMERICSERV;
    let place = || format!("{}:{}", host.to_string_lossy(), port.to_string_lossy());
    let entries = resolve::lookup(&Request {
        node: Some(host).filter(|host| !host.is_empty()),
        service: Some(port).filter(|port| !port.is_empty()),
        family,
        socket_type: libc::SOCK_STREAM,
        flags: libc::AI_PASSIVE | if is_numeric { numeric } else { 0 },
    })
    .map_err(|error| Error::new(format!("address resolution failed for {}: {error}", place())))?;
    entries
        .iter()
        .map(|entry| {
            let (host, port) = resolve::numeric_name(&entry.name).map_err(|error| {
                Error::new(format!("Cannot format an address of {}: {error}", place()))
            })?;
            // SAFETY: passed on to the caller.
            let mut result = unsafe { OwnedAddress::copy_of(address) };
            result.set_numeric(&host, &port);
            Ok(result)
        })
        .collect()
}

/// Looks an address up in a thread, and then calls the task's function in the global
/// default context.
///
/// # Safety
///
/// As for [`Task::run_in_thread`].
pub(crate) unsafe fn lookup_later(task: *mut QIOTask, address: OwnedAddress) {
    fn work(task: &Task, address: &OwnedAddress) {
        // SAFETY: an owned address is valid.
        match unsafe { lookup(address.as_ptr()) } {
            Ok(addresses) => {
                let data = Box::into_raw(Box::new(addresses)).cast();
                task.set_result(Owned { data, destroy: Some(free_addresses) });
            }
            Err(error) => task.set_error(error.into_object(c"qio_dns_resolver_lookup_async")),
        }
    }
    // SAFETY: passed on to the caller.
    unsafe { task::run(task, address, work, null_mut()) };
}

unsafe extern "C" fn free_addresses(addresses: *mut std::ffi::c_void) {
    // SAFETY: the task owns the result and releases it once.
    drop(unsafe { Box::from_raw(addresses.cast::<Vec<OwnedAddress>>()) });
}

/// Copies of the addresses that a lookup in a thread has found; none if it failed.
///
/// # Safety
///
/// `task` is one that was given to [`lookup_later`].
pub(crate) unsafe fn results(task: &Task) -> Vec<OwnedAddress> {
    let Some(addresses) = NonNull::new(task.result().cast::<Vec<OwnedAddress>>()) else {
        return Vec::new();
    };
    // SAFETY: the result of such a task is a vector of valid addresses.
    unsafe {
        addresses.as_ref().iter().map(|address| OwnedAddress::copy_of(address.as_ptr())).collect()
    }
}
