//! The types of the sockets API.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use glib_sys::{g_free, g_malloc0};

use super::{Node, Task, duplicate, visit, visit_string};
use crate::abi::qapi::qapi_types_common::String;
use crate::abi::qapi::qapi_types_sockets::{
    InetSocketAddress, InetSocketAddressBase, InetSocketAddressBaseList, InetSocketAddressWrapper,
    SocketAddress, SocketAddressLegacy, SocketAddressLegacyUnion, SocketAddressList,
    SocketAddressUnion, StringWrapper, UnixSocketAddress, UnixSocketAddressWrapper,
    VsockSocketAddress, VsockSocketAddressWrapper,
};

/// A type whose owned pointers are strings.
macro_rules! strings {
    ($type:ident: $($member:ident),+) => {
        // SAFETY: these are all pointers of the type.
        unsafe impl Node for $type {
            const NAME: &'static str = stringify!($type);

            unsafe fn visit_members(this: *mut Self, task: Task) {
                // SAFETY: passed on to the caller.
                unsafe { $(visit_string(&raw mut (*this).$member, task);)+ }
            }
        }
    };
}

/// A type whose owned pointers are to other types.
macro_rules! pointers {
    ($type:ident: $($member:ident),+) => {
        // SAFETY: these are all pointers of the type.
        unsafe impl Node for $type {
            const NAME: &'static str = stringify!($type);

            unsafe fn visit_members(this: *mut Self, task: Task) {
                // SAFETY: passed on to the caller.
                unsafe { $(visit(&raw mut (*this).$member, task);)+ }
            }
        }
    };
}

/// A list: its cells are visited one by one, for any length.
macro_rules! list {
    ($type:ident) => {
        // SAFETY: visits the value of every cell, and the pointer to the next one.
        unsafe impl Node for $type {
            const NAME: &'static str = stringify!($type);

            unsafe fn visit_members(this: *mut Self, task: Task) {
                // SAFETY: passed on to the caller. Each turn takes the cell that
                // `link` points to out of the list, or makes it a copy.
                unsafe {
                    visit(&raw mut (*this).value, task);
                    let mut link = &raw mut (*this).next;
                    while !(*link).is_null() {
                        let cell = *link;
                        if task == Task::Clone {
                            *link = duplicate(cell);
                            visit(&raw mut (**link).value, task);
                            link = &raw mut (**link).next;
                        } else {
                            visit(&raw mut (*cell).value, task);
                            *link = (*cell).next;
                            g_free(cell.cast());
                        }
                    }
                }
            }
        }
    };
}

strings!(String: str);
strings!(InetSocketAddressBase: host, port);
strings!(InetSocketAddress: host, port);
strings!(UnixSocketAddress: path);
strings!(VsockSocketAddress: cid, port);
pointers!(InetSocketAddressWrapper: data);
pointers!(UnixSocketAddressWrapper: data);
pointers!(VsockSocketAddressWrapper: data);
pointers!(StringWrapper: data);
list!(SocketAddressList);
list!(InetSocketAddressBaseList);

/// A union whose member a number selects.
macro_rules! tagged {
    ($type:ident, $union:ident) => {
        // SAFETY: visits the members of the selected member.
        unsafe impl Node for $type {
            const NAME: &'static str = stringify!($type);

            unsafe fn visit_members(this: *mut Self, task: Task) {
                // SAFETY: passed on to the caller.
                unsafe {
                    let members: *mut $union = &raw mut (*this).u;
                    match (*this).r#type {
                        0 => Node::visit_members(&raw mut (*members).inet, task),
                        1 => Node::visit_members(&raw mut (*members).q_unix, task),
                        2 => Node::visit_members(&raw mut (*members).vsock, task),
                        3 => Node::visit_members(&raw mut (*members).fd, task),
                        other => bad_type(Self::NAME, other),
                    }
                }
            }
        }
    };
}

tagged!(SocketAddress, SocketAddressUnion);
tagged!(SocketAddressLegacy, SocketAddressLegacyUnion);

fn bad_type(name: &str, number: u32) -> ! {
    fatal!("{name}: there is no address type {number}")
}

/// The members of `source`, copied.
unsafe fn cloned<T: Node>(source: *const T) -> T {
    if source.is_null() {
        fatal!("socket_address_flatten: the {} is NULL", T::NAME);
    }
    // SAFETY: passed on to the caller; the copy's pointers are replaced by its own.
    unsafe {
        let mut copy = source.read();
        T::visit_members(&raw mut copy, Task::Clone);
        copy
    }
}

/// An address of the older form as a new one.
///
/// # Safety
///
/// `address` is valid.
pub(crate) unsafe fn flatten(address: *const SocketAddressLegacy) -> *mut SocketAddress {
    // SAFETY: the type selects the member; the memory is new, and zeros are valid.
    unsafe {
        let number = (*address).r#type;
        let flat = g_malloc0(size_of::<SocketAddress>()).cast::<SocketAddress>();
        (*flat).r#type = number;
        match number {
            0 => (*flat).u.inet = cloned((*address).u.inet.data),
            1 => (*flat).u.q_unix = cloned((*address).u.q_unix.data),
            2 => (*flat).u.vsock = cloned((*address).u.vsock.data),
            3 => (*flat).u.fd = cloned((*address).u.fd.data),
            other => bad_type("SocketAddressLegacy", other),
        }
        flat
    }
}
