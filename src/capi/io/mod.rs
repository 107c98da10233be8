//! Functions of `io/*.h`.

pub mod channel;
pub mod channel_buffer;
pub mod channel_command;
pub mod channel_file;
pub mod channel_null;
pub mod channel_socket;
pub mod channel_tls;
pub mod channel_util;
pub mod channel_watch;
pub mod channel_websock;
pub mod dns_resolver;
pub mod net_listener;
pub mod task;

use std::ffi::CStr;

use crate::abi::qemu::typedefs::Error as RawError;
use crate::error::Error;
use crate::host::error::Destination;
use crate::host::object::{ObjectRef, ObjectType};

/// The result of a constructor: a new object, or NULL with the error stored.
///
/// # Safety
///
/// `errp` follows the API's contract.
unsafe fn new_or_null<T: ObjectType>(
    result: Result<ObjectRef<T>, Error>,
    errp: *mut *mut RawError,
    function: &'static CStr,
) -> *mut T {
    match result {
        Ok(object) => object.into_raw(),
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            std::ptr::null_mut()
        }
    }
}
