//! Functions and data of `qapi/qapi-types-sockets.h`.

use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, InetSocketAddressBase, InetSocketAddressBaseList, InetSocketAddressWrapper,
    SocketAddress, SocketAddressLegacy, SocketAddressList, StringWrapper, UnixSocketAddress,
    UnixSocketAddressWrapper, VsockSocketAddress, VsockSocketAddressWrapper,
};
use crate::abi::qapi::util::QEnumLookup;
use crate::runtime::qapi;
use crate::runtime::qapi::enums;

/// The names of the values of SocketAddressType.
#[unsafe(no_mangle)]
static SocketAddressType_lookup: QEnumLookup = enums::SOCKET_ADDRESS_TYPE;

/// The names of the values of NetworkAddressFamily.
#[unsafe(no_mangle)]
static NetworkAddressFamily_lookup: QEnumLookup = enums::NETWORK_ADDRESS_FAMILY;

/// Frees an address, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_SocketAddress(obj: *mut SocketAddress) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees an address in the older form, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_SocketAddressLegacy(obj: *mut SocketAddressLegacy) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a list of addresses, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_SocketAddressList(obj: *mut SocketAddressList) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a host and port, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_InetSocketAddressBase(obj: *mut InetSocketAddressBase) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a list of hosts and ports, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_InetSocketAddressBaseList(obj: *mut InetSocketAddressBaseList) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees an IPv4 or IPv6 address, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_InetSocketAddress(obj: *mut InetSocketAddress) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees the address of a Unix socket, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_UnixSocketAddress(obj: *mut UnixSocketAddress) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a vsock address, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_VsockSocketAddress(obj: *mut VsockSocketAddress) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a wrapper and its address, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_InetSocketAddressWrapper(obj: *mut InetSocketAddressWrapper) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a wrapper and its address, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_UnixSocketAddressWrapper(obj: *mut UnixSocketAddressWrapper) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a wrapper and its address, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_VsockSocketAddressWrapper(obj: *mut VsockSocketAddressWrapper) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}

/// Frees a wrapper and its string, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_StringWrapper(obj: *mut StringWrapper) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}
