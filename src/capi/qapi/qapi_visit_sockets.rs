//! Functions of `qapi/qapi-visit-sockets.h`.

use std::ffi::{c_char, c_uint};

use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, InetSocketAddressBase, InetSocketAddressBaseList, InetSocketAddressWrapper,
    SocketAddress, SocketAddressLegacy, SocketAddressList, StringWrapper, UnixSocketAddress,
    UnixSocketAddressWrapper, VsockSocketAddress, VsockSocketAddressWrapper,
};
use crate::abi::qemu::typedefs::{Error, Visitor};
use crate::abi::values::{NetworkAddressFamilyValue, SocketAddressTypeValue};
use crate::runtime::qapi::{self, Node, Task};

/// Visits a number, in which there is nothing to copy or free.
unsafe fn visit_number(v: *mut Visitor, function: &str, _number: *mut c_uint) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Task::of(v, function) };
    true
}

/// Visits a SocketAddressType: the number stays as it is.
///
/// # Safety
///
/// `v` is a visitor of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_SocketAddressType(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut SocketAddressTypeValue,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { visit_number(v, "visit_type_SocketAddressType", obj) }
}

/// Visits a NetworkAddressFamily: the number stays as it is.
///
/// # Safety
///
/// `v` is a visitor of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_NetworkAddressFamily(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut NetworkAddressFamilyValue,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { visit_number(v, "visit_type_NetworkAddressFamily", obj) }
}

/// Visits an address: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_SocketAddress(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut SocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_SocketAddress")) };
    true
}

/// Visits what an address points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_SocketAddress_members(
    v: *mut Visitor,
    obj: *mut SocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_SocketAddress_members")) };
    true
}

/// Visits an address in the older form: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_SocketAddressLegacy(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut SocketAddressLegacy,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_SocketAddressLegacy")) };
    true
}

/// Visits what an address in the older form points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_SocketAddressLegacy_members(
    v: *mut Visitor,
    obj: *mut SocketAddressLegacy,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_SocketAddressLegacy_members")) };
    true
}

/// Visits a list of addresses: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_SocketAddressList(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut SocketAddressList,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_SocketAddressList")) };
    true
}

/// Visits a host and port: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddressBase(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut InetSocketAddressBase,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_InetSocketAddressBase")) };
    true
}

/// Visits what a host and port points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddressBase_members(
    v: *mut Visitor,
    obj: *mut InetSocketAddressBase,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_InetSocketAddressBase_members")) };
    true
}

/// Visits a list of hosts and ports: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddressBaseList(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut InetSocketAddressBaseList,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_InetSocketAddressBaseList")) };
    true
}

/// Visits an IPv4 or IPv6 address: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddress(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut InetSocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_InetSocketAddress")) };
    true
}

/// Visits what an IPv4 or IPv6 address points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddress_members(
    v: *mut Visitor,
    obj: *mut InetSocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_InetSocketAddress_members")) };
    true
}

/// Visits the address of a Unix socket: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_UnixSocketAddress(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut UnixSocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_UnixSocketAddress")) };
    true
}

/// Visits what the address of a Unix socket points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_UnixSocketAddress_members(
    v: *mut Visitor,
    obj: *mut UnixSocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_UnixSocketAddress_members")) };
    true
}

/// Visits a vsock address: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_VsockSocketAddress(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut VsockSocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_VsockSocketAddress")) };
    true
}

/// Visits what a vsock address points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_VsockSocketAddress_members(
    v: *mut Visitor,
    obj: *mut VsockSocketAddress,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_VsockSocketAddress_members")) };
    true
}

/// Visits a wrapper and its address: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddressWrapper(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut InetSocketAddressWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_InetSocketAddressWrapper")) };
    true
}

/// Visits what a wrapper and its address points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_InetSocketAddressWrapper_members(
    v: *mut Visitor,
    obj: *mut InetSocketAddressWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_InetSocketAddressWrapper_members")) };
    true
}

/// Visits a wrapper and its address: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_UnixSocketAddressWrapper(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut UnixSocketAddressWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_UnixSocketAddressWrapper")) };
    true
}

/// Visits what a wrapper and its address points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_UnixSocketAddressWrapper_members(
    v: *mut Visitor,
    obj: *mut UnixSocketAddressWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_UnixSocketAddressWrapper_members")) };
    true
}

/// Visits a wrapper and its address: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_VsockSocketAddressWrapper(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut VsockSocketAddressWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_VsockSocketAddressWrapper")) };
    true
}

/// Visits what a wrapper and its address points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_VsockSocketAddressWrapper_members(
    v: *mut Visitor,
    obj: *mut VsockSocketAddressWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        Node::visit_members(obj, Task::of(v, "visit_type_VsockSocketAddressWrapper_members"))
    };
    true
}

/// Visits a wrapper and its string: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_StringWrapper(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut StringWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_StringWrapper")) };
    true
}

/// Visits what a wrapper and its string points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_StringWrapper_members(
    v: *mut Visitor,
    obj: *mut StringWrapper,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_StringWrapper_members")) };
    true
}
