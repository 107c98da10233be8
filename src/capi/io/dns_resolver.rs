//! Functions of `io/dns-resolver.h`.

use std::ffi::c_int;
use std::ptr::null_mut;

use glib_sys::{GDestroyNotify, g_malloc, gpointer};

use crate::abi::io::dns_resolver::QIODNSResolver;
use crate::abi::io::task::{QIOTask, QIOTaskFunc};
use crate::abi::qapi::qapi_types_sockets::SocketAddress;
use crate::abi::qemu::typedefs::Error;
use crate::host::address::OwnedAddress;
use crate::host::error::Destination;
use crate::net::resolver;
use crate::task::{Owned, Task};

/// Hands addresses to C, in an array from GLib's allocator; NULL if there are none.
unsafe fn store(
    addresses: Vec<OwnedAddress>,
    naddrs: *mut usize,
    addrs: *mut *mut *mut SocketAddress,
) {
    let count = addresses.len();
    // SAFETY: the caller's pointers are writable. GLib ends the process rather than
    // return NULL for a size that is not 0, for which it does.
    unsafe {
        let array = g_malloc(count * size_of::<*mut SocketAddress>()).cast::<*mut SocketAddress>();
        for (index, address) in addresses.into_iter().enumerate() {
            array.add(index).write(address.into_raw());
        }
        *naddrs = count;
        *addrs = array;
    }
}

/// Returns the resolver of the process.
///
/// @return (transfer none): the resolver, which is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn qio_dns_resolver_get_instance() -> *mut QIODNSResolver {
    resolver::instance()
}

/// Turns an address into those that it stands for, to listen at: names of hosts and
/// ports become numbers, and all options stay. Addresses other than IPv4 and IPv6 stand
/// for themselves. Blocks; may be called in any thread.
///
/// @param resolver (nullable): the resolver, which has no state
/// @param addr the address, which is only read
/// @param naddrs where to store the number of addresses
/// @param addrs where to store an array of addresses; the caller frees each one with
///         qapi_free_SocketAddress(), and the array with g_free()
/// @param errp where to store an error, or NULL
///
/// @return 0, with at least one address; -1 with `errp` set, and none.
///
/// # Safety
///
/// `addr` is a valid address; `naddrs` and `addrs` are writable, `errp` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_dns_resolver_lookup_sync(
    resolver: *mut QIODNSResolver,
    addr: *mut SocketAddress,
    naddrs: *mut usize,
    addrs: *mut *mut *mut SocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    let _ = resolver;
    // SAFETY: passed on to the caller.
    unsafe {
        *naddrs = 0;
        *addrs = null_mut();
        match resolver::lookup(addr) {
            Ok(addresses) => {
                store(addresses, naddrs, addrs);
                0
            }
            Err(error) => {
                error.store(Destination::from_raw(errp), c"qio_dns_resolver_lookup_sync");
                -1
            }
        }
    }
}

/// Does qio_dns_resolver_lookup_sync() in a thread of its own.
///
/// @param resolver (nullable): the resolver, which becomes the source of the task
/// @param addr the address, which is copied: NULL strings become empty ones
/// @param func called in the global default main context, with a task that
///        qio_dns_resolver_lookup_result() takes the addresses from, or that carries an
///        error
/// @param opaque (nullable): passed to `func`
/// @param notify (nullable): called with `opaque` after `func`
///
/// # Safety
///
/// `resolver` is NULL or a live resolver, `addr` a valid address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_dns_resolver_lookup_async(
    resolver: *mut QIODNSResolver,
    addr: *mut SocketAddress,
    func: QIOTaskFunc,
    opaque: gpointer,
    notify: GDestroyNotify,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let opaque = Owned { data: opaque, destroy: notify };
        let task = Task::create(resolver.cast(), func, opaque);
        resolver::lookup_later(task, OwnedAddress::copy_of(addr));
    }
}

/// Copies the addresses that qio_dns_resolver_lookup_async() has found. May be called
/// more than once.
///
/// @param resolver (nullable): the resolver
/// @param task the task that the function of the lookup was called with
/// @param naddrs where to store the number of addresses; 0 if the lookup failed
/// @param addrs where to store an array of addresses, to be freed as those of
///         qio_dns_resolver_lookup_sync(); NULL if the lookup failed
///
/// # Safety
///
/// `task` is such a task; `naddrs` and `addrs` are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_dns_resolver_lookup_result(
    resolver: *mut QIODNSResolver,
    task: *mut QIOTask,
    naddrs: *mut usize,
    addrs: *mut *mut *mut SocketAddress,
) {
    let _ = resolver;
    // SAFETY: passed on to the caller.
    unsafe { store(resolver::results(Task::from_raw(task)), naddrs, addrs) };
}
